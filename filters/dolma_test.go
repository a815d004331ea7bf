package filters

import (
	"encoding/json"
	"math"
	"testing"

	"tamis/step"
)

// dolmaC4 are the attributes of the c4 taggers that are spans or flags, by our rules.
var dolmaC4 = map[string]map[string]string{
	"c4_v1": {"lines_without_end_mark": "lines_with_no_ending_punctuation", "lines_with_too_few_words": "lines_with_too_few_words", "lines_with_javascript_word": "has_javascript",
		"lines_with_lorem_ipsum": "has_lorem_ipsum", "lines_with_curly_brace": "has_curly_brace", "lines_with_naughty_word": "has_naughty_word", "line_count": "line_count"},
	"c4_v2": {"lines_without_end_mark": "lines_with_no_ending_punctuation", "lines_with_too_few_words": "lines_with_too_few_words", "lines_with_javascript": "has_javascript",
		"lines_with_lorem_ipsum": "has_lorem_ipsum", "lines_with_curly_brace": "has_curly_brace", "lines_with_naughty_word": "has_naughty_word", "line_count": "line_count"},
}

// dolmaSizes are attributes of other taggers.
var dolmaSizes = map[string][2]string{
	"bytes": {"bytes_length_v1", "bytes"}, "character_count": {"char_length_v1", "length"}, "stripped_length": {"char_length_strip_ws_v1", "length_no_ws"},
}

// Every value is Dolma's, of both versions of its Gopher tagger.
func TestOracleDolma(t *testing.T) {
	cases := oracleCases(t)
	locals := map[string]step.Local{}
	for _, version := range []string{"v1", "v2"} {
		list := sharedFile("data", "profanity-lists", "ldnoobw", "en.txt")
		built, err := (&dolmaSettings{Gopher: version, NaughtyWords: list}).Build(&step.Env{Open: openShared})
		if err != nil {
			t.Skip(err)
		}
		locals[version] = built.(step.Local)
	}
	values := 0
	eachLine(t, sharedFile("oracles", "dolma.jsonl.zst"), func(n int, line []byte) {
		var row struct{ Values map[string]json.RawMessage }
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		attributes := func(tagger string) map[string]any {
			var a map[string]any
			if err := json.Unmarshal(row.Values[tagger], &a); err != nil {
				t.Fatal(err)
			}
			return a
		}
		c := cases[n]
		same := func(name string, got, want float64) {
			values++
			if math.Abs(got-want) > 1e-12 {
				t.Errorf("%s: %s is %v, Dolma has %v", c.key, name, got, want)
			}
		}
		var got judged
		for version, local := range locals {
			got = judgeLocal(&Dolma, local, Dolma.Rules, c.text)
			want := attributes("gopher_" + version)
			for name, value := range got.values {
				if w, ok := want[name].(float64); ok {
					same(name+" of "+version, value, w)
				}
			}
		}
		for tagger, names := range dolmaC4 {
			want := attributes(tagger)
			for ours, theirs := range names {
				same(ours, flagged(got.values[ours], want[theirs]), counted(want[theirs]))
			}
		}
		for ours, theirs := range dolmaSizes {
			same(ours, got.values[ours], counted(attributes(theirs[0])[theirs[1]]))
		}
	})
	t.Logf("%d values agree with Dolma's", values)
}

// counted returns what an attribute counts: its spans, or its score.
func counted(attribute any) float64 {
	switch a := attribute.(type) {
	case float64:
		return a
	case []any:
		return float64(len(a))
	}
	return 0
}

// flagged makes a number of lines a flag where the attribute has a score of 1 or none.
func flagged(value float64, attribute any) float64 {
	if attribute == 1.0 && value > 1 {
		return 1
	}
	return value
}

func BenchmarkDolma(b *testing.B) { benchSteps(b, &Dolma) }
