package classify

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// shared returns the path of a file beside the repository, or skips the test.
func shared(t testing.TB, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"..", "..", "shared"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs %s", path)
	}
	return path
}

// records decodes every line of a .jsonl.zst file.
func records[T any](t testing.TB, path string) []T {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var out []T
	dec := json.NewDecoder(bufio.NewReader(z))
	for {
		var v T
		switch err := dec.Decode(&v); err {
		case nil:
			out = append(out, v)
		case io.EOF:
			return out
		default:
			t.Fatalf("%s: record %d: %v", path, len(out), err)
		}
	}
}

func readModel(t testing.TB, path string) *Model {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Read(data)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return m
}

// cookingLine prepares a line as fastText's tutorial does: no labels, a blank on
// both sides of some marks, ASCII letters small.
func cookingLine(line string) string {
	line = cookingText(line)
	return cookingNormal.Replace(strings.Map(asciiLower, line))
}

func cookingText(line string) string {
	for strings.HasPrefix(line, LabelPrefix) {
		_, line, _ = strings.Cut(line, " ")
	}
	return line
}

var cookingNormal = strings.NewReplacer(".", " . ", "!", " ! ", "?", " ? ", ",", " , ", "'", " ' ", "/", " / ", "(", " ( ", ")", " ) ")

func asciiLower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
