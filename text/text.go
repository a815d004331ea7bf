// Package text measures one text, each thing once: words, lines, sentences and
// n-gram statistics. A View is analysed lazily and reset rather than made anew, so
// that nothing is allocated per document once its buffers have grown.
//
// White space, line ends, letters and lower case are those of Python's str, since
// the published filters are written in Python and their values hang on them.
// Lengths are counted in code points, places in bytes.
package text

import "github.com/clipperhouse/uax29/v2/words"

// A Splitter says how the words and sentences of a text are found.
type Splitter uint8

// The splitters a recipe may name. View.Sentences says what their sentences are.
const (
	// Unicode finds the segments of UAX 29 that are more than white space and
	// punctuation.
	Unicode    Splitter = iota
	Whitespace          // what Python's str.split yields
	Spacy               // the rules of spaCy's blank English tokenizer
	Characters          // one word per code point that is not white space
)

var splitterNames = [...]string{"unicode", "whitespace", "spacy", "characters"}

// Splitters returns the names of all splitters, the default first.
func Splitters() []string { return splitterNames[:] }

// String returns the name that a recipe uses.
func (s Splitter) String() string { return splitterNames[s] }

// ParseSplitter returns the splitter of a name.
func ParseSplitter(name string) (s Splitter, ok bool) {
	for i, n := range splitterNames {
		if n == name {
			return Splitter(i), true
		}
	}
	return Unicode, false
}

// A Span is a stretch of a text: bytes [Start, End).
type Span struct{ Start, End int32 }

// Of returns the stretch of s, the text that the span was measured in.
func (p Span) Of(s string) string { return s[p.Start:p.End] }

// Len returns the number of bytes.
func (p Span) Len() int { return int(p.End - p.Start) }

// A View is one text and what has been measured of it so far. It is owned by one
// goroutine; what its methods return is valid until the next Reset or Use.
type View struct {
	text     string
	splitter Splitter
	done     part // what has been measured already

	ascii  bool
	breaks bool // there may be line ends beside "\n"
	runes  int

	words    []Word
	segments *words.Iterator[string] // of UAX 29; nil until it is needed
	spacy    spacy

	totals     WordTotals
	lines      []Line
	splitLines []Span
	sentences  []Span

	lineRepeats, paragraphRepeats Repeats

	table table
	grams grams
}

// A part is something that is measured at once, when it is first asked for.
type part uint16

const (
	partCensus part = 1 << iota
	partLines
	partSplitLines
	partLineRepeats
	partParagraphRepeats
	// What follows hangs on the splitter.
	partWords
	partTotals
	partSentences
	partJoined
	partTopLow
	partTopHigh
	partDuplicateLow
	partDuplicateHigh
)

// bySplitter are the parts that Use forgets.
const bySplitter = partWords | partTotals | partSentences | partJoined | partTopLow | partTopHigh | partDuplicateLow | partDuplicateHigh

// first reports whether a part has not been measured yet, and notes that it is now.
func (v *View) first(p part) bool {
	if v.done&p != 0 {
		return false
	}
	v.done |= p
	return true
}

// Reset begins a new text. The view keeps the string, not a copy. The text is at
// most 2 GiB long.
func (v *View) Reset(s string) { v.text, v.done = s, 0 }

// Use chooses the splitter; what was measured with another one is forgotten.
func (v *View) Use(s Splitter) {
	if v.splitter != s {
		v.splitter = s
		v.done &^= bySplitter
	}
}

// Splitter returns the splitter in use.
func (v *View) Splitter() Splitter { return v.splitter }

// Text returns the text.
func (v *View) Text() string { return v.text }

// Runes returns the number of code points of the text.
func (v *View) Runes() int {
	v.census()
	return v.runes
}

// ASCII reports whether all of the text is ASCII.
func (v *View) ASCII() bool {
	v.census()
	return v.ascii
}

// census learns in one pass what allows the short ways in everything after it.
func (v *View) census() {
	if !v.first(partCensus) {
		return
	}
	v.runes, v.ascii = countRunes(v.text)
	v.breaks = hasBreaks(v.text, v.ascii)
}

// RunesIn returns the number of code points in bytes [start, end).
func (v *View) RunesIn(start, end int) int {
	v.census()
	return v.countInRange(start, end)
}

// countInRange returns the code points of a stretch of the text.
func (v *View) countInRange(start, end int) int {
	if v.ascii {
		return end - start
	}
	n, _ := countRunes(v.text[start:end])
	return n
}
