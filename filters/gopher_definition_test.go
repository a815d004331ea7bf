package filters

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"

	"tamis/step"
	"tamis/text"
)

// sequenceNames are the rules of sequences by the names of another program.
func sequenceNames(top, dup string) map[string]string {
	names := map[string]string{}
	for n := 2; n <= 4; n++ {
		names[fmt.Sprintf("top_%d_gram", n)] = fmt.Sprintf(top, n)
	}
	for n := 5; n <= 10; n++ {
		names[fmt.Sprintf("duplicate_%d_grams", n)] = fmt.Sprintf(dup, n)
	}
	return names
}

// with adds names to names.
func with(names map[string]string, pairs ...string) map[string]string {
	for i := 0; i < len(pairs); i += 2 {
		names[pairs[i]] = pairs[i+1]
	}
	return names
}

// A definitionCase holds a definition against the values of a program.
type definitionCase struct {
	file, tagger string
	repetition   map[string]string
	quality      map[string]string
	filters      map[string][]string // verdicts of the program, by the rules that they are of
}

var definitionCases = map[string]definitionCase{
	"dclm": {file: "dclm", tagger: "stats",
		repetition: with(sequenceNames("rep_%dgram", "rep_%dgram"), "duplicate_lines", "rep_line", "duplicate_line_characters", "rep_line_chars",
			"duplicate_paragraphs", "rep_paragraph", "duplicate_paragraph_characters", "rep_paragraph_chars"),
		quality: map[string]string{"words": "page_length", "mean_word_length": "mean_word_length", "hashes_per_word": "symbol_ratio", "stop_words": "stop_words"},
		filters: map[string][]string{"page_length_filter": {"words"}, "word_length_filter": {"mean_word_length"}, "bullet_count_filter": {"bullet_lines"},
			"ellipsis_count_filter": {"ellipsis_lines"}, "stop_word_filter": {"stop_words"}}},
	"dolma": {file: "dolma", tagger: "gopher_v1",
		repetition: with(sequenceNames("fraction_of_characters_in_most_common_%dgrams", "fraction_of_characters_in_duplicate_%dgrams"),
			"duplicate_lines", "fraction_of_duplicate_lines", "duplicate_line_characters", "fraction_of_characters_in_duplicate_lines"),
		quality: map[string]string{"words": "word_count", "mean_word_length": "median_word_length", "hashes_per_word": "symbol_to_word_ratio",
			"bullet_lines": "fraction_of_lines_starting_with_bullet_point", "ellipsis_lines": "fraction_of_lines_ending_with_ellipsis",
			"alphabetic_words": "fraction_of_words_with_alpha_character", "stop_words": "required_word_count"}},
	"nemo": {file: "nemo",
		repetition: sequenceNames("repeating_top_%dgrams", "repeating_dup_%dgram"),
		quality: map[string]string{"words": "word_count", "mean_word_length": "mean_word_length", "hashes_per_word": "symbol_to_word",
			"bullet_lines": "bullet_ratio", "ellipsis_lines": "ellipsis", "alphabetic_words": "words_without_alphabets", "stop_words": "common_english_words_all"},
		filters: map[string][]string{"repeated_lines": {"duplicate_lines"}, "repeated_lines_char": {"duplicate_line_characters"},
			"repeated_paragraphs": {"duplicate_paragraphs"}, "repeated_paragraphs_char": {"duplicate_paragraph_characters"},
			"word_count": {"words"}, "symbol_to_word": {"hashes_per_word"}, "ellipsis": {"ellipsis_lines"}, "bullet_ratio": {"bullet_lines"}}},
}

// Each definition has the values and the verdicts of the program that it is named after.
func TestOracleDefinitions(t *testing.T) {
	for name, c := range definitionCases {
		t.Run(name, func(t *testing.T) { c.compare(t, name) })
	}
}

