package classify

import (
	"errors"
	"strings"
)

// A Classifier is a model prepared for speed. It may be shared.
type Classifier struct {
	Model    *Model
	prepared *prepared
}

// NewClassifier prepares a supervised model.
func NewClassifier(m *Model) *Classifier { return &Classifier{m, newPrepared(m)} }

// LoadClassifier reads the bytes of a model file and prepares the model. It keeps none of
// the bytes: where the model is folded, its input matrix, which is most of the file, goes
// with them, and the Model can no longer be written, evaluated or trained.
func LoadClassifier(data []byte) (*Classifier, error) {
	m, err := read(&decoder{data: data, lent: true})
	if err != nil {
		return nil, err
	}
	if m.Args.Kind != Supervised {
		return nil, errors.New("the model holds word vectors and no labels: train one with `tamis train` or `fasttext supervised`")
	}
	c := NewClassifier(m)
	m.output.keep()
	if c.prepared.folded() {
		m.input.dense = nil
	} else {
		m.input.keep()
	}
	return c, nil
}

// A Scorer scores whole texts, in which newlines part words. It is owned by one
// goroutine and allocates nothing per text.
type Scorer struct {
	m     *Model
	sum   *sum // nil where sums are to be the original's to the last bit
	exact *Predictor
	out   []Prediction
	names []string // of the labels
}

func (s *Scorer) label(i int) string { return s.names[i] }

// Scorer returns a scorer for one goroutine.
func (c *Classifier) Scorer() *Scorer {
	s := &Scorer{m: c.Model, exact: NewPredictor(c.Model), names: c.Model.labelNames()}
	s.exact.f.whole = true
	if c.prepared != nil {
		s.sum = c.prepared.newSum()
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
		s.sum.text(line)
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
	if s.m.Args.Loss != HierarchicalSoftmax {
		s.sum.outputs(p.out, p.hidden)
		p.choose(threshold)
	} else if s.sum.folded() {
		s.sum.mean(p.out)
		p.walk(threshold, func(row int32) float32 { return p.out[row] })
	} else {
		s.sum.mean(p.hidden)
		p.walk(threshold, p.node)
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
