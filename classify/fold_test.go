package classify

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// slowMean is what folding must give: the same sums in 64 bit, feature by feature.
func slowOutputs(m *Model, text string) []float64 {
	f := newFeaturer(m)
	f.whole = true
	f.line(text)
	hidden := make([]float64, m.Args.Dim)
	row := make([]float32, m.Args.Dim)
	for _, r := range f.rows {
		clear(row)
		m.input.addRow(row, int(r))
		for j, x := range row {
			hidden[j] += float64(x) / float64(len(f.rows))
		}
	}
	out := make([]float64, m.Labels())
	for label := range out {
		clear(row)
		m.output.addRow(row, label)
		for j, x := range row {
			out[label] += float64(hidden[j] * float64(x))
		}
	}
	return out
}

func TestFoldedIsTheSame(t *testing.T) {
	dir := shared(t, "oracles", "fasttext", "models")
	lines := oracleLines(t)
	worst, folds := 0.0, 0
	for _, file := range []string{"golden-279.bin", "bin-softmax-bi.bin", "bin-softmax-bi-qc.ftz", "bin-ova-sub.bin", "bin-ova-sub-q.ftz", "ck-hs-trisub.bin", "ck-softmax-cut0.ftz"} {
		m := readModel(t, filepath.Join(dir, file))
		f := newPrepared(m)
		if f.folded() {
			folds++
		}
		s, out := f.newSum(), make([]float32, m.Labels())
		for id, text := range lines {
			s.text(text)
			if s.n == 0 {
				continue
			}
			s.outputs(out, make([]float32, m.Args.Dim))
			want := slowOutputs(m, text)
			if f.pair {
				want = []float64{0, want[1] - want[0]}
			}
			for j := range want {
				far := math.Abs(float64(out[j]) - want[j])
				worst = max(worst, far)
				if far > 1e-5*max(1, math.Abs(want[j])) {
					t.Fatalf("%s %s: output %d is %v, want %v", file, id, j, out[j], want[j])
				}
			}
		}
	}
	if folds < 5 {
		t.Errorf("%d models were folded", folds)
	}
	t.Logf("largest difference of an output: %.2g", worst)
}

// Folded scores against the original's. It sums in 32 bit, which is off by more the
// longer a text is; the README of the oracle says by how much.
func TestOracleFolded(t *testing.T) {
	dir := shared(t, "oracles", "fasttext")
	lines := oracleLines(t)
	scorers := map[string]*Scorer{}
	worst, far := 0.0, 0
	for _, want := range records[oraclePrediction](t, filepath.Join(dir, "predictions.jsonl.zst")) {
		text := lines[want.ID]
		if !strings.HasPrefix(want.Model, "bin-") || len(want.Out) != 1 || strings.Contains(text, "\n") {
			continue
		}
		s := scorers[want.Model]
		if s == nil {
			s = NewClassifier(readModel(t, filepath.Join(dir, "models", want.Model))).Scorer()
			scorers[want.Model] = s
		}
		for _, w := range want.Out[0] {
			label, _ := s.m.LabelIndex(w.Label)
			d := math.Abs(s.Score(text, label) - w.P)
			worst = max(worst, d)
			if d > 1e-4 {
				far++
			}
			if d > 3e-4 {
				t.Errorf("%s %s: %v, not %v", want.Model, want.ID, s.Score(text, label), w.P)
			}
		}
	}
	t.Logf("largest difference of a probability: %.2g; %d are past 1e-4", worst, far)
}

func TestScorerGolden(t *testing.T) {
	s := NewClassifier(goldenModel(t)).Scorer()
	if !s.sum.folded() {
		t.Fatal("not folded")
	}
	for _, want := range goldenLines {
		got := s.Predict(nil, want.text, 2, 0)
		for i, g := range got {
			if s.m.Label(g.Label) != want.out[i].Label || math.Abs(float64(g.P)-want.out[i].P) > 1e-6 {
				t.Errorf("%q: %v, want %v", want.text, g, want.out[i])
			}
		}
	}
	if a, b := s.Score("good\nbad", 0), s.Score("good bad", 0); a != b {
		t.Errorf("a newline parts words: %v, %v", a, b)
	}
}

// benchTexts are whole documents of about 2 kB.
func benchTexts(b *testing.B) (texts []string, size int64) {
	for _, r := range records[struct{ Text string }](b, shared(b, "data", "fineweb-legal", "docs.jsonl.zst")) {
		texts = append(texts, r.Text)
		size += int64(len(r.Text))
	}
	return texts, size
}

func BenchmarkScore(b *testing.B) {
	for _, file := range []string{"bin-softmax-bi.bin", "bin-softmax-bi-qc.ftz", "bin-ova-sub.bin"} {
		b.Run(file, func(b *testing.B) {
			data, err := os.ReadFile(shared(b, "oracles", "fasttext", "models", file))
			if err != nil {
				b.Fatal(err)
			}
			m, err := Read(data)
			if err != nil {
				b.Fatal(err)
			}
			s := NewClassifier(m).Scorer()
			texts, size := benchTexts(b)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				for _, t := range texts {
					s.Score(t, 0)
				}
			}
		})
	}
}
