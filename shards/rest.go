package shards

import (
	"encoding/binary"
	"strconv"

	"tamis/document"
)

// The Rest of a document of form 0 is its record in JSON with a hole where the value
// of the text was:
//
//	{"id": 7, "text": "Hello.", "n":12345678901234567890}
//	                  ^ hole
//	18 {"id": 7, "text": , "n":12345678901234567890}
//
// A uvarint says at which byte of what follows the hole is. All that is not text
// travels byte for byte: order, spacing, escapes, big integers, names that occur
// twice. Where the text's name occurs more than once, the last one has the hole, for
// the last one is what JSON parsers go by; the others stay as they are.

// appendRest appends the record with a hole instead of the text's value.
func appendRest(dst, record []byte, text span) []byte {
	dst = binary.AppendUvarint(dst, uint64(text.start))
	dst = append(dst, record[:text.start]...)
	return append(dst, record[text.end:]...)
}

// splitRest returns the record without its text and where its hole is. A Rest
// that is none is an empty record.
func splitRest(rest []byte) (record []byte, hole int) {
	at, n := binary.Uvarint(rest)
	if n <= 0 || at > uint64(len(rest)-n) {
		return nil, 0
	}
	return rest[n:], int(at)
}

// AppendRecord appends the JSON object of a document of form 0, with the text as it
// is now.
func AppendRecord(dst []byte, d *document.Document) []byte {
	if len(d.Turns) > 0 {
		return appendTalk(dst, d)
	}
	record, hole := splitRest(d.Rest)
	return appendFilled(dst, record, hole, d.Text())
}

// appendFilled appends JSON with the text in its hole.
func appendFilled(dst, json []byte, hole int, text string) []byte {
	if hole < 0 || hole > len(json) {
		return append(dst, json...)
	}
	dst = append(dst, json[:hole]...)
	dst = AppendQuote(dst, text)
	return append(dst, json[hole:]...)
}

// JSONFields finds fields in documents of form 0. A path is names joined by dots; a
// name may have dots of its own: at every object the whole rest of the path is a
// name, too. Of equal names the last one counts.
type JSONFields struct{}

// Lookup returns the value at a path. The string of a value without escapes is valid
// as long as the document is.
func (JSONFields) Lookup(d *document.Document, path string) (document.Value, bool) {
	if len(d.Whole().Turns) > 0 {
		return lookupTalk(d.Whole(), path)
	}
	record, hole := splitRest(d.Rest)
	at, ok := find(record, 0, hole, path)
	if !ok {
		return document.Value{}, false
	}
	if at.start == hole && at.end == hole {
		return document.Value{Kind: document.String, Str: d.Text()}, true
	}
	if at.start < hole && hole < at.end {
		filled := appendFilled(nil, at.of(record), hole-at.start, d.Text())
		return document.Value{Kind: document.Other, Str: view(filled)}, true
	}
	return valueOf(at.of(record)), true
}

// find returns the value at a path of the object that begins at i.
func find(b []byte, i, hole int, path string) (at span, ok bool) {
	w := walkMembers(b, i, hole)
	for {
		name, value, more := w.next()
		if !more {
			return at, ok
		}
		switch below, match := step(plainName(name.of(b)), path); {
		case match && below == "":
			at, ok = value, true
		case match:
			at, ok = find(b, value.start, hole, below)
		}
	}
}

// step reports whether a name is the path or its beginning, and the path below it.
func step(name []byte, path string) (below string, match bool) {
	if len(path) < len(name) || path[:len(name)] != string(name) {
		return "", false
	}
	if len(path) == len(name) {
		return "", true
	}
	return path[len(name)+1:], path[len(name)] == '.' && len(path) > len(name)+1
}

// plainName returns a name without its escapes; few have any.
func plainName(raw []byte) []byte {
	for _, c := range raw {
		if c == '\\' {
			return unquote(nil, raw)
		}
	}
	return raw
}

// valueOf reads JSON as steps see it.
func valueOf(b []byte) document.Value {
	if len(b) == 0 {
		return document.Value{}
	}
	switch b[0] {
	case '"':
		return document.Value{Kind: document.String, Str: view(plainName(b[1 : len(b)-1]))}
	case 't':
		return document.Value{Kind: document.Bool, Num: 1}
	case 'f':
		return document.Value{Kind: document.Bool}
	case 'n':
		return document.Value{}
	case '{', '[':
		return document.Value{Kind: document.Other, Str: view(b)}
	}
	x, _ := strconv.ParseFloat(view(b), 64) // beyond float64 it is infinite
	return document.Value{Kind: document.Number, Num: x, Str: view(b)}
}
