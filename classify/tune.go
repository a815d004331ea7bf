package classify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// TuneOptions say how long settings are tried.
type TuneOptions struct {
	Trials int           // the same ones for the same lines and seed; 0 is as many as Budget allows
	Budget time.Duration // 0 is no bound; a trial that it ends does not count
	Memory int64         // bytes that the matrices of a trial may take; 0 is 1 GiB
	// Tried, where not nil, is told of each trial.
	Tried func(Trial)
}

// A Trial is what one choice of settings led to.
type Trial struct {
	N    int // from 1
	Args Args
	Rate float64
	F1   float64 // of the likeliest label, on lines that were not trained on; 0 where it diverged
	Best bool    // so far
}

// Tune looks for settings under which a model trained on train does best on valid: how
// often lines are seen, the learning rate, the width, and the n-grams of words and
// letters. Seed, loss and the rest are o's, and so is the first trial. Then half of the
// trials lie near the best one, nearer as time goes by, and half anywhere. It returns the
// best model with the settings that made it.
//
// The ranges are those of the original's autotune.cc.
func Tune(ctx context.Context, train, valid []string, o TrainOptions, how TuneOptions) (*Model, TrainOptions, error) {
	if len(valid) == 0 || how.Trials < 1 && how.Budget <= 0 {
		return nil, o, errors.New("tuning needs lines to validate on, and a number of trials or a time")
	}
	began := time.Now()
	bounded, stop := ctx, context.CancelFunc(func() {})
	if how.Budget > 0 {
		bounded, stop = context.WithTimeout(ctx, how.Budget)
	}
	defer stop()
	t := &tuning{o: o, how: how}
	for n := 1; how.Trials < 1 || n <= how.Trials; n++ {
		done := float64(n-1) / float64(max(how.Trials, 1))
		if how.Trials < 1 {
			done = float64(time.Since(began)) / float64(how.Budget)
		}
		err := t.try(bounded, n, done, train, valid)
		switch {
		case ctx.Err() != nil:
			return nil, o, ctx.Err()
		case bounded.Err() != nil && t.model == nil:
			return nil, o, fmt.Errorf("no trial ended within %v: give it more time", how.Budget)
		case bounded.Err() != nil:
			return t.model, t.best, nil
		case err != nil:
			return nil, o, err
		}
	}
	if t.model == nil {
		return nil, o, ErrDiverged
	}
	return t.model, t.best, nil
}

// tuning is the state of a search.
type tuning struct {
	o     TrainOptions
	how   TuneOptions
	model *Model // nil before the first that did not diverge
	best  TrainOptions
	f1    float64
}

// try trains with other settings and keeps the model if it is the best so far.
func (t *tuning) try(ctx context.Context, n int, done float64, train, valid []string) error {
	o := t.o
	if n > 1 {
		o = t.draw(uint64(n), min(done, 1))
	}
	m, err := Train(ctx, train, o)
	trial := Trial{N: n, Args: o.Args, Rate: o.Rate}
	switch {
	case errors.Is(err, ErrDiverged):
	case err != nil:
		return err
	default:
		trial.F1 = Evaluate(m, valid, EvaluationOptions{K: 1}).At[0].F1()
		if trial.Best = t.model == nil || trial.F1 > t.f1; trial.Best {
			t.model, t.best, t.f1 = m, o, trial.F1
		}
	}
	if t.how.Tried != nil {
		t.how.Tried(trial)
	}
	return nil
}

// draw chooses the settings of a trial.
func (t *tuning) draw(n uint64, done float64) TrainOptions {
	o := t.o
	d := dice{seed: mix(t.o.Seed, n), near: n%2 == 0 && t.model != nil, spread: 1 - 0.75*done}
	from := o
	if t.model != nil {
		from = t.best
	}
	o.Epochs = int32(math.Round(d.number(float64(from.Epochs), 1, 100)))
	o.Rate = math.Round(d.number(from.Rate, 0.01, 5)*1000) / 1000
	o.Dim = int32(math.Round(d.number(float64(from.Dim), 2, 300)))
	o.WordNgrams = int32(d.choice(int(from.WordNgrams), 1, 2, 3, 4, 5))
	o.MinN = int32(d.choice(int(from.MinN), 0, 2, 3))
	o.MaxN = 0
	if o.MinN > 0 {
		o.MaxN = o.MinN + 3
	}
	memory := float64(cmp.Or(t.how.Memory, 1<<30))
	most := max(memory/4/float64(o.Dim), 10_000)
	o.Buckets = int32(math.Round(d.number(min(max(float64(from.Buckets), 10_000), most), 10_000, min(10_000_000, most))))
	return o
}

// dice draw settings: near the best ones, or anywhere.
type dice struct {
	seed, rolls uint64
	near        bool
	spread      float64 // how far from the best ones
}

// chance returns a number from 0 to 1.
func (d *dice) chance() float64 {
	d.rolls++
	return float64(mix(d.seed, d.rolls)>>11) / (1 << 53)
}

// number draws by the logarithm: four times as much is as likely as a fourth.
func (d *dice) number(best, least, most float64) float64 {
	if !d.near {
		return float64(least * exp(float64(d.chance()*log(most/least))))
	}
	// About normal: the sum of three numbers from -1 to 1 has the variance 1.
	x := 2*(d.chance()+d.chance()+d.chance()) - 3
	return min(max(float64(best*exp(float64(x*d.spread)*math.Ln2)), least), most)
}

func (d *dice) choice(best int, from ...int) int {
	if d.near && d.chance() < 0.75 {
		return best
	}
	return from[int(d.chance()*float64(len(from)))]
}
