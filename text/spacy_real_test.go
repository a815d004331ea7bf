package text

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unicode"

	"github.com/klauspost/compress/zstd"
)

// The words of the splitter spacy are those of spaCy on 10 MB of web pages in many
// languages. SPACY_PYTHON names a Python that has spaCy; .ci/words makes one.
func TestRealSpacyWords(t *testing.T) {
	python := os.Getenv("SPACY_PYTHON")
	if python == "" {
		t.Skip("SPACY_PYTHON names no Python with spaCy: .ci/words makes one and runs this")
	}
	texts, pages := realPages(t)
	cmd := exec.Command(python, filepath.Join("..", ".ci", "words.py"))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(pages), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var v View
	var size, equal, ours, theirs, both int
	words := json.NewDecoder(out)
	for _, s := range texts {
		var want []string
		if err := words.Decode(&want); err != nil {
			t.Fatal(err)
		}
		v.Use(Spacy)
		v.Reset(s)
		var got []string
		for _, w := range v.Words() {
			got = append(got, s[w.Start:w.End])
		}
		n := samePlaces(got, want)
		size, ours, theirs, both = size+len(s), ours+len(got), theirs+len(want), both+n
		if n == len(got) && n == len(want) {
			equal++
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes: of %d words of spaCy and %d of ours, %d are the same (%.4f %%); all are in %d of %d texts (%.2f %%)",
		size, theirs, ours, both, 100*float64(both)/float64(max(ours, theirs)), equal, len(texts), 100*float64(equal)/float64(len(texts)))
	if both*1000 < max(ours, theirs)*999 || equal*100 < len(texts)*99 {
		t.Error("fewer than 99.9 % of the words or 99 % of the texts")
	}
}

// realPages returns the texts of the pages beside a checkout, and their records.
func realPages(t *testing.T) (texts []string, records []byte) {
	in, err := os.Open(filepath.Join("..", "..", "shared", "data", "web-pages-raw", "pages.jsonl.zst"))
	if err != nil {
		t.Skip("the pages are not there: ", err)
	}
	defer in.Close()
	z, err := zstd.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if records, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(records))
	lines.Buffer(nil, 1<<28)
	for lines.Scan() {
		var page struct{ Text string }
		if err := json.Unmarshal(lines.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, page.Text)
	}
	return texts, records
}

// samePlaces counts the words that begin and end in the same places of their text,
// which are counted in characters that are no white space.
func samePlaces(a, b []string) (n int) {
	inked := func(s string) (n int) {
		for _, r := range s {
			if !unicode.IsSpace(r) {
				n++
			}
		}
		return n
	}
	for i, j, at, bt := 0, 0, 0, 0; i < len(a) && j < len(b); {
		ae, be := at+inked(a[i]), bt+inked(b[j])
		if at == bt && ae == be && a[i] == b[j] {
			n++
		}
		if ae <= be {
			i, at = i+1, ae
		}
		if be <= ae {
			j, bt = j+1, be
		}
	}
	return n
}
