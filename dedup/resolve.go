package dedup

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// resolver is one resolving of minhash. It goes through six sorts, each of which
// outgrows memory on disk:
//
//	twins      (fingerprint, ordinal)                   → documents with equal shingles
//	bands      (band hash, ordinal)                     → candidate components
//	members    (component, fingerprint, keep key, ordinal) → documents with equal shingles become one
//	components (component, member | set | band)         → copies, clusters and who stays
//	outcomes   (representative, its outcome | a copy)   → an outcome for each document
//	decisions  (ordinal)                                → Decide
//
// Resident are the forest (4 bytes for a document), three or four bits for it, and,
// only while bands are sorted, a sieve of at most 16 bytes for it.
type resolver struct {
	*minHash
	r          *step.Resolution
	ctx        context.Context
	components *forest
	joined     bitset // has a candidate
	twins      bitset // has the shingles of a document before it
	read       bitset // its shingles are to be compared
	planting   *planting
	out        *outcomes
	compared   uint64 // pairs of documents with different shingles
	confirmed  uint64 // of them, those that reach the threshold
}

// Facts on the resolving of minhash.
const (
	factCandidates = "documents share a band with another one"
	factCompared   = "pairs of them compared"
	factConfirmed  = "of these pairs reach the threshold"
	factPrecision  = "precision of the bands: the share that does"
	factRecall     = "recall expected at the threshold"
)

// note notes what the resolving found.
func (v *resolver) note() {
	v.r.Note(factCandidates, float64(v.joined.count()))
	if v.verify {
		v.r.Note(factCompared, float64(v.compared))
		v.r.Note(factConfirmed, float64(v.confirmed))
	}
	if v.compared > 0 {
		v.r.Note(factPrecision, float64(v.confirmed)/float64(v.compared))
	}
	v.r.Note(factRecall, sCurve(v.threshold, v.bands, v.rows))
	if len(v.planting.probes) > 0 {
		v.r.Probed(v.recall())
	}
}

// Resolve finds the clusters and decides who stays.
func (m *minHash) Resolve(ctx context.Context, r *step.Resolution) error {
	return m.epoch.resolve(ctx, r, m.resolve)
}

func (m *minHash) resolve(ctx context.Context, r *step.Resolution) error {
	need := forestBytes(r.Documents) + 4*bitsetBytes(r.Documents)
	if err := tooMany(m.name, r.Documents, need, r.Memory); err != nil {
		return err
	}
	v := &resolver{minHash: m, r: r, ctx: ctx}
	v.components, v.joined, v.twins = newForest(r.Documents), newBitset(r.Documents), newBitset(r.Documents)
	if err := v.candidates(); err != nil {
		return err
	}
	v.r.Progress(0.5)
	v.out = newOutcomes(v.ctx, v.r, v.keep, v.policy, v.spare()/4)
	defer v.out.close()
	if err := v.clusters(); err != nil {
		return err
	}
	v.r.Progress(0.9)
	v.note()
	v.components, v.joined, v.twins, v.read = nil, nil, nil, nil
	return v.out.decide()
}

// spare is the memory beside what is resident.
func (v *resolver) spare() int64 {
	resident := forestBytes(v.r.Documents) + 4*bitsetBytes(v.r.Documents)
	return max(v.r.Memory-int64(resident), 64<<10)
}

// sorter makes a sorter that may use the memory given.
func (v *resolver) sorter(name string, record, key int, memory int64) *spool.Sorter {
	return spool.NewSorter(v.r.Dir, name, spool.SortOptions{Record: record, Key: key, Memory: memory, Check: v.ctx.Err})
}

// sketches calls f for living documents that have a sketch.
func (v *resolver) sketches(f func(ordinal uint64, sketch []byte) error) error {
	want := v.sketchBytes()
	return v.r.Sketches(func(ordinal uint64, sketch []byte) error {
		if ordinal%4096 == 0 && v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		if len(sketch) == 0 || !v.r.Alive(ordinal) {
			return nil
		}
		if len(sketch) != want {
			return fmt.Errorf("document %d: a sketch of %d bytes, all have %d", ordinal, len(sketch), want)
		}
		return f(ordinal, sketch)
	})
}

// candidates joins documents that share a band. Of documents with equal shingles, whose
// bands are all equal, only the first brings its bands along; bands that occur once are
// sieved out before anything is sorted.
func (v *resolver) candidates() error {
	if err := v.joinTwins(); err != nil {
		return err
	}
	v.r.Progress(0.1)
	if err := v.plant(); err != nil {
		return err
	}
	s := &sifter{sieve: newSieve(v.r.Documents*uint64(v.bands), int64(min(16*v.r.Documents, uint64(v.spare()/2))))}
	err := v.originals(func(_ uint64, sketch []byte) error {
		for band := range v.bands {
			s.add(v.bandHash(sketch, band))
		}
		return nil
	})
	err = errors.Join(err, v.planting.each(v.bands, func(h, _ uint64) error { s.add(h); return nil }), s.flush())
	if err != nil {
		return err
	}
	v.r.Progress(0.2)
	sorter := v.sorter("bands", bandBytes, 0, v.spare()-s.sieve.bytes())
	defer sorter.Close()
	if err := v.sift(s, sorter); err != nil {
		return err
	}
	s.sieve = nil
	v.r.Progress(0.3)
	if err := v.join(sorter); err != nil {
		return err
	}
	v.forgetEarlier()
	return nil
}

