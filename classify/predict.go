package classify

import (
	"cmp"
	"math"
	"slices"
)

// A Prediction is a label and how likely it is.
type Prediction struct {
	Label int
	// P is what the original prints: the probability plus 0.00001, but for
	// hierarchical softmax, where each step of the way has that in it.
	P float32
}

// All asks Predict for every label.
const All = math.MaxInt

// A Predictor predicts as the original does, to the order of its additions. It is
// owned by one goroutine.
type Predictor struct {
	m      *Model
	f      *featurer
	hidden []float32
	out    []float32
	best   best
	stack  []treeNode
}

// NewPredictor returns a predictor of a supervised model.
func NewPredictor(m *Model) *Predictor {
	return &Predictor{m: m, f: newFeaturer(m), hidden: make([]float32, m.Args.Dim), out: make([]float32, m.Labels())}
}

// Predict appends to dst the k likeliest labels, at least threshold likely, of the
// first line of text: it ends at a newline or at a word "</s>". Equal ones come in
// the order of the labels. A line without a feature has no prediction.
func (p *Predictor) Predict(dst []Prediction, text string, k int, threshold float32) []Prediction {
	p.f.line(text)
	if len(p.f.rows) == 0 || k <= 0 || p.m.Labels() == 0 {
		return dst
	}
	p.mean()
	p.best.reset(k)
	if p.m.Args.Loss == HierarchicalSoftmax {
		p.walk(threshold, p.node)
	} else {
		for i := range p.out {
			p.out[i] = p.m.output.dot(p.hidden, i)
		}
		p.choose(threshold)
	}
	return p.best.list(dst)
}

// node is the output of a node of the tree.
func (p *Predictor) node(row int32) float32 { return p.m.output.dot(p.hidden, int(row)) }

// mean makes the hidden vector: the mean of all rows, where repeated ones count
// as often as they stand there.
func (p *Predictor) mean() {
	clear(p.hidden)
	for _, row := range p.f.rows {
		p.m.input.addRow(p.hidden, int(row))
	}
	scale := float32(1 / float64(len(p.f.rows)))
	for j := range p.hidden {
		p.hidden[j] *= scale
	}
}

// choose turns outputs into probabilities and keeps the best.
func (p *Predictor) choose(threshold float32) {
	probabilities(p.m.Args.Loss, p.out)
	for i, x := range p.out {
		if x >= threshold {
			p.best.add(i, logPlus(float64(x)))
		}
	}
}

// probabilities turns outputs into probabilities in place.
func probabilities(loss Loss, out []float32) {
	if loss != Softmax {
		for i, x := range out {
			out[i] = sigmoid(x)
		}
		return
	}
	if len(out) == 0 {
		return
	}
	most, sum := slices.Max(out), float32(0)
	for i, x := range out {
		out[i] = float32(exp(float64(x - most)))
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
}

// logPlus is the original's logarithm, which never sees 0.
func logPlus(x float64) float32 { return float32(log(x + 1e-5)) }

const (
	sigmoidSteps = 512
	sigmoidBound = 8
)

// sigmoids are the values of the logistic function that the original looks up in
// place of computing them.
var sigmoids = func() (t [sigmoidSteps + 1]float32) {
	for i := range t {
		x := float32(i*2*sigmoidBound)/sigmoidSteps - sigmoidBound
		t[i] = float32(logistic(float64(x)))
	}
	return t
}()

// sigmoidLosses are the losses where the logistic function should be 1.
var sigmoidLosses = func() (t [sigmoidSteps + 1]float32) {
	for i, p := range sigmoids {
		t[i] = -logPlus(float64(p))
	}
	return t
}()

func sigmoidLoss(x, p float32) float32 {
	if !(-sigmoidBound <= x && x <= sigmoidBound) {
		return -logPlus(float64(p))
	}
	return sigmoidLosses[int((x+sigmoidBound)*sigmoidSteps/sigmoidBound/2)]
}

func sigmoid(x float32) float32 {
	switch {
	case x < -sigmoidBound:
		return 0
	case x > sigmoidBound:
		return 1
	case x != x:
		return x
	}
	return sigmoids[int((x+sigmoidBound)*sigmoidSteps/sigmoidBound/2)]
}

// A treeNode is still to be visited; score is the logarithm of its probability.
type treeNode struct {
	node  int32
	score float32
}

// walk visits the tree from the root, the likelier side first, and leaves out what is
// less likely than the threshold or than the k best so far. The stack is ours:
// the tree of a hostile file is as deep as it has labels.
func (p *Predictor) walk(threshold float32, dot func(row int32) float32) {
	t, least := p.m.tree, logPlus(float64(threshold))
	p.stack = append(p.stack[:0], treeNode{t.root(), 0})
	for len(p.stack) > 0 {
		at := p.stack[len(p.stack)-1]
		p.stack = p.stack[:len(p.stack)-1]
		if at.score < least || p.best.refuses(at.score) {
			continue
		}
		row := at.node - int32(t.labels)
		if row < 0 {
			p.best.add(int(at.node), at.score)
			continue
		}
		x := float32(logistic(float64(dot(row))))
		right := treeNode{t.right[row], at.score + logPlus(float64(x))}
		left := treeNode{t.left[row], at.score + logPlus(1-float64(x))}
		if x > 0.5 {
			p.stack = append(p.stack, left, right)
		} else {
			p.stack = append(p.stack, right, left)
		}
	}
}

// best keeps the k best labels with the logarithms of their probabilities, in a
// heap with the worst on top.
type best struct {
	k    int
	heap []scored
}

type scored struct {
	label int
	score float32
}

// worse orders by score, and equal ones by label.
func worse(a, b scored) bool {
	return a.score < b.score || a.score == b.score && a.label > b.label
}

func (b *best) reset(k int) { b.k, b.heap = k, b.heap[:0] }

// refuses reports whether a score cannot be among the best.
func (b *best) refuses(score float32) bool {
	return len(b.heap) == b.k && score < b.heap[0].score
}

func (b *best) add(label int, score float32) {
	s := scored{label, score}
	if len(b.heap) < b.k {
		b.heap = append(b.heap, s)
		b.up(len(b.heap) - 1)
	} else if worse(b.heap[0], s) {
		b.heap[0] = s
		b.down()
	}
}

func (b *best) up(i int) {
	for h := b.heap; i > 0 && worse(h[i], h[(i-1)/2]); i = (i - 1) / 2 {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
	}
}

func (b *best) down() {
	h, i := b.heap, 0
	for {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(h); c++ {
			if worse(h[c], h[least]) {
				least = c
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

// list appends the labels, best first, with their probabilities.
func (b *best) list(dst []Prediction) []Prediction {
	slices.SortFunc(b.heap, func(x, y scored) int {
		return cmp.Or(cmp.Compare(y.score, x.score), x.label-y.label)
	})
	for _, s := range b.heap {
		dst = append(dst, Prediction{s.label, float32(exp(float64(s.score)))})
	}
	return dst
}
