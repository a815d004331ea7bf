// Package document holds what travels through a run: one text, its id, and the
// fields beside it.
package document

import (
	"tamis/text"
)

// A Place says where a document was read. It identifies the document in every run
// over the same input, whatever its id.
type Place struct {
	File uint32 // index of the file in the plan
	// Record is the byte of the decompressed file at which the record begins
	// (JSONL), or its row number (Parquet).
	Record int64
}

// A Document is one record on its way. It is owned by one goroutine and reset
// rather than made anew; its strings are valid until the next Reset.
type Document struct {
	Place  Place
	Source int    // index of the source in the plan
	ID     string // as read, or made from the place where the record has none
	URL    string // "" where the record has none
	// Rest is the record without its text, in the form that the package shards
	// gave it; Form says which form that is (see shards.Forms).
	Rest []byte
	Form int
	// Turns are those of a conversation, in order; other documents have none.
	Turns []Turn
	// Signals holds the values that rules measured, by slot of the plan; NaN is
	// not measured. Labels holds the words that steps chose, by slot.
	Signals []float64
	Labels  []string
	// Fields looks up what is in Rest; nil where there is nothing to look up.
	Fields Fields

	text    string
	view    text.View
	stale   bool      // the view has not seen the text yet
	version uint64    // counts the texts that the document has had
	bufs    [2][]byte // the text after an edit alternates between these
	cur     int
	whole   *Document // of which this one is an excerpt
}

// Fields finds a member of a record beside its text.
type Fields interface {
	// Lookup returns the value at a path of names joined by dots.
	Lookup(d *Document, path string) (Value, bool)
}

// A Kind is the type of a Value.
type Kind uint8

// The kinds of values that a field can have for a step.
const (
	Null Kind = iota
	Bool
	Number
	String
	Other // lists and structures, as JSON in Str
)

// A Value is one field as steps see it.
type Value struct {
	Kind Kind
	Num  float64 // Number; 0 or 1 for Bool
	// Str is the text of a String, the JSON of Other, and of a Number how it is written,
	// at least where it is an integer that Num may have rounded.
	Str string
}

// SetText gives the document its text as it was read. The document keeps the
// string, not a copy.
func (d *Document) SetText(s string) {
	d.text, d.stale = s, true
	d.version++
}

// Text returns the text with all edits so far.
func (d *Document) Text() string { return d.text }

// View returns the analysed text. It is valid until the text changes.
func (d *Document) View() *text.View {
	if d.stale {
		d.view.Reset(d.text)
		d.stale = false
	}
	return &d.view
}
