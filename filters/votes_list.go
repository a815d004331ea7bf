package filters

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"tamis/document"
)

// A listReader reads lists of votes. It is owned by one goroutine.
type listReader struct {
	list, object jsontext.Decoder
	in, inner    bytes.Reader
	text         []byte
	name         []byte
}

// each calls f for the elements of a list in JSON, or for a member of each where they
// are objects and it has a name. What is no list has no elements. A string is valid
// during the call.
func (l *listReader) each(list, member string, f func(document.Value)) {
	l.text = append(l.text[:0], list...)
	l.in.Reset(l.text)
	l.list.Reset(&l.in, jsontext.AllowDuplicateNames(true))
	if t, err := l.list.ReadToken(); err != nil || t.Kind() != '[' {
		return
	}
	for l.list.PeekKind() != ']' { // reading it as a value would make an error
		v, err := l.list.ReadValue()
		if err != nil {
			return
		}
		if v.Kind() == '{' && member != "" {
			v = l.member(v, member)
		}
		f(l.value(v))
	}
}

// member returns a member of an object, or nothing.
func (l *listReader) member(object jsontext.Value, member string) (found jsontext.Value) {
	l.inner.Reset(object)
	l.object.Reset(&l.inner, jsontext.AllowDuplicateNames(true))
	if _, err := l.object.ReadToken(); err != nil {
		return nil
	}
	for l.object.PeekKind() != '}' {
		raw, err := l.object.ReadValue()
		if err != nil {
			return nil
		}
		if l.name, err = jsontext.AppendUnquote(l.name[:0], raw); err != nil {
			return nil
		}
		v, err := l.object.ReadValue()
		if err != nil {
			return nil
		}
		if string(l.name) == member {
			return v
		}
	}
	return nil
}

// value reads one vote.
func (l *listReader) value(v jsontext.Value) document.Value {
	switch v.Kind() {
	case 't':
		return document.Value{Kind: document.Bool, Num: 1}
	case 'f':
		return document.Value{Kind: document.Bool}
	case '"':
		var err error
		if l.name, err = jsontext.AppendUnquote(l.name[:0], v); err != nil {
			return document.Value{}
		}
		return document.Value{Kind: document.String, Str: asString(l.name)}
	case '0':
		x, _ := strconv.ParseFloat(asString(v), 64) // beyond float64 it is infinite
		return document.Value{Kind: document.Number, Num: x}
	}
	return document.Value{}
}
