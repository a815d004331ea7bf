package filters

import (
	"cmp"
	"math/bits"
	"slices"
)

// A gramIndex knows the n-grams of evaluation sets: which examples each stands in, and
// where. It is never changed once it is made, and shared by all workers.
type gramIndex struct {
	folding  *folding
	ngram    int
	sets     []string // names
	examples []example

	// The n-grams in ascending order of their hashes. Two different ones share a hash
	// with a probability of n*n/2^65; a text of ours meets one that is none of n with
	// n/2^64 per word.
	keys   []uint64
	starts []uint32 // where the places of each begin, and one more
	common []uint64 // bits: of the n-grams that are no evidence on their own
	places []gramPlace

	// For the search:
	bits   gramBits
	bucket []uint32 // where the keys begin that begin with some bits, and one more
	shift  int
	roll   rolling
}

// An example is one task of an evaluation set.
type example struct {
	id      string
	set     uint32
	words   uint32 // that its n-grams cover
	longest uint32 // words of its longest stretch of n-grams
}

// A gramPlace is where an n-gram stands: at which word of which example. The parts of
// an example follow each other, with a word that is none between them.
type gramPlace struct{ example, word uint32 }

func (p gramPlace) compare(q gramPlace) int {
	if p.example != q.example {
		return cmp.Compare(p.example, q.example)
	}
	return cmp.Compare(p.word, q.word)
}

// Of more places of one n-gram than these the last ones are kept, so that a text that is
// made of what many examples have costs no more than others: every place of an n-gram
// that is evidence is worth a note in each stretch of a text, those of common ones are
// passed by.
const (
	maxPlaces       = 32
	maxCommonPlaces = 1024
)

// A gramBuilder collects the n-grams of examples.
type gramBuilder struct {
	index    *gramIndex
	postings []posting
	words    wordList
	at       uint32 // the next word of the example at hand
}

// A posting is one n-gram at one place.
type posting struct {
	key   uint64
	place gramPlace
}

func (p posting) compare(q posting) int {
	if p.key != q.key {
		return cmp.Compare(p.key, q.key)
	}
	return p.place.compare(q.place)
}

func newGramBuilder(f *folding, ngram int) *gramBuilder {
	return &gramBuilder{index: &gramIndex{folding: f, ngram: ngram, roll: newRolling(ngram)}}
}

// set begins an evaluation set.
func (b *gramBuilder) set(name string) { b.index.sets = append(b.index.sets, name) }

// example begins an example of the set.
func (b *gramBuilder) example(id string) {
	b.index.examples = append(b.index.examples, example{id: id, set: uint32(len(b.index.sets) - 1)})
	b.at = 0
}

// add adds the n-grams of words, of which the first are a question's and the others,
// from border on, an answer's.
func (b *gramBuilder) add(words []uint64, border int, count parts) {
	ix, n := b.index, b.index.ngram
	number := uint32(len(ix.examples) - 1)
	e := &ix.examples[number]
	covered, stretch := 0, 0 // up to which word n-grams reach; where the stretch of them began
	sum := uint64(0)
	for i := 0; i+n <= len(words); i++ {
		if i == 0 {
			sum = ix.roll.first(words)
		} else {
			sum = ix.roll.next(sum, words[i-1], words[i+n-1])
		}
		if !count.has(i, i+n, border) {
			continue
		}
		b.postings = append(b.postings, posting{mixGram(sum), gramPlace{number, b.at + uint32(i)}})
		if covered != i+n-1 {
			stretch = i
		}
		e.words += uint32(i + n - max(covered, i))
		e.longest = max(e.longest, uint32(i+n-stretch))
		covered = i + n
	}
	b.at += uint32(len(words)) + 1
}

// finish makes the index. An n-gram of more than maxExamples examples is common, if
// that is not 0.
func (b *gramBuilder) finish(maxExamples int) *gramIndex {
	slices.SortFunc(b.postings, posting.compare)
	ix := b.index
	for i := 0; i < len(b.postings); {
		end := i + 1
		for end < len(b.postings) && b.postings[end].key == b.postings[i].key {
			end++
		}
		ix.append(b.postings[i:end], maxExamples)
		i = end
	}
	ix.starts = append(ix.starts, uint32(len(ix.places)))
	b.postings = nil
	ix.prepare()
	return ix
}

