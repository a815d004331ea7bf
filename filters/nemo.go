package filters

import (
	"fmt"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// NeMo keeps texts as NeMo Curator's English pipeline does.
var NeMo = step.Spec{
	Name: "nemo",
	Doc: "Keeps texts as the heuristic filters of NeMo Curator do, in the order and with the bounds of its English pipeline; the rules bear the names of its filters. " +
		"Words are those of the splitter, and the original's with {splitter: whitespace}; lines lie between newlines and count where they are not blank, paragraphs between pairs of newlines and count always. " +
		"Three differences, all of them where the original has no settled value: of equally frequent sequences of words the first is taken (the original's choice hangs on " +
		"Python's hash seed); common_english_words counts on after the second; and texts without a word or a line, on which the original fails, have the value 1 where a rule " +
		"has a maximum and 0 where it has a minimum, as empty texts have for the original's other filters. The rules from bullet_ratio on are filters that the English pipeline does not have.",
	Source: "NVIDIA NeMo Curator, nemo_curator/stages/text/filters/heuristic and config/text/heuristic_filter_english_pipeline.yaml at 1e2e4275",
	Rules: []step.Rule{
		nemoAlphaNumeric: shareAtMost("alpha_numeric", "share of characters", 0.25, "Characters that are no ASCII letters or digits, newlines or one of ? ! , and the full stop; spaces are among them."),
		nemoSymbols:      shareAtMost("symbol_to_word", "share of words", 0.1, "Words that are an ellipsis, or of which more than half the length is the number of runs of hash signs."),
		nemoNumbers:      shareAtMost("numbers_ratio", "share of characters", 0.15, "Digits from 0 to 9."),
		nemoURLs:         shareAtMost("urls_ratio", "share of characters", 0.2, "Characters of http and https addresses; a square bracket, semicolon, quotation mark or space ends one."),
		nemoSpace:        shareAtMost("white_space", "share of characters", 0.25, "Spaces, tabs, newlines, carriage returns and backspaces."),
		nemoParentheses:  shareAtMost("parentheses_ratio", "share of characters", 0.1, "Brackets: ( ) [ ] { } U+27E8 U+27E9."),
		nemoBoilerplate: shareAtMost("boilerplate_string_ratio", "share of paragraphs", 0.4,
			"Paragraphs that speak of terms of use, privacy policies or cookies; 1 if one has \"lorem ipsum\"."),
		nemoRepeatedLines:      shareAtLeast("repeated_lines", "share of lines", 0.7, "Different lines, by all lines."),
		nemoRepeatedParagraphs: shareAtLeast("repeated_paragraphs", "share of paragraphs", 0.7, "Different paragraphs, by all paragraphs."),
		nemoLineChars:          shareAtLeast("repeated_lines_char", "share of characters", 0.8, "Characters of the different lines, by those of all lines."),
		nemoParagraphChars:     shareAtLeast("repeated_paragraphs_char", "share of characters", 0.8, "Characters of the different paragraphs, by those of all paragraphs."),
		nemoWords:              {Name: "word_count", Unit: "words", Min: 50, Max: 100_000, Scale: step.Log, Doc: "Words."},
		nemoPunctuation:        shareAtMost("punctuation", "share of lines", 0.85, "Lines that do not end in one of . ? ! \" ', white space aside."),
		nemoAlphabetic:         shareAtLeast("words_without_alphabets", "share of words", 0.8, "Words with an alphabetic character."),
		nemoCommon: {Name: "common_english_words", Unit: "words", Min: 2, Max: step.NoMax, Scale: step.Log,
			Doc: "Occurrences of the, be, to, of, and, that, have, with."},
		nemoMeanLength: {Name: "mean_word_length", Unit: "characters", Min: 3, Max: 10, Scale: step.Log, Doc: "Mean length of the words."},
		nemoMaxLength: {Name: "max_word_length", Unit: "characters", Min: step.NoMin, Max: 1000, Scale: step.Log,
			Doc: "Length of the longest word; 1001 if there is none."},
		nemoEllipsis: shareAtMost("ellipsis", "share of lines", 0.3, "Lines that end in an ellipsis or in \"read more\", in any case, white space aside."),
		nemoTop2:     nemoTop(2, 0.2),
		nemoTop3:     nemoTop(3, 0.18),
		nemoTop4:     nemoTop(4, 0.16),
		nemoDup5:     nemoDup(5, 0.15),
		nemoDup6:     nemoDup(6, 0.14),
		nemoDup7:     nemoDup(7, 0.13),
		nemoDup8:     nemoDup(8, 0.12),
		nemoDup9:     nemoDup(9, 0.11),
		nemoDup10:    nemoDup(10, 0.10),
		nemoBullets:  shareAtMost("bullet_ratio", "share of lines", 0.9, "Lines that begin with one of twelve bullets, white space aside; hyphens and asterisks are none."),
		nemoDup2:     nemoOpen(nemoDup(2, 0)),
		nemoDup3:     nemoOpen(nemoDup(3, 0)),
		nemoDup4:     nemoOpen(nemoDup(4, 0)),
		nemoPorn: {Name: "pornographic_urls", Unit: "0 or 1", Min: step.NoMin, Max: 0, Scale: step.Share,
			Doc: "1 where an http or https address in the text has \"porn\" in it, in small letters."},
	},
	New: func() step.Settings { return &nemoSettings{} },
}

// The rules of nemo by index, in the order of its English pipeline.
const (
	nemoAlphaNumeric = iota
	nemoSymbols
	nemoNumbers
	nemoURLs
	nemoSpace
	nemoParentheses
	nemoBoilerplate
	nemoRepeatedLines
	nemoRepeatedParagraphs
	nemoLineChars
	nemoParagraphChars
	nemoWords
	nemoPunctuation
	nemoAlphabetic
	nemoCommon
	nemoMeanLength
	nemoMaxLength
	nemoEllipsis
	nemoTop2
	nemoTop3
	nemoTop4
	nemoDup5
	nemoDup6
	nemoDup7
	nemoDup8
	nemoDup9
	nemoDup10
	nemoBullets
	nemoDup2
	nemoDup3
	nemoDup4
	nemoPorn
	nemoRules // how many there are
)

func nemoTop(n int, max float64) step.Rule {
	return shareAtMost(fmt.Sprintf("repeating_top_%dgrams", n), "share of characters", max,
		fmt.Sprintf("What the text loses if the most frequent sequence of %d words is deleted wherever it stands, with single spaces in it; 1 for a text of fewer words.", n))
}

func nemoDup(n int, max float64) step.Rule {
	return shareAtMost(fmt.Sprintf("repeating_dup_%dgram", n), "share of characters", max,
		fmt.Sprintf("Words in sequences of %d words that occurred before, with the spaces between them, each counted once; 1 for a text of fewer words.", n))
}

// nemoOpen takes the bounds from a rule that the original's pipeline does not have.
func nemoOpen(r step.Rule) step.Rule {
	r.Min, r.Max = step.NoMin, step.NoMax
	return r
}

// nemoGroups says for each rule what measures it: rules of one group are measured
// together.
var nemoGroups = [nemoRules]func(*nemo){
	nemoAlphaNumeric: (*nemo).characters, nemoNumbers: (*nemo).characters, nemoURLs: (*nemo).urls,
	nemoSpace: (*nemo).characters, nemoParentheses: (*nemo).characters,
	nemoBoilerplate:   (*nemo).boilerplate,
	nemoRepeatedLines: (*nemo).lines, nemoLineChars: (*nemo).lines, nemoPunctuation: (*nemo).lines,
	nemoEllipsis: (*nemo).lines, nemoBullets: (*nemo).lines,
	nemoRepeatedParagraphs: (*nemo).paragraphs, nemoParagraphChars: (*nemo).paragraphs,
	nemoSymbols: (*nemo).words, nemoWords: (*nemo).words, nemoAlphabetic: (*nemo).words, nemoCommon: (*nemo).words,
	nemoMeanLength: (*nemo).words, nemoMaxLength: (*nemo).words,
	nemoTop2: (*nemo).grams, nemoTop3: (*nemo).grams, nemoTop4: (*nemo).grams,
	nemoDup5: (*nemo).grams, nemoDup6: (*nemo).grams, nemoDup7: (*nemo).grams,
	nemoDup8: (*nemo).grams, nemoDup9: (*nemo).grams, nemoDup10: (*nemo).grams,
	nemoDup2: (*nemo).grams, nemoDup3: (*nemo).grams, nemoDup4: (*nemo).grams, nemoPorn: (*nemo).urls,
}

// Shares of what is repeated, by index.
const (
	nemoLinesOf = iota
	nemoLineCharsOf
	nemoParagraphsOf
	nemoParagraphCharsOf
)

type nemoSettings struct{}

// Build makes the step.
func (*nemoSettings) Build(*step.Env) (any, error) {
	return &nemo{common: newStopWords([]string{"the", "be", "to", "of", "and", "that", "have", "with"})}, nil
}

// nemo is the step in one worker.
type nemo struct {
	common stopWords

	// Of the document at hand:
	view     *text.View
	measured [nemoRules]bool
	values   [nemoRules]float64
	repeated [4]float64 // shares of what is repeated, the other way round than the rules have it

	seen  repeatSet
	cover text.Coverage
	low   []byte
	gram  []byte
}

// Fork returns the same step for another worker.
func (n *nemo) Fork() step.Local { return &nemo{common: n.common} }

// Judge measures the rules in order until one fails.
func (n *nemo) Judge(d *document.Document, m *step.Meter) step.Verdict {
	n.view, n.measured = d.View(), [nemoRules]bool{}
	for i := range m.Rules {
		if m.Rules[i].Off && !m.All {
			continue
		}
		if !n.measured[i] {
			nemoGroups[i](n)
		}
		if !m.Hold(i, n.values[i]) {
			break
		}
	}
	return m.Verdict()
}

// hold notes the value of a rule.
func (n *nemo) hold(rule int, value float64) { n.values[rule], n.measured[rule] = value, true }

// share notes a share, which is none if there is nothing to have it of.
func (n *nemo) share(rule, part, whole int, none float64) {
	if whole > 0 {
		none = step.Ratio(part, whole)
	}
	n.hold(rule, none)
}

// shareAtMost declares a rule that the step's Judge measures, and that removes what
// has too large a share of something.
func shareAtMost(name, unit string, max float64, doc string) step.Rule {
	return maxShare(name, unit, max, doc, nil)
}

// shareAtLeast declares one that removes what has too small a share.
func shareAtLeast(name, unit string, min float64, doc string) step.Rule {
	return step.Rule{Name: name, Unit: unit, Doc: doc, Min: min, Max: step.NoMax, Scale: step.Share}
}
