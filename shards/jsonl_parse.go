package shards

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tamis/document"
)

// RawLimit is how much of a bad record is kept to show.
const RawLimit = 64 << 10

// JSONParser makes documents of blocks of JSONL.
//
// A record is one line that holds one JSON object, valid to the last byte (RFC 8259,
// UTF-8). It is quarantined where it is none, where its text is missing, null or no
// string, and where any of its strings holds half of a surrogate pair, which no UTF-8
// can express. Blank lines, white space around the object and a byte order mark
// before it are passed over. Where a name occurs twice, the last one counts. An id is a string or
// a number, which becomes its literal; a record without one, or with an empty one, gets its
// place as id (see PlaceID). A url that is no string is none.
//
// A conversation is a list of messages that are objects with role and content, or from
// and value, both strings; or an instruction and a response in members of their own. It
// is quarantined where anything of that is not so, or a role is none of document.Roles.
// The model may have no content where it calls tools.
type JSONParser struct {
	limits Limits
	paths  [wanted]string
	values [wanted]span // of the record at hand; start 0 is not found
	doc    document.Document
	name   []byte         // of a member, where it has escapes
	texts  [wanted][]byte // the values, where they have escapes
	rest   []byte
	talk   *jsonTalk // nil where records have a text
}

// What a record is searched for.
const (
	wantText = iota
	wantID
	wantURL
	wanted
)

// NewJSONParser returns a parser for one source. An empty path looks for nothing.
func NewJSONParser(fields Mapping, limits Limits) *JSONParser {
	p := &JSONParser{limits: limits, paths: [wanted]string{fields.Text, fields.ID, fields.URL}}
	p.doc.Fields = JSONFields{}
	if fields.Conversation() {
		p.paths[wantText], p.talk = "", newJSONTalk(fields)
	}
	return p
}

// Parse implements Parser.
func (p *JSONParser) Parse(b *Block, emit func(*document.Document) error, bad func(Bad) error) error {
	if b.long > 0 {
		return bad(Bad{At: b.At, Lost: 1, Raw: b.Data, Reason: p.tooLong(b.long)})
	}
	for from := 0; from < len(b.Data); {
		line := b.Data[from:]
		next := len(b.Data)
		if n := bytes.IndexByte(line, '\n'); n >= 0 {
			line, next = line[:n], from+n+1
		}
		if err := p.line(b, from, line, emit, bad); err != nil {
			return err
		}
		from = next
	}
	return nil
}

func (p *JSONParser) tooLong(n int64) string {
	return fmt.Sprintf("a line of %d bytes is over the limit of %d", n, p.limits.Line)
}

var byteOrderMark = []byte("\xEF\xBB\xBF")

// line makes a document of one line, or says why it cannot.
func (p *JSONParser) line(b *Block, from int, line []byte, emit func(*document.Document) error, bad func(Bad) error) error {
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if len(line) > p.limits.Line {
		return bad(Bad{b.At + int64(from), 1, line[:min(len(line), RawLimit)], p.tooLong(int64(len(line)))})
	}
	record := bytes.Trim(bytes.TrimPrefix(line, byteOrderMark), " \t\r")
	if len(record) == 0 {
		return nil
	}
	if err := p.record(b, b.At+int64(from), record); err != nil {
		return bad(Bad{b.At + int64(from), 1, line[:min(len(line), RawLimit)], err.Error()})
	}
	return emit(&p.doc)
}

// record reads one record into the document.
func (p *JSONParser) record(b *Block, at int64, record []byte) error {
	if err := p.scan(record); err != nil {
		return err
	}
	if err := p.content(record); err != nil {
		return err
	}
	d := &p.doc
	d.Place = document.Place{File: uint32(b.File), Record: at}
	d.Form = 0
	d.URL = p.string(record, wantURL)
	if d.ID = p.id(record); d.ID == "" {
		p.texts[wantID] = PlaceID(p.texts[wantID][:0], b.Name, at)
		d.ID = view(p.texts[wantID])
	}
	return nil
}

// content reads the text, or the turns, and what is beside them.
func (p *JSONParser) content(record []byte) error {
	d := &p.doc
	if p.talk != nil {
		if err := p.talk.read(record); err != nil {
			return err
		}
		p.rest = p.talk.appendRest(p.rest[:0], record)
		d.Rest = p.rest
		d.SetTurns(view(p.talk.text), p.talk.turns)
		return nil
	}
	text := p.values[wantText]
	if err := p.checkText(record, text); err != nil {
		return err
	}
	d.SetText(p.string(record, wantText))
	p.rest = appendRest(p.rest[:0], record, text)
	d.Rest = p.rest
	return nil
}

