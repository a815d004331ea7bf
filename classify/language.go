package classify

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tamis/document"
	"tamis/step"
)

// Language keeps documents in some languages.
var Language = step.Spec{
	Name: "language",
	Doc: "Names the language of a document and keeps those in some languages, when they are surely so: by the identifier in the program, " +
		"or by a fastText model such as lid.176, GlotLID or OpenLID. At level paragraph every paragraph is named by itself, the document is in the language of most of its text, and " +
		"paragraphs surely in other languages can be cut; headings and lines too short to be sure of stay.",
	Source: "docs/models/language.md for the identifier in the program; Penedo et al. 2023 (RefinedWeb), arXiv:2306.01116, section 3.1, for the bound of 0.65",
	Rules: []step.Rule{
		ruleOther: {Name: "other", Unit: "documents", Min: step.NoMin, Max: 0, Scale: step.Share,
			Doc: "1 where the likeliest language is none of those to keep, otherwise 0."},
		ruleScore: {Name: "score", Unit: "probability", Min: 0, Max: step.NoMax, Scale: step.Share, Column: true,
			Doc: "Probability of the likeliest language; 0 where none can be seen. At level paragraph the mean over the text of the paragraphs in it."},
		ruleForeign: {Name: "foreign", Unit: "share of bytes", Min: step.NoMin, Max: 0.5, Scale: step.Share,
			Doc: "At level paragraph: the text of paragraphs surely in other languages than that of the document and those to keep."},
		ruleCut: {Name: "cut", Unit: "paragraphs", Min: step.NoMin, Max: step.NoMax, Edit: true, Scale: step.Log,
			Doc: "Paragraphs cut."},
	},
	Labels: []step.Label{
		labelLanguage:   {Name: "label", Doc: "The likeliest language: its ISO 639-1 code, or what the model calls it; und where the identifier gives none 0.2, or the model has no feature.", Column: true},
		labelScript:     {Name: "script", Doc: "The script of most letters, by its ISO 15924 code, such as Latn or Cyrl; empty with a model by path."},
		labelCandidates: {Name: "candidates", Doc: "The likeliest languages of the whole text with their scores, such as `hr 0.610, bs 0.380`, as many as the setting says."},
		labelParagraphs: {Name: "paragraphs", Doc: "At level paragraph: the range of each paragraph in the text before it is cut, in bytes, and its language, such as `0-120 en, 121-340 de`; ? where it is not sure."},
	},
	New: func() step.Settings {
		return &LanguageSettings{MinScore: unsetScore, Level: levelDocument, Action: actionRemove, ParagraphScore: 0.9, ParagraphBytes: 40}
	},
}

// Places of the labels of Language.
const (
	labelLanguage = iota
	labelScript
	labelCandidates
	labelParagraphs
)

// What the setting level names, and what action.
const (
	levelDocument  = "document"
	levelParagraph = "paragraph"
	actionRemove   = "remove"
	actionCut      = "cut"
)

// LanguageSettings are the settings of Language.
type LanguageSettings struct {
	Keep           []string `yaml:"keep" doc:"languages that stay, by their codes; empty for all"`
	MinScore       float64  `yaml:"min_score" doc:"least score that stays, the same as score: {min: …}; -1 leaves it to that"`
	Level          string   `yaml:"level" doc:"what is named: document, or paragraph (a line)"`
	Action         string   `yaml:"action" doc:"what is done with paragraphs in other languages: remove the document where there are too many, or cut them"`
	ParagraphScore float64  `yaml:"paragraph_score" doc:"least score at which a paragraph is surely in a language"`
	ParagraphBytes int      `yaml:"paragraph_bytes" doc:"least length at which a paragraph is surely in a language: shorter ones are names and headings, which look like any"`
	Candidates     int      `yaml:"candidates" doc:"number of languages that the label candidates lists"`
	Model          string   `yaml:"model" doc:"path of a fastText model, .bin or .ftz; empty for the identifier in the program"`
	Normalize      string   `yaml:"normalize" doc:"how the text is prepared for a model by path: datatrove (newlines to spaces), dclm (also stripped), ccnet (newlines deleted), nemo (also __label__ to a space), openlid (small letters, no digits, no marks)"`
	MaxBytes       int      `yaml:"max_bytes" doc:"bytes of a document, or of a paragraph, that are read, from its beginning; 0 for all"`
}

