package dedup

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// Sketcher returns what one worker sketches with.
func (l *lines) Sketcher() step.Sketcher {
	return &lineSketcher{l: l, normalize: normalizers[l.Normalize]()}
}

type lineSketcher struct {
	l         *lines
	normalize normalizer
	buf       []byte
}

// Sketch appends the keep key of d and a hash for each line, 0 for those that are
// left alone.
func (s *lineSketcher) Sketch(dst []byte, d *document.Document) []byte {
	dst = s.l.keep.append(dst, d)
	for text, more := d.Text(), true; more; {
		var line string
		line, text, more = strings.Cut(text, "\n")
		s.buf = s.normalize(s.buf[:0], line)
		h := uint64(0)
		if s.l.Blank || len(bytes.TrimSpace(s.buf)) > 0 {
			h = max(xxh3.Hash(s.buf), 1)
		}
		dst = binary.BigEndian.AppendUint64(dst, h)
	}
	return dst
}

// lineResolver is one resolving of lines. It goes through two sorts:
//
//	seen  (hash, keep key, ordinal, line, lines) → which go
//	gone  (ordinal, line, lines)                 → Decide
type lineResolver struct {
	*lines
	r    *step.Resolution
	ctx  context.Context
	gone *spool.Sorter
}

// Resolve finds the lines that are seen too often.
func (l *lines) Resolve(ctx context.Context, r *step.Resolution) error {
	return l.epoch.resolve(ctx, r, l.resolve)
}

func (l *lines) resolve(ctx context.Context, r *step.Resolution) error {
	if err := tooMany(l.name, r.Documents, 0, r.Memory); err != nil {
		return err
	}
	v := &lineResolver{lines: l, r: r, ctx: ctx}
	if l.Mode == modeBloom {
		return v.bloom()
	}
	return v.exact()
}

func (v *lineResolver) sorter(name string, record, key int) *spool.Sorter {
	return spool.NewSorter(v.r.Dir, name, spool.SortOptions{Record: record, Key: key, Memory: v.r.Memory / 3, Check: v.ctx.Err})
}

// documents calls f for living documents with their keep key and line hashes.
func (v *lineResolver) documents(f func(ordinal uint64, key, hashes []byte) error) error {
	return v.r.Sketches(func(ordinal uint64, sketch []byte) error {
		if ordinal%4096 == 0 && v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		if !v.r.Alive(ordinal) {
			return nil
		}
		if len(sketch) < v.keep.size+8 || (len(sketch)-v.keep.size)%8 != 0 {
			return fmt.Errorf("document %d: a sketch of %d bytes", ordinal, len(sketch))
		}
		return f(ordinal, sketch[:v.keep.size], sketch[v.keep.size:])
	})
}

// bucketHash is the hash of a line in the bucket of its document, or 0.
func (v *lineResolver) bucketHash(ordinal uint64, raw []byte) uint64 {
	h := binary.BigEndian.Uint64(raw)
	if h != 0 && v.Bucket > 0 {
		h = max(mix(h^splitmix(1, ordinal/uint64(v.Bucket))), 1)
	}
	return h
}

// The parts of a record behind hash and keep key, and of the second sort: ordinal,
// line, lines in the document.
const placeBytes = ordinalBytes + 4 + 4

func appendPlace(dst []byte, ordinal uint64, line, lines int) []byte {
	dst = binary.BigEndian.AppendUint32(appendOrdinal(dst, ordinal), uint32(line))
	return binary.BigEndian.AppendUint32(dst, uint32(lines))
}

