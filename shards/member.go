package shards

import "tamis/document"

// AppendJSON appends the JSON object of a document of any form.
func (f *Forms) AppendJSON(dst []byte, d *document.Document) ([]byte, error) {
	return f.appendRecord(dst, d)
}

// AppendWith appends the JSON object of a document of any form, with one more member
// behind those it has: a name, and a value that is JSON.
func (f *Forms) AppendWith(dst []byte, d *document.Document, name string, value []byte) ([]byte, error) {
	dst, err := f.appendRecord(dst, d)
	if err != nil {
		return dst, err
	}
	dst = append(dst[:len(dst)-1], ',') // a record has a text, so it is not empty
	dst = append(AppendQuote(dst, name), ':')
	return append(append(dst, value...), '}'), nil
}
