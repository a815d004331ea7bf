package filters

import (
	"fmt"
	"math/bits"
	"strings"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// Madlad keeps pages of which few sentences are questionable.
var Madlad = step.Spec{
	Name: "madlad",
	Doc: "Keeps pages of which few sentences are questionable, as MADLAD-400's clean part does. First come the rules on lines and pages that it takes from C4: " +
		"lines of few words and lines on JavaScript are dropped, spaces around viramas are cut, and phrases and brackets remove a page, wherever they stand. Then the sentences " +
		"of the lines that stay are judged, those of the splitter, a line being at least one. The language of the document is that of most sentences, the first of equally frequent ones, and a sentence in " +
		"which no language can be seen agrees with any. As published, the share of questionable sentences removes nothing in languages that are written without spaces. " +
		"Not part of it: the repair of Burmese in the Zawgyi encoding, and the duplicates of spans of three sentences, which need the whole corpus (see `exact`, `lines` and `substring`). " +
		"The strings by which the authors removed Chinese pages can be given as lists.",
	Source: "Kudugunta et al. 2023, arXiv:2309.04662, section 2 and appendix; the dataset's card, allenai/MADLAD-400, for bounds and expressions",
	Rules: []step.Rule{
		madladFewWords:   editRule("few_word_lines", "lines", "Lines dropped that have too few words, which lie between white space."),
		madladJavaScript: editRule("javascript_lines", "lines", "Lines dropped that mention JavaScript."),
		madladViramas:    editRule("virama_spaces", "signs", "Viramas freed of the spaces around them."),
		madladLorem:      maxRule("lorem_ipsum", "pages", 0, "1 where \"lorem ipsum\" is on the page, in any case."),
		madladPolicy:     maxRule("policy_phrases", "phrases", 0, "Phrases on terms of use, privacy policies and cookies that are on the page, of six."),
		madladCurly:      maxRule("curly_brackets", "brackets", 0, "Curly brackets on the page, of either direction."),
		madladListed:     maxRule("listed", "strings", 0, "Different strings of the lists that are on the page."),
		madladSentences: {Name: "sentences", Unit: "sentences", Min: 5, Max: step.NoMax, Scale: step.Log,
			Doc: "Sentences of the lines that stay."},
		madladLanguage: maxShare("other_language", "share of sentences", step.NoMax, "Sentences in another language than most.", nil),
		madladCase:     maxShare("list_case", "share of sentences", step.NoMax, "Sentences of at least 12 words of which more than half begin with a capital.", nil),
		madladLength:   maxShare("odd_length", "share of sentences", step.NoMax, "Sentences of less than 20 or more than 500 characters.", nil),
		madladDanger:   maxShare("danger_characters", "share of sentences", step.NoMax, "Sentences of which more than a fifth are digits or one of { } + / ( ) >.", nil),
		madladCursed:   maxShare("cursed", "share of sentences", step.NoMax, "Sentences that hold one of the 32 published expressions, such as single letters in a row.", nil),
		madladQuestionable: maxShare("questionable", "share of sentences", 0.2,
			"Sentences of which at least one of the five above is true.", nil),
	},
	New: func() step.Settings { return &madladSettings{MinWords: 3, SentenceLanguages: true} },
}

// The rules of madlad by index.
const (
	madladFewWords = iota
	madladJavaScript
	madladViramas
	madladLorem
	madladPolicy
	madladCurly
	madladListed
	madladSentences
	madladLanguage
	madladCase
	madladLength
	madladDanger
	madladCursed
	madladQuestionable
)

// Bounds of a sentence.
const (
	madladShortest  = 20  // characters
	madladLongest   = 500 // characters
	madladListWords = 12  // words from which on capitals tell a list
	madladDangerOne = 5   // one dangerous character in so many is allowed
)

type madladSettings struct {
	MinWords          int      `yaml:"min_words" doc:"words that a line needs"`
	SentenceLanguages bool     `yaml:"sentence_languages" doc:"whether the language of each sentence is looked at, by the identifier in the program"`
	Lists             []string `yaml:"lists" doc:"files of strings, one in a line, of which one removes a page, in the very letters of the list"`
}

// Build reads the lists.
func (s *madladSettings) Build(env *step.Env) (any, error) {
	if s.MinWords < 0 {
		return nil, &step.Fault{Key: "min_words", Err: fmt.Errorf("%d words: 0 and more are possible", s.MinWords)}
	}
	m := &madlad{minWords: s.MinWords}
	for _, path := range s.Lists {
		list, err := readTerms(env, path)
		if err != nil {
			return nil, &step.Fault{Key: "lists", Err: err}
		}
		m.lists = append(m.lists, list...)
	}
	if s.SentenceLanguages {
		m.newIdentify = env.Identify
		if _, err := env.Identify(); err != nil {
			return nil, &step.Fault{Key: "sentence_languages", Err: err}
		}
	}
	return m, nil
}

// madlad is the step in one worker.
type madlad struct {
	minWords    int
	lists       []string
	newIdentify func() (func(string) string, error)
	identify    func(string) string // nil where languages are not looked at

	// Of the document at hand:
	spaceless []step.Rule // its rules where its language has no spaces
	view      *text.View
	kept      []text.Span      // the lines that stay
	sentences []madladSentence // of those
	languages []madladLanguageCount
	may       uint64 // cursed expressions that the text may have
	bracketed bool   // it may have ", ..,,?"
}

// A madladSentence is what is true of a sentence: bit i for rule madladLanguage + i.
type madladSentence struct {
	faults   uint8
	language int32 // in madlad.languages, or -1
}

type madladLanguageCount struct {
	code string
	n    int
}

// Fork returns the same step for another worker.
func (m *madlad) Fork() step.Local {
	fork := *m
	fork.spaceless, fork.kept, fork.sentences, fork.languages = nil, nil, nil, nil
	if m.newIdentify != nil {
		identify, err := m.newIdentify()
		if err != nil {
			panic(err) // Build has made one
		}
		fork.identify = identify
	}
	return &fork
}

// Judge judges the lines, the page and the sentences.
func (m *madlad) Judge(d *document.Document, meter *step.Meter) step.Verdict {
	v := d.View()
	m.view = v
	for i := range madladLorem {
		meter.Hold(i, 0)
	}
	has := c4Phrases.in(v.Text())
	m.splitLines(has&2 != 0, meter)
	m.measureSentences()
	if spaceless[m.language()] {
		m.spaceless = append(m.spaceless[:0], meter.Rules...)
		m.spaceless[madladQuestionable].Off = true
		meter.Rules = m.spaceless
	}
	values := m.values(has)
	for i := madladLorem; i < len(values); i++ {
		if !meter.Hold(i, values[i]) {
			break
		}
	}
	return meter.Verdict()
}

// spaceless are the languages whose sentences are not held to the bound, since they
// set no spaces between words, as far as the identifier knows them.
var spaceless = map[string]bool{"zh": true, "ja": true, "th": true, "lo": true, "my": true, "km": true, "bo": true}

// values returns the values of all rules that count no edits.
func (m *madlad) values(has uint) (values [madladQuestionable + 1]float64) {
	s := m.view.Text()
	values[madladLorem] = float64(has & 1)
	values[madladPolicy] = float64(bits.OnesCount(has >> 2))
	values[madladCurly] = float64(strings.Count(s, "{") + strings.Count(s, "}"))
	for _, listed := range m.lists {
		if strings.Contains(s, listed) {
			values[madladListed]++
		}
	}
	values[madladSentences] = float64(len(m.sentences))
	var counts [madladQuestionable + 1]int
	for _, sentence := range m.sentences {
		for i := madladLanguage; i < madladQuestionable; i++ {
			counts[i] += int(sentence.faults >> (i - madladLanguage) & 1)
		}
		if sentence.faults != 0 {
			counts[madladQuestionable]++
		}
	}
	for i := madladLanguage; i <= madladQuestionable; i++ {
		values[i] = step.Ratio(counts[i], len(m.sentences))
	}
	return values
}

// splitLines finds the lines that stay, and asks for the edits that leave them.
func (m *madlad) splitLines(scripts bool, meter *step.Meter) {
	s, lines := m.view.Text(), m.view.SplitLines()
	m.kept = m.kept[:0]
	for i, l := range lines {
		rule := -1
		switch {
		case !meter.Rules[madladFewWords].Off && !hasWords(l.Of(s), m.minWords):
			rule = madladFewWords
		case scripts && !meter.Rules[madladJavaScript].Off && c4Phrases.in(l.Of(s))&2 != 0:
			rule = madladJavaScript
		}
		switch {
		case rule < 0:
			m.kept = append(m.kept, l)
			if !meter.Rules[madladViramas].Off && !m.view.ASCII() {
				joinViramas(s, l, meter)
			}
		default:
			dropLine(meter, rule, lines, i, len(m.kept) > 0, len(s))
		}
	}
}

// measureSentences judges the sentences of the lines that stay.
func (m *madlad) measureSentences() {
	m.sentences, m.languages = m.sentences[:0], m.languages[:0]
	m.may, m.bracketed = cursedPhrases.mayHave(m.view.Text())
	for _, l := range m.kept {
		end := l.Start
		for _, p := range m.view.SentencesIn(int(l.Start), int(l.End)) {
			m.measureSentence(p)
			end = p.End
		}
		if rest := text.Trim(m.view.Text(), text.Span{Start: end, End: l.End}); rest.Len() > 0 {
			m.measureSentence(rest) // what the splitter does not count for a sentence
		}
	}
	m.compareLanguages()
}

func (m *madlad) measureSentence(p text.Span) {
	s := p.Of(m.view.Text())
	sentence := madladSentence{language: -1}
	set := func(rule int, is bool) {
		if is {
			sentence.faults |= 1 << (rule - madladLanguage)
		}
	}
	c := countMadlad(s)
	set(madladCase, c.words >= madladListWords && 2*c.capitals > c.words)
	set(madladLength, c.runes < madladShortest || c.runes > madladLongest)
	set(madladDanger, madladDangerOne*c.danger > c.runes)
	set(madladCursed, isCursed(s, m.may, m.bracketed))
	if m.identify != nil {
		sentence.language = m.countLanguage(m.identify(s))
	}
	m.sentences = append(m.sentences, sentence)
}
