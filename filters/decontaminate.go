package filters

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"tamis/document"
	"tamis/step"
)

// Decontaminate keeps evaluation sets out of a corpus.
var Decontaminate = step.Spec{
	Name: "decontaminate",
	Doc: "Removes, cuts or tags texts that overlap evaluation sets. An example is overlapped where the text has min_match of its words in a row, or all of a " +
		"shorter one, or where n-grams of the text cover min_ratio of its words. The method says how much that is; a setting beside it wins. " +
		"either: 13 words in a row, or half of an example's words in 8-grams, as runs of letters and digits whatever their case, accents and punctuation; " +
		"n-grams of more than 10 examples are no evidence on their own. longest: the 13 words alone. llama3: half of the words alone, in one document; its own " +
		"bounds for each benchmark are not published. " +
		"gpt3: 13 words in lower case without punctuation; cuts 200 characters on either side with them, drops pieces of fewer than 200 and documents of " +
		"more than 10 pieces. The paper also ignores n-grams of more than 10 training documents: name the corpus, or a sample of it, in corpus. " +
		"datatrove: 12 tokens of its simplified text, of the answer or across question and answer. " +
		"Of 140 passages planted in other texts (as they are, in other case and punctuation, with words changed, halved) either finds 119 and datatrove 95, and " +
		"neither finds one in 15 texts without. " +
		"Sets are JSONL files, plain, gzip or zstd, or Parquet files; `tamis index` saves what it makes of them for other recipes.",
	Source: "Brown et al. 2020, arXiv:2005.14165, appendix C (gpt3); datatrove, decont/n_grams.py at a649de79; Llama team 2024, arXiv:2407.21783, section 5.1.4; " +
		"Singh et al. 2024, arXiv:2411.03923 (longest match)",
	Rules: []step.Rule{
		overlapContaminated: {Name: "contaminated", Unit: "0 or 1", Min: step.NoMin, Max: 0, Scale: step.Share,
			Doc: "1 where the text overlaps an example and is to be removed for it."},
		overlapPieces: {Name: "pieces", Unit: "pieces", Min: 1, Max: 10, Scale: step.Log,
			Doc: "Pieces that are left of the text where overlaps are cut; 1 where nothing is cut."},
		overlapLongest: {Name: "longest_match", Unit: "words", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Column: true,
			Doc: "Words of the longest stretch that the text shares with an example, as far as n-grams tell."},
		overlapRatio: {Name: "ratio", Unit: "share of words", Min: step.NoMin, Max: step.NoMax, Scale: step.Share, Column: true,
			Doc: "Words of an example that lie in n-grams of the text, of those that n-grams can find; that of the example with the most."},
		overlapExamples: {Name: "examples", Unit: "examples", Min: step.NoMin, Max: step.NoMax, Scale: step.Log,
			Doc: "Examples that the text overlaps."},
		overlapHits: {Name: "hits", Unit: "n-grams", Min: step.NoMin, Max: step.NoMax, Scale: step.Log,
			Doc: "N-grams of the text that stand in an example and are not common."},
		overlapCuts: editRule("cuts", "stretches", "Stretches cut out of the text."),
	},
	Labels: []step.Label{
		{Name: "set", Doc: "The evaluation set that the text has most in common with.", Column: true},
		{Name: "example", Doc: "The example of that set.", Column: true},
	},
	New: func() step.Settings {
		return &DecontaminateSettings{Method: "either", MaxDocuments: 10, CorpusField: "text", Window: 200, MinPiece: 200,
			Fields: EvaluationFields{ID: "id", Question: []string{"question"}, Answer: []string{"answer"}, Choices: "choices", Gold: "gold"}}
	},
}

// The rules of decontaminate by index.
const (
	overlapContaminated = iota
	overlapPieces
	overlapLongest
	overlapRatio
	overlapExamples
	overlapHits
	overlapCuts
)

