package dedup

import (
	"encoding/binary"

	"tamis/document"
	"tamis/step"
)

// Sketcher returns what one worker sketches with.
func (s *substring) Sketcher() step.Sketcher { return newAnchorSketcher(s) }

// An anchorSketcher writes down the anchors of a document, and behind a length where the
// runs are that they stand for:
//
//	uvarint n | runs (n bytes) | anchors
//
//	run     uvarint: bytes from where the run before begins, times four, and its kind
//	        uvarint: windows
//	        uvarint: units from one repeat to the next, of those of the kind runsRepeat
//	anchor  hash (8 B) | hash of its run (8 B)
//
// Later runs of the program are given the anchors alone.
type anchorSketcher struct {
	anchors *anchors
	runs    []byte
	hashes  []byte
}

// The kinds of runs.
const (
	runsOnce   = iota // one anchor is noted
	runsTwice         // it comes twice, with different runs: its windows are looked at one by one
	runsRepeat        // none is: the text repeats itself, and they were noted twice already
)

// anchorBytes is the length of what a sketch has of an anchor: its hash, and that of its
// run.
const anchorBytes = 8 + 8

func newAnchorSketcher(s *substring) *anchorSketcher { return &anchorSketcher{anchors: newAnchors(s)} }

// Sketch appends the hashes of d's anchors and of their runs. An anchor whose run may
// overlap an equal one comes twice, with different runs: its windows are then looked at
// one by one.
func (k *anchorSketcher) Sketch(dst []byte, d *document.Document) []byte {
	a := k.anchors
	k.runs, k.hashes = k.runs[:0], k.hashes[:0]
	last := 0              // byte at which the last run begins
	windows, after := 0, 0 // of repeats that are not written down yet
	end := func() {
		if windows > 0 {
			k.runs = binary.AppendUvarint(binary.AppendUvarint(k.runs, uint64(windows)), uint64(after))
			windows = 0
		}
	}
	for a.open(d); a.next(); {
		for i := range a.at {
			first, to := a.run(i)
			kind, period := a.kind(i)
			if kind == runsRepeat && windows > 0 && after == period {
				windows += to - first
				continue
			}
			end()
			begin := a.units.start(first)
			k.runs = binary.AppendUvarint(k.runs, uint64(begin-last)<<2|uint64(kind))
			last = begin
			if kind == runsRepeat {
				windows, after = to-first, period
				continue
			}
			k.runs = binary.AppendUvarint(k.runs, uint64(to-first))
			gram, run := a.gram(i), a.runs[i]
			k.hashes = appendUint64(appendUint64(k.hashes, gram), run)
			if kind == runsTwice {
				k.hashes = appendUint64(appendUint64(k.hashes, gram), ^run)
			}
		}
	}
	if end(); len(k.runs) == 0 {
		return dst
	}
	dst = append(binary.AppendUvarint(dst, uint64(len(k.runs))), k.runs...)
	return append(dst, k.hashes...)
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
	s *substring
	n int // units of a window

	units unitReader
	begun bool // a stretch was looked at
	later bool // and another one before it
	sums  prefixHash
	grams []uint64 // hash of the sequence of anchorUnits from each unit on
	at    []int32  // anchors: indices of grams, ascending
	first []int32  // of each anchor's run, the first window; and how many windows there are
	runs  []uint64 // hashes of runs
	kinds []uint8  // of the runs that were asked for
}

// stretchWindows is how many windows of a text are looked at at a time.
const stretchWindows = 1 << 18

func newAnchors(s *substring) *anchors {
	return &anchors{s: s, n: s.units(), units: newUnitReader(s)}
}

// open begins a document; next goes to its first stretch.
func (a *anchors) open(d *document.Document) {
	a.units.openDocument(d)
	a.begun, a.later = false, false
}

// next finds the anchors of the next stretch, or reports that there is none.
func (a *anchors) next() bool {
	if a.begun {
		a.units.drop(min(a.s.stretch, len(a.units.hashes)))
	}
	a.begun, a.later = true, a.begun
	a.units.read(a.s.stretch + a.n - 1)
	units := a.units.hashes[:min(len(a.units.hashes), a.s.stretch+a.n-1)]
	if len(units) < a.n {
		return false
	}
	a.sums.of(units)
	a.grams = a.sums.windows(a.grams, a.s.anchorUnits())
	a.at, a.first, a.runs, a.kinds = a.at[:0], a.first[:0], a.runs[:0], a.kinds[:0]
	a.winnow(a.n - a.s.anchorUnits() + 1)
	a.first = append(a.first, int32(len(units)-a.n+1))
	return true
}

// gram is the hash of an anchor.
func (a *anchors) gram(i int) uint64 { return a.grams[a.at[i]] }

// run is the windows that have an anchor: [first, end).
func (a *anchors) run(i int) (first, end int) { return int(a.first[i]), int(a.first[i+1]) }

// runHash tells a run by all of its units and the place of the anchor in it.
func (a *anchors) runHash(i int) uint64 {
	first, end := a.run(i)
	return mix(a.sums.hash(first, end-1+a.n) ^ mix(uint64(int(a.at[i])-first)<<32|uint64(end-first)))
}

// kind returns the kind of the run of anchor i, and for repeats the units from one to the
// next. It is asked for one anchor after the other.
func (a *anchors) kind(i int) (kind, period int) {
	a.runs = append(a.runs, a.runHash(i))
	before := a.overlapped(i)
	switch {
	case before >= 0 && a.kinds[before] != runsOnce && a.runs[before] == a.runs[i]:
		kind, period = runsRepeat, int(a.at[i]-a.at[before])
	case before >= 0 || a.later && int(a.at[i]) < 2*a.n: // there may be one in the stretch before
		kind = runsTwice
	}
	a.kinds = append(a.kinds, uint8(kind))
	return kind, period
}

// overlapped returns the last equal anchor before this one if it stands so near that their
// runs may overlap, or -1.
func (a *anchors) overlapped(i int) int {
	for j := i - 1; j >= 0 && int(a.at[i]-a.at[j]) < 2*a.n; j-- {
		if a.gram(j) == a.gram(i) {
			return j
		}
	}
	return -1
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
