package filters

import (
	"fmt"

	"golang.org/x/text/unicode/norm"

	"tamis/document"
	"tamis/step"
)

// Normalize repairs the characters of a text: bytes that are no UTF-8, control
// characters, line ends, the Unicode form and, where wanted, blanks at line ends.
var Normalize = step.Spec{
	Name: "normalize",
	Doc: "Repairs the characters of a text and removes no document. Bytes that are no UTF-8 become U+FFFD, " +
		"control characters other than tab and newline go, every kind of line end becomes a newline, and the text is put into one Unicode form.",
	Source: "Unicode Standard Annex #15 (forms) and section 5.8 of the Unicode Standard (line ends)",
	Rules: []step.Rule{
		normInvalid:  editRule("invalid_bytes", "stretches", "Stretches of bytes that are no UTF-8, replaced by U+FFFD."),
		normControls: editRule("controls", "characters", "Control characters removed, other than tab and newline."),
		normLineEnds: editRule("line_ends", "line ends", "Line ends other than a newline, replaced by one."),
		normForm:     editRule("form", "stretches", "Stretches that were not in the Unicode form."),
		normTrailing: editRule("trailing_blanks", "lines", "Lines whose blanks at the end were removed."),
	},
	New: func() step.Settings { return &normalizeSettings{Form: "nfc", Controls: true, LineEnds: true} },
}

// The rules of normalize by index.
const (
	normInvalid = iota
	normControls
	normLineEnds
	normForm
	normTrailing
)

// editRule declares a rule that counts edits.
func editRule(name, unit, doc string) step.Rule {
	return step.Rule{Name: name, Unit: unit, Doc: doc, Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Edit: true}
}

type normalizeSettings struct {
	Form           string `yaml:"form" doc:"Unicode form of the text: nfc, nfkc or none"`
	Controls       bool   `yaml:"controls" doc:"whether control characters other than tab and newline are removed"`
	LineEnds       bool   `yaml:"line_ends" doc:"whether CRLF, CR, vertical tab, form feed, U+0085, U+2028 and U+2029 become newlines"`
	TrailingBlanks bool   `yaml:"trailing_blanks" doc:"whether blanks before a line end and at the end of the text are removed"`
}

// Build makes the step.
func (s *normalizeSettings) Build(*step.Env) (any, error) {
	n := &normalizer{}
	switch s.Form {
	case "nfc":
		n.form, n.asked.formed = norm.NFC, true
	case "nfkc":
		n.form, n.asked.formed = norm.NFKC, true
	case "none":
	default:
		return nil, &step.Fault{Key: "form", Err: fmt.Errorf("%q is no Unicode form: nfc, nfkc or none are", s.Form)}
	}
	n.asked.controls, n.asked.lineEnds, n.asked.trailing = s.Controls, s.LineEnds, s.TrailingBlanks
	n.repairs = n.asked
	n.plain = n.plainRunes()
	return n, nil
}

// repairs are what normalize mends.
type repairs struct {
	formed                       bool // the text is put into form
	controls, lineEnds, trailing bool
}

// without returns the repairs without those that are off by their rules, as for documents
// of some language.
func (r repairs) without(rules []step.Rule) repairs {
	r.formed = r.formed && !rules[normForm].Off
	r.controls = r.controls && !rules[normControls].Off
	r.lineEnds = r.lineEnds && !rules[normLineEnds].Off
	r.trailing = r.trailing && !rules[normTrailing].Off
	return r
}

// A normalizer is the step normalize in one worker.
type normalizer struct {
	form  norm.Form
	asked repairs
	plain *[1 << 10]uint64 // shared by all workers; see plainRunes

	// Of the document at hand:
	repairs
	text     string
	meter    *step.Meter
	arena    []byte // what edits put in; valid until the next document
	scratch  []byte // a segment without control characters, and in the form:
	formedTo []byte
	segments norm.Iter
	cuts     []cut
	spare    []document.Edit
}

// Fork returns the same step for another worker.
func (n *normalizer) Fork() step.Local {
	return &normalizer{form: n.form, asked: n.asked, plain: n.plain}
}

// Judge asks for the edits that repair the text. It keeps every document.
func (n *normalizer) Judge(d *document.Document, m *step.Meter) step.Verdict {
	for i := range m.Values {
		m.Hold(i, 0)
	}
	n.repairs = n.asked.without(m.Rules)
	n.text, n.meter, n.arena = d.Text(), m, n.arena[:0]
	fixed := 0 // everything before is done
	for i := n.skip(0); i < len(n.text); i = n.skip(fixed) {
		fixed = n.repair(fixed, i)
	}
	if n.trailing {
		n.trim()
	}
	n.text, n.meter = "", nil
	return m.Verdict()
}
