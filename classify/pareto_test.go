package classify

import (
	"math"
	"slices"
	"testing"

	"tamis/document"
	"tamis/step"
)

// The draw is that of GPT-3's authors, numpy's pareto(alpha) > 1 - score, where numpy
// makes X of U by U^(-1/alpha) - 1; and as many stay as P(X > 1 - score) says.
func TestPareto(t *testing.T) {
	const documents = 20000
	for _, alpha := range []float64{9, 3, 0.5} {
		for _, score := range []float64{-1, 0, 0.25, 0.5, 0.75, 0.9, 1, 1.00001, 5} {
			judge, seed, kept := paretoOf(t, alpha, "pareto", 7), buildPareto(t, alpha, "pareto", 7).seed, 0
			for i := range documents {
				place := document.Place{File: uint32(i % 5), Record: int64(i)}
				keeps := judge(&document.Document{Place: place, Signals: []float64{score}})
				x := math.Pow(uniform(drawBits("pareto", seed, place)), -1/alpha) - 1
				if keeps != (x > 1-score) {
					t.Fatalf("alpha %v, score %v: X is %v, kept: %v", alpha, score, x, keeps)
				}
				if keeps {
					kept++
				}
			}
			want := 1.0
			if score < 1 {
				want = math.Pow(2-score, -alpha)
			}
			if share, off := float64(kept)/documents, 4*math.Sqrt(want*(1-want)/documents); math.Abs(share-want) > off {
				t.Errorf("alpha %v, score %v: %v stay, want %v ± %v", alpha, score, share, want, off)
			}
		}
	}
}

// The chances that the reference prints for GPT-3's alpha and for NeMo's.
func TestParetoChances(t *testing.T) {
	for alpha, want := range map[float64][]float64{
		9: {.002, .006, .026, .134, .424, 1},
		3: {.125, .187, .296, .512, .751, 1},
	} {
		for i, score := range []float64{0, .25, .5, .75, .9, 1} {
			got := buildPareto(t, alpha, "pareto", 1).chance(score)
			if math.Abs(got-want[i]) > 0.0005 {
				t.Errorf("alpha %v, score %v: %v, want %v", alpha, score, got, want[i])
			}
		}
	}
}

// Two steps of one recipe draw apart from each other, and so do two seeds; a document
// that was not measured stays.
func TestParetoDraws(t *testing.T) {
	a, b, c := paretoOf(t, 3, "pareto", 1), paretoOf(t, 3, "second", 1), paretoOf(t, 3, "pareto", 2)
	byName, bySeed := 0, 0
	for i := range 1000 {
		d := &document.Document{Place: document.Place{Record: int64(i)}, Signals: []float64{0.5}}
		if a(d) != b(d) {
			byName++
		}
		if a(d) != c(d) {
			bySeed++
		}
	}
	// Of independent draws 2 · 0.296 · 0.704 differ.
	if byName < 350 || byName > 480 || bySeed < 350 || bySeed > 480 {
		t.Errorf("of 1000 verdicts %d differ by name, %d by seed", byName, bySeed)
	}
	if !a(&document.Document{Signals: []float64{math.NaN()}}) {
		t.Error("a document without a score goes")
	}
}

func TestParetoRefuses(t *testing.T) {
	refuses(t, &Pareto, &ParetoSettings{By: "nothing", Alpha: 9}, "by")
	for _, alpha := range []float64{0, -1, math.NaN(), 1001} {
		refuses(t, &Pareto, &ParetoSettings{By: "quality.score", Alpha: alpha}, "alpha")
	}
}

func buildPareto(t *testing.T, alpha float64, name string, seed uint64) *pareto {
	t.Helper()
	env := scoresEnv()
	env.Name, env.Seed = name, seed
	made, err := (&ParetoSettings{By: "quality.score", Alpha: alpha}).Build(env)
	if err != nil {
		t.Fatal(err)
	}
	return made.(*pareto)
}

// paretoOf returns whether the step keeps a document.
func paretoOf(t *testing.T, alpha float64, name string, seed uint64) func(*document.Document) bool {
	p, m := buildPareto(t, alpha, name, seed), &step.Meter{}
	rules, values := slices.Clone(Pareto.Rules), make([]float64, len(Pareto.Rules))
	return func(d *document.Document) bool {
		m.Reset(rules, values, nil)
		return !p.Judge(d, m).Removed
	}
}
