package classify

import (
	"encoding/binary"
	"io"
	"math"
)

// Write writes the model as the original program would: a model that was read gives
// the bytes it was read from.
func (m *Model) Write(w io.Writer) error {
	_, err := w.Write(m.Bytes())
	return err
}

// Bytes returns the model as a file.
func (m *Model) Bytes() []byte {
	e := &encoder{}
	a := &m.Args
	e.i32(magic, m.Version, a.Dim, a.Window, a.Epochs, a.MinCount, a.Negatives, a.WordNgrams,
		int32(a.Loss), int32(a.Kind), a.Buckets, a.MinN, a.MaxN, a.UpdateRate)
	e.u64(math.Float64bits(a.Sampling))
	d := &m.dict
	e.i32(d.nwords+d.nlabels, d.nwords, d.nlabels)
	e.u64(uint64(d.tokens))
	e.u64(uint64(m.prune.size))
	for i, w := range d.words {
		e.b = append(append(e.b, w...), 0)
		e.u64(uint64(d.counts[i]))
		e.flag(int32(i) >= d.nwords)
	}
	for _, p := range m.prune.pairs {
		e.i32(p.bucket, p.row)
	}
	e.flag(m.quantIn)
	e.matrix(&m.input)
	e.flag(m.quantOut)
	e.matrix(&m.output)
	return e.b
}

// An encoder appends numbers as the file has them.
type encoder struct{ b []byte }

func (e *encoder) i32(numbers ...int32) {
	for _, n := range numbers {
		e.b = binary.LittleEndian.AppendUint32(e.b, uint32(n))
	}
}

func (e *encoder) u64(n uint64) { e.b = binary.LittleEndian.AppendUint64(e.b, n) }

func (e *encoder) flag(on bool) {
	b := byte(0)
	if on {
		b = 1
	}
	e.b = append(e.b, b)
}

func (e *encoder) floats(v []float32) {
	for _, x := range v {
		e.b = binary.LittleEndian.AppendUint32(e.b, math.Float32bits(x))
	}
}

func (e *encoder) matrix(m *matrix) {
	if m.quant == nil {
		e.u64(uint64(m.rows))
		e.u64(uint64(m.cols))
		e.floats(m.dense)
		return
	}
	q := m.quant
	e.flag(q.hasNorms)
	e.u64(uint64(m.rows))
	e.u64(uint64(m.cols))
	e.i32(int32(len(q.codes)))
	e.b = append(e.b, q.codes...)
	e.quantiser(&q.parts)
	if q.hasNorms {
		e.b = append(e.b, q.normCodes...)
		e.quantiser(&q.norms)
	}
}

func (e *encoder) quantiser(q *quantiser) {
	e.i32(q.dim, q.parts, q.width, q.last)
	e.floats(q.centroids)
}
