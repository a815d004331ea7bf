package classify

import (
	"cmp"
	"math"
	"slices"
)

// PrecisionRecall counts as the original's `test` does: over lines that have a label
// and a feature, how many of the k likeliest labels are right, and how many of the
// line's labels were found.
type PrecisionRecall struct {
	Right     int `json:"right"`
	Predicted int `json:"predicted"`
	Gold      int `json:"gold"`
}

// Precision returns the share of predicted labels that are right.
func (r PrecisionRecall) Precision() float64 { return ratio(r.Right, r.Predicted) }

// Recall returns the share of the lines' labels that were predicted.
func (r PrecisionRecall) Recall() float64 { return ratio(r.Right, r.Gold) }

// F1 is the harmonic mean of the two.
func (r PrecisionRecall) F1() float64 { return ratio(2*r.Right, r.Predicted+r.Gold) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// An Evaluation is what a model makes of lines whose labels are known.
type Evaluation struct {
	Lines       int               // with a label of the model and a feature
	Skipped     int               // without
	At          []PrecisionRecall // for the 1, 2, … likeliest labels
	Labels      []LabelEvaluation // by falling count
	Confused    []Confusion       // commonest first
	Calibration []Bin             // of the likeliest label's probability
	Wrong       []WrongLine       // the surest first
}

// A LabelEvaluation is how well one label is told from all others.
type LabelEvaluation struct {
	Label            string
	PrecisionRecall          // as the likeliest label
	AUC              float64 // 0 where there are too many labels and lines to rank them
	AveragePrecision float64
	Thresholds       []Threshold // for wanted precisions
	Shares           []Threshold // for wanted shares of all lines
	Curve            []Threshold // at most curvePoints bounds, from the highest
}

// A Threshold is a bound of a score. Among Thresholds it is the least one at which what
// stays is right as often as wanted, among Shares the least one at which no more stays
// than wanted.
type Threshold struct {
	Wanted    float64 // precision or share; 0 in curves
	Precision float64 // at that bound
	Score     float64 // NaN where no bound does what is wanted
	Recall    float64 // at that bound
	Share     float64 // of all lines that stay
	False     float64 // share of the lines without the label that stay
}

// A Confusion is how often lines of one label were given another.
type Confusion struct {
	Gold, Predicted string
	Lines           int
}

// A Bin holds the lines whose likeliest label is about as likely.
type Bin struct {
	From  float64 // in tenths
	Lines int
	Mean  float64 // probability
	Right float64 // share
}

// A WrongLine is one whose likeliest label is wrong.
type WrongLine struct {
	Line  int // index of the line
	Label string
	P     float64
}

// EvaluationOptions say how much an evaluation shows.
type EvaluationOptions struct {
	K     int // likeliest labels to count
	Wrong int // wrong lines, at most
}

// mostScores is how many scores, one for each label and line, are held to rank them;
// past it there is no AUC, no average precision and no threshold.
const mostScores = 1 << 26

// wantedPrecisions are those that thresholds are given for.
var wantedPrecisions = []float64{0.5, 0.8, 0.9, 0.95, 0.99}

// wantedShares are those of lines that stay that bounds are given for.
var wantedShares = []float64{0.01, 0.05, 0.1, 0.2, 0.5}

// curvePoints is how many bounds a curve shows.
const curvePoints = 200

// Evaluate predicts every line and compares.
func Evaluate(m *Model, lines []string, o EvaluationOptions) *Evaluation {
	e := &evaluation{m: m, p: NewPredictor(m), o: o, out: &Evaluation{At: make([]PrecisionRecall, max(o.K, 1))}}
	if m.Labels()*len(lines) <= mostScores {
		e.scores, e.gold = make([][]float64, m.Labels()), make([][]bool, m.Labels())
	}
	e.counts, e.confused = make([]PrecisionRecall, m.Labels()), map[[2]int32]int{}
	e.bins = make([]bin, 10)
	for i, line := range lines {
		e.line(i, line)
	}
	return e.finish()
}

// evaluation is an Evaluation on its way.
type evaluation struct {
	m        *Model
	p        *Predictor
	o        EvaluationOptions
	out      *Evaluation
	all      []Prediction
	scores   [][]float64 // by label, of every line
	gold     [][]bool
	counts   []PrecisionRecall
	confused map[[2]int32]int
	bins     []bin
}

type bin struct {
	lines, right int
	sum          float64
}

func (e *evaluation) line(i int, line string) {
	e.all = e.p.Predict(e.all[:0], line, All, -1)
	labels := e.p.f.labels
	if len(labels) == 0 || len(e.all) == 0 {
		e.out.Skipped++
		return
	}
	e.out.Lines++
	e.count(labels)
	for l := range e.scores {
		e.scores[l] = append(e.scores[l], 0)
		e.gold[l] = append(e.gold[l], slices.Contains(labels, int32(l)))
	}
	for _, p := range e.all {
		if e.scores == nil {
			break
		}
		e.scores[p.Label][len(e.scores[p.Label])-1] = float64(p.P)
	}
	e.best(i, e.all[0], labels)
}

// count compares the k likeliest labels for each k.
func (e *evaluation) count(labels []int32) {
	right := 0
	for k := range e.out.At {
		if k < len(e.all) && slices.Contains(labels, int32(e.all[k].Label)) {
			right++
		}
		at := &e.out.At[k]
		at.Right += right
		at.Predicted += min(k+1, len(e.all))
		at.Gold += len(labels)
	}
}

// best notes what became of the likeliest label.
func (e *evaluation) best(i int, best Prediction, labels []int32) {
	for _, l := range labels {
		e.counts[l].Gold++
	}
	e.counts[best.Label].Predicted++
	b := &e.bins[min(max(int(best.P*10), 0), 9)]
	b.lines++
	b.sum += float64(best.P)
	if slices.Contains(labels, int32(best.Label)) {
		e.counts[best.Label].Right++
		b.right++
		return
	}
	e.confused[[2]int32{labels[0], int32(best.Label)}]++
	e.out.Wrong = append(e.out.Wrong, WrongLine{i, e.m.Label(best.Label), float64(best.P)})
}

func (e *evaluation) finish() *Evaluation {
	for l := range e.counts {
		if e.counts[l].Gold+e.counts[l].Predicted > 0 {
			e.out.Labels = append(e.out.Labels, e.label(l))
		}
	}
	for pair, n := range e.confused {
		e.out.Confused = append(e.out.Confused, Confusion{e.m.Label(int(pair[0])), e.m.Label(int(pair[1])), n})
	}
	slices.SortFunc(e.out.Confused, func(a, b Confusion) int {
		return cmp.Or(b.Lines-a.Lines, cmp.Compare(a.Gold, b.Gold), cmp.Compare(a.Predicted, b.Predicted))
	})
	for i, b := range e.bins {
		if b.lines > 0 {
			e.out.Calibration = append(e.out.Calibration, Bin{float64(i) / 10, b.lines, b.sum / float64(b.lines), ratio(b.right, b.lines)})
		}
	}
	slices.SortStableFunc(e.out.Wrong, func(a, b WrongLine) int { return cmp.Compare(b.P, a.P) })
	e.out.Wrong = e.out.Wrong[:min(e.o.Wrong, len(e.out.Wrong))]
	return e.out
}

func (e *evaluation) label(l int) LabelEvaluation {
	out := LabelEvaluation{Label: e.m.Label(l), PrecisionRecall: e.counts[l]}
	if e.scores == nil {
		return out
	}
	var good, bad []float64
	for i, s := range e.scores[l] {
		if e.gold[l][i] {
			good = append(good, s)
		} else {
			bad = append(bad, s)
		}
	}
	out.AUC = AUC(good, bad)
	r := ranking(good, bad)
	out.AveragePrecision, out.Thresholds, out.Shares, out.Curve = r.average, r.precisions, r.shares, thinned(r.curve)
	return out
}

// graded is a score with whether it should be high.
type graded struct {
	score float64
	good  bool
}

// ranked returns all scores, the highest first.
func ranked(good, bad []float64) []graded {
	all := make([]graded, 0, len(good)+len(bad))
	for _, s := range good {
		all = append(all, graded{s, true})
	}
	for _, s := range bad {
		all = append(all, graded{s, false})
	}
	slices.SortFunc(all, func(a, b graded) int { return cmp.Compare(b.score, a.score) })
	return all
}

// A descent is what comes of lowering a bound through all scores.
type descent struct {
	average            float64 // precision
	precisions, shares []Threshold
	curve              []Threshold
}

// ranking lowers a bound through all scores; equal ones pass together. The average
// precision is the mean over good ones of the precision at their score.
func ranking(good, bad []float64) (r descent) {
	all, passed, right := ranked(good, bad), 0, 0
	for _, want := range wantedPrecisions {
		r.precisions = append(r.precisions, Threshold{Wanted: want, Score: math.NaN()})
	}
	for _, want := range wantedShares {
		r.shares = append(r.shares, Threshold{Wanted: want, Score: math.NaN()})
	}
	for i := 0; i < len(all); {
		before := right
		for ; passed < len(all) && all[passed].score == all[i].score; passed++ {
			if all[passed].good {
				right++
			}
		}
		at := Threshold{Score: all[i].score, Precision: ratio(right, passed), Recall: ratio(right, len(good)),
			Share: ratio(passed, len(all)), False: ratio(passed-right, len(bad))}
		r.average += float64(at.Precision * float64(right-before))
		r.curve = append(r.curve, at)
		keepLast(r.precisions, at, func(want float64) bool { return at.Precision >= want })
		keepLast(r.shares, at, func(want float64) bool { return at.Share <= want })
		i = passed
	}
	r.average /= float64(max(len(good), 1))
	return r
}

// keepLast puts a bound where it does what is wanted.
func keepLast(list []Threshold, at Threshold, does func(want float64) bool) {
	for i, t := range list {
		if does(t.Wanted) {
			list[i] = at
			list[i].Wanted = t.Wanted
		}
	}
}

// thinned returns evenly chosen points of a curve, its ends among them.
func thinned(curve []Threshold) []Threshold {
	if len(curve) <= curvePoints {
		return curve
	}
	out := make([]Threshold, curvePoints)
	for i := range out {
		out[i] = curve[i*(len(curve)-1)/(curvePoints-1)]
	}
	return out
}

// AUC is the area under the curve of true against false positives: the chance that
// a good document scores above a bad one, where equal scores count half. It is 0.5
// where there are none of a kind.
func AUC(good, bad []float64) float64 {
	if len(good) == 0 || len(bad) == 0 {
		return 0.5
	}
	all, wins, above := ranked(good, bad), 0.0, 0
	for i := 0; i < len(all); {
		j, goods, bads := i, 0, 0
		for ; j < len(all) && all[j].score == all[i].score; j++ {
			if all[j].good {
				goods++
			} else {
				bads++
			}
		}
		wins += float64(bads) * (float64(above) + float64(goods)/2)
		above += goods
		i = j
	}
	return wins / float64(len(good)) / float64(len(bad))
}
