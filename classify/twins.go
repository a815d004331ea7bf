package classify

import (
	_ "embed" // the words
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Twins are languages that are hardly two by their letters, such as Bosnian and
// Croatian. Some hundred words tell them apart: other words for the same thing, or
// another spelling of it.
type twins struct {
	codes []string
	words map[string]uint8 // which languages have a word, a bit for each code
}

//go:embed models/twins.txt
var twinWords string

// readTwins reads groups of languages.
func readTwins(list string) (groups []twins) {
	for _, group := range strings.Split(list, "\n\n")[1:] { // behind the comment
		t := twins{words: map[string]uint8{}}
		for line := range strings.Lines(group) {
			having, words, _ := strings.Cut(line, ":")
			mask := uint8(0)
			for _, code := range strings.Fields(having) {
				mask |= 1 << t.index(code)
			}
			for _, w := range strings.Fields(words) {
				t.words[w] |= mask
			}
		}
		groups = append(groups, t)
	}
	return groups
}

// index returns the place of a language among the codes, where it is put if need be.
func (t *twins) index(code string) int {
	i := slices.Index(t.codes, code)
	if i < 0 {
		i = len(t.codes)
		t.codes = append(t.codes, code)
	}
	return i
}

// mostTwins are the languages of a group, at most.
const mostTwins = 8

// longestTwinWord is the longest word looked up, in bytes.
const longestTwinWord = 32

// lacks counts, for each language of the group, the words of a text that others have and
// it has not.
func (t *twins) lacks(text string) (n [mostTwins]int64) {
	var word [longestTwinWord + utf8.UTFMax]byte
	size := 0
	end := func() {
		if size <= longestTwinWord {
			if having, ok := t.words[string(word[:size])]; ok {
				for i := range t.codes {
					n[i] += int64(having>>i&1 ^ 1)
				}
			}
		}
		size = 0
	}
	for _, r := range text {
		switch {
		case !unicode.IsLetter(r):
			end()
		case size <= longestTwinWord:
			size += utf8.EncodeRune(word[size:], unicode.ToLower(r))
		}
	}
	end()
	return n
}
