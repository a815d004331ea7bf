package dedup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// rowVectors are vectors that another program made, one row for each document: of a
// .npy file that is never held in memory as a whole. With a list of ids, a document
// has the row of its id; without, the rows are those of all documents that reach the
// step, in the order of the input. There may be rows for the documents, too, that the
// global steps right before it have removed, since those come from the same scan.
type rowVectors struct {
	path, ids string // ids is empty where the rows are in order
	rows      uint64
	columns   int
}

// openRows checks a .npy file and its list of ids.
func openRows(path, ids string, env *step.Env) (*rowVectors, error) {
	file, err := env.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	m, err := newMatrixReader(file)
	if err == nil {
		err = m.end()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	v := &rowVectors{path: path, ids: ids, rows: m.rows, columns: m.columns}
	if ids == "" {
		return v, nil
	}
	list, err := env.Open(ids)
	if err != nil {
		return nil, err
	}
	defer list.Close()
	n := uint64(0)
	if err := eachLine(list, func([]byte) error { n++; return nil }); err != nil {
		return nil, fmt.Errorf("%s: %w", ids, err)
	}
	if n != m.rows {
		return nil, fmt.Errorf("%s has %d rows, %s has %d ids: each line is the id of a row", path, m.rows, ids, n)
	}
	return v, nil
}

// eachLine calls f for each line, without its line feed.
func eachLine(r io.Reader, f func(line []byte) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), 1<<20)
	for lines.Scan() {
		if err := f(lines.Bytes()); err != nil {
			return err
		}
	}
	return lines.Err()
}

// rowSketcher notes what the vector is brought to: the id, and the keep key.
type rowSketcher struct{ s *semantic }

// Sketch appends a hash of d's id and the keep key.
func (k rowSketcher) Sketch(dst []byte, d *document.Document) []byte {
	id := xxh3.HashString128(d.ID).Bytes()
	return k.s.keep.append(append(dst, id[:]...), d)
}

// A rowJoin brings the rows to the sketches of one resolving.
type rowJoin struct {
	*rowVectors
	r      *step.Resolution
	ctx    context.Context
	joined *spool.Sorter // (ordinal, sketch); nil where rows are in order
	dead   bool          // there are rows for removed documents, too
	vector []float32
	sketch []byte
}

func (v *rowVectors) openFile(r *step.Resolution, path string) (spool.File, error) {
	return (&spool.Dir{Disk: r.Dir.Disk, Path: filepath.Dir(path)}).Open(filepath.Base(path))
}

// resolve lets f resolve sketches that have the vectors.
func (v *rowVectors) resolve(ctx context.Context, r *step.Resolution, f func(context.Context, *step.Resolution) error) error {
	if v == nil {
		return f(ctx, r)
	}
	j := &rowJoin{rowVectors: v, r: r, ctx: ctx}
	with := *r
	if v.ids == "" {
		alive := uint64(0)
		for o := range r.Documents {
			if r.Alive(o) {
				alive++
			}
		}
		if v.rows != alive && v.rows != r.Documents {
			return fmt.Errorf("%s has %d rows, and %d documents reach this step: without ids, there is one row for each of them, in the order of the input; "+
				"name the file of the ids of the rows in ids", v.path, v.rows, alive)
		}
		j.dead = v.rows != alive
		with.Sketches = j.inOrder
		return f(ctx, &with)
	}
	with.Memory -= r.Memory / 4
	j.joined = spool.NewSorter(r.Dir, "joined", spool.SortOptions{Key: ordinalBytes, Memory: r.Memory / 8, Check: ctx.Err})
	defer j.joined.Close()
	if err := j.byID(); err != nil {
		return err
	}
	with.Sketches = func(f func(uint64, []byte) error) error {
		return j.joined.Each(func(rec []byte) error { return f(ordinalAt(rec), rec[ordinalBytes:]) })
	}
	return f(ctx, &with)
}

// withVector makes the sketch: the vector and the keep key.
func (j *rowJoin) withVector(key []byte) []byte {
	j.sketch = append(appendVector(j.sketch[:0], j.vector), key...)
	return j.sketch
}

// open opens the rows.
func (j *rowJoin) open() (*matrixReader, io.Closer, error) {
	file, err := j.openFile(j.r, j.path)
	if err != nil {
		return nil, nil, err
	}
	m, err := newMatrixReader(file)
	if err == nil && (m.rows != j.rows || m.columns != j.columns) {
		err = errors.New("the file was changed while the run was at work")
	}
	if err != nil {
		file.Close()
		return nil, nil, fmt.Errorf("%s: %w", j.path, err)
	}
	return m, file, nil
}

// inOrder gives each document the next row.
func (j *rowJoin) inOrder(f func(ordinal uint64, sketch []byte) error) error {
	m, file, err := j.open()
	if err != nil {
		return err
	}
	defer file.Close()
	return j.r.Sketches(func(o uint64, sketch []byte) error {
		if !j.dead && !j.r.Alive(o) {
			return f(o, nil)
		}
		if j.vector, err = m.next(j.vector[:0]); err != nil {
			return fmt.Errorf("%s: %w", j.path, err)
		}
		if !normalize(j.vector) { // a row without a direction
			return f(o, nil)
		}
		return f(o, j.withVector(sketch[printBytes:]))
	})
}

// byID sorts rows and documents by the hashes of their ids, and the documents that
// have found a row by ordinal. Of several rows of one id the first counts.
//
//	hash (16 B) | 0 | row (5 B)     | vector
//	hash (16 B) | 1 | ordinal (5 B) | keep key
func (j *rowJoin) byID() error {
	const head = printBytes + 1 + ordinalBytes
	ids := spool.NewSorter(j.r.Dir, "ids", spool.SortOptions{Key: head, Memory: j.r.Memory / 8, Check: j.ctx.Err})
	defer ids.Close()
	if err := j.addRows(ids); err != nil {
		return err
	}
	var rec []byte
	err := j.r.Sketches(func(o uint64, sketch []byte) error {
		if len(sketch) == 0 || !j.r.Alive(o) {
			return nil
		}
		rec = appendOrdinal(append(append(rec[:0], sketch[:printBytes]...), 1), o)
		return ids.Add(append(rec, sketch[printBytes:]...))
	})
	if err != nil {
		return err
	}
	var id []byte
	points := false // the row of the id has a direction
	return ids.Each(func(b []byte) error {
		same := string(id) == string(b[:printBytes])
		switch {
		case b[printBytes] == 0 && !same:
			id = append(id[:0], b[:printBytes]...)
			j.vector = real32.appendAll(j.vector[:0], b[head:])
			points = normalize(j.vector)
		case b[printBytes] == 1 && same && points:
			rec = append(append(rec[:0], b[printBytes+1:head]...), j.withVector(b[head:])...)
			return j.joined.Add(rec)
		}
		return nil
	})
}

func (j *rowJoin) addRows(ids *spool.Sorter) error {
	m, file, err := j.open()
	if err != nil {
		return err
	}
	defer file.Close()
	list, err := j.openFile(j.r, j.ids)
	if err != nil {
		return err
	}
	defer list.Close()
	var rec []byte
	err = eachLine(list, func(id []byte) error {
		row := m.at
		if j.vector, err = m.next(j.vector[:0]); err != nil {
			return err
		}
		h := xxh3.Hash128(id).Bytes()
		rec = appendOrdinal(append(append(rec[:0], h[:]...), 0), row)
		return ids.Add(appendVector(rec, j.vector))
	})
	if err != nil {
		return fmt.Errorf("%s: %w", j.path, err)
	}
	return nil
}
