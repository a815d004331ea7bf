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
	sizes [256]uint64      // lengths of the words that begin with a byte, a bit for each
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
				t.sizes[w[0]] |= 1 << len(w)
			}
		}
		groups = append(groups, t)
	}
	return groups
}

// twinsAmong returns the groups that have two or more of the languages of a script.
func twinsAmong(codes []string) []twins {
	return slices.DeleteFunc(readTwins(twinWords), func(t twins) bool {
		there := 0
		for _, code := range t.codes {
			if slices.Contains(codes, code) {
				there++
			}
		}
		return there < 2
	})
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
	for i := 0; i <= len(text); {
		r, width := ' ', 1 // behind the text
		if i < len(text) {
			if r = rune(text[i]); r >= utf8.RuneSelf {
				r, width = utf8.DecodeRuneInString(text[i:])
			}
		}
		i += width
		switch small := r | 0x20; {
		case 'a' <= small && small <= 'z': // of ASCII
			if size < longestTwinWord {
				word[size] = byte(small)
			}
			size++
		case r >= utf8.RuneSelf && unicode.IsLetter(r):
			if size < longestTwinWord {
				size += utf8.EncodeRune(word[size:], unicode.ToLower(r))
			}
		default:
			if size < longestTwinWord && t.sizes[word[0]]>>size&1 != 0 {
				t.missed(word[:size], &n)
			}
			size = 0
		}
	}
	return n
}

// missed counts a word for the languages that have it not.
func (t *twins) missed(word []byte, n *[mostTwins]int64) {
	if having, ok := t.words[string(word)]; ok {
		for i := range t.codes {
			n[i] += int64(having>>i&1 ^ 1)
		}
	}
}
