package classify

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A pupil learns lines in some columns of both matrices. It is owned by one goroutine.
type pupil struct {
	*lesson
	first, last int // parts of the columns: [first, last)
	from, to    int // columns
	hidden      []float32
	grad        []float32
	asked       []int32   // output rows, where not all are
	want        []bool    // of each output asked
	out         []float32 // of each output asked
	rates       []float32
	turn        int // lines learned, which says what parts are in use
	loss        float64
	examples    int64
}

func newPupil(l *lesson, first, last int) *pupil {
	p := &pupil{lesson: l, first: first, last: last, from: l.cuts[first], to: l.cuts[last]}
	p.hidden, p.grad = make([]float32, p.to-p.from), make([]float32, p.to-p.from)
	p.out, p.rates, p.want = make([]float32, l.asked()), make([]float32, l.asked()), make([]bool, l.asked())
	if l.o.Fast {
		own := make([][]float32, last)
		for i := range own {
			own[i] = make([]float32, l.asked())
		}
		p.lesson = &lesson{m: l.m, o: l.o, total: l.total, cuts: l.cuts, parts: [2][][]float32{own, own}, paths: l.paths, negatives: l.negatives}
	}
	return p
}

// study learns a line. One without a label or a feature teaches nothing.
func (p *pupil) study(t *task) {
	if len(t.rows) == 0 || len(t.labels) == 0 {
		return
	}
	p.mean(t.rows)
	target := t.labels[t.chance%uint64(len(t.labels))]
	n := p.ask(target, t)
	p.outputs(n)
	p.judge(n, target, p.rate(t.before))
	clear(p.grad)
	p.change(n)
	scaleBy(p.grad, 1/float32(len(t.rows)))
	dim := int(p.m.Args.Dim)
	for _, row := range t.rows {
		addTo(p.m.input.dense[int(row)*dim+p.from:][:len(p.grad)], p.grad)
	}
	p.examples++
}

// mean makes the hidden vector.
func (p *pupil) mean(rows []int32) {
	clear(p.hidden)
	dim := int(p.m.Args.Dim)
	for _, row := range rows {
		addTo(p.hidden, p.m.input.dense[int(row)*dim+p.from:])
	}
	scaleBy(p.hidden, 1/float32(len(rows)))
}

// ask lists the output rows that a line needs, and what they should say. It returns
// how many there are.
func (p *pupil) ask(target int32, t *task) int {
	p.asked = p.asked[:0]
	switch p.m.Args.Loss {
	case HierarchicalSoftmax:
		for i, s := range p.paths[target] {
			p.asked, p.want[i] = append(p.asked, s.row), s.right
		}
		return len(p.asked)
	case NegativeSampling:
		p.asked = append(p.asked, target)
		clear(p.want)
		p.want[0] = true
		p.asked = p.others(p.asked, target, t.chance)
		return len(p.asked)
	case OneVsAll:
		clear(p.want)
		for _, label := range t.labels {
			p.want[label] = true
		}
	}
	return len(p.out)
}

// others appends labels drawn in proportion to the square root of their counts.
func (l *lesson) others(dst []int32, target int32, chance uint64) []int32 {
	if len(l.negatives) < 2 || l.negatives[len(l.negatives)-1] <= 0 {
		return dst
	}
	draws := uint64(0)
	for range l.m.Args.Negatives {
		other := target
		for other == target {
			draws++
			u := float64(mix(chance, draws)>>11) / (1 << 53)
			other = l.draw(float64(u * l.negatives[len(l.negatives)-1]))
		}
		dst = append(dst, other)
	}
	return dst
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

// outputs multiplies the n output rows asked with the hidden vector. There are two
// sets of parts, used in turn: whoever is first at the next line writes the other one
// while this one is still read.
func (p *pupil) outputs(n int) {
	parts, dim := p.parts[p.turn&1], int(p.m.Args.Dim)
	p.turn++
	for i := p.first; i < p.last; i++ {
		x := p.hidden[p.cuts[i]-p.from : p.cuts[i+1]-p.from]
		if len(p.asked) == 0 {
			dotRows(parts[i][:n], p.m.output.dense[p.cuts[i]:], dim, x)
			continue
		}
		for j, row := range p.asked {
			dotRows(parts[i][j:j+1], p.m.output.dense[int(row)*dim+p.cuts[i]:], dim, x)
		}
	}
	p.meet.wait(int64(p.turn))
	copy(p.out[:n], parts[0])
	for _, part := range parts[1:] {
		addTo(p.out[:n], part)
	}
}

// judge turns outputs into rates and adds to the loss.
func (p *pupil) judge(n int, target int32, rate float32) {
	if p.m.Args.Loss == Softmax {
		quickSoftmax(p.out)
		for i, x := range p.out {
			p.rates[i] = float32(-rate * x)
		}
		p.rates[target] = float32(rate * (1 - p.out[target]))
		p.loss -= float64(logPlus(float64(p.out[target])))
		return
	}
	for i, x := range p.out[:n] {
		y, loss := learnedSigmoid(x, p.want[i])
		p.rates[i] = float32(rate * y)
		p.loss += float64(loss)
	}
}

// learnedSigmoid returns how far the logistic function is from what is wanted, and
// the loss.
func learnedSigmoid(x float32, yes bool) (miss, loss float32) {
	if yes {
		p := sigmoid(x)
		return 1 - p, sigmoidLoss(x, p)
	}
	p := sigmoid(x)
	return -p, sigmoidLoss(-x, 1-p)
}

// change pulls the output rows, and notes what that means for the text's rows.
func (p *pupil) change(n int) {
	dim := int(p.m.Args.Dim)
	if len(p.asked) == 0 {
		learnRows(p.m.output.dense[p.from:], dim, p.rates[:n], p.grad, p.hidden)
		return
	}
	for i, row := range p.asked {
		learnRows(p.m.output.dense[int(row)*dim+p.from:], dim, p.rates[i:i+1], p.grad, p.hidden)
	}
}

// A barrier lets goroutines wait for each other. They are about equally fast and wait
// about a microsecond, so they ask again and again before they give way.
type barrier struct {
	n       int64
	arrived atomic.Int64
}

// wait returns when all have called it for the turn-th time.
func (b *barrier) wait(turn int64) {
	if b.n <= 1 {
		return
	}
	b.arrived.Add(1)
	for tries := 0; b.arrived.Load() < turn*b.n; tries++ {
		switch {
		case tries > 700:
			time.Sleep(20 * time.Microsecond)
		case tries > 500:
			runtime.Gosched()
		}
	}
}
