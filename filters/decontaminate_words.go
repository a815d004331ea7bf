package filters

import (
	"math/bits"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tamis/text"
)

// How words are found where texts are compared with evaluation sets.
const (
	foldWords     = "words"     // runs of letters and digits, without case, accents and width
	foldGPT3      = "gpt3"      // between white space, in lower case, without punctuation
	foldDatatrove = "datatrove" // tokens of simplify_text: numbers are 0, punctuation is white space
)

// What a folding makes of a code point, if it is not foldLeast or more: then it is the
// code point that stands in the word.
const (
	foldGap    = iota // white space and the like: ends a word
	foldDrop          // is passed over; the word goes on
	foldNumber        // begins a number
	foldMany          // becomes several code points
	foldLeast
)

// A folding turns a text into words that are equal where it is to be recognized.
type folding struct {
	name string
	low  [1 << 16]uint16 // for the code points of the basic plane
	high func(rune) rune // for the others
	form norm.Form       // in which a letter is taken apart,
	take func(rune) bool // and which of its parts count
	solo bool            // characters of scripts without spaces are words of their own
}

// The foldings by name. Their tables take a few milliseconds to make.
var foldings = map[string]func() *folding{
	foldWords:     sync.OnceValue(newWordsFolding),
	foldGPT3:      sync.OnceValue(newGPT3Folding),
	foldDatatrove: sync.OnceValue(newDatatroveFolding),
}

func (f *folding) fill(fold func(rune) rune) *folding {
	f.high = fold
	for r := range rune(len(f.low)) {
		f.low[r] = uint16(fold(r))
	}
	return f
}

// newWordsFolding takes letters and digits, each without case, accents and width.
// All else is a gap, but for accents and characters that cannot be seen.
func newWordsFolding() *folding {
	f := &folding{name: foldWords, solo: true, form: norm.NFKD, take: func(r rune) bool { return unicode.In(r, unicode.L, unicode.N) }}
	return f.fill(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) && isAccent(r):
			return foldDrop
		case !unicode.In(r, unicode.L, unicode.N, unicode.M):
			return foldGap
		}
		return f.letter(r)
	})
}

// isAccent reports whether a nonspacing mark is one that people leave out: accents,
// the points of Hebrew and Arabic, variation selectors; not the vowels of India.
func isAccent(r rune) bool {
	return r < 0x0900 || 0x1ab0 <= r && r <= 0x1aff || 0x1dc0 <= r && r <= 0x1dff || 0x20d0 <= r && r <= 0x20ff || 0xfe00 <= r && r <= 0xfe2f
}

// newGPT3Folding is Brown et al.'s: lower case, no punctuation, words between white
// space. A word of punctuation alone is none.
func newGPT3Folding() *folding {
	f := &folding{name: foldGPT3}
	return f.fill(func(r rune) rune {
		switch {
		case text.IsSpace(r):
			return foldGap
		case text.IsPunctuation(r) || r < foldLeast:
			return foldDrop
		}
		return lowerRune(r)
	})
}

// newDatatroveFolding is datatrove's simplify_text, split at white space. Unlike it,
// it takes a final sigma for a sigma, and Hangul in conjoining letters for different
// from syllables.
func newDatatroveFolding() *folding {
	f := &folding{name: foldDatatrove, form: norm.NFD, take: func(r rune) bool { return !unicode.Is(unicode.Mn, r) }}
	return f.fill(func(r rune) rune {
		switch {
		case text.IsSpace(r) || text.IsMark(r):
			return foldGap
		case unicode.Is(unicode.Nd, r):
			return foldNumber
		case unicode.Is(unicode.Mn, r):
			return foldDrop
		}
		return f.letter(r)
	})
}

// letter returns what a letter is in lower case and without what does not count.
func (f *folding) letter(r rune) rune {
	var buf [utf8.UTFMax]byte
	last, n := lowerRune(r), 0
	for b := f.parts(buf[:utf8.EncodeRune(buf[:], r)]); len(b) > 0; {
		p, size := utf8.DecodeRune(b)
		b = b[size:]
		if f.take(p) {
			last = lowerRune(p)
			n++
		}
	}
	if n > 1 || r < 1<<16 && last >= 1<<16 {
		return foldMany
	}
	return last
}

// parts returns what the code point at the start of b is taken apart into: nothing
// where it is all of one piece.
func (f *folding) parts(b []byte) []byte { return f.form.Properties(b).Decomposition() }

func lowerRune(r rune) rune {
	if r == 'ς' {
		return 'σ'
	}
	return unicode.ToLower(r)
}

// of returns what becomes of r.
func (f *folding) of(r rune) rune {
	if r < 1<<16 {
		return rune(f.low[r])
	}
	return f.high(r)
}

// isSolo reports whether a letter is a word of its own, since its script is written
// without spaces: Thai, Lao, Burmese, Khmer, kana, Han.
func isSolo(r rune) bool {
	return 0x0e00 <= r && (r <= 0x0eff || 0x1000 <= r && r <= 0x109f || 0x1780 <= r && r <= 0x17ff || 0x2e80 <= r && r <= 0x9fff ||
		0xf900 <= r && r <= 0xfaff || 0x1b000 <= r && r <= 0x1b16f || 0x20000 <= r && r <= 0x3ffff)
}

// A wordList holds the words of one text: their hashes and where they stand. It is
// owned by one goroutine.
type wordList struct {
	hashes []uint64
	spans  []text.Span

	// Of the word at hand:
	acc, h     uint64
	n          int // bytes and pieces taken up so far
	start, end int
}

