package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"tamis/classify"
)

// watchLearning returns a listener to a training: a bar on a terminal, a line every few
// seconds elsewhere, JSON lines, or nil for silence. done ends it.
func (a *app) watchLearning(phase string) (progress func(classify.Progress), done func()) {
	if a.quiet {
		return nil, func() {}
	}
	began := time.Now()
	f, ok := a.err.(*os.File)
	switch {
	case a.json:
		e, shown := json.NewEncoder(a.err), began
		return func(p classify.Progress) {
			if p.Done == 1 || time.Since(shown) > time.Second {
				shown = time.Now()
				e.Encode(map[string]any{"event": "progress", "phase": phase, "done": p.Done, "words": p.Tokens, "loss": p.Loss, "rate": p.Rate})
			}
		}, func() {}
	case ok && term.IsTerminal(int(f.Fd())):
		const thousandths = 1000
		b := newBar(f, phase, thousandths)
		return func(p classify.Progress) {
			b.Describe(fmt.Sprintf("%s, %s", phase, pace(p, time.Since(began))))
			b.Set64(int64(p.Done * thousandths))
		}, func() { b.Finish(); fmt.Fprintln(f) }
	}
	shown, over := began, false
	return func(p classify.Progress) {
		if over { // the last line of the last epoch, and the end, are both done
			return
		}
		if time.Since(shown) > lineEvery {
			shown = time.Now()
			spent := shown.Sub(began)
			left := time.Duration(float64(spent) * (1 - p.Done) / max(p.Done, 1e-6))
			a.say("%s: %.1f %%, %s, %s left", phase, 100*p.Done, pace(p, spent), left.Round(time.Second))
		}
		if over = p.Done == 1; over {
			a.say("%s: done in %s, %s", phase, time.Since(began).Round(time.Millisecond), pace(p, time.Since(began)))
		}
	}, func() {}
}

// pace says how fast a training is, and what it has come to.
func pace(p classify.Progress, spent time.Duration) string {
	return fmt.Sprintf("%.0f words/s, loss %.4f", float64(p.Tokens)/max(spent.Seconds(), 0.001), p.Loss)
}

// tuning is what --autotune asks for: a time, such as 5m, or a number of trials.
type tuning struct{ classify.TuneOptions }

func (t *tuning) parse(s string) error {
	if s == "" {
		return nil
	}
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		t.Budget = d
		return nil
	}
	var rest string
	if n, _ := fmt.Sscanf(s, "%d%s", &t.Trials, &rest); n != 1 || t.Trials < 1 {
		return fmt.Errorf("--autotune %s: it is a time, such as 5m, or a number of trials, such as 20", s)
	}
	return nil
}

func (t *tuning) wanted() bool { return t.Trials > 0 || t.Budget > 0 }

// tuned looks for settings on a share of the examples, chosen by hash, and says what
// each trial led to.
func (a *app) tuned(ctx context.Context, t *training, lines []string) (*classify.Model, error) {
	train, valid := classify.Split(lines, max(t.held, 0.1), t.o.Seed+1)
	how := t.tune.TuneOptions
	how.Tried = func(x classify.Trial) { a.say("%s", trialLine(x)) }
	m, best, err := classify.Tune(ctx, train, valid, t.o, how)
	if err != nil {
		return nil, err
	}
	t.o = best
	a.say("best: --epoch %d --lr %v --dim %d --word-ngrams %d --minn %d --maxn %d --bucket %d",
		best.Epochs, best.Rate, best.Dim, best.WordNgrams, best.MinN, best.MaxN, best.Buckets)
	return m, nil
}

func trialLine(x classify.Trial) string {
	mark := ""
	if x.Best {
		mark = ", the best so far"
	}
	return fmt.Sprintf("trial %d: F1 %.4f with %d epochs at %v, dim %d, %d-word n-grams, letters %d to %d, %d buckets%s",
		x.N, x.F1, x.Args.Epochs, x.Rate, x.Args.Dim, x.Args.WordNgrams, x.Args.MinN, x.Args.MaxN, x.Args.Buckets, mark)
}
