package classify

import (
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// near compares with numbers that were printed with five digits.
func near(got []float32, want []float64) bool {
	if len(got) != len(want) {
		return false
	}
	for i, w := range want {
		if math.Abs(float64(got[i])-w) > 6e-5*math.Abs(w)+1e-6 {
			return false
		}
	}
	return true
}

func TestOracleWordVectors(t *testing.T) {
	dir := shared(t, "oracles", "fasttext")
	m := readModel(t, filepath.Join(dir, "models", "sg-wiki.bin"))
	e, got, unknown := NewEmbedder(m), make([]float32, m.Args.Dim), 0
	for _, want := range records[struct {
		Word          string
		In_vocabulary bool
		Vector        []float64
	}](t, filepath.Join(dir, "word-vectors.jsonl.zst")) {
		if !want.In_vocabulary {
			unknown++
		}
		if e.Word(got, want.Word); !near(got, want.Vector) {
			t.Errorf("%q: %v, want %v", want.Word, got, want.Vector)
		}
	}
	if unknown != 43 {
		t.Errorf("%d words out of the vocabulary, want 43", unknown)
	}
}

func TestOracleSentenceVectors(t *testing.T) {
	dir := shared(t, "oracles", "fasttext")
	lines, embedders := oracleLines(t), map[string]*Embedder{}
	n := 0
	for _, want := range records[struct {
		Model, ID string
		V         []float64
	}](t, filepath.Join(dir, "sentence-vectors.jsonl.zst")) {
		e := embedders[want.Model]
		if e == nil {
			e = NewEmbedder(readModel(t, filepath.Join(dir, "models", want.Model)))
			embedders[want.Model] = e
		}
		got := make([]float32, e.m.Args.Dim)
		if e.Sentence(got, lines[want.ID]); !near(got, want.V) {
			t.Errorf("%s %s: %v, want %v", want.Model, want.ID, got, want.V)
		}
		n++
	}
	if n != 380 {
		t.Errorf("%d sentences, want 380", n)
	}
}

// Sentences of a model without labels, beside the original program.
func TestOriginalSentenceVectors(t *testing.T) {
	program, err := exec.LookPath("fasttext")
	if err != nil {
		t.Skip("needs fastText's own program")
	}
	file := shared(t, "oracles", "fasttext", "models", "sg-wiki.bin")
	lines := []string{"the river near the lake", "", "zzzz", "a\tb\v c", "</s>", "the </s> river", "été 北京", "x"}
	cmd := exec.Command(program, "print-sentence-vectors", file)
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	e := NewEmbedder(readModel(t, file))
	answers := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(answers) != len(lines) {
		t.Fatalf("%d answers to %d lines", len(answers), len(lines))
	}
	for i, line := range lines {
		got, want := make([]float32, e.m.Args.Dim), []float64{}
		e.Sentence(got, line)
		numbers := strings.Fields(answers[i])
		for _, s := range numbers[len(numbers)-len(got):] {
			var x float64
			fmt.Sscan(s, &x)
			want = append(want, x)
		}
		if !near(got, want) {
			t.Errorf("%q: %v, the original says %v", line, got, want)
		}
	}
}

// Without rows there is no vector, and none is left from the line before.
func TestNoVector(t *testing.T) {
	e := NewEmbedder(goldenModel(t))
	v := []float32{5, 5}
	if e.Word(v, "zzz") || v[0] != 0 || v[1] != 0 {
		t.Errorf("%v", v)
	}
	if !e.Word(v, "good") || v[0] != 1 || v[1] != 0 {
		t.Errorf("%v", v)
	}
	if !e.Sentence(v, "") || v[0] != 0 {
		t.Errorf("the end of the line is a feature: %v", v)
	}
}
