package text

import (
	"math/bits"
	"slices"
	"unicode/utf8"
)

// A Word is what the splitter found.
type Word struct {
	Span
	Runes int32 // code points
	Kind  Kind
	Hash  uint64 // what the function Hash returns for it
}

// A Kind says what a word is made of. The zero Kind is a word of neither kind, such
// as a number.
type Kind uint8

// The kinds.
const (
	Alphabetic Kind = 1 << iota // at least one letter is in it
	Symbol                      // there is nothing but punctuation in it
)

// Words returns the words of the text in order, as the splitter finds them.
func (v *View) Words() []Word {
	if !v.first(partWords) {
		return v.words
	}
	v.census()
	v.words = v.words[:0]
	switch v.splitter {
	case Whitespace:
		v.splitWhitespace()
	case Spacy:
		v.splitSpacy()
	case Characters:
		v.splitCharacters()
	default:
		v.splitUnicode()
	}
	return v.words
}

// Word returns word i.
func (v *View) Word(i int) string { return v.Words()[i].Of(v.text) }

// WordTotals sums up the words of a text.
type WordTotals struct {
	Words      int // all of them
	Symbols    int // of the kind Symbol
	Alphabetic int // of the kind Alphabetic
	Runes      int // code points in words that are no symbols
}

// WordTotals returns the totals over all words.
func (v *View) WordTotals() WordTotals {
	if !v.first(partTotals) {
		return v.totals
	}
	ws := v.Words()
	symbols, alphabetic, runes := 0, 0, 0
	for i := range ws {
		w := &ws[i]
		symbol := int(w.Kind / Symbol) // 1 or 0: no branch, which nothing could foretell
		alphabetic += int(w.Kind & Alphabetic)
		symbols += symbol
		runes += int(w.Runes) & (symbol - 1)
	}
	v.totals = WordTotals{Words: len(ws), Symbols: symbols, Alphabetic: alphabetic, Runes: runes}
	return v.totals
}

// newWord measures the word [start, end) of s; seen has the classes of its bytes.
func newWord(s string, start, end int, seen uint8) Word {
	w := Word{
		Span:  Span{int32(start), int32(end)},
		Runes: int32(end - start),
		Kind:  asciiKinds[seen&(classLetter|classDigit)],
	}
	if n := end - start; n <= 8 && start+8 <= len(s) {
		w.Hash = hashShort(load(s, start)&(1<<(8*n)-1), n)
	} else {
		w.Hash = Hash(s[start:end])
	}
	if seen&classHigh != 0 {
		w.Runes, w.Kind = measureRunes(s[start:end])
	}
	return w
}

// classesIn returns the classes of the bytes [start, end) of s, as far as newWord needs
// them.
func classesIn(s string, start, end int) (seen uint8) {
	for ; start < end && start+8 <= len(s); start += 8 {
		x := load(s, start) & (1<<(8*min(8, end-start)) - 1)
		if letterBytes(x) != 0 {
			seen |= classLetter
		}
		if digitBytes(x) != 0 {
			seen |= classDigit
		}
		if x&highBits != 0 {
			seen |= classHigh
		}
	}
	for ; start < end; start++ {
		seen |= classes[s[start]]
	}
	return seen
}

var asciiKinds = [...]Kind{
	0:                        Symbol,
	classLetter:              Alphabetic,
	classDigit:               0,
	classLetter | classDigit: Alphabetic,
}

// measureRunes counts the code points of a word and finds its kind.
func measureRunes(word string) (n int32, k Kind) {
	k = Symbol
	for i := 0; i < len(word); {
		r, w := rune(word[i]), 1
		if r >= utf8.RuneSelf {
			r, w = utf8.DecodeRuneInString(word[i:])
		}
		i += w
		n++
		if k&Symbol != 0 && !punctuation.has(r) {
			k &^= Symbol
		}
		if k&(Symbol|Alphabetic) == 0 && letters.has(r) {
			k |= Alphabetic
		}
	}
	return n, k
}

