package dedup

import (
	"context"
	"errors"
	"fmt"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// Earlier is what a recipe may set in a step that compares with earlier runs.
type Earlier struct {
	Against []string `yaml:"against" doc:"run directories of earlier runs whose step of this name had index: true, or the files that it saved; what they had counts as if it stood before all of this run, and nothing of it can be removed or cut any more"`
	Index   bool     `yaml:"index" doc:"save in the run directory, as index/NAME, what later runs need to compare their documents with those of this one"`
}

// An epoch is what a step knows of earlier runs, and whether later ones will know of
// this one. The documents of earlier runs stand before all others: a step resolves
// what it would resolve if the runs were one, and cannot take back what they kept.
type epoch struct {
	name    string
	shared  []agreed
	indexes []*index
	earlier uint64 // documents of all indexes
	save    bool
	texts   bool // texts are compared
	whole   bool // the step decides on whole documents
	// keep makes the keep keys in sketches; nil where there are none: the order of the
	// input alone then decides, in which earlier documents stand first.
	keep  *keeping
	leads bool // the keep key stands at the beginning of a sketch, not at its end
	// private sketches begin with what is of use to this run alone, behind its length
	// (uvarint). It is not saved, and empty in the sketches of earlier documents.
	private bool
}

// earlierKey is the part of a keep key that puts earlier documents before those of
// this run: the number of their index, and whether their run removed them.
const (
	earlierKey = 2
	maxIndexes = 254
)

var errIndexes = fmt.Errorf("at most %d are possible", maxIndexes)

// open reads the indexes that the setting against names. It comes before any sketch.
func (e *epoch) open(env *step.Env, s Earlier) error {
	e.name, e.save = env.Name, s.Index
	if len(s.Against) > maxIndexes {
		return &step.Fault{Key: "against", Err: errIndexes}
	}
	for _, path := range s.Against {
		x, err := readIndex(path, env.Name, env, e.shared, e.texts)
		if err != nil {
			return &step.Fault{Key: "against", Err: err}
		}
		e.indexes = append(e.indexes, x)
		e.earlier += x.documents
	}
	if len(s.Against) > 0 && e.keep != nil {
		e.keep.lead(criterion{earlierKey, func(dst []byte, _ *document.Document) []byte { return append(dst, maxIndexes+1, 0) }})
	}
	return nil
}

// earlierSketch appends the sketch of an earlier document as this run would have made
// it, with a key that is lower than that of any document of this run.
func (e *epoch) earlierSketch(dst []byte, number int, flags byte, sketch []byte) []byte {
	if e.private {
		dst = append(dst, 0)
	}
	if e.keep == nil {
		return append(dst, sketch...)
	}
	if !e.leads {
		dst = append(dst, sketch...)
	}
	dst = append(dst, byte(number), 1&^flags)
	for range e.keep.size - earlierKey {
		dst = append(dst, 0)
	}
	if e.leads {
		dst = append(dst, sketch...)
	}
	return dst
}

// bare is a sketch without its keep key, and what is of use to its run alone.
func (e *epoch) bare(sketch []byte) []byte {
	switch {
	case e.private:
		_, sketch, _ = cutPart(sketch)
		return sketch
	case e.keep == nil:
		return sketch
	case e.leads:
		return sketch[e.keep.size:]
	}
	return sketch[:len(sketch)-e.keep.size]
}

// Facts on earlier runs.
const (
	factEarlier = "documents of earlier runs compared with"
	factCopies  = "documents are copies of one of those"
)

// resolve lets f resolve the documents of this run behind those of earlier ones, and
// saves what later runs need.
func (e *epoch) resolve(ctx context.Context, r *step.Resolution, f func(context.Context, *step.Resolution) error) error {
	if len(e.indexes) == 0 && !e.save {
		return f(ctx, r)
	}
	// A quarter of the memory is for the sorts here.
	u := &union{epoch: e, r: r, ctx: ctx, memory: r.Memory / 8}
	inner := u.resolution()
	inner.Memory -= r.Memory / 4
	var err error
	if u.later, err = u.begin(); err != nil {
		return err
	}
	defer u.close()
	if err := f(ctx, inner); err != nil {
		return err
	}
	if err := u.name(); err != nil {
		return err
	}
	if len(e.indexes) > 0 {
		r.Note(factEarlier, float64(e.earlier))
		if e.whole {
			r.Note(factCopies, float64(u.copies))
		}
	}
	return u.write()
}

// A union is one resolving of the documents of several runs.
type union struct {
	*epoch
	r      *step.Resolution
	ctx    context.Context
	memory int64
	wanted bitset        // earlier documents whose ids are asked for
	named  *spool.Sorter // decisions by keeper, where there are indexes
	later  *spool.Sorter // what is saved, by ordinal; nil where nothing is
	gone   bitset        // documents that were removed, where they are saved
	copies int
	rec    []byte
}

func (u *union) sorter(name string, key int) *spool.Sorter {
	return spool.NewSorter(u.r.Dir, name, spool.SortOptions{Key: key, Memory: u.memory, Check: u.ctx.Err})
}

// begin makes what the decisions go to.
func (u *union) begin() (*spool.Sorter, error) {
	if len(u.indexes) > 0 && u.whole {
		u.named, u.wanted = u.sorter("named", 2*ordinalBytes+1), newBitset(u.earlier)
	}
	if !u.save {
		return nil, nil
	}
	u.gone = newBitset(u.r.Documents)
	return u.sorter("saved", ordinalBytes+1), nil
}

func (u *union) close() {
	for _, s := range []*spool.Sorter{u.named, u.later} {
		if s != nil {
			s.Close()
		}
	}
}

// resolution is what the step sees: earlier documents first, all of them alive.
func (u *union) resolution() *step.Resolution {
	n, v := u.earlier, *u.r
	v.Documents += n
	v.Alive = func(o uint64) bool { return o < n || u.r.Alive(o-n) }
	v.Sketches = func(f func(uint64, []byte) error) error {
		if err := u.sketches(f); err != nil {
			return err
		}
		return u.r.Sketches(func(o uint64, sketch []byte) error { return f(o+n, sketch) })
	}
	v.Read = func(want func(uint64) bool, f func(uint64, *document.Document) error) error {
		if err := u.texts(want, f); err != nil {
			return err
		}
		return u.r.Read(func(o uint64) bool { return want(o + n) }, func(o uint64, d *document.Document) error { return f(o+n, d) })
	}
	v.Decide = u.decide
	return &v
}

// sketches calls f for all earlier documents.
func (u *union) sketches(f func(uint64, []byte) error) error {
	first := uint64(0)
	var made []byte
	for number, x := range u.indexes {
		err := x.eachDocument(u.r.Dir.Disk, func(i uint64, flags byte, _, sketch []byte) error {
			made = u.earlierSketch(made[:0], number, flags, sketch)
			return f(first+i, made)
		})
		if err != nil {
			return err
		}
		first += x.documents
	}
	return nil
}

// texts calls f for the earlier documents that are wanted: none, where texts are not
// compared, and need not be in the indexes.
func (u *union) texts(want func(uint64) bool, f func(uint64, *document.Document) error) error {
	if !u.epoch.texts {
		return nil
	}
	first := uint64(0)
	for _, x := range u.indexes {
		err := x.eachText(u.r.Dir.Disk, func(i uint64) bool { return want(first + i) },
			func(i uint64, d *document.Document) error { return f(first+i, d) })
		if err != nil {
			return err
		}
		first += x.documents
	}
	return nil
}

// decide takes up a decision. On earlier documents none is possible any more. The
// others wait until the ids of the earlier documents that they name are known:
//
//	keeper (5 B) | 0 | 0 (5 B)       | id
//	keeper (5 B) | 1 | ordinal (5 B) | removed | decision
func (u *union) decide(ordinal uint64, removed bool, decision []byte) error {
	if ordinal < u.earlier {
		return nil
	}
	if u.named == nil {
		return u.final(ordinal-u.earlier, removed, decision)
	}
	c, err := readDecision(decision)
	if err != nil {
		return err
	}
	if c.keeper < u.earlier {
		u.wanted.set(c.keeper)
	}
	u.rec = appendOrdinal(append(appendOrdinal(u.rec[:0], c.keeper), 1), ordinal-u.earlier)
	u.rec = append(u.rec, 0)
	if removed {
		u.rec[len(u.rec)-1] = 1
	}
	return u.named.Add(append(u.rec, decision...))
}

// final notes a decision for good, in the order of ordinals.
func (u *union) final(ordinal uint64, removed bool, decision []byte) error {
	if u.gone != nil && removed {
		u.gone.set(ordinal)
	}
	return u.r.Decide(ordinal, removed, decision)
}

// name brings the ids of earlier documents to the decisions that name them, and
// decides in the order of the input.
func (u *union) name() error {
	if u.named == nil {
		return nil
	}
	if err := u.ids(); err != nil {
		return err
	}
	const head = 2*ordinalBytes + 1
	decisions := u.sorter("final", ordinalBytes)
	defer decisions.Close()
	var id, rec []byte
	err := u.named.Each(func(b []byte) error {
		if b[ordinalBytes] == 0 {
			id = append(id[:0], b[head:]...)
			return nil
		}
		c, err := readDecision(b[head+1:])
		if err != nil {
			return err
		}
		if c.isEarlier = c.keeper < u.earlier; c.isEarlier {
			c.earlier = id
			u.copies++
		} else {
			c.keeper -= u.earlier
		}
		rec = append(append(rec[:0], b[ordinalBytes+1:head]...), b[head])
		return decisions.Add(c.append(rec))
	})
	if err != nil {
		return err
	}
	return decisions.Each(func(b []byte) error {
		ordinal, removed, decision := ordinalAt(b), b[ordinalBytes] == 1, b[ordinalBytes+1:]
		if err := u.inherit(ordinal, decision); err != nil {
			return err
		}
		return u.final(ordinal, removed, decision)
	})
}

// ids adds the ids that are asked for.
func (u *union) ids() error {
	first := uint64(0)
	for _, x := range u.indexes {
		err := x.eachDocument(u.r.Dir.Disk, func(i uint64, _ byte, id, _ []byte) error {
			if !u.wanted.has(first + i) {
				return nil
			}
			u.rec = appendOrdinal(append(appendOrdinal(u.rec[:0], first+i), 0), 0)
			return u.named.Add(append(u.rec, id...))
		})
		if err != nil {
			return err
		}
		first += x.documents
	}
	return nil
}

var errSave = errors.New("there is no run directory to save an index in")
