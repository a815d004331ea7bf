package text

import (
	"encoding/binary"

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
	// The words written one after the other, with headBytes zeros behind them, and
	// where each begins in that, in bytes and in code points; both have one more
	// than there are words.
	joined  []byte
	offsets []int32
	runes   []int32

	top       [MaxGram + 1]TopGram
	duplicate [MaxGram + 1]int

	// Where the n-grams that occur more than once begin, and which of the
	// different ones each is; how often each of those occurs, and where first.
	places []int32
	which  []int32
	counts []int32
	firsts []int32

	// Which beginnings of n-grams occur once, and more often: two sets of bits.
	seen, again []uint64
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
	joined, offsets, runes := g.joined[:0], g.offsets[:0], g.runes[:0]
	n := int32(0)
	for i := range ws {
		w := &ws[i]
		offsets = append(offsets, int32(len(joined)))
		runes = append(runes, n)
		joined = append(joined, v.text[w.Start:w.End]...)
		n += w.Runes
	}
	g.offsets, g.runes = append(offsets, int32(len(joined))), append(runes, n)
	g.joined = append(joined, make([]byte, headBytes)...)
}

// findTop finds the most frequent n-grams up to n = hi. An n-gram can occur twice
// only where both shorter ones in it do, so that each round looks at no more than
// the one before found repeated.
func (v *View) findTop(hi int) {
	g, ws := &v.grams, v.words
	g.places, g.which = g.places[:0], g.which[:0]
	for n := MinGram; n <= hi; n++ {
		g.top[n] = TopGram{}
		if len(ws) < n {
			continue
		}
		if n == MinGram {
			v.countPairs()
		} else {
			v.countLonger()
		}
		first, count := g.mostFrequent()
		g.top[n] = TopGram{Count: count, Runes: int(g.runes[first+n]-g.runes[first]) + n - 1}
		g.keepRepeated()
	}
}

// countPairs counts the 2-grams.
func (v *View) countPairs() {
	g, ws := &v.grams, v.words
	g.counts, g.firsts = g.counts[:0], g.firsts[:0]
	v.table.reset(len(ws) - 1)
	for i := range len(ws) - 1 {
		g.places = append(g.places, int32(i))
		g.which = append(g.which, g.number(&v.table, mixPair(ws[i].Hash, ws[i+1].Hash), int32(i)))
	}
}

// countLonger counts the n-grams that are made of two overlapping repeated ones of
// n-1 words.
func (v *View) countLonger() {
	g := &v.grams
	g.counts, g.firsts = g.counts[:0], g.firsts[:0]
	v.table.reset(len(g.places))
	kept := 0
	for k := 0; k+1 < len(g.places); k++ {
		place := g.places[k]
		if g.places[k+1] != place+1 {
			continue
		}
		key := mixPair(uint64(g.which[k]), uint64(g.which[k+1]))
		g.places[kept], g.which[kept] = place, g.number(&v.table, key, place)
		kept++
	}
	g.places, g.which = g.places[:kept], g.which[:kept]
}

// number counts an n-gram and returns its number among the different ones.
func (g *grams) number(t *table, key uint64, place int32) int32 {
	n, found := t.add(key, uint32(len(g.counts)))
	if found {
		g.counts[n]++
		return int32(n)
	}
	g.counts = append(g.counts, 1)
	g.firsts = append(g.firsts, place)
	return int32(n)
}

// mostFrequent returns where the most frequent n-gram begins first, and its count:
// the first n-gram of the text if none was found repeated.
func (g *grams) mostFrequent() (first, count int) {
	count = 1
	for k, c := range g.counts {
		if int(c) > count {
			first, count = int(g.firsts[k]), int(c)
		}
	}
	return first, count
}

// keepRepeated forgets the n-grams that occur once.
func (g *grams) keepRepeated() {
	kept := 0
	for k, n := range g.which {
		if g.counts[n] > 1 {
			g.places[kept], g.which[kept] = g.places[k], n
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

// headBytes is how much of an n-gram decides whether it is worth a closer look.
const headBytes = 16

// findDuplicates scans the text once for all n from lo to hi. Most n-grams of most
// texts occur once, and their first 16 bytes already tell: only where those were met
// more than once, or where the n-gram is shorter, is it looked up.
func (v *View) findDuplicates(lo, hi int) {
	g := &v.grams
	words := len(v.words)
	var total, next [MaxGram + 1]int
	g.markHeads()
	v.table.reset((hi - lo + 1) * g.candidates(lo, hi))
	for i := 0; i+lo <= words; i++ {
		start := g.offsets[i]
		repeated := g.headRepeated(start)
		for n := lo; n <= hi && i+n <= words; n++ {
			end := g.offsets[i+n]
			if !repeated && end-start >= headBytes {
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

// candidates returns at how many words an n-gram may begin that is looked up.
func (g *grams) candidates(lo, hi int) int {
	count, words := 0, len(g.offsets)-1
	for i := 0; i+lo <= words; i++ {
		start := g.offsets[i]
		if g.offsets[i+lo]-start < headBytes || g.headRepeated(start) {
			count++
		}
	}
	return count
}

// markHeads notes which heads occur at more than one word.
func (g *grams) markHeads() {
	words := len(g.offsets) - 1
	size := 1
	for size*4 < words { // 16 to 32 bits for each word
		size *= 2
	}
	g.seen, g.again = zeroed(g.seen, size), zeroed(g.again, size)
	for _, start := range g.offsets[:words] {
		at, bit := g.head(start)
		g.again[at] |= g.seen[at] & bit
		g.seen[at] |= bit
	}
}

func (g *grams) headRepeated(start int32) bool {
	at, bit := g.head(start)
	return g.again[at]&bit != 0
}

// head returns the bit that stands for the 16 bytes from start on.
func (g *grams) head(start int32) (at, bit uint64) {
	b := g.joined[start : start+headBytes]
	x := mixPair(binary.LittleEndian.Uint64(b)*mixer, binary.LittleEndian.Uint64(b[8:]))
	return x >> 6 & uint64(len(g.seen)-1), 1 << (x & 63)
}

// zeroed returns n zeros, in the memory of s if there is enough.
func zeroed(s []uint64, n int) []uint64 {
	if cap(s) < n {
		return make([]uint64, n)
	}
	s = s[:n]
	clear(s)
	return s
}
