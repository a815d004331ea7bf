package filters

import (
	"bufio"
	"errors"
	"math"
	"strings"

	"tamis/step"
	"tamis/text"
)

// readTerms reads a list of terms, one in a line.
func readTerms(env *step.Env, path string) (terms []string, err error) {
	err = readList(env, path, func(r *bufio.Reader) error {
		return listLines(r, func(line string) { terms = append(terms, line) })
	})
	if err == nil && len(terms) == 0 {
		err = errors.New("there is no word in it: write one in a line")
	}
	return terms, err
}

// A phraseSet finds words and phrases among the words of a normalized text.
type phraseSet struct {
	first   stopWords // the first word of each
	phrases [][]string
}

func newPhraseSet(list []string) phraseSet {
	var firsts []string
	byFirst := map[string][]string{}
	for _, phrase := range list {
		first, _, _ := strings.Cut(phrase, " ")
		if byFirst[first] == nil {
			firsts = append(firsts, first)
		}
		seen := false
		for _, p := range byFirst[first] {
			seen = seen || p == phrase
		}
		if !seen {
			byFirst[first] = append(byFirst[first], phrase)
		}
	}
	p := phraseSet{first: newStopWords(firsts)}
	for _, first := range firsts {
		p.phrases = append(p.phrases, byFirst[first])
	}
	return p
}

// count returns how many words and sequences of words of a text with single spaces
// are in the set.
func (p *phraseSet) count(v *text.View) (n int) {
	if len(p.phrases) == 0 {
		return 0
	}
	s, words := v.Text(), v.Words()
	for i := range words {
		w := &words[i]
		if w.End-w.Start > p.first.longest || p.first.filter[w.Hash>>60]>>(w.Hash>>54&63)&1 == 0 {
			continue
		}
		place := p.first.places[p.first.slot(w.Hash)]
		if place == 0 {
			continue
		}
		rest := s[w.Start:]
		for _, phrase := range p.phrases[place-1] {
			if strings.HasPrefix(rest, phrase) && (len(rest) == len(phrase) || rest[len(phrase)] == ' ') {
				n++
			}
		}
	}
	return n
}

// wordCounts counts how often each word of a text occurs.
type wordCounts struct {
	hashes []uint64
	counts []int32
}

// measure returns the share of different words and the entropy of their frequencies
// in nats. A text without words has neither.
func (c *wordCounts) measure(words []text.Word) (unique, entropy float64) {
	if len(words) == 0 {
		return 0, 0
	}
	different := c.count(words)
	sum := 0.0
	for _, n := range c.counts {
		if n > 1 {
			sum += float64(float64(n) * logOf(int(n)))
		}
	}
	// -sum of n/all * ln(n/all) = ln(all) - (sum of n * ln(n)) / all.
	return step.Ratio(different, len(words)), max(0, logOf(len(words))-sum/float64(len(words)))
}

// count counts the words and returns how many different ones there are.
func (c *wordCounts) count(words []text.Word) (different int) {
	c.reset(len(words))
	for i := range words {
		at := c.slot(words[i].Hash)
		if c.counts[at] == 0 {
			different++
		}
		c.counts[at]++
	}
	return different
}

// reset empties the table, whose size hangs on n, the number of words, alone.
func (c *wordCounts) reset(n int) {
	size := 16
	for size < 2*n {
		size *= 2
	}
	if cap(c.counts) < size {
		c.hashes, c.counts = make([]uint64, size), make([]int32, size)
	}
	c.hashes, c.counts = c.hashes[:size], c.counts[:size]
	clear(c.counts)
}

// slot returns where a hash is counted.
func (c *wordCounts) slot(hash uint64) uint64 {
	mask := uint64(len(c.counts) - 1)
	at := hash & mask
	for c.counts[at] > 0 && c.hashes[at] != hash {
		at = (at + 1) & mask
	}
	c.hashes[at] = hash
	return at
}

// logOf returns the natural logarithm of n, at least 1: the same on every processor,
// which math.Log does not promise.
func logOf(n int) float64 {
	if n < len(smallLogs) {
		return smallLogs[n]
	}
	return computeLog(n)
}

var smallLogs = newSmallLogs()

func newSmallLogs() (logs [256]float64) {
	for n := 1; n < len(logs); n++ {
		logs[n] = computeLog(n)
	}
	return logs
}

// computeLog is e ln 2 + ln m for n = m 2^e, the latter by the series of artanh.
func computeLog(n int) float64 {
	m, e := math.Frexp(float64(n))
	if m < math.Sqrt2/2 {
		m, e = float64(m*2), e-1
	}
	x := (m - 1) / (m + 1)
	square := float64(x * x)
	sum := 0.0
	for k := 23; k > 0; k -= 2 {
		sum = float64(sum*square) + 1/float64(k)
	}
	return float64(float64(e)*math.Ln2) + float64(float64(2*x)*sum)
}
