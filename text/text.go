// Package text measures one text, each thing once: words, lines, paragraphs and
// n-gram statistics. A View is analysed lazily and reset rather than made anew, so
// that nothing is allocated per document once its buffers have grown.
package text

// A Splitter says how the words of a text are found.
type Splitter uint8

// The splitters a recipe may name.
const (
	Unicode    Splitter = iota // UAX 29 word boundaries; segments without a letter, digit or symbol are no words
	Whitespace                 // what Python's str.split yields
	Spacy                      // the rules of spaCy's blank English tokenizer
	Characters                 // one word per code point that is not white space
)

// A Span is a stretch of a text: bytes [Start, End).
type Span struct{ Start, End int32 }

// A View is one text and what has been measured of it so far. It is owned by one
// goroutine; what its methods return is valid until the next Reset or Use.
type View struct {
	text     string
	splitter Splitter
}

// Reset begins a new text. The view keeps the string, not a copy.
func (v *View) Reset(s string) { v.text = s }

// Use chooses the splitter; what was measured with another one is forgotten.
func (v *View) Use(s Splitter) { v.splitter = s }

// Text returns the text.
func (v *View) Text() string { return v.text }