// exact sorts the lines that can have been seen more than once.
func (v *lineResolver) exact() error {
	s := newSieve(v.r.Documents*32, v.r.Memory/3)
	err := v.documents(func(ordinal uint64, _, hashes []byte) error {
		for ; len(hashes) > 0; hashes = hashes[8:] {
			if h := v.bucketHash(ordinal, hashes); h != 0 {
				s.add(h)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.r.Progress(0.3)
	seen := v.sorter("seen", 8+v.keep.size+placeBytes, 0)
	defer seen.Close()
	var rec []byte
	err = v.documents(func(ordinal uint64, key, hashes []byte) error {
		lines := len(hashes) / 8
		for i := range lines {
			h := v.bucketHash(ordinal, hashes[8*i:])
			if h == 0 || !s.repeated(h) {
				continue
			}
			rec = append(binary.BigEndian.AppendUint64(rec[:0], h), key...)
			if err := seen.Add(appendPlace(rec, ordinal, i, lines)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.r.Progress(0.6)
	v.gone = v.sorter("gone", placeBytes, 0)
	defer v.gone.Close()
	g := &lineGroup{v: v}
	if err := seen.Each(g.add); err != nil {
		return err
	}
	if err := g.end(); err != nil {
		return err
	}
	v.r.Progress(0.8)
	return v.decide()
}

// A lineGroup is the copies of one line, as they come: those that are best by the
// keep rule first, and within a document in order. While it is not known whether
// there are too many, they wait.
type lineGroup struct {
	v       *lineResolver
	hash    []byte
	waiting []byte // places
	count   int
	last    uint64 // ordinal
	any     bool
	stays   bool // the first copy, though there are too many
}

func (g *lineGroup) add(rec []byte) error {
	place := rec[len(rec)-placeBytes:]
	if !g.any || !bytes.Equal(g.hash, rec[:8]) {
		if err := g.end(); err != nil {
			return err
		}
		g.hash = append(g.hash[:0], rec[:8]...)
		g.any, g.count, g.stays = true, 0, !g.v.none
	}
	o := ordinalAt(place)
	repeat := g.count > 0 && o == g.last
	if !repeat || g.v.Count == "occurrences" {
		g.count++
	}
	g.last = o
	if g.count <= g.v.Max {
		g.waiting = append(g.waiting, place...)
		return nil
	}
	if err := g.tooMany(); err != nil {
		return err
	}
	return g.remove(place)
}

// tooMany lets all go that wait, but for the first one where it stays.
func (g *lineGroup) tooMany() error {
	waiting := g.waiting
	g.waiting = g.waiting[:0]
	if g.stays && len(waiting) > 0 {
		waiting, g.stays = waiting[placeBytes:], false
	}
	for ; len(waiting) > 0; waiting = waiting[placeBytes:] {
		if err := g.remove(waiting[:placeBytes]); err != nil {
			return err
		}
	}
	return nil
}

// end settles copies that are few enough: repeats within a document may go all the
// same.
func (g *lineGroup) end() error {
	waiting := g.waiting
	g.waiting = g.waiting[:0]
	if !g.v.Repeats {
		return nil
	}
	for i := placeBytes; i < len(waiting); i += placeBytes {
		if ordinalAt(waiting[i:]) != ordinalAt(waiting[i-placeBytes:]) {
			continue
		}
		if err := g.remove(waiting[i : i+placeBytes]); err != nil {
			return err
		}
	}
	return nil
}

func (g *lineGroup) remove(place []byte) error { return g.v.gone.Add(place) }

// decide gathers the lines that go by document.
func (v *lineResolver) decide() error {
	var list cutList
	current, total, any := uint64(0), 0, false
	flush := func() error {
		if !any {
			return nil
		}
		return v.decideOne(current, total, &list)
	}
	err := v.gone.Each(func(place []byte) error {
		if o := ordinalAt(place); !any || o != current {
			if err := flush(); err != nil {
				return err
			}
			current, any = o, true
			total = int(binary.BigEndian.Uint32(place[ordinalBytes+4:]))
			list.reset()
		}
		list.add(uint64(binary.BigEndian.Uint32(place[ordinalBytes:])))
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// decideOne notes the decision on a document, and whether its rules will remove it.
func (v *lineResolver) decideOne(ordinal uint64, total int, list *cutList) error {
	left, share := &v.rules[ruleLinesLeft], &v.rules[ruleShareRemoved]
	dead := !left.Off && !left.Keeps(float64(total-list.n)) || !share.Off && !share.Keeps(step.Ratio(list.n, total))
	return v.r.Decide(ordinal, dead, list.buf)
}
