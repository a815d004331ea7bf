package classify

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// QuantiseOptions say how a model is made small.
type QuantiseOptions struct {
	Width  int32 // numbers of a row that share a code; the original's default is 2
	Norms  bool  // quantise the rows' lengths apart from their directions
	Output bool  // quantise the output matrix too; it needs 256 labels
	Cutoff int   // input rows that are kept, the longest ones; 0 keeps all
	Seed   uint64
}

const (
	codes         = 256
	sampledPoints = 65_536
	meansRounds   = 25
)

// Quantise returns a smaller model: rows become codes of 8 bits, after rows that
// matter little are dropped. Like the original's it needs at least 256 rows.
func Quantise(m *Model, o QuantiseOptions) (*Model, error) {
	switch {
	case m.Args.Kind != Supervised || m.quantIn:
		return nil, fmt.Errorf("only a dense model with labels can be quantised")
	case o.Width < 1 || o.Width > m.Args.Dim:
		return nil, fmt.Errorf("parts of %d numbers in rows of %d: 1 to %d are possible", o.Width, m.Args.Dim, m.Args.Dim)
	}
	q := *m
	if o.Cutoff > 0 && int64(o.Cutoff) < m.input.rows {
		q.cutOff(o.Cutoff)
	}
	if q.input.rows < codes || o.Output && q.output.rows < codes {
		return nil, fmt.Errorf("a matrix of %d rows cannot be quantised: it needs at least %d", q.input.rows, codes)
	}
	q.quantIn, q.quantOut = true, o.Output
	q.input = quantise(&q.input, o.Width, o.Norms, o.Seed)
	if o.Output {
		q.output = quantise(&m.output, 2, o.Norms, o.Seed)
	}
	return &q, nil
}

// Retrain keeps the n longest input rows and trains them again, with the output rows,
// on lines: what was cut off is made up for. Such a model is to be quantised; a dense
// one without some of its rows has no form in a file. Epochs, Rate, Seed, Threads, Batch
// and Fast are those of o.
func Retrain(ctx context.Context, m *Model, n int, lines []string, o TrainOptions) (*Model, error) {
	if m.Args.Kind != Supervised || m.quantIn || n < 1 {
		return nil, fmt.Errorf("only some rows of a dense model with labels can be trained again")
	}
	q := *m
	if int64(n) < m.input.rows {
		q.cutOff(n)
	} else {
		q.input.dense = slices.Clone(m.input.dense)
	}
	q.output.dense = slices.Clone(m.output.dense)
	epochs := o.Epochs
	o.Args = m.Args
	if err := o.check(); err != nil {
		return nil, err
	}
	o.Epochs = epochs
	return &q, learn(ctx, &q, lines, o, usualLimits)
}

// cutOff keeps the n longest input rows, and the row of EOS whatever its length.
// Words keep their order; n-gram rows come by falling length.
func (m *Model) cutOff(n int) {
	order := m.byLength()[:n]
	nwords := m.dict.nwords
	var words, grams []int32
	for _, row := range order {
		if row < nwords {
			words = append(words, row)
		} else {
			grams = append(grams, row)
		}
	}
	slices.Sort(words)
	m.prune = pruning{size: int64(len(grams))}
	for i, row := range grams {
		m.prune.pairs = append(m.prune.pairs, prunePair{row - nwords, int32(i)})
	}
	m.prune.index(m.Args.Buckets)
	m.input = m.input.only(append(slices.Clone(words), grams...))
	m.dict = m.dict.only(words)
}

// byLength returns the input rows, EOS first, then by falling length.
func (m *Model) byLength() []int32 {
	eos := m.dict.eos()
	lengths, order := make([]float32, m.input.rows), make([]int32, m.input.rows)
	for i := range order {
		order[i], lengths[i] = int32(i), length(m.input.dense[i*int(m.input.cols):][:m.input.cols])
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(compareBool(a != eos, b != eos), cmp.Compare(lengths[b], lengths[a]), cmp.Compare(a, b))
	})
	return order
}

// only returns the rows named.
func (m *matrix) only(rows []int32) matrix {
	out := matrix{rows: int64(len(rows)), cols: m.cols, dense: make([]float32, 0, int64(len(rows))*m.cols)}
	for _, row := range rows {
		out.dense = append(out.dense, m.dense[int64(row)*m.cols:][:m.cols]...)
	}
	return out
}

// only returns the dictionary with the words named and all labels.
func (d *dictionary) only(words []int32) dictionary {
	out := dictionary{nwords: int32(len(words)), nlabels: d.nlabels, tokens: d.tokens}
	for i := d.nwords; i < d.nwords+d.nlabels; i++ {
		words = append(words, i)
	}
	for _, i := range words {
		out.words, out.counts = append(out.words, d.words[i]), append(out.counts, d.counts[i])
	}
	out.index()
	return out
}

