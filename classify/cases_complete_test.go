package classify

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// Texts that every step has a case of.
var kindsOfText = []struct {
	name string
	is   func(s string) bool
}{
	{"empty", func(s string) bool { return s == "" }},
	{"one word", func(s string) bool {
		return len(strings.Fields(s)) == 1 && strings.ContainsFunc(s, unicode.IsLetter)
	}},
	{"no letters", func(s string) bool { return s != "" && !strings.ContainsFunc(s, unicode.IsLetter) }},
	{"only emoji", func(s string) bool {
		return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < 0x2600 && !unicode.IsSpace(r) })
	}},
	{"Chinese", has(unicode.Han)},
	{"Arabic", has(unicode.Arabic)},
	{"Thai", has(unicode.Thai)},
	{"combining marks", has(unicode.Mn)},
}

func has(t *unicode.RangeTable) func(string) bool {
	return func(s string) bool { return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(t, r) }) }
}

// Every step has a case for each kind of text, cases that keep and that remove, and for
// each rule cases below, at and above a bound.
func TestCasesAreComplete(t *testing.T) {
	for _, spec := range caseSteps {
		data, err := os.ReadFile(filepath.Join("..", "testdata", "steps", spec.Name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		var all []held
		for _, c := range strings.Split(string(data), "\n\n") {
			input, _, _ := strings.Cut(c, "----\n")
			_, text := caseText(t, input)
			_, values := caseResult(t, spec, input)
			texts, all = append(texts, text), append(all, values...)
		}
		for _, kind := range kindsOfText {
			if !slices.ContainsFunc(texts, kind.is) {
				t.Errorf("%s has no case: %s", spec.Name, kind.name)
			}
		}
		for _, verdict := range []string{"\nkeep", "\nremove: "} {
			if !strings.Contains(string(data), verdict) {
				t.Errorf("%s has no case with %q", spec.Name, strings.TrimSpace(verdict))
			}
		}
		for _, r := range spec.Rules {
			if r.Edit {
				continue // it has no bounds
			}
			for _, miss := range missing(r.Name, all) {
				t.Errorf("%s.%s has no case %s", spec.Name, r.Name, miss)
			}
		}
	}
}

// missing lists where a rule has no case, by the bounds that the cases have.
func missing(rule string, all []held) (out []string) {
	sides := map[string]func(h held) bool{
		"below a bound": func(h held) bool { return h.value < h.Min || !math.IsInf(h.Max, 0) && h.value < h.Max },
		"at a bound":    func(h held) bool { return h.value == h.Min || h.value == h.Max },
		"above a bound": func(h held) bool { return h.value > h.Max || !math.IsInf(h.Min, 0) && h.value > h.Min },
	}
	if rule == "other" { // is 0 or 1, and at most 0
		delete(sides, "below a bound")
	}
	for side, is := range sides {
		if !slices.ContainsFunc(all, func(h held) bool { return h.Name == rule && is(h) }) {
			out = append(out, side)
		}
	}
	return out
}

// A line of 1 MB is judged like any other text, whatever it is made of.
func TestLongLine(t *testing.T) {
	for _, spec := range caseSteps {
		settings := spec.New()
		files := map[string][]byte{"golden.bin": golden(t), "small.arpa": smallLM(t)}
		if model := map[string]string{"classify": "golden.bin", "perplexity": "small.arpa"}[spec.Name]; model != "" {
			if err := yaml.Load([]byte("model: "+model), settings); err != nil {
				t.Fatal(err)
			}
		}
		l, rules, err := build(t, spec, settings, files)
		if err != nil {
			t.Fatal(err)
		}
		for _, unit := range []string{"a", "word ", "\u4e2d", "\u0e01\u0e34", "e\u0301", "\U0001f600", ". "} {
			values, _, _ := judged(t, l, spec, rules, strings.Repeat(unit, 1<<20/len(unit)))
			if math.IsNaN(values[0]) || math.IsInf(values[0], 0) {
				t.Errorf("%s.%s of a line of 1 MB of %q is %v", spec.Name, rules[0].Name, unit, values[0])
			}
		}
	}
}
