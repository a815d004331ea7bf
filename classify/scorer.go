package classify

import "strings"

// A Classifier is a model prepared for speed: folded where it has few labels, its
// input rows unpacked where they are quantised. It may be shared.
type Classifier struct {
	Model  *Model
	folded *folded
}

// unpackLimit is how many bytes unpacked rows may take.
const unpackLimit = 256 << 20

// NewClassifier prepares a supervised model.
func NewClassifier(m *Model) *Classifier {
	if f := fold(m); f != nil {
		return &Classifier{m, f}
	}
	return &Classifier{Model: m.unpacked()}
}

// unpacked returns the model with a dense input matrix where that fits; the sums
// are the same to the bit.
func (m *Model) unpacked() *Model {
	if m.input.quant == nil || m.input.rows > unpackLimit/4/m.input.cols {
		return m
	}
	dense := *m
	cols := int(m.input.cols)
	dense.input = matrix{rows: m.input.rows, cols: m.input.cols, dense: make([]float32, int(m.input.rows)*cols)}
	for i := range int(m.input.rows) {
		m.input.addRow(dense.input.dense[i*cols:][:cols], i)
	}
	return &dense
}

// A Scorer scores whole texts, in which newlines part words. It is owned by one
// goroutine and allocates nothing per text.
type Scorer struct {
	m     *Model
	sum   *sum // nil where the model is not folded
	exact *Predictor
	out   []Prediction
	names []string // of the labels
}

func (s *Scorer) label(i int) string { return s.names[i] }

// Scorer returns a scorer for one goroutine.
func (c *Classifier) Scorer() *Scorer {
	s := &Scorer{m: c.Model, exact: NewPredictor(c.Model), names: c.Model.labelNames()}
	s.exact.f.whole = true
	if c.folded != nil {
		s.sum = c.folded.newSum()
	}
	return s
}

// Predict appends the k likeliest labels that are at least threshold likely, as
// Predictor.Predict does for one line.
func (s *Scorer) Predict(dst []Prediction, text string, k int, threshold float32) []Prediction {
	if s.sum == nil {
		return s.exact.Predict(dst, text, k, threshold)
	}
	s.sum.text(text)
	return s.summed(dst, k, threshold)
}

// Line appends the k likeliest labels of the first line of text, which ends as the
// original's do: behind a newline, behind a word "</s>", or with the text. It returns
// what follows.
func (s *Scorer) Line(dst []Prediction, text string, k int, threshold float32) (labels []Prediction, rest string) {
	end := endOfLine(text)
	line, rest := text[:end], text[end:]
	if s.sum != nil {
		s.sum.line(line)
		return s.summed(dst, k, threshold), rest
	}
	s.exact.f.whole = false
	dst = s.exact.Predict(dst, line, k, threshold)
	s.exact.f.whole = true
	return dst, rest
}

// endOfLine returns where the first line of a text ends.
func endOfLine(text string) int {
	end := len(text)
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		end = i + 1
	}
	for at := 0; ; {
		i := strings.Index(text[at:end], EOS)
		if i < 0 {
			return end
		}
		start := at + i
		at = start + len(EOS)
		if (start == 0 || separates[text[start-1]]) && (at == len(text) || separates[text[at]]) {
			return at
		}
	}
}

// summed appends the labels of what the sum has.
func (s *Scorer) summed(dst []Prediction, k int, threshold float32) []Prediction {
	if s.sum.n == 0 || k <= 0 {
		return dst
	}
	p := s.exact
	p.best.reset(k)
	s.sum.outputs(p.out)
	if s.m.Args.Loss == HierarchicalSoftmax {
		p.walk(threshold, func(row int32) float32 { return p.out[row] })
	} else {
		p.choose(threshold)
	}
	return p.best.list(dst)
}

// Score returns the probability of a label as the original prints it, and 0 for a
// text without a feature.
func (s *Scorer) Score(text string, label int) float64 {
	if s.sum != nil && s.sum.pair {
		s.sum.text(text)
		if s.sum.n == 0 {
			return 0
		}
		return s.sum.pairScore(label) + 1e-5
	}
	s.out = s.Predict(s.out[:0], text, All, -1)
	for _, p := range s.out {
		if p.Label == label {
			return float64(p.P)
		}
	}
	return 0
}

// Best returns the likeliest label, and false for a text without a feature.
func (s *Scorer) Best(text string) (Prediction, bool) {
	s.out = s.Predict(s.out[:0], text, 1, -1)
	if len(s.out) == 0 {
		return Prediction{}, false
	}
	return s.out[0], true
}

// pairScore returns the probability of one of two classes of a softmax.
func (s *sum) pairScore(label int) float64 {
	x := s.acc[0] / float64(s.n)
	if label == 0 {
		x = -x
	}
	return logistic(x)
}
