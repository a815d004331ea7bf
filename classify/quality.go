package classify

import (
	_ "embed" // the built-in model
	"errors"
	"fmt"
	"slices"
	"sync"

	"tamis/document"
	"tamis/step"
)

// Quality keeps documents that a two-class model finds good.
var Quality = step.Spec{
	Name: "quality",
	Doc: "Keeps documents that a classifier finds good: a fastText model by path, or the one in the program, " +
		"which tells explaining English prose from the rest of the web.",
	Source: "Li et al. 2024 (DataComp-LM), arXiv:2406.11794, section 4.4, for models with the labels hq and cc; docs/models/quality.md for the built-in one",
	Rules: []step.Rule{
		{Name: "score", Unit: "probability", Min: 0.5, Max: step.NoMax, Scale: step.Share, Column: true,
			Doc: "Probability of the label, as fastText prints it; 0 for a text in which the model finds no feature."},
	},
	New: func() step.Settings {
		return &QualitySettings{Label: "hq", MinScore: unsetScore}
	},
}

// unsetScore leaves the bound to the rule.
const unsetScore = -1

// QualitySettings are the settings of Quality.
type QualitySettings struct {
	Model     string  `yaml:"model" doc:"path of a fastText model, .bin or .ftz; empty for the one in the program"`
	Label     string  `yaml:"label" doc:"label whose probability is the score, with or without __label__"`
	MinScore  float64 `yaml:"min_score" doc:"least score that stays, the same as score: {min: …}; -1 leaves it to that"`
	Normalize string  `yaml:"normalize" doc:"how the text is prepared: datatrove (newlines to spaces), dclm (also stripped), ccnet (newlines deleted), nemo (also __label__ to a space), openlid (small letters, no digits, no marks), plain (small letters, digits 0, marks apart); empty for datatrove with a model by path, and plain without"`
	MaxBytes  int     `yaml:"max_bytes" doc:"bytes of a text that are read, from its beginning; 0 for all"`
	// A model knows the languages that it was trained on and finds all others bad.
	Languages []string `yaml:"languages" doc:"judge only documents in these languages, by the label of a language step above; the others stay, without a score; empty judges all"`
}

// Build reads the model.
func (s *QualitySettings) Build(env *step.Env) (any, error) {
	how := s.Normalize
	if how == "" && s.Model == "" {
		how = string(Plain)
	}
	j, err := newJudge(how, s.MaxBytes)
	if err != nil {
		return nil, err
	}
	if s.Model == "" {
		j.classifier, err = builtinQuality()
	} else {
		j.classifier, err = openModel(env, s.Model)
	}
	if err != nil {
		return nil, err
	}
	label, err := findLabel(j.classifier.Model, s.Label)
	if err != nil {
		return nil, err
	}
	if err := setMinScore(env, 0, s.MinScore); err != nil {
		return nil, err
	}
	slot, err := languageSlot(env, s.Languages)
	if err != nil {
		return nil, err
	}
	return (&quality{judge: j, label: label, languages: s.Languages, slot: slot}).Fork(), nil
}

// languageSlot finds the label that a list of languages is held against.
func languageSlot(env *step.Env, languages []string) (int, error) {
	if len(languages) == 0 {
		return 0, nil
	}
	slot, ok := env.Label("language.label")
	if !ok {
		return 0, &step.Fault{Key: "languages", Err: errors.New("no `language` step stands above, which would name the languages")}
	}
	return slot, nil
}

// setMinScore gives a rule the bound that a setting asks for.
func setMinScore(env *step.Env, rule int, score float64) error {
	if score == unsetScore {
		return nil
	}
	if !(0 <= score && score <= 1) {
		return &step.Fault{Key: "min_score", Err: fmt.Errorf("%v is no probability: 0 to 1", score)}
	}
	env.Rules[rule].Min = score
	return nil
}

// findLabel returns the index of a label; the error names those that there are.
func findLabel(m *Model, name string) (int, error) {
	if i, ok := m.LabelIndex(name); ok {
		return i, nil
	}
	return 0, &step.Fault{Key: "label", Err: fmt.Errorf("the model has no label %q: it has %s", name, few(m.labelNames(), 20))}
}

// openModel prepares the model at path.
func openModel(env *step.Env, path string) (*Classifier, error) {
	data, release, err := env.Bytes(path)
	if err != nil {
		return nil, &step.Fault{Key: "model", Err: err}
	}
	c, err := LoadClassifier(data)
	if err = errors.Join(err, release()); err != nil {
		return nil, &step.Fault{Key: "model", Err: fmt.Errorf("%s: %w", path, err)}
	}
	return c, nil
}

// A judge is what the steps of this package share.
type judge struct {
	classifier *Classifier
	scorer     *Scorer
	prepare    preparer
}

func newJudge(normalize string, maxBytes int) (judge, error) {
	how, err := ParsePreparation(normalize)
	if err != nil {
		return judge{}, &step.Fault{Key: "normalize", Err: err}
	}
	if maxBytes < 0 {
		return judge{}, &step.Fault{Key: "max_bytes", Err: fmt.Errorf("%d bytes cannot be read: 0 reads all", maxBytes)}
	}
	return judge{prepare: preparer{how: how, most: maxBytes}}, nil
}

// fork returns the same judge with memory of its own.
func (j judge) fork() judge {
	j.scorer = j.classifier.Scorer()
	j.prepare.buf = nil
	return j
}

type quality struct {
	judge
	label     int
	languages []string
	slot      int // of the language, where languages are named
}

// Fork returns the same step for another worker.
func (q *quality) Fork() step.Local {
	fork := *q
	fork.judge = q.fork()
	return &fork
}

// Judge holds the score against its bounds.
func (q *quality) Judge(d *document.Document, m *step.Meter) step.Verdict {
	if len(q.languages) > 0 && !slices.Contains(q.languages, d.Labels[q.slot]) {
		return m.Verdict()
	}
	m.Hold(0, q.scorer.Score(q.prepare.text(d.Text()), q.label))
	return m.Verdict()
}

//go:embed models/quality.ftz.zst
var qualityModel []byte

// builtinQuality prepares the model in the program, once.
var builtinQuality = sync.OnceValues(func() (*Classifier, error) {
	data, err := unpack(qualityModel)
	if err != nil {
		return nil, fmt.Errorf("the quality model in the program: %w", err)
	}
	m, err := Read(data)
	if err != nil {
		return nil, fmt.Errorf("the quality model in the program: %w", err)
	}
	return NewClassifier(m), nil
})
