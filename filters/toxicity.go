package filters

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// A ToxicityScorer rates a stretch of text: the probabilities that it is sexual and
// that it is abusive, by the words and by what the lexicon found there. It is owned by
// one goroutine.
type ToxicityScorer = func(text string, found Found) [2]float64

// Toxicity declares the step toxicity. The model is classify's, which this package
// does not import: open returns a scorer for one goroutine.
func Toxicity(open func() (ToxicityScorer, error)) *step.Spec {
	return &step.Spec{
		Name: "toxicity",
		Doc: "Removes sexual and abusive texts, or cuts what is sexual or abusive out of them, by a score that the lexicon of `nsfw` and a classifier in the program make together: " +
			"the classifier knows what such texts are like, and that a film plot is none; the lexicon knows words in eight languages, and disguises. " +
			"A score is the probability of the class in a mixture in which one text in five has it. The classifier has learned from English. " +
			"Where stretches are cut, the bounds of the scores are those of a stretch and remove no document.",
		Source: "docs/models/toxicity.md; that classifiers judge each sentence is from Dolma, Soldaini et al. 2024, arXiv:2402.00159, section 5.3",
		Rules: []step.Rule{
			toxStrict:    strictRule(),
			toxSexual:    scoreRule("sexual", "Probability that the text is sexual: of the document, or of the likeliest stretch of it."),
			toxAbuse:     scoreRule("abuse", "Probability that the text is abusive: insults, slurs, threats, obscenity against people; likewise."),
			toxSexualCut: editRule("sexual_cut", "stretches", "Stretches cut for their sexual score."),
			toxAbuseCut:  editRule("abuse_cut", "stretches", "Stretches cut for their abuse score; those cut for both count as sexual."),
			toxShare:     shareAtMost("cut_share", "share of bytes", 0.5, "What would be cut, of the whole text: a document that would lose more goes."),
		},
		New: func() step.Settings {
			return &toxicitySettings{open: open, Level: levelDocument, Action: actionRemove,
				Languages: slices.Clone(lexiconLanguages), ListClass: "sexual", ListWeight: 3}
		},
	}
}

// The rules of toxicity by index.
const (
	toxStrict = iota
	toxSexual
	toxAbuse
	toxSexualCut
	toxAbuseCut
	toxShare
)

func scoreRule(name, doc string) step.Rule {
	return step.Rule{Name: name, Unit: "probability", Doc: doc, Min: step.NoMin, Max: 0.8, Scale: step.Share, Column: true}
}

// What toxicity scores.
const (
	levelDocument  = "document"
	levelParagraph = "paragraph"
	levelSentence  = "sentence"
)

type toxicitySettings struct {
	Level      string   `yaml:"level" doc:"what is scored: document, paragraph (a line) or sentence"`
	Action     string   `yaml:"action" doc:"what is done: remove the document, or cut the paragraphs or sentences"`
	Languages  []string `yaml:"languages" doc:"languages of the program's own lexicon; an empty list leaves it out"`
	Lists      []string `yaml:"lists" doc:"files of further terms, one in a line or as CSV, or folders with a file for each language as LDNOOBW has them"`
	ListClass  string   `yaml:"list_class" doc:"what the terms of lists stand for: sexual or abuse"`
	ListWeight int      `yaml:"list_weight" doc:"weight of the terms of lists, 1 to 5"`
	Strict     []string `yaml:"strict" doc:"files of terms of which one is enough to remove the document; neither they nor its text are ever shown"`

	open func() (ToxicityScorer, error)
}

// Build reads the lexicon, the lists and the model.
func (s *toxicitySettings) Build(env *step.Env) (any, error) {
	t := &toxicity{open: s.open, level: s.Level, cuts: s.Action == actionCut}
	switch {
	case !slices.Contains([]string{levelDocument, levelParagraph, levelSentence}, s.Level):
		return nil, &step.Fault{Key: "level", Err: fmt.Errorf("%q is none of document, paragraph, sentence", s.Level)}
	case !t.cuts && s.Action != actionRemove:
		return nil, &step.Fault{Key: "action", Err: fmt.Errorf("%q is none of remove, cut", s.Action)}
	case t.cuts && s.Level == levelDocument:
		return nil, &step.Fault{Key: "action", Err: errors.New("a whole document can only be removed: set level to paragraph or sentence to cut")}
	}
	l := &nsfwSettings{Languages: s.Languages, Lists: s.Lists, ListClass: s.ListClass, ListWeight: s.ListWeight, Strict: s.Strict}
	lexicon, err := l.lexicon(env, false)
	if err != nil {
		return nil, err
	}
	t.nsfw = newNSFW(lexicon)
	if t.score, err = s.open(); err != nil {
		return nil, err
	}
	return t, nil
}

