package classify

import (
	"fmt"
	"math"
	"os"
	"strings"
)

const (
	magic   = 793712314
	version = 12 // what the trainer writes
	// longest n-grams that are read; the original's search ends at 6, and a longer
	// one would make the time for a text quadratic.
	maxNgram = 100
)

// ReadFile reads a model file into memory once: its large numbers stay where they are.
func ReadFile(path string) (*Model, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return read(&decoder{data: data, lent: true})
}

// Read decodes a model file, .bin or .ftz. An error names the byte at which the
// file stops making sense. The model keeps none of data.
func Read(data []byte) (*Model, error) { return read(&decoder{data: data}) }

func read(d *decoder) (*Model, error) {
	m := &Model{}
	m.readHeader(d)
	m.readDictionary(d)
	m.readPruning(d)
	m.readMatrices(d)
	if d.err == nil && d.off != len(d.data) {
		d.fail(d.off, "%d bytes follow the end of the model", len(d.data)-d.off)
	}
	if d.err != nil {
		return nil, d.err
	}
	if m.Args.Loss == HierarchicalSoftmax && m.Args.Kind == Supervised {
		m.tree = newHuffman(m.dict.counts[m.dict.nwords:])
	}
	return m, nil
}

func (m *Model) readHeader(d *decoder) {
	if n := d.i32("the magic number"); d.err == nil && n != magic {
		d.fail(0, "this is no fastText model: it begins with %d, models with %d", n, magic)
	}
	m.Version = d.between("version", 11, version)
	a := &m.Args
	a.Dim = d.between("dim", 1, math.MaxInt32)
	a.Window = d.i32("ws")
	a.Epochs = d.i32("epoch")
	a.MinCount = d.i32("minCount")
	a.Negatives = d.i32("neg")
	a.WordNgrams = d.between("wordNgrams", math.MinInt32, maxNgram)
	a.Loss = Loss(d.between("loss", 1, 4))
	a.Kind = Kind(d.between("model", 1, 3))
	at := d.off
	a.Buckets = d.between("bucket", 0, math.MaxInt32)
	a.MinN = d.i32("minn")
	a.MaxN = d.between("maxn", math.MinInt32, maxNgram)
	a.UpdateRate = d.i32("lrUpdateRate")
	a.Sampling = math.Float64frombits(uint64(d.i64("t")))
	if a.Buckets == 0 && (a.WordNgrams > 1 || m.maxN() > 0) {
		d.fail(at, "bucket is 0, but the model has n-grams of words or letters")
	}
}

func (m *Model) readDictionary(d *decoder) {
	at := d.off
	size := d.i32("the number of entries")
	nwords, nlabels := d.i32("the number of words"), d.i32("the number of labels")
	tokens, pruned := d.i64("the number of tokens"), d.i64("the number of pruned rows")
	if d.err == nil && (nwords < 0 || nlabels < 0 || int64(nwords)+int64(nlabels) != int64(size)) {
		d.fail(at, "%d entries are not %d words and %d labels", size, nwords, nlabels)
	}
	// An entry has at least its zero byte, its count and its type.
	if !d.fits(at, "entries", int64(size), 10) {
		return
	}
	m.prune.size = pruned
	m.dict = dictionary{nwords: nwords, nlabels: nlabels, tokens: tokens,
		words: make([]string, size), counts: make([]int64, size)}
	var kept arena
	for i := range m.dict.words {
		m.dict.words[i] = kept.string(d.word())
		m.dict.counts[i] = d.i64("a count")
		m.readType(d, int32(i))
		if d.err != nil {
			return
		}
	}
	m.dict.index()
}

func (m *Model) readType(d *decoder, i int32) {
	kind, want := d.u8("a type"), byte(0)
	if i >= m.dict.nwords {
		want = 1
	}
	if d.err == nil && kind != want {
		d.fail(d.off-1, "entry %d of %d words and %d labels is of type %d", i, m.dict.nwords, m.dict.nlabels, kind)
	}
}

func (m *Model) readPruning(d *decoder) {
	p := &m.prune
	if d.err == nil && p.size < -1 {
		d.fail(d.off, "%d pruned rows", p.size)
	}
	if d.err != nil || p.size < 0 || !d.fits(d.off, "pruned rows", p.size, 8) {
		return
	}
	p.pairs = make([]prunePair, p.size)
	for i := range p.pairs {
		bucket := d.between("a pruned bucket", 0, max(m.Args.Buckets-1, 0))
		row := d.between("a pruned row", 0, math.MaxInt32-m.dict.nwords)
		p.pairs[i] = prunePair{bucket, row}
	}
	if d.err == nil {
		p.index(m.Args.Buckets)
	}
}

func (m *Model) readMatrices(d *decoder) {
	at := d.off
	m.quantIn = d.flag("the flag of the input matrix")
	if d.err == nil && !m.quantIn && m.prune.size >= 0 {
		d.fail(at, "the model is pruned, but its input matrix is dense")
	}
	at = d.off
	m.input = readMatrix(d, m.quantIn)
	m.checkShape(d, at, "input", &m.input, m.inputRows())
	m.quantOut = d.flag("the flag of the output matrix")
	at = d.off
	m.output = readMatrix(d, m.quantIn && m.quantOut)
	rows := int64(m.dict.nlabels)
	if m.Args.Kind != Supervised {
		rows = int64(m.dict.nwords)
	}
	m.checkShape(d, at, "output", &m.output, rows)
}

// inputRows is how many rows the features of a text may ask for.
func (m *Model) inputRows() int64 {
	words := int64(m.dict.nwords)
	if m.prune.size < 0 {
		if m.Args.WordNgrams <= 1 && m.maxN() <= 0 {
			return words
		}
		return words + int64(m.Args.Buckets)
	}
	rows := words
	for _, p := range m.prune.pairs {
		rows = max(rows, words+int64(p.row)+1)
	}
	return rows
}

func (m *Model) checkShape(d *decoder, at int, what string, x *matrix, rows int64) {
	if d.err != nil {
		return
	}
	if x.cols != int64(m.Args.Dim) || x.rows < rows {
		d.fail(at, "the %s matrix is %d x %d, but the model needs %d x %d", what, x.rows, x.cols, rows, m.Args.Dim)
	}
}

// String describes the model in a line.
func (m *Model) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d labels, %d words, dim %d, %v", m.Labels(), m.Words(), m.Args.Dim, m.Args.Loss)
	if m.Args.WordNgrams > 1 {
		fmt.Fprintf(&b, ", word n-grams to %d", m.Args.WordNgrams)
	}
	if m.maxN() > 0 {
		fmt.Fprintf(&b, ", letter n-grams %d to %d", m.Args.MinN, m.maxN())
	}
	if m.quantIn {
		b.WriteString(", quantised")
	}
	return b.String()
}