// Places of the rules of Language; the first two are those of Classify, too.
const (
	ruleOther = iota
	ruleScore
	ruleForeign
	ruleCut
)

// Build reads the model and checks that it knows the languages to keep.
func (s *LanguageSettings) Build(env *step.Env) (any, error) {
	j, err := newJudge(s.Normalize, s.MaxBytes)
	if err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	l := &language{judge: j, settings: s}
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

// check refuses what cannot be.
func (s *LanguageSettings) check() error {
	switch {
	case s.Level != levelDocument && s.Level != levelParagraph:
		return &step.Fault{Key: "level", Err: fmt.Errorf("%q is none of document, paragraph", s.Level)}
	case s.Action != actionRemove && s.Action != actionCut:
		return &step.Fault{Key: "action", Err: fmt.Errorf("%q is none of remove, cut", s.Action)}
	case s.Action == actionCut && s.Level == levelDocument:
		return &step.Fault{Key: "action", Err: errors.New("a whole document can only be removed: set level to paragraph to cut")}
	case !(s.ParagraphScore >= 0 && s.ParagraphScore <= 1):
		return &step.Fault{Key: "paragraph_score", Err: fmt.Errorf("%v is no probability: 0 to 1", s.ParagraphScore)}
	case s.ParagraphBytes < 0:
		return &step.Fault{Key: "paragraph_bytes", Err: fmt.Errorf("%d bytes are no length: 0 looks at all", s.ParagraphBytes)}
	case s.Candidates < 0:
		return &step.Fault{Key: "candidates", Err: fmt.Errorf("%d languages cannot be listed: 0 lists none", s.Candidates)}
	}
	return nil
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
	settings   *LanguageSettings
	identifier *Identifier
	reader     *Reader
	guesses    []Guess
	paragraphs []paragraph     // of the document at hand
	tallies    []languageTally // of these
}

// Fork returns the same step for another worker.
func (l *language) Fork() step.Local {
	fork := &language{identifier: l.identifier, settings: l.settings}
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
	g := l.whole(d.Text(), m)
	foreign := 0.0
	if l.settings.Level == levelParagraph {
		l.read(d.Text())
		if own, ok := l.mostOf(); ok {
			g = own
			foreign = l.sift(g.Code, len(d.Text()), m)
		}
		m.Labels[labelParagraphs] = l.listed()
	}
	m.Labels[labelLanguage] = g.Code
	other := 0.0
	if len(l.settings.Keep) > 0 && !slices.Contains(l.settings.Keep, g.Code) {
		other = 1
	}
	m.Hold(ruleOther, other)
	m.Hold(ruleScore, g.Score)
	if l.settings.Level == levelParagraph {
		m.Hold(ruleForeign, foreign)
	}
	return m.Verdict()
}

// whole names the language of the whole text, and what else is known of it.
func (l *language) whole(text string, m *step.Meter) Guess {
	g := l.guess(l.prepare.text(text), max(1, l.settings.Candidates))
	if l.reader != nil {
		m.Labels[labelScript] = l.reader.Script()
	}
	if l.settings.Candidates > 0 {
		m.Labels[labelCandidates] = candidates(l.guesses)
	}
	return g
}

// guess returns the likeliest language, and leaves the n likeliest ones in l.guesses.
func (l *language) guess(text string, n int) Guess {
	l.guesses = l.guesses[:0]
	if l.reader != nil {
		l.guesses = append(l.guesses, l.reader.Guesses(text, n)...)
		return l.guesses[0].determined()
	}
	l.scorer.out = l.scorer.Predict(l.scorer.out[:0], text, n, -1)
	for _, p := range l.scorer.out {
		l.guesses = append(l.guesses, Guess{l.scorer.label(p.Label), float64(p.P)})
	}
	if len(l.guesses) == 0 {
		return Guess{Undetermined, 0}
	}
	return l.guesses[0]
}

func candidates(guesses []Guess) string {
	var b []byte
	for i, g := range guesses {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(append(b, g.Code...), ' ')
		b = strconv.AppendFloat(b, g.Score, 'f', 3, 64)
	}
	return string(b)
}
