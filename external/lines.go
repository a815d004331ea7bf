package external

import (
	"fmt"
	"math"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"tamis/document"
)

// An answer is one line of the program, on one document.
type answer struct {
	ID      *string             `json:"id"`
	Keep    *bool               `json:"keep"`
	Reason  string              `json:"reason"`
	Text    *string             `json:"text"`
	Signals map[string]*float64 `json:"signals"` // null is not measured
	Labels  map[string]string   `json:"labels"`
}

// appendRequest appends the line on a document:
//
//	{"id":"…","url":"…","text":"…","source":"…","fields":{"path":value,…}}
//
// Fields are there where the recipe names some.
func (p *program) appendRequest(dst []byte, d *document.Document) []byte {
	source := ""
	if d.Source < len(p.sources) {
		source = p.sources[d.Source]
	}
	dst = quote(append(dst, `{"id":`...), d.ID)
	dst = quote(append(dst, `,"url":`...), d.URL)
	dst = quote(append(dst, `,"text":`...), d.Text())
	dst = quote(append(dst, `,"source":`...), source)
	for i, path := range p.settings.Fields {
		if i == 0 {
			dst = append(dst, `,"fields":{`...)
		} else {
			dst = append(dst, ',')
		}
		dst = append(quote(dst, path), ':')
		dst = appendField(dst, d, path)
	}
	if len(p.settings.Fields) > 0 {
		dst = append(dst, '}')
	}
	return append(dst, "}\n"...)
}

func quote(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // what is not UTF-8 becomes U+FFFD
	return dst
}

// appendField appends the value of a field as JSON, null where it is missing.
func appendField(dst []byte, d *document.Document, path string) []byte {
	if d.Fields == nil {
		return append(dst, "null"...)
	}
	v, ok := d.Fields.Lookup(d, path)
	switch {
	case !ok:
	case v.Kind == document.Bool:
		return strconv.AppendBool(dst, v.Num != 0)
	case v.Kind == document.Number && jsontext.Value(v.Str).IsValid():
		return append(dst, v.Str...)
	case v.Kind == document.Number && !math.IsNaN(v.Num) && !math.IsInf(v.Num, 0):
		return strconv.AppendFloat(dst, v.Num, 'g', -1, 64)
	case v.Kind == document.String:
		return quote(dst, v.Str)
	case v.Kind == document.Other:
		raw := jsontext.Value(v.Str).Clone()
		if raw.Compact() == nil { // on one line
			return append(dst, raw...)
		}
	}
	return append(dst, "null"...)
}

// read reads the answer to the request on d.
func (p *program) read(line []byte, d *document.Document) (*answer, error) {
	a := new(answer)
	if err := json.Unmarshal(line, a, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("it answers %s, which is no answer: %w", shown(line), err)
	}
	switch {
	case a.ID == nil:
		return nil, fmt.Errorf("its answer %s has no id: give back the id of the document", shown(line))
	case *a.ID != d.ID:
		return nil, fmt.Errorf("it answers for the document %q, not for %q: one line for each, in their order", *a.ID, d.ID)
	case a.Keep == nil:
		return nil, fmt.Errorf("its answer %s does not say whether to keep the document", shown(line))
	}
	for name := range a.Signals {
		if _, ok := p.signals[name]; !ok {
			return nil, fmt.Errorf("its answer %s has the signal %q, which the step's signals do not name", shown(line), name)
		}
	}
	for name := range a.Labels {
		if _, ok := p.labels[name]; !ok {
			return nil, fmt.Errorf("its answer %s has the label %q, which the step's labels do not name", shown(line), name)
		}
	}
	return a, nil
}

// shown quotes the beginning of a line.
func shown(line []byte) string {
	if len(line) > 60 {
		return strconv.Quote(string(line[:60])) + "…"
	}
	return strconv.Quote(string(line))
}
