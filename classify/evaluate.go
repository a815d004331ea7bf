package classify

import (
	"cmp"
	"slices"
)

// PrecisionRecall counts as the original's `test` does: over lines that have a label
// and a feature, how many of the k likeliest labels are right, and how many of the
// line's labels were found.
type PrecisionRecall struct {
	Lines     int
	Right     int
	Predicted int
	Gold      int
}

// Precision returns the share of predicted labels that are right.
func (r PrecisionRecall) Precision() float64 { return ratio(r.Right, r.Predicted) }

// Recall returns the share of the lines' labels that were predicted.
func (r PrecisionRecall) Recall() float64 { return ratio(r.Right, r.Gold) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// Test predicts k labels of each line and compares them with the labels it carries.
func Test(m *Model, lines []string, k int) PrecisionRecall {
	p, r := NewPredictor(m), PrecisionRecall{}
	var out []Prediction
	for _, line := range lines {
		out = p.Predict(out[:0], line, k, 0)
		if len(p.f.labels) == 0 || len(p.f.rows) == 0 {
			continue
		}
		r.Lines++
		r.Predicted += len(out)
		r.Gold += len(p.f.labels)
		for _, o := range out {
			for _, label := range p.f.labels {
				if int(label) == o.Label {
					r.Right++
					break
				}
			}
		}
	}
	return r
}

// AUC is the area under the curve of true against false positives: the chance that
// a good document scores above a bad one, where equal scores count half.
func AUC(good, bad []float64) float64 {
	all := make([]graded, 0, len(good)+len(bad))
	for _, s := range good {
		all = append(all, graded{s, true})
	}
	for _, s := range bad {
		all = append(all, graded{s, false})
	}
	slices.SortFunc(all, func(a, b graded) int { return cmp.Compare(a.score, b.score) })
	wins, below := 0.0, 0
	for i := 0; i < len(all); {
		j, goods, bads := i, 0, 0
		for ; j < len(all) && all[j].score == all[i].score; j++ {
			if all[j].good {
				goods++
			} else {
				bads++
			}
		}
		wins += float64(goods) * (float64(below) + float64(bads)/2)
		below += bads
		i = j
	}
	if len(good) == 0 || len(bad) == 0 {
		return 0.5
	}
	return wins / float64(len(good)) / float64(len(bad))
}

type graded struct {
	score float64
	good  bool
}
