package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"tamis/classify"
	"tamis/plan"
)

// A training is one call of tamis train.
type training struct {
	examples exampleSet
	o        classify.TrainOptions
	loss     string
	held     float64
	quantise bool
	retrain  bool
	autotune string
	tune     tuning
	q        classify.QuantiseOptions
	lm       languageTraining
}

func (a *app) trainCommand() *cobra.Command {
	t := &training{o: classify.DefaultTraining(), q: classify.QuantiseOptions{Width: 2}}
	c := &cobra.Command{
		Use: "train MODEL [INPUT …]", Short: "Train a classifier in fastText's format, or a language model",
		Long: "Trains a linear classifier, writes it to MODEL, which fastText's own program can read, and says how well it does on\n" +
			"examples that were held out. Examples are lines in fastText's form (__label__x text), JSONL or Parquet with a label\n" +
			"field, or whole files of one class:\n\n" +
			"  tamis train quality.bin --class hq=good/*.jsonl.zst --class cc=web/ --each 100000 --word-ngrams 2\n" +
			"  tamis train quality.bin --recipe web.yaml --class hq=wiki --class cc=commoncrawl --each 100000\n\n" +
			"With --lm it trains an n-gram language model on JSONL, Parquet or plain text (.txt, a document on each line) instead,\n" +
			"with modified Kneser-Ney smoothing, as ARPA text (.gz and .zst are packed) or, for .bin, as a KenLM file:\n\n" +
			"  tamis train --lm wiki.arpa.zst wikipedia/ --order 5\n\n" +
			"The same examples, flags and seed give the same bytes, for any number of threads.",
		Args: args(cobra.MinimumNArgs(1)),
	}
	c.RunE = func(c *cobra.Command, given []string) error {
		if err := t.mixed(c); err != nil {
			return usage(c, err)
		}
		if t.lm.wanted {
			t.lm.text, t.lm.normalize = t.examples.text, "ccnet"
			if c.Flags().Changed("normalize") {
				t.lm.normalize = t.examples.normalize
			}
			return a.trainLM(c.Context(), &t.lm, given[1:], given[0])
		}
		if err := t.examples.from(a, given[1:]); err != nil {
			return err
		}
		var err error
		if t.o.Loss, err = classify.ParseLoss(t.loss); err != nil {
			return usage(c, fmt.Errorf("--loss: %w", err))
		}
		if t.o.Epochs < 1 {
			return usage(c, fmt.Errorf("--epoch %d: it is 1 or more", t.o.Epochs))
		}
		if t.held < 0 || t.held >= 1 {
			return usage(c, fmt.Errorf("--hold-out %v: it is a share, 0 or more and less than 1", t.held))
		}
		if t.retrain && (!t.quantise || t.q.Cutoff < 1) {
			return usage(c, errors.New("--retrain goes with --quantize and --cutoff"))
		}
		if t.o.InOrder && len(t.examples.classes) > 0 {
			return usage(c, errors.New("--in-order goes with files that mix their labels: --class reads one class after the other, and a model would forget all but the last"))
		}
		if err := t.tune.parse(t.autotune); err != nil {
			return usage(c, err)
		}
		return a.train(c.Context(), t, given[0])
	}
	t.flags(c)
	return c
}

