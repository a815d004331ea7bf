package text

import (
	"math/bits"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
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
	t := WordTotals{Words: len(ws)}
	for i := range ws {
		w := &ws[i]
		t.Symbols += int(w.Kind & Symbol / Symbol)
		t.Alphabetic += int(w.Kind & Alphabetic)
		if w.Kind&Symbol == 0 {
			t.Runes += int(w.Runes)
		}
	}
	v.totals = t
	return t
}

// newWord measures the word [start, end) of s; seen has the classes of its bytes.
func newWord(s string, start, end int, seen uint8) Word {
	w := Word{
		Span:  Span{int32(start), int32(end)},
		Runes: int32(end - start),
		Kind:  asciiKinds[seen&(classLetter|classDigit)],
		Hash:  Hash(s[start:end]),
	}
	if seen&classHigh != 0 {
		w.Runes, w.Kind = measureRunes(s[start:end])
	}
	return w
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
		if s[i] == ' ' {
			i++
			continue
		}
		if i+16 <= len(s) {
			x, y := load(s, i), load(s, i+8)
			n := bits.TrailingZeros64(unplain(x)) / 8
			if n == 8 {
				n += bits.TrailingZeros64(unplain(y)) / 8
			}
			if n > 0 && n < 16 && (s[i+n] == ' ' || s[i+n] == '\n') {
				if n <= 8 {
					ws = append(ws, shortWord(x, i, n))
				} else {
					ws = append(ws, plainWord(s, x, y, i, n))
				}
				i += n + 1
				continue
			}
		}
		if n := spaceAt(s, i); n > 0 {
			i += n
			continue
		}
		start := i
		var seen uint8
		i, seen = endOfWord(s, i)
		ws = append(ws, newWord(s, start, i, seen))
	}
	v.words = ws
}

// shortWord measures the word of n bytes, at most eight and all of them ASCII, that
// begins at byte i; x are the bytes from there on.
func shortWord(x uint64, i, n int) Word {
	x &= 1<<(8*n) - 1
	return Word{
		Span:  Span{int32(i), int32(i + n)},
		Runes: int32(n),
		Kind:  asciiKind(letterBytes(x), digitBytes(x)),
		Hash:  hashShort(x, n),
	}
}

// plainWord measures the word of n bytes, nine to sixteen and all of them ASCII, that
// begins at byte i; x and y are the bytes from there on.
func plainWord(s string, x, y uint64, i, n int) Word {
	y &= 1<<(8*n-64) - 1
	return Word{
		Span:  Span{int32(i), int32(i + n)},
		Runes: int32(n),
		Kind:  asciiKind(letterBytes(x)|letterBytes(y), digitBytes(x)|digitBytes(y)),
		Hash:  xxh3.HashString(s[i : i+n]),
	}
}

func asciiKind(letters, digits uint64) Kind {
	if letters != 0 {
		return Alphabetic
	}
	if digits != 0 {
		return 0
	}
	return Symbol
}

// letterWord is shortWord for a word that is known to be letters.
func letterWord(x uint64, i, n int) Word {
	return Word{
		Span:  Span{int32(i), int32(i + n)},
		Runes: int32(n),
		Kind:  Alphabetic,
		Hash:  hashShort(x&(1<<(8*n)-1), n),
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
