package sample

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// words returns what Jaccard similarity is computed of: stretches of letters and
// digits in lower case, each Han character by itself.
func words(text string) []string {
	var list []string
	for _, s := range spans(text) {
		list = append(list, strings.ToLower(text[s[0]:s[1]]))
	}
	return list
}

// spans returns where the words of a text begin and end, in bytes.
func spans(text string) (list [][2]int) {
	inside := false
	for i, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			list = append(list, [2]int{i, i + utf8.RuneLen(r)})
			inside = false
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			inside = false
		case inside:
			list[len(list)-1][1] = i + utf8.RuneLen(r)
		default:
			list = append(list, [2]int{i, i + utf8.RuneLen(r)})
			inside = true
		}
	}
	return list
}

// jaccard returns the similarity of the sets of word 5-grams of two texts.
func jaccard(a, b string) float64 { return similarity(grams(a), grams(b)) }

func similarity(x, y map[string]bool) float64 {
	both := 0
	for g := range x {
		if y[g] {
			both++
		}
	}
	return float64(both) / float64(len(x)+len(y)-both)
}

func grams(text string) map[string]bool {
	set, w := map[string]bool{}, words(text)
	for i := 0; i+5 <= len(w); i++ {
		set[strings.Join(w[i:i+5], " ")] = true
	}
	return set
}

// replaced returns a text with words replaced by others of its language until its
// similarity to the original is as near to the target as it gets.
func (c *Corpus) replaced(text, lang string, target float64) string {
	at := spans(text)
	order := make([]int, len(at))
	for i := range order {
		j := c.below(i + 1)
		order[i] = order[j]
		order[j] = i
	}
	with := make([]string, len(at))
	for i, s := range at {
		with[i] = text[s[0]:s[1]]
	}
	best, original, reached := text, grams(text), 1.0
	for _, i := range order {
		old := with[i]
		with[i] = c.one(c.words[lang])
		try := splice(text, at, with)
		if s := similarity(original, grams(try)); s >= target-0.004 {
			best, reached = try, s
		} else {
			with[i] = old
		}
		if reached <= target+0.004 {
			break
		}
	}
	return best
}

func splice(text string, at [][2]int, with []string) string {
	var b strings.Builder
	end := 0
	for i, s := range at {
		b.WriteString(text[end:s[0]])
		b.WriteString(with[i])
		end = s[1]
	}
	return b.String() + text[end:]
}

// shortened returns a text without its last words, as near to the target as it gets.
func shortened(text string, target float64) string {
	at := spans(text)
	n := len(at) - 4
	return text[:at[4+int(target*float64(n)+0.5)-1][1]] + "."
}
