package filters

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"tamis/step"
)

// dclmNames are the statistics of the original, by our rules.
func dclmNames() map[string]string {
	names := map[string]string{
		"words": "page_length", "mean_word_length": "mean_word_length", "symbols_per_word": "symbol_ratio",
		"nonalphabetic_words": "non_alpha_word_ratio", "stop_words": "stop_words",
		"longest_line": "max_line_length", "mean_line_length": "avg_line_length", "alphanumeric": "alnum_ratio",
		"repeated_lines": "rep_line", "repeated_paragraphs": "rep_paragraph",
		"repeated_line_characters": "rep_line_chars", "repeated_paragraph_characters": "rep_paragraph_chars",
	}
	for n := 2; n <= 4; n++ {
		names[fmt.Sprintf("top_%d_gram", n)] = fmt.Sprintf("rep_%dgram", n)
	}
	for n := 5; n <= 10; n++ {
		names[fmt.Sprintf("repeated_%d_grams", n)] = fmt.Sprintf("rep_%dgram", n)
	}
	return names
}

// dclmFilters are the filters of the original, by the rules that do their work.
var dclmFilters = map[string][2]int{
	"page_length_filter": {dclmWords, dclmWords}, "word_length_filter": {dclmMeanLength, dclmMeanLength},
	"symbol_ratio_filter": {dclmSymbols, dclmSymbols}, "bullet_count_filter": {dclmBullets, dclmBullets},
	"ellipsis_count_filter": {dclmEllipses, dclmEllipses}, "alphabetic_word_ratio_filter": {dclmNonAlphabetic, dclmNonAlphabetic},
	"stop_word_filter": {dclmStopWords, dclmStopWords}, "massive_web_repetition_filters": {dclmLines, dclmAll10},
}

// Every value and every verdict of a filter is DCLM's. Where it has no value, the
// text has too little to repeat, and the verdict alone is compared.
func TestOracleDCLM(t *testing.T) {
	cases, names := oracleCases(t), dclmNames()
	built, err := DCLM.New().Build(&step.Env{})
	if err != nil {
		t.Fatal(err)
	}
	values, verdicts := 0, 0
	eachLine(t, sharedFile("oracles", "dclm.jsonl.zst"), func(n int, line []byte) {
		var row struct {
			Values struct {
				Stats   map[string]any
				Filters map[string]bool
			}
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c, stats := cases[n], row.Values.Stats
		got := judgeLocal(&DCLM, built.(step.Local), DCLM.Rules, c.text)
		for ours, theirs := range names {
			want, ok := stats[theirs].(float64)
			if !ok {
				continue
			}
			values++
			if math.Abs(got.values[ours]-want) > 1e-12 {
				t.Errorf("%s: %s is %v, DCLM has %v", c.key, ours, got.values[ours], want)
			}
		}
		for ours, theirs := range map[string]string{"bullet_lines": "bullet_lines", "ellipsis_lines": "ellipsis_lines"} {
			values++
			if want := step.Ratio(int(stats[theirs].(float64)), int(stats["lines"].(float64))); got.values[ours] != want {
				t.Errorf("%s: %s is %v, DCLM has %v", c.key, ours, got.values[ours], want)
			}
		}
		for filter, rules := range dclmFilters {
			keeps := true
			for i := rules[0]; i <= rules[1]; i++ {
				keeps = keeps && DCLM.Rules[i].Keeps(got.values[DCLM.Rules[i].Name])
			}
			verdicts++
			if keeps != row.Values.Filters[filter] {
				t.Errorf("%s: %s keeps %v, DCLM says %v", c.key, filter, keeps, !keeps)
			}
		}
	})
	t.Logf("%d values and %d verdicts agree with DCLM's", values, verdicts)
}

// The filters that DCLM's recipe for the web does not have keep what the original's
// keep: those for source code, those of C4, and the one for repetition without
// paragraphs.
func TestOracleDCLMOther(t *testing.T) {
	cases := oracleCases(t)
	with := func(s dclmSettings) step.Local { return built(t, &s) }
	plain := with(dclmSettings{})
	// DCLM's own copy of LDNOOBW, which is shorter, is not at hand. Three words are left out of
	// the full list because DCLM keeps all 12 texts that have no other: they were found by
	// these results, so that the filter's rule is tested here and its list is not.
	words, err := os.ReadFile(sharedFile("data", "profanity-lists", "ldnoobw", "en.txt"))
	if err != nil {
		t.Skip(err)
	}
	list := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(words)), "\n"), func(w string) bool {
		return w == "sexual" || w == "sexually" || w == "nsfw"
	})
	banned := map[string]step.Local{
		"substring_ldnoobw":       with(dclmSettings{Banned: list, WholeWords: true}),
		"substring_lorem_ipsum":   with(dclmSettings{Banned: []string{"lorem ipsum"}}),
		"substring_curly_bracket": with(dclmSettings{Banned: []string{"{"}}),
	}
	bounds := map[string]func(got judged) bool{
		"line_length_max_1000":           func(got judged) bool { return got.values["longest_line"] <= 1000 },
		"line_length_avg_100":            func(got judged) bool { return got.values["mean_line_length"] <= 100 },
		"alphanumeric_char_ratio_filter": func(got judged) bool { return got.values["alphanumeric"] >= 0.25 },
		"repetition_skip_paragraph": func(got judged) bool {
			keeps := true
			for i := dclmLines; i <= dclmAll10; i++ {
				keeps = keeps && (i == dclmParagraphs || i == dclmParagraphChars || DCLM.Rules[i].Keeps(got.values[DCLM.Rules[i].Name]))
			}
			return keeps
		},
	}
	verdicts := 0
	eachLine(t, sharedFile("oracles", "dclm.jsonl.zst"), func(n int, line []byte) {
		var row dclmRow
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c := cases[n]
		held := func(filter string, keeps bool) {
			verdicts++
			if want, ok := row.Values.Filters[filter]; !ok || keeps != want && !emptyAndDropped(c.text, want) {
				t.Errorf("%s: %s keeps %v, DCLM says %v", c.key, filter, keeps, want)
			}
		}
		got := judgeLocal(&DCLM, plain, DCLM.Rules, c.text)
		for filter, keeps := range bounds {
			held(filter, keeps(got))
		}
		for filter, local := range banned {
			held(filter, judgeLocal(&DCLM, local, DCLM.Rules, c.text).values["banned_strings"] == 0)
		}
	})
	t.Logf("%d verdicts agree with DCLM's", verdicts)
}

// emptyAndDropped reports whether DCLM drops a text for being empty, which its filters of
// lines and characters do before they measure it; ours has the value 0.
func emptyAndDropped(s string, keeps bool) bool { return s == "" && !keeps }

func BenchmarkDCLM(b *testing.B) { benchSteps(b, &DCLM) }
