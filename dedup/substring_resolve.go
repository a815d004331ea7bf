package dedup

import (
	"bytes"
	"context"
	"encoding/binary"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// substringResolver is one resolving of substring: two sieves tell which anchors can
// have been seen twice; the passages around those are hashed and sorted.
//
//	passages (hash 15 B, ordinal, start, end, bytes of the text) → which are repeats
//	cuts     (ordinal, start, end, bytes of the text)             → Decide
type substringResolver struct {
	*substring
	r      *step.Resolution
	ctx    context.Context
	first  *sieve
	second *sieve
	read   bitset
	cuts   *spool.Sorter
}

const (
	passageHash  = 15
	passagePlace = ordinalBytes + 4 + 4 + 4
)

// Resolve finds the passages that repeat.
func (s *substring) Resolve(ctx context.Context, r *step.Resolution) error {
	return s.epoch.resolve(ctx, r, s.resolve)
}

func (s *substring) resolve(ctx context.Context, r *step.Resolution) error {
	if err := tooMany(s.name, r.Documents, bitsetBytes(r.Documents), r.Memory); err != nil {
		return err
	}
	v := &substringResolver{substring: s, r: r, ctx: ctx, read: newBitset(r.Documents)}
	if err := v.sift(); err != nil {
		return err
	}
	v.progress(0.2)
	passages := v.sorter("passages", passageHash+passagePlace)
	defer passages.Close()
	if err := v.passages(passages); err != nil {
		return err
	}
	v.first, v.second = nil, nil
	v.progress(0.6)
	v.cuts = v.sorter("cuts", passagePlace)
	defer v.cuts.Close()
	g := &passageGroup{v: v}
	if err := passages.Each(g.add); err != nil {
		return err
	}
	g.end()
	v.progress(0.9)
	if err := v.decide(); err != nil {
		return err
	}
	return g.top.note(v.r)
}

func (v *substringResolver) progress(share float64) {
	if v.r.Progress != nil {
		v.r.Progress(share)
	}
}

func (v *substringResolver) sorter(name string, record int) *spool.Sorter {
	return spool.NewSorter(v.r.Dir, name, spool.SortOptions{Record: record, Memory: v.r.Memory / 3, Check: v.ctx.Err})
}

// anchors calls f for the anchor hashes of living documents.
func (v *substringResolver) anchors(f func(ordinal, hash uint64)) error {
	return v.r.Sketches(func(ordinal uint64, sketch []byte) error {
		if ordinal%4096 == 0 && v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		if !v.r.Alive(ordinal) {
			return nil
		}
		for ; len(sketch) >= 8; sketch = sketch[8:] {
			f(ordinal, binary.BigEndian.Uint64(sketch))
		}
		return nil
	})
}

// sift finds out which anchors can repeat, and which documents have one. Anchors that
// share a slot of the first sieve by chance seldom share one of the second, which
// holds few.
func (v *substringResolver) sift() error {
	n := uint64(0)
	if err := v.anchors(func(_, _ uint64) { n++ }); err != nil {
		return err
	}
	v.first = newSieve(2*n, v.r.Memory/6)
	if err := v.anchors(func(_, h uint64) { v.first.add(h) }); err != nil {
		return err
	}
	v.second = newSieve(n, v.r.Memory/12)
	err := v.anchors(func(_, h uint64) {
		if v.first.repeated(h) {
			v.second.add(mix(h))
		}
	})
	if err != nil {
		return err
	}
	return v.anchors(func(o, h uint64) {
		if v.repeated(h) {
			v.read.set(o)
		}
	})
}

func (v *substringResolver) repeated(anchor uint64) bool {
	return v.first.repeated(anchor) && v.second.repeated(mix(anchor))
}

// passages reads documents again and sorts the passages that contain an anchor that
// can repeat.
func (v *substringResolver) passages(sorter *spool.Sorter) error {
	workers := newDocuments(v.r.Workers)
	finders := make([]passageFinder, len(workers))
	var texts textBatch
	var found [][]byte
	flush := func() error {
		for len(found) < len(texts.ordinals) {
			found = append(found, nil)
		}
		texts.each(workers, func(w, i int, d *document.Document) {
			found[i] = finders[w].append(found[i][:0], v, texts.ordinals[i], d)
		})
		for i := range texts.ordinals {
			const record = passageHash + passagePlace
			for recs := found[i]; len(recs) > 0; recs = recs[record:] {
				if err := sorter.Add(recs[:record]); err != nil {
					return err
				}
			}
		}
		texts.reset()
		return nil
	}
	err := v.r.Read(v.read.has, func(ordinal uint64, d *document.Document) error {
		if v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		if !texts.add(ordinal, d.Text()) {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// A passageFinder is owned by one worker.
type passageFinder struct {
	anchors anchors
	low     []uint64 // hashes of all passages
	high    []uint64
	other   []uint64
}

// append appends a record for each passage that contains an anchor that can repeat.
//
//	words  ......[anchor]......
//	first  [----passage---]
//	last         [----passage---]
func (f *passageFinder) append(dst []byte, v *substringResolver, ordinal uint64, d *document.Document) []byte {
	f.anchors.find(v.substring, d)
	n := v.units()
	next := 0 // passages before it have their record
	hashed := false
	for _, at := range f.anchors.at {
		if !v.repeated(f.anchors.grams[at]) {
			continue
		}
		if !hashed {
			f.hash(n)
			hashed = true
		}
		last := min(int(at), len(f.low)-1)
		for i := max(next, int(at)-(n-v.anchorUnits())); i <= last; i++ {
			start, end := f.anchors.place(d.Text(), i, n)
			dst = binary.BigEndian.AppendUint64(dst, f.low[i])
			dst = binary.BigEndian.AppendUint64(dst, f.high[i])[:len(dst)+passageHash-8]
			dst = appendOrdinal(dst, ordinal)
			dst = binary.BigEndian.AppendUint32(dst, uint32(start))
			dst = binary.BigEndian.AppendUint32(dst, uint32(end))
			dst = binary.BigEndian.AppendUint32(dst, uint32(len(d.Text())))
		}
		next = max(next, last+1)
	}
	return dst
}

// hash hashes all passages twice, the second time over other numbers for the units.
func (f *passageFinder) hash(n int) {
	f.low = appendWindowHashes(f.low[:0], f.anchors.units, n, false)
	f.other = f.other[:0]
	for _, w := range f.anchors.units {
		f.other = append(f.other, mix(w^prime643))
	}
	f.high = appendWindowHashes(f.high[:0], f.other, n, false)
}

// A passageGroup is the copies of one passage, as they come: in the order of the
// input.
type passageGroup struct {
	v      *substringResolver
	first  []byte // record
	noted  bool   // the first copy goes, too, and has been noted
	copies int    // without the first
	top    topPassages
}

func (g *passageGroup) add(rec []byte) error {
	if len(g.first) == 0 || !bytes.Equal(g.first[:passageHash], rec[:passageHash]) {
		g.end()
		g.first, g.noted = append(g.first[:0], rec...), false
		return nil
	}
	first, place := g.first[passageHash:], rec[passageHash:]
	if ordinalAt(first) == ordinalAt(place) && passageStart(place) < passageEnd(first) {
		return nil // it overlaps the first copy
	}
	g.copies++
	if g.v.Keep == "none" && !g.noted {
		g.noted = true
		if err := g.v.cuts.Add(first); err != nil {
			return err
		}
	}
	return g.v.cuts.Add(place)
}

// end notes how often the passage stood there.
func (g *passageGroup) end() {
	if g.copies > 0 {
		place := g.first[passageHash:]
		g.top.add(topPassage{ordinalAt(place), passageStart(place), passageEnd(place), g.copies + 1})
	}
	g.copies = 0
}

func passageStart(place []byte) int { return int(binary.BigEndian.Uint32(place[ordinalBytes:])) }
func passageEnd(place []byte) int   { return int(binary.BigEndian.Uint32(place[ordinalBytes+4:])) }
func passageText(place []byte) int  { return int(binary.BigEndian.Uint32(place[ordinalBytes+8:])) }

// decide joins the cuts of each document where they touch.
func (v *substringResolver) decide() error {
	c := &passageCuts{v: v}
	if err := v.cuts.Each(c.add); err != nil {
		return err
	}
	return c.finish()
}

type passageCuts struct {
	v          *substringResolver
	any        bool
	ordinal    uint64
	size       int // bytes of the text
	start, end int // of the passage so far
	last       int // end of the one before
	removed    int
	buf        []byte
}

func (c *passageCuts) add(place []byte) error {
	o, start, end := ordinalAt(place), passageStart(place), passageEnd(place)
	if c.any && o == c.ordinal && start <= c.end {
		c.end = max(c.end, end)
		return nil
	}
	if c.any && o == c.ordinal {
		c.note()
	} else {
		if err := c.finish(); err != nil {
			return err
		}
		c.any, c.ordinal, c.size, c.last, c.removed, c.buf = true, o, passageText(place), 0, 0, c.buf[:0]
	}
	c.start, c.end = start, end
	return nil
}

// note writes down the passage so far.
func (c *passageCuts) note() {
	c.buf = binary.AppendUvarint(c.buf, uint64(c.start-c.last))
	c.buf = binary.AppendUvarint(c.buf, uint64(c.end-c.start))
	c.removed += c.end - c.start
	c.last = c.end
}

// finish decides of the document so far.
func (c *passageCuts) finish() error {
	if !c.any {
		return nil
	}
	c.note()
	r := &c.v.rules[ruleTextRemoved]
	dead := !r.Off && !r.Keeps(step.Ratio(c.removed, c.size))
	return c.v.r.Decide(c.ordinal, dead, c.buf)
}
