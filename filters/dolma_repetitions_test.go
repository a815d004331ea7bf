package filters

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// Every value of every tagger of repetitions is Dolma's; the tokens are words between
// white space in the recorded results, too.
func TestOracleDolmaRepetitions(t *testing.T) {
	cases, values := oracleCases(t), 0
	eachLine(t, sharedFile("oracles", "dolma.jsonl.zst"), func(n int, line []byte) {
		var row struct{ Values map[string]json.RawMessage }
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c := cases[n]
		for tagger := range dolmaTaggers {
			raw := row.Values[tagger]
			if raw == nil {
				raw = row.Values[tagger+"@whitespace_ids"]
			}
			var want map[string]any
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			got := judgeLocal(&DolmaRepetitions, built(t, &dolmaRepetitionsSettings{Tagger: tagger}), DolmaRepetitions.Rules, c.text)
			for ours, theirs := range map[string]string{"max_score": "doc_max_score_repetition", "max_length": "doc_max_length_repetition", "share": "doc_frac_repetition"} {
				values++
				w, _ := want[theirs].(float64) // v2r2 has no value where nothing repeats
				if math.Abs(got.values[ours]-w) > 1e-12 {
					t.Errorf("%s: %s of %s is %v, Dolma has %v", c.key, ours, tagger, got.values[ours], want[theirs])
				}
			}
		}
	})
	t.Logf("%d values agree with Dolma's", values)
}

// slowRepeats tries every place and every length.
func slowRepeats(s string) (found []repetition) {
	for i := 0; i < len(s); {
		end := 0
		for length := 1; i+4*length <= len(s) && s[i+length-1] != '\n' && end == 0; length++ {
			if end = row(s, i, length); end > 0 {
				found = append(found, repetition{start: int32(i), end: int32(end), times: int32(strings.Count(s[i:end], s[i:i+length]))})
			}
		}
		i = max(i+1, end)
	}
	return found
}

// What is found by eight bytes is what is found by trying everything.
func TestCharRepeats(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	var c charRepeats
	for range 3000 {
		var s strings.Builder
		for range 1 + random.IntN(6) {
			var block strings.Builder
			for range 1 + random.IntN(14) {
				block.WriteByte("abc \n"[random.IntN(5)])
			}
			for range random.IntN(7) {
				s.WriteString(block.String() + strings.Repeat(" ", random.IntN(2)))
			}
		}
		got, want := c.find(nil, s.String()), slowRepeats(s.String())
		if len(got) != len(want) {
			t.Fatalf("%q: %v, want %v", s.String(), got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%q: %v, want %v", s.String(), got, want)
			}
		}
	}
}

func BenchmarkDolmaRepetitions(b *testing.B) { benchSteps(b, &DolmaRepetitions) }
