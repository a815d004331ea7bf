package dedup

import (
	"encoding/binary"

	"tamis/document"
)

// cutRuns cuts a sketch into its runs and its anchors.
func cutRuns(sketch []byte) (runs, anchors []byte) {
	if len(sketch) == 0 {
		return nil, nil
	}
	runs, anchors, ok := cutPart(sketch)
	if !ok {
		panic("dedup: a damaged sketch of passages")
	}
	return runs, anchors
}

// A passageFinder reads the parts of a text in which a passage may repeat, and makes
// records of them. It is owned by one worker.
type passageFinder struct {
	s        *substring
	kinds    *sieve
	n        int // units of a window
	sketcher *anchorSketcher
	sketch   []byte  // made here
	counts   []uint8 // of the kinds of the text's anchors

	ordinal uint64
	text    string
	begun   bool        // a part of the text is being read,
	part    []windowRun // what was not looked at yet of it
	windows int         // in those runs
	gap     int         // windows at its end that have no copy
	units   unitReader
	first   prefixHash
	second  prefixHash // over other numbers for the units
	other   []uint64   // those
	dst     []byte
}

// A windowRun is neighbouring windows, and how they are looked at.
type windowRun struct {
	look    int
	windows int
	period  int // of those that repeat each other
}

const (
	lookNot   = iota // no copy is possible
	lookWhole        // they are one passage
	lookEach         // each is one
)

func newPassageFinder(v *substringResolver) *passageFinder {
	return &passageFinder{s: v.substring, kinds: v.kinds, n: v.units(), sketcher: newAnchorSketcher(v.substring), units: newUnitReader(v.substring)}
}

// find calls add with records of what may be a passage of d. The parts of the text between
// them are not read.
func (f *passageFinder) find(ordinal uint64, d *document.Document, sketch []byte, add func(records []byte)) {
	f.ordinal, f.text = ordinal, d.Text()
	f.units.open(f.text)
	runs, anchors := cutRuns(sketch)
	if len(runs) == 0 { // of an earlier document
		f.sketch = f.sketcher.Sketch(f.sketch[:0], d)
		runs, anchors = cutRuns(f.sketch)
	}
	f.counts = f.counts[:0]
	for h := range hashesOf(anchors) {
		f.counts = append(f.counts, uint8(f.kinds.count(h)))
	}
	counts, start := f.counts, 0 // start is the byte at which the run begins
	for len(runs) > 0 {
		var kind, windows, period uint64
		kind, runs = cutUvarint(runs)
		windows, runs = cutUvarint(runs)
		start += int(kind >> 2)
		run := windowRun{lookEach, int(windows), 0}
		switch kind & 3 {
		case runsRepeat:
			period, runs = cutUvarint(runs)
			run.period = int(period)
		case runsTwice:
			counts = counts[2:]
		default:
			run.look = int(counts[0])
			counts = counts[1:]
		}
		f.take(run, start, add)
	}
	f.end(add)
}

// take adds a run to the part at hand, or begins one. A part goes over windows that have
// no copy where the units of those that have one lie within a window of each other.
func (f *passageFinder) take(r windowRun, start int, add func([]byte)) {
	if r.look == lookNot {
		if f.gap += r.windows; f.gap > f.n {
			f.end(add)
		}
		if !f.begun {
			return
		}
	} else if f.gap = 0; !f.begun {
		f.begun = true
		f.units.seek(start)
	}
	if windows := f.windows; windows+r.windows > f.s.stretch {
		f.flush(add)
		f.units.read(windows)
		f.units.drop(windows)
	}
	f.part, f.windows = append(f.part, r), f.windows+r.windows
}

// end ends a part of the text.
func (f *passageFinder) end(add func([]byte)) {
	f.flush(add)
	f.begun = false
}

// flush makes the records of the runs at hand.
func (f *passageFinder) flush(add func([]byte)) {
	for len(f.part) > 0 && f.part[len(f.part)-1].look == lookNot {
		f.windows -= f.part[len(f.part)-1].windows
		f.part = f.part[:len(f.part)-1]
	}
	if len(f.part) > 0 {
		f.records()
		add(f.dst)
	}
	f.part, f.windows = f.part[:0], 0
}

func cutUvarint(b []byte) (x uint64, rest []byte) {
	x, n := binary.Uvarint(b)
	if n <= 0 {
		panic("dedup: a damaged sketch of passages")
	}
	return x, b[n:]
}

// records makes those of the part at hand.
func (f *passageFinder) records() {
	f.dst = f.dst[:0]
	f.units.read(f.windows + f.n - 1)
	units := f.units.hashes[:f.windows+f.n-1]
	f.first.of(units)
	f.other = f.other[:0]
	for _, u := range units {
		f.other = append(f.other, mix(u^prime643))
	}
	f.second.of(f.other)
	from := 0
	for _, r := range f.part {
		to := from + r.windows
		switch r.look {
		case lookWhole:
			f.passage(from, to-1+f.n)
		case lookEach:
			f.each(from, to, r.period)
		}
		from = to
	}
}

// each makes records of the windows [from, to). Where they are known to repeat, those of a
// long stretch are not written down one by one:
//
//	windows    abcabcabcabcabcabca
//	one by one ------             -     as many periods as a window is long, and the last one,
//	at once          abc                whose end may be cut otherwise
//
// What is written down at once are copies that lie apart from the first ones, and are cut
// wherever the first copy of all stands; so what lies between them is cut, too.
func (f *passageFinder) each(from, to, period int) {
	single := to - from
	if period > 0 {
		single = (f.n + period - 1) / period * period
	}
	if to-from <= single+2*period || !f.repeats(from, to-1+f.n, period) {
		single = to - from
	}
	for at := from; at < from+single; at++ {
		f.passage(at, at+f.n)
	}
	if from+single == to {
		return
	}
	for at := from + single; at < from+single+period; at++ {
		copies := (to-2-at)/period + 1
		f.passages(at, at+(copies-1)*period, copies)
	}
	f.passage(to-1, to-1+f.n)
}

// repeats reports whether each of the units [from, to) is that of a period before.
func (f *passageFinder) repeats(from, to, period int) bool {
	u := f.units.hashes
	for i := from + period; i < to; i++ {
		if u[i] != u[i-period] {
			return false
		}
	}
	return true
}

// passage appends the record of units [from, to).
func (f *passageFinder) passage(from, to int) {
	start, end := f.units.place(from, to)
	f.record(from, to, start, end, len(f.text))
}

// passages appends the record of copies of a window, of which the first one and the last
// one are given.
func (f *passageFinder) passages(first, last, copies int) {
	start, _ := f.units.place(first, first+f.n)
	_, end := f.units.place(last, last+f.n)
	f.record(first, first+f.n, start, end, manyCopies+copies)
}

func (f *passageFinder) record(from, to, start, end, text int) {
	length := mix(uint64(to - from))
	dst := appendUint64(f.dst, mix(f.first.hash(from, to)^length))
	dst = appendUint64(dst, mix(f.second.hash(from, to)^length))[:len(dst)+passageHash-8]
	dst = appendOrdinal(dst, f.ordinal)
	dst = binary.BigEndian.AppendUint32(dst, uint32(start))
	dst = binary.BigEndian.AppendUint32(dst, uint32(end))
	f.dst = binary.BigEndian.AppendUint32(dst, uint32(text))
}
