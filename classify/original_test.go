package classify

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// original runs fastText's own program, or skips the test where it is not installed.
func original(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	program, err := exec.LookPath("fasttext")
	if err != nil {
		t.Skip("needs fastText's own program")
	}
	c := exec.Command(program, args...)
	c.Stdin = strings.NewReader(stdin)
	out, err := c.Output()
	if err != nil {
		t.Fatalf("fasttext %v: %v", args, err)
	}
	return string(out)
}

// Models that the original trains and quantises here: every loss, words alone, word
// n-grams and letter n-grams, dense, quantised and pruned. Its answers to 500 lines, odd
// ones among them, are ours: labels, and probabilities to 1e-4, in the order of its additions
// and prepared for speed.
func TestBesideOriginal(t *testing.T) {
	dir := t.TempDir()
	train, test := cookingLines(t, true)
	file := filepath.Join(dir, "train.txt")
	if err := os.WriteFile(file, []byte(strings.Join(train[:2000], "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	questions := append(oddLines(), test[:500]...)
	for _, loss := range []string{"softmax", "hs", "ns", "ova"} {
		for name, features := range map[string][]string{
			"words": nil, "pairs": {"-wordNgrams", "2", "-bucket", "20000"}, "letters": {"-minn", "2", "-maxn", "4", "-bucket", "20000"},
		} {
			model := filepath.Join(dir, loss+name)
			args := append([]string{"supervised", "-input", file, "-output", model, "-loss", loss, "-dim", "4", "-epoch", "2", "-lr", "0.5", "-thread", "2", "-verbose", "0"}, features...)
			original(t, "", args...)
			beside(t, model+".bin", questions)
			quantise := []string{"quantize", "-input", file, "-output", model, "-verbose", "0"}
			if name != "words" {
				quantise = append(quantise, "-qnorm", "-cutoff", "5000")
			}
			original(t, "", quantise...)
			beside(t, model+".ftz", questions)
		}
	}
}

// oddLines are what a text file may hold and few do.
func oddLines() []string {
	return []string{
		"", " ", "\t\v\f", "</s>", "bread </s> and butter", "</s> </s>", "a</s>b", "bread\rbutter\r", "bread\x00butter", "\x00",
		"\xff\xfe bread \xc3", "\xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x8d\x9e", "caf\xc3\xa9 na\xc3\xafve", "__label__bread bread", "bread __label__nosuch", "__label__", "__label__bread",
		strings.Repeat("x", 3_000), strings.Repeat("bread ", 20_000), strings.Repeat("é", 5000), "< > <bread>", "b r e a d", "24-byte-words-are-a-bound exactly-twenty-three-by. exactly-twenty-four-byt.",
	}
}

// beside compares our answers with the original's.
func beside(t *testing.T, model string, questions []string) {
	t.Helper()
	m, err := ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(questions, "\n") + "\n"
	want := strings.Split(strings.TrimSuffix(original(t, text, "predict-prob", model, "-", "3"), "\n"), "\n")
	for how, s := range map[string]*Scorer{"exact": (&Classifier{Model: m}).Scorer(), "prepared": NewClassifier(m).Scorer()} {
		rest, got, n, worst := text, []Prediction(nil), 0, 0.0
		for ; rest != "" && n < len(want); n++ {
			line := rest
			got, rest = s.Line(got[:0], rest, 3, 0)
			line = line[:len(line)-len(rest)]
			answer, bound := strings.Fields(want[n]), 1e-4
			if how == "prepared" && len(line) > 50_000 {
				bound = 3e-4
			}
			if len(answer) != 2*len(got) {
				t.Fatalf("%s, %s: %.60q has %d labels, the original %q", filepath.Base(model), how, line, len(got), want[n])
			}
			for i, g := range got {
				p, _ := strconv.ParseFloat(answer[2*i+1], 64)
				far := math.Abs(float64(g.P) - p)
				worst = max(worst, far)
				label, tie := m.FullLabel(g.Label), 1e-5
				if how == "prepared" && m.Args.Loss != Softmax && m.Args.Loss != HierarchicalSoftmax {
					// A sum at the edge of a step in the table of the logistic function can
					// fall on either side, and is then one step off.
					step := p * (1 - p) * 2 * sigmoidBound / sigmoidSteps
					bound, tie = max(bound, 1.1*step), max(tie, 1.1*step)
				}
				if far > bound || label != answer[2*i] && !s.exact.tied(line, g, answer[2*i], tie) {
					t.Fatalf("%s, %s: %.60q: %s %v, the original %s", filepath.Base(model), how, line, label, g.P, want[n])
				}
			}
		}
		if rest != "" || n != len(want) {
			t.Errorf("%s, %s: %d answers, the original has %d", filepath.Base(model), how, n, len(want))
		}
		t.Logf("%s, %s: %d answers, largest difference %.2g", filepath.Base(model), how, n, worst)
	}
}

// tied reports whether a label is as likely as another one, up to what sums differ by.
func (p *Predictor) tied(line string, g Prediction, label string, far float64) bool {
	for _, other := range p.Predict(nil, line, All, -1) {
		if p.m.FullLabel(other.Label) == label {
			return math.Abs(float64(other.P-g.P)) <= far
		}
	}
	return false
}
