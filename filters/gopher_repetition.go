package filters

import (
	"fmt"

	"tamis/step"
	"tamis/text"
)

// GopherRepetition removes texts that repeat themselves.
var GopherRepetition = step.Spec{
	Name: "gopher_repetition",
	Doc: "Removes texts that repeat themselves. Follows datatrove where implementations differ: a repetition is the second and every later copy, " +
		"shares of characters are of the whole text, white space included, the most frequent n-gram counts even where it occurs once (so that " +
		"texts of a few words go), and repeated n-grams are found by a scan that skips what it has counted. A text of fewer than n words has the value 0; " +
		"so has an empty text for every rule, which datatrove cannot judge.",
	Source: "Rae et al. 2021, arXiv:2112.11446, table A1; datatrove, gopher_repetition_filter.py at a649de79",
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
