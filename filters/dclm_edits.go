package filters

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// DCLMEdits edits texts as DCLM's modifiers do.
var DCLMEdits = step.Spec{
	Name: "dclm_edits",
	Doc: "Edits texts as the modifiers of DCLM do that are not in refinedweb_lines, those that `apply` lists, one after the other, each of them the text that the one before left. By default those that begin the recipe of DCLM-Baseline: " +
		"urls and newlines. " +
		"urls cuts addresses that end in the name of a top-level domain in lower case, but only from texts that begin with such a name in any case (\"The…\" with th, \"You…\" with you): so does the original, whose guard " +
		"is an anchored search; everywhere: true cuts them from all texts. IPv4 addresses are cut from all. Up to ten characters of white space go with what they stand before, and file.name is a URL, too. " +
		"Lines lie between newlines, words between white space; empty lines stay. The words of substrings are taken as they are written, where the original takes them for regular expressions. " +
		"A text of which nothing is left stays, as an empty one: the original drops it, as the step dclm does.",
	Source: "Li et al. 2024, arXiv:2406.11794, appendix; DCLM, baselines/mappers/modifiers.py, dclm_baseline_refinedweb.yaml and c4.yaml at 361714bd; names of top-level domains: IANA, Root Zone Database",
	Rules: []step.Rule{
		deURLs:       editRule("urls", "stretches", "URLs cut, with the white space before them."),
		deAddresses:  editRule("ip_addresses", "stretches", "IPv4 addresses cut, with scheme, path and the white space before them."),
		deNewlines:   editRule("newlines", "stretches", "Runs of newlines cut down to max_newlines."),
		deCitations:  editRule("citations", "citations", "Citations cut: [12], [], [edit], [citation needed]."),
		deOpen:       editRule("unpunctuated_lines", "lines", "Lines dropped that do not end in one of . ! ? \" or U+2026; with ellipses: false also those that end in an ellipsis."),
		deLong:       editRule("long_word_lines", "lines", "Lines dropped that have a word of more than max_word_length characters."),
		deLength:     editRule("lines_by_length", "lines", "Lines dropped that have fewer than min_words or more than max_words words."),
		deLines:      editRule("repeated_lines", "lines", "Lines dropped that are equal to an earlier one."),
		deParagraphs: editRule("repeated_paragraphs", "paragraphs", "Paragraphs dropped that are equal to an earlier one; they lie between pairs of newlines."),
		deSubstrings: editRule("cut_substrings", "stretches", "Lines dropped that have one of the substrings, or the substrings cut from them."),
	},
	New: func() step.Settings {
		return &dclmEditsSettings{Apply: []string{"urls", "newlines"}, MaxNewlines: 2, Ellipses: true, MinWords: 2, MaxWordLength: 1000, Fold: true, Location: "any"}
	},
}

// The rules of dclm_edits by index.
const (
	deURLs = iota
	deAddresses
	deNewlines
	deCitations
	deOpen
	deLong
	deLength
	deLines
	deParagraphs
	deSubstrings
)

// dclmEditors are what apply may list.
var dclmEditors = map[string]func(*dclmEdits){
	"urls": (*dclmEdits).urls, "newlines": (*dclmEdits).newlines, "citations": (*dclmEdits).citations, "unpunctuated_lines": (*dclmEdits).unpunctuated,
	"long_word_lines": (*dclmEdits).longWords, "lines_by_length": (*dclmEdits).byLength,
	"repeated_lines":      func(e *dclmEdits) { e.repeats("\n", deLines) },
	"repeated_paragraphs": func(e *dclmEdits) { e.repeats("\n\n", deParagraphs) },
	"substrings":          (*dclmEdits).banned,
}

