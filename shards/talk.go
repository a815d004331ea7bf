package shards

import (
	"fmt"
	"strings"

	"tamis/document"
)

// A conversation is a record of turns instead of one text. The whole record travels in
// the document's Rest as it was read, and its turns once more in the text, contents
// with a blank line between them. When the record is written, the contents of turns
// that a step has edited take the place of those that were read; all else is copied.

// Conversation reports whether records hold turns rather than one text.
func (m Mapping) Conversation() bool { return m.Messages != "" || m.Prompt != "" }

// A talkField is a field of its own for what somebody says.
type talkField struct {
	role     document.Role
	path     string
	what     string // the recipe's key
	optional bool   // where it is missing, null or empty there is no such turn
}

// fields lists the fields of an instruction and its response, in the order of the turns.
func (m Mapping) fields() []talkField {
	var out []talkField
	for _, c := range []talkField{
		{document.System, m.System, "system", true},
		{document.User, m.Prompt, "prompt", false},
		{document.Input, m.Input, "input", true},
		{document.Assistant, m.Response, "response", false},
	} {
		if c.path != "" {
			out = append(out, c)
		}
	}
	return out
}

// A talk collects the turns of one record. It is owned by a parser.
type talk struct {
	turns []document.Turn
	text  []byte
}

func (t *talk) reset() { t.turns, t.text = t.turns[:0], t.text[:0] }

// begin begins a turn, whose content is then appended to the text.
func (t *talk) begin(r document.Role) {
	if len(t.turns) > 0 {
		t.text = append(t.text, document.Gap...)
	}
	t.turns = append(t.turns, document.Turn{Role: r, Start: len(t.text)})
}

func (t *talk) end() { t.turns[len(t.turns)-1].End = len(t.text) }

// roleOf reads a role.
func roleOf(name []byte) (document.Role, error) {
	r, ok := document.ParseRole(string(name))
	if !ok {
		return 0, fmt.Errorf("has the unknown role %.40q: it is none of %s", name, strings.Join(document.Roles(), ", "))
	}
	return r, nil
}
