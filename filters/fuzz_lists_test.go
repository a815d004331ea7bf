package filters

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"tamis/step"
)

// fuzzLists are steps that read the file f, whatever a user has written into it.
var fuzzLists = []string{
	"c4_bad_words {lists: [f]}",
	"nsfw {lists: [f], strict: [f]}",
	"nsfw {lists: [f.csv]}",
	"toxicity {lists: [f]}",
	"url {lists: [f], allow: [f], hard: [f], soft: [f], strict: [f]}",
	"url {compat: datatrove, lists: [f], hard: [f], soft: [f], strict: [f]}",
	"pii {lists: [f]}",
	"redpajama {bad_words: f, stop_words: f, ut1: [f]}",
	"dolma {naughty_words: f}",
	"dclm_edits {apply: [urls, substrings], top_level_domains: f, substring_list: f}",
	"gopher_quality {languages: {en: f}}",
	"unigram {reference: f}",
	"llama3 {reference: f}",
	"decontaminate {sets: [f.jsonl]}",
}

// A list of a user is read, or refused with the setting that names it.
func FuzzLists(f *testing.F) {
	seeds := []string{"", "bad\nvery bad\n# no\n\n", "word,weight,class\nbad,3,sexual\n\"a,b\",x,y\n", "||blocked.com^\nhttps://page.org/a\n0.0.0.0 x.org\n@@||y.org^\n",
		"words: {min: 3}\nstop_words: [a, b]\n", `{"question": "one two three four five six seven eight", "answer": "nine"}` + "\n", "\xff\x00\n\u4e2d\u6587 \u0e2a\u0e27\u0e31\u0e2a", "-\n*\n.\n( [ \\\n"}
	for i := range fuzzLists {
		for _, s := range seeds {
			f.Add(uint8(i), []byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, file []byte) {
		head := fuzzLists[int(which)%len(fuzzLists)]
		name, flow, _ := strings.Cut(head, " ")
		for _, spec := range caseSteps {
			if spec.Name == name {
				fuzzList(t, head, spec, flow, file)
			}
		}
	})
}

func fuzzList(t *testing.T, head string, spec *step.Spec, flow string, file []byte) {
	settings := spec.New()
	if err := yaml.Load([]byte(flow), settings, yaml.WithKnownFields()); err != nil {
		t.Fatalf("%s: %v", head, err)
	}
	c := &stepCase{head: head, rules: append([]step.Rule(nil), spec.Rules...), labels: spec.Labels}
	env := c.env(spec, caseHead{Splitter: "unicode"})
	env.Open = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file)), nil }
	env.Decode = func(_ string, into any) error { return yaml.Load(file, into, yaml.WithKnownFields()) }
	made, err := settings.Build(env)
	if err != nil {
		var fault *step.Fault
		if !errors.As(err, &fault) || fault.Key == "" {
			t.Fatalf("%s: %q is refused without a setting: %v", head, file, err)
		}
		return
	}
	local := made.(step.Local)
	if own, ok := local.(step.Forker); ok {
		local = own.Fork()
	}
	z := &fuzzed{c: c, local: local}
	z.doc.URL = "https://a.blocked.com/page?q=bad"
	for _, s := range fuzzTexts {
		z.check(t, s)
	}
	if text := strings.ToValidUTF8(string(file), "\uFFFD"); len(text) < 1<<12 {
		z.check(t, text)
	}
}

// An expression is refused, or judges every text.
func FuzzWhere(f *testing.F) {
	for _, s := range []string{"words > 80", "", `text matches "^\\p{Thai}+$"`, `matches(text, "a(")`, `len(text) / words > 2 and not (url contains "x")`, `count(text, "a") > 1 ? true : false`,
		`all(1..10, # > 2)`, `language.label == "en"`, `{"a": [1, 2]}["a"][5] > 1`, `let x = words; x > 1`, `repeat("a", 100000000) == ""`, "words(text) | filter(len(#) > 3) | len() > 1", "1/0 > 1", "nil"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		settings := Where.New()
		if scalar, ok := settings.(interface{ UnmarshalScalar(string) error }); !ok || scalar.UnmarshalScalar(expression) != nil {
			return
		}
		c := &stepCase{head: "where", rules: append([]step.Rule(nil), Where.Rules...)}
		made, err := settings.Build(c.env(&Where, caseHead{Splitter: "unicode"}))
		if err != nil {
			return
		}
		local := made.(step.Local)
		if own, ok := local.(step.Forker); ok {
			local = own.Fork()
		}
		z := &fuzzed{c: c, local: local}
		for _, s := range fuzzTexts {
			if v := z.judge(s); v.Err == nil && !v.Bad {
				z.check(t, s)
			}
		}
	})
}
