package dedup

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"sync"
	"unsafe"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// substringResolver is one resolving of substring. A sieve tells which anchors can have
// been seen twice, and a sort of those which were. An anchor whose run is the same
// wherever it stands stands for all windows of it; the others' windows are looked at one
// by one. Documents are read again, and what may be a passage is hashed and sorted.
//
//	anchors  (anchor, run)                                            → kinds
//	passages (hash 15 B, ordinal, start, end, bytes of the text)      → which are repeats
//	         (hash 15 B, ordinal, start, end, manyCopies + copies)
//	cuts     (ordinal, start, end, bytes of the text)                 → Decide
type substringResolver struct {
	*substring
	r   *step.Resolution
	ctx context.Context
	// kinds counts different runs of anchors that repeat, to two. Anchors that share a
	// slot by chance are taken for anchors of two runs, which costs time alone.
	kinds *sieve
	read  bitset // documents with an anchor that repeats
	cuts  *spool.Sorter
}

const (
	// manyCopies marks the record of several copies in one text, from the start of the first
	// to the end of the last one. Records of single copies stand before it in the text.
	manyCopies = 1 << 31

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
	v.r.Progress(0.2)
	passages := v.sorter("passages", passageHash+passagePlace)
	defer passages.Close()
	if err := v.passages(passages); err != nil {
		return err
	}
	v.kinds = nil
	v.r.Progress(0.6)
	v.cuts = v.sorter("cuts", passagePlace)
	defer v.cuts.Close()
	g := &passageGroup{v: v}
	if err := passages.Each(g.add); err != nil {
		return err
	}
	g.end()
	v.r.Progress(0.9)
	if err := v.decide(); err != nil {
		return err
	}
	return g.top.note(v.r)
}

func (v *substringResolver) sorter(name string, record int) *spool.Sorter {
	return spool.NewSorter(v.r.Dir, name, spool.SortOptions{Record: record, Memory: v.r.Memory / 3, Check: v.ctx.Err})
}

// anchors calls f for the anchors of living documents.
func (v *substringResolver) anchors(f func(ordinal uint64, anchors []byte) error) error {
	return v.r.Sketches(func(ordinal uint64, sketch []byte) error {
		if ordinal%4096 == 0 && v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		if len(sketch) == 0 || !v.r.Alive(ordinal) {
			return nil
		}
		_, anchors := cutRuns(sketch)
		return f(ordinal, anchors)
	})
}

// hashesOf are those of anchors, one after the other.
func hashesOf(anchors []byte) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for ; len(anchors) >= anchorBytes && yield(binary.BigEndian.Uint64(anchors)); anchors = anchors[anchorBytes:] {
		}
	}
}

// sift finds out which anchors repeat, whether with one run, and which documents have
// one.
func (v *substringResolver) sift() error {
	seen := v.sorter("anchors", anchorBytes)
	defer seen.Close()
	n, err := v.candidates(seen)
	if err != nil {
		return err
	}
	v.kinds = newSieve(8*n, v.r.Memory/6)
	if err := seen.Each(v.kind()); err != nil {
		return err
	}
	return v.anchors(func(o uint64, anchors []byte) error {
		any := 0
		for h := range hashesOf(anchors) { // all of them: a branch would wait for each place of the sieve
			any |= v.kinds.count(h)
		}
		if any > 0 {
			v.read.set(o)
		}
		return nil
	})
}

