package classify

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/text"
)

// A gramCounter counts words and pairs of words by the buckets that they are hashed
// into. It is owned by one goroutine.
type gramCounter struct {
	sha    bool
	counts []uint32
	used   []uint64 // bits of the buckets that are not 0
	sum    uint64
	small  []byte // the text in small letters
	pair   []byte // the word before, a space, the word
}

func newGramCounter(buckets int, sha bool) *gramCounter {
	return &gramCounter{sha: sha, counts: make([]uint32, buckets), used: make([]uint64, (buckets+63)/64)}
}

// count counts a text: runs of \w and runs of what is neither that nor white space, as
// NLTK's WordPunctTokenizer finds them in the text in small letters.
func (g *gramCounter) count(s string) {
	g.sum = 0
	g.small = text.AppendLower(g.small[:0], s)
	g.pair = g.pair[:0]
	const none, word, mark = 0, 1, 2
	start, in := 0, none
	for i := 0; i < len(g.small); {
		r, n := rune(g.small[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(g.small[i:])
		}
		kind := mark
		switch {
		case text.IsWordRune(r):
			kind = word
		case text.IsSpace(r):
			kind = none
		}
		if kind != in {
			if in != none {
				g.word(g.small[start:i])
			}
			start, in = i, kind
		}
		i += n
	}
	if in != none {
		g.word(g.small[start:])
	}
}

// word counts a word, and its pair with the one before.
func (g *gramCounter) word(w []byte) {
	if len(g.pair) > 0 {
		before := len(g.pair)
		g.pair = append(append(g.pair, ' '), w...)
		g.add(g.pair)
		g.pair = g.pair[:copy(g.pair, g.pair[before+1:])]
	} else {
		g.pair = append(g.pair, w...)
	}
	g.add(w)
}

func (g *gramCounter) add(gram []byte) {
	b := g.bucket(gram)
	g.counts[b]++
	g.used[b>>6] |= 1 << (b & 63)
	g.sum++
}

// bucket is the program's, SHA-256 as one number modulo the buckets, or a fast one.
func (g *gramCounter) bucket(gram []byte) uint64 {
	n := uint64(len(g.counts))
	if !g.sha {
		hi, _ := bits.Mul64(xxh3.Hash(gram), n)
		return hi
	}
	sum, rest := sha256.Sum256(gram), uint64(0)
	for i := 0; i < len(sum); i += 4 {
		rest = (rest<<32 | uint64(binary.BigEndian.Uint32(sum[i:]))) % n
	}
	return rest
}

// appendCounts appends all counts that are not 0, each with how far its bucket is from
// the one before, and forgets them.
func (g *gramCounter) appendCounts(dst []byte) []byte {
	last := uint64(0)
	for i, word := range g.used {
		for ; word != 0; word &= word - 1 {
			b := uint64(i*64 + bits.TrailingZeros64(word))
			dst = binary.AppendUvarint(dst, b-last)
			dst = binary.AppendUvarint(dst, uint64(g.counts[b]))
			g.counts[b], last = 0, b
		}
		g.used[i] = 0
	}
	return dst
}

// eachCount calls f for the counts that appendCounts appended.
func eachCount(b []byte, f func(bucket, count uint64)) {
	bucket := uint64(0)
	for len(b) > 0 {
		far, n := binary.Uvarint(b)
		count, m := binary.Uvarint(b[n:])
		bucket += far
		f(bucket, count)
		b = b[n+m:]
	}
}

// importanceSketcher counts the features of documents.
type importanceSketcher struct {
	step  *importance
	grams *gramCounter
}

// A sketch is 1 for a target and 0 for others, the noise, the number of features and the
// counts.
const importanceHead = 1 + 8 + 8

// Sketch counts d.
func (s *importanceSketcher) Sketch(dst []byte, d *document.Document) []byte {
	target := byte(0)
	if s.step.target[d.Source] {
		target = 1
	}
	s.grams.count(d.Text())
	dst = append(dst, target)
	dst = binary.BigEndian.AppendUint64(dst, drawBits("gumbel", s.step.seed, d.Place))
	dst = binary.BigEndian.AppendUint64(dst, s.grams.sum)
	return s.grams.appendCounts(dst)
}

// gumbel turns 53 bits into a number of the standard Gumbel distribution.
func gumbel(drawn uint64) float64 {
	return -log(-log(uniform(drawn)))
}
