package filters

import (
	"strings"
	"testing"

	"tamis/step"
	"tamis/text"
)

// Once its buffers have grown, a step allocates nothing for a document.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	prose := strings.Repeat("Most words of the page repeat; some don't (\"really\"), and well-known ones... do.\nIt\u2019s the same with lines.\n", 20)
	for name, c := range map[string]struct {
		spec     *step.Spec
		settings step.Settings
		text     string
	}{
		"gopher_repetition": {&GopherRepetition, nil, prose},
		"gopher_quality":    {&GopherQuality, nil, prose},
		"c4":                {&C4, nil, prose + "A line with a citation.[12]\nuses cookies\n  and more   \n"},
		"fineweb":           {&FineWeb, nil, prose},
		"normalize":         {&Normalize, nil, strings.Repeat("Cafe\u0301 and\x00 \u1112\u1161\u11ab\r\nmore \xff\n", 20)},
		"normalize to nfkc": {&Normalize, &normalizeSettings{Form: "nfkc", Controls: true, LineEnds: true, TrailingBlanks: true}, strings.Repeat("\ufb01ne \u2460 e\u0301  \n", 20)},
		"repair":            {&Repair, nil, strings.Repeat("D\u00c3\u00a9j\u00c3\u00a0 vu &agrave; \u00e2\u20ac\u0153Hi\u200b\n", 20)},
		"pii without":       {&PII, nil, prose + "12 (345) 678 and 0000 12 34 56, 2001-12-31, 1 000 000."},
		"pii":               {&PII, nil, strings.Repeat("Call +49 30 901820 or +1 (202) 555-0143, not +999 12 345 678, from 8.8.8.8.\n", 20)},
		"where":             {&Where, &whereSettings{Keep: "words > 5 and text contains 'repeat'"}, prose},
	} {
		t.Run(name, func(t *testing.T) {
			rules := append([]step.Rule(nil), c.spec.Rules...)
			h := newHarness(t, c.spec, c.settings, step.Env{Rules: rules, Identify: identify})
			h.meter.All = true
			for _, splitter := range []text.Splitter{text.Spacy, text.Whitespace, text.Unicode} {
				judge := func() {
					h.doc.SetText(c.text)
					h.doc.View().Use(splitter)
					h.meter.Reset(rules, h.vals, h.words)
					h.step.Judge(&h.doc, &h.meter)
				}
				judge()
				if n := testing.AllocsPerRun(20, judge); n != 0 {
					t.Errorf("%s: %v allocations", splitter, n)
				}
			}
		})
	}
}