func (t *training) flags(c *cobra.Command) {
	f := c.Flags()
	t.examples.flags(c)
	t.lm.flags(c)
	c.Flags().Lookup("normalize").Usage += "; with --lm: ccnet (which it is without the flag), ccnet_lines or none"
	f.StringVar(&t.loss, "loss", "softmax", "softmax, hs, ns or ova (one-vs-all)")
	f.Float64Var(&t.o.Rate, "lr", t.o.Rate, "learning rate at the beginning")
	f.Int32Var(&t.o.Epochs, "epoch", t.o.Epochs, "times that every example is seen")
	f.Int32Var(&t.o.Dim, "dim", t.o.Dim, "numbers in a row")
	f.Int32Var(&t.o.WordNgrams, "word-ngrams", t.o.WordNgrams, "longest n-gram of words")
	f.Int32Var(&t.o.MinN, "minn", t.o.MinN, "shortest n-gram of letters")
	f.Int32Var(&t.o.MaxN, "maxn", t.o.MaxN, "longest n-gram of letters; 0 for none")
	f.Int32Var(&t.o.Buckets, "bucket", t.o.Buckets, "rows that n-grams share")
	f.Int32Var(&t.o.MinCount, "min-count", t.o.MinCount, "words that are rarer have no row")
	f.Int32Var(&t.o.MinCountLabel, "min-count-label", t.o.MinCountLabel, "labels that are rarer are left out")
	f.Int32Var(&t.o.Negatives, "neg", t.o.Negatives, "labels drawn against each right one, with --loss ns")
	f.Uint64Var(&t.o.Seed, "seed", t.o.Seed, "all that looks like chance follows from it")
	f.IntVar(&t.o.Threads, "threads", runtime.NumCPU(), "they change the time, not the model, but for --fast")
	f.IntVar(&t.o.Batch, "batch", t.o.Batch, "examples that learn from the same state, which suits narrow models; 1 is the original's way")
	f.BoolVar(&t.o.Fast, "fast", false, "let threads learn without waiting for each other: no two trainings give the same model")
	f.BoolVar(&t.o.InOrder, "in-order", false, "learn the examples as they stand, as fastText does, to compare with it; a file sorted by class makes a model that knows its last class alone")
	f.Float64Var(&t.held, "hold-out", 0.1, "share of the examples that is not trained on but measured, chosen by hash")
	f.StringVar(&t.autotune, "autotune", "", "look for settings for so long (5m), or so many trials (20: the same ones each time), on a tenth of the examples; the other flags are the first trial")
	f.BoolVar(&t.quantise, "quantize", false, "write a small model (.ftz)")
	f.IntVar(&t.q.Cutoff, "cutoff", 0, "rows that a small model keeps; 0 keeps all")
	f.BoolVar(&t.retrain, "retrain", false, "train the rows that --cutoff leaves again")
	f.BoolVar(&t.q.Norms, "qnorm", false, "quantise lengths apart from directions")
	f.BoolVar(&t.q.Output, "qout", false, "quantise the labels' rows, too")
	f.Int32Var(&t.q.Width, "dsub", t.q.Width, "numbers that share a code")
}

// mixed refuses flags of the one kind of model for the other, where they would mean nothing.
func (t *training) mixed(c *cobra.Command) error {
	others, why := []string{"order", "memory", "pieces", "discount-fallback"}, "goes with --lm alone"
	if t.lm.wanted {
		others = []string{"autotune", "batch", "bucket", "class", "cutoff", "dim", "dsub", "each", "epoch", "fast", "hold-out", "label-field", "loss", "lr", "maxn",
			"min-count", "min-count-label", "minn", "neg", "qnorm", "qout", "quantize", "recipe", "retrain", "seed", "threads", "word-ngrams"}
		why = "is for classifiers and does not go with --lm"
	}
	for _, name := range others {
		if c.Flags().Changed(name) {
			return fmt.Errorf("--%s %s", name, why)
		}
	}
	return nil
}

// train reads, trains, writes and measures.
func (a *app) train(ctx context.Context, t *training, file string) error {
	ctx, stop := a.interruptible(ctx, stopping)
	defer stop()
	lines, err := t.examples.read(ctx)
	if err != nil {
		return err
	}
	train, held := classify.Split(lines, t.held, t.o.Seed)
	m, err := a.made(ctx, t, train)
	if err != nil {
		return err
	}
	if err := writeFile(file, m.Write); err != nil {
		return err
	}
	a.say("%s: %v; trained on %s", file, m, plan.Count(len(train), "example"))
	if len(held) == 0 {
		return nil
	}
	return a.evaluation(m, held, evaluationShown{k: 1, labels: 20}, plan.Count(len(held), "example")+" held out")
}

// made trains a model, with settings that are looked for if that is asked, and makes it
// small.
func (a *app) made(ctx context.Context, t *training, lines []string) (*classify.Model, error) {
	learn := a.learn
	if t.tune.wanted() {
		learn = a.tuned
	}
	m, err := learn(ctx, t, lines)
	if err != nil || !t.quantise {
		return m, err
	}
	if t.retrain {
		o := t.o
		var done func()
		o.Progress, done = a.watchLearning("retrain")
		m, err = classify.Retrain(ctx, m, t.q.Cutoff, lines, o)
		done()
		if err != nil {
			return nil, err
		}
	}
	return classify.Quantise(m, t.q)
}

// learn trains and shows how far it is.
func (a *app) learn(ctx context.Context, t *training, lines []string) (*classify.Model, error) {
	o := t.o
	var done func()
	o.Progress, done = a.watchLearning("train")
	defer done()
	return classify.Train(ctx, lines, o)
}
