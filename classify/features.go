package classify

import (
	"math/bits"
	"strings"
)

// A featurer lists the rows that stand for a line, in the original's order: for
// each word its own row and those of its letter n-grams, then the word n-grams.
type featurer struct {
	m        *Model
	rows     []int32
	hashes   []int32 // of all words, those out of the vocabulary too
	padded   []byte
	cut      [together]token // that are looked up together
	fetched  uint64          // kept so that what is read ahead has a purpose
	labels   []int32         // known labels that stand in the line
	buckets  divisor
	tokens   int  // in the line, EOS among them
	wordOnly bool // no letter n-grams
	whole    bool // newlines part words and end no line
}

func newFeaturer(m *Model) *featurer {
	return &featurer{m: m, buckets: newDivisor(uint64(m.Args.Buckets)), wordOnly: m.maxN() <= 0}
}

// line reads one line: up to a newline, a literal EOS, or the end of the text, each
// of which is itself a feature. It returns what follows the line.
func (f *featurer) line(s string) (rest string) {
	f.rows, f.hashes, f.labels, f.tokens = f.rows[:0], f.hashes[:0], f.labels[:0], 0
	t := newScanner(s, f.whole)
	for more := true; more; {
		var n int
		n, more = t.cut(f.cut[:])
		f.fetched ^= f.m.dict.findAll(f.cut[:n])
		for i := range n {
			f.token(&f.cut[i])
		}
		f.tokens += n
	}
	f.wordNgrams()
	return strings.TrimPrefix(s[t.pos:], "\n")
}

// token adds the features of a token that was found.
func (f *featurer) token(t *token) {
	d, word := &f.m.dict, t.text[:t.n]
	if d.isLabel(word, t.entry) {
		if t.entry >= 0 {
			f.labels = append(f.labels, t.entry-d.nwords)
		}
		return
	}
	if t.entry >= 0 {
		f.rows = append(f.rows, t.entry)
	}
	if !f.wordOnly && word != EOS {
		f.letterNgrams(word)
	}
	f.hashes = append(f.hashes, int32(t.hash))
}

// letterNgrams emits the letter n-grams of a word.
func (f *featurer) letterNgrams(word string) { f.letterBuckets(word, f.emit) }

// letterBuckets calls emit with the buckets of the pieces of "<word>", by start, then
// by length. A single character at either end is none: it would be the mark alone.
func (f *featurer) letterBuckets(word string, emit func(bucket uint64)) {
	f.padded = append(append(append(f.padded[:0], '<'), word...), '>')
	p, minN, maxN := f.padded, int(f.m.Args.MinN), f.m.maxN()
	for i := range p {
		if p[i]&0xC0 == 0x80 {
			continue
		}
		h, j := uint32(fnvStart), i
		for n := 1; j < len(p) && n <= maxN; n++ {
			h = fnv(h, p[j])
			for j++; j < len(p) && p[j]&0xC0 == 0x80; j++ {
				h = fnv(h, p[j])
			}
			if n >= minN && !(n == 1 && (i == 0 || j == len(p))) {
				emit(f.buckets.mod(uint64(h)))
			}
		}
	}
}

// wordNgrams emits the hashes of 2 to n successive words, by the first one.
func (f *featurer) wordNgrams() {
	f.eachWordNgram(func(hash uint64) { f.emit(f.buckets.mod(hash)) })
}

func (f *featurer) eachWordNgram(g func(hash uint64)) {
	n := int(f.m.Args.WordNgrams)
	for i := range f.hashes {
		h := uint64(f.hashes[i])
		for j := i + 1; j < len(f.hashes) && j < i+n; j++ {
			h = h*wordNgramPrime + uint64(f.hashes[j])
			g(h)
		}
	}
}

const wordNgramPrime = 116049371

func (f *featurer) emit(bucket uint64) {
	if row, ok := f.m.prune.lookup(int32(bucket)); ok {
		f.rows = append(f.rows, f.m.dict.nwords+row)
	}
}

// A divisor takes remainders by a multiplication: the estimate of the quotient from
// ⌊2^64/d⌋ is at most one too small.
type divisor struct{ d, inverse uint64 }

func newDivisor(d uint64) divisor {
	if d < 2 {
		return divisor{d: d}
	}
	q, _ := bits.Div64(1, 0, d)
	return divisor{d, q}
}

func (v divisor) mod(n uint64) uint64 {
	if v.inverse == 0 {
		return 0 // of 1; nothing is divided by 0
	}
	q, _ := bits.Mul64(n, v.inverse)
	r := n - q*v.d
	if r >= v.d {
		r -= v.d
	}
	return r
}
