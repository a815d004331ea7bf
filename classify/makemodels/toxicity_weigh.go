package main

import (
	"fmt"
	"math"
	"slices"

	"tamis/classify"
)

// A weighed text is what the model and the lexicon say of a text, and how much it
// counts.
type weighed struct {
	kind     string
	evidence [toxicEvidence]float64
	yes      bool
	weight   float64
}

// toxicEvidence is how many numbers make a score: 1, the model's output above and below
// 0, what the lexicon found.
const toxicEvidence = 4

// toxicityMix is how much of its side, yes or no, each kind is in the mixture for
// which scores are right as often as they say.
var toxicityMix = map[string]float64{
	"tweets, abuse": 0.4, "sentences, abuse": 0.4, "comments": 0.2,
	"tweets, clean": 0.2, "sentences, clean": 0.3,
	"wikipedia-passages": 0.1, "c4-en-sample": 0.15, "fineweb-legal": 0.1, "web-pages-raw": 0.1, "onestop-english": 0.025, "udhr": 0.025,
}

// toxicShare is how much of the mixture is of the class.
const toxicShare = 0.2

// weighToxicity fits the weights of each class by logistic regression on texts that
// training never saw. They are rounded, so that the last bits of a library's logarithm
// do not reach the program.
func weighToxicity(texts []rated, m *classify.Model) (weights [2]classify.ToxicityWeight) {
	for class := range weights {
		w := fitLogistic(weigh(texts, m, class, calibrated))
		for i := range w {
			w[i] = math.Round(w[i]*100) / 100
		}
		weights[class] = classify.ToxicityWeight{Bias: w[0], Above: w[1], Below: w[2], Lexicon: w[3]}
		reportToxicity(classify.ToxicityClasses[class], weigh(texts, m, class, tested), w)
	}
	return weights
}

// weigh collects the texts of one part that are rated for a class. For sexual a tweet
// or a comment counts if it was read by hand, or if the lexicon finds nothing in it.
func weigh(texts []rated, m *classify.Model, class int, side part) (out []weighed) {
	r := classify.NewToxicityReader(classify.NewClassifier(m))
	total := map[string]float64{}
	key := func(w weighed) string { return fmt.Sprint(w.kind, w.yes) }
	for _, t := range texts {
		is := [2]rating{t.read, t.abuse}[class]
		if t.side != side || is == unknown {
			continue
		}
		output := r.Read(t.body)[class]
		w := weighed{t.kind, [toxicEvidence]float64{1, max(output, 0), min(output, 0), classify.ToxicityEvidence(t.found[class])}, is == yes, toxicityMix[t.kind]}
		total[key(w)]++
		out = append(out, w)
	}
	sides := map[bool]float64{}
	for i := range out {
		out[i].weight /= total[key(out[i])]
		sides[out[i].yes] += out[i].weight
	}
	for i := range out {
		share := toxicShare
		if !out[i].yes {
			share = 1 - share
		}
		out[i].weight *= share / sides[out[i].yes]
	}
	return out
}

// fitLogistic returns the weights of the evidence by Newton's method, with a little
// ridge so that evidence that parts all texts gets no endless weight.
func fitLogistic(texts []weighed) (w [toxicEvidence]float64) {
	const ridge = 1e-4
	for range 30 {
		var gradient [toxicEvidence]float64
		var curve [toxicEvidence][toxicEvidence]float64
		for i := range w {
			gradient[i], curve[i][i] = -ridge*w[i], ridge
		}
		for _, t := range texts {
			p := logistic(dot(w, t.evidence))
			far := -p
			if t.yes {
				far++
			}
			for i, x := range t.evidence {
				gradient[i] += t.weight * far * x
				for j, y := range t.evidence {
					curve[i][j] += t.weight * p * (1 - p) * x * y
				}
			}
		}
		for i, by := range solve(curve, gradient) {
			w[i] += by
		}
	}
	return w
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func dot(a, b [toxicEvidence]float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// solve returns x with a x = b, by elimination; a is positive definite.
func solve(a [toxicEvidence][toxicEvidence]float64, b [toxicEvidence]float64) (x [toxicEvidence]float64) {
	for i := range a {
		for k := i + 1; k < len(a); k++ {
			by := a[k][i] / a[i][i]
			for j := i; j < len(a); j++ {
				a[k][j] -= by * a[i][j]
			}
			b[k] -= by * b[i]
		}
	}
	for i := len(a) - 1; i >= 0; i-- {
		x[i] = b[i]
		for j := i + 1; j < len(a); j++ {
			x[i] -= a[i][j] * x[j]
		}
		x[i] /= a[i][i]
	}
	return x
}

// reportToxicity prints how a class is told on texts that neither training nor the
// weights have seen.
func reportToxicity(class string, texts []weighed, w [toxicEvidence]float64) {
	fmt.Printf("%s: weights %.2f\n", class, w)
	scores, lexicon := map[string][]float64{}, map[string][]float64{}
	var bins [10]struct{ weight, sum, yes float64 }
	for _, t := range texts {
		p := logistic(dot(w, t.evidence))
		key := fmt.Sprintf("%s, %v", t.kind, t.yes)
		scores[key], lexicon[key] = append(scores[key], p), append(lexicon[key], t.evidence[3])
		b := &bins[min(int(p*10), 9)]
		b.weight, b.sum = b.weight+t.weight, b.sum+t.weight*p
		if t.yes {
			b.yes += t.weight
		}
	}
	kinds := make([]string, 0, len(scores))
	for kind := range scores {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		s := slices.Sorted(slices.Values(scores[kind]))
		fmt.Printf("  %-28s %5d held out; at least 0.5: %.4f, 0.8: %.4f, 0.9: %.4f, 0.95: %.4f\n", kind, len(s), above(s, 0.5), above(s, 0.8), above(s, 0.9), above(s, 0.95))
	}
	for _, pair := range [][2]string{{"tweets, abuse, true", "tweets, clean, false"}, {"sentences, abuse, true", "sentences, clean, false"},
		{"comments, true", "sentences, clean, false"}, {"tweets, abuse, true", "tweets, abuse, false"}, {"tweets, abuse, true", "c4-en-sample, false"}} {
		if len(scores[pair[0]]) > 0 && len(scores[pair[1]]) > 0 {
			fmt.Printf("  AUC %s / %s: %.4f, lexicon alone %.4f\n", pair[0], pair[1], classify.AUC(scores[pair[0]], scores[pair[1]]), classify.AUC(lexicon[pair[0]], lexicon[pair[1]]))
		}
	}
	off := 0.0
	for i, b := range bins {
		if b.weight > 0 {
			off += math.Abs(b.sum - b.yes)
			fmt.Printf("  score %.1f: weight %.4f, mean %.3f, right %.3f\n", float64(i)/10, b.weight, b.sum/b.weight, b.yes/b.weight)
		}
	}
	fmt.Printf("  expected calibration error %.4f\n", off)
}
