package dedup

import (
	"slices"
	"strings"
	"testing"
)

// slowWordHashes is appendWordHashes one code point at a time.
func slowWordHashes(s string) (hashes []uint64) {
	var w wordHash
	end := func() {
		if w.n > 0 {
			hashes = append(hashes, w.sum())
		}
		w = wordHash{}
	}
	for _, r := range s {
		l := letter(r)
		if l == 0 || alone(r) {
			end()
		}
		if l != 0 {
			w.addRune(l)
		}
		if alone(r) {
			end()
		}
	}
	end()
	return hashes
}

// Words of ASCII are found 64 bytes at a time and taken up eight at a time, wherever they
// begin and end.
func TestWordHashes(t *testing.T) {
	pieces := []string{"aZ", "Word12", "abcdefgh", "0123456789ABCDEFGHI", "_", " ", "-@[`{/:", "\u00c9", "\u4e2d", "\u017f\xff", "\x00\n"}
	padding := strings.Repeat("it_is, 1 or OTHER ", 8)
	at := 0
	var build func(n int, s string)
	build = func(n int, s string) {
		at++
		for _, s := range []string{s, "x" + s + " and more", padding[at%18:at%18+at%64] + s + padding[at%31:at%31+at%90]} {
			if got, want := appendWordHashes(nil, s), slowWordHashes(s); !slices.Equal(got, want) {
				t.Fatalf("%q has the words %x, want %x", s, got, want)
			}
		}
		for _, p := range pieces {
			if n > 0 {
				build(n-1, s+p)
			}
		}
	}
	build(4, "")
	for n := range 150 {
		build(1, strings.Repeat("a", n))
		build(1, padding[n%64:64]+strings.Repeat("B", n))
	}
	if a, b := slowWordHashes("Abcdefghi ÉTÉ"), slowWordHashes(strings.ToLower("Abcdefghi ÉTÉ")); !slices.Equal(a, b) {
		t.Errorf("case matters: %x, %x", a, b)
	}
}
