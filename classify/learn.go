package classify

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
)

// chapter is how many lines are learned between two looks at the clock.
const chapter = 2048

// learn runs stochastic gradient descent, one line after the other: each sees what
// the one before has changed, as in the original with one thread. Several goroutines
// share every line by the columns of both matrices. Only the products of output rows
// and the hidden vector need all columns; they are sums of parts, the same parts in the
// same order for any number of goroutines, who wait for each other once per line:
//
//	             columns 0-27      28-51       52-75      76-99
//	rows         mean              mean        mean       mean
//	outputs      part           +  part     +  part    +  part     wait, all add them up
//	rows, both   change            change      change     change
//
// With Batch above 1 it is a class that learns, and with Fast each goroutine learns lines of
// its own, without any order: the original's way with several threads.
func learn(ctx context.Context, m *Model, lines []string, o TrainOptions, limits limits) error {
	l := newLesson(m, o, limits)
	p := newPress(m, o.Threads)
	whole := p.printAll(lines, l.limits.book)
	l.hire(whole)
	var some book
	for epoch := range int(o.Epochs) {
		order := o.order(len(lines), epoch)
		for ; len(order) > 0; order = order[min(chapter, len(order)):] {
			if err := ctx.Err(); err != nil {
				return err
			}
			part := order[:min(chapter, len(order))]
			pages := func(i int) page { return whole.page(int(part[i])) }
			if whole == nil {
				some.clear()
				p.print(&some, len(part), func(i int) string { return lines[part[i]] })
				pages = some.page
			}
			if err := l.chapter(uint64(epoch), part, pages); err != nil {
				return err
			}
		}
	}
	l.report()
	return nil
}

// A task is a line to learn. before is how many tokens were read before it: the
// learning rate falls with them.
type task struct {
	page
	before int64
	chance uint64
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
	watch    watch

	tasks     []task
	pupils    []*pupil
	class     *class          // in place of pupils
	cuts      []int           // where each part of the columns begins, and the end
	parts     [2][][]float32  // products, for each part of the columns
	meet      barrier         // of the pupils who share a line
	paths     [][]huffmanStep // of each label, hierarchical softmax only
	negatives []float64       // cumulated square roots of the labels' counts
	limits    limits
}

// limits say what is worth while.
type limits struct {
	book int // features that are kept from one epoch to the next, 4 bytes each; past it lines are read again
	work int // multiplications in a line that make up for waiting for another goroutine
}

var usualLimits = limits{book: 256 << 20, work: 1 << 14}

func newLesson(m *Model, o TrainOptions, limits limits) *lesson {
	l := &lesson{m: m, o: o, total: float64(o.Epochs) * float64(m.dict.tokens), limits: limits, tasks: make([]task, chapter)}
	if m.tree != nil {
		l.paths = m.tree.paths()
	}
	sum := 0.0
	for _, n := range m.dict.counts[m.dict.nwords:] {
		sum += math.Sqrt(float64(max(n, 0)))
		l.negatives = append(l.negatives, sum)
	}
	l.watch.start(l)
	return l
}

const (
	mostParts = 8       // of the columns
	leastPart = 24      // columns
	worthIt   = 1 << 14 // multiplications in a line that make up for waiting
)

// rate is the learning rate after so many tokens.
func (l *lesson) rate(before int64) float32 {
	return float32(l.o.Rate * (1 - min(float64(before)/l.total, 1)))
}

// hire chooses how many goroutines share the work.
func (l *lesson) hire(b *book) {
	if l.o.Batch > 1 {
		l.class = newClass(l)
		return
	}
	dim := int(l.m.Args.Dim)
	parts := min(max(dim/leastPart, 1), mostParts)
	for i := range parts + 1 {
		l.cuts = append(l.cuts, min((i*dim/parts+3)&^3, dim))
	}
	for i := range l.parts {
		for range parts {
			l.parts[i] = append(l.parts[i], make([]float32, l.asked()))
		}
	}
	n := l.o.Threads
	if !l.o.Fast {
		work := dim * l.asked() * 3
		if b != nil {
			work += 2 * dim * len(b.rows) / max(len(b.entries), 1)
		}
		n = min(n, parts, 1+work/max(l.limits.work, 1))
	}
	for w := range n {
		p := newPupil(l, 0, parts)
		if !l.o.Fast {
			p = newPupil(l, w*parts/n, (w+1)*parts/n)
		}
		l.pupils = append(l.pupils, p)
	}
	l.meet.n = int64(n)
}

