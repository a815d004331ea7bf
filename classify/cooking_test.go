package classify

import (
	"context"
	"math"
	"testing"
)

// A cookingSetting is one of the tutorial's, with the precision that was published and the
// one that the original gave on the same lines: README of the set.
type cookingSetting struct {
	name                string
	train, test         []string
	set                 func(*TrainOptions)
	published, original float64
	slow                bool // left to `make quality`
	early               bool // ends long before it has learned: the seed decides on the second digit
}

func cookingSettings(t *testing.T) (settings []cookingSetting) {
	raw, rawTest := cookingLines(t, false)
	train, test := cookingLines(t, true)
	for _, c := range []cookingSetting{
		{"raw text, defaults", raw, rawTest, func(*TrainOptions) {}, 0.124, 0.135, true, true},
		{"normalised, defaults", train, test, func(*TrainOptions) {}, 0.164, 0.159, true, true},
		{"25 epochs", train, test, func(o *TrainOptions) { o.Epochs = 25 }, 0.501, 0.515, true, false},
		{"rate 1", train, test, func(o *TrainOptions) { o.Rate = 1 }, 0.563, 0.561, false, false},
		{"rate 1, 25 epochs", train, test, func(o *TrainOptions) { o.Rate, o.Epochs = 1, 25 }, 0.585, 0.590, true, false},
		{"and pairs of words", train, test, func(o *TrainOptions) { o.Rate, o.Epochs, o.WordNgrams = 1, 25, 2 }, 0.599, 0.605, true, false},
		{"and dim 50, hs", train, test, func(o *TrainOptions) {
			o.Rate, o.Epochs, o.WordNgrams, o.Dim, o.Buckets, o.Loss = 1, 25, 2, 50, 200_000, HierarchicalSoftmax
		}, 0.592, 0.592, false, false},
	} {
		if !c.slow || *slow {
			settings = append(settings, c)
		}
	}
	return settings
}

// What the tutorial's settings reach, beside what was published and what the original gave.
// The two differ by up to 0.014, since the original's threads are a matter of chance; ours is
// within 0.01 of one of them or between them, or above. (Above by more are the two settings
// that end early: 0.149 and 0.175; other seeds give 0.138 to 0.175.)
func TestPublishedCooking(t *testing.T) {
	for _, c := range cookingSettings(t) {
		o := DefaultTraining()
		c.set(&o)
		p, r := c.reached(t, o)
		t.Logf("%-22s P@1 %.3f R@1 %.3f, published %.3f, the original %.3f", c.name, p, r, c.published, c.original)
		if p < min(c.published, c.original)-0.01 || p > max(c.published, c.original)+0.02 {
			t.Errorf("%s: P@1 %.4f, published %.3f, the original %.3f", c.name, p, c.published, c.original)
		}
	}
}

// Like for like: the original learns lines as they stand. With the default seed ours is within
// 0.01 of it, and so is the mean of six seeds, the default one among them, where the training
// ends early.
func TestPublishedCookingInOrder(t *testing.T) {
	for _, c := range cookingSettings(t) {
		o := DefaultTraining()
		c.set(&o)
		o.InOrder = true
		seeds := uint64(1)
		if c.early {
			seeds = 6
		}
		mean := 0.0
		for o.Seed = 0; o.Seed < seeds; o.Seed++ {
			p, _ := c.reached(t, o)
			t.Logf("%-22s in order, seed %d: P@1 %.3f, the original %.3f", c.name, o.Seed, p, c.original)
			mean += p / float64(seeds)
		}
		if math.Abs(mean-c.original) > 0.01 {
			t.Errorf("%s: in order, mean of %d seeds: P@1 %.4f, the original %.3f", c.name, seeds, mean, c.original)
		}
	}
}

// reached trains and measures.
func (c *cookingSetting) reached(t *testing.T, o TrainOptions) (precision, recall float64) {
	t.Helper()
	o.Threads = 2
	m, err := Train(context.Background(), c.train, o)
	if err != nil {
		t.Fatal(err)
	}
	at := Evaluate(m, c.test, EvaluationOptions{K: 1}).At[0]
	return at.Precision(), at.Recall()
}
