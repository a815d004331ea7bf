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

func TestOracleSentenceVectors(t *testing.T) {
	dir := shared(t, "oracles", "fasttext")
	lines, models := oracleLines(t), map[string]*Words{}
	n := 0
	for _, want := range records[struct {
		Model, ID string
		V         []float64
	}](t, filepath.Join(dir, "sentence-vectors.jsonl.zst")) {
		e := models[want.Model]
		if e == nil {
			e = NewWords(readModel(t, filepath.Join(dir, "models", want.Model)))
			models[want.Model] = e
		}
		if got, _, _ := e.Sentence(nil, lines[want.ID]); !near(got, want.V) {
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
	e := NewWords(readModel(t, file))
	answers := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(answers) != len(lines) {
		t.Fatalf("%d answers to %d lines", len(answers), len(lines))
	}
	for i, line := range lines {
		var want []float64
		got, _, ok := e.Sentence(nil, line)
		if !ok {
			got = make([]float32, e.Dimensions())
		}
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

// Without rows there is no vector, and nothing is appended.
func TestNoVector(t *testing.T) {
	e := NewWords(goldenModel(t))
	before := []float32{5}
	if v, _, ok := e.Vector(before, "zzz"); ok || len(v) != 1 {
		t.Errorf("%v", v)
	}
	if v, _, ok := e.Sentence(before, "good"); !ok || len(v) != 3 || v[0] != 5 {
		t.Errorf("%v", v)
	}
	if v, _, ok := e.Sentence(nil, ""); !ok || v[0] != 0 || v[1] != 0 {
		t.Errorf("the end of the line is a feature: %v", v)
	}
}
