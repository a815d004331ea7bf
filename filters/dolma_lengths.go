package filters

import (
	"strings"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// DolmaLengths measures a text in the units of Dolma's taggers of lengths.
var DolmaLengths = step.Spec{
	Name: "dolma_lengths",
	Doc: "Measures a text in the units of Dolma's taggers of lengths, and removes nothing until a recipe gives a value bounds. Paragraphs are lines that are not blank. " +
		"Runs of word characters and of other marks are counted with one more, for the text and for each paragraph: the original counts what lies between them. Word characters are those of UTS 18.",
	Source: "Soldaini et al. 2024, arXiv:2402.00159; dolma, python/dolma/taggers/length.py and punctuation.py at 669f5348",
	Rules: []step.Rule{
		dlSegments:     dolmaSignal("uniseg_length", "segments", "Segments of UAX 29 of the stripped text, white space among them (uniseg_length_v1)."),
		dlWords:        dolmaSignal("uniseg_paragraph_length", "segments", "Segments of UAX 29 that are not blank, punctuation among them (uniseg_length_paragraphs_with_doc_length_v1)."),
		dlRuns:         dolmaSignal("wordpunct_length", "runs", "Runs of word characters and of other marks, and one more (whitespace_tokenizer_v1)."),
		dlParagraphs:   dolmaSignal("wordpunct_paragraph_length", "runs", "The same of each paragraph, added up (whitespace_tokenizer_with_paragraphs_v1)."),
		dlPunctuation:  dolmaSignal("not_alphanum_paragraphs", "paragraphs", "Paragraphs of nothing but punctuation, symbols and white space (not_alphanum_paragraph_v1)."),
		dlAllParagraph: dolmaSignal("paragraphs", "paragraphs", "Lines that are not blank."),
	},
	New: func() step.Settings { return &dolmaLengthsSettings{} },
}

// The rules of dolma_lengths by index.
const (
	dlSegments = iota
	dlWords
	dlRuns
	dlParagraphs
	dlPunctuation
	dlAllParagraph
)

type dolmaLengthsSettings struct{}

// Build makes the step.
func (*dolmaLengthsSettings) Build(*step.Env) (any, error) { return &dolmaLengths{}, nil }

// dolmaLengths is the step in one worker.
type dolmaLengths struct {
	spans []text.Span
	view  text.View
}

// Fork returns the same step for another worker.
func (*dolmaLengths) Fork() step.Local { return &dolmaLengths{} }

// Judge measures the lengths.
func (l *dolmaLengths) Judge(d *document.Document, m *step.Meter) step.Verdict {
	s := d.View().Text()
	all, punctuation, blank := 0, 0, 0 // blank: runs of separators in lines that are blank otherwise
	for line := range strings.SplitSeq(s, "\n") {
		if text.TrimSpace(line) != "" {
			all++
			punctuation += asInt(onlySigns(line))
		} else if line != "" {
			blank += utsRuns(line)
		}
	}
	l.view.Reset(s)
	l.spans = l.view.AppendSegments(l.spans[:0])
	runs := utsRuns(s) // none goes on over a newline
	for i, value := range [...]int{l.view.CountSegments(text.TrimSpace(s)), len(l.spans), runs + 1, runs - blank + all, punctuation, all} {
		if m.Rules[i].Off && !m.All {
			continue
		}
		if !m.Hold(i, float64(value)) {
			break
		}
	}
	return m.Verdict()
}

// utsRuns counts the runs of word characters and of marks.
func utsRuns(s string) (n int) {
	last := rpSpace
	for i := 0; i < len(s); {
		r, width := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, width = utf8.DecodeRuneInString(s[i:])
		}
		class := rpMark
		switch {
		case text.IsUTSWord(r):
			class = rpLetter
		case text.IsSpace(r) && (r < 0x1C || r > 0x1F): // separators of files and groups are marks to UTS 18
			class = rpSpace
		}
		n += asInt(class != last && class != rpSpace)
		last = class
		i += width
	}
	return n
}

// onlySigns reports whether there is nothing but punctuation, symbols and white space
// in a line.
func onlySigns(line string) bool {
	for _, r := range line {
		if !text.IsSign(r) && !text.IsSpace(r) && !isDolmaEmoji(r) {
			return false
		}
	}
	return true
}

func isDolmaEmoji(r rune) bool {
	return r >= 0x1F300 && r <= 0x1F64F || r >= 0x1F680 && r <= 0x1F6FF || r >= 0x2600 && r <= 0x27BF
}
