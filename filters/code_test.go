package filters

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"tamis/document"
	"tamis/text"
)

// Lengths of lines and shares of letters are those of DCLM and of Dolma.
func TestOracleCode(t *testing.T) {
	cases := oracleCases(t)
	var d document.Document
	var lengths lineLengths
	var c code
	values := 0
	compare := func(key, what string, got float64, want any) {
		w, ok := want.(float64)
		if !ok {
			return // they have no value for an empty text
		}
		values++
		if math.Abs(got-w) > 1e-9 {
			t.Errorf("%s: %s is %v, the original has %v", key, what, got, w)
		}
	}
	eachLine(t, sharedFile("oracles", "dclm.jsonl.zst"), func(n int, line []byte) {
		var row struct {
			Values struct{ Stats map[string]any }
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		d.SetText(cases[n].text)
		l, m := lengths.measure(d.View()), c.measure(d.View())
		compare(cases[n].key, "maximum", l[lineMaximum], row.Values.Stats["max_line_length"])
		compare(cases[n].key, "mean", l[lineMean], row.Values.Stats["avg_line_length"])
		compare(cases[n].key, "alphanumeric_characters", m[codeAlnum], row.Values.Stats["alnum_ratio"])
	})
	eachLine(t, sharedFile("oracles", "dolma.jsonl.zst"), func(n int, line []byte) {
		var row struct {
			Values struct {
				Code map[string]any `json:"code_redpajama_taggers_v1"`
			}
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		d.SetText(cases[n].text)
		m, theirs := c.measure(d.View()), row.Values.Code
		compare(cases[n].key, "maximum_line_length", m[codeMaximum], theirs["max_line_length_doc"])
		compare(cases[n].key, "mean_line_length", m[codeMean], theirs["avg_line_length_doc"])
		compare(cases[n].key, "alphanumeric_characters", m[codeAlnum], theirs["alnum_prop_doc"])
	})
	t.Logf("%d values agree with those of DCLM and Dolma", values)
}

// Tokens are the matches of the expression.
func TestTokensOfCode(t *testing.T) {
	word := regexp.MustCompile(`[\pL\pN_]+|[^\pL\pN_\s\x1c-\x1f\x85\p{Z}]+`)
	for _, c := range append(oracleCases(t)[:300:300], oracleCase{key: "signs", text: "a+=b_1;\u00a0\u00bd \u2028x\x1cy"}) {
		if _, _, got := countLetters(c.text); got != len(word.FindAllString(c.text, -1)) {
			t.Errorf("%s has %d tokens, not %d", c.key, got, len(word.FindAllString(c.text, -1)))
		}
	}
}

// Markup is what the obvious expression finds.
func TestMarkup(t *testing.T) {
	obvious := regexp.MustCompile(`(?is)<!--.*?-->|<script(?:[^a-z<>][^<>]*)?>.*?</script[^>]*>|<style(?:[^a-z<>][^<>]*)?>.*?</style[^>]*>|<[a-z/!?][^<>]*>`)
	for _, s := range []string{
		"", "no tag", "1 < 2 and 3 > 2", "<p>é</p>", "<!-- a > b -->x", "<!-- open", "<p", "<", "<>", "< p>", "<a <b>",
		"<script>if (a<b) {}</script>é", "<SCRIPT src=x>é<p></Script >after", "<scripts>text</scripts>", "<style>p{}</style><p>", "<script>never closed",
		"<?php echo ?>", "<!DOCTYPE html>", "<br/>", "</p>", "<a href='1'>b</a><!-- c --><!-- d -->",
	} {
		var v text.View
		v.Reset(s)
		want := 0
		for _, m := range obvious.FindAllString(s, -1) {
			want += utf8.RuneCountInString(m)
		}
		if got := countMarkup(&v); got != want {
			t.Errorf("%q has %d characters of markup, not %d", s, got, want)
		}
	}
}

// Comments, by hand.
func TestComments(t *testing.T) {
	for _, c := range []struct {
		s           string
		hash, slash int
	}{
		{"", 0, 0},
		{"x # é", 3, 0},
		{"x // é\ny", 0, 4},
		{`"#" '//' "\"#"`, 0, 0},
		{"/* a", 0, 4},
		{"/* a */ b /**/", 0, 11},
		{"it's # one\nthat", 0, 0},
		{"'''doc'''\nx = '''no'''", 9, 0},
		{"\t\"\"\"d\n#\"\"\" # c", 12, 0},
		{"http://x", 0, 3},
	} {
		var v text.View
		v.Reset(c.s)
		if hash, slash := countHashComments(&v), countSlashComments(&v); hash != c.hash || slash != c.slash {
			t.Errorf("%q has %d and %d characters of comments, not %d and %d", c.s, hash, slash, c.hash, c.slash)
		}
	}
}

// The ratio is close to that of the Deflate in the standard library, which is another
// implementation.
func TestCompressionAgainstAnother(t *testing.T) {
	c := newCompression()
	for _, s := range []string{strings.Repeat("all work and no play ", 500), strings.Join(cursedStrings, ","), prosePiece} {
		var b bytes.Buffer
		w, err := zlib.NewWriterLevel(&b, deflateLevel)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		const frame = 6 // header and sum of zlib
		got, want := float64(c.compressed(s)), float64(b.Len()-frame)
		if math.Abs(got-want) > 0.1*want+8 {
			t.Errorf("%.20q… is %v bytes, %v by the standard library", s, got, want)
		}
	}
	if n := c.compressed(prosePiece); n != c.compressed(prosePiece) {
		t.Error("the same text has two sizes")
	}
}

const prosePiece = "The ferry leaves the harbour every morning at seven. Most of its passengers are children on their way to school. " +
	"In winter the crossing takes longer because of the ice. The captain knows every one of the families by name, and on Sundays she " +
	"takes visitors around the island, past the lighthouse and the old quarry, where seals lie on the rocks when the tide is out."

func BenchmarkLineLengths(b *testing.B) { benchSteps(b, &LineLengths) }
func BenchmarkCompression(b *testing.B) { benchSteps(b, &Compression) }
func BenchmarkCode(b *testing.B)        { benchSteps(b, &Code) }