func length(v []float32) float32 {
	sum := float32(0)
	for _, x := range v {
		sum += float32(x * x)
	}
	return float32(math.Sqrt(float64(sum)))
}

// quantise replaces each part of each row by one of 256 centroids.
func quantise(m *matrix, width int32, norms bool, seed uint64) matrix {
	data, cols := slices.Clone(m.dense), int(m.cols)
	q := &quantised{hasNorms: norms, parts: newQuantiser(int32(cols), width)}
	if norms {
		lengths := make([]float32, m.rows)
		for i := range lengths {
			row := data[i*cols:][:cols]
			if lengths[i] = length(row); lengths[i] != 0 {
				scaleBy(row, 1/lengths[i])
			}
		}
		q.norms = newQuantiser(1, 1)
		q.norms.learn(lengths, seed)
		q.normCodes = q.norms.encode(lengths)
	}
	q.parts.learn(data, seed)
	q.codes = q.parts.encode(data)
	return matrix{rows: m.rows, cols: m.cols, quant: q}
}

func newQuantiser(dim, width int32) quantiser {
	q := quantiser{dim: dim, width: width, parts: (dim + width - 1) / width, last: dim % width}
	if q.last == 0 {
		q.last = width
	}
	q.centroids = make([]float32, dim*codes)
	return q
}

// part returns the numbers of part s of row i.
func (q *quantiser) part(data []float32, i, s int) []float32 {
	width := int(q.width)
	if s == int(q.parts)-1 {
		width = int(q.last)
	}
	return data[i*int(q.dim)+s*int(q.width):][:width]
}

// learn finds the centroids of each part by k-means over sampled rows.
func (q *quantiser) learn(data []float32, seed uint64) {
	rows := len(data) / int(q.dim)
	for s := range int(q.parts) {
		order := shuffled(rows, seed, uint64(s))
		sample := make([][]float32, min(rows, sampledPoints))
		for i := range sample {
			sample[i] = q.part(data, int(order[i]), s)
		}
		q.means(sample, s, seed)
	}
}

// means moves centroids to the middle of what is nearest to them, beginning at the
// first 256 points of the sample.
func (q *quantiser) means(sample [][]float32, s int, seed uint64) {
	for c := range codes {
		copy(q.centroid(s, byte(c)), sample[c])
	}
	nearest, counts := make([]byte, len(sample)), make([]int, codes)
	for round := range meansRounds {
		clear(counts)
		for i, x := range sample {
			nearest[i] = q.nearest(s, x)
			counts[nearest[i]]++
		}
		q.move(sample, nearest, counts, s)
		q.split(counts, s, mix(seed, uint64(s), uint64(round)))
	}
}

func (q *quantiser) move(sample [][]float32, nearest []byte, counts []int, s int) {
	for c, n := range counts {
		if n > 0 {
			clear(q.centroid(s, byte(c)))
		}
	}
	for i, x := range sample {
		addTo(q.centroid(s, nearest[i]), x)
	}
	for c, n := range counts {
		if n > 0 {
			scaleBy(q.centroid(s, byte(c)), 1/float32(n))
		}
	}
}

// split gives a centroid that lost all its points half of those of another, which
// is drawn in proportion to its points.
func (q *quantiser) split(counts []int, s int, seed uint64) {
	for c := range counts {
		if counts[c] > 0 {
			continue
		}
		from, draws := 0, uint64(0)
		for ; counts[from] < 2 || int(mix(seed, uint64(c), draws)%sampledPoints) >= counts[from]; from = (from + 1) % codes {
			if draws++; draws > 1<<16 {
				return
			}
		}
		a, b := q.centroid(s, byte(from)), q.centroid(s, byte(c))
		for j, x := range a {
			sign := float32(1e-7)
			if j%2 == 1 {
				sign = -sign
			}
			a[j], b[j] = x-sign, x+sign
		}
		counts[c] = counts[from] / 2
		counts[from] -= counts[c]
	}
}

// nearest returns the code of the centroid next to x, the first of equal ones.
func (q *quantiser) nearest(s int, x []float32) byte {
	best, at := float32(0), 0
	for c := range codes {
		far := float32(0)
		for j, y := range q.centroid(s, byte(c)) {
			d := x[j] - y
			far += float32(d * d)
		}
		if c == 0 || far < best {
			best, at = far, c
		}
	}
	return byte(at)
}

