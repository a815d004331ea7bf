package document

import (
	"strings"
	"unsafe"
)

// Excerpts shows steps the part of a conversation that they look at, as a document of
// its own whose text is the turns of that part with a Gap between them, and brings
// their edits back to the whole. A document that is no conversation is seen whole. It
// is owned by one goroutine; what it has shown is valid until the whole changes.
type Excerpts struct {
	shown [Response + 1]excerpt
	fit   []Edit
	back  []Edit
}

// An excerpt is the part of one state of a conversation.
type excerpt struct {
	of      *Document
	version uint64 // of its text
	doc     Document
	from    []int // where each turn begins in the whole
	text    []byte
}

// Of returns the part of d, or d itself where that is all of it.
func (x *Excerpts) Of(d *Document, p Part) *Document {
	if p == All || len(d.Turns) == 0 {
		return d
	}
	e := &x.shown[p]
	if e.of != d || e.version != d.version {
		e.cut(d, p)
	}
	return &e.doc
}

// cut makes the excerpt anew.
func (e *excerpt) cut(d *Document, p Part) {
	e.of, e.version, e.from, e.text = d, d.version, e.from[:0], e.text[:0]
	turns := e.doc.Turns[:0]
	for _, t := range d.Turns {
		if !p.has(t.Role) {
			continue
		}
		if len(turns) > 0 {
			e.text = append(e.text, Gap...)
		}
		e.from = append(e.from, t.Start)
		start := len(e.text)
		e.text = append(e.text, d.text[t.Start:t.End]...)
		turns = append(turns, Turn{t.Role, t.Edited, start, len(e.text)})
	}
	x := &e.doc
	x.Place, x.Source, x.ID, x.URL = d.Place, d.Source, d.ID, d.URL
	x.Rest, x.Form, x.Fields = d.Rest, d.Form, d.Fields
	x.Signals, x.Labels, x.whole = d.Signals, d.Labels, d
	x.SetTurns(unsafe.String(unsafe.SliceData(e.text), len(e.text)), turns)
}

// Back turns edits of the part of d into edits of d, none of which touches more than
// one turn or what lies between turns. They are valid until the next call.
func (x *Excerpts) Back(d *Document, p Part, edits []Edit) []Edit {
	if len(d.Turns) == 0 || len(edits) == 0 {
		return edits
	}
	seen := x.Of(d, p)
	x.fit = Fit(x.fit[:0], seen.Turns, edits)
	if seen == d {
		return x.fit
	}
	x.back = x.back[:0]
	turn, from := 0, x.shown[p].from
	for _, e := range x.fit {
		for e.Start > seen.Turns[turn].End {
			turn++
		}
		shift := from[turn] - seen.Turns[turn].Start
		e.Start, e.End = e.Start+shift, e.End+shift
		x.back = append(x.back, e)
	}
	return x.back
}

// Fit appends edits of a text that keep to its turns. What an edit does to the gaps
// between turns is left out. One that reaches from turn to turn cuts its bytes out of
// each, and its replacement stays with the first of them, unless it is white space
// alone. A turn of no bytes stays empty.
func Fit(dst []Edit, turns []Turn, edits []Edit) []Edit {
	for _, e := range edits {
		for len(turns) > 0 && turns[0].End < e.Start {
			turns = turns[1:]
		}
		for _, t := range turns {
			if t.Start > e.End {
				break
			}
			in := e
			in.Start, in.End = max(e.Start, t.Start), min(e.End, t.End)
			crosses := in.Start != e.Start || in.End != e.End
			if t.Start == t.End || crosses && in.Start == in.End {
				continue
			}
			if crosses && strings.TrimSpace(in.With) == "" {
				in.With = ""
			}
			dst = append(dst, in)
			e.With = ""
		}
	}
	return dst
}
