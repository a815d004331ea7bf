package classify

import (
	"math/bits"
	"slices"
	"strings"
)

// A folded model has few outputs. The mean of rows times the output matrix is the
// mean of the rows' outputs, so each row is multiplied once, when the model is
// loaded, and a text costs one addition of a short vector per feature:
//
//	original   text ─▶ rows of dim ─▶ mean ─▶ × output ─▶ labels
//	folded     text ─▶ rows of width ─▶ mean ─▶ labels
//
// Two classes of a softmax need one number, the difference of their outputs. The
// sums are of 64 bit: where a text has thousands of features the original's own sums
// of 32 bit are off by up to 2e-4, and so far a folded score may differ from it.
type folded struct {
	m      *Model
	width  int
	pair   bool // width 1 is the difference of two classes
	table  []foldedSlot
	mask   uint32
	arena  string
	words  []float32 // width for each word: the sum of its rows
	counts []int32   // how many rows that is, where letter n-grams are among them
	grams  []float32 // width for each n-gram row that is kept, by bucket
	kept   *bitset   // nil where all are
	// What a row adds that is not kept: rows dropped from the model add nothing and
	// do not count; equal rows that were left out here do.
	common  []float64 // nil where it is 0
	counted int
}

// A foldedSlot is a word or a label in an open table.
type foldedSlot struct {
	hash       uint32
	entry      int32 // + 1; 0 where empty
	start, end uint32
}

// foldLimit is how many bytes the rows of a folded model may take.
const foldLimit = 1 << 30

// fold returns the folded model, or nil where that would be no gain: as many
// outputs as dimensions, or too much memory.
func fold(m *Model) *folded {
	f := &folded{m: m, width: m.Labels()}
	if f.pair = m.Args.Loss == Softmax && m.Labels() == 2; f.pair {
		f.width = 1
	}
	grams := int64(0)
	if m.Args.WordNgrams > 1 || m.maxN() > 0 {
		grams = int64(m.Args.Buckets)
		if m.prune.size >= 0 {
			grams = int64(len(m.prune.rows))
		}
	}
	if rows := int64(m.Words()) + grams; m.Args.Kind != Supervised || f.width < 1 || m.prune.few != nil ||
		f.width > max(int(m.Args.Dim), 8) || rows*int64(f.width)*4 > foldLimit {
		return nil
	}
	f.foldGrams(int(grams))
	f.foldWords()
	if f.kept == nil && f.width <= 2 {
		f.dropCommon()
	}
	f.index()
	return f
}

// row appends the outputs of one input row.
func (f *folded) row(dst []float32, hidden []float32, i int) []float32 {
	m := f.m
	if m.input.dense != nil {
		hidden = m.input.dense[i*len(hidden):][:len(hidden)]
	} else {
		clear(hidden)
		m.input.addRow(hidden, i)
	}
	var both [2]float32
	out := both[:]
	from := len(dst)
	if !f.pair {
		dst = slices.Grow(dst, f.width)[:from+f.width]
		out = dst[from:]
	}
	if m.output.quant == nil {
		dotRows(out, m.output.dense, len(hidden), hidden)
	} else {
		for label := range out {
			out[label] = m.output.dot(hidden, label)
		}
	}
	if f.pair {
		return append(dst, both[1]-both[0])
	}
	return dst
}

func (f *folded) foldGrams(rows int) {
	m, hidden := f.m, make([]float32, f.m.Args.Dim)
	f.grams = make([]float32, 0, rows*f.width)
	if m.prune.size < 0 {
		for i := range rows {
			f.grams = f.row(f.grams, hidden, m.Words()+i)
		}
		return
	}
	f.kept = &m.prune.kept
	for _, row := range m.prune.rows {
		f.grams = f.row(f.grams, hidden, m.Words()+int(row))
	}
}

