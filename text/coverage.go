package text

// A Coverage says of the n-grams of a text which are the most frequent ones and how
// much of the text lies in repeated ones, as RedPajama, DCLM and Dolma count: every
// copy counts, the first one, too. Characters are those of words, without what is
// between them.
type Coverage struct {
	// Words and Runes of the whole text; Runes are the characters of the words.
	Words, Runes int
	// Top is how often the most frequent n-gram occurs: 0 if there are fewer than n
	// words. TopRunes are the characters of the first of the most frequent ones,
	// TopLongest those of the longest of them, 0 if none occurs twice.
	Top, TopRunes, TopLongest [MaxGram + 1]int
	// Covered are the characters of the words that lie in an n-gram which occurs
	// more than once, each word counted once.
	Covered [MaxGram + 1]int
	// TopAt is the word at which the first of the most frequent n-grams begins.
	TopAt [MaxGram + 1]int
	// Later are the characters of the words in an n-gram that has occurred before,
	// each word counted once, and of the spaces before them: one for each word, but
	// for one word of an n-gram that overlaps none before.
	Later [MaxGram + 1]int
	// Repeated are the characters of all n-grams that occur more than once, and All
	// those of all n-grams: a word counts for each n-gram it is in.
	Repeated, All [MaxGram + 1]int
}

// Cover measures the n-grams of the words from MinGram to MaxGram.
func (v *View) Cover(c *Coverage) {
	v.join()
	g, words := &v.grams, len(v.words)
	*c = Coverage{Words: words, Runes: int(g.runes[words])}
	for n := MinGram; n <= MaxGram && n <= words; n++ {
		c.All[n] = g.allRunes(n)
		// Of equally frequent ones the first: that of the first word, if none repeats.
		first, count := 0, int32(1)
		if n == MinGram {
			first, count = v.countPairs()
		} else if len(g.places) > 0 {
			first, count = v.countLonger()
		}
		g.keepRepeated()
		c.Top[n], c.TopAt[n], c.TopRunes[n] = int(count), first, g.gramRunes(first, n)
		g.cover(c, n, count)
	}
}

// gramRunes returns the characters of the n words from word i on.
func (g *grams) gramRunes(i, n int) int { return int(g.runes[i+n] - g.runes[i]) }

// allRunes adds up the characters of all n-grams. The places where they begin and end
// are the same, but for the first and the last n.
func (g *grams) allRunes(n int) (total int) {
	last := len(g.runes) - 1
	for i := range n {
		total += int(g.runes[last-i] - g.runes[i])
	}
	return total
}

// cover adds up what lies in the repeated n-grams.
func (g *grams) cover(c *Coverage, n int, top int32) {
	done, later := 0, 0 // the words up to which characters have been counted
	for k, place := range g.places {
		start, end := int(place), int(place)+n
		c.Covered[n] += int(g.runes[end] - g.runes[max(start, done)])
		c.Repeated[n] += g.gramRunes(start, n)
		done = end
		if g.which[k] != place {
			from := max(start, later)
			c.Later[n] += int(g.runes[end]-g.runes[from]) + min(end-from, n-1)
			later = end
		}
		if g.counts[g.which[k]] == top {
			c.TopLongest[n] = max(c.TopLongest[n], g.gramRunes(start, n))
		}
	}
}
