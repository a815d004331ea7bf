package classify

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"tamis/step"
)

// The cases of a step are in testdata/steps/NAME.txt, in the form that the filters'
// cases have: comment, the step as in a recipe, the text with Go's escapes, "----", and
// what the step gives, with scores of three digits. Settings may name golden.bin, the
// model of TestGolden, and small.arpa, a 4-gram model of the words a, b and c.
var rewrite = flag.Bool("rewrite", false, "write what the steps give into testdata/steps")

// slow is for `make quality`: minutes instead of seconds.
var slow = flag.Bool("slow", false, "train with all published settings")

// caseSteps are the steps with cases.
var caseSteps = []*step.Spec{&Quality, &Language, &Classify, &Perplexity}

func TestCases(t *testing.T) {
	for _, spec := range caseSteps {
		t.Run(spec.Name, func(t *testing.T) {
			file := filepath.Join("..", "testdata", "steps", spec.Name+".txt")
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, c := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n\n") {
				input, want, ok := strings.Cut(c+"\n", "----\n")
				if !ok {
					t.Fatalf("no ---- in %q", c)
				}
				want = strings.TrimSuffix(want, "\n")
				got, _ := caseResult(t, spec, input)
				if got != want && !*rewrite {
					t.Errorf("%s----\n%s\nwant:\n%s", input, got, want)
				}
				out = append(out, input+"----\n"+got)
			}
			if *rewrite {
				if err := os.WriteFile(file, []byte(strings.Join(out, "\n\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// A held rule has the value that it was held against its bounds with.
type held struct {
	step.Rule
	value float64
}

// caseText returns the step of a case and its text, without the comments before them.
func caseText(t *testing.T, input string) (head, text string) {
	t.Helper()
	for strings.HasPrefix(input, "#") {
		_, input, _ = strings.Cut(input, "\n")
	}
	head, body, _ := strings.Cut(input, "\n")
	text, err := strconv.Unquote(`"` + strings.NewReplacer("\n", `\n`, `"`, `\"`).Replace(strings.TrimSuffix(body, "\n")) + `"`)
	if err != nil {
		t.Fatalf("%s: %v", input, err)
	}
	return head, text
}

// caseResult judges the text of a case, whose lines are comments, the step and the
// text. It returns what the case shows, and the values of the rules.
func caseResult(t *testing.T, spec *step.Spec, input string) (string, []held) {
	t.Helper()
	head, text := caseText(t, input)
	name, flow, _ := strings.Cut(head, " ")
	if name != spec.Name {
		t.Fatalf("%s in the cases of %s", head, spec.Name)
	}
	settings, bounds := spec.New(), boundsIn(t, spec, &flow)
	if flow != "" {
		if err := yaml.Load([]byte(flow), settings, yaml.WithKnownFields()); err != nil {
			t.Fatalf("%s: %v", head, err)
		}
	}
	l, rules, err := build(t, spec, settings, map[string][]byte{"golden.bin": golden(t), "small.arpa": smallLM(t)})
	if err != nil {
		return "error: " + err.Error(), nil
	}
	for i := range rules {
		if b, ok := bounds[rules[i].Name]; ok && b.Max != nil {
			rules[i].Max = *b.Max
		}
		if b, ok := bounds[rules[i].Name]; ok && b.Min != nil {
			rules[i].Min = *b.Min
		}
	}
	m, verdict := metered(l, spec, rules, text)
	var out strings.Builder
	var all []held
	for i, r := range rules {
		if math.IsNaN(m.Values[i]) {
			continue // not measured
		}
		all = append(all, held{r, m.Values[i]})
		state := "ok"
		switch value := m.Values[i]; {
		case r.Edit:
			state = "edits"
		case !r.Keeps(value):
			state = "OUT"
		}
		fmt.Fprintf(&out, "%-5s  %.3f  [%v, %v]  %s\n", r.Name, m.Values[i], r.Min, r.Max, state)
	}
	for i, label := range m.Labels {
		if label != "" {
			fmt.Fprintf(&out, "%s: %s\n", spec.Labels[i].Name, label)
		}
	}
	for _, e := range m.Edits {
		fmt.Fprintf(&out, "%s: %q\n", rules[e.Rule].Name, text[e.Start:e.End])
	}
	if verdict.Removed {
		fmt.Fprintf(&out, "remove: %s", rules[verdict.Rule].Name)
	} else {
		out.WriteString("keep")
	}
	return out.String(), all
}

// caseBounds are the bounds that a case gives a rule.
type caseBounds struct{ Min, Max *float64 }

// boundsIn takes the bounds of rules out of the settings in flow style.
func boundsIn(t *testing.T, spec *step.Spec, flow *string) map[string]caseBounds {
	keys, bounds := map[string]yaml.Node{}, map[string]caseBounds{}
	if err := yaml.Unmarshal([]byte(*flow), &keys); *flow != "" && err != nil {
		t.Fatalf("%s: %v", *flow, err)
	}
	for _, r := range spec.Rules {
		node, ok := keys[r.Name]
		if !ok || spec == &Quality {
			continue // quality has a setting of its rule's name
		}
		var b caseBounds
		if err := node.Decode(&b); err != nil {
			t.Fatalf("%s: %v", *flow, err)
		}
		bounds[r.Name] = b
		delete(keys, r.Name)
	}
	if len(bounds) > 0 {
		rest, err := yaml.Marshal(keys)
		if err != nil {
			t.Fatal(err)
		}
		*flow = string(rest)
	}
	return bounds
}
