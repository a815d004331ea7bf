package lm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The files in testdata: corpus.txt.gz holds sentences from this project's own pages, of
// which KenLM 0.3.0 made o2.arpa and o5.arpa (lmplz -o) and the binaries whose hashes are
// in binaries.sha256 (build_binary probing). pruned.arpa lacks n-grams that longer ones
// end in, nounk.arpa an <unk>. scores.tsv has what the Python package kenlm 0.3.0 says of
// each model and sentence: model, score, perplexity, sentence.

func readTestFile(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := unpacked(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func readTestModel(t testing.TB, name string) *Model {
	t.Helper()
	for _, packing := range []string{"", ".gz", ".zst"} {
		f, err := os.Open(filepath.Join("testdata", name+packing))
		if err != nil {
			continue
		}
		defer f.Close()
		m, err := Read(f)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return m
	}
	t.Fatalf("no %s", name)
	return nil
}

// binaryOf writes a model as a KenLM file and reads that.
func binaryOf(t testing.TB, m *Model) *Model {
	t.Helper()
	var b bytes.Buffer
	if err := m.WriteBinary(&b); err != nil {
		t.Fatal(err)
	}
	again, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// Every score is KenLM's to the last bit, from ARPA text and from the binary.
func TestScoresAreKenLMs(t *testing.T) {
	models := map[string][]*Model{}
	n := 0
	for line := range strings.Lines(string(readTestFile(t, "scores.tsv.gz"))) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 4)
		if models[f[0]] == nil {
			m := readTestModel(t, f[0])
			models[f[0]] = []*Model{m, binaryOf(t, m)}
		}
		for _, m := range models[f[0]] {
			score, words := m.Line(f[3])
			want, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				t.Fatal(err)
			}
			if float64(score) != want {
				t.Errorf("%s: %v, KenLM says %v of %q", f[0], score, want, f[3])
			}
			pp, _ := strconv.ParseFloat(f[2], 64)
			if got := math.Pow(10, -float64(score)/float64(words)); math.Abs(got-pp) > 1e-9*pp {
				t.Errorf("%s: perplexity %v, KenLM says %v of %q", f[0], got, pp, f[3])
			}
		}
		n++
	}
	if n < 800 {
		t.Errorf("only %d scores", n)
	}
}

// The image that is built of ARPA text has the bytes of build_binary's file.
func TestImageIsKenLMsFile(t *testing.T) {
	for line := range strings.Lines(string(readTestFile(t, "binaries.sha256"))) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		m := readTestModel(t, strings.TrimSuffix(name, ".bin")+".arpa")
		if got := sha256.Sum256(m.image); hex.EncodeToString(got[:]) != sum {
			t.Errorf("%s has other bytes (%d)", name, len(m.image))
		}
	}
}

// A textbook reads an ARPA file into maps and backs off by the definition.
type textbook struct {
	order   int
	prob    map[string]float64
	backoff map[string]float64
}

func newTextbook(arpa string) *textbook {
	b := &textbook{prob: map[string]float64{}, backoff: map[string]float64{}}
	n := 0
	for line := range strings.Lines(arpa) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasSuffix(line, "-grams:") {
			n++
			b.order = n
			continue
		}
		f := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		if n == 0 || len(f) < n+1 {
			continue
		}
		gram := strings.Join(f[1:n+1], " ")
		b.prob[gram], _ = strconv.ParseFloat(f[0], 64)
		if len(f) > n+1 {
			b.backoff[gram], _ = strconv.ParseFloat(f[n+1], 64)
		}
	}
	return b
}

// log10 is log10 p(word | context).
func (b *textbook) log10(context []string, word string) float64 {
	if len(context) >= b.order {
		context = context[len(context)-b.order+1:]
	}
	if p, ok := b.prob[strings.Join(append(append([]string{}, context...), word), " ")]; ok {
		return p
	}
	if len(context) == 0 {
		if p, ok := b.prob[unkWord]; ok {
			return p
		}
		return unkMissing
	}
	return b.backoff[strings.Join(context, " ")] + b.log10(context[1:], word)
}

// known replaces words that the textbook does not have.
func (b *textbook) known(words []string) (out []string) {
	for _, w := range words {
		if _, ok := b.prob[w]; !ok {
			w = unkWord
		}
		out = append(out, w)
	}
	return out
}

func (b *textbook) line(s string) (sum float64) {
	context := []string{bosWord}
	for _, w := range append(b.known(strings.FieldsFunc(s, func(r rune) bool { return r < 256 && spaces[r] })), eosWord) {
		sum += b.log10(context, w)
		context = append(context, w)
	}
	return sum
}

func TestScoresAreTheTextbooks(t *testing.T) {
	lines := strings.Split(string(readTestFile(t, "corpus.txt.gz")), "\n")
	lines = append(lines, "a b a c", "a b c a b a", "b c b c a b a", "nothing is known", "")
	for _, name := range []string{"o2.arpa", "o5.arpa", "pruned.arpa", "nounk.arpa"} {
		m := readTestModel(t, name)
		file := name + map[string]string{"o2.arpa": ".gz", "o5.arpa": ".zst"}[name]
		b := newTextbook(string(readTestFile(t, file)))
		for i, line := range lines {
			for _, s := range []string{line, line + " of the " + lines[(i*7+3)%len(lines)]} {
				score, _ := m.Line(s)
				if want := b.line(s); math.Abs(float64(score)-want) > 2e-5*(1+math.Abs(want)) {
					t.Fatalf("%s: %v, the textbook says %v of %q", name, score, want, s)
				}
			}
		}
	}
}
