package filters

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"tamis/classify"
	"tamis/step"
)

// heldOut reports whether neither training nor the weights of the score have seen a
// text: classify/makemodels parts texts by the hash of their ids.
func heldOut(id string) bool { return xxh3.HashString(id)%5 == 0 }

// A realText is a text as its set has it, with what people said of it.
type realText struct {
	id, text string
	yes      bool
}

// realTweets are the held-out tweets; yes is hate or offensive, by most readers.
func realTweets(t *testing.T) (out []realText) {
	sharedRows(t, "data/hate-offensive-tweets/tweets.jsonl.zst", func(line []byte) {
		var r struct{ ID, Text, Label string }
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if heldOut(r.ID) {
			out = append(out, realText{r.ID, html.UnescapeString(r.Text), r.Label != "neither"})
		}
	})
	return out
}

// realComments are the sentences, as the splitter unicode has them, of held-out
// comments with marked spans; yes is marked by at least two readers and half of them,
// no by nobody, and the others are left out.
func realComments(t *testing.T) (out []realText) {
	h := newHarness(t, toxicitySpec, toxicityWith(func(s *toxicitySettings) { s.Level = levelSentence }), step.Env{})
	sharedRows(t, "data/toxic-comments/comments.jsonl.zst", func(line []byte) {
		var r struct {
			ID, Text   string
			Annotators int
			Spans      [][]any // reader, type, start, end in code points
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if !heldOut(r.ID) || len(r.Spans) == 0 {
			return
		}
		h.judge(r.Text, "")
		h.doc.SetText(r.Text)
		for _, s := range h.step.(*toxicity).spans(&h.doc) {
			from := len([]rune(r.Text[:s.Start]))
			to := from + len([]rune(r.Text[s.Start:s.End]))
			readers := map[any]bool{}
			for _, m := range r.Spans {
				if int(m[2].(float64)) < to && int(m[3].(float64)) > from {
					readers[m[0]] = true
				}
			}
			if n := len(readers); n == 0 || n >= 2 && 2*n >= r.Annotators {
				out = append(out, realText{r.ID, r.Text[s.Start:s.End], n > 0})
			}
		}
	})
	return out
}

// realSexual are the held-out tweets that were read one by one; yes is sexual.
func realSexual(t *testing.T) (out []realText) {
	data, err := os.ReadFile(filepath.Join("..", "classify", "makemodels", "sexual.txt"))
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		for i := 1; i < len(f) && f[0] != "#"; i++ {
			read[f[i]] = f[0] == "+"
		}
	}
	for _, r := range realTweets(t) {
		if yes, ok := read[r.id]; ok {
			out = append(out, realText{r.id, r.text, yes})
		}
	}
	return out
}

// scored holds the scores of texts that are of a class and of those that are not, by
// the step and by the lexicon alone.
type scored struct{ yes, no, lexiconYes, lexiconNo []float64 }

// scoreReal scores texts as documents.
func scoreReal(t *testing.T, texts []realText, class int) (s scored) {
	h := newHarness(t, toxicitySpec, nil, step.Env{})
	h.meter.All = true
	lexicon, err := NewLexiconReader()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range texts {
		h.judge(r.text, "")
		score, alone := h.vals[toxSexual+class], lexicon.Read(r.text)[class]
		if r.yes {
			s.yes, s.lexiconYes = append(s.yes, score), append(s.lexiconYes, alone)
		} else {
			s.no, s.lexiconNo = append(s.no, score), append(s.lexiconNo, alone)
		}
	}
	return s
}

// atLeast returns the share of scores that are at least bound.
func atLeast(scores []float64, bound float64) float64 {
	n := 0
	for _, x := range scores {
		n += asInt(x >= bound)
	}
	return step.Ratio(n, len(scores))
}

