package classify

import (
	"fmt"
	"slices"
	"strings"

	"tamis/document"
	"tamis/lm"
	"tamis/step"
)

// Perplexity holds how well an n-gram language model foretells a text.
var Perplexity = step.Spec{
	Name: "perplexity",
	Doc: "Measures how surprised an n-gram language model is by a document, and sorts documents into head, middle and tail, by cutoffs or by percentiles of the corpus. " +
		"Low values are like the text that the model was trained on; lists, headlines and colloquial text come out high however good they are. " +
		"The model is ARPA text or a KenLM file with probing hash tables; tamis train --lm makes one.",
	Source: "Wenzek et al. 2020 (CCNet), arXiv:1911.00359, section 3.4, and cc_net's perplexity.py and text_normalizer.py; Heafield 2011 (KenLM)",
	Rules: []step.Rule{
		{Name: "perplexity", Unit: "perplexity", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Column: true,
			Doc: "10 to the mean of -log10 of the probability of each word, or piece, and of each end of a line; rounded to one digit where normalize is ccnet or ccnet_lines."},
		{Name: "bucket", Unit: "0, 1 or 2", Min: step.NoMin, Max: 2, Scale: step.Linear,
			Doc: "0 for the head, 1 for the middle, 2 for the tail; not measured without cutoffs or percentiles."},
	},
	Labels: []step.Label{
		{Name: "bucket", Doc: "The words head, middle or tail; all where the document was not measured, or where there are no cutoffs or percentiles.", Column: true},
	},
	New: func() step.Settings {
		return &PerplexitySettings{Normalize: normalizeCCNet, Within: "corpus"}
	},
}

// Places of the rules of Perplexity.
const (
	rulePerplexity = iota
	ruleBucket
)

// What a text goes through before it is scored.
const (
	normalizeCCNet = "ccnet"
	normalizeLines = "ccnet_lines"
	normalizeNone  = "none"
)

// PerplexitySettings are the settings of Perplexity.
type PerplexitySettings struct {
	Model       string    `yaml:"model" doc:"path of the language model: ARPA text, plain, gzip or zstd, or a KenLM file with probing hash tables"`
	Pieces      string    `yaml:"pieces" doc:"path of a SentencePiece model of type unigram, whose pieces are scored instead of words; empty for words"`
	Normalize   string    `yaml:"normalize" doc:"ccnet: the whole text becomes one line as in CCNet, small, without accents, digits 0, marks of ASCII, no control characters and so no line ends; ccnet_lines: each line by itself; none: each line as it is"`
	Cutoffs     []float64 `yaml:"cutoffs" doc:"two perplexities: below the first one is the head, below the second one the middle, e.g. CCNet's [340, 520] for English"`
	Percentiles []float64 `yaml:"percentiles" doc:"two percentages of the documents: the first are the head, those up to the second the middle, e.g. CCNet's [30, 60]; exact, and of equal documents the earlier ones are better"`
	Within      string    `yaml:"within" doc:"what percentiles are of: corpus, source for each source by itself, or a label, e.g. language.label for each language"`
	Languages   []string  `yaml:"languages" doc:"measure only documents in these languages, by the label of a language step above; the others stay, in the bucket all; empty measures all"`
}

// Build reads the model.
func (s *PerplexitySettings) Build(env *step.Env) (any, error) {
	pieces, err := openPieces(env, s.Pieces)
	if err != nil {
		return nil, err
	}
	sentences, err := NewSentences(s.Normalize, pieces)
	if err != nil {
		return nil, &step.Fault{Key: "normalize", Err: err}
	}
	groups, err := newGrouping(env, s.Within)
	if err != nil {
		return nil, err
	}
	if err := ascending("cutoffs", s.Cutoffs, 1e300); err != nil {
		return nil, err
	}
	if err := ascending("percentiles", s.Percentiles, 100); err != nil {
		return nil, err
	}
	if len(s.Cutoffs) > 0 && len(s.Percentiles) > 0 {
		return nil, &step.Fault{Key: "percentiles", Err: fmt.Errorf("there are cutoffs already: buckets go by one or the other")}
	}
	p := &perplexity{sentences: sentences, cutoffs: s.Cutoffs, languages: s.Languages}
	if p.slot, err = languageSlot(env, s.Languages); err != nil {
		return nil, err
	}
	if p.model, err = openLM(env, s.Model); err != nil {
		return nil, err
	}
	if len(s.Percentiles) > 0 {
		return &perplexityRanks{one: p.fork(), rule: &env.Rules[rulePerplexity], bucketRule: &env.Rules[ruleBucket],
			percentiles: s.Percentiles, groups: groups}, nil
	}
	return p.fork(), nil
}