// read finds the words of s.
func (l *wordList) read(f *folding, s string) {
	l.hashes, l.spans = l.hashes[:0], l.spans[:0]
	l.acc, l.h, l.n = 0, 0, 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			i = l.wide(f, s, i)
			continue
		}
		switch to := f.low[c]; {
		case to >= foldLeast:
			if l.n == 0 {
				l.start = i
			}
			i++
			l.add(uint64(to), i)
		case to == foldGap:
			if l.n != 0 {
				l.finish()
			}
			i++
		case to == foldNumber:
			i = l.number(f, s, i)
		default:
			i++
		}
	}
	if l.n != 0 {
		l.finish()
	}
}

// wide takes up the code point at byte i, which is no ASCII, and returns where the
// next one begins.
func (l *wordList) wide(f *folding, s string, i int) int {
	r, size := utf8.DecodeRuneInString(s[i:])
	switch to := f.of(r); to {
	case foldGap:
		if l.n != 0 {
			l.finish()
		}
	case foldDrop:
	case foldNumber:
		return l.number(f, s, i)
	case foldMany:
		l.addParts(f, f.form.PropertiesString(s[i:]).Decomposition(), i, i+size)
	default:
		l.letter(f, to, i, i+size)
	}
	return i + size
}

// addParts takes up the parts that count of a code point at [start, end).
func (l *wordList) addParts(f *folding, parts []byte, start, end int) {
	for len(parts) > 0 {
		r, size := utf8.DecodeRune(parts)
		parts = parts[size:]
		if f.take(r) {
			l.letter(f, lowerRune(r), start, end)
		}
	}
}

// letter takes up a letter, which may be a word of its own.
func (l *wordList) letter(f *folding, r rune, start, end int) {
	solo := f.solo && isSolo(r)
	if solo && l.n != 0 {
		l.finish()
	}
	l.addRune(r, start, end)
	if solo {
		l.finish()
	}
}

// number takes up a 0 for the number at byte i: digits, and once a decimal separator
// with digits behind it. It returns where the number ends.
func (l *wordList) number(f *folding, s string, i int) int {
	end := digitsEnd(f, s, i)
	r, size := utf8.DecodeRuneInString(s[end:])
	switch r {
	case '.', ',', '،', '٫', '⎖', '⎗', '⎘':
		if e := digitsEnd(f, s, end+size); e > end+size {
			end = e
		}
	}
	l.addRune('0', i, end)
	return end
}

func digitsEnd(f *folding, s string, i int) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if f.of(r) != foldNumber {
			break
		}
		i += size
	}
	return i
}

// add takes up one byte of a word that ends at byte end, as far as it is known.
func (l *wordList) add(b uint64, end int) {
	l.acc = l.acc<<8 | b
	l.n++
	l.end = end
	if l.n&7 == 0 {
		l.h = mixGram(l.h ^ l.acc)
		l.acc = 0
	}
}

// addRune takes up a code point as one byte, or as three that ASCII does not have.
func (l *wordList) addRune(r rune, start, end int) {
	if l.n == 0 {
		l.start = start
	}
	if r < utf8.RuneSelf {
		l.add(uint64(r), end)
		return
	}
	l.add(0x80|uint64(r)>>14, end)
	l.add(0x80|uint64(r)>>7&0x7f, end)
	l.add(0x80|uint64(r)&0x7f, end)
}

func (l *wordList) finish() {
	l.hashes = append(l.hashes, mixGram(l.h^l.acc))
	l.spans = append(l.spans, text.Span{Start: int32(l.start), End: int32(l.end)})
	l.acc, l.h, l.n = 0, 0, 0
}

// mixGram is a bijection in which each bit of x moves every bit of the result
// (MurmurHash3's finalizer).
func mixGram(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// gramFactor is the base of the rolling hash: odd, so that no word is lost in it.
const gramFactor = 0x9fb21c651e98df2b

// A rolling hashes the n-grams of a list of words, one after the other.
type rolling struct {
	out uint64 // gramFactor^n
	n   int
}

func newRolling(n int) rolling {
	r := rolling{out: 1, n: n}
	for range n {
		r.out *= gramFactor
	}
	return r
}

// first returns the sum of the first n-gram; its hash is mixGram of it.
func (r rolling) first(hashes []uint64) (sum uint64) {
	for _, w := range hashes[:r.n] {
		sum = sum*gramFactor + w
	}
	return sum
}

// next returns the sum of the n-gram one word further.
func (r rolling) next(sum, leaves, enters uint64) uint64 {
	return sum*gramFactor + enters - leaves*r.out
}

// gramBits tells of most hashes that they are not in a set, at one look. It holds two
// bits for each hash in one word of a table with 16 bits for each.
type gramBits struct {
	words []uint64
	shift int
}

func newGramBits(n int) gramBits {
	log := max(bits.Len(uint(n/4)), 1)
	return gramBits{words: make([]uint64, 1<<log), shift: 64 - log}
}

func (g *gramBits) mask(key uint64) uint64 { return 1<<(key&63) | 1<<(key>>6&63) }

func (g *gramBits) add(key uint64) { g.words[key>>g.shift] |= g.mask(key) }

func (g *gramBits) has(key uint64) bool {
	m := g.mask(key)
	return g.words[key>>g.shift]&m == m
}