type dclmEditsSettings struct {
	Apply         []string `yaml:"apply" doc:"the edits in their order: urls, newlines, citations, unpunctuated_lines, long_word_lines, lines_by_length, repeated_lines, repeated_paragraphs, substrings"`
	TLDs          string   `yaml:"top_level_domains" doc:"path of a list of names of top-level domains, one in a line; by default those that DCLM knows"`
	Everywhere    bool     `yaml:"everywhere" doc:"whether urls looks at all texts"`
	MaxNewlines   int      `yaml:"max_newlines" doc:"newlines that newlines leaves of a run"`
	Ellipses      bool     `yaml:"ellipses" doc:"whether unpunctuated_lines takes an ellipsis for the end of a sentence"`
	MaxWordLength int      `yaml:"max_word_length" doc:"characters of the longest word that long_word_lines lets stay"`
	MinWords      int      `yaml:"min_words" doc:"words of the shortest line that lines_by_length lets stay"`
	MaxWords      int      `yaml:"max_words" doc:"words of the longest line that lines_by_length lets stay, and of the longest that substrings looks at; 0 is no bound"`
	Fold          bool     `yaml:"fold" doc:"whether repeated_lines and repeated_paragraphs compare in lower case, white space at the ends aside, and substrings in any case of ASCII letters"`
	Substrings    []string `yaml:"substrings" doc:"what substrings looks for"`
	List          string   `yaml:"substring_list" doc:"path of a list of further substrings, one in a line"`
	Location      string   `yaml:"location" doc:"where substrings looks in a line: any, prefix or suffix"`
	CutOnly       bool     `yaml:"cut_only" doc:"whether substrings cuts only what it looks for, with one character of white space before it (behind it for a prefix), and the line if nothing else is in it"`
}

// Build makes the step.
func (s *dclmEditsSettings) Build(env *step.Env) (any, error) {
	e := &dclmEdits{dclmEditsSettings: s, tlds: dclmTLDs}
	for _, name := range s.Apply {
		editor := dclmEditors[name]
		if editor == nil {
			return nil, &step.Fault{Key: "apply", Err: fmt.Errorf("%q: possible are urls, newlines, citations, unpunctuated_lines, long_word_lines, lines_by_length, repeated_lines, repeated_paragraphs and substrings", name)}
		}
		e.editors = append(e.editors, editor)
	}
	if !slices.Contains([]string{"any", "prefix", "suffix"}, s.Location) {
		return nil, &step.Fault{Key: "location", Err: fmt.Errorf("%q: any, prefix and suffix are possible", s.Location)}
	}
	if s.MaxNewlines < 1 {
		return nil, &step.Fault{Key: "max_newlines", Err: fmt.Errorf("%d: at least 1 newline must be left", s.MaxNewlines)}
	}
	return e, e.readLists(env)
}

func (e *dclmEdits) readLists(env *step.Env) error {
	e.substrings = slices.Clone(e.Substrings)
	if e.List != "" {
		list, err := readTerms(env, e.List)
		if err != nil {
			return &step.Fault{Key: "substring_list", Err: err}
		}
		e.substrings = append(e.substrings, list...)
	}
	if e.TLDs != "" {
		list, err := readTerms(env, e.TLDs)
		if err != nil {
			return &step.Fault{Key: "top_level_domains", Err: err}
		}
		e.tlds = newTLDs(strings.ToLower(strings.Join(list, " ")))
	}
	if slices.Contains(e.substrings, "") {
		return &step.Fault{Key: "substrings", Err: errors.New("an empty one is everywhere: leave it out")}
	}
	if e.Fold {
		for i := range e.substrings {
			e.substrings[i] = string(text.AppendLowerASCII(nil, e.substrings[i]))
		}
	}
	if slices.Contains(e.Apply, "substrings") && len(e.substrings) == 0 {
		return &step.Fault{Key: "substrings", Err: errors.New("there is none to look for: list them, or give the path of a substring_list")}
	}
	return nil
}

// dclmEdits is the step in one worker.
type dclmEdits struct {
	*dclmEditsSettings
	editors    []func(*dclmEdits)
	tlds       *tldSet
	substrings []string

	cutter
	rules []step.Rule
	seen  repeatSet
	low   []byte
}

