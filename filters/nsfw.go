package filters

import (
	"errors"
	"fmt"
	"slices"

	"tamis/document"
	"tamis/step"
)

// NSFW removes sexual and abusive texts by a weighted lexicon.
var NSFW = step.Spec{
	Name: "nsfw",
	Doc: "Removes sexual and abusive texts by a weighted lexicon in eight languages, and by lists. Terms are whole words in scripts that set words apart; " +
		"digits, signs, spacing, repeated or foreign letters in them do not hide them. A single term never removes a text, however often it stands there, unless it is in a strict list. " +
		"Terms of medicine, education and law do not count where the text shows such a context, nor do names and fixed phrases.",
	Source: "the program's own lexicon and weights; that one hit loses medical and legal text is said of word lists by Dodge et al. 2021, arXiv:2104.08758",
	Rules: []step.Rule{
		nsfwStrict: strictRule(),
		nsfwURL:    maxRule("url_words", "terms", 0, "Different sexual terms of weight 3 and more that are words of the URL."),
		nsfwSexual: maxRule("sexual", "weight per 1,000 words", 30, "Weight of the sexual terms, 0 if there is but one."),
		nsfwAbuse:  maxRule("abuse", "weight per 1,000 words", 60, "Weight of the abusive terms, 0 if there is but one."),
		nsfwDensity: maxRule("density", "terms per 1,000 words", 100,
			"All terms found, of both classes; a text has at least 100 words for this and the weights, and one in 20 bytes."),
		nsfwDistinct: maxRule("distinct", "terms", step.NoMax, "Different terms found, of both classes."),
	},
	New: func() step.Settings {
		return &nsfwSettings{Languages: slices.Clone(lexiconLanguages), ListClass: "sexual", ListWeight: 3}
	},
}

// The rules of nsfw by index.
const (
	nsfwStrict = iota
	nsfwURL
	nsfwSexual
	nsfwAbuse
	nsfwDensity
	nsfwDistinct
)

// strictRule is the rule of strict lists: whatever shows texts leaves out those that
// it removes.
func strictRule() step.Rule {
	r := maxRule("strict_terms", "terms", 0, "Different terms of the strict lists. Neither they nor a text that has one are ever shown.")
	r.Secret = true
	return r
}

// maxRule declares a rule with an upper bound on a logarithmic scale.
func maxRule(name, unit string, max float64, doc string) step.Rule {
	return step.Rule{Name: name, Unit: unit, Doc: doc, Min: step.NoMin, Max: max, Scale: step.Log}
}

type nsfwSettings struct {
	Languages  []string `yaml:"languages" doc:"languages of the program's own lexicon; an empty list leaves it out"`
	Lists      []string `yaml:"lists" doc:"files of further terms, one in a line or as CSV, or folders with a file for each language as LDNOOBW has them"`
	ListClass  string   `yaml:"list_class" doc:"what the terms of lists stand for: sexual or abuse"`
	ListWeight int      `yaml:"list_weight" doc:"weight of the terms of lists, 1 to 5"`
	Strict     []string `yaml:"strict" doc:"files of terms of which one is enough; neither they nor its text are ever shown"`
}

// Build reads the lexicon and the lists.
func (s *nsfwSettings) Build(env *step.Env) (any, error) {
	l, err := s.lexicon(env, true)
	if err != nil {
		return nil, err
	}
	return newNSFW(l), nil
}

// lexicon reads the lexicon and the lists; needed says that there must be a term.
func (s *nsfwSettings) lexicon(env *step.Env, needed bool) (*lexicon, error) {
	l, err := newLexicon(s.Languages)
	if err != nil {
		return nil, &step.Fault{Key: "languages", Err: err}
	}
	t := nsfwTerm{weight: int64(s.ListWeight), language: l.files}
	switch {
	case s.ListWeight < 1 || s.ListWeight > 5:
		return nil, &step.Fault{Key: "list_weight", Err: fmt.Errorf("%d is outside 1 to 5", s.ListWeight)}
	case s.ListClass == "abuse":
		t.class = classAbuse
	case s.ListClass != "sexual":
		return nil, &step.Fault{Key: "list_class", Err: fmt.Errorf("%q is no class: sexual and abuse are", s.ListClass)}
	}
	for _, path := range s.Strict {
		if err := l.list(env, path, nsfwTerm{class: classStrict}); err != nil {
			return nil, &step.Fault{Key: "strict", Err: err}
		}
	}
	for _, path := range s.Lists {
		if err := l.list(env, path, t); err != nil {
			return nil, &step.Fault{Key: "lists", Err: err}
		}
	}
	if needed && len(l.terms) == 0 {
		return nil, errors.New("there is nothing to look for: give languages, lists or strict")
	}
	return l, l.compile()
}

// nsfw is the step in one worker.
type nsfw struct {
	*lexicon
	url canonical

	// Of the document at hand:
	text    string
	found   []occurrence
	hits    []nsfwHit
	spans   []nsfwHit // excuses
	counts  []int64   // hits by term, 0 but for those in touched
	touched []int32
	context map[int32]bool
	token   []byte // a disguised word in plain letters
	done    int    // where the last disguised word ended
}

// A nsfwHit is a term in the text: bytes [start, end).
type nsfwHit struct {
	term       int32
	start, end int32
}

func newNSFW(l *lexicon) *nsfw {
	return &nsfw{lexicon: l, counts: make([]int64, len(l.terms)), context: map[int32]bool{}}
}

// Fork returns the same step for another worker.
func (n *nsfw) Fork() step.Local { return newNSFW(n.lexicon) }

// Judge looks for terms and weighs them.
func (n *nsfw) Judge(d *document.Document, m *step.Meter) step.Verdict {
	n.text = d.Text()
	n.search()
	var s nsfwScore
	if len(n.hits) > 0 {
		note := m.Note
		if n.strictTerms(note) > 0 {
			note = nil
		}
		n.drop(note)
		n.explainHits(note)
		s = n.score(d)
	}
	s.values[nsfwURL] = float64(n.urlWords(d.URL))
	for i, v := range s.values {
		if !m.Hold(i, v) {
			break
		}
	}
	n.text = ""
	return m.Verdict()
}

// search finds all terms in the text, plain and disguised.
func (n *nsfw) search() {
	n.hits, n.done = n.hits[:0], 0
	n.found = n.find.find(n.found[:0], n.text)
	for _, o := range n.found {
		if f := &n.forms[o.pattern]; n.stands(f, o) {
			n.hits = append(n.hits, nsfwHit{f.term, o.start, o.end})
		}
	}
	n.disguised()
}

// strictTerms counts the different strict terms that were found. Of them explain hears
// only how many there are.
func (n *nsfw) strictTerms(note func(string)) (terms int) {
	n.touched = n.touched[:0]
	for _, h := range n.hits {
		if n.terms[h.term].class == classStrict && !slices.Contains(n.touched, h.term) {
			n.touched = append(n.touched, h.term)
		}
	}
	if note != nil && len(n.touched) > 0 {
		note(fmt.Sprintf("different strict terms, not shown: %d", len(n.touched)))
	}
	return len(n.touched)
}