// append adds one n-gram, given all its places.
func (ix *gramIndex) append(same []posting, maxExamples int) {
	examples := 1
	for i := range same[1:] {
		if same[i].place.example != same[i+1].place.example {
			examples++
		}
	}
	ix.keys = append(ix.keys, same[0].key)
	ix.starts = append(ix.starts, uint32(len(ix.places)))
	most := maxPlaces
	if maxExamples > 0 && examples > maxExamples {
		most = maxCommonPlaces
		ix.setCommon(len(ix.keys) - 1)
	}
	for _, p := range same[max(0, len(same)-most):] {
		ix.places = append(ix.places, p.place)
	}
}

func (ix *gramIndex) setCommon(gram int) {
	for len(ix.common) <= gram>>6 {
		ix.common = append(ix.common, 0)
	}
	ix.common[gram>>6] |= 1 << (gram & 63)
}

// isCommon reports whether an n-gram is no evidence on its own.
func (ix *gramIndex) isCommon(gram int) bool {
	return gram>>6 < len(ix.common) && ix.common[gram>>6]>>(gram&63)&1 != 0
}

// prepare makes what the search needs of the keys.
func (ix *gramIndex) prepare() {
	ix.roll = newRolling(ix.ngram)
	ix.bits = newGramBits(len(ix.keys))
	log := max(bits.Len(uint(len(ix.keys))), 1)
	ix.shift = 64 - log
	ix.bucket = make([]uint32, 1<<log+1)
	for _, key := range ix.keys {
		ix.bits.add(key)
		ix.bucket[key>>ix.shift+1]++
	}
	for i := range ix.bucket[1:] {
		ix.bucket[i+1] += ix.bucket[i]
	}
}

// find returns the number of an n-gram.
func (ix *gramIndex) find(key uint64) (gram int, ok bool) {
	b := key >> ix.shift
	for i := ix.bucket[b]; i < ix.bucket[b+1]; i++ {
		if ix.keys[i] == key {
			return int(i), true
		}
	}
	return 0, false
}

// placesOf returns where an n-gram stands, in ascending order.
func (ix *gramIndex) placesOf(gram int) []gramPlace {
	return ix.places[ix.starts[gram]:ix.starts[gram+1]]
}

// bytes returns about how much memory the index takes.
func (ix *gramIndex) bytes() int64 {
	return int64(12*len(ix.keys) + 8*len(ix.places) + 8*len(ix.bits.words) + 4*len(ix.bucket) + 64*len(ix.examples))
}

// A gramHit is an n-gram of a text that stands in an evaluation set, and the word it
// begins with.
type gramHit struct{ word, gram int }

// hits appends the n-grams of the words that are in the index.
func (ix *gramIndex) hits(dst []gramHit, hashes []uint64) []gramHit {
	if len(hashes) < ix.ngram || len(ix.keys) == 0 {
		return dst
	}
	roll := ix.roll
	sum := roll.first(hashes)
	tail := hashes[:len(hashes)-ix.ngram]
	for i := 0; ; i++ {
		if key := mixGram(sum); ix.bits.has(key) {
			if gram, ok := ix.find(key); ok {
				dst = append(dst, gramHit{i, gram})
			}
		}
		if i == len(tail) {
			return dst
		}
		sum = roll.next(sum, tail[i], hashes[i+ix.ngram])
	}
}

// A frequency counts in how many documents the n-grams of an index stand.
type frequency struct {
	index     *gramIndex
	documents []uint32 // by n-gram
	last      []uint32 // the last document that had it, from 1
	seen      uint32
	words     wordList
	found     []gramHit
}

func newFrequency(ix *gramIndex) *frequency {
	return &frequency{index: ix, documents: make([]uint32, len(ix.keys)), last: make([]uint32, len(ix.keys))}
}

func (f *frequency) add(text string) {
	f.seen++
	f.words.read(f.index.folding, text)
	f.found = f.index.hits(f.found[:0], f.words.hashes)
	for _, h := range f.found {
		if f.last[h.gram] != f.seen {
			f.last[h.gram] = f.seen
			f.documents[h.gram]++
		}
	}
}

// mark makes the n-grams of more than max documents common.
func (f *frequency) mark(max int) {
	for gram, n := range f.documents {
		if int64(n) > int64(max) {
			f.index.setCommon(gram)
		}
	}
}
