package filters

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// Texts that every step has a case of.
var kindsOfText = []struct {
	name string
	is   func(s string) bool
}{
	{"empty", func(s string) bool { return s == "" }},
	{"one word", func(s string) bool {
		return s != "" && len(strings.Fields(s)) == 1 && strings.ContainsFunc(s, unicode.IsLetter)
	}},
	{"no letters", func(s string) bool { return s != "" && !strings.ContainsFunc(s, unicode.IsLetter) }},
	{"only emoji", func(s string) bool { return strings.TrimSpace(s) != "" && only(s, isEmoji) }},
	{"Chinese", func(s string) bool { return strings.ContainsFunc(s, in(unicode.Han)) }},
	{"Arabic", func(s string) bool { return strings.ContainsFunc(s, in(unicode.Arabic)) }},
	{"Thai", func(s string) bool { return strings.ContainsFunc(s, in(unicode.Thai)) }},
	{"combining marks", func(s string) bool { return strings.ContainsFunc(s, in(unicode.Mn)) }},
	{"a single line of 1 MB", func(s string) bool { return len(s) >= 1<<20 && !strings.Contains(s, "\n") }},
}

func only(s string, is func(rune) bool) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !is(r) && !unicode.IsSpace(r) })
}

func in(t *unicode.RangeTable) func(rune) bool { return func(r rune) bool { return unicode.Is(t, r) } }

func isEmoji(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF || r == 0xFE0F || r == 0x200D
}

// Every rule has cases below, at and above each of its published bounds, or, if it
// counts edits, with and without any; every step has one for each kind of text.
func TestCasesAreComplete(t *testing.T) {
	for _, spec := range caseSteps {
		cases := readCases(t, spec)
		for _, kind := range kindsOfText {
			n := 0
			for _, c := range cases {
				if kind.is(c.text) {
					n++
				}
			}
			if n == 0 {
				t.Errorf("%s has no case: %s", spec.Name, kind.name)
			}
		}
		for _, c := range cases {
			c.run(t, spec)
		}
		for i := range spec.Rules {
			for _, miss := range missing(&spec.Rules[i], i, cases) {
				t.Errorf("%s.%s has no case %s", spec.Name, spec.Rules[i].Name, miss)
			}
		}
	}
}

// missing lists where a rule has no case.
func missing(r *step.Rule, i int, cases []*stepCase) (out []string) {
	has := func(is func(v float64) bool) bool {
		for _, c := range cases {
			if own := &c.rules[i]; own.Min == r.Min && own.Max == r.Max && !own.Off && is(c.values[i]) {
				return true
			}
		}
		return false
	}
	want := func(name string, is func(v float64) bool) {
		if !has(is) {
			out = append(out, name)
		}
	}
	if r.Edit {
		want("without edits", func(v float64) bool { return v == 0 })
		want("with edits", func(v float64) bool { return v > 0 })
		return out
	}
	for _, bound := range []float64{r.Min, r.Max} {
		if r.Name == "mean_log_probability" { // logarithms of shares do not make a whole number
			want("below "+number(bound), func(v float64) bool { return v < bound })
			want("above "+number(bound), func(v float64) bool { return v > bound })
			break
		}
		if math.IsInf(bound, 0) {
			continue
		}
		if bound != 0 { // no value is below zero
			want("below "+number(bound), func(v float64) bool { return v < bound })
		}
		want("at "+number(bound), func(v float64) bool { return v == bound })
		if r.Name != "holds" {
			want("above "+number(bound), func(v float64) bool { return v > bound })
		}
	}
	return out
}

// Settings that a step cannot do without.
var neededSettings = map[string]string{
	"c4_bad_words":  `, lists: [en.txt], files: {en.txt: bad}`,
	"where":         ", keep: words > 3",
	"tag":           ", long: words > 3",
	"unigram":       `, reference: r.count, files: {r.count: a word}`,
	"votes":         ", fields: [a]",
	"decontaminate": `, sets: [e.jsonl], files: {e.jsonl: '{"question": "a b a b a b a b a b a b a b word word word word word word word word"}'}`,
}

// A line of 1 MB is judged like any other text, whatever it is made of.
func TestLongLine(t *testing.T) {
	var doc document.Document
	mixed := ""
	for _, unit := range []string{"a", "word ", "\u4e2d", "\u0e01\u0e34", "e\u0301", ".", "[1]", "\U0001f600"} {
		mixed += strings.Repeat(unit, 1<<17/len(unit))
	}
	for _, line := range []string{mixed, strings.Repeat("x", 1<<20), strings.Repeat("a b ", 1<<18)} {
		for _, spec := range caseSteps {
			for _, sp := range text.Splitters() {
				c := &stepCase{head: fmt.Sprintf("%s {splitter: %s%s}", spec.Name, sp, neededSettings[spec.Name]), text: line, doc: &doc}
				c.run(t, spec)
				for i, v := range c.values {
					if math.IsNaN(v) {
						t.Errorf("%s.%s has no value for a line of 1 MB that begins with %q", spec.Name, c.rules[i].Name, line[:9])
					}
				}
			}
		}
	}
}

// A declaration that is not complete is a fault of its own.
func TestSpecsAreComplete(t *testing.T) {
	names := map[string]bool{}
	for _, spec := range caseSteps {
		if spec.Doc == "" || spec.Source == "" || names[spec.Name] {
			t.Errorf("%s has no doc, no source or the name of another", spec.Name)
		}
		names[spec.Name] = true
		rules := map[string]bool{}
		for _, r := range spec.Rules {
			if r.Unit == "" || r.Doc == "" || !(r.Min <= r.Max) || rules[r.Name] {
				t.Errorf("%s.%s has no unit, no doc, bounds that nothing can keep, or the name of another", spec.Name, r.Name)
			}
			if spec.New == nil && r.Measure == nil {
				t.Errorf("%s.%s has nothing that measures it", spec.Name, r.Name)
			}
			rules[r.Name] = true
		}
	}
}

func TestExpand(t *testing.T) {
	for raw, want := range map[string]string{
		`a\u0301\n`:          "a\u0301\n",
		`<<3 w# >>end`:       "w1 w2 w3 end",
		`\x23<<2 \x23>>`:     "###",
		`\xff`:               "\xff",
		`<<0 gone>>`:         "",
		"two\nlines <<1 x>>": "two\nlines x",
	} {
		if got := expand(t, raw); got != want {
			t.Errorf("%q is expanded to %q, want %q", raw, got, want)
		}
	}
	if bytes.Contains([]byte(shorten(strings.Repeat("x", 1000))), []byte(strings.Repeat("x", 300))) {
		t.Error("a long text is shown whole")
	}
}
