package filters

import (
	"bytes"
	"fmt"
	"strings"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// C4 keeps the lines that look like sentences, and the pages that have enough of
// them.
var C4 = step.Spec{
	Name: "c4",
	Doc: "Keeps the lines that look like sentences, and the pages that have enough of them. A page that stays has its lines stripped, joined by newlines " +
		"and freed of citations. Lines end as in Python's str.splitlines, words lie between white space whatever the splitter, sentences are those of the splitter. " +
		"The rules of the page see the lines that are not dropped before them. Paper and published code have two numbers the other way round: `definition` chooses, and what a recipe sets beside it counts. " +
		"With {split: sentences}, datatrove's split_paragraph=False, sentences take the place of lines, each counts for one, and spaces join them. FineWeb uses {terminal_punctuation: false}. " +
		"Any rule can be switched off. Bad words are a step of their own, c4_bad_words.",
	Source: "Raffel et al. 2020, JMLR 21(140), section 2.2; datatrove, c4_filters.py at a649de79; TensorFlow Datasets, c4_utils.py",
	Definitions: []step.Definition{
		{Name: "datatrove", Doc: "The paper's numbers: min_words: 3 and sentences: {min: 5}; lines may end in an apostrophe."},
		{Name: "tfds", Doc: "Those of TensorFlow Datasets, which made the published C4: min_words: 5 and sentences: {min: 3}, at most 190,000 characters of a page, and no apostrophe among the marks that end a line."},
	},
	Rules: []step.Rule{
		c4LongWords:    editRule("long_word_lines", "lines", "Lines dropped for a word that is too long."),
		c4Citations:    editRule("citations", "citations", "Citations cut: [12], [], [edit], [citation needed]."),
		c4Unpunctuated: editRule("unpunctuated_lines", "lines", "Lines dropped that do not end in one of . ? ! \" ' or end in an ellipsis."),
		c4FewWords:     editRule("few_word_lines", "lines", "Lines dropped that have too few words."),
		c4Lorem: {Name: "lorem_ipsum", Unit: "lines", Min: step.NoMin, Max: 0, Scale: step.Log,
			Doc: "Lines with \"lorem ipsum\", in any case; judging ends at the first."},
		c4JavaScript: editRule("javascript_lines", "lines", "Lines dropped that mention JavaScript."),
		c4Curly: {Name: "curly_brackets", Unit: "lines", Min: step.NoMin, Max: 0, Scale: step.Log,
			Doc: "Lines with an opening curly bracket; judging ends at the first."},
		c4Policy: editRule("policy_lines", "lines", "Lines dropped that speak of terms of use, privacy policies or cookies."),
		c4Sentences: {Name: "sentences", Unit: "sentences", Min: paperMinSentences, Max: step.NoMax, Scale: step.Log,
			Doc: "Sentences of the lines that stay; a line counts for at least one."},
		c4Spaces: editRule("spaces", "stretches", "Stretches of white space cut at the ends of lines, or made a newline."),
		c4Characters: openRule("characters", "characters",
			"Characters of the page before anything is dropped; at most 190,000 with the definition tfds."),
	},
	New: func() step.Settings {
		return &c4Settings{Definition: "datatrove", Split: "lines", TerminalPunctuation: true, MinWords: c4AsDefined, MaxWordLength: 1000}
	},
}

// The rules of c4 by index, in the order in which a line meets them.
const (
	c4LongWords = iota
	c4Citations
	c4Unpunctuated
	c4FewWords
	c4Lorem
	c4JavaScript
	c4Curly
	c4Policy
	c4Sentences
	c4Spaces
	c4Characters
)

const c4AsDefined = -1 // words that a line needs: as the definition has it

const c4Kept = -1 // instead of the rule that drops a line

type c4Settings struct {
	Definition          string `yaml:"definition" doc:"whose numbers: datatrove, which are the paper's, or tfds"`
	Split               string `yaml:"split" doc:"what is judged one by one: lines or sentences"`
	TerminalPunctuation bool   `yaml:"terminal_punctuation" doc:"whether lines that do not end like sentences are dropped"`
	MinWords            int    `yaml:"min_words" doc:"words that a line needs; -1 leaves it to the definition: 3 with datatrove, 5 with tfds"`
	MaxWordLength       int    `yaml:"max_word_length" doc:"characters of the longest word that a line may have"`
}

// The numbers in which TensorFlow Datasets differs from datatrove.
const (
	paperMinWords      = 3
	paperMinSentences  = 5
	tfdsMinWords       = 5
	tfdsMinSentences   = 3
	tfdsMostCharacters = 190_000
)

// Build makes the step.
func (s *c4Settings) Build(env *step.Env) (any, error) {
	c := &c4{c4Settings: *s, apostrophe: true, sentencewise: s.Split == "sentences"}
	switch {
	case s.MinWords < c4AsDefined:
		return nil, &step.Fault{Key: "min_words", Err: fmt.Errorf("%d words: 0 and more are possible, and -1 for the definition's", s.MinWords)}
	case s.MaxWordLength < 1:
		return nil, &step.Fault{Key: "max_word_length", Err: fmt.Errorf("%d characters: 1 and more are possible", s.MaxWordLength)}
	case s.Split != "lines" && s.Split != "sentences":
		return nil, &step.Fault{Key: "split", Err: fmt.Errorf("%q cannot be judged one by one: lines and sentences can", s.Split)}
	}
	switch s.Definition {
	case "datatrove":
	case "tfds":
		c.apostrophe = false
		tfdsBounds(env)
	default:
		return nil, &step.Fault{Key: "definition", Err: fmt.Errorf("%q is no definition: datatrove and tfds are", s.Definition)}
	}
	if s.MinWords == c4AsDefined {
		c.MinWords = paperMinWords
		if s.Definition == "tfds" {
			c.MinWords = tfdsMinWords
		}
	}
	return c, nil
}

// tfdsBounds sets the bounds that the recipe has left as they are declared.
func tfdsBounds(env *step.Env) {
	if r := &env.Rules[c4Sentences]; r.Min == paperMinSentences && !env.Wrote(r.Name+".min") {
		r.Min = tfdsMinSentences
	}
	if r := &env.Rules[c4Characters]; r.Max == step.NoMax {
		r.Max = tfdsMostCharacters
	}
}

// c4 is the step in one worker.
type c4 struct {
	c4Settings
	apostrophe   bool // it ends sentences
	sentencewise bool // sentences take the place of lines

	// Of the document at hand:
	view      *text.View
	meter     *step.Meter
	lines     []c4Line
	parts     []text.Span // sentences in place of lines
	citations []text.Span // of all lines
	stays     text.Span   // from the first to the last that is not white space in the lines that stay
	sentences int
	lorem     int
	curly     int
	may       c4Suspects

	low  []byte    // a line in lower case
	cut  []byte    // a line without its citations
	line text.View // of cut, for its sentences
}

// A c4Line is a line without the white space at its ends, and what became of it.
type c4Line struct {
	text.Span
	next int32 // start of the next line
	rule int   // that dropped it, or c4Kept
}

// c4Suspects says what the document may have somewhere, so that most documents are
// not searched line by line.
type c4Suspects struct{ lorem, javascript, policy, curly bool }

// Fork returns the same step for another worker.
func (c *c4) Fork() step.Local {
	return &c4{c4Settings: c.c4Settings, apostrophe: c.apostrophe, sentencewise: c.sentencewise}
}

// Judge judges the lines, then the page.
func (c *c4) Judge(d *document.Document, m *step.Meter) step.Verdict {
	c.begin(d.View(), m)
	if !m.Hold(c4Characters, float64(c.view.Runes())) {
		return m.Verdict()
	}
	s := c.view.Text()
	lines := c.view.SplitLines()
	if c.sentencewise {
		lines = c.splitSentences()
	}
	for i, l := range lines {
		next := int32(len(s))
		if i+1 < len(lines) {
			next = lines[i+1].Start
		}
		l = text.Trim(s, l)
		rule, goOn := c.judgeLine(l)
		if !goOn {
			return m.Verdict()
		}
		c.lines = append(c.lines, c4Line{l, next, rule})
	}
	m.Hold(c4Lorem, float64(c.lorem))
	m.Hold(c4Curly, float64(c.curly))
	m.Hold(c4Sentences, float64(c.sentences))
	c.edit()
	return m.Verdict()
}

// splitSentences returns the sentences in place of lines. As datatrove's
// split_into_sentences has it, the last one takes what is left of the page, and a page
// without any is one.
func (c *c4) splitSentences() []text.Span {
	c.parts = c.parts[:0]
	start, sentences := int32(0), c.view.Sentences()
	for i := 0; i+1 < len(sentences); i++ {
		c.parts = append(c.parts, text.Span{Start: start, End: sentences[i].End})
		start = sentences[i].End
	}
	c.parts = append(c.parts, text.Span{Start: start, End: int32(len(c.view.Text()))})
	return c.parts
}

func (c *c4) begin(v *text.View, m *step.Meter) {
	c.view, c.meter = v, m
	c.lines, c.citations = c.lines[:0], c.citations[:0]
	c.stays = text.Span{Start: -1}
	c.sentences, c.lorem, c.curly = 0, 0, 0
	c.may = suspects(v)
}

// c4Phrases is what lines are searched for: the last six are those of policies.
var c4Phrases = newPhrases("lorem ipsum", "javascript",
	"terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")

func suspects(v *text.View) c4Suspects {
	s := v.Text()
	if !v.ASCII() && strings.Contains(s, "\u212A") { // the Kelvin sign, a k in lower case
		return c4Suspects{true, true, true, true}
	}
	has := c4Phrases.in(s)
	return c4Suspects{
		lorem:      has&1 != 0,
		javascript: has&2 != 0,
		policy:     has>>2 != 0,
		curly:      strings.IndexByte(s, '{') >= 0,
	}
}

func (c *c4) off(rule int) bool { return c.meter.Rules[rule].Off }

// judgeLine returns the rule that drops a stripped line, or c4Kept, and whether the
// page may still stay.
func (c *c4) judgeLine(l text.Span) (rule int, goOn bool) {
	line := l.Of(c.view.Text())
	if !c.off(c4LongWords) && hasLongWord(line, c.MaxWordLength) {
		return c4LongWords, true
	}
	enough := c.off(c4FewWords) || hasWords(line, c.MinWords) // citations count
	first, may := len(c.citations), c.may
	if !c.off(c4Citations) {
		c.findCitations(l)
	}
	if len(c.citations) > first {
		line = c.withoutCitations(l, c.citations[first:])
		may = c4Suspects{true, true, true, true} // what they parted may be joined now
	}
	rule, goOn = c.judgeWords(line, enough, may)
	if rule != c4Kept || !goOn {
		c.citations = c.citations[:first]
		return rule, goOn
	}
	c.sentences += max(1, c.countSentences(l, line))
	c.noteStays(l, c.citations[first:])
	return c4Kept, true
}

// judgeWords looks at a line without its citations.
func (c *c4) judgeWords(line string, enough bool, may c4Suspects) (rule int, goOn bool) {
	switch {
	case c.TerminalPunctuation && !c.off(c4Unpunctuated) && !endsLikeSentence(line, c.apostrophe):
		return c4Unpunctuated, true
	case !enough:
		return c4FewWords, true
	}
	if may.lorem || may.javascript || may.policy {
		c.low = text.AppendLower(c.low[:0], line)
	}
	if may.lorem && !c.off(c4Lorem) && bytes.Contains(c.low, []byte("lorem ipsum")) {
		c.lorem++
		if !c.meter.Hold(c4Lorem, float64(c.lorem)) {
			return c4Kept, false
		}
	}
	if may.javascript && !c.off(c4JavaScript) && bytes.Contains(c.low, []byte("javascript")) {
		return c4JavaScript, true
	}
	if may.curly && !c.off(c4Curly) && strings.IndexByte(line, '{') >= 0 {
		c.curly++
		if !c.meter.Hold(c4Curly, float64(c.curly)) {
			return c4Kept, false
		}
	}
	if may.policy && !c.off(c4Policy) && speaksOfPolicy(c.low) {
		return c4Policy, true
	}
	return c4Kept, true
}

// countSentences counts the sentences of line, which is what is left of l.
func (c *c4) countSentences(l text.Span, line string) int {
	if c.sentencewise {
		return 1
	}
	if len(line) == l.Len() {
		return c.view.CountSentences(int(l.Start), int(l.End))
	}
	c.line.Reset(line)
	c.line.Use(c.view.Splitter())
	return len(c.line.Sentences())
}
