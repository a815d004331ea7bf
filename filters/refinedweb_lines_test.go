package filters

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"testing"
	"unicode/utf8"

	"tamis/step"
)

// What is left of every page, how much that is, and the verdict are DCLM's.
func TestOracleRefinedWebLines(t *testing.T) {
	cases := oracleCases(t)
	built, err := RefinedWebLines.New().Build(&step.Env{})
	if err != nil {
		t.Fatal(err)
	}
	rules := withRules(&RefinedWebLines, func(r *step.Rule) { r.Max = step.NoMax }) // for the text
	texts, verdicts := 0, 0
	eachLine(t, sharedFile("oracles", "dclm.jsonl.zst"), func(n int, line []byte) {
		var row struct {
			Values struct {
				Lines struct {
					Text  *digest
					Ratio *float64 `json:"ratio_removed"`
					Keep  bool
				} `json:"line_corrections"`
			}
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c, want := cases[n], row.Values.Lines
		got := judgeLocal(&RefinedWebLines, built.(step.Local), rules, c.text)
		value := got.values["removed_words"]
		verdicts++
		if keeps := RefinedWebLines.Rules[rwRemoved].Keeps(value); keeps != want.Keep {
			t.Errorf("%s: kept %v, DCLM says %v", c.key, keeps, want.Keep)
		}
		if want.Ratio != nil && math.Abs(value-*want.Ratio) > 1e-12 {
			t.Errorf("%s: %v of the words are removed, DCLM has %v", c.key, value, *want.Ratio)
		}
		if want.Text == nil {
			return
		}
		texts++
		if sum := sha256.Sum256([]byte(got.text)); hex.EncodeToString(sum[:]) != want.Text.SHA256 {
			t.Errorf("%s: %d characters are left, DCLM has %d: %.100q", c.key, utf8.RuneCountInString(got.text), want.Text.Len, got.text)
		}
	})
	t.Logf("%d texts and %d verdicts agree with DCLM's", texts, verdicts)
}

func BenchmarkRefinedWebLines(b *testing.B) { benchSteps(b, &RefinedWebLines) }