// dropCommon leaves out the commonest row where more than half are alike, such as
// those of n-grams that training never saw: what is left fits the processor's cache.
func (f *folded) dropCommon() {
	common := f.majority()
	if common == nil {
		return
	}
	rows, grams := len(f.grams)/f.width, []float32{}
	kept := newBitset(rows)
	for i := range rows {
		if row := f.grams[i*f.width:][:f.width]; !slices.Equal(row, common) {
			kept.set(i)
			grams = append(grams, row...)
		}
	}
	if 2*len(grams) > len(f.grams) {
		return
	}
	kept.count()
	f.kept, f.grams, f.counted = &kept, grams, 1
	for _, x := range common {
		if x != 0 {
			f.common = make([]float64, f.width)
		}
	}
	for j := range f.common {
		f.common[j] = float64(common[j])
	}
}

// majority returns the row that more than half of the rows equal, if there is one; else
// any row or nil (Boyer and Moore).
func (f *folded) majority() (row []float32) {
	lead := 0
	for i := 0; i < len(f.grams); i += f.width {
		switch x := f.grams[i:][:f.width]; {
		case lead == 0:
			row, lead = x, 1
		case slices.Equal(x, row):
			lead++
		default:
			lead--
		}
	}
	return slices.Clone(row)
}

func (f *folded) foldWords() {
	m, hidden := f.m, make([]float32, f.m.Args.Dim)
	f.words = make([]float32, 0, m.Words()*f.width)
	letters := newFeaturer(m)
	for i, word := range m.dict.words[:m.Words()] {
		f.words = f.row(f.words, hidden, i)
		if letters.wordOnly || word == EOS {
			if !letters.wordOnly {
				f.counts = append(f.counts, 1)
			}
			continue
		}
		letters.rows = letters.rows[:0]
		letters.letterNgrams(word)
		f.counts = append(f.counts, int32(1+len(letters.rows)))
		sum := f.words[i*f.width:]
		for _, row := range letters.rows {
			for j, x := range f.gramRow(hidden, int(row)) {
				sum[j] += x
			}
		}
	}
}

// gramRow returns the outputs of the row of an n-gram. Those of a model that was never
// pruned are known already, while none is dropped.
func (f *folded) gramRow(hidden []float32, row int) []float32 {
	if f.kept == nil {
		return f.grams[(row-f.m.Words())*f.width:][:f.width]
	}
	return f.row(nil, hidden, row)
}

func (f *folded) index() {
	d := &f.m.dict
	f.table, f.mask = make([]foldedSlot, len(d.slots)), d.mask
	var arena strings.Builder
	for _, w := range d.words {
		arena.WriteString(w)
	}
	f.arena = arena.String()
	starts, at := make([]uint32, len(d.words)), uint32(0)
	for i, w := range d.words {
		starts[i] = at
		at += uint32(len(w))
	}
	for slot, e := range d.slots {
		if e != 0 {
			start := starts[e-1]
			f.table[slot] = foldedSlot{d.hashes[e-1], e, start, start + uint32(len(d.words[e-1]))}
		}
	}
}

// find returns the entry of w, or -1.
func (f *folded) find(w string, h uint32) int32 {
	for at := h & f.mask; ; at = (at + 1) & f.mask {
		s := &f.table[at]
		if s.entry == 0 || s.hash == h && f.arena[s.start:s.end] == w {
			return s.entry - 1
		}
	}
}

// A sum is what the features of a text add up to in a folded model. It is owned by
// one goroutine.
type sum struct {
	*folded
	buckets divisor
	letters *featurer
	acc     []float64
	n       int      // features
	partial []uint64 // hashes of the word n-grams that end at the last word, by length
	words   int      // words so far, at most len(partial)
}

func (f *folded) newSum() *sum {
	s := &sum{folded: f, buckets: newDivisor(uint64(f.m.Args.Buckets)), acc: make([]float64, f.width)}
	if f.m.maxN() > 0 {
		s.letters = newFeaturer(f.m)
	}
	if n := int(f.m.Args.WordNgrams); n > 1 {
		s.partial = make([]uint64, n-1)
	}
	return s
}

// text sums the features of a whole text, whose newlines part words.
func (s *sum) text(t string) { s.scan(scanner{s: t, whole: true}) }

