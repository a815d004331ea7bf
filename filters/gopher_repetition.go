package filters

import (
	"fmt"

	"tamis/step"
	"tamis/text"
)

// GopherRepetition removes texts that repeat themselves.
var GopherRepetition = step.Spec{
	Name: "gopher_repetition",
	Doc: "Removes texts that repeat themselves. The same bounds mean something else under another `definition`: those of the paper are about twice as strict where all copies count. " +
		"An empty text has the value 0 for every rule and stays; datatrove cannot judge it, or, since 0.10, removes it.",
	Source: "Rae et al. 2021, arXiv:2112.11446, table A1; datatrove, gopher_repetition_filter.py at a649de79; mask: DCLM, content_filters.py at 361714bd; dolma: taggers/gopher.py at 669f5348; nemo: NeMo Curator, repetition.py at 1e2e4275",
	Definitions: []step.Definition{
		{Name: "datatrove", Doc: "A repetition is the second and every later copy. Shares of characters are of the whole text, white space included. The most frequent n-gram counts even where it occurs once, so that texts of a few words go; " +
			"repeated n-grams are found by a scan that skips what it has counted. A text of fewer than n words has 0."},
		{Name: "mask", Doc: "DCLM's, and, but for its words, RedPajama's: all copies count, the first one, too. Lines and paragraphs are stripped and empty ones left out; a text of one line or paragraph has 0, and of none 1. " +
			"Words are segments of UAX 29 that begin with a letter or number, whatever the splitter, and shares are of their characters. The most frequent n-gram (the longest of equally frequent ones) counts if it occurs twice; " +
			"repeated n-grams are the words that lie in any."},
		{Name: "dolma", Doc: "That of its tagger gopher_v1: words lie between white space. All copies of a line count, empty lines, too; there is no rule for paragraphs. The most frequent n-gram counts even once; " +
			"a repeated one counts as often as it occurs, by the characters of all n-grams. Dolma itself has 0.3 for duplicate_line_characters, and never applied the rules for the most frequent n-grams."},
		{Name: "nemo", Doc: "NeMo Curator's: words of the splitter, blank lines left out. The most frequent n-gram is what the text loses when it is deleted wherever it stands; " +
			"repeated ones are later copies with the spaces in them. A text of fewer than n words has 1 and goes."},
	},
	Rules: []step.Rule{
		maxShare("duplicate_paragraphs", "share of paragraphs", 0.30,
			"Paragraphs equal to an earlier one; they lie between blank lines.",
			func(v *text.View) float64 { return repeated(v.ParagraphRepeats()) }),
		maxShare("duplicate_paragraph_characters", "share of characters", 0.20,
			"Characters of the paragraphs equal to an earlier one.",
			func(v *text.View) float64 { return step.Ratio(v.ParagraphRepeats().RepeatedRunes, v.Runes()) }),
		maxShare("duplicate_lines", "share of lines", 0.30,
			"Lines equal to an earlier one; empty lines count only at the ends of the text.",
			func(v *text.View) float64 { return repeated(v.LineRepeats()) }),
		maxShare("duplicate_line_characters", "share of characters", 0.20,
			"Characters of the lines equal to an earlier one.",
			func(v *text.View) float64 { return step.Ratio(v.LineRepeats().RepeatedRunes, v.Runes()) }),
		topGram(2, 0.20),
		topGram(3, 0.18),
		topGram(4, 0.16),
		duplicateGrams(5, 0.15),
		duplicateGrams(6, 0.14),
		duplicateGrams(7, 0.13),
		duplicateGrams(8, 0.12),
		duplicateGrams(9, 0.11),
		duplicateGrams(10, 0.10),
	},
	New: func() step.Settings { return &gopherRepetitionSettings{Definition: "datatrove"} },
}

// maxShare declares a rule that removes what has too large a share of something.
func maxShare(name, unit string, max float64, doc string, measure func(*text.View) float64) step.Rule {
	return step.Rule{Name: name, Unit: unit, Doc: doc, Min: step.NoMin, Max: max, Scale: step.Share, Measure: measure}
}

func topGram(n int, max float64) step.Rule {
	return maxShare(fmt.Sprintf("top_%d_gram", n), "share of characters", max,
		fmt.Sprintf("Length times occurrences of the most frequent sequence of %d words joined by spaces; overlaps can lift it above 1.", n),
		func(v *text.View) float64 {
			top := v.TopGram(n)
			return step.Ratio(top.Runes*top.Count, v.Runes())
		})
}

func duplicateGrams(n int, max float64) step.Rule {
	return maxShare(fmt.Sprintf("duplicate_%d_grams", n), "share of characters", max,
		fmt.Sprintf("Characters in sequences of %d words that occurred before, without the spaces between them.", n),
		func(v *text.View) float64 { return step.Ratio(v.DuplicateGrams(n), v.Runes()) })
}

func repeated(r text.Repeats) float64 { return step.Ratio(r.Repeated, r.Parts) }
