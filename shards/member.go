package shards

import (
	"bytes"

	"tamis/document"
)

// AppendJSON appends the JSON object of a document of any form.
func (f *Forms) AppendJSON(dst []byte, d *document.Document) ([]byte, error) {
	return f.appendRecord(dst, d)
}

// AppendWith appends the JSON object of a document of any form, with one more member
// behind those it has: a name, and a value that is JSON. It takes the place of members of
// that name.
func (f *Forms) AppendWith(dst []byte, d *document.Document, name string, value []byte) ([]byte, error) {
	from := len(dst)
	dst, err := f.appendRecord(dst, d)
	if err != nil {
		return dst, err
	}
	if mayHave(d, name) {
		dst = dropMembers(dst, from, name)
	}
	dst = append(dst[:len(dst)-1], ',') // a record has a text, so it is not empty
	dst = append(AppendQuote(dst, name), ':')
	return append(append(dst, value...), '}'), nil
}

// dropMembers takes the members of a name out of the JSON object from byte from on, each
// with the comma before it. What is left keeps its bytes and its order: of two members of
// one name most readers take either, and some refuse the record.
func dropMembers(b []byte, from int, name string) []byte {
	w := walkMembers(b, from, -1)
	out, end, kept := from+1, from+1, 0 // bytes that stay, end of the last member, members that stay
	for {
		key, value, ok := w.next()
		if !ok {
			break
		}
		start := end
		if kept == 0 && end > from+1 {
			start = key.start - 1 // behind the comma of the one before, which goes
		}
		end = value.end
		if isName(key.of(b), name) {
			continue
		}
		out += copy(b[out:], b[start:end])
		kept++
	}
	return b[:out+copy(b[out:], b[end:])]
}

// mayHave reports whether the record of a document can have a member of a name: a look
// that is much quicker than a walk, and seldom wrong.
func mayHave(d *document.Document, name string) bool {
	if d.Form != 0 {
		return true
	}
	for i := range len(name) {
		if name[i] < ' ' || name[i] > '~' {
			return true // other programs write it with escapes
		}
	}
	var quoted [64]byte
	return bytes.Contains(d.Rest, AppendQuote(quoted[:0], name))
}

// isName reports whether a name between its quotes is name.
func isName(quoted []byte, name string) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted) == name
	}
	return string(unquote(nil, quoted)) == name
}
