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
	b := &substring{name: env.Name, SubstringSettings: *s, splitter: env.Splitter, stretch: stretchWindows, rules: env.Rules}
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

// Sketcher returns what one worker sketches with.
func (s *substring) Sketcher() step.Sketcher { return &anchorSketcher{newAnchors(s)} }

type anchorSketcher struct{ anchors *anchors }

// anchorBytes is the length of what a sketch has of an anchor: its hash, and that of its
// run.
const anchorBytes = 8 + 8

// Sketch appends the hashes of d's anchors and of their runs. An anchor whose run may
// overlap an equal one comes twice, with different runs: its windows are then looked at
// one by one.
func (k *anchorSketcher) Sketch(dst []byte, d *document.Document) []byte {
	a := k.anchors
	for a.open(d); a.next(); {
		for i := range a.at {
			gram, run := a.gram(i), a.runHash(i)
			dst = appendUint64(appendUint64(dst, gram), run)
			if a.overlaps(i) {
				dst = appendUint64(appendUint64(dst, gram), ^run)
			}
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
//
// A long text is gone through in stretches, where a run may end before its time.
type anchors struct {
	s     *substring
	n     int // units of a window
	text  string
	words []text.Word // nil where units are bytes
	total int         // units of the text

	base  int      // the first unit of the stretch; indices below count from there
	units []uint64 // hashes of words, or of bytes
	sums  prefixHash
	grams []uint64 // hash of the sequence of anchorUnits from each unit on
	at    []int32  // anchors: indices of grams, ascending
	first []int32  // of each anchor's run, the first window; and how many windows there are
}

// stretchWindows is how many windows of a text are looked at at a time.
const stretchWindows = 1 << 18

func newAnchors(s *substring) *anchors { return &anchors{s: s, n: s.units()} }

// open begins a document; next goes to its first stretch.
func (a *anchors) open(d *document.Document) {
	a.base, a.text, a.words = -a.s.stretch, d.Text(), nil
	if a.total = len(a.text); a.s.Bytes > 0 {
		return
	}
	v := d.View()
	v.Use(a.s.splitter)
	a.words = v.Words()
	a.total = len(a.words)
}

// next finds the anchors of the next stretch, or reports that there is none.
func (a *anchors) next() bool {
	a.base += a.s.stretch
	end := min(a.base+a.s.stretch+a.n-1, a.total)
	if end-a.base < a.n {
		return false
	}
	a.units = a.units[:0]
	if a.words == nil {
		for i := a.base; i < end; i++ {
			a.units = append(a.units, byteHashes[a.text[i]])
		}
	} else {
		for i := range a.words[a.base:end] {
			a.units = append(a.units, a.words[a.base+i].Hash)
		}
	}
	a.sums.of(a.units)
	a.grams = appendWindowHashes(a.grams[:0], a.units, a.s.anchorUnits(), false)
	a.at, a.first = a.at[:0], a.first[:0]
	a.winnow(a.n - a.s.anchorUnits() + 1)
	a.first = append(a.first, int32(len(a.units)-a.n+1))
	return true
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

// overlaps reports whether an equal anchor may stand before this one so near that their
// runs overlap.
func (a *anchors) overlaps(i int) bool {
	if a.base > 0 && int(a.at[i]) < 2*a.n {
		return true // there may be one in the stretch before
	}
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
func (a *anchors) place(from, to int) (start, end int) {
	from, to = a.base+from, a.base+to
	if a.words != nil {
		return int(a.words[from].Start), int(a.words[to-1].End)
	}
	start, end = from, to
	for start < end && !utf8.RuneStart(a.text[start]) {
		start++
	}
	for end > start && end < len(a.text) && !utf8.RuneStart(a.text[end]) {
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