// DecontaminateSettings are what a recipe may set in decontaminate.
type DecontaminateSettings struct {
	Sets         []string         `yaml:"sets" doc:"files of evaluation sets: JSONL, of which .gz and .zst are unpacked, or Parquet. A set is named by its file"`
	Fields       EvaluationFields `yaml:"fields" doc:"where the records of sets have what counts; names joined by dots lead into objects"`
	Index        string           `yaml:"index" doc:"file of an index that tamis index has saved, in place of sets"`
	Method       string           `yaml:"method" doc:"what overlaps: either, longest, llama3, gpt3 or datatrove; sets what is left empty or 0 below"`
	Action       string           `yaml:"action" doc:"remove the text, cut what overlaps out of it, or tag it: labels and values alone; empty: cut for gpt3, remove for the others"`
	Parts        []string         `yaml:"parts" doc:"parts of examples whose n-grams count: question, answer, straddling (with words of both), choices (the wrong ones); empty: answer and straddling for datatrove, all but choices for the others"`
	Ngram        int              `yaml:"ngram" doc:"words of an n-gram; 0: 13 for gpt3, 12 for datatrove, 8 for the others"`
	MinMatch     int              `yaml:"min_match" doc:"words in a row that make an overlap, no fewer than ngram; 0: 13 for either and longest, ngram for gpt3 and datatrove, not asked for by llama3"`
	MinRatio     float64          `yaml:"min_ratio" doc:"share of an example's words in n-grams of the text that makes an overlap; 0: 0.5 for either and llama3, not asked for by the others"`
	Normalize    string           `yaml:"normalize" doc:"how words are found: words (runs of letters and digits without case, accents and width; one character where a script has no spaces), gpt3 (between white space, in lower case, without punctuation) or datatrove; empty: the method's own, words for either, longest and llama3"`
	MaxExamples  int              `yaml:"max_examples" doc:"n-grams of more examples are no evidence on their own; 0: 10 for either and longest, any number for the others"`
	Corpus       []string         `yaml:"corpus" doc:"JSONL files of texts of the corpus: n-grams in more than max_documents of them are no evidence on their own"`
	CorpusField  string           `yaml:"corpus_field" doc:"field of the text in corpus"`
	MaxDocuments int              `yaml:"max_documents" doc:"documents of corpus that may have an n-gram"`
	Window       int              `yaml:"window" doc:"characters that are cut on either side of an overlap"`
	MinPiece     int              `yaml:"min_piece" doc:"characters of the shortest piece that stays between cuts"`
}

// An overlapMethod is what a published method sets.
type overlapMethod struct {
	ngram, match int     // match is 0 where only the ratio counts,
	ratio        float64 // and this where only the match does
	normalize    string
	parts        []string
	action       string
	maxExamples  int
}

// Actions on a text that overlaps.
const (
	actionRemove = "remove"
	actionCut    = "cut"
	actionTag    = "tag"
)

var overlapMethods = map[string]overlapMethod{
	"either":    {8, 13, 0.5, foldWords, []string{partQuestion, partAnswer, partStraddling}, actionRemove, 10},
	"longest":   {8, 13, 0, foldWords, []string{partQuestion, partAnswer, partStraddling}, actionRemove, 10},
	"llama3":    {8, 0, 0.5, foldWords, []string{partQuestion, partAnswer, partStraddling}, actionRemove, 0},
	"gpt3":      {13, 13, 0, foldGPT3, []string{partQuestion, partAnswer, partStraddling}, actionCut, 0},
	"datatrove": {12, 12, 0, foldDatatrove, []string{partAnswer, partStraddling}, actionRemove, 0},
}

