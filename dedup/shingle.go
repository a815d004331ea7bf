package dedup

import (
	"slices"
	"unicode/utf8"

	"tamis/document"
	"tamis/text"
)

// Units are what shingles are made of.
const (
	unitWords      = "words"
	unitCharacters = "characters"
)

// A shingler appends a hash for each shingle of a document, in order and with
// repeats. It has buffers of its own and is owned by one goroutine.
type shingler func(dst []uint64, d *document.Document) []uint64

// shape says which shingles a text has.
type shape struct {
	ngram     int
	unit      string // unitWords or unitCharacters
	normalize string // of normalizers, or "splitter"
	hash      string // of hashers
	// whole lets a text of fewer than ngram units have one shingle, all of it.
	whole bool
}

// shingler makes a shingler of the shape.
func (s shape) shingler(splitter text.Splitter) shingler {
	if s.unit == unitWords && s.normalize == "words" && s.hash == "xxh3" {
		return s.fast()
	}
	w := &windows{shape: s, hash: hashers[s.hash]}
	if s.normalize == "splitter" {
		return func(dst []uint64, d *document.Document) []uint64 {
			w.text = appendSplit(w.text[:0], d, splitter)
			return w.append(dst)
		}
	}
	normalize := normalizers[s.normalize]()
	return func(dst []uint64, d *document.Document) []uint64 {
		w.text = normalize(w.text[:0], d.Text())
		return w.append(dst)
	}
}

// fast shingles words without writing them down.
func (s shape) fast() shingler {
	var words []uint64
	return func(dst []uint64, d *document.Document) []uint64 {
		words = appendWordHashes(words[:0], d.Text())
		return appendWindowHashes(dst, words, s.ngram, s.whole)
	}
}

// rolling is the multiplier of the window hash. It is 3 mod 8, so that exchanging
// two words of a window leaves at least 58 bits of difference.
const rolling = 0x9fb21c651e98df2b

// appendWindowHashes appends a hash for each window of n words, given the words'
// hashes: the polynomial of the window, mixed.
func appendWindowHashes(dst, words []uint64, n int, whole bool) []uint64 {
	if len(words) < n {
		if !whole || len(words) == 0 {
			return dst
		}
		n = len(words)
	}
	var h uint64
	out := uint64(1) // rolling^n
	for _, w := range words[:n] {
		h = h*rolling + w
		out *= rolling
	}
	windows := len(words) - n + 1
	at := len(dst)
	dst = slices.Grow(dst, windows)[:at+windows]
	dst[at] = mix(h)
	tail := words[:windows-1]
	for i, w := range words[n:] {
		h = h*rolling + w - tail[i]*out
		dst[at+1+i] = mix(h)
	}
	return dst
}

// appendSplit writes the words that the splitter finds, in lower case and apart by
// blanks.
func appendSplit(dst []byte, d *document.Document, splitter text.Splitter) []byte {
	v := d.View()
	v.Use(splitter)
	s := v.Text()
	for i, w := range v.Words() {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = appendLower(dst, w.Of(s))
	}
	return dst
}

// windows hashes the stretches of a normalized text.
type windows struct {
	shape
	hash   hasher
	text   []byte
	starts []int // of units, and one behind the last
}

func (w *windows) append(dst []uint64) []uint64 {
	if w.unit == unitCharacters {
		w.characters()
	} else {
		w.words()
	}
	units, n := len(w.starts)-1, w.ngram
	if units < n {
		if !w.whole || units == 0 {
			return dst
		}
		n = units
	}
	gap := 0 // of the blank behind a word
	if w.unit == unitWords {
		gap = 1
	}
	for i := 0; i+n <= units; i++ {
		dst = append(dst, w.hash(w.text[w.starts[i]:w.starts[i+n]-gap]))
	}
	return dst
}

func (w *windows) characters() {
	w.starts = w.starts[:0]
	for i := range len(w.text) {
		if utf8.RuneStart(w.text[i]) {
			w.starts = append(w.starts, i)
		}
	}
	w.starts = append(w.starts, len(w.text))
}

// words finds words between single blanks, which the text gets where it has more:
// a window of words is then a stretch of the text.
func (w *windows) words() {
	w.text = collapse(w.text)
	w.starts = w.starts[:0]
	if len(w.text) == 0 {
		w.starts = append(w.starts, 0)
		return
	}
	w.starts = append(w.starts, 0)
	for i, c := range w.text {
		if c == ' ' {
			w.starts = append(w.starts, i+1)
		}
	}
	w.starts = append(w.starts, len(w.text)+1)
}
