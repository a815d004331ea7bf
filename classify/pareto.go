package classify

import (
	"fmt"
	"math"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/step"
)

// Pareto keeps documents by chance, more likely the better they score.
var Pareto = step.Spec{
	Name: "pareto",
	Doc: "Keeps documents by chance, more likely the better they score, so that something of everything stays. As GPT-3's authors do it, a document stays where its score is above 1 − X, " +
		"X drawn from a Pareto distribution of the second kind with the shape alpha, which has a chance of (2 − score)^−alpha. The draw depends on the seed, the name of the step and the place of the document alone. " +
		"Documents for which the score was not measured stay.",
	Source: "Brown et al. 2020 (GPT-3), arXiv:2005.14165, appendix A, for alpha 9; Gao et al. 2020 (The Pile), arXiv:2101.00027, and NeMo Curator have 3",
	Rules: []step.Rule{
		{Name: "chance", Unit: "probability", Min: step.NoMin, Max: step.NoMax, Scale: step.Share, Column: true,
			Doc: "Chance that a document of this score stays."},
		{Name: "draw", Unit: "by the chance", Min: step.NoMin, Max: 1, Scale: step.Log,
			Doc: "A number drawn evenly between 0 and 1, by the chance: up to 1 the document stays."},
	},
	New: func() step.Settings { return &ParetoSettings{By: "quality.score", Alpha: 9} },
}

// Places of the rules of Pareto.
const (
	ruleChance = iota
	ruleDraw
)

// ParetoSettings are the settings of Pareto.
type ParetoSettings struct {
	By    string  `yaml:"by" doc:"signal that is the score, 0 to 1, e.g. quality.score"`
	Alpha float64 `yaml:"alpha" doc:"shape of the distribution, the higher the stricter: of a score of 0.5, 9 as in GPT-3 keeps 2.6 %, 3 as in The Pile and NeMo 29.6 %"`
}

// Build finds the score.
func (s *ParetoSettings) Build(env *step.Env) (any, error) {
	by, err := newSignal(env, s.By)
	if err != nil {
		return nil, err
	}
	if !(s.Alpha > 0 && s.Alpha <= 1000) {
		return nil, &step.Fault{Key: "alpha", Err: fmt.Errorf("%v is no shape: more than 0, at most 1000", s.Alpha)}
	}
	return &pareto{by: by, alpha: s.Alpha, seed: xxh3.HashStringSeed(env.Name, env.Seed)}, nil
}

type pareto struct {
	by    signal
	alpha float64
	seed  uint64
}

// Judge draws.
func (p *pareto) Judge(d *document.Document, m *step.Meter) step.Verdict {
	score := p.by.of(d)
	if math.IsNaN(score) {
		return m.Verdict()
	}
	chance := p.chance(score)
	if m.Hold(ruleChance, chance) {
		m.Hold(ruleDraw, uniform(drawBits("pareto", p.seed, d.Place))/chance)
	}
	return m.Verdict()
}

// chance is P(X > 1 - score) = (2 - score)^-alpha. X is not below 0, so that a score of 1,
// or of 1.00001 as fastText prints it, stays for certain.
func (p *pareto) chance(score float64) float64 {
	if score >= 1 {
		return 1
	}
	return exp(-float64(p.alpha * log(2-score)))
}
