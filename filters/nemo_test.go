package filters

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"tamis/step"
	"tamis/text"
)

// nemoRow is what NeMo Curator said of a text.
type nemoRow struct {
	Values map[string]json.RawMessage
}

// nemoTies are the scores between which the original's hash seed chooses.
type nemoTies struct {
	N        int `json:"tied_ngrams"`
	Min, Max float64
	Values   []float64 // where there are up to twelve
}

func (r *nemoRow) keeps(t *testing.T) map[string]*bool {
	var keep map[string]*bool
	if err := json.Unmarshal(r.Values["keep"], &keep); err != nil {
		t.Fatal(err)
	}
	return keep
}

// Every value and every verdict is NeMo Curator's, words lying between white space.
// Not compared: what it fails on (texts without words or lines), and verdicts that
// hang on Python's hash seed; a value that does is one of those it may give.
func TestOracleNeMo(t *testing.T) {
	cases := oracleCases(t)
	built, err := NeMo.New().Build(&step.Env{})
	if err != nil {
		t.Fatal(err)
	}
	values, ties, crashes, verdicts, undecided := 0, 0, 0, 0, 0
	eachLine(t, sharedFile("oracles", "nemo.jsonl.zst"), func(n int, line []byte) {
		var row nemoRow
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c, keeps := cases[n], row.keeps(t)
		got := judgeSplit(&NeMo, built.(step.Local), NeMo.Rules, text.Whitespace, c.text)
		for i := range NeMo.Rules {
			rule := &NeMo.Rules[i]
			name := rule.Name
			if name == "common_english_words" {
				name = "common_english_words_all"
			}
			value := got.values[rule.Name]
			if keep := keeps[name]; keep != nil && *keep != keepsAsClass(rule, value) {
				t.Errorf("%s: %s is %v, NeMo Curator keeps: %v", c.key, name, value, *keep)
			}
			raw := row.Values[name]
			if string(raw) == "null" {
				crashes++
				continue
			}
			values++
			var want float64
			if json.Unmarshal(raw, &want) == nil {
				if math.Abs(value-want) > 1e-12 {
					t.Errorf("%s: %s is %v, NeMo Curator has %v", c.key, name, value, want)
				}
				continue
			}
			ties++
			if !oneOfTies(t, raw, value) {
				t.Errorf("%s: %s is %v, NeMo Curator has one of %s", c.key, name, value, raw)
			}
		}
		var first *string
		if json.Unmarshal(row.Values["first_failed"], &first) != nil {
			undecided++
			return
		}
		verdicts++
		if want := asText(first); want != got.rule {
			t.Errorf("%s: removed by %q, NeMo Curator says %q", c.key, got.rule, want)
		}
	})
	t.Logf("%d values agree with NeMo Curator's, %d of them one of several; %d where it fails; %d verdicts agree, %d undecided",
		values, ties, crashes, verdicts, undecided)
}

// keepsAsClass is Keeps, with the bound that the original's class has for short n-grams
// that its pipeline does not look at.
func keepsAsClass(r *step.Rule, value float64) bool {
	return r.Keeps(value) && (!strings.HasPrefix(r.Name, "repeating_dup_") || r.Max != step.NoMax || value <= 0.2)
}

func asText(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func oneOfTies(t *testing.T, raw json.RawMessage, value float64) bool {
	var ties nemoTies
	if err := json.Unmarshal(raw, &ties); err != nil {
		t.Fatal(err)
	}
	for _, v := range ties.Values {
		if math.Abs(v-value) <= 1e-12 {
			return true
		}
	}
	return len(ties.Values) == 0 && value >= ties.Min-1e-12 && value <= ties.Max+1e-12
}

// A stock sentence is known whatever is around it, and only whole.
func TestNeMoSentences(t *testing.T) {
	for s, want := range map[string]bool{
		"all use cookies": true, "privacy & cookies policy": true, "privacy and cookie": false,
		"necessary cookies are absolutely essential": false, "any cookies that may not": false, "": false,
	} {
		if isBoilerplate(s) != want {
			t.Errorf("%q is boilerplate: %v", s, !want)
		}
	}
	for i, sentence := range nemoSentences {
		begin := nemoPhrases.list[len(nemoPhrases.list)-len(nemoSentences)+i]
		if sentence.length <= len(begin) || isBoilerplate(begin+strings.Repeat("x", sentence.length)) {
			t.Errorf("%q is taken for its sentence", begin)
		}
	}
}

func BenchmarkNeMo(b *testing.B) { benchSteps(b, &NeMo) }
