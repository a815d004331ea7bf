package dedup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tamis/step"
	"tamis/text"
)

func buildSentences(t *testing.T, splitter text.Splitter, change ...func(*SentenceSettings)) step.Global {
	t.Helper()
	s := Sentences.New().(*SentenceSettings)
	for _, f := range change {
		f(s)
	}
	env := fileEnv(&Sentences)
	env.Splitter = splitter
	return build(t, &Sentences, s, env)
}

// afterCuts applies the decisions and returns the texts that stay and whether each does.
func (c *corpus) afterCuts(g step.Global, rules []step.Rule, r *result) (texts []string, kept []bool) {
	for i := range c.docs {
		m := &step.Meter{All: true}
		m.Reset(rules, make([]float64, len(rules)), nil)
		v := g.Apply(&c.docs[i], r.decisions[uint64(i)], m)
		before := c.docs[i].Text()
		c.docs[i].Rewrite(m.Edits)
		texts, kept = append(texts, c.docs[i].Text()), append(kept, !v.Removed)
		c.docs[i].SetText(before)
	}
	return texts, kept
}

// What datatrove 0.10 with spaCy 3.8 makes of the versions of terms, by sentences and by
// lines, with its defaults: the texts to the byte, and which documents stay. Rows whose
// text has line ends other than a line feed are left out, since Python takes them for
// the ends of lines.
func TestPublishedSentences(t *testing.T) {
	type doc struct{ ID, Text string }
	docs := rows[doc](t, "data", "terms-versions", "versions.jsonl.zst")
	raw, err := os.ReadFile(filepath.Join("testdata", "sentences", "datatrove.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	texts := make([]string, len(docs))
	for i, d := range docs {
		texts[i] = d.Text
	}
	c := corpusOf(texts...)
	for _, unit := range []string{unitSentences, unitLines} {
		g := buildSentences(t, text.Spacy, func(s *SentenceSettings) { s.Unit = unit })
		got, kept := c.afterCuts(g, Sentences.Rules, c.run(t, g, 256<<20))
		compared, wrongText, wrongKept := 0, 0, 0
		for line := range strings.Lines(string(raw)) {
			var want struct {
				Sentences, Kept bool
				Row             int
				SHA256          string
			}
			if err := json.Unmarshal([]byte(line), &want); err != nil {
				t.Fatal(err)
			}
			if want.Sentences != (unit == unitSentences) || unit == unitLines && strings.ContainsAny(texts[want.Row], "\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029") {
				continue
			}
			compared++
			if sum := sha256.Sum256([]byte(got[want.Row])); !strings.HasPrefix(hex.EncodeToString(sum[:]), want.SHA256) {
				wrongText++
				t.Logf("%s: row %d has another text, of %d bytes", unit, want.Row, len(got[want.Row]))
			}
			if kept[want.Row] != want.Kept {
				wrongKept++
				t.Logf("%s: row %d is kept: %v, by datatrove: %v", unit, want.Row, kept[want.Row], want.Kept)
			}
		}
		t.Logf("%s: of %d documents %d have another text, %d another verdict", unit, compared, wrongText, wrongKept)
		if wrongText > 0 || wrongKept > 0 {
			t.Errorf("%s: differences", unit)
		}
	}
}

// By hand: spans of two sentences, of which the first copy stays.
func TestSentences(t *testing.T) {
	c := corpusOf(
		"One is here. Two is there. Three is far.",
		"New at first. One is HERE. Two is there. New at last.",
		"One is here. Two is there.",
		"One is here.",
		"", "  \n ",
		"Two is there. Two is there. Two is there. End of it.",
	)
	rules := append([]step.Rule{}, Sentences.Rules...)
	rules[ruleSentencesLeft].Min, rules[ruleWordsLeft].Min = 1, 1
	g := buildSentences(t, text.Unicode, func(s *SentenceSettings) { s.Span = 2 })
	got, kept := c.afterCuts(g, rules, c.run(t, g, 1<<20))
	want := []string{c.docs[0].Text(), "New at first. New at last.", "", "One is here.", "", "  \n ", "Two is there. End of it."}
	for i := range want {
		if i == 6 { // the second span is a copy of the first one: sentences 2 and 3 go
			want[i] = "Two is there. End of it."
		}
		if got[i] != want[i] || kept[i] != (i != 2) {
			t.Errorf("document %d became %q (%v), want %q", i, got[i], kept[i], want[i])
		}
	}
	g = buildSentences(t, text.Unicode, func(s *SentenceSettings) { s.Span, s.Unit = 2, unitLines })
	c = corpusOf("menu\nhome\nnews of today\n", "menu\nhome\nother news", "x\nmenu\nhome", "\n\n\n", "\n\n\n")
	got, _ = c.afterCuts(g, rules, c.run(t, g, 1<<20))
	for i, w := range []string{"menu\nhome\nnews of today\n", "other news", "x", "\n\n\n", "\n\n\n"} {
		if got[i] != w {
			t.Errorf("document %d became %q, want %q", i, got[i], w)
		}
	}
}

func TestSentenceFaults(t *testing.T) {
	for key, change := range map[string]func(*SentenceSettings){
		"span":      func(s *SentenceSettings) { s.Span = 0 },
		"unit":      func(s *SentenceSettings) { s.Unit = "words" },
		"normalize": func(s *SentenceSettings) { s.Normalize = "x" },
		"keep":      func(s *SentenceSettings) { s.Keep = []string{"best"} },
		"against":   func(s *SentenceSettings) { s.Against = []string{"nothing"} },
	} {
		s := Sentences.New().(*SentenceSettings)
		change(s)
		_, err := s.Build(fileEnv(&Sentences))
		if f, ok := err.(*step.Fault); !ok || f.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// Stretches with white space between them are joined at the beginning of a text in one go.
func TestTidyManyStretches(t *testing.T) {
	s := strings.Repeat("gone\n \n", 1000) + "stays\ngone\n"
	var gone []stretch
	for i := range 1000 {
		gone = append(gone, stretch{7 * i, 7*i + 5})
	}
	gone = append(gone, stretch{len(s) - 5, len(s)})
	want := []stretch{{0, 7000}, {len(s) - 6, len(s)}}
	if got := tidy(gone, s, true); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if n := testing.AllocsPerRun(1, func() { tidy(gone, s, true) }); n > 10 {
		t.Errorf("%v allocations", n)
	}
}
