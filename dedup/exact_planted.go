package dedup

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"tamis/document"
	"tamis/step"
)

// Probes of exact are copies of documents, as they are or changed in one way, and measure
// what the normalisation of the recipe makes equal. They join nothing.
var exactProbes = []struct {
	name string
	make func(s string, seed uint64) string
}{
	{"verbatim", func(s string, _ uint64) string { return s }},
	{"with other white space", respace},
	{"with other case", func(s string, seed uint64) string { return recase(s, seed, isLetter) }},
	{"with other digits", func(s string, seed uint64) string { return recase(s, seed, isDigit) }},
}

// plant notes for each way of changing a text which share of the copies has the hash of
// its original. A text that a way does not change is left out.
func (e *exact) plant(ctx context.Context, r *step.Resolution) error {
	chosen := drawProbes(e.planted, e.seed, r.Documents)
	if chosen == nil {
		return nil
	}
	sketcher := e.Sketcher()
	var probe document.Document
	var original, copy []byte
	planted, found := make([]int, len(exactProbes)), make([]int, len(exactProbes))
	wanted := func(ordinal uint64) bool { return r.Alive(ordinal) && chosen(ordinal) }
	err := r.Read(wanted, func(ordinal uint64, d *document.Document) error {
		original = sketcher.Sketch(original[:0], d)
		probe = document.Document{Signals: d.Signals} // keep may ask for them
		for i, p := range exactProbes {
			s := p.make(d.Text(), splitmix(e.seed^prime645, ordinal))
			if i > 0 && s == d.Text() {
				continue
			}
			probe.SetText(s)
			copy = sketcher.Sketch(copy[:0], &probe)
			planted[i]++
			if bytes.Equal(copy[:hashBytes], original[:hashBytes]) {
				found[i]++
			}
		}
		return ctx.Err()
	})
	for i, p := range exactProbes {
		if planted[i] > 0 {
			r.Note(fmt.Sprintf("of %d planted copies %s were found", planted[i], p.name), float64(found[i]))
		}
	}
	return err
}

// respace doubles one blank or line feed of eight, and ends the text with a line feed.
func respace(s string, seed uint64) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		if (s[i] == ' ' || s[i] == '\n') && splitmix(seed, uint64(i))%8 == 0 {
			b.WriteByte(s[i])
		}
	}
	b.WriteByte('\n')
	return b.String()
}