// candidates sorts the anchors that are not certain to be alone, and counts all.
func (v *substringResolver) candidates(seen *spool.Sorter) (n uint64, err error) {
	if err := v.anchors(func(_ uint64, anchors []byte) error { n += uint64(len(anchors) / anchorBytes); return nil }); err != nil {
		return 0, err
	}
	s := newSieve(2*n, v.r.Memory/6)
	err = v.anchors(func(_ uint64, anchors []byte) error {
		for h := range hashesOf(anchors) {
			s.add(h)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, v.anchors(func(_ uint64, anchors []byte) error {
		for ; len(anchors) >= anchorBytes; anchors = anchors[anchorBytes:] {
			if !s.repeated(binary.BigEndian.Uint64(anchors)) {
				continue
			}
			if err := seen.Add(anchors[:anchorBytes]); err != nil {
				return err
			}
		}
		return nil
	})
}

// kind returns what takes up sorted anchors: of those that come again, each different run
// is counted.
func (v *substringResolver) kind() func(anchor []byte) error {
	var last []byte
	once := false // the anchor of last was seen once, and has not been counted
	return func(a []byte) error {
		h := binary.BigEndian.Uint64(a)
		if len(last) == 0 || !bytes.Equal(last[:8], a[:8]) {
			once = true
		} else {
			if once {
				v.kinds.add(h)
				once = false
			}
			if !bytes.Equal(last, a) {
				v.kinds.add(h)
			}
		}
		last = append(last[:0], a...)
		return nil
	}
}

// passages reads documents again and sorts what may be a passage in them. Workers add
// what they find in any order: records are sorted by all of their bytes.
func (v *substringResolver) passages(sorter *spool.Sorter) error {
	next, stop := iter.Pull2(v.sketches())
	defer stop()
	workers := newDocuments(v.r.Workers)
	finders := make([]*passageFinder, len(workers))
	for i := range finders {
		finders[i] = newPassageFinder(v)
	}
	var texts, sketches textBatch
	var adding sync.Mutex
	var failed error
	add := func(records []byte) {
		adding.Lock()
		failed = errors.Join(failed, addAll(sorter, records))
		adding.Unlock()
	}
	flush := func() error {
		texts.each(workers, func(w, i int, d *document.Document) { finders[w].find(texts.ordinals[i], d, sketches.texts[i], add) })
		texts.reset()
		sketches.reset()
		return failed
	}
	err := v.r.Read(v.read.has, func(ordinal uint64, d *document.Document) error {
		if v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		sketch, err, ok := next()
		if !ok || err != nil {
			return errors.Join(err, v.ctx.Err())
		}
		sketches.add(ordinal, unsafe.String(unsafe.SliceData(sketch), len(sketch)))
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

// sketches are those of the documents that are read again; behind them comes the error,
// if there is one.
func (v *substringResolver) sketches() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		stopped := errors.New("no more are asked for")
		err := v.r.Sketches(func(ordinal uint64, sketch []byte) error {
			if v.read.has(ordinal) && !yield(sketch, nil) {
				return stopped
			}
			return nil
		})
		if err != nil && err != stopped {
			yield(nil, err)
		}
	}
}

func addAll(sorter *spool.Sorter, records []byte) error {
	const record = passageHash + passagePlace
	for ; len(records) > 0; records = records[record:] {
		if err := sorter.Add(records[:record]); err != nil {
			return err
		}
	}
	return nil
}

// A passageGroup is the copies of one passage, as they come: in the order of the
// input.
type passageGroup struct {
	v      *substringResolver
	first  []byte // record
	noted  bool   // the first copy goes, too, and has been noted
	copies int    // without the first
	top    topPassages
	size   int // of the text that the last record comes from
	rec    []byte
}

func (g *passageGroup) add(rec []byte) error {
	if len(g.first) == 0 || !bytes.Equal(g.first[:passageHash], rec[:passageHash]) {
		g.end()
		g.first, g.noted = append(g.first[:0], rec...), false
		g.size = passageText(rec[passageHash:])
		return nil
	}
	first, place := g.first[passageHash:], rec[passageHash:]
	if ordinalAt(first) == ordinalAt(place) && passageStart(place) < passageEnd(first) {
		return nil // it overlaps the first copy
	}
	copies := 1
	if n := passageText(place); n >= manyCopies { // the text is that of a record before
		copies = n - manyCopies
		g.rec = binary.BigEndian.AppendUint32(append(g.rec[:0], place[:passagePlace-4]...), uint32(g.size))
		place = g.rec
	}
	g.size = passageText(place)
	g.copies += copies
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
