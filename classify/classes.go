package classify

import (
	"errors"
	"fmt"
	"slices"

	"tamis/document"
	"tamis/step"
)

// Classify labels documents by any model.
var Classify = step.Spec{
	Name:   "classify",
	Doc:    "Labels documents by a fastText model, such as one of topics or of registers, and keeps those with some labels or a likely enough one.",
	Source: "Joulin et al. 2016, arXiv:1607.01759",
	Rules: []step.Rule{
		{Name: "other", Unit: "documents", Min: step.NoMin, Max: 0, Scale: step.Share,
			Doc: "1 where the likeliest label is none of those to keep, or one of those to drop, otherwise 0."},
		{Name: "score", Unit: "probability", Min: step.NoMin, Max: step.NoMax, Scale: step.Share, Column: true,
			Doc: "Probability of the label that the step names, else of the likeliest one; 0 for a text in which the model finds no feature."},
	},
	Labels: []step.Label{{Name: "label", Doc: "The likeliest label; empty for a text in which the model finds no feature.", Column: true}},
	New:    func() step.Settings { return &ClassifySettings{MinScore: unsetScore} },
}

// ClassifySettings are the settings of Classify.
type ClassifySettings struct {
	Model     string   `yaml:"model" doc:"path of a fastText model, .bin or .ftz"`
	Label     string   `yaml:"label" doc:"label whose probability is the score; empty for the likeliest one"`
	Keep      []string `yaml:"keep" doc:"labels that stay; empty for all"`
	Drop      []string `yaml:"drop" doc:"labels that do not stay"`
	MinScore  float64  `yaml:"min_score" doc:"least score that stays, the same as score: {min: …}; -1 leaves it to that"`
	Normalize string   `yaml:"normalize" doc:"how the text is prepared: datatrove (newlines to spaces), dclm (also stripped), ccnet (newlines deleted), nemo (also __label__ to a space), openlid (small letters, no digits, no marks), plain (small letters, digits 0, marks apart)"`
	MaxBytes  int      `yaml:"max_bytes" doc:"bytes of a text that are read, from its beginning; 0 for all"`
}

// Build reads the model.
func (s *ClassifySettings) Build(env *step.Env) (any, error) {
	if s.Model == "" {
		return nil, &step.Fault{Key: "model", Err: errors.New("the step needs the path of a fastText model")}
	}
	j, err := newJudge(s.Normalize, s.MaxBytes)
	if err != nil {
		return nil, err
	}
	if j.classifier, err = openModel(env, s.Model); err != nil {
		return nil, err
	}
	c := &classes{judge: j, label: -1}
	if s.Label != "" {
		if c.label, err = findLabel(j.classifier.Model, s.Label); err != nil {
			return nil, err
		}
	}
	if err := c.choose(s.Keep, s.Drop); err != nil {
		return nil, err
	}
	if err := setMinScore(env, ruleScore, s.MinScore); err != nil {
		return nil, err
	}
	return c.Fork(), nil
}

// classes labels documents; label is -1 where the likeliest one is scored.
type classes struct {
	judge
	label int
	stays []bool // by label
}

func (c *classes) choose(keep, drop []string) error {
	m := c.classifier.Model
	c.stays = make([]bool, m.Labels())
	for i := range c.stays {
		c.stays[i] = len(keep) == 0
	}
	for _, list := range []struct {
		key   string
		names []string
		stays bool
	}{{"keep", keep, true}, {"drop", drop, false}} {
		for _, name := range list.names {
			i, ok := m.LabelIndex(name)
			if !ok {
				return &step.Fault{Key: list.key, Err: fmt.Errorf("the model has no label %q: it has %s", name, few(m.labelNames(), 20))}
			}
			c.stays[i] = list.stays
		}
	}
	if !slices.Contains(c.stays, true) {
		return &step.Fault{Key: "drop", Err: errors.New("no label is left that stays")}
	}
	return nil
}

// Fork returns the same step for another worker.
func (c *classes) Fork() step.Local { return &classes{c.fork(), c.label, c.stays} }

// Judge notes the label and its score.
func (c *classes) Judge(d *document.Document, m *step.Meter) step.Verdict {
	text := c.prepare.text(d.Text())
	best, ok := c.scorer.Best(text)
	other, score := 0.0, float64(best.P)
	if ok {
		m.Labels[0] = c.scorer.label(best.Label)
		if !c.stays[best.Label] {
			other = 1
		}
	}
	if c.label >= 0 {
		score = c.scorer.Score(text, c.label)
	}
	m.Hold(ruleOther, other)
	m.Hold(ruleScore, score)
	return m.Verdict()
}
