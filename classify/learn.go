package classify

import (
	"context"
	"math"
	"sync"
)

// learn runs stochastic gradient descent in batches. In a batch every example first
// computes its gradient from the same state, in any order; then each row of both
// matrices receives its changes in the order of the examples. No result depends on
// how many goroutines share the work:
//
//	example 0 ─┐                     ┌─▶ rows ≡ 0 (mod threads)
//	example 1 ─┼─▶ gradients ─ wait ─┼─▶ rows ≡ 1 (mod threads)
//	example 2 ─┘                     └─▶ …
func learn(ctx context.Context, m *Model, lines []string, o TrainOptions) error {
	l := &lesson{m: m, o: o, total: float64(o.Epochs) * float64(m.dict.tokens)}
	l.prepare()
	examples := make([]example, o.Batch)
	for i := range examples {
		examples[i].start(m)
	}
	for epoch := range int(o.Epochs) {
		order := shuffled(len(lines), o.Seed, uint64(epoch))
		for len(order) > 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			n := min(o.Batch, len(order))
			for i, line := range order[:n] {
				examples[i].line, examples[i].chance = lines[line], mix(o.Seed, uint64(epoch), uint64(line), 1)
			}
			l.batch(examples[:n])
			order = order[n:]
		}
	}
	l.report(1)
	return nil
}

// A lesson is the state of a training.
type lesson struct {
	m        *Model
	o        TrainOptions
	total    float64 // tokens in all epochs
	tokens   int64
	loss     float64
	examples int64
	next     float64 // share at which progress is told

	paths     [][]huffmanStep // of each label, hierarchical softmax only
	negatives []float64       // cumulated square roots of the labels' counts
}

func (l *lesson) prepare() {
	if l.m.tree != nil {
		l.paths = l.m.tree.paths()
	}
	sum := 0.0
	for _, n := range l.m.dict.counts[l.m.dict.nwords:] {
		sum += math.Sqrt(float64(max(n, 0)))
		l.negatives = append(l.negatives, sum)
	}
}

// An example is one line with what it asks both matrices to change.
type example struct {
	line   string
	chance uint64
	f      *featurer
	hidden []float32
	grad   []float32
	out    []float32
	pulls  []pull
	loss   float64
}

// A pull adds rate times the example's hidden vector to an output row.
type pull struct {
	row  int32
	rate float32
}

func (e *example) start(m *Model) {
	e.f = newFeaturer(m)
	e.hidden, e.grad = make([]float32, m.Args.Dim), make([]float32, m.Args.Dim)
	e.out = make([]float32, m.Labels())
}

// batch learns from examples. The learning rate falls with the tokens read.
func (l *lesson) batch(examples []example) {
	done := float64(l.tokens) / l.total
	rate := float32(l.o.Rate * (1 - min(done, 1)))
	l.share(len(examples), func(worker, workers int) {
		for i := worker; i < len(examples); i += workers {
			l.study(&examples[i], rate)
		}
	})
	l.share(l.o.Threads, func(worker, workers int) {
		for i := range examples {
			l.apply(&examples[i], int32(worker), int32(workers))
		}
	})
	for i := range examples {
		l.tokens += int64(examples[i].f.tokens)
		if len(examples[i].pulls) > 0 {
			l.loss += examples[i].loss
			l.examples++
		}
	}
	if done >= l.next {
		l.report(done)
	}
}

// share calls f on as many goroutines as there are threads, at most n, and waits.
func (l *lesson) share(n int, f func(worker, workers int)) {
	workers := min(n, l.o.Threads)
	if workers <= 1 {
		f(0, 1)
		return
	}
	var wg sync.WaitGroup
	for w := 1; w < workers; w++ {
		wg.Go(func() { f(w, workers) })
	}
	f(0, workers)
	wg.Wait()
}

func (l *lesson) report(done float64) {
	l.next += 0.01
	if l.o.Progress != nil {
		l.o.Progress(Progress{Done: done, Tokens: l.tokens, Loss: l.loss / float64(max(l.examples, 1)), Rate: l.o.Rate * (1 - done)})
	}
}