// line sums the features of a line.
func (s *sum) line(t string) { s.scan(scanner{s: t}) }

func (s *sum) scan(scan scanner) {
	clear(s.acc)
	s.n, s.words = 0, 0
	for {
		word, hash := scan.next()
		s.token(word, hash)
		if word == EOS {
			return
		}
	}
}

func (s *sum) token(word string, hash uint32) {
	entry := s.find(word, hash)
	switch {
	case entry >= s.m.dict.nwords:
		return
	case entry >= 0 && s.letters == nil:
		s.add(s.folded.words, int(entry))
	case entry >= 0:
		s.add(s.folded.words, int(entry))
		s.n += int(s.counts[entry]) - 1
	case strings.HasPrefix(word, LabelPrefix):
		return
	case s.letters != nil && word != EOS:
		s.unknown(word)
	}
	s.wordNgrams(uint64(int32(hash)))
}

// unknown adds the letter n-grams of a word that the model does not know. The
// featurer has mapped them to rows of the model; here they are wanted by bucket.
func (s *sum) unknown(word string) {
	s.letters.rows = s.letters.rows[:0]
	s.letters.letterBuckets(word, s.gram)
}

// wordNgrams adds the n-grams that end with the word of hash h:
//
//	partial[0]  a            ab = a*p + b
//	partial[1]  za           zab = za*p + b
func (s *sum) wordNgrams(h uint64) {
	for i := s.words - 1; i >= 0; i-- {
		g := s.partial[i]*wordNgramPrime + h
		s.gram(s.buckets.mod(g))
		if i+1 < len(s.partial) {
			s.partial[i+1] = g
		}
	}
	if len(s.partial) > 0 {
		s.partial[0] = h
		s.words = min(s.words+1, len(s.partial))
	}
}

// gram adds the row of an n-gram's bucket, if it was kept.
func (s *sum) gram(bucket uint64) {
	row := int(bucket)
	if s.kept != nil {
		if !s.kept.has(row) {
			s.n += s.counted
			for j, x := range s.common {
				s.acc[j] += x
			}
			return
		}
		row = s.kept.rank(row)
	}
	s.add(s.grams, row)
}

func (s *sum) add(rows []float32, row int) {
	s.n++
	switch s.width {
	case 1:
		s.acc[0] += float64(rows[row])
		return
	case 2:
		r, acc := rows[2*row:][:2], s.acc[:2]
		acc[0] += float64(r[0])
		acc[1] += float64(r[1])
		return
	}
	for j, x := range rows[row*s.width:][:s.width] {
		s.acc[j] += float64(x)
	}
}

// outputs writes the mean into out, one number per label.
func (s *sum) outputs(out []float32) {
	scale := 1 / float64(s.n)
	if s.pair {
		out[0], out[1] = 0, float32(s.acc[0]*scale)
		return
	}
	for j, x := range s.acc {
		out[j] = float32(x * scale)
	}
}

// A bitset counts the bits before each of its bits.
type bitset struct {
	words []uint64
	ranks []int32
}

func newBitset(n int) bitset { return bitset{words: make([]uint64, (n+63)/64)} }

func (b *bitset) set(i int)      { b.words[i>>6] |= 1 << (i & 63) }
func (b *bitset) has(i int) bool { return b.words[i>>6]>>(i&63)&1 == 1 }

// count must be called when all bits are set.
func (b *bitset) count() {
	b.ranks = make([]int32, len(b.words))
	n := 0
	for i, w := range b.words {
		b.ranks[i] = int32(n)
		n += bits.OnesCount64(w)
	}
}

// rank returns how many bits are set before bit i.
func (b *bitset) rank(i int) int {
	return int(b.ranks[i>>6]) + bits.OnesCount64(b.words[i>>6]&(1<<(i&63)-1))
}

// each calls f with every set bit, ascending.
func (b *bitset) each(f func(i int)) {
	for at, w := range b.words {
		for ; w != 0; w &= w - 1 {
			f(at<<6 + bits.TrailingZeros64(w))
		}
	}
}