// forgetEarlier leaves out the components that have no document of this run.
func (v *resolver) forgetEarlier() {
	if v.epoch.earlier == 0 {
		return
	}
	ours := newBitset(v.r.Documents)
	for o := v.epoch.earlier; o < v.r.Documents; o++ {
		if v.joined.has(o) {
			ours.set(v.components.find(o))
		}
	}
	for o := range v.epoch.earlier {
		if v.joined.has(o) && !ours.has(v.components.find(o)) {
			v.joined.unset(o)
		}
	}
}

// The records of bands are their hash, the ordinal, and whether that is the original of
// a probe whose band it is.
const bandBytes = 8 + ordinalBytes + 1

// sift sorts the bands that can occur more than once.
func (v *resolver) sift(s *sifter, sorter *spool.Sorter) error {
	var rec [bandBytes]byte
	s.hit = func(hash, ordinal uint64) error {
		binary.BigEndian.PutUint64(rec[:], hash)
		putOrdinal(rec[8:], ordinal)
		return sorter.Add(rec[:])
	}
	err := v.originals(func(ordinal uint64, sketch []byte) error {
		for band := range v.bands {
			if err := s.ask(v.bandHash(sketch, band), ordinal); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.flush(); err != nil {
		return err
	}
	rec[bandBytes-1] = 1
	if err := v.planting.each(v.bands, s.ask); err != nil {
		return err
	}
	return s.flush()
}

// twinPrint is how much of a fingerprint finds twins: 88 bits.
const twinPrint = 11

// joinTwins joins documents with equal shingles and marks all but the first.
func (v *resolver) joinTwins() error {
	sorter := spool.NewSorter(v.r.Dir, "twins", spool.SortOptions{
		Record: twinPrint + ordinalBytes, Memory: v.spare() * 3 / 4, Check: v.ctx.Err, Expect: int64(v.r.Documents)})
	defer sorter.Close()
	var rec [twinPrint + ordinalBytes]byte
	err := v.sketches(func(ordinal uint64, sketch []byte) error {
		copy(rec[:], v.fingerprint(sketch)[:twinPrint])
		putOrdinal(rec[twinPrint:], ordinal)
		return sorter.Add(rec[:])
	})
	if err != nil {
		return err
	}
	var first [twinPrint]byte
	original, any := uint64(0), false
	return sorter.Each(func(rec []byte) error {
		o := ordinalAt(rec[twinPrint:])
		if !any || first != [twinPrint]byte(rec) {
			first, original, any = [twinPrint]byte(rec), o, true
			return nil
		}
		v.components.join(o, original)
		v.joined.set(o)
		v.joined.set(original)
		v.twins.set(o)
		return nil
	})
}

// originals calls f for living documents whose shingles no document before them has.
func (v *resolver) originals(f func(ordinal uint64, sketch []byte) error) error {
	return v.sketches(func(ordinal uint64, sketch []byte) error {
		if v.twins.has(ordinal) {
			return nil
		}
		return f(ordinal, sketch)
	})
}

func putOrdinal(b []byte, o uint64) {
	b[0] = byte(o >> 32)
	binary.BigEndian.PutUint32(b[1:], uint32(o))
}

// join joins neighbours of equal band hashes. A probe follows its original where that has
// the band, too.
func (v *resolver) join(sorter *spool.Sorter) error {
	var hash, ordinal uint64
	first := true
	return sorter.Each(func(rec []byte) error {
		h, o := binary.BigEndian.Uint64(rec), ordinalAt(rec[8:])
		same := !first && h == hash
		if rec[bandBytes-1] != 0 {
			if same && o == ordinal {
				v.planting.find(o)
			}
			return nil
		}
		if same {
			v.components.join(o, ordinal)
			v.joined.set(o)
			v.joined.set(ordinal)
		}
		hash, ordinal, first = h, o, false
		return nil
	})
}

// The records of the sort by components, behind the component's ordinal. What is in
// brackets is the payload.
//
//	member  ordinal (8 B) [documents with the same shingles (u64), keep key]
//	set     ordinal (8 B) [its shingles, sorted, 8 B each]
//	band    hash (8 B)    [ordinal (5 B), its number (u16)]
const (
	memberRecord = iota
	setRecord
	bandRecord
	componentKey = ordinalBytes + 1 + 8
)

func componentRecord(dst []byte, component uint64, kind byte, sub uint64) []byte {
	return binary.BigEndian.AppendUint64(append(appendOrdinal(dst, component), kind), sub)
}

// clusters finds out which candidates are copies.
func (v *resolver) clusters() error {
	sorter := v.sorter("components", 0, componentKey, v.spare()/3)
	defer sorter.Close()
	if err := v.members(sorter); err != nil {
		return err
	}
	if v.verify {
		if err := v.sets(sorter); err != nil {
			return err
		}
	}
	v.r.Progress(0.7)
	c := newComponent(v)
	defer c.sets.close()
	if err := sorter.Each(c.add); err != nil {
		return err
	}
	return c.settle()
}

// members makes one of the documents of a component that have equal shingles: the
// one that would stay among them stands for all.
func (v *resolver) members(components *spool.Sorter) error {
	sorter := v.sorter("members", ordinalBytes+printBytes+v.keep.size+ordinalBytes, 0, v.spare()/3)
	defer sorter.Close()
	var rec []byte
	err := v.sketches(func(ordinal uint64, sketch []byte) error {
		if !v.joined.has(ordinal) {
			return nil
		}
		rec = append(appendOrdinal(rec[:0], v.components.find(ordinal)), v.fingerprint(sketch)...)
		return sorter.Add(appendOrdinal(append(rec, v.keepKey(sketch)...), ordinal))
	})
	if err != nil {
		return err
	}
	v.read = newBitset(v.r.Documents)
	g := &group{v: v, components: components}
	if err := sorter.Each(g.add); err != nil {
		return err
	}
	return g.end()
}

// A group is the documents of one component with one fingerprint, as they come.
type group struct {
	v          *resolver
	components *spool.Sorter
	head       []byte // component and fingerprint
	key        []byte // of the first, which stands for all
	first      uint64
	count      uint64
	alone      uint64 // first of the component's only group so far
	single     bool
	rec        []byte
}

func (g *group) add(rec []byte) error {
	const head = ordinalBytes + printBytes
	o := ordinalAt(rec[len(rec)-ordinalBytes:])
	if g.count > 0 && bytes.Equal(g.head, rec[:head]) {
		g.count++
		return g.v.out.copyOf(g.first, o, rec[head:len(rec)-ordinalBytes])
	}
	if err := g.end(); err != nil {
		return err
	}
	other := g.count == 0 || !bytes.Equal(g.head[:ordinalBytes], rec[:ordinalBytes])
	g.head, g.key = append(g.head[:0], rec[:head]...), append(g.key[:0], rec[head:len(rec)-ordinalBytes]...)
	g.first, g.count = o, 1
	if other {
		g.alone, g.single = o, true
		return nil
	}
	if g.single { // only components of two and more are compared
		g.v.read.set(g.alone)
		g.single = false
	}
	g.v.read.set(o)
	return nil
}

// end hands the group over.
func (g *group) end() error {
	if g.count == 0 {
		return nil
	}
	g.rec = componentRecord(g.rec[:0], ordinalAt(g.head), memberRecord, g.first)
	g.rec = append(binary.BigEndian.AppendUint64(g.rec, g.count), g.key...)
	return g.components.Add(g.rec)
}

// sets brings bands and shingles of what is to be compared to its component.
func (v *resolver) sets(components *spool.Sorter) error {
	var rec []byte
	err := v.sketches(func(ordinal uint64, sketch []byte) error {
		if !v.read.has(ordinal) {
			return nil
		}
		root := v.components.find(ordinal)
		for band := range v.bands {
			rec = componentRecord(rec[:0], root, bandRecord, v.bandHash(sketch, band))
			if err := components.Add(binary.BigEndian.AppendUint16(appendOrdinal(rec, ordinal), uint16(band))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.readSets(components)
}

// readSets reads what is to be compared again and brings its shingles to its
// component.
func (v *resolver) readSets(components *spool.Sorter) error {
	workers := newDocuments(v.r.Workers)
	shinglers, sorters := make([]shingler, len(workers)), make([]setSorter, len(workers))
	for w := range workers {
		shinglers[w] = v.shingler(v.splitter)
	}
	var batch textBatch
	var sets [][]uint64
	var rec []byte
	flush := func() error {
		for len(sets) < len(batch.ordinals) {
			sets = append(sets, nil)
		}
		batch.each(workers, func(w, i int, d *document.Document) {
			sets[i] = sorters[w].sortedSet(shinglers[w](sets[i][:0], d))
		})
		for i, o := range batch.ordinals {
			rec = componentRecord(rec[:0], v.components.find(o), setRecord, o)
			for _, x := range sets[i] {
				rec = binary.LittleEndian.AppendUint64(rec, x)
			}
			if err := components.Add(rec); err != nil {
				return err
			}
		}
		batch.reset()
		return nil
	}
	err := v.r.Read(v.read.has, func(ordinal uint64, d *document.Document) error {
		if v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		if !batch.add(ordinal, d.Text()) {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}