// scan validates the record and finds its values.
func (p *JSONParser) scan(record []byte) error {
	if record[0] != '{' {
		return notObject(record)
	}
	p.values = [wanted]span{}
	end, err := p.object(record, 0, 0, p.paths)
	if err != nil {
		return err
	}
	if end < len(record) {
		return fault(record, end, "nothing more after the object")
	}
	return nil
}

// notObject says what a record is that is no object.
func notObject(record []byte) error {
	if record[0] == 0xFE || record[0] == 0xFF || record[0] == 0 || len(record) > 1 && record[1] == 0 {
		return errors.New("no UTF-8: this looks like UTF-16; convert the file")
	}
	if record[0] == '[' {
		return errors.New("no object but a list: JSONL has one object on each line")
	}
	if end, err := scanValue(record, 0, 0); err != nil || end < len(record) {
		return fault(record, 0, "an object")
	}
	return fmt.Errorf("no object but %s: JSONL has one object on each line", typeName(record))
}

// typeName names the type of a JSON value.
func typeName(b []byte) string {
	switch b[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

func (p *JSONParser) checkText(record []byte, at span) error {
	path := p.paths[wantText]
	switch {
	case at.start == 0:
		return fmt.Errorf("there is no %q, which the recipe names as the text; there is %s", path, memberNames(record))
	case record[at.start] != '"':
		return fmt.Errorf("%q is %s at byte %d, not a string", path, typeName(at.of(record)), at.start)
	}
	return nil
}

// memberNames lists the names of a record, the first eight of them.
func memberNames(record []byte) string {
	var list []string
	w := walkMembers(record, 0, -1)
	for {
		name, _, ok := w.next()
		if !ok {
			break
		}
		if len(list) == 8 {
			list = append(list, "…")
			break
		}
		list = append(list, string(record[name.start-1:name.end+1]))
	}
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

// object scans the object at i like scanObject, and notes where the wanted values are.
func (p *JSONParser) object(b []byte, i, depth int, paths [wanted]string) (int, error) {
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1, nil
	}
	for {
		end, value, escaped, err := scanName(b, i)
		if err != nil {
			return value, err
		}
		name := b[i+1 : end-1]
		if escaped {
			p.name = unquote(p.name[:0], name)
			name = p.name
		}
		if i, err = p.member(b, name, value, depth, paths); err != nil {
			return i, err
		}
		if i = skipSpace(b, i); i >= len(b) || b[i] != ',' {
			break
		}
		i = skipSpace(b, i+1)
	}
	if i >= len(b) || b[i] != '}' {
		return i, fault(b, i, `"," or "}"`)
	}
	return i + 1, nil
}

// member scans one value and notes it if its name is wanted.
func (p *JSONParser) member(b, name []byte, value, depth int, paths [wanted]string) (int, error) {
	var below [wanted]string
	var here [wanted]bool
	deeper := false
	for k, path := range paths {
		rest, match := step(name, path)
		if !match || path == "" {
			continue
		}
		p.values[k] = span{} // the last one counts, even if it has nothing below it
		here[k], below[k] = rest == "", rest
		deeper = deeper || rest != ""
	}
	var end int
	var err error
	if deeper && value < len(b) && b[value] == '{' && depth+1 < maxDepth {
		end, err = p.object(b, value, depth+1, below)
	} else {
		end, err = scanValue(b, value, depth+1)
	}
	for k := range here {
		if here[k] {
			p.values[k] = span{value, end}
		}
	}
	return end, err
}

// id returns the id, "" where there is none.
func (p *JSONParser) id(record []byte) string {
	at := p.values[wantID]
	if c := record[at.start]; c == '-' || c-'0' <= 9 {
		return view(at.of(record))
	}
	return p.string(record, wantID)
}

// string returns a value without its quotes and escapes, "" where it is no string.
func (p *JSONParser) string(record []byte, k int) string {
	at := p.values[k]
	if record[at.start] != '"' {
		return ""
	}
	raw := record[at.start+1 : at.end-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return view(raw)
	}
	p.texts[k] = unquote(slices.Grow(p.texts[k][:0], len(raw)), raw)
	return view(p.texts[k])
}
