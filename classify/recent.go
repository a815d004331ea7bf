package classify

import "unsafe"

// recentWords remember what words add to a sum, where that is long to find out: of a
// fastText model a word's row and those of all its letter n-grams, of an Identifier the
// costs of its letters. Each word has one place, and is forgotten when another one takes
// it. What is remembered changes no sum.
//
// W is what is known of a word beside its row of N numbers.
type recentWords[W any, N float64 | uint64] struct {
	places []recentPlace[W] // the last one is for words that are too long to be remembered
	rows   []N              // width for each place
	width  int
	shift  int // of a key's hash, which leaves a place
}

type recentPlace[W any] struct {
	key  wordKey
	word W
}

// newRecentWords returns room for words of about so many bytes together.
func newRecentWords[W any, N float64 | uint64](width, bytes int) *recentWords[W, N] {
	each := int(unsafe.Sizeof(recentPlace[W]{})) + 8*width
	bits := 8
	for each<<(bits+1) <= bytes {
		bits++
	}
	places := 1<<bits + 1
	return &recentWords[W, N]{places: makeLarge[recentPlace[W]](places), rows: makeLarge[N](places * width), width: width, shift: 64 - bits}
}

// find returns what is known of a word of n bytes, its row, and whether they are those of
// this word. If not, the caller learns it.
func (r *recentWords[W, N]) find(key wordKey, n int) (word *W, row []N, known bool) {
	if n < keyBytes {
		return r.at(key)
	}
	last := len(r.places) - 1
	return &r.places[last].word, r.rows[last*r.width:][:r.width], false
}

// at is find for a word shorter than keyBytes.
func (r *recentWords[W, N]) at(key wordKey) (word *W, row []N, known bool) {
	i := int(key.hash() >> r.shift)
	place := &r.places[i]
	known = place.key == key
	place.key = key
	return &place.word, r.rows[i*r.width:][:r.width], known
}
