package dedup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
)

// The rules of paragraphs.
const (
	ruleParagraphsRemoved = iota
	ruleOverlap
)

// Paragraphs removes paragraphs whose word n-grams were seen before.
var Paragraphs = step.Spec{
	Name: "paragraphs",
	Doc: "Removes paragraphs whose n-grams of words were mostly seen before, and documents whose n-grams were. It goes through the documents in the order of the " +
		"input, once: what comes first stays. A paragraph ends before a line feed. The n-grams of a paragraph that stays are remembered, in a Bloom filter or, in the mode exact, in a table " +
		"that has to fit in memory. Words are those of UAX 29, punctuation marks among them.",
	Source: "Li et al. 2024 (DCLM, arXiv:2406.11794), section 4.2 and appendix L: the Bloom filter of BFF, mode old-both",
	Rules: []step.Rule{
		{Name: "paragraphs_removed", Unit: "paragraphs", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Edit: true,
			Doc: "Paragraphs removed from a document."},
		{Name: "overlap", Unit: "share of n-grams", Min: step.NoMin, Max: 0.8, Scale: step.Share,
			Doc: "N-grams of a document that were seen before, as a share of all of its n-grams; 0 where it has none."},
	},
	New: func() step.Settings {
		return &ParagraphSettings{MinNgram: 13, MaxNgram: 13, Threshold: 0.8, Mode: modeBloom, Rate: 0.01}
	},
}

// ParagraphSettings are what a recipe may set in paragraphs.
type ParagraphSettings struct {
	MinNgram  int     `yaml:"min_ngram" doc:"words; shorter paragraphs are left alone and not remembered"`
	MaxNgram  int     `yaml:"max_ngram" doc:"words in an n-gram; a shorter paragraph is one n-gram"`
	Threshold float64 `yaml:"threshold" doc:"share of a paragraph's n-grams above which it goes"`
	Mode      string  `yaml:"mode" doc:"bloom, or exact: no false positives, 16 bytes of memory for each n-gram and more"`
	Rate      float64 `yaml:"rate" doc:"mode bloom: share of new n-grams that may be taken for seen"`

	Earlier
}

// Build makes the step.
func (s *ParagraphSettings) Build(env *step.Env) (any, error) {
	switch {
	case s.MinNgram < 1:
		return nil, &step.Fault{Key: "min_ngram", Err: fmt.Errorf("%d words, at least 1 is possible", s.MinNgram)}
	case s.MaxNgram < s.MinNgram:
		return nil, &step.Fault{Key: "max_ngram", Err: fmt.Errorf("%d words, fewer than min_ngram has", s.MaxNgram)}
	case s.Threshold < 0 || s.Threshold > 1:
		return nil, &step.Fault{Key: "threshold", Err: fmt.Errorf("%v, from 0 to 1 are possible", s.Threshold)}
	case !modes[s.Mode]:
		return nil, unknown("mode", s.Mode, modes)
	}
	if err := checkRate(s.Rate); err != nil {
		return nil, err
	}
	if !env.Rules[ruleOverlap].Off && !env.Rules[ruleOverlap].Keeps(0) {
		return nil, &step.Fault{Key: "overlap", Err: errors.New("the bounds must allow 0, which new documents have")}
	}
	p := &paragraphs{name: env.Name, ParagraphSettings: *s, rules: env.Rules}
	p.epoch.texts = true
	if err := p.epoch.open(env, s.Earlier); err != nil {
		return nil, err
	}
	return p, nil
}

// paragraphs is the step paragraphs, ready to run.
type paragraphs struct {
	name string
	ParagraphSettings
	rules []step.Rule
	epoch epoch
}

// Edits reports that texts change.
func (p *paragraphs) Edits() bool { return true }

// Sketcher returns what one worker sketches with.
func (p *paragraphs) Sketcher() step.Sketcher { return paragraphSketcher{} }

type paragraphSketcher struct{}

// Sketch appends how many words d can have at most, for the size of the filter.
func (paragraphSketcher) Sketch(dst []byte, d *document.Document) []byte {
	return binary.AppendUvarint(dst, uint64(mostWords(d.Text())))
}

// mostWords counts runs of letters and digits, and all other code points that are no
// white space: no fewer words than UAX 29 finds, but for a few scripts of which each letter
// is a word to it (Tai Le, Tangut, Nushu). There a filter becomes fuller than its rate says.
func mostWords(s string) (n int) {
	table := letters()
	inside := false
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		i += size
		joins := r < utf8.RuneSelf && table[r] != 0 || r >= utf8.RuneSelf && joinsWords(r)
		if !joins && !unicode.IsSpace(r) || joins && !inside {
			n++
		}
		inside = joins
	}
	return n
}

// joinsWords reports whether r is taken into the word before it.
func joinsWords(r rune) bool {
	return letter(r) != 0 && !alone(r) && !unicode.In(r, unicode.No, unicode.Nl)
}

// A decision on paragraphs is, in uvarints: n-grams seen before, n-grams, and for
// each paragraph that goes its distance from the end of the one before, and its
// length in bytes.
type paragraphCut struct {
	buf  []byte
	last int
	n    int
}

func (c *paragraphCut) reset(contained, total int) {
	c.buf = binary.AppendUvarint(c.buf[:0], uint64(contained))
	c.buf = binary.AppendUvarint(c.buf, uint64(total))
	c.last, c.n = 0, 0
}

func (c *paragraphCut) add(start, end int) {
	c.buf = binary.AppendUvarint(c.buf, uint64(start-c.last))
	c.buf = binary.AppendUvarint(c.buf, uint64(end-start))
	c.last = end
	c.n++
}

// Apply removes paragraphs from d, and d where too much of it was seen before.
func (p *paragraphs) Apply(_ *document.Document, decision []byte, m *step.Meter) step.Verdict {
	m.Values[ruleParagraphsRemoved] = 0
	if len(decision) == 0 {
		m.Hold(ruleOverlap, 0)
		return m.Verdict()
	}
	next := func() int {
		v, n := binary.Uvarint(decision)
		if n <= 0 {
			panic("dedup: a damaged decision on paragraphs")
		}
		decision = decision[n:]
		return int(v)
	}
	contained := next()
	total := next()
	at := 0
	for len(decision) > 0 {
		at += next()
		end := at + next()
		m.Edit(ruleParagraphsRemoved, at, end, "")
		at = end
	}
	m.Hold(ruleOverlap, step.Ratio(contained, total))
	return m.Verdict()
}