// encode returns the codes of all rows.
func (q *quantiser) encode(data []float32) []byte {
	rows := len(data) / int(q.dim)
	out := make([]byte, 0, rows*int(q.parts))
	for i := range rows {
		for s := range int(q.parts) {
			out = append(out, q.nearest(s, q.part(data, i, s)))
		}
	}
	return out
}

// Narrow returns a softmax model of two classes with rows of a single number that
// predicts the same: all that such a model takes from a row is the difference of
// two products. The logit, of a label's probability against the other's, is
// multiplied by scale, and shift is added for the second label.
func Narrow(m *Model, scale, shift float32) (*Model, error) {
	if m.Args.Loss != Softmax || m.Labels() != 2 || m.input.quant != nil {
		return nil, fmt.Errorf("only a dense softmax model of two labels can be narrowed: this one has %v", m)
	}
	n := *m
	n.Args.Dim = 1
	n.input = matrix{rows: m.input.rows, cols: 1, dense: make([]float32, m.input.rows)}
	for i := range n.input.dense {
		row := m.input.dense[i*int(m.input.cols):][:m.input.cols]
		n.input.dense[i] = float32(scale*(m.output.dot(row, 1)-m.output.dot(row, 0))) + shift
	}
	n.output = matrix{rows: 2, cols: 1, dense: []float32{-0.5, 0.5}}
	return &n, nil
}

// Forget returns the model without what it learned from rare features: input rows
// become 0 unless the word, or one of the word n-grams that share the row, stands in
// least of the lines. What is rarer was learned by heart, and where no line has any
// the rows still hold the chance that training began with. The end of the line, which
// says how long a text is, is forgotten too.
func Forget(m *Model, lines []string, least int) (*Model, error) {
	if m.input.quant != nil || m.maxN() > 0 {
		return nil, fmt.Errorf("only a dense model without letter n-grams can forget")
	}
	f, counts := newFeaturer(m), map[feature]int{}
	var all []feature
	for _, line := range lines {
		f.line(line)
		all = f.features(all[:0])
		slices.SortFunc(all, func(a, b feature) int { return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.hash, b.hash)) })
		for _, x := range slices.Compact(all) {
			counts[x]++
		}
	}
	n, cols, eos := *m, int(m.input.cols), m.dict.eos()
	n.input.dense = make([]float32, len(m.input.dense))
	for x, count := range counts {
		if count >= least && x.row != eos {
			copy(n.input.dense[int(x.row)*cols:][:cols], m.input.dense[int(x.row)*cols:][:cols])
		}
	}
	return &n, nil
}

// A feature is a row with the hash of the n-gram that asked for it, 0 for a word.
type feature struct {
	row  int32
	hash uint64
}

// features appends those of the line that was read last.
func (f *featurer) features(dst []feature) []feature {
	words := len(f.rows)
	f.eachWordNgram(func(hash uint64) {
		words--
		dst = append(dst, feature{f.m.dict.nwords + int32(f.buckets.mod(hash)), hash})
	})
	for _, row := range f.rows[:words] {
		dst = append(dst, feature{row: row})
	}
	return dst
}

// Project returns a one-vs-all model of some labels whose rows are the outputs for
// them and nothing else: what predicts needs no more.
func Project(m *Model, labels ...string) (*Model, error) {
	if m.Args.Loss != OneVsAll || m.input.quant != nil {
		return nil, fmt.Errorf("only a dense one-vs-all model can be projected: this one has %v", m)
	}
	p, width := *m, len(labels)
	p.Args.Dim = int32(width)
	p.input = matrix{rows: m.input.rows, cols: int64(width), dense: make([]float32, int(m.input.rows)*width)}
	p.output = matrix{rows: int64(width), cols: int64(width), dense: make([]float32, width*width)}
	p.dict = dictionary{nwords: m.dict.nwords, nlabels: int32(width), tokens: m.dict.tokens}
	p.dict.words, p.dict.counts = slices.Clone(m.dict.words[:m.dict.nwords]), slices.Clone(m.dict.counts[:m.dict.nwords])
	for j, name := range labels {
		label, ok := m.LabelIndex(name)
		if !ok {
			return nil, fmt.Errorf("the model has no label %q: it has %s", name, few(m.labelNames(), 20))
		}
		for i := range int(m.input.rows) {
			p.input.dense[i*width+j] = m.output.dot(m.input.dense[i*int(m.input.cols):][:m.input.cols], label)
		}
		p.output.dense[j*width+j] = 1
		at := int(m.dict.nwords) + label
		p.dict.words, p.dict.counts = append(p.dict.words, m.dict.words[at]), append(p.dict.counts, m.dict.counts[at])
	}
	p.dict.index()
	return &p, nil
}