// asked is at most how many output rows a line needs.
func (l *lesson) asked() int {
	switch l.m.Args.Loss {
	case NegativeSampling:
		return 1 + int(max(l.m.Args.Negatives, 0))
	case HierarchicalSoftmax:
		longest := 0
		for _, path := range l.paths {
			longest = max(longest, len(path))
		}
		return longest
	}
	return l.m.Labels()
}

// chapter learns lines.
func (l *lesson) chapter(epoch uint64, lines []int32, pages func(i int) page) error {
	tasks := l.tasks[:len(lines)]
	for i, line := range lines {
		tasks[i] = task{pages(i), l.tokens, mix(l.o.Seed, epoch, uint64(line), 1)}
		l.tokens += int64(tasks[i].tokens)
	}
	if l.class != nil {
		l.class.chapter(tasks)
	} else {
		l.study(tasks)
	}
	if done := float64(l.tokens) / l.total; done >= l.next {
		l.next = done + 0.01
		l.report()
	}
	return l.watch.see(l)
}

// study lets the pupils learn tasks.
func (l *lesson) study(tasks []task) {
	var wg sync.WaitGroup
	var taken atomic.Int64
	for _, p := range l.pupils {
		p.loss, p.examples = 0, 0
		wg.Go(func() {
			if !l.o.Fast {
				for i := range tasks {
					p.study(&tasks[i])
				}
				return
			}
			const some = 32
			for from := taken.Add(some) - some; int(from) < len(tasks); from = taken.Add(some) - some {
				for i := from; i < min(from+some, int64(len(tasks))); i++ {
					p.study(&tasks[i])
				}
			}
		})
	}
	wg.Wait()
	for _, p := range l.pupils {
		if p == l.pupils[0] || l.o.Fast {
			l.loss += p.loss
			l.examples += p.examples
		}
	}
}

func (l *lesson) report() {
	if done := min(float64(l.tokens)/l.total, 1); l.o.Progress != nil {
		l.o.Progress(Progress{Done: done, Tokens: l.tokens, Loss: l.loss / float64(max(l.examples, 1)), Rate: l.o.Rate * (1 - done)})
	}
}

// ErrDiverged is what a training ends with whose steps were so long that the model
// knows less than one that knows nothing.
var ErrDiverged = errors.New("the training diverged: use a smaller learning rate, or a larger min-count")

// A watch looks for a training that diverges: a loss that is no number, or, after the
// first third, a stretch whose mean loss is half as high again as that of a model that
// finds all labels alike.
type watch struct {
	naive    float64 // loss of such a model
	stretch  float64 // share of the work at which the stretch ends
	loss     float64 // when it began
	examples int64
}

const stretch = 0.1

func (w *watch) start(l *lesson) {
	w.stretch = 1 / 3.0
	switch labels := float64(l.m.Labels()); l.m.Args.Loss {
	case Softmax:
		w.naive = math.Log(max(labels, 2))
	case OneVsAll:
		w.naive = labels * math.Ln2
	case NegativeSampling:
		w.naive = float64(1+l.m.Args.Negatives) * math.Ln2
	case HierarchicalSoftmax:
		sum, n := 0.0, 0.0
		for label, path := range l.paths {
			count := float64(l.m.dict.counts[int(l.m.dict.nwords)+label])
			sum, n = sum+count*float64(len(path)), n+count
		}
		w.naive = sum / max(n, 1) * math.Ln2
	}
}

func (w *watch) see(l *lesson) error {
	if math.IsNaN(l.loss) {
		return fmt.Errorf("after %.1f %% the loss is no number: %w", 100*float64(l.tokens)/l.total, ErrDiverged)
	}
	done := float64(l.tokens) / l.total
	if done < min(w.stretch, 1) {
		return nil
	}
	mean := (l.loss - w.loss) / float64(max(l.examples-w.examples, 1))
	if w.examples > 0 && mean > 1.5*w.naive {
		return fmt.Errorf("after %.1f %% the loss is %.2f, that of guessing %.2f: %w", 100*done, mean, w.naive, ErrDiverged)
	}
	w.stretch, w.loss, w.examples = done+stretch, l.loss, l.examples
	return nil
}