// ascending holds that a setting has no numbers or two.
func ascending(key string, v []float64, most float64) error {
	if len(v) == 0 || len(v) == 2 && 0 <= v[0] && v[0] <= v[1] && v[1] <= most {
		return nil
	}
	return &step.Fault{Key: key, Err: fmt.Errorf("%v are not two numbers, the second one not below the first, from 0 to %v", v, most)}
}

func openLM(env *step.Env, path string) (*lm.Model, error) {
	fault := func(err error) error { return &step.Fault{Key: "model", Err: err} }
	if path == "" {
		return nil, fault(fmt.Errorf("no model is named: `tamis train --lm` makes one"))
	}
	r, err := env.Open(path)
	if err != nil {
		return nil, fault(err)
	}
	defer r.Close()
	m, err := lm.Read(r)
	if err != nil {
		return nil, fault(fmt.Errorf("%s: %w", path, err))
	}
	return m, nil
}

// openPieces reads a SentencePiece model; there is none without a path.
func openPieces(env *step.Env, path string) (*lm.Pieces, error) {
	if path == "" {
		return nil, nil
	}
	r, err := env.Open(path)
	if err != nil {
		return nil, &step.Fault{Key: "pieces", Err: err}
	}
	defer r.Close()
	p, err := lm.ReadPieces(r)
	if err != nil {
		return nil, &step.Fault{Key: "pieces", Err: fmt.Errorf("%s: %w", path, err)}
	}
	return p, nil
}

// perplexity is owned by one worker once it is forked.
type perplexity struct {
	model     *lm.Model
	sentences *Sentences
	cutoffs   []float64
	languages []string
	slot      int    // of the language, where languages are named
	digits    []byte // of a number that is rounded
}

// Fork returns the same step for another worker.
func (p *perplexity) Fork() step.Local { return p.fork() }

func (p *perplexity) fork() *perplexity {
	fork := *p
	fork.digits = nil
	// The name was found sound when p was made.
	fork.sentences, _ = NewSentences(p.sentences.normalize, p.sentences.pieces)
	return &fork
}

// measures reports whether a document is in a language of the model.
func (p *perplexity) measures(d *document.Document) bool {
	return len(p.languages) == 0 || slices.Contains(p.languages, d.Labels[p.slot])
}

// Names of the buckets.
var bucketNames = [...]string{"head", "middle", "tail"}

const bucketAll = "all"

// Judge notes the perplexity and the bucket.
func (p *perplexity) Judge(d *document.Document, m *step.Meter) step.Verdict {
	m.Labels[0] = bucketAll
	if !p.measures(d) {
		return m.Verdict()
	}
	pp := p.of(d.Text())
	if m.Hold(rulePerplexity, pp) && len(p.cutoffs) == 2 {
		bucket := 2
		switch {
		case pp < p.cutoffs[0]:
			bucket = 0
		case pp < p.cutoffs[1]:
			bucket = 1
		}
		m.Labels[0] = bucketNames[bucket]
		m.Hold(ruleBucket, float64(bucket))
	}
	return m.Verdict()
}

// of returns the perplexity of a text. CCNet counts words in Python's way, KenLM in its
// own.
func (p *perplexity) of(text string) float64 {
	sum, words := 0.0, 0
	for more := true; more; {
		var line string
		line, text, more = p.sentences.Next(text)
		score, n := p.model.Line(line)
		if p.sentences.normalize != normalizeNone {
			n = pythonWords(line) + 1
		}
		sum, words = sum+float64(score), words+n
	}
	pp := power10(-sum / float64(words))
	if p.sentences.normalize == normalizeNone {
		return pp
	}
	return p.round(pp)
}

// Sentences makes of a text the lines that a language model is trained on and asked
// about. It is owned by one goroutine.
type Sentences struct {
	normalize string
	ccnet     ccnetNormalizer
	pieces    *lm.Pieces
	cutter    *lm.Cutter
}

// NewSentences prepares as the settings normalize and pieces of the step perplexity say;
// pieces may be nil.
func NewSentences(normalize string, pieces *lm.Pieces) (*Sentences, error) {
	if !slices.Contains([]string{normalizeCCNet, normalizeLines, normalizeNone}, normalize) {
		return nil, fmt.Errorf("%q is none of ccnet, ccnet_lines, none", normalize)
	}
	s := &Sentences{normalize: normalize, pieces: pieces}
	if pieces != nil {
		s.cutter = pieces.Cutter()
	}
	return s, nil
}

// Next returns the first sentence of a text, valid until the next call, and what is
// behind it.
func (s *Sentences) Next(text string) (line, rest string, more bool) {
	line = text
	if s.normalize != normalizeCCNet {
		line, rest, more = strings.Cut(text, "\n")
	}
	if s.normalize != normalizeNone {
		line = s.ccnet.line(line)
	}
	if s.cutter != nil {
		line = s.cutter.Cut(line)
	}
	return line, rest, more
}