// withMethod returns the settings with those of the method where the recipe has none.
func (s DecontaminateSettings) withMethod() (DecontaminateSettings, error) {
	m, ok := overlapMethods[s.Method]
	if !ok {
		return s, noSuch("method", s.Method, slices.Sorted(maps.Keys(overlapMethods)))
	}
	if s.MinMatch == 0 && s.Ngram > 0 && m.match > 0 {
		s.MinMatch = s.Ngram
		if m.match > m.ngram {
			s.MinMatch = max(m.match, s.Ngram)
		}
	}
	if s.MinMatch == 0 {
		s.MinMatch = m.match
	}
	if s.Ngram == 0 {
		s.Ngram = m.ngram
	}
	if s.MinRatio == 0 {
		s.MinRatio = m.ratio
	}
	if s.Normalize == "" {
		s.Normalize = m.normalize
	}
	if len(s.Parts) == 0 {
		s.Parts = m.parts
	}
	if s.Action == "" {
		s.Action = m.action
	}
	if s.MaxExamples == 0 {
		s.MaxExamples = m.maxExamples
	}
	return s, nil
}

func noSuch(key, value string, possible []string) error {
	return &step.Fault{Key: key, Err: fmt.Errorf("there is no %q; possible are %s", value, strings.Join(possible, ", "))}
}

