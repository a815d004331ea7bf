package filters

import (
	"slices"
	"strings"
	"testing"

	"tamis/step"
)

// A rule that counts edits and is off makes none, and what is counted of all is without it.
func TestEditsThatAreOff(t *testing.T) {
	for _, c := range []struct {
		spec       *step.Spec
		rule, text string
	}{
		{&PII, "email", "Write to bob.smith@example.com, or call +49 30 901820."},
		{&PII, "ip", "The server is 8.8.8.8, and bob.smith@example.com knows it."},
		{&Boilerplate, "teasers", "The ferry leaves the harbour every morning at seven.\nHome | About | Contact"},
		{&Boilerplate, "teasers", "Home | About | Contact\nThe ferry leaves the harbour every morning at seven."},
		{&SymbolLines, "dropped_lines", "One.\n=====\nTwo."},
		{&Repair, "hyphenated", "A harbour is not every-\nthing, but everything is there."},
		{&CodeHeader, "copyright_comment", "/* Copyright 2020 Somebody */\npackage main\n"},
		{&C4, "long_word_lines", "A line.\n" + strings.Repeat("x", 2000) + " is no word of any language."},
	} {
		at := slices.IndexFunc(c.spec.Rules, func(r step.Rule) bool { return r.Name == c.rule })
		if at < 0 {
			t.Fatalf("%s has no rule %s", c.spec.Name, c.rule)
		}
		count := func(off bool) (edits int, value float64, left string) {
			spec := *c.spec
			spec.Rules = slices.Clone(spec.Rules)
			spec.Rules[at].Off = off
			h := newHarness(t, &spec, nil, step.Env{Open: opener(nil)})
			h.judge(c.text, "")
			for _, e := range h.meter.Edits {
				if e.Rule == at {
					edits++
				}
			}
			if i := slices.IndexFunc(spec.Rules, func(r step.Rule) bool { return r.Name == "found" }); i >= 0 {
				return edits, h.vals[i], h.doc.Text()
			}
			return edits, h.vals[at], h.doc.Text()
		}
		on, all, _ := count(false)
		off, others, left := count(true)
		if c.spec != &PII && left != c.text { // no other rule has anything to edit
			t.Errorf("%s.%s is off, and the text becomes %q", c.spec.Name, c.rule, left)
		}
		if on == 0 || off != 0 || others != all-1 {
			t.Errorf("%s.%s: %d edits of %v in all, and off %d of %v", c.spec.Name, c.rule, on, all, off, others)
		}
	}
}
