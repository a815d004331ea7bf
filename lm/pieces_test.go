package lm

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sp_rules.model and sp_bytes.model are what SentencePiece 0.2.3 trained on corpus.txt:
// the first with rules of normalising of its own and pieces that the user defined, the
// second with bytes for what is unknown and runs of spaces. pieces.jsonl has what
// SentencePiece says of texts: model, text, pieces joined by spaces.
func TestPiecesAreSentencePieces(t *testing.T) {
	cutters := map[string]*Cutter{}
	n := comparePieces(t, readTestFile(t, "pieces.jsonl.gz"), func(name string) *Cutter {
		if cutters[name] == nil {
			cutters[name] = testPieces(t, name).Cutter()
		}
		return cutters[name]
	})
	if n < 400 {
		t.Errorf("only %d texts", n)
	}
}

// PIECES=folder compares any model.model and model.jsonl in a folder, such as one with
// SentencePiece's own rules, which are too large to stand here.
func TestPiecesElsewhere(t *testing.T) {
	dir := os.Getenv("PIECES")
	if dir == "" {
		t.Skip("PIECES names no folder with models")
	}
	models, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil || len(models) == 0 {
		t.Fatalf("%v, %v", models, err)
	}
	for _, file := range models {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(strings.TrimSuffix(file, ".jsonl") + ".model")
		if err != nil {
			t.Fatal(err)
		}
		p, err := ReadPieces(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		c := p.Cutter()
		t.Logf("%s: %d texts", file, comparePieces(t, data, func(string) *Cutter { return c }))
	}
}

func testPieces(t testing.TB, name string) *Pieces {
	t.Helper()
	p, err := ReadPieces(bytes.NewReader(readTestFile(t, name+".model.gz")))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func comparePieces(t *testing.T, data []byte, cutter func(name string) *Cutter) (n int) {
	for line := range bytes.Lines(data) {
		var c [3]string
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		if got := cutter(c[0]).Cut(c[1]); got != c[2] {
			t.Errorf("%s: %q is cut into\n%q, SentencePiece says\n%q", c[0], c[1], got, c[2])
		}
		n++
	}
	return n
}

func TestPiecesRefused(t *testing.T) {
	for want, data := range map[string]string{
		"this is no SentencePiece model: it has no pieces":               "",
		"at byte 2: a field of a protocol buffer reaches beyond its end": "\x0aabc",
		"at byte 1: this is no protocol buffer":                          "\x0f",
		"at byte 2: a piece without text":                                "\x0a\x00",
		"at byte 2: a piece of the kind 9":                               "\x0a\x05\x0a\x01a\x18\x09",
		"at byte 2: a piece has the score NaN":                           "\x0a\x08\x0a\x01a\x15\xff\xff\xff\xff",
		"at byte 7: a SentencePiece model of type 2":                     "\x0a\x03\x0a\x01a\x12\x02\x18\x02",
		`the piece "a" is there twice`:                                   "\x0a\x03\x0a\x01a\x0a\x03\x0a\x01a",
		"at byte 7: a trie of 9 bytes in rules of 5":                     "\x0a\x03\x0a\x01a\x1a\x07\x12\x05\x09\x00\x00\x00\x00",
	} {
		_, err := ReadPieces(strings.NewReader(data))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", data, err, want)
		}
	}
}

// FuzzPieces holds that any bytes are refused or read, that what was read cuts any text,
// and that no byte of what was normalised is lost.
func FuzzPieces(f *testing.F) {
	for _, name := range []string{"sp_rules", "sp_bytes"} {
		f.Add(readTestFile(f, name+".model.gz"), "the MinHash of 1/2 中 ")
	}
	f.Add([]byte("\x0a\x03\x0a\x01a"), "a b")
	f.Fuzz(func(t *testing.T, data []byte, s string) {
		p, err := ReadPieces(bytes.NewReader(data))
		if err != nil {
			return
		}
		c := p.Cutter()
		got := c.Cut(s)
		if p.bytes || !p.escape {
			return
		}
		if joined := strings.ReplaceAll(got, " ", ""); joined != string(c.normal) {
			t.Errorf("%q became %q", c.normal, got)
		}
	})
}
