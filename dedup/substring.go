package dedup

import (
	"encoding/binary"
	"errors"
	"fmt"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// The rules of substring.
const (
	ruleSpansRemoved = iota
	ruleTextRemoved
)

// Substring removes long passages that stand in the corpus more than once.
var Substring = step.Spec{
	Name: "substring",
	Doc: "Removes passages of at least so many words that stand more than once in the corpus, wherever they begin: quotations, licences, copied paragraphs inside different " +
		"documents. Words are those of the splitter, compared to the letter; white space between them does not count. All repeats of that length are found; passages are compared by a hash of 120 bits. " +
		"The first copy in the order of the input stays, or none does. Of repeats that overlap themselves what lies within the first copy stays.",
	Source: "Lee et al. 2022, arXiv:2107.06499, section 4.1; anchors by Schleimer, Wilkerson, Aiken 2003 (winnowing)",
	Rules: []step.Rule{
		{Name: "passages_removed", Unit: "passages", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Edit: true,
			Doc: "Passages removed from a document; neighbours that touch are one."},
		{Name: "share_removed", Unit: "share of bytes", Min: step.NoMin, Max: step.NoMax, Scale: step.Share,
			Doc: "Bytes removed from a document, as a share of its text."},
	},
	New: func() step.Settings { return &SubstringSettings{Words: 50, Keep: "first"} },
}

// SubstringSettings are what a recipe may set in substring.
type SubstringSettings struct {
	Words int    `yaml:"words" doc:"words that a passage has at least"`
	Bytes int    `yaml:"bytes" doc:"bytes that a passage has at least, white space and all; words then do not matter, and cuts lie between characters. 0 counts words"`
	Keep  string `yaml:"keep" doc:"which copy of a passage stays: first or none"`

	Earlier
}

// Build makes the step.
func (s *SubstringSettings) Build(env *step.Env) (any, error) {
	switch {
	case s.Words < 4 || s.Words > 10_000:
		return nil, &step.Fault{Key: "words", Err: fmt.Errorf("%d, from 4 to 10000 are possible", s.Words)}
	case s.Bytes != 0 && (s.Bytes < 16 || s.Bytes > 100_000):
		return nil, &step.Fault{Key: "bytes", Err: fmt.Errorf("%d, 0 or from 16 to 100000 are possible", s.Bytes)}
	case s.Keep != "first" && s.Keep != "none":
		return nil, &step.Fault{Key: "keep", Err: fmt.Errorf("%q; possible are first and none", s.Keep)}
	}
	if r := &env.Rules[ruleTextRemoved]; !r.Off && !r.Keeps(0) {
		return nil, &step.Fault{Key: "share_removed", Err: errors.New("the bounds must allow 0, which documents without repeats have")}
	}
	b := &substring{name: env.Name, SubstringSettings: *s, splitter: env.Splitter, stretch: stretchWindows, rules: env.Rules}
	b.epoch = epoch{shared: []agreed{{"words", fmt.Sprint(s.Words)}, {"bytes", fmt.Sprint(s.Bytes)}, {"splitter", fmt.Sprint(env.Splitter)}}, texts: true, private: true}
	if err := b.epoch.open(env, s.Earlier); err != nil {
		return nil, err
	}
	return b, nil
}

// substring is the step substring, ready to run.
type substring struct {
	name string
	SubstringSettings
	splitter text.Splitter
	stretch  int // stretchWindows
	rules    []step.Rule
	epoch    epoch
}

// Edits reports that texts change.
func (s *substring) Edits() bool { return true }

// units is the length of a passage, in words or bytes.
func (s *substring) units() int {
	if s.Bytes > 0 {
		return s.Bytes
	}
	return s.Words
}

// anchorUnits is the length of the sequences among which anchors are chosen: half of a
// passage, so that the other half is room to choose in.
func (s *substring) anchorUnits() int { return s.units() / 2 }

// Apply removes passages from d, and d where the share is out of bounds. The decision
// is in uvarints: for each passage its distance from the end of the one before, and
// its length in bytes.
func (s *substring) Apply(d *document.Document, decision []byte, m *step.Meter) step.Verdict {
	m.Values[ruleSpansRemoved] = 0
	at, removed := 0, 0
	for len(decision) > 0 {
		gap, n := binary.Uvarint(decision)
		length, k := binary.Uvarint(decision[max(n, 0):])
		if n <= 0 || k <= 0 {
			panic("dedup: a damaged decision on passages")
		}
		decision = decision[n+k:]
		start := at + int(gap)
		at = start + int(length)
		m.Edit(ruleSpansRemoved, start, at, "")
		removed += int(length)
	}
	m.Hold(ruleTextRemoved, step.Ratio(removed, len(d.Text())))
	return m.Verdict()
}
