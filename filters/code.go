package filters

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// Code removes files of source code that are data, generated or mostly markup.
var Code = step.Spec{
	Name: "code",
	Doc: "Removes files of source code that are data, generated or mostly markup. The bounds are those for source code of any kind; what the literature holds to files of one kind alone is measured, " +
		"and removes nothing unless it is given bounds: visible_characters {min: 100} and markup_characters {max: 0.8} for HTML (StarCoder and NeMo Curator; visible is a fifth at least), comment_characters {min: 0.01, max: 0.85} for Python (NeMo Curator), " +
		"lines {min: 10, max: 20000} (NeMo Curator), and letters_per_token {min: 1.5}, which RedPajama-v1 holds to the tokens of a language model. " +
		"Lines end as in Python's str.splitlines; an empty text has no line and the value 0 everywhere.",
	Source: "RedPajama-v1's rules for code, as in Dolma (code_taggers.py at 669f5348) and DCLM (content_filters.py at 361714bd); Li et al. 2023 (StarCoder), arXiv:2305.06161, section 3; NeMo Curator, heuristic/code at 1e2e4275",
	Rules: []step.Rule{
		codeXML:     maxRule("xml_header", "files", 0, "1 where \"<?xml version=\" is in the first 100 characters."),
		codeMaximum: maxRule("maximum_line_length", "characters", 1000, "Length of the longest line."),
		codeMean:    maxRule("mean_line_length", "characters", 100, "Mean length of a line."),
		codeAlnum: {Name: "alphanumeric_characters", Unit: "share of characters", Min: 0.25, Max: step.NoMax, Scale: step.Share,
			Doc: "Letters and numbers among all characters."},
		codeLetters:  openRule("letters_per_token", "letters", "Letters of the text for each token: a run of letters, numbers and underscores, or of other signs."),
		codeLines:    openRule("lines", "lines", "Lines of the file."),
		codeCurly:    openShare("curly_brackets", "Curly brackets among all characters."),
		codeMarkup:   openShare("markup_characters", "Characters of tags, of comments in tags and of what lies in script and style elements."),
		codeVisible:  openRule("visible_characters", "characters", "Characters that are no markup in that sense."),
		codeComments: openShare("comment_characters", "Characters of comments, by the marks that `comments` names; 0 without."),
	},
	New: func() step.Settings { return &codeSettings{} },
}

// The rules of code by index.
const (
	codeXML = iota
	codeMaximum
	codeMean
	codeAlnum
	codeLetters
	codeLines
	codeCurly
	codeMarkup
	codeVisible
	codeComments
)

// openShare declares a rule on a share of characters that removes nothing unless a
// recipe sets a bound.
func openShare(name, doc string) step.Rule {
	return maxShare(name, "share of characters", step.NoMax, doc, nil)
}

type codeSettings struct {
	Comments string `yaml:"comments" doc:"marks of comments: hash (Python, shells; strings in three quotation marks that begin a line are comments, too), slash (C and its kin) or none, which is empty"`
}

// Build makes the step.
func (s *codeSettings) Build(*step.Env) (any, error) {
	switch s.Comments {
	case "", "hash", "slash":
		return &code{comments: s.Comments}, nil
	}
	return nil, &step.Fault{Key: "comments", Err: fmt.Errorf("%q names no marks: hash and slash do", s.Comments)}
}

// code is the step in one worker.
type code struct{ comments string }

// Fork returns the same step for another worker.
func (c *code) Fork() step.Local { return &code{comments: c.comments} }

// Judge measures the file.
func (c *code) Judge(d *document.Document, m *step.Meter) step.Verdict {
	for i, value := range c.measure(d.View()) {
		if !m.Hold(i, value) {
			break
		}
	}
	return m.Verdict()
}

func (c *code) measure(v *text.View) (values [codeComments + 1]float64) {
	s, runes := v.Text(), v.Runes()
	if strings.Contains(firstRunes(s, 100), "<?xml version=") {
		values[codeXML] = 1
	}
	lines, total, longest := v.SplitLines(), 0, 0
	for _, p := range lines {
		n := v.RunesIn(int(p.Start), int(p.End))
		total, longest = total+n, max(longest, n)
	}
	letters, alnum, tokens := countLetters(s)
	markup := countMarkup(v)
	values[codeMaximum], values[codeMean] = float64(longest), step.Ratio(total, len(lines))
	values[codeAlnum] = step.Ratio(alnum, runes)
	values[codeLetters] = step.Ratio(letters, tokens)
	values[codeLines] = float64(len(lines))
	values[codeCurly] = step.Ratio(strings.Count(s, "{")+strings.Count(s, "}"), runes)
	values[codeMarkup], values[codeVisible] = step.Ratio(markup, runes), float64(runes-markup)
	switch c.comments {
	case "hash":
		values[codeComments] = step.Ratio(countHashComments(v), runes)
	case "slash":
		values[codeComments] = step.Ratio(countSlashComments(v), runes)
	}
	return values
}

// firstRunes returns the first n characters of s, or all of it.
func firstRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// countLetters counts what Python's str.isalpha and str.isalnum are true of, and the
// matches of \w+|[^\w\s]+.
func countLetters(s string) (letters, alnum, tokens int) {
	const space, word, sign = 0, 1, 2
	last := space
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		i += n
		kind := sign
		switch {
		case text.IsLetter(r):
			letters++
			alnum++
			kind = word
		case text.IsNumeric(r):
			alnum++
			kind = word
		case text.IsWordRune(r):
			kind = word
		case text.IsSpace(r):
			kind = space
		}
		if kind != last && kind != space {
			tokens++
		}
		last = kind
	}
	return letters, alnum, tokens
}