// check refuses names and numbers that mean nothing.
func (s *DecontaminateSettings) check() error {
	least := func(key string, value, min int) error {
		if value < min {
			return &step.Fault{Key: key, Err: fmt.Errorf("%d is impossible: it is %d or more", value, min)}
		}
		return nil
	}
	for _, p := range s.Parts {
		if !slices.Contains(partNames, p) {
			return noSuch("parts", p, partNames)
		}
	}
	if foldings[s.Normalize] == nil {
		return noSuch("normalize", s.Normalize, slices.Sorted(maps.Keys(foldings)))
	}
	if actions := []string{actionRemove, actionCut, actionTag}; !slices.Contains(actions, s.Action) {
		return noSuch("action", s.Action, actions)
	}
	if s.Ngram < 1 || s.Ngram > 1000 {
		return &step.Fault{Key: "ngram", Err: fmt.Errorf("%d, from 1 to 1000 are possible", s.Ngram)}
	}
	if !(s.MinRatio >= 0 && s.MinRatio <= 1) {
		return &step.Fault{Key: "min_ratio", Err: fmt.Errorf("%v, from 0 to 1 are possible", s.MinRatio)}
	}
	if s.MinMatch != 0 {
		if err := least("min_match", s.MinMatch, s.Ngram); err != nil {
			return err
		}
	}
	for _, err := range []error{
		least("max_examples", s.MaxExamples, 0), least("max_documents", s.MaxDocuments, 0),
		least("window", s.Window, 0), least("min_piece", s.MinPiece, 0),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// Build reads the evaluation sets, or the index.
func (s *DecontaminateSettings) Build(env *step.Env) (any, error) {
	full, err := s.withMethod()
	if err != nil {
		return nil, err
	}
	if err := full.check(); err != nil {
		return nil, err
	}
	var ix *gramIndex
	switch {
	case s.Index != "" && (len(s.Sets) > 0 || len(s.Corpus) > 0 || len(s.Parts) > 0 || s.MaxExamples > 0):
		err = &step.Fault{Key: "index", Err: fmt.Errorf("an index stands in place of sets, corpus, parts and max_examples: give one or the other")}
	case s.Index != "":
		ix, err = full.load(env.Open)
	default:
		ix, err = full.index(env.Open)
	}
	if err != nil {
		return nil, err
	}
	if n := ix.bytes(); env.Memory > 0 && n > env.Memory/2 {
		return nil, &step.Fault{Key: "sets", Err: fmt.Errorf("the index of %d n-grams takes %d MB, more than half of the recipe's memory", len(ix.keys), n>>20)}
	}
	return newDecontaminator(&full, ix), nil
}

// index makes the index of the evaluation sets.
func (s *DecontaminateSettings) index(open func(string) (io.ReadCloser, error)) (*gramIndex, error) {
	if len(s.Sets) == 0 {
		return nil, &step.Fault{Key: "sets", Err: fmt.Errorf("no evaluation sets: name their files, or an index")}
	}
	b := newGramBuilder(foldings[s.Normalize](), s.Ngram)
	names, count := setNames(s.Sets), newParts(s.Parts)
	for i, path := range s.Sets {
		if err := b.addSet(open, path, names[i], &s.Fields, count); err != nil {
			return nil, &step.Fault{Key: "sets", Err: err}
		}
	}
	ix := b.finish(s.MaxExamples)
	if len(ix.keys) == 0 {
		return nil, &step.Fault{Key: "sets", Err: fmt.Errorf("no example has %d words in the parts that count (%s)", s.Ngram, strings.Join(s.Parts, ", "))}
	}
	return ix, s.countCorpus(open, ix)
}

// countCorpus makes the n-grams common that too many documents of the corpus have.
func (s *DecontaminateSettings) countCorpus(open func(string) (io.ReadCloser, error), ix *gramIndex) error {
	if len(s.Corpus) == 0 {
		return nil
	}
	f := newFrequency(ix)
	for _, path := range s.Corpus {
		err := eachRecord(open, path, func(record map[string]any, _ int) error {
			for _, text := range stringsAt(record, s.CorpusField) {
				f.add(text)
			}
			return nil
		})
		if err != nil {
			return &step.Fault{Key: "corpus", Err: err}
		}
	}
	if f.seen == 0 {
		return &step.Fault{Key: "corpus", Err: fmt.Errorf("no record has a text in %q: set corpus_field", s.CorpusField)}
	}
	f.mark(s.MaxDocuments)
	return nil
}

// A decontaminator is the step decontaminate in one worker.
type decontaminator struct {
	finder  gramFinder
	cutter  windowCut
	action  string
	byFirst bool // the first n-gram names the set, as in datatrove
}

func newDecontaminator(s *DecontaminateSettings, ix *gramIndex) *decontaminator {
	return &decontaminator{
		finder:  gramFinder{index: ix, needs: overlapNeeds{match: s.MinMatch, ratio: s.MinRatio}},
		cutter:  windowCut{window: s.Window, piece: s.MinPiece},
		action:  s.Action,
		byFirst: s.Method == "datatrove",
	}
}

// Fork returns the same step for another worker.
func (d *decontaminator) Fork() step.Local {
	return &decontaminator{
		finder: gramFinder{index: d.finder.index, needs: d.finder.needs},
		cutter: windowCut{window: d.cutter.window, piece: d.cutter.piece},
		action: d.action, byFirst: d.byFirst,
	}
}

// Judge measures what the text has in common with examples.
func (d *decontaminator) Judge(doc *document.Document, m *step.Meter) step.Verdict {
	f, s := &d.finder, doc.Text()
	f.find(s)
	examples, longest, ratio := f.totals()
	removes, pieces := 0, 1
	if examples > 0 && d.action == actionRemove {
		removes = 1
	}
	m.Hold(overlapCuts, 0)
	if examples > 0 && d.action == actionCut && !m.Rules[overlapCuts].Off {
		pieces = len(d.cutter.split(s, f.spans()))
		d.cutter.edit(m, overlapCuts, len(s))
	}
	m.Hold(overlapContaminated, float64(removes))
	m.Hold(overlapPieces, float64(pieces))
	m.Hold(overlapLongest, float64(longest))
	m.Hold(overlapRatio, ratio)
	m.Hold(overlapExamples, float64(examples))
	m.Hold(overlapHits, float64(f.evidence()))
	d.label(m)
	if m.Note != nil {
		d.explain(m.Note, s)
	}
	return m.Verdict()
}

// label names the set and the example that the text has most in common with.
func (d *decontaminator) label(m *step.Meter) {
	m.Labels[0], m.Labels[1] = "", ""
	f := &d.finder
	best := f.best()
	if best == nil {
		return
	}
	number := best.example
	if d.byFirst {
		places := f.index.placesOf(f.hits[0].gram)
		number = places[len(places)-1].example
	}
	e := &f.index.examples[number]
	m.Labels[0], m.Labels[1] = f.index.sets[e.set], e.id
}
