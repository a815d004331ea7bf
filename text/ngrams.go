package text

import (
	"math/bits"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// Lengths of the n-grams that are measured. What is shorter than midGram is measured
// apart from the others, since the published filters ask for the most frequent short
// ones and for the repeated long ones.
const (
	MinGram = 2
	MaxGram = 10
	midGram = 5
)

// grams holds what is known of the n-grams of a text.
type grams struct {
	// The words written one after the other, with longHead zeros behind them, and
	// where each begins in that, in bytes and in code points; both have one more
	// than there are words, and are the same slice where the text is ASCII.
	joined  []byte
	offsets []int32
	runes   []int32

	runeOffsets []int32 // the memory of runes where it is not that of offsets

	top       [MaxGram + 1]TopGram
	duplicate [MaxGram + 1]int

	// Where the n-grams that occur more than once begin, and at which word the
	// first equal one does; how often each occurs, by the word where it does first.
	places []int32
	which  []int32
	counts []int32

	keys    []uint64
	repeats repeats
	heads   []head
	closer  []uint64 // keys of the heads
}

// A TopGram is the most frequent n-gram of a text, of equally frequent ones the first.
type TopGram struct {
	Count int // how often it occurs, overlaps included; 0 if the text has fewer than n words
	Runes int // code points of its words joined by single spaces
}

// TopGram returns the most frequent sequence of n words, MinGram <= n <= MaxGram.
func (v *View) TopGram(n int) TopGram {
	p, hi := partTopLow, midGram-1
	if n >= midGram {
		p, hi = partTopHigh, MaxGram
	}
	if v.first(p) {
		v.join()
		v.findTop(hi)
	}
	return v.grams.top[n]
}

// DuplicateGrams returns the code points in repeated sequences of n words, MinGram <=
// n <= MaxGram, as datatrove counts them: from the first word on, a sequence that has
// been seen is counted and skipped, any other is remembered and the next one begins
// one word further. Spaces do not count, and since the words are compared when they
// have been written one after the other, "ab c" repeats "a bc".
func (v *View) DuplicateGrams(n int) int {
	p, lo, hi := partDuplicateLow, MinGram, midGram-1
	if n >= midGram {
		p, lo, hi = partDuplicateHigh, midGram, MaxGram
	}
	if v.first(p) {
		v.join()
		v.findDuplicates(lo, hi)
	}
	return v.grams.duplicate[n]
}

// join writes the words one after the other.
func (v *View) join() {
	if !v.first(partJoined) {
		return
	}
	g, ws := &v.grams, v.Words()
	g.joined = sized(g.joined, len(v.text)+longHead)
	g.offsets = sized(g.offsets, len(ws)+1)
	g.counts = sized(g.counts, len(ws))
	n := joinWords(g.joined, g.offsets, v.text, ws)
	clear(g.joined[n : n+longHead])
	g.runes = g.offsets
	if !v.ascii {
		v.countJoined()
	}
}

// joinWords writes the words and where each begins, and returns where the last one
// ends. There is room for longHead bytes more.
func joinWords(joined []byte, offsets []int32, s string, ws []Word) (n int) {
	offsets = offsets[:len(ws)+1]
	for i := range ws {
		w := &ws[i]
		offsets[i] = int32(n)
		start, size := int(w.Start), int(w.End-w.Start)
		if size <= 16 && start+16 <= len(s) {
			// What is written too much is written over by the next word.
			copy16(joined, n, s, start)
			n += size
		} else {
			n += copy(joined[n:], s[start:w.End])
		}
	}
	offsets[len(ws)] = int32(n)
	return n
}

// countJoined finds where each word begins in code points.
func (v *View) countJoined() {
	g := &v.grams
	g.runeOffsets = sized(g.runeOffsets, len(v.words)+1)
	n := int32(0)
	for i := range v.words {
		g.runeOffsets[i] = n
		n += v.words[i].Runes
	}
	g.runeOffsets[len(v.words)] = n
	g.runes = g.runeOffsets
}

// sized returns n elements in the memory of s, if there is enough.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// findTop finds the most frequent n-grams up to n = hi. An n-gram can occur twice
// only where both shorter ones in it do, so that each round looks at no more than
// the one before found repeated.
func (v *View) findTop(hi int) {
	g, words := &v.grams, len(v.words)
	for n := MinGram; n <= hi; n++ {
		g.top[n] = TopGram{}
		if words < n {
			continue
		}
		// Of equally frequent ones the first: that of the first word, if none repeats.
		first, count := 0, int32(1)
		if n == MinGram {
			first, count = v.countPairs()
		} else if len(g.places) > 0 {
			first, count = v.countLonger()
		}
		g.top[n] = TopGram{Count: int(count), Runes: int(g.runes[first+n]-g.runes[first]) + n - 1}
		g.keepRepeated()
	}
}

// countPairs counts the 2-grams and returns where the most frequent one begins first
// and its count.
func (v *View) countPairs() (first int, count int32) {
	g, ws := &v.grams, v.words
	pairs := len(ws) - 1
	g.keys, g.places, g.which = sized(g.keys, pairs), sized(g.places, pairs), sized(g.which, pairs)
	pairKeys(g.keys, ws)
	g.places = g.repeats.of(g.keys).places(g.places, g.keys)
	kept := len(g.places)
	g.which = g.which[:kept]
	v.table.reset(kept)
	first, count = 0, 1
	for k, i := range g.places {
		at, found := v.table.add(g.keys[i], uint32(i))
		g.which[k] = int32(at)
		first, count = g.count(int(at), found, first, count)
	}
	return first, count
}

// pairKeys finds a key for each 2-gram.
func pairKeys(keys []uint64, ws []Word) {
	last := ws[0].Hash
	ws = ws[1 : 1+len(keys)]
	for i := range keys {
		next := ws[i].Hash
		keys[i] = mixPair(last, next)
		last = next
	}
}

// countLonger counts the n-grams that are made of two overlapping repeated ones of
// n-1 words.
func (v *View) countLonger() (first int, count int32) {
	g := &v.grams
	v.table.reset(len(g.places))
	kept := 0
	first, count = 0, 1
	for k := 0; k+1 < len(g.places); k++ {
		place := g.places[k]
		if g.places[k+1] != place+1 {
			continue
		}
		at, found := v.table.add(mixPair(uint64(g.which[k]), uint64(g.which[k+1])), uint32(place))
		g.places[kept], g.which[kept] = place, int32(at)
		kept++
		first, count = g.count(int(at), found, first, count)
	}
	g.places, g.which = g.places[:kept], g.which[:kept]
	return first, count
}

// count counts the n-gram that begins first at word at, and returns the most frequent
// one so far.
func (g *grams) count(at int, found bool, first int, count int32) (int, int32) {
	if !found {
		g.counts[at] = 1
		return first, count
	}
	g.counts[at]++
	if c := g.counts[at]; c > count || c == count && at < first {
		return at, c
	}
	return first, count
}

// keepRepeated forgets the n-grams that occur once.
func (g *grams) keepRepeated() {
	kept := 0
	for k, at := range g.which {
		g.places[kept], g.which[kept] = g.places[k], at
		if g.counts[at] > 1 {
			kept++
		}
	}
	g.places, g.which = g.places[:kept], g.which[:kept]
}

const mixer = 0x9E3779B97F4A7C15 // 2^64 divided by the golden ratio

// mixPair makes one key of two. Numbers below 2^31 never share one.
func mixPair(a, b uint64) uint64 {
	x := (a ^ (b<<31 | b>>33)) * mixer
	return x ^ x>>32
}

// findDuplicates scans the text once for all n from lo to hi. Most n-grams of most
// texts occur once, and their first bytes already tell: see findHeads.
func (v *View) findDuplicates(lo, hi int) {
	g, words := &v.grams, len(v.words)
	var total, next [MaxGram + 1]int
	g.findHeads(lo)
	v.table.reset((hi - lo + 1) * len(g.heads) * 5 / 8)
	for _, h := range g.heads {
		i := int(h.word)
		start := g.offsets[i]
		for n := lo; n <= hi && i+n <= words; n++ {
			end := g.offsets[i+n]
			if end-start >= h.limit {
				break
			}
			if i < next[n] {
				continue
			}
			key := xxh3.Hash(g.joined[start:end]) + uint64(n)*mixer
			if _, found := v.table.add(key, 0); found {
				total[n] += int(g.runes[i+n] - g.runes[i])
				next[n] = i + n
			}
		}
	}
	copy(g.duplicate[lo:hi+1], total[lo:hi+1])
}

// A head is a word where n-grams begin that may be repeated: those of less than limit
// bytes.
type head struct{ word, limit int32 }

// An n-gram that is repeated shares its first bytes with another one: as many as fit
// of these. A short one has less than middleHead.
const (
	shortHead  = 8
	middleHead = 16
	longHead   = 32
	noLimit    = 1<<31 - 1
)

// findHeads finds the words where n-grams of at least lo words may begin that are
// repeated.
func (g *grams) findHeads(lo int) {
	words := len(g.offsets) - 1
	g.heads = sized(g.heads, words)
	g.keys = sized(g.keys, words)
	headKeys(g.keys, asString(g.joined), g.offsets)
	seen := g.repeats.of(g.keys)
	kept := 0
	if words >= lo {
		kept = seen.keepHeads(g.heads, g.keys, g.offsets, g.offsets[lo:])
	}
	g.heads = g.heads[:kept]
	g.limitHeads(lo)
}

// headKeys finds a key for the first bytes from each word on.
func headKeys(keys []uint64, joined string, offsets []int32) {
	offsets = offsets[:len(keys)]
	for i := range keys {
		keys[i] = headKey(joined, offsets[i])
	}
}

// keepHeads finds the words whose first bytes are repeated, and those whose n-grams
// from start to end are short. Nothing could foretell which words these are, so that
// it does without branches.
func (r repeats) keepHeads(heads []head, keys []uint64, start, end []int32) (kept int) {
	keys, start = keys[:len(end)], start[:len(end)]
	for i := range end {
		repeated := r.count(keys[i])
		heads[kept] = head{int32(i), middleHead + repeated*(noLimit-middleHead)} // what is not kept is written over
		kept += int(repeated | isLess(end[i]-start[i], middleHead))
	}
	return kept
}

// limitHeads looks closer at the heads, which are few now.
func (g *grams) limitHeads(lo int) {
	joined, offsets := asString(g.joined), g.offsets
	g.closer = sized(g.closer, 3*len(g.heads)+2)
	k := 0 // the keys of a head: two if its first bytes seem repeated, one if it is short
	for _, h := range g.heads {
		start, repeated := offsets[h.word], int(h.limit>>30)
		key := g.keys[h.word]
		g.closer[k] = bits.RotateLeft64(key, 32)
		g.closer[k+1] = mixPair(key, headKey(joined, start+middleHead))
		k += 2 * repeated
		g.closer[k] = mixPair(load(joined, int(start))*mixer, 1)
		k += int(isLess(offsets[int(h.word)+lo]-start, middleHead))
	}
	closer := g.closer[:k+2]
	seen, kept := g.repeats.of(closer[:k]), 0
	k = 0
	for _, h := range g.heads {
		repeated := h.limit >> 30
		least := offsets[int(h.word)+lo] - offsets[h.word]
		short := isLess(least, middleHead)
		middle := repeated & seen.count(closer[k])
		long := middle & seen.count(closer[k+1])
		k += int(2 * repeated)
		h.limit = shortHead << (short & seen.count(closer[k]))
		if middle != 0 {
			h.limit = longHead
		}
		if long != 0 {
			h.limit = noLimit
		}
		k += int(short)
		g.heads[kept] = h
		kept += int(isLess(least, h.limit))
	}
	g.heads = g.heads[:kept]
}

// isLess returns 1 where a < b, and 0 elsewhere. Both are at least 0.
func isLess(a, b int32) int32 { return int32(uint32(a-b) >> 31) }

// headKey returns a key of the 16 bytes from byte i on.
func headKey(s string, i int32) uint64 { return mixPair(load(s, int(i))*mixer, load(s, int(i)+8)) }

func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// repeats tells of keys whether they were added more than once. Of one that was added
// once it is mistaken in about one case of twelve, or half as often where the first cache
// of a processor has room for it.
type repeats []uint8

const cachedRepeats = 1 << 15

// of forgets all keys and adds others. What it returns is r.
func (r *repeats) of(keys []uint64) repeats {
	size := 64
	for size < 8*len(keys) || size < min(16*len(keys), cachedRepeats) {
		size *= 2
	}
	*r = sized(*r, size)
	clear(*r)
	counts := *r
	for _, key := range keys {
		c := &counts[key&uint64(len(counts)-1)]
		*c = *c<<1 | 1
	}
	return counts
}

// count returns 1 for a key that was added more than once, and 0 for another.
func (r repeats) count(key uint64) int32 { return int32(r[key&uint64(len(r)-1)] >> 1 & 1) }

// places returns the places of the keys that are repeated.
func (r repeats) places(dst []int32, keys []uint64) []int32 {
	kept := 0
	dst = dst[:len(keys)]
	for i, key := range keys {
		dst[kept] = int32(i) // what is not kept is written over
		kept += int(r.count(key))
	}
	return dst[:kept]
}
