package classify

import "sync"

// A class learns in batches. In a batch every line first computes its changes from the
// same state, in any order; then each row of both matrices receives them in the order
// of the lines. No result depends on how many goroutines share the work:
//
//	line 0 ─┐                     ┌─▶ rows ≡ 0 (mod threads)
//	line 1 ─┼─▶ changes ─ wait ───┼─▶ rows ≡ 1 (mod threads)
//	line 2 ─┘                     └─▶ …
//
// Narrow models, which have no columns to share, learn faster so. But all lines of a
// batch pull the rows that they have in common from the same place: as if the learning
// rate of those were the size of the batch times as high.
type class struct {
	*lesson
	members []member
}

// A member is one line with what it asks both matrices to change.
type member struct {
	*task
	hidden []float32
	grad   []float32
	out    []float32
	pulls  []pull
	loss   float64
}

// A pull adds rate times the member's hidden vector to an output row.
type pull struct {
	row  int32
	rate float32
}

func newClass(l *lesson) *class {
	c := &class{lesson: l, members: make([]member, l.o.Batch)}
	for i := range c.members {
		dim := l.m.Args.Dim
		c.members[i] = member{hidden: make([]float32, dim), grad: make([]float32, dim), out: make([]float32, l.m.Labels())}
	}
	return c
}

// chapter learns tasks.
func (c *class) chapter(tasks []task) {
	for len(tasks) > 0 {
		n := min(len(c.members), len(tasks))
		for i := range tasks[:n] {
			c.members[i].task = &tasks[i]
		}
		c.batch(c.members[:n])
		tasks = tasks[n:]
	}
}

func (c *class) batch(members []member) {
	rate := c.rate(members[0].before)
	c.share(len(members), func(worker, workers int) {
		for i := worker; i < len(members); i += workers {
			c.study(&members[i], rate)
		}
	})
	c.share(c.o.Threads, func(worker, workers int) {
		for i := range members {
			c.apply(&members[i], int32(worker), int32(workers))
		}
	})
	for i := range members {
		if len(members[i].pulls) > 0 {
			c.loss += members[i].loss
			c.examples++
		}
	}
}

// share calls f on as many goroutines as there are threads, at most n, and waits.
func (c *class) share(n int, f func(worker, workers int)) {
	workers := min(n, c.o.Threads)
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

// study computes what a line asks for. One without a label or a feature asks for
// nothing.
func (c *class) study(e *member, rate float32) {
	e.pulls, e.loss = e.pulls[:0], 0
	if len(e.rows) == 0 || len(e.labels) == 0 {
		return
	}
	clear(e.hidden)
	clear(e.grad)
	for _, row := range e.rows {
		addTo(e.hidden, c.m.input.dense[int(row)*len(e.hidden):])
	}
	scale := 1 / float32(len(e.rows))
	scaleBy(e.hidden, scale)
	target := e.labels[e.chance%uint64(len(e.labels))]
	switch c.m.Args.Loss {
	case Softmax:
		c.softmax(e, target, rate)
	case OneVsAll:
		clear(e.out)
		for _, label := range e.labels {
			e.out[label] = 1
		}
		for i, yes := range e.out {
			c.binary(e, int32(i), yes == 1, rate)
		}
	case NegativeSampling:
		c.binary(e, target, true, rate)
		for _, other := range c.others(nil, target, e.chance) {
			c.binary(e, other, false, rate)
		}
	case HierarchicalSoftmax:
		for _, s := range c.paths[target] {
			c.binary(e, s.row, s.right, rate)
		}
	}
	scaleBy(e.grad, scale)
}

// softmax pulls every label's row towards or away from the text.
func (c *class) softmax(e *member, target int32, rate float32) {
	for i := range e.out {
		e.out[i] = c.m.output.dot(e.hidden, i)
	}
	probabilities(Softmax, e.out)
	for i, p := range e.out {
		want := float32(0)
		if int32(i) == target {
			want = 1
		}
		c.pull(e, int32(i), float32(rate*(want-p)))
	}
	e.loss = -float64(logPlus(float64(e.out[target])))
}

// binary learns one yes or no from the logistic loss.
func (c *class) binary(e *member, row int32, yes bool, rate float32) {
	miss, loss := learnedSigmoid(c.m.output.dot(e.hidden, int(row)), yes)
	e.loss += float64(loss)
	c.pull(e, row, float32(rate*miss))
}

// pull notes a change of an output row, and what it means for the text's rows.
func (c *class) pull(e *member, row int32, rate float32) {
	e.pulls = append(e.pulls, pull{row, rate})
	addScaled(e.grad, c.m.output.dense[int(row)*len(e.grad):], rate)
}

// apply changes the rows that belong to a worker. A row that a text asks for twice
// is changed twice.
func (c *class) apply(e *member, worker, workers int32) {
	if len(e.pulls) == 0 {
		return
	}
	dim := len(e.hidden)
	for _, p := range e.pulls {
		if workers == 1 || p.row%workers == worker {
			addScaled(c.m.output.dense[int(p.row)*dim:][:dim], e.hidden, p.rate)
		}
	}
	for _, row := range e.rows {
		if workers == 1 || row%workers == worker {
			addTo(c.m.input.dense[int(row)*dim:][:dim], e.grad)
		}
	}
}
