package sample

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The similarity of small texts, counted by hand.
func TestJaccard(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"a b c d e", "A, b; c (d) e!", 1},
		{"a b c d e f", "a b c d e", 1. / 2},
		{"a b c d e f g h i", "a b c d x f g h i", 0},
		{"a b c d e f g h i j", "a b c d e f g h i x", 5. / 7},
		{"茶是饮料吗", "茶是饮料吗。", 1},
	} {
		if got := jaccard(c.a, c.b); got != c.want {
			t.Errorf("jaccard(%q, %q) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// Every near copy is as similar as its id says, to a fiftieth where words were
// replaced or cut.
func TestNearCopies(t *testing.T) {
	c := Make("..")
	texts := map[string]string{}
	for _, p := range c.base {
		texts[p.ID] = p.Text
	}
	n := 0
	for _, p := range c.pages {
		if p.Kind != "near_copy" {
			continue
		}
		n++
		of := strings.TrimSuffix(strings.Fields(p.Note)[3], ",")
		want := map[string]float64{"95": 0.95, "90": 0.9, "85": 0.85, "80": 0.8, "70": 0.7, "50": 0.5}[p.ID[5:7]]
		if got := jaccard(texts[of], p.Text); got < want-0.02 || got > want+0.02 {
			t.Errorf("%s has similarity %.3f to %s", p.ID, got, of)
		}
	}
	if n < 60 {
		t.Errorf("%d near copies", n)
	}
}

// What is committed is what the texts give.
func TestFilesAreFresh(t *testing.T) {
	c := Make("..")
	c.root = t.TempDir()
	if err := os.Mkdir(filepath.Join(c.root, "lists"), 0o755); err != nil {
		t.Fatal(err)
	}
	c.Write()
	for _, name := range []string{"web.jsonl.zst", "forum.jsonl.gz", "books.parquet", "broken.jsonl", "lists/blocked-hosts.txt"} {
		want, err := os.ReadFile(filepath.Join(c.root, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("testdata/corpus/%s is stale (%v): go run testdata/corpus/generate.go", name, err)
		}
	}
}
