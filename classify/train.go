package classify

import (
	"context"
	"fmt"
	"math"
	"sync"
)

// TrainOptions say how to train. The zero value of a field of Args stands for
// itself; DefaultTraining has the original's defaults.
type TrainOptions struct {
	Args
	Rate          float64 // learning rate at the beginning; it falls to 0 in a straight line
	MinCountLabel int32
	Seed          uint64
	Threads       int // changes the time, not the model, but for Fast
	// Batch is how many lines learn from the same state of the model. 1 is the
	// original's way, in which each line sees what the one before has changed.
	Batch int
	// Fast lets threads learn lines of their own without waiting for each other. With
	// more than one no two trainings give the same model.
	Fast bool
	// InOrder learns the lines as they stand in every epoch, as the original does, in place
	// of shuffling them. Lines sorted by class make a model that knows the last one best.
	InOrder bool
	// Progress, where not nil, is told after each hundredth of the work.
	Progress func(Progress)
}

// Progress is how far a training has come.
type Progress struct {
	Done   float64 // 0 to 1
	Tokens int64   // read so far
	Loss   float64 // mean of the examples so far
	Rate   float64 // learning rate now
}

// DefaultTraining returns the original's defaults for supervised models, with a
// smaller table for n-grams: it is only as large as asked for.
func DefaultTraining() TrainOptions {
	return TrainOptions{
		Args: Args{Dim: 100, Window: 5, Epochs: 5, MinCount: 1, Negatives: 5, WordNgrams: 1, Loss: Softmax, Kind: Supervised,
			Buckets: 2_000_000, UpdateRate: 100, Sampling: 1e-4},
		Rate: 0.1, Threads: 1, Batch: 1,
	}
}

// check refuses what cannot be trained, and settles what follows from the rest.
func (o *TrainOptions) check() error {
	o.Kind = Supervised
	if o.WordNgrams <= 1 && o.MaxN <= 0 {
		o.Buckets = 0
	}
	switch {
	case o.Dim < 1 || o.Epochs < 0 || o.Threads < 1 || o.Batch < 1:
		return fmt.Errorf("dim %d, %d epochs, batches of %d, %d threads: each must be at least 1", o.Dim, o.Epochs, o.Batch, o.Threads)
	case o.Fast && o.Batch > 1:
		return fmt.Errorf("batches of %d and fast: one or the other", o.Batch)
	case !(o.Rate > 0) || math.IsInf(o.Rate, 0):
		return fmt.Errorf("a learning rate of %v teaches nothing: it is above 0", o.Rate)
	case o.WordNgrams > maxNgram || o.MaxN > maxNgram:
		return fmt.Errorf("n-grams of %d words and %d letters: %d are possible", o.WordNgrams, o.MaxN, maxNgram)
	case o.Buckets < 1 && (o.WordNgrams > 1 || o.MaxN > 0):
		return fmt.Errorf("n-grams need buckets")
	case lossNames[o.Loss] == "":
		return fmt.Errorf("%v is none of softmax, hs, ns, ova", o.Loss)
	}
	return nil
}

// Train trains a model on lines in fastText's form: labels with their prefix, and
// words, parted by blanks. The same lines, options and seed give the same model to
// the byte, whatever the number of threads, but for Fast. Lines are shuffled for each epoch,
// but for InOrder. A training that diverges ends with ErrDiverged.
func Train(ctx context.Context, lines []string, o TrainOptions) (*Model, error) {
	return train(ctx, lines, o, usualLimits)
}

func train(ctx context.Context, lines []string, o TrainOptions, limits limits) (*Model, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	m := &Model{Version: version, Args: o.Args, dict: countWords(lines, o.MinCount, o.MinCountLabel), prune: pruning{size: -1}}
	if m.dict.nlabels == 0 {
		return nil, fmt.Errorf("no label in %d lines: a label is a word that begins with %s", len(lines), LabelPrefix)
	}
	m.start(o.Seed, o.Threads)
	return m, learn(ctx, m, lines, o, limits)
}

// start fills the input matrix with chance and the output matrix with 0.
func (m *Model) start(seed uint64, threads int) {
	dim := int64(m.Args.Dim)
	m.input = matrix{rows: int64(m.dict.nwords) + int64(m.Args.Buckets), cols: dim}
	m.input.dense = make([]float32, m.input.rows*dim)
	var wg sync.WaitGroup
	for w, n := 0, len(m.input.dense); w < threads; w++ {
		wg.Go(func() { fill(m.input.dense, w*n/threads, (w+1)*n/threads, dim, seed) })
	}
	wg.Wait()
	m.output = matrix{rows: int64(m.dict.nlabels), cols: dim, dense: make([]float32, int64(m.dict.nlabels)*dim)}
	if m.Args.Loss == HierarchicalSoftmax {
		m.tree = newHuffman(m.dict.counts[m.dict.nwords:])
	}
}

// fill writes chance between -1/dim and 1/dim into v[from:to].
func fill(v []float32, from, to int, dim int64, seed uint64) {
	scale := 1 / float64(dim)
	for i := from; i < to; i++ {
		u := float64(mix(seed, uint64(i))>>11) / (1 << 53)
		v[i] = float32(float64((2*u-1)*scale) + 0)
	}
}

// mix hashes numbers into 64 bits that look like chance (the finaliser of
// SplitMix64, Steele et al. 2014, once for each number).
func mix(numbers ...uint64) uint64 {
	h := uint64(0)
	for _, n := range numbers {
		h += n + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// order returns the lines of an epoch, of n, in the order in which they are learned.
func (o *TrainOptions) order(n, epoch int) []int32 {
	if !o.InOrder {
		return shuffled(n, o.Seed, uint64(epoch))
	}
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	return order
}

// shuffled returns 0 to n-1 in an order that depends on seed and epoch alone.
func shuffled(n int, seed, epoch uint64) []int32 {
	order := make([]int32, n)
	for i := range order {
		j := int(mix(seed, epoch, uint64(i)) % uint64(i+1))
		order[i] = order[j]
		order[j] = int32(i)
	}
	return order
}
