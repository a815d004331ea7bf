package classify

import (
	"cmp"
	"slices"
	"strings"
)

// maxVocabulary is where the original begins to drop rare words while it counts.
const maxVocabulary = 30_000_000 / 4 * 3

// countWords makes the dictionary of lines: words, then labels, each by falling
// count, equal ones by their bytes.
func countWords(lines []string, minCount, minCountLabel int32) dictionary {
	counts, tokens, floor := map[string]int64{}, int64(0), int64(1)
	for _, line := range lines {
		scan := newScanner(line, false)
		for {
			text, n := scan.next()
			word := text[:n]
			counts[word]++
			tokens++
			if word == EOS {
				break
			}
		}
		if len(counts) > maxVocabulary {
			floor++
			dropBelow(counts, floor, floor)
		}
	}
	dropBelow(counts, int64(minCount), int64(minCountLabel))
	return sortedDictionary(counts, tokens)
}

func dropBelow(counts map[string]int64, words, labels int64) {
	for w, n := range counts {
		least := words
		if strings.HasPrefix(w, LabelPrefix) {
			least = labels
		}
		if n < least {
			delete(counts, w)
		}
	}
}

func sortedDictionary(counts map[string]int64, tokens int64) dictionary {
	d := dictionary{tokens: tokens}
	for w := range counts {
		d.words = append(d.words, w)
		if strings.HasPrefix(w, LabelPrefix) {
			d.nlabels++
		} else {
			d.nwords++
		}
	}
	slices.SortFunc(d.words, func(a, b string) int {
		return cmp.Or(
			compareBool(strings.HasPrefix(a, LabelPrefix), strings.HasPrefix(b, LabelPrefix)),
			cmp.Compare(counts[b], counts[a]),
			strings.Compare(a, b))
	})
	for _, w := range d.words {
		d.counts = append(d.counts, counts[w])
	}
	d.index()
	return d
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