// The score tells abuse on texts that training never saw, and better than the lexicon:
// at the recall of any term of the lexicon it has fewer false alarms.
func TestRealToxicity(t *testing.T) {
	for _, c := range []struct {
		name  string
		texts func(*testing.T) []realText
		class int
		least float64 // AUC
	}{
		{"tweets, hate or offensive", realTweets, 1, 0.94},
		{"sentences of comments, marked by half of the readers", realComments, 1, 0.90},
		{"tweets read as sexual, of those with a word that may be", realSexual, 0, 0.70},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := scoreReal(t, c.texts(t), c.class)
			auc, alone := classify.AUC(s.yes, s.no), classify.AUC(s.lexiconYes, s.lexiconNo)
			t.Logf("%d of the class, %d not: AUC %.4f, lexicon alone %.4f", len(s.yes), len(s.no), auc, alone)
			bound := toxicitySpec.Rules[toxSexual].Max
			found, alarms := atLeast(s.yes, math.Nextafter(bound, 1)), atLeast(s.no, math.Nextafter(bound, 1))
			right, wrong := found*float64(len(s.yes)), alarms*float64(len(s.no))
			t.Logf("above %v: precision %.3f, recall %.3f, false alarms %.4f", bound, right/(right+wrong), found, alarms)
			// The bound at which the score finds as much as any term of the lexicon.
			recall := atLeast(s.lexiconYes, 1e-9)
			sorted := slices.Sorted(slices.Values(s.yes))
			equal := sorted[int(float64(len(sorted))*(1-recall))]
			with, without := atLeast(s.no, equal), atLeast(s.lexiconNo, 1e-9)
			t.Logf("at recall %.3f (score %.3f: %.3f): false alarms %.4f, lexicon alone %.4f", recall, equal, atLeast(s.yes, equal), with, without)
			if auc < c.least {
				t.Errorf("AUC %.4f, at least %v was reached", auc, c.least)
			}
			if with > without {
				t.Errorf("%.4f false alarms, the lexicon alone has %.4f", with, without)
			}
		})
	}
}

// The default bounds leave clean texts alone; those that they flag are named for
// reading.
func TestRealToxicityOnCleanTexts(t *testing.T) {
	h := newHarness(t, toxicitySpec, nil, step.Env{})
	for path, most := range map[string]float64{
		"wikipedia-passages/passages.jsonl.zst": 0.003, "c4-en-sample/c4.jsonl.zst": 0.003, "c4-en-sample/c4-truncated.jsonl.zst": 0.003,
		"onestop-english/docs.jsonl.zst": 0.003, "udhr/udhr.jsonl.zst": 0.003,
		"fineweb-legal/docs.jsonl.zst": 0.005, // it has spam of porn sites, and forums
	} {
		t.Run(path, func(t *testing.T) {
			all, flagged := 0, 0
			sharedRows(t, "data/"+path, func(line []byte) {
				var r struct {
					ID    any
					Title string
					Text  string
				}
				if err := json.Unmarshal(line, &r); err != nil {
					t.Fatal(err)
				}
				all++
				if v := h.judge(r.Text, ""); v.Removed {
					flagged++
					t.Logf("%v %q, %d bytes: %s %v", r.ID, r.Title, len(r.Text), toxicitySpec.Rules[v.Rule].Name, v.Value)
				}
			})
			t.Logf("%d of %d flagged, %.2f %%", flagged, all, 100*step.Ratio(flagged, all))
			if step.Ratio(flagged, all) > most {
				t.Errorf("%d of %d texts are flagged, %v of them at most should be", flagged, all, most)
			}
		})
	}
}

// realFile opens a file of the shared data, and like a recipe no folder.
func realFile(path string) (io.ReadCloser, error) {
	full := filepath.Join("..", "..", "shared", "data", filepath.FromSlash(path))
	if info, err := os.Stat(full); err != nil || info.IsDir() {
		return nil, fmt.Errorf("%s is no file", path)
	}
	return os.Open(full)
}

// Every list of the shared data can be given as a list, and finds each of its terms in
// a text that has it.
func TestRealNSFWLists(t *testing.T) {
	for path, least := range map[string]int{"profanity-lists/ldnoobw": 2500, "profanity-lists/surge-profanity_en.csv": 1500} {
		for _, strict := range []bool{false, true} {
			s := &nsfwSettings{Languages: []string{}, Lists: []string{path}, ListClass: "sexual", ListWeight: 3}
			if strict {
				s.Strict, s.Lists = s.Lists, nil
			}
			built, err := s.Build(&step.Env{Open: realFile})
			if err != nil {
				if _, absent := os.Stat(filepath.Join("..", "..", "shared", "data")); absent != nil {
					t.Skip("the shared data are not here")
				}
				t.Fatal(err)
			}
			n, missed := built.(*nsfw), []string{}
			for i, term := range n.terms {
				n.text = "x, " + term.text + ", x"
				n.search()
				if len(n.hits) == 0 {
					missed = append(missed, n.terms[i].text)
				}
			}
			t.Logf("%s: %d terms, %d are not found in a text of their own: %q", path, len(n.terms), len(missed), missed[:min(len(missed), 20)])
			if len(n.terms) < least || 200*len(missed) > len(n.terms) {
				t.Errorf("%s: %d terms, of which %d are not found", path, len(n.terms), len(missed))
			}
		}
	}
}
