package dedup

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"tamis/text"
)

// Wherever a reader goes, its words are those of the whole text.
func TestUnitsFromAnywhere(t *testing.T) {
	parts := strings.Fields("a b don't é 日本 ไทย 1.5 3,000 . — 'can't U.S.A. http://x.org/a?b=c Mr. ... ( - x-y 가나 _ $5 🇫🇷🇩🇪")
	parts = append(parts, " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u0301", "\u2028", "\x1c", "\u200b", "\u3000")
	for _, splitter := range []text.Splitter{text.Unicode, text.Whitespace, text.Spacy, text.Characters} {
		for seed := range uint64(50) {
			r := rand.New(rand.NewPCG(seed, 3))
			var b strings.Builder
			for range 50 + r.IntN(2000) {
				b.WriteString(parts[r.IntN(len(parts))])
				b.WriteString(strings.Repeat(" ", r.IntN(5)/4))
			}
			d := textDocument(b.String())
			d.View().Use(splitter)
			words := d.View().Words()
			u := newUnitReader(&substring{splitter: splitter})
			u.open(d.Text())
			for range 30 {
				from, n := r.IntN(len(words)), 1+r.IntN(300)
				u.seek(int(words[from].Start))
				u.read(n)
				checkUnits(t, &u, words[from:], n)
				gone := r.IntN(len(u.hashes) + 1)
				u.drop(gone)
				u.read(n)
				checkUnits(t, &u, words[from+gone:], n)
			}
		}
	}
}

// checkUnits holds the units at hand, n of them or all that are left, against words.
func checkUnits(t *testing.T, u *unitReader, words []text.Word, n int) {
	t.Helper()
	if len(u.hashes) > len(words) || len(u.hashes) < min(n, len(words)) {
		t.Fatalf("%s: %d words at hand, %d are asked for, %d are left", u.view.Splitter(), len(u.hashes), n, len(words))
	}
	for i, h := range u.hashes {
		if w := words[i]; h != w.Hash || u.spans[i] != w.Span {
			t.Fatalf("%s: word %d at hand is %q, want %q", u.view.Splitter(), i, u.spans[i].Of(u.text), w.Of(u.text))
		}
	}
}

// A text without a blank or a line feed is split as a whole, once: going on in it takes no
// longer than in another one. What is not split again is not seen to have changed.
func TestUnitsWithoutSeams(t *testing.T) {
	raw := []byte(strings.Repeat("one,two;three;", 1000))
	u := newUnitReader(&substring{splitter: text.Unicode})
	u.open(unsafe.String(&raw[0], len(raw)))
	u.read(2)
	want := slices.Clone(u.hashes)
	for i := range raw {
		raw[i] = 'x'
	}
	for _, at := range []int{14, 14 * 500, 14 * 999, 28} {
		u.seek(at)
		if u.read(2); !slices.Equal(u.hashes, want) {
			t.Errorf("at byte %d: %x, want %x", at, u.hashes, want)
		}
	}
}
