package shards

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"tamis/document"
)

// The Rest of a conversation in JSON is the whole record behind the places of the
// contents, one for each turn: where it begins in the record and how long it is, both
// uvarints, quotes included. A turn without a content has a place of no bytes.

// A jsonTalk reads conversations out of records.
type jsonTalk struct {
	talk
	messages string // the path of the list; "" for fields of their own
	fields   []talkField
	places   []span
}

func newJSONTalk(m Mapping) *jsonTalk { return &jsonTalk{messages: m.Messages, fields: m.fields()} }

// read finds the turns of a record, which is valid JSON.
func (j *jsonTalk) read(record []byte) error {
	j.reset()
	j.places = j.places[:0]
	if j.messages == "" {
		return j.separate(record)
	}
	path := j.messages
	at, ok := find(record, 0, -1, path)
	switch {
	case !ok:
		return fmt.Errorf("there is no %q, which the recipe names as the messages; there is %s", path, memberNames(record))
	case record[at.start] != '[':
		return fmt.Errorf("%q is %s at byte %d, not a list of messages", path, typeName(at.of(record)), at.start)
	}
	w := walkElements(record, at.start, -1)
	for {
		value, ok := w.next()
		if !ok {
			break
		}
		if err := j.message(record, value); err != nil {
			return fmt.Errorf("message %d of %q %w", len(j.turns)+1, path, err)
		}
	}
	if len(j.turns) == 0 {
		return fmt.Errorf("%q is an empty list: nobody says anything", path)
	}
	return nil
}

// Members of a message.
var messageMembers = [...]string{"role", "content", "from", "value", "tool_calls", "function_call"}

// message reads one turn: {role, content}, or {from, value}.
func (j *jsonTalk) message(record []byte, at span) error {
	if record[at.start] != '{' {
		return fmt.Errorf("is %s, not an object", typeName(at.of(record)))
	}
	var found [len(messageMembers)]span
	for w := walkMembers(record, at.start, -1); ; {
		name, value, ok := w.next()
		if !ok {
			break
		}
		if i := slices.Index(messageMembers[:], view(plainName(name.of(record)))); i >= 0 {
			found[i] = value
		}
	}
	who, what, names := found[0], found[1], messageMembers[:2]
	if who.start == 0 {
		who, what, names = found[2], found[3], messageMembers[2:4]
	}
	switch {
	case who.start == 0:
		return errors.New(`has neither "role" nor "from"`)
	case record[who.start] != '"':
		return fmt.Errorf("has a %q that is %s, not a string", names[0], typeName(who.of(record)))
	}
	role, err := roleOf(plainName(record[who.start+1 : who.end-1]))
	if err != nil {
		return err
	}
	absent := what.start == 0 || record[what.start] == 'n'
	if absent && role == document.Assistant && (calls(found[4].of(record)) || calls(found[5].of(record))) {
		role = document.Call
	}
	switch {
	case absent && role != document.Call:
		return fmt.Errorf("has no %q", names[1])
	case absent:
		what = span{}
	case record[what.start] != '"':
		return fmt.Errorf("has a %q that is %s, not a string", names[1], typeName(what.of(record)))
	}
	j.add(role, record, what)
	return nil
}

// calls reports whether a value asks for tools.
func calls(b []byte) bool {
	return len(b) > 0 && (b[0] == '{' || b[0] == '[' && len(bytes.TrimSpace(b[1:len(b)-1])) > 0)
}

// add adds a turn whose content is a string at a place of the record, or nothing.
func (j *jsonTalk) add(role document.Role, record []byte, at span) {
	j.begin(role)
	if at.start < at.end {
		j.text = unquote(j.text, record[at.start+1:at.end-1])
	}
	j.end()
	j.places = append(j.places, at)
}

// separate reads an instruction and its response.
func (j *jsonTalk) separate(record []byte) error {
	for _, f := range j.fields {
		at, ok := find(record, 0, -1, f.path)
		absent := !ok || record[at.start] == 'n'
		switch {
		case f.optional && (absent || at.end-at.start == len(`""`)):
			continue
		case ok && absent:
			return fmt.Errorf("%q, which the recipe names as the %s, is null", f.path, f.what)
		case absent:
			return fmt.Errorf("there is no %q, which the recipe names as the %s; there is %s", f.path, f.what, memberNames(record))
		case record[at.start] != '"':
			return fmt.Errorf("%q, which the recipe names as the %s, is %s at byte %d, not a string", f.path, f.what, typeName(at.of(record)), at.start)
		}
		j.add(f.role, record, at)
	}
	return nil
}

// appendRest appends the Rest of the conversation that was read.
func (j *jsonTalk) appendRest(dst, record []byte) []byte {
	for _, p := range j.places {
		dst = binary.AppendUvarint(dst, uint64(p.start))
		dst = binary.AppendUvarint(dst, uint64(p.end-p.start))
	}
	return append(dst, record...)
}

// A said is the place of a turn's content in a record.
type said struct {
	span
	turn int
}

// splitTalk returns the record of a conversation as it was read, and the contents that
// have been edited since, in the order of the record. It appends them to buf.
func splitTalk(d *document.Document, buf []said) (record []byte, changed []said) {
	rest := d.Rest
	for i := range d.Turns {
		start, n := binary.Uvarint(rest)
		size, m := binary.Uvarint(rest[max(n, 0):])
		if n <= 0 || m <= 0 {
			return nil, nil
		}
		rest = rest[n+m:]
		if d.Turns[i].Edited && size > 0 {
			buf = append(buf, said{span{int(start), int(start + size)}, i})
		}
	}
	slices.SortFunc(buf, func(a, b said) int { return a.start - b.start })
	if len(buf) > 0 && buf[len(buf)-1].end > len(rest) {
		return nil, nil
	}
	return rest, buf
}

// recordOf returns the record of a conversation as it was read.
func recordOf(d *document.Document) []byte {
	var buf [16]said
	record, _ := splitTalk(d, buf[:0])
	return record
}

// appendTalk appends the record of a conversation as it is now.
func appendTalk(dst []byte, d *document.Document) []byte {
	var buf [16]said
	record, changed := splitTalk(d, buf[:0])
	last := 0
	for _, c := range changed {
		dst = append(dst, record[last:c.start]...)
		dst = AppendQuote(dst, d.Content(c.turn))
		last = c.end
	}
	return append(dst, record[last:]...)
}

// lookupTalk finds a value in a conversation as it is now.
func lookupTalk(d *document.Document, path string) (document.Value, bool) {
	var buf [16]said
	record, changed := splitTalk(d, buf[:0])
	at, ok := find(record, 0, -1, path)
	if !ok {
		return document.Value{}, false
	}
	for _, c := range changed {
		if at.start <= c.start && c.end <= at.end {
			record = appendTalk(nil, d)
			at, _ = find(record, 0, -1, path)
			break
		}
	}
	return valueOf(at.of(record)), true
}
