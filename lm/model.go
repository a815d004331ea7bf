package lm

import (
	"encoding/binary"
	"fmt"
	"io"
)

// MaxOrder is the longest n-gram of a model that is read.
const MaxOrder = 12

// Words that every model has.
const (
	unkWord = "<unk>"
	bosWord = "<s>"
	eosWord = "</s>"
)

// A Model is an n-gram model with backoff. It is never changed; any number of scorers
// may share it.
type Model struct {
	image    []byte   // of the whole file
	counts   []uint64 // n-grams of each order, as the file says
	bound    uint32   // numbers of words are below
	vocab    table
	unigrams []byte
	middle   []table // orders 2 and up
	longest  table
	bos, eos uint32
}

// Order returns the length of the longest n-grams.
func (m *Model) Order() int { return len(m.counts) }

// Counts returns how many n-grams of each order there are.
func (m *Model) Counts() []uint64 { return append([]uint64(nil), m.counts...) }

func (m *Model) String() string {
	return fmt.Sprintf("%d-gram model of %d words", m.Order(), m.counts[0])
}

// WriteBinary writes the model as a KenLM file with probing hash tables.
func (m *Model) WriteBinary(w io.Writer) error {
	_, err := w.Write(m.image)
	return err
}

// word returns the number of a word, 0 for one that the model does not know.
func (m *Model) word(s string) uint32 {
	if e := m.vocab.find(murmur(s)); e != nil {
		return binary.LittleEndian.Uint32(e[8:])
	}
	return 0
}

func (m *Model) unigram(word uint32) []byte { return m.unigrams[uint64(word)*weight:][:weight] }

// A layout says where the parts of an image are.
type layout struct {
	order  int
	header uint64
	vocab  uint64 // buckets, not bytes
	words  uint64 // unigrams, with one more for an <unk> that is missing
	tables []uint64
	total  uint64 // bytes of all but the words at the end
}

const (
	sanityLength = 88
	fixedLength  = 20
	vocabHeader  = 8
	vocabStride  = 12
	longStride   = 12
	weight       = 8 // bytes of a probability and a backoff
)

// newLayout reports false where the sizes are beyond all files.
func newLayout(counts []uint64, multiplier float32) (l layout, ok bool) {
	l = layout{order: len(counts)}
	for _, n := range counts {
		if n >= 1<<48 {
			return l, false
		}
	}
	l.header = align8(sanityLength + fixedLength + 8*uint64(len(counts)))
	l.vocab, l.words = bucketsFor(counts[0], multiplier), counts[0]+1
	sizes := [][2]uint64{{l.header, 1}, {vocabHeader, 1}, {l.vocab, vocabStride}, {l.words, weight}}
	for n := 2; n <= l.order; n++ {
		l.tables = append(l.tables, bucketsFor(counts[n-1], multiplier))
		sizes = append(sizes, [2]uint64{l.tables[n-2], l.stride(n)})
	}
	for _, s := range sizes {
		bytes, fits := mulFits(s[0], s[1])
		if l.total += bytes; !fits || l.total >= 1<<62 {
			return l, false
		}
	}
	return l, true
}

// stride returns the bytes of an entry of the table of order n.
func (l *layout) stride(n int) uint64 {
	if n == l.order {
		return longStride
	}
	return 8 + weight
}

// attach finds the parts of the image, which is as long as l says or longer.
func (m *Model) attach(l *layout) {
	at := l.header + vocabHeader
	take := func(n uint64) []byte {
		b := m.image[at:][:n:n]
		at += n
		return b
	}
	m.vocab = newTable(take(l.vocab*vocabStride), vocabStride, l.vocab)
	m.unigrams = take(l.words * weight)
	for n := 2; n <= l.order; n++ {
		t := newTable(take(l.tables[n-2]*l.stride(n)), l.stride(n), l.tables[n-2])
		if n == l.order {
			m.longest = t
		} else {
			m.middle = append(m.middle, t)
		}
	}
}

// findMarks looks up the words that begin and end a sentence.
func (m *Model) findMarks() { m.bos, m.eos = m.word(bosWord), m.word(eosWord) }
