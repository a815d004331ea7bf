package classify

import "slices"

// A prepared model says what each feature of a text adds to a sum, from which the labels
// are told. Where the model has few outputs it is folded: the mean of rows times the output
// matrix is the mean of the rows' outputs, so each row is multiplied once, when the model is
// loaded, and a text costs one addition of a short vector per feature:
//
//	original   text ─▶ rows of dim ─▶ mean ─▶ × output ─▶ labels
//	folded     text ─▶ rows of width ─▶ mean ─▶ labels
//
// Two classes of a softmax need one number, the difference of their outputs. The
// sums are of 64 bit: where a text has thousands of features the original's own sums
// of 32 bit are off by up to 2e-4, and so far a score may differ from it.
type prepared struct {
	m        *Model
	width    int // numbers that a feature adds: dim, or one for each output where folded
	pair     bool
	unpacked []float32 // rows of a small quantised model that is not folded
	outs     []float32 // of a folded model: width for each word, then for each n-gram row that is kept
	kept     *bitset   // buckets whose rows are; nil where all are
	// What a row adds that is not kept: rows dropped from the model add nothing and
	// do not count; equal rows that were left out here do.
	common  []float64 // nil where it is 0
	counted int
}

// foldLimit is how many bytes the rows of a folded model may take.
const foldLimit = 1 << 30

// newPrepared folds a supervised model, unless that would be no gain: as many outputs as
// dimensions, or too much memory.
func newPrepared(m *Model) *prepared {
	p := &prepared{m: m, width: m.Labels()}
	if p.pair = m.Args.Loss == Softmax && m.Labels() == 2; p.pair {
		p.width = 1
	}
	grams := int64(0)
	if m.Args.WordNgrams > 1 || m.maxN() > 0 {
		grams = int64(m.Args.Buckets)
		if m.prune.size >= 0 {
			grams = int64(len(m.prune.rows))
		}
	}
	if rows := int64(m.Words()) + grams; p.width < 1 || m.prune.few != nil ||
		p.width > max(int(m.Args.Dim), 8) || rows*int64(p.width)*4 > foldLimit {
		p = &prepared{m: m, width: int(m.Args.Dim)}
		p.unpack()
		return p
	}
	p.fold(int(grams))
	if p.kept == nil && p.width <= 2 {
		p.dropCommon()
	}
	return p
}

// unpackLimit is how many bytes the rows of a quantised model may take when unpacked.
const unpackLimit = 64 << 20

// unpack makes a quantised matrix dense, where that takes little memory.
func (p *prepared) unpack() {
	in := &p.m.input
	if in.quant == nil || in.rows*in.cols*4 > unpackLimit {
		return
	}
	p.unpacked = makeLarge[float32](int(in.rows * in.cols))
	for i := range int(in.rows) {
		in.quant.addRow(p.unpacked[i*p.width:][:p.width], i)
	}
}

func (p *prepared) folded() bool { return p.outs != nil }

// fold multiplies the rows of all words and of the n-grams that are kept.
func (p *prepared) fold(grams int) {
	m := p.m
	p.outs = makeLarge[float32]((m.Words() + grams) * p.width)
	multiply := p.multiplier()
	if m.prune.size < 0 {
		for i := range m.Words() + grams {
			multiply(p.outs[i*p.width:][:p.width], i)
		}
		return
	}
	for i := range m.Words() {
		multiply(p.outs[i*p.width:][:p.width], i)
	}
	p.kept = &m.prune.kept
	for i, row := range m.prune.rows {
		multiply(p.outs[(m.Words()+i)*p.width:][:p.width], m.Words()+int(row))
	}
}

// multiplier returns what writes the outputs of an input row.
func (p *prepared) multiplier() func(dst []float32, row int) {
	input, dim := &p.m.input, int(p.m.Args.Dim)
	if input.quant == nil {
		return func(dst []float32, row int) { p.multiply(dst, input.dense[row*dim:][:dim]) }
	}
	// The outputs of a quantised row are the sum of those of its centroids.
	q := input.quant
	table, parts := p.centroidOutputs(), int(q.parts.parts)
	return func(dst []float32, row int) {
		rowCodes, norm := q.codes[row*parts:][:parts], q.norm(row)
		for j := range dst {
			sum := float32(0)
			for s, code := range rowCodes {
				sum += table[(s*codes+int(code))*p.width+j]
			}
			dst[j] = sum * norm
		}
	}
}

// centroidOutputs returns width numbers for each centroid of each part of a row.
func (p *prepared) centroidOutputs() []float32 {
	q := &p.m.input.quant.parts
	table, hidden := make([]float32, int(q.parts)*codes*p.width), make([]float32, q.dim)
	for s := range int(q.parts) {
		part := hidden[s*int(q.width):]
		for code := range codes {
			n := copy(part, q.centroid(s, byte(code)))
			p.multiply(table[(s*codes+code)*p.width:][:p.width], hidden)
			clear(part[:n])
		}
	}
	return table
}

// multiply writes the outputs of a row's numbers.
func (p *prepared) multiply(dst, hidden []float32) {
	if !p.pair {
		p.m.output.products(dst, hidden)
		return
	}
	var both [2]float32
	p.m.output.products(both[:], hidden)
	dst[0] = both[1] - both[0]
}

// dropCommon leaves out the commonest row where more than half are alike, such as
// those of n-grams that training never saw: what is left fits the processor's cache.
func (p *prepared) dropCommon() {
	words := p.m.Words() * p.width
	grams := p.outs[words:]
	common := majority(grams, p.width)
	if common == nil {
		return
	}
	kept, n := newBitset(len(grams)/p.width), 0
	for at := 0; at < len(grams); at += p.width {
		if !slices.Equal(grams[at:][:p.width], common) {
			kept.set(at / p.width)
			n += p.width
		}
	}
	if 2*n > len(grams) {
		return
	}
	kept.count()
	left := append(makeLarge[float32](words + n)[:0], p.outs[:words]...)
	kept.each(func(i int) { left = append(left, grams[i*p.width:][:p.width]...) })
	p.kept, p.outs, p.counted = &kept, left, 1
	for _, x := range common {
		if x != 0 {
			p.common = make([]float64, p.width)
		}
	}
	for j := range p.common {
		p.common[j] = float64(common[j])
	}
}

// majority returns the row that more than half of the rows equal, if there is one; else
// any row or nil (Boyer and Moore).
func majority(rows []float32, width int) (row []float32) {
	lead := 0
	for at := 0; at < len(rows); at += width {
		switch x := rows[at:][:width]; {
		case lead == 0:
			row, lead = x, 1
		case slices.Equal(x, row):
			lead++
		default:
			lead--
		}
	}
	return row
}
