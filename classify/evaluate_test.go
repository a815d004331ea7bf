package classify

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// precision is that of the likeliest label.
func precision(m *Model, lines []string) float64 {
	return Evaluate(m, lines, EvaluationOptions{K: 1}).At[0].Precision()
}

// AUC and average precision against their definitions, over scores with many ties.
func TestRankings(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		var good, bad []float64
		for range 1 + r.IntN(15) {
			good = append(good, float64(r.IntN(10)))
		}
		for range 1 + r.IntN(15) {
			bad = append(bad, float64(r.IntN(8)))
		}
		wins, average := 0.0, 0.0
		for _, g := range good {
			over, above := 0, 0
			for _, b := range bad {
				switch {
				case g > b:
					wins++
				case g == b:
					wins += 0.5
				}
				if b >= g {
					above++
				}
			}
			for _, o := range good {
				if o >= g {
					over++
				}
			}
			average += float64(over) / float64(over+above) / float64(len(good))
		}
		if got, want := AUC(good, bad), wins/float64(len(good)*len(bad)); math.Abs(got-want) > 1e-12 {
			t.Fatalf("AUC %v, want %v of %v, %v", got, want, good, bad)
		}
		got := ranking(good, bad)
		if math.Abs(got.average-average) > 1e-12 {
			t.Fatalf("average precision %v, want %v of %v, %v", got.average, average, good, bad)
		}
		for _, th := range got.precisions {
			checkThreshold(t, th, good, bad)
		}
		for _, th := range got.shares {
			checkShare(t, th, good, bad)
		}
	}
}

// checkThreshold holds a bound to what it promises, and every lower one to breaking it.
func checkThreshold(t *testing.T, th Threshold, good, bad []float64) {
	t.Helper()
	reach := func(bound float64) (precision, recall float64) {
		g, b := 0, 0
		for _, s := range good {
			if s >= bound {
				g++
			}
		}
		for _, s := range bad {
			if s >= bound {
				b++
			}
		}
		return ratio(g, g+b), ratio(g, len(good))
	}
	least := math.NaN()
	for bound := 10.0; bound >= 0; bound-- {
		if p, _ := reach(bound); p >= th.Wanted {
			least = bound
		}
	}
	if math.IsNaN(least) != math.IsNaN(th.Score) {
		t.Fatalf("threshold %+v of %v, %v", th, good, bad)
	}
	if math.IsNaN(least) {
		return
	}
	p, r := reach(th.Score)
	if q, _ := reach(least); p < th.Wanted || p != th.Precision || r != th.Recall || q < th.Wanted || th.Score < least {
		t.Fatalf("threshold %+v of %v, %v: least %v", th, good, bad, least)
	}
}

// checkShare holds a bound to letting through no more than wanted, and the next lower
// score to letting through more.
func checkShare(t *testing.T, th Threshold, good, bad []float64) {
	t.Helper()
	all := slices.Concat(good, bad)
	slices.Sort(all)
	share := func(bound float64) float64 {
		n := 0
		for _, s := range all {
			if s >= bound {
				n++
			}
		}
		return float64(n) / float64(len(all))
	}
	want := math.NaN()
	for _, s := range slices.Backward(all) {
		if share(s) <= th.Wanted {
			want = s
		}
	}
	if math.IsNaN(want) != math.IsNaN(th.Score) || want == want && (want != th.Score || share(want) != th.Share) {
		t.Fatalf("bound %+v of %v, %v: want %v", th, good, bad, want)
	}
}

// The words that tell the classes decide, with every loss.
func TestDecide(t *testing.T) {
	lines := toyLines()
	for _, loss := range []Loss{Softmax, HierarchicalSoftmax, NegativeSampling, OneVsAll} {
		o := DefaultTraining()
		o.Loss, o.Dim, o.Epochs, o.Rate, o.WordNgrams, o.Buckets = loss, 8, 30, 0.5, 2, 5000
		m, err := Train(context.Background(), lines, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range Decide(m, lines, []int{0, 1, 2, 3}, 3) {
			if d.For[0].Text != "key"+d.Label || d.For[0].Lines != 50 || d.For[0].Gain <= 0 || d.For[0].Each <= 0 {
				t.Errorf("%v: for %s speak %+v", loss, d.Label, d.For)
			}
			if a := d.Against[0]; a.Each >= 0 || a.Gain <= 0 || strings.Contains(a.Text, "key"+d.Label) {
				t.Errorf("%v: against %s speak %+v", loss, d.Label, d.Against)
			}
		}
	}
}

// The counts of the original's `test` on its own models and prepared lines. (Losses
// that look their probabilities up have ties, which come in any order there.)
func TestOracleTests(t *testing.T) {
	dir := shared(t, "oracles", "fasttext")
	_, valid := cookingLines(t, true)
	tolerance := map[string]float64{"ck-softmax-cut0.ftz": 0.0006, "ck-hs-bi-qout.ftz": 0.0006}
	for _, want := range records[struct {
		Model string
		Test  map[string]struct {
			N    int
			P, R float64
		}
	}](t, filepath.Join(dir, "models.jsonl.zst")) {
		far, ok := tolerance[want.Model]
		if !ok {
			continue
		}
		e := Evaluate(readModel(t, filepath.Join(dir, "models", want.Model)), valid, EvaluationOptions{K: 5})
		for key, k := range map[string]int{"k=1": 1, "k=3": 3, "k=5": 5} {
			w, got := want.Test[key], e.At[k-1]
			if e.Lines != w.N || math.Abs(got.Precision()-w.P) > far || math.Abs(got.Recall()-w.R) > far {
				t.Errorf("%s %s: %d lines, precision %.4f, recall %.4f, want %+v", want.Model, key, e.Lines, got.Precision(), got.Recall(), w)
			}
		}
	}
}

func TestEvaluationSaysWhatIsWrong(t *testing.T) {
	m := goldenModel(t)
	e := Evaluate(m, []string{"__label__p good good", "__label__n bad", "__label__n good", "no label", "__label__x good"}, EvaluationOptions{K: 2, Wrong: 5})
	if e.Lines != 3 || e.Skipped != 2 || e.At[0] != (PrecisionRecall{2, 3, 3}) || e.At[1] != (PrecisionRecall{3, 6, 3}) {
		t.Errorf("%+v", e)
	}
	if len(e.Wrong) != 1 || e.Wrong[0].Line != 2 || e.Wrong[0].Label != "p" || len(e.Confused) != 1 || e.Confused[0] != (Confusion{"n", "p", 1}) {
		t.Errorf("%+v %+v", e.Wrong, e.Confused)
	}
	if p := e.Labels[0]; p.Label != "p" || p.PrecisionRecall != (PrecisionRecall{1, 2, 1}) || p.AUC != 0.5 {
		t.Errorf("%+v", p)
	}
}

func TestLines(t *testing.T) {
	if got := Line([]string{"high quality", "__label__b"}, "a\nb </s> __label__c", Datatrove); got != "__label__high-quality __label__b a b    c" {
		t.Errorf("%q", got)
	}
	lines := toyLines()
	train, held := Split(lines, 0.25, 7)
	if len(train)+len(held) != len(lines) || len(held) < 25 || len(held) > 75 {
		t.Errorf("%d and %d of %d", len(train), len(held), len(lines))
	}
	relabelled, _ := Split([]string{"__label__x " + strings.SplitN(train[0], " ", 2)[1]}, 0.25, 7)
	if len(relabelled) != 1 {
		t.Error("a label changes the side of a text")
	}
}