func (d *definitionCase) compare(t *testing.T, name string) {
	cases := oracleCases(t)
	repetitionOf := map[string]string{"dclm": "mask"}[name]
	if repetitionOf == "" {
		repetitionOf = name
	}
	repetition, quality := built(t, &gopherRepetitionSettings{Definition: repetitionOf}), qualityOf(t, name)
	values, verdicts := 0, 0
	eachLine(t, sharedFile("oracles", d.file+".jsonl.zst"), func(n int, line []byte) {
		var row struct{ Values map[string]json.RawMessage }
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c, theirs := cases[n], row.Values
		if d.tagger != "" {
			theirs = nil
			if err := json.Unmarshal(row.Values[d.tagger], &theirs); err != nil {
				t.Fatal(err)
			}
		}
		got := judgeSplit(&GopherRepetition, repetition, GopherRepetition.Rules, text.Whitespace, c.text).values
		same := func(ours, name string) {
			var w any
			if raw, ok := theirs[name]; ok {
				if err := json.Unmarshal(raw, &w); err != nil {
					t.Fatal(err)
				}
			}
			switch w := w.(type) {
			case float64:
				if values++; math.Abs(got[ours]-w) > 1e-12 {
					t.Errorf("%s: %s is %v, %s has %v", c.key, ours, got[ours], d.file, w)
				}
			case map[string]any: // one of several, by the hash seed
				if values++; !oneOfTies(t, theirs[name], got[ours]) {
					t.Errorf("%s: %s is %v, %s has one of %v", c.key, ours, got[ours], d.file, w)
				}
			}
		}
		for ours, name := range d.repetition {
			same(ours, name)
		}
		all := got
		got = judgeSplit(&GopherQuality, quality, GopherQuality.Rules, text.Whitespace, c.text).values
		for ours, name := range d.quality {
			same(ours, name)
		}
		for rule, value := range got {
			all[rule] = value
		}
		verdicts += d.verdicts(t, c.key, row.Values, all)
	})
	t.Logf("%d values and %d verdicts agree", values, verdicts)
}

// verdicts compares the verdicts of filters, where the program has any.
func (d *definitionCase) verdicts(t *testing.T, key string, row map[string]json.RawMessage, got map[string]float64) (n int) {
	keeps := map[string]*bool{}
	raw := row["filters"]
	if raw == nil {
		raw = row["keep"]
	}
	if raw == nil {
		return 0
	}
	if err := json.Unmarshal(raw, &keeps); err != nil {
		t.Fatal(err)
	}
	rules := append(append([]step.Rule(nil), GopherRepetition.Rules...), GopherQuality.Rules...)
	for filter, names := range d.filters {
		want := keeps[filter]
		if want == nil {
			continue // the original crashed
		}
		n++
		keep := true
		for i := range rules {
			for _, name := range names {
				keep = keep && (rules[i].Name != name || rules[i].Keeps(got[name]))
			}
		}
		if keep != *want {
			t.Errorf("%s: %s keeps %v, the original %v", key, filter, keep, *want)
		}
	}
	return n
}

func qualityOf(t testing.TB, definition string) step.Local {
	t.Helper()
	s := GopherQuality.New().(*gopherQualitySettings)
	s.Definition = definition
	local, err := s.Build(&step.Env{Rules: GopherQuality.Rules})
	if err != nil {
		t.Fatal(err)
	}
	return local.(step.Local)
}

// Every definition that the reference lists is one, and the first is the usual one.
func TestDefinitionsListed(t *testing.T) {
	listed := 0
	for _, spec := range caseSteps {
		for i, d := range spec.Definitions {
			settings := spec.New()
			usual, ok := reflect.ValueOf(settings).Elem().FieldByName("Definition"), d.Doc != ""
			if !ok || i == 0 && usual.String() != d.Name {
				t.Errorf("%s: the definition %q has no description, or is not the usual one, %q", spec.Name, d.Name, usual)
			}
			usual.SetString(d.Name)
			if _, err := settings.Build(&step.Env{Rules: append([]step.Rule(nil), spec.Rules...)}); err != nil {
				t.Errorf("%s: %v", spec.Name, err)
			}
			listed++
		}
	}
	if listed < 10 {
		t.Errorf("%d definitions are listed", listed)
	}
}

func TestDefinitionsUnknown(t *testing.T) {
	for _, s := range []step.Settings{&gopherRepetitionSettings{Definition: "dclm"}, &gopherQualitySettings{Definition: "mask"}} {
		_, err := s.Build(&step.Env{Rules: GopherQuality.Rules})
		var fault *step.Fault
		if !errors.As(err, &fault) || fault.Key != "definition" {
			t.Errorf("%v", err)
		}
	}
}