// Fork returns the same step for another worker.
func (e *dclmEdits) Fork() step.Local {
	return &dclmEdits{dclmEditsSettings: e.dclmEditsSettings, editors: e.editors, tlds: e.tlds, substrings: e.substrings}
}

// Judge asks for the edits; every document stays.
func (e *dclmEdits) Judge(d *document.Document, m *step.Meter) step.Verdict {
	e.reset(d.View().Text())
	e.rules = m.Rules
	for i := range m.Rules {
		m.Hold(i, 0)
	}
	for _, edit := range e.editors {
		edit(e)
	}
	e.edit(m)
	return m.Verdict()
}

// on reports whether a rule has not been switched off.
func (e *dclmEdits) on(rule int) bool { return !e.rules[rule].Off }

func (e *dclmEdits) urls() {
	if e.on(deURLs) && (e.Everywhere || e.tlds.begins(e.text)) {
		e.cutURLs(e.tlds)
		e.apply(deURLs)
	}
	if e.on(deAddresses) {
		e.cutAddresses()
		e.apply(deAddresses)
	}
}

func (e *dclmEdits) newlines() {
	s := e.text
	for i := 0; e.on(deNewlines); {
		n := strings.IndexByte(s[i:], '\n')
		if n < 0 {
			break
		}
		start := i + n
		for i = start; i < len(s) && s[i] == '\n'; {
			i++
		}
		e.cut(start+e.MaxNewlines, i)
	}
	e.apply(deNewlines)
}

func (e *dclmEdits) citations() {
	s := e.text
	for i := 0; e.on(deCitations); {
		n := strings.IndexByte(s[i:], '[')
		if n < 0 {
			break
		}
		i += n
		n = citationLength(s[i:])
		e.cut(i, i+n)
		i += max(n, 1)
	}
	e.apply(deCitations)
}

// dropLines drops the lines that drop says, for a rule.
func (e *dclmEdits) dropLines(rule int, drop func(line string) bool) {
	if e.on(rule) {
		e.cutLines("\n", func(line string) bool { return line != "" && drop(line) })
		e.apply(rule)
	}
}

func (e *dclmEdits) unpunctuated() {
	e.dropLines(deOpen, func(line string) bool {
		line = text.TrimSpace(line)
		if strings.HasSuffix(line, "\u2026") || strings.HasSuffix(line, "...") {
			return !e.Ellipses
		}
		return line == "" || strings.IndexByte(".!?\"", line[len(line)-1]) < 0
	})
}

func (e *dclmEdits) longWords() {
	e.dropLines(deLong, func(line string) bool { return longestToken(line) > e.MaxWordLength })
}

// longestToken returns the characters of the longest of fastText's tokens, which lie
// between ASCII white space and zeros.
func longestToken(line string) (longest int) {
	for start, i := 0, 0; i <= len(line); i++ {
		if i == len(line) || line[i] <= ' ' && isTokenEnd(line[i]) {
			if i-start > longest {
				longest = max(longest, utf8.RuneCountInString(line[start:i]))
			}
			start = i + 1
		}
	}
	return longest
}

// isTokenEnd reports whether fastText ends a token at a byte.
func isTokenEnd(b byte) bool {
	switch b {
	case ' ', '\n', '\r', '\t', '\v', '\f', 0:
		return true
	}
	return false
}

func (e *dclmEdits) byLength() {
	e.dropLines(deLength, func(line string) bool {
		return !hasWords(line, e.MinWords) || e.MaxWords > 0 && hasWords(line, e.MaxWords+1)
	})
}

// repeats drops all but the first of equal parts of the text; empty ones stay.
func (e *dclmEdits) repeats(separator string, rule int) {
	if !e.on(rule) {
		return
	}
	e.seen.reset(strings.Count(e.text, separator) + 1)
	e.cutLines(separator, func(part string) bool {
		if e.Fold {
			e.low = text.AppendLower(e.low[:0], text.TrimSpace(part))
			part = asString(e.low)
		}
		return part != "" && !e.seen.add(xxh3.HashString(part))
	})
	e.apply(rule)
}
