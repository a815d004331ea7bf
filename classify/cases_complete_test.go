package classify

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"
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

// Every step has a case for each kind of text, and cases that keep and that remove.
func TestCasesAreComplete(t *testing.T) {
	for _, spec := range caseSteps {
		data, err := os.ReadFile(filepath.Join("..", "testdata", "steps", spec.Name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, c := range strings.Split(string(data), "\n\n") {
			input, _, _ := strings.Cut(c, "----\n")
			for strings.HasPrefix(input, "#") {
				_, input, _ = strings.Cut(input, "\n")
			}
			_, body, _ := strings.Cut(input, "\n")
			text, err := strconv.Unquote(`"` + strings.NewReplacer("\n", `\n`, `"`, `\"`).Replace(strings.TrimSuffix(body, "\n")) + `"`)
			if err != nil {
				t.Fatalf("%s: %q: %v", spec.Name, body, err)
			}
			texts = append(texts, text)
		}
		for _, kind := range kindsOfText {
			n := 0
			for _, s := range texts {
				if kind.is(s) {
					n++
				}
			}
			if n == 0 {
				t.Errorf("%s has no case: %s", spec.Name, kind.name)
			}
		}
		for _, verdict := range []string{"\nkeep", "\nremove: "} {
			if !strings.Contains(string(data), verdict) {
				t.Errorf("%s has no case with %q", spec.Name, strings.TrimSpace(verdict))
			}
		}
	}
}
