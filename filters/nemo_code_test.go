package filters

import (
	"encoding/json"
	"math"
	"testing"

	"tamis/step"
)

// nemoExtensions are the verdicts of the filter by extension, by the rules that it has
// for the extension.
var nemoExtensions = map[string][]int{
	"per_extension_c_c": {ncLongest, ncMean, ncAlphanumeric}, "per_extension_html_html": {ncLongest, ncMean, ncAlphanumeric}, "per_extension_markdown_md": {ncAlphanumeric},
}

// Every value and every verdict is NeMo Curator's, but on empty texts, on which it
// divides by zero.
func TestOracleNeMoCode(t *testing.T) {
	cases, local := oracleCases(t), built(t, NeMoCode.New())
	values, verdicts, crashes := 0, 0, 0
	eachLine(t, sharedFile("oracles", "nemo.jsonl.zst"), func(n int, line []byte) {
		var row nemoRow
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c, keeps := cases[n], row.keeps(t)
		got := judgeLocal(&NeMoCode, local, NeMoCode.Rules, c.text)
		for i := range NeMoCode.Rules {
			rule := &NeMoCode.Rules[i]
			var want *float64
			if err := json.Unmarshal(row.Values[rule.Name], &want); err != nil {
				t.Fatal(err)
			}
			if want == nil {
				if crashes++; c.text != "" {
					t.Errorf("%s: %s has no value", c.key, rule.Name)
				}
				continue
			}
			if values++; math.Abs(got.values[rule.Name]-*want) > 1e-12 {
				t.Errorf("%s: %s is %v, NeMo Curator has %v", c.key, rule.Name, got.values[rule.Name], *want)
			}
			if keep := keeps[rule.Name]; keep != nil {
				if verdicts++; *keep != rule.Keeps(got.values[rule.Name]) {
					t.Errorf("%s: %s is %v, NeMo Curator keeps: %v", c.key, rule.Name, got.values[rule.Name], *keep)
				}
			}
		}
		for name, rules := range nemoExtensions {
			keep := keeps[name]
			if c.text == "" || keep == nil {
				continue
			}
			verdicts++
			if ours := keepsAll(&NeMoCode, rules, got.values); ours != *keep {
				t.Errorf("%s: %s keeps %v, NeMo Curator %v", c.key, name, ours, *keep)
			}
		}
	})
	t.Logf("%d values and %d verdicts agree with NeMo Curator's; %d where it fails", values, verdicts, crashes)
}

// keepsAll reports whether some rules of a step keep their values.
func keepsAll(spec *step.Spec, rules []int, values map[string]float64) bool {
	for _, i := range rules {
		if r := &spec.Rules[i]; !r.Keeps(values[r.Name]) {
			return false
		}
	}
	return true
}

func BenchmarkNeMoCode(b *testing.B) { benchSteps(b, &NeMoCode) }