// toxicity is the step in one worker.
type toxicity struct {
	*nsfw
	open  func() (ToxicityScorer, error)
	score ToxicityScorer
	level string
	cuts  bool

	lines []text.Span
}

// Fork returns the same step for another worker. The model has been opened before.
func (t *toxicity) Fork() step.Local {
	fork := &toxicity{nsfw: newNSFW(t.lexicon), open: t.open, score: t.score, level: t.level, cuts: t.cuts}
	if score, err := t.open(); err == nil {
		fork.score = score
	}
	return fork
}

// Judge scores the document, or its stretches.
func (t *toxicity) Judge(d *document.Document, m *step.Meter) step.Verdict {
	t.text = d.Text()
	strict := t.look(m.Note)
	if !m.Hold(toxStrict, float64(strict)) {
		return m.Verdict()
	}
	note := m.Note
	if strict > 0 {
		note = nil
	}
	for i := toxSexual; i <= toxShare; i++ {
		m.Values[i] = 0
	}
	cut := t.stretches(t.spans(d), m, note)
	if !t.cuts {
		for i := toxSexual; i <= toxAbuse; i++ {
			if !m.Hold(i, m.Values[i]) {
				return m.Verdict()
			}
		}
	}
	m.Hold(toxShare, step.Ratio(cut, len(t.text)))
	t.text = ""
	return m.Verdict()
}

// look finds the terms that count, in the order of their places, and returns how many
// different strict ones there are.
func (t *toxicity) look(note func(string)) (strict int) {
	t.search()
	if len(t.hits) == 0 {
		return 0
	}
	if strict = t.strictTerms(note); strict > 0 {
		note = nil
	}
	t.drop(note)
	t.explainHits(note)
	return strict
}

// spans returns what is scored, ascending.
func (t *toxicity) spans(d *document.Document) []text.Span {
	t.lines = t.lines[:0]
	switch t.level {
	case levelDocument:
		t.lines = append(t.lines, text.Span{End: int32(len(t.text))})
		return t.lines
	case levelSentence:
		d.View().Use(text.Unicode) // the only splitter to which all of a text is sentences
		return d.View().Sentences()
	}
	for start := 0; start < len(t.text); {
		end := start
		for end < len(t.text) && t.text[end] != '\n' {
			end++
		}
		if end > start {
			t.lines = append(t.lines, text.Span{Start: int32(start), End: int32(end)})
		}
		start = end + 1
	}
	return t.lines
}

// stretches scores each span, keeps the highest scores, asks for cuts, and returns how
// many bytes they take.
func (t *toxicity) stretches(spans []text.Span, m *step.Meter, note func(string)) (cut int) {
	hits := t.hits
	for i, span := range spans {
		n := 0
		for n < len(hits) && hits[n].start < span.End {
			n++
		}
		scores := t.score(t.text[span.Start:span.End], t.weigh(hits[:n], int(span.End-span.Start)))
		hits = hits[n:]
		beyond := -1
		for class, p := range scores {
			p = math.Round(p*1000) / 1000
			rule := toxSexual + class
			m.Values[rule] = max(m.Values[rule], p)
			if r := &m.Rules[rule]; beyond < 0 && !r.Off && !r.Keeps(p) && !(t.cuts && m.Rules[toxSexualCut+class].Off) {
				beyond = class
			}
		}
		if beyond < 0 {
			continue
		}
		if note != nil {
			note(fmt.Sprintf("%s at bytes %d to %d: sexual %.3f, abuse %.3f", t.level, span.Start, span.End, scores[0], scores[1]))
		}
		if t.cuts {
			start, end := int(span.Start), t.behind(spans, i)
			m.Edit(toxSexualCut+beyond, start, end, "")
			cut += end - start
		}
	}
	return cut
}

// behind returns where a cut ends: behind the line end, or the blanks, that follow.
func (t *toxicity) behind(spans []text.Span, i int) int {
	end, next := int(spans[i].End), len(t.text)
	if i+1 < len(spans) {
		next = int(spans[i+1].Start)
	}
	for end < next && (t.text[end] == ' ' || t.level == levelParagraph && t.text[end] == '\n' && t.text[end-1] != '\n') {
		end++
	}
	return end
}
