package classify

import (
	"fmt"
	"slices"
	"strings"

	"tamis/document"
	"tamis/step"
)

// Language keeps documents in some languages.
var Language = step.Spec{
	Name: "language",
	Doc: "Names the language of a document and keeps those in some languages, when they are surely so: by the identifier in the program, " +
		"or by a fastText model such as lid.176, GlotLID or OpenLID.",
	Source: "docs/models/language.md for the identifier in the program; Penedo et al. 2023 (RefinedWeb), arXiv:2306.01116, section 3.1, for the bound of 0.65",
	Rules: []step.Rule{
		{Name: "other", Unit: "documents", Min: step.NoMin, Max: 0, Scale: step.Share,
			Doc: "1 where the likeliest language is none of those to keep, otherwise 0."},
		{Name: "score", Unit: "probability", Min: 0, Max: step.NoMax, Scale: step.Share, Column: true,
			Doc: "Probability of the likeliest language; 0 where none can be seen."},
	},
	Labels: []step.Label{
		{Name: "label", Doc: "The likeliest language: its ISO 639-1 code, or what the model calls it; und where none can be seen.", Column: true},
	},
	New: func() step.Settings { return &LanguageSettings{MinScore: unsetScore} },
}

// LanguageSettings are the settings of Language.
type LanguageSettings struct {
	Keep      []string `yaml:"keep" doc:"languages that stay, by their codes; empty for all"`
	MinScore  float64  `yaml:"min_score" doc:"least score that stays, the same as score: {min: …}; -1 leaves it to that"`
	Model     string   `yaml:"model" doc:"path of a fastText model, .bin or .ftz; empty for the identifier in the program"`
	Normalize string   `yaml:"normalize" doc:"how the text is prepared for a model by path: datatrove (newlines to spaces), dclm (also stripped), ccnet (newlines deleted), nemo (also __label__ to a space)"`
	MaxBytes  int      `yaml:"max_bytes" doc:"bytes of a text that are read, from its beginning; 0 for all"`
}

// Places of the rules of Language and of Classify.
const (
	ruleOther = iota
	ruleScore
)

// Build reads the model and checks that it knows the languages to keep.
func (s *LanguageSettings) Build(env *step.Env) (any, error) {
	j, err := newJudge(s.Normalize, s.MaxBytes)
	if err != nil {
		return nil, err
	}
	l := &language{judge: j, keep: s.Keep}
	var known []string
	if s.Model == "" {
		id, err := BuiltinIdentifier()
		if err != nil {
			return nil, err
		}
		l.identifier, known = id, append(id.Languages(), Undetermined)
	} else {
		if l.classifier, err = openModel(env, s.Model); err != nil {
			return nil, err
		}
		for i := range l.classifier.Model.Labels() {
			known = append(known, l.classifier.Model.Label(i))
		}
	}
	if err := knows(known, s.Keep); err != nil {
		return nil, err
	}
	if err := setMinScore(env, ruleScore, s.MinScore); err != nil {
		return nil, err
	}
	return l.Fork(), nil
}

// knows refuses a language that would keep nothing.
func knows(known, keep []string) error {
	for _, code := range keep {
		if !slices.Contains(known, code) {
			return &step.Fault{Key: "keep", Err: fmt.Errorf("no language is called %q: %s", code, few(known, 100))}
		}
	}
	return nil
}

// few lists names, and says how many there are past most.
func few(names []string, most int) string {
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

// A language judges by the identifier, or by a classifier where there is one.
type language struct {
	judge
	identifier *Identifier
	reader     *Reader
	keep       []string
}

// Fork returns the same step for another worker.
func (l *language) Fork() step.Local {
	fork := &language{identifier: l.identifier, keep: l.keep}
	if l.classifier != nil {
		fork.judge = l.fork()
		return fork
	}
	fork.prepare = preparer{most: l.prepare.most}
	fork.reader = l.identifier.Reader()
	return fork
}

// Judge notes the language and how sure it is.
func (l *language) Judge(d *document.Document, m *step.Meter) step.Verdict {
	g := l.guess(l.prepare.text(d.Text()))
	m.Labels[0] = g.Code
	other := 0.0
	if len(l.keep) > 0 && !slices.Contains(l.keep, g.Code) {
		other = 1
	}
	m.Hold(ruleOther, other)
	m.Hold(ruleScore, g.Score)
	return m.Verdict()
}

func (l *language) guess(text string) Guess {
	if l.reader != nil {
		return l.reader.Guess(text)
	}
	p, ok := l.scorer.Best(text)
	if !ok {
		return Guess{Undetermined, 0}
	}
	return Guess{l.scorer.label(p.Label), float64(p.P)}
}
