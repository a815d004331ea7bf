package dedup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

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
	b := &substring{name: env.Name, SubstringSettings: *s, splitter: env.Splitter, rules: env.Rules}
	b.epoch = epoch{shared: []agreed{{"words", fmt.Sprint(s.Words)}, {"bytes", fmt.Sprint(s.Bytes)}, {"splitter", fmt.Sprint(env.Splitter)}}, texts: true}
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

// Sketcher returns what one worker sketches with.
func (s *substring) Sketcher() step.Sketcher { return &anchorSketcher{s: s, anchors: newAnchors(s)} }

type anchorSketcher struct {
	s       *substring
	anchors *anchors
}

// anchorBytes is the length of what a sketch has of an anchor: its hash, and that of its
// run.
const anchorBytes = 8 + 8

// Sketch appends the hashes of d's anchors and of their runs. An anchor whose run may
// overlap an equal one comes twice, with different runs: its windows are then looked at
// one by one.
func (k *anchorSketcher) Sketch(dst []byte, d *document.Document) []byte {
	a := k.anchors
	a.find(k.s, d)
	for i := range a.at {
		gram, run := a.gram(i), a.runHash(i)
		dst = appendUint64(appendUint64(dst, gram), run)
		if a.overlaps(i) {
			dst = appendUint64(appendUint64(dst, gram), ^run)
		}
	}
	return dst
}

// anchors finds the anchors of a text. A window is as many units as a passage has at
// least; its anchor is the sequence of anchorUnits in it with the least hash. Windows that
// are equal have equal anchors, wherever they stand. Neighbouring windows mostly share
// their anchor: they are its run.
//
//	anchor        [------]
//	windows  [--------------]
//	          [--------------]
//	           [--------------]
//	run      [----------------]
type anchors struct {
	units []uint64 // hashes of words, or of bytes
	words []text.Word
	sums  prefixHash
	grams []uint64 // hash of the sequence of anchorUnits from each unit on
	at    []int32  // anchors: indices of grams, ascending
	first []int32  // of each anchor's run, the first window; and how many windows there are
	n     int      // units of a window
}

func newAnchors(s *substring) *anchors { return &anchors{n: s.units()} }

func (a *anchors) find(s *substring, d *document.Document) {
	a.units, a.words, a.grams, a.at, a.first = a.units[:0], nil, a.grams[:0], a.at[:0], a.first[:0]
	if s.Bytes > 0 {
		a.findBytes(d.Text())
	} else {
		a.findWords(s, d)
	}
	if len(a.units) < a.n {
		return
	}
	a.sums.of(a.units)
	a.grams = appendWindowHashes(a.grams, a.units, s.anchorUnits(), false)
	a.winnow(a.n - s.anchorUnits() + 1)
	a.first = append(a.first, int32(len(a.units)-a.n+1))
}

func (a *anchors) findWords(s *substring, d *document.Document) {
	v := d.View()
	v.Use(s.splitter)
	a.words = v.Words()
	if len(a.words) < s.Words {
		return
	}
	for i := range a.words {
		a.units = append(a.units, a.words[i].Hash)
	}
}

func (a *anchors) findBytes(text string) {
	for i := range len(text) {
		a.units = append(a.units, byteHashes[text[i]])
	}
}

// byteHashes spreads bytes over numbers.
var byteHashes = func() (t [256]uint64) {
	for i := range t {
		t[i] = splitmix(prime641, uint64(i))
	}
	return t
}()

// gram is the hash of an anchor.
func (a *anchors) gram(i int) uint64 { return a.grams[a.at[i]] }

// run is the windows that have an anchor: [first, end).
func (a *anchors) run(i int) (first, end int) { return int(a.first[i]), int(a.first[i+1]) }

// runHash tells a run by all of its units and the place of the anchor in it.
func (a *anchors) runHash(i int) uint64 {
	first, end := a.run(i)
	return mix(a.sums.hash(first, end-1+a.n) ^ mix(uint64(int(a.at[i])-first)<<32|uint64(end-first)))
}

// overlaps reports whether an equal anchor stands before this one so near that their
// runs may overlap.
func (a *anchors) overlaps(i int) bool {
	for j := i - 1; j >= 0 && int(a.at[i]-a.at[j]) < 2*a.n; j-- {
		if a.gram(j) == a.gram(i) {
			return true
		}
	}
	return false
}

// A prefixHash gives the hash of any stretch of units: a polynomial.
type prefixHash struct {
	sums   []uint64 // of the units before each place
	powers []uint64 // of rolling
}

func (p *prefixHash) of(units []uint64) {
	p.sums = append(p.sums[:0], 0)
	h := uint64(0)
	for _, u := range units {
		h = h*rolling + u
		p.sums = append(p.sums, h)
	}
	if len(p.powers) == 0 {
		p.powers = append(p.powers, 1)
	}
}

// hash is the hash of units [from, to), not mixed.
func (p *prefixHash) hash(from, to int) uint64 {
	for len(p.powers) <= to-from {
		p.powers = append(p.powers, p.powers[len(p.powers)-1]*rolling)
	}
	return p.sums[to] - p.sums[from]*p.powers[to-from]
}

// place returns the bytes of units [from, to), without the parts of characters at their
// ends.
func (a *anchors) place(text string, from, to int) (start, end int) {
	if a.words != nil {
		return int(a.words[from].Start), int(a.words[to-1].End)
	}
	start, end = from, to
	for start < end && !utf8.RuneStart(text[start]) {
		start++
	}
	for end > start && end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	return start, end
}

// winnow chooses the least of each n neighbouring grams; of equal ones the last.
func (a *anchors) winnow(n int) {
	least := -1
	for end := n; end <= len(a.grams); end++ {
		from := end - n
		switch {
		case least < from:
			least = from
			for i := from + 1; i < end; i++ {
				if a.grams[i] <= a.grams[least] {
					least = i
				}
			}
		case a.grams[end-1] <= a.grams[least]:
			least = end - 1
		}
		if len(a.at) == 0 || a.at[len(a.at)-1] != int32(least) {
			a.at, a.first = append(a.at, int32(least)), append(a.first, int32(from))
		}
	}
}

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