// splitWhitespace finds the words of Python's str.split.
func (v *View) splitWhitespace() {
	s, ws := v.text, v.words
	for i := 0; i < len(s); {
		ws, i = splitShort(slices.Grow(ws, 1), s, i)
		switch n := plainLength(s, i); {
		case n > 0:
			ws = append(ws, plainWord(s, i, n))
			i += n
		case i < len(s) && spaceAt(s, i) > 0:
			i += spaceAt(s, i)
		case i < len(s):
			end, seen := endOfWord(s, i)
			ws = append(ws, newWord(s, i, end, seen))
			i = end
		}
	}
	v.words = ws
}

// splitShort appends the words from byte i on that are ASCII of less than eight bytes,
// with one space or line feed behind each, as most are. It returns where another one
// begins, or where there is no room in ws.
func splitShort(ws []Word, s string, i int) ([]Word, int) {
	for i+8 <= len(s) && len(ws) < cap(ws) {
		x := load(s, i)
		m := unplain(x)
		if m == 0 {
			break
		}
		size := bits.TrailingZeros64(m) &^ 7 // in bits
		behind := byte(x >> size)
		if behind != ' ' && behind != '\n' {
			break
		}
		n := size / 8
		if n > 0 {
			x &= 1<<size - 1
			w := letterWord(x, i, n)
			if classes[byte(x)] != classLetter && letterBytes(x) == 0 {
				w.Kind = kindOf(digitBytes(x))
			}
			ws = ws[:len(ws)+1]
			ws[len(ws)-1] = w
		}
		i += n + 1
	}
	return ws, i
}

// plainLength returns the bytes of the word at byte i, if it is ASCII of eight to
// sixteen with white space behind it, and 0 otherwise.
func plainLength(s string, i int) int {
	if i+17 > len(s) || unplain(load(s, i)) != 0 {
		return 0
	}
	n := 8 + bits.TrailingZeros64(unplain(load(s, i+8)))/8
	if s[i+n] != ' ' && s[i+n] != '\n' {
		return 0
	}
	return n
}

// plainWord measures the word of n bytes, eight to sixteen and all of them ASCII, that
// begins at byte i.
func plainWord(s string, i, n int) Word {
	x, y := load(s, i), load(s, i+n-8) // the first eight bytes and the last ones
	w := Word{Span: Span{int32(i), int32(i + n)}, Runes: int32(n), Kind: Alphabetic, Hash: Hash(s[i : i+n])}
	if letterBytes(x)|letterBytes(y) == 0 {
		w.Kind = kindOf(digitBytes(x) | digitBytes(y))
	}
	return w
}

// kindOf returns the kind of a word without letters.
func kindOf(digits uint64) Kind {
	if digits != 0 {
		return 0
	}
	return Symbol
}

// letterWord measures the word of n letters, less than eight, that begins at byte i; x
// are the bytes of it, and zeros.
func letterWord(x uint64, i, n int) Word {
	return Word{
		Span:  Span{int32(i), int32(i + n)},
		Runes: int32(n),
		Kind:  Alphabetic,
		Hash:  hashShort(x, n),
	}
}

// endOfWord returns where the word at byte i ends for want of white space, and the
// classes of its bytes.
func endOfWord(s string, i int) (end int, seen uint8) {
	for i < len(s) {
		if i+8 <= len(s) {
			x := load(s, i)
			n := bits.TrailingZeros64(unplain(x)) &^ 7
			x &= 1<<n - 1 // nothing is cut off where n is 64
			letters, digits := letterBytes(x), digitBytes(x)
			if letters != 0 {
				seen |= classLetter
			}
			if digits != 0 {
				seen |= classDigit
			}
			if letters|digits != highBits&(1<<n-1) {
				seen |= classMark
			}
			if i += n / 8; n == 64 {
				continue
			}
		}
		c := classes[s[i]]
		if c&classSpace != 0 || c&classLead != 0 && spaceAt(s, i) > 0 {
			break
		}
		seen |= c
		i++
	}
	return i, seen
}

// splitCharacters makes a word of each code point that is not white space.
func (v *View) splitCharacters() {
	s, ws := v.text, v.words
	for i := 0; i < len(s); {
		n := 1
		if s[i] >= utf8.RuneSelf {
			_, n = utf8.DecodeRuneInString(s[i:])
		}
		if spaceAt(s, i) == 0 {
			ws = append(ws, newWord(s, i, i+n, classes[s[i]]))
		}
		i += n
	}
	v.words = ws
}