// study computes what an example asks for. One without a label or a feature asks
// for nothing.
func (l *lesson) study(e *example, rate float32) {
	e.f.line(e.line)
	e.pulls, e.loss = e.pulls[:0], 0
	if len(e.f.rows) == 0 || len(e.f.labels) == 0 {
		return
	}
	clear(e.hidden)
	clear(e.grad)
	for _, row := range e.f.rows {
		addTo(e.hidden, l.m.input.dense[int(row)*len(e.hidden):])
	}
	scale := 1 / float32(len(e.f.rows))
	scaleBy(e.hidden, scale)
	target := e.f.labels[e.chance%uint64(len(e.f.labels))]
	switch l.m.Args.Loss {
	case Softmax:
		l.softmax(e, target, rate)
	case OneVsAll:
		l.oneVsAll(e, rate)
	case NegativeSampling:
		l.negativeSampling(e, target, rate)
	case HierarchicalSoftmax:
		for _, s := range l.paths[target] {
			l.binary(e, s.row, s.right, rate)
		}
	}
	scaleBy(e.grad, scale)
}

// softmax pulls every label's row towards or away from the text.
func (l *lesson) softmax(e *example, target int32, rate float32) {
	for i := range e.out {
		e.out[i] = l.m.output.dot(e.hidden, i)
	}
	probabilities(Softmax, e.out)
	for i, p := range e.out {
		want := float32(0)
		if int32(i) == target {
			want = 1
		}
		l.pull(e, int32(i), float32(rate*(want-p)))
	}
	e.loss = -float64(logPlus(float64(e.out[target])))
}

// pull notes a change of an output row, and what it means for the text's rows.
func (l *lesson) pull(e *example, row int32, rate float32) {
	e.pulls = append(e.pulls, pull{row, rate})
	addScaled(e.grad, l.m.output.dense[int(row)*len(e.grad):], rate)
}

// binary learns one yes or no from the logistic loss.
func (l *lesson) binary(e *example, row int32, yes bool, rate float32) {
	p, want := sigmoid(l.m.output.dot(e.hidden, int(row))), float32(0)
	if yes {
		want = 1
		e.loss -= float64(logPlus(float64(p)))
	} else {
		e.loss -= float64(logPlus(1 - float64(p)))
	}
	l.pull(e, row, float32(rate*(want-p)))
}

func (l *lesson) oneVsAll(e *example, rate float32) {
	for i := range e.out {
		e.out[i] = 0
	}
	for _, label := range e.f.labels {
		e.out[label] = 1
	}
	for i, yes := range e.out {
		l.binary(e, int32(i), yes == 1, rate)
	}
}

// negativeSampling learns the target against labels drawn in proportion to the
// square root of their counts.
func (l *lesson) negativeSampling(e *example, target int32, rate float32) {
	l.binary(e, target, true, rate)
	if len(l.negatives) < 2 {
		return
	}
	draws := uint64(0)
	for range l.m.Args.Negatives {
		other := target
		for other == target {
			draws++
			u := float64(mix(e.chance, draws)>>11) / (1 << 53)
			other = l.draw(float64(u * l.negatives[len(l.negatives)-1]))
		}
		l.binary(e, other, false, rate)
	}
}

// draw returns the first label whose cumulated weight is above u.
func (l *lesson) draw(u float64) int32 {
	lo, hi := 0, len(l.negatives)-1
	for lo < hi {
		if mid := (lo + hi) / 2; u < l.negatives[mid] {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return int32(lo)
}

// apply changes the rows that belong to a worker. A row that a text asks for twice
// is changed twice.
func (l *lesson) apply(e *example, worker, workers int32) {
	if len(e.pulls) == 0 {
		return
	}
	dim := len(e.hidden)
	for _, p := range e.pulls {
		if workers == 1 || p.row%workers == worker {
			addScaled(l.m.output.dense[int(p.row)*dim:][:dim], e.hidden, p.rate)
		}
	}
	for _, row := range e.f.rows {
		if workers == 1 || row%workers == worker {
			addTo(l.m.input.dense[int(row)*dim:][:dim], e.grad)
		}
	}
}
