package filters

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"tamis/text"
)

// symbolLinesSlow says what symbol_lines does, with lists.
func symbolLinesSlow(page string, s *symbolLinesSettings) string {
	var v text.View
	v.Reset(page)
	var kept []string
	isSymbol := text.IsPunctuation
	if s.Symbols != "" {
		isSymbol = func(r rune) bool { return strings.ContainsRune(s.Symbols, r) }
	}
	dropping := false
	for _, l := range v.SplitLines() {
		line := l.Of(page)
		drop := text.TrimSpace(line) != "" && !strings.ContainsFunc(line, func(r rune) bool { return r != ' ' && !isSymbol(r) })
		if drop && !dropping && s.Gap {
			kept = append(kept, "\n")
		}
		if !drop {
			kept = append(kept, line)
		}
		dropping = drop
	}
	return strings.Join(kept, "\n")
}

func TestSymbolLinesExhaustively(t *testing.T) {
	for _, s := range []*symbolLinesSettings{{}, {Gap: true}, {Symbols: "a。", Gap: true}} {
		local := built(t, s)
		eachText([]string{"a", "*", " ", "\t", "\n", "\r\n", "\u2028", "。", "\x1f"}, 5, func(page string) {
			got := judgeLocal(&SymbolLines, local, SymbolLines.Rules, page).text
			if want := symbolLinesSlow(page, s); got != want {
				t.Fatalf("%q becomes %q, want %q", page, got, want)
			}
		})
	}
}

// The texts are datatrove's, deleted and replaced; so are the verdicts of c4_paragraph.
func TestOracleLines(t *testing.T) {
	cases := oracleCases(t)
	verdicts := 0
	eachLine(t, sharedFile("oracles", "datatrove.jsonl.zst"), func(n int, line []byte) {
		var row struct {
			Values struct {
				Cut        *digest      `json:"symbol_lines"`
				Gaps       *digest      `json:"symbol_lines_nl"`
				Paragraphs oracleResult `json:"c4_paragraph"`
				Lines      int          `json:"splitlines"`
			}
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c := cases[n]
		for gap, want := range map[bool]*digest{false: row.Values.Cut, true: row.Values.Gaps} {
			got := textDigest(judgeLocal(&SymbolLines, built(t, &symbolLinesSettings{Gap: gap}), SymbolLines.Rules, c.text).text)
			if want != nil && want.Len == 0 {
				want = nil // as textDigest has it
			}
			if !sameDigest(got, want) {
				t.Errorf("%s: symbol_lines {gap: %v} leaves %v, datatrove %v", c.key, gap, got, want)
			}
		}
		var v text.View
		v.Reset(c.text)
		if keep := C4Paragraph.Rules[0].Keeps(thirdLongestLine(&v)); keep != *row.Values.Paragraphs.Keep {
			t.Errorf("%s: c4_paragraph keeps %v, datatrove %v", c.key, keep, !keep)
		}
		if got := len(v.SplitLines()); got != row.Values.Lines {
			t.Errorf("%s: %d lines, datatrove has %d", c.key, got, row.Values.Lines)
		}
		verdicts++
	})
	t.Logf("%d verdicts agree", verdicts)
}

// What code_header cuts are the lines and comments that Dolma marks. Dolma's mark leaves
// out the newlines behind comments.
func TestOracleCodeHeader(t *testing.T) {
	cases := oracleCases(t)
	cut := 0
	eachLine(t, sharedFile("oracles", "dolma.jsonl.zst"), func(n int, line []byte) {
		var row struct {
			Values struct {
				Header struct {
					Lines     [][3]float64 `json:"comment_block"`
					Copyright [][3]float64 `json:"copyright_notice"`
				} `json:"code_copyright_comments_v1"`
			}
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c, theirs := cases[n], row.Values.Header
		offsets := byteOffsets(c.text)
		if start, end := blockComment(c.text); end > 0 && copyrightPhrase.in(c.text[start:end]) != 0 {
			if cut++; len(theirs.Copyright) != 1 || offsets[int(theirs.Copyright[0][0])] != start || offsets[int(theirs.Copyright[0][1])] != end {
				t.Errorf("%s: the comment at %d to %d is cut, Dolma marks %v", c.key, start, end, theirs.Copyright)
			}
			return
		} else if end > 0 {
			return
		}
		header := c.text[:commentedUpTo(c.text)]
		marked := 0
		for line := range strings.Lines(header) {
			marked += max(1, len([]rune(strings.TrimSuffix(line, "\n"))))
		}
		if strings.HasSuffix(header, "\n") && len(header) == len(c.text) || c.text == "" {
			marked++ // an empty line after the last newline
		}
		want := 0
		if len(theirs.Lines) > 0 {
			want = int(theirs.Lines[0][1])
			cut++
		}
		if marked != want {
			t.Errorf("%s: %q is cut, %d characters to Dolma, which marks %d", c.key, header, marked, want)
		}
	})
	t.Logf("%d headers agree", cut)
}

// All programs were given texts of as many characters as ours have.
func TestOracleLengths(t *testing.T) {
	cases := oracleCases(t)
	for _, program := range []string{"datatrove", "dclm", "dolma", "redpajama"} {
		eachLine(t, sharedFile("oracles", program+".jsonl.zst"), func(n int, line []byte) {
			var row struct {
				Values struct {
					Length *int
					Stats  struct{ Length, Chars *int } // of DCLM
				}
			}
			if err := json.Unmarshal(line, &row); err != nil {
				t.Fatal(err)
			}
			for _, want := range []*int{row.Values.Length, row.Values.Stats.Length, row.Values.Stats.Chars} {
				if got := utf8.RuneCountInString(cases[n].text); want != nil && got != *want {
					t.Errorf("%s: %d characters, %s has %d", cases[n].key, got, program, *want)
				}
			}
		})
	}
}
