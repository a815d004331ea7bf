package classify

import (
	"slices"
	"strings"
	"testing"
)

// slowTokens cuts a text byte by byte.
func slowTokens(s string, whole bool) (tokens []string) {
	start := 0
	for i := 0; ; i++ {
		if i < len(s) && !separates[s[i]] {
			continue
		}
		if i > start {
			tokens = append(tokens, s[start:i])
			if s[start:i] == EOS {
				return tokens
			}
		}
		if i == len(s) || s[i] == '\n' && !whole {
			return append(tokens, EOS)
		}
		start = i + 1
	}
}

// Texts of every byte, with tokens that end before, at and behind the ends of blocks, are cut
// as byte by byte, however many tokens are asked for at once.
func TestScannerCutsEveryByte(t *testing.T) {
	pieces := []string{" ", "\n", "\t", "\v", "\f", "\r", "\x00", "  ", EOS, " " + EOS + " ", "a", "of", "word", "eightlet", "é", "\xff", strings.Repeat("x", 23), strings.Repeat("y", 64), strings.Repeat("z", 130)}
	for b := range 256 {
		pieces = append(pieces, string([]byte{'b', byte(b), 'd'}))
	}
	for i := range uint64(3000) {
		text := ""
		for j := range mix(i) % 40 {
			text += pieces[mix(i, j)%uint64(len(pieces))]
		}
		for _, whole := range []bool{false, true} {
			want := slowTokens(text, whole)
			for _, room := range []int{1, 3, together} {
				if got := cutAll(t, text, whole, room); !slices.Equal(got, want) {
					t.Fatalf("%q, whole %v, %d at once:\n%q, want\n%q", text, whole, room, got, want)
				}
			}
		}
	}
}

func cutAll(t *testing.T, text string, whole bool, room int) (all []string) {
	scan, tokens := newScanner(text, whole), make([]token, room)
	for more := true; more; {
		var n int
		n, more = scan.cut(tokens)
		for _, x := range tokens[:n] {
			all = append(all, x.text[:x.n])
			if x.key != keyOf(x.text[:x.n], x.n) {
				t.Fatalf("%q has not the key of %q", text, x.text[:x.n])
			}
		}
	}
	return all
}

// Words that a dictionary has and words that it has not are found together as one by one:
// those that the filter lets pass, that share a slot, and that are as long as keys or longer.
func TestFindAllIsFind(t *testing.T) {
	var words []string
	for i := range uint64(2000) {
		words = append(words, strings.Repeat("long", int(mix(i, 1)%8))+string(rune('a'+i%26))+strings.Repeat("é", int(i%5))+string(rune('0'+i/26)))
	}
	d := dictionary{words: words[:1000], nwords: 1000}
	d.index()
	for chunk := range slices.Chunk(words, together) {
		tokens := make([]token, len(chunk))
		for i, w := range chunk {
			tokens[i] = token{text: w, n: len(w), key: keyOf(w, len(w))}
		}
		d.findAll(tokens)
		for _, x := range tokens {
			want := int32(slices.Index(d.words, x.text))
			if entry, hash := d.find(x.text, x.n); x.entry != want || x.hash != hashOf(x.text) || entry != want || hash != x.hash {
				t.Fatalf("%q: entry %d and hash %d, alone %d and %d, want %d and %d", x.text, x.entry, x.hash, entry, hash, want, hashOf(x.text))
			}
		}
	}
}
