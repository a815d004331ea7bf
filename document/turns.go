package document

import "fmt"

// A Role says who speaks in a turn of a conversation.
type Role uint8

// The roles.
const (
	System    Role = iota // what the model is told before anybody asks
	User                  // who asks
	Input                 // what an instruction is about: the user's, in a field of its own
	Assistant             // the model
	Call                  // the model asks for a tool, and says nothing
	Tool                  // what a tool answers
)

// String returns the role's name, as OpenAI has it where it has one.
func (r Role) String() string {
	return [...]string{"system", "user", "input", "assistant", "call", "tool"}[r]
}

// Gap lies between the turns in the text of a conversation: a blank line.
const Gap = "\n\n"

// A Turn is what one speaker says at a time: bytes [Start, End) of the text.
type Turn struct {
	Role       Role
	Edited     bool // a step has changed it since it was read
	Start, End int
}

// A Part names the turns of a conversation that a step looks at.
type Part uint8

// The parts.
const (
	All      Part = iota
	Prompt        // all that is not the model's
	Response      // what the model says
)

// String returns the word of a recipe.
func (p Part) String() string { return [...]string{"all", "prompt", "response"}[p] }

// has reports whether turns of a role belong to the part.
func (p Part) has(r Role) bool {
	return p == All || (r == Assistant || r == Call) == (p == Response)
}

// SetTurns makes the document a conversation whose turns, with a Gap between them, are
// the text. The document keeps the slice, not a copy.
func (d *Document) SetTurns(text string, turns []Turn) {
	d.SetText(text)
	d.Turns = turns
}

// Say adds a turn to a conversation.
func (d *Document) Say(r Role, content string) {
	text := d.text
	if len(d.Turns) > 0 {
		text += Gap
	}
	d.SetTurns(text+content, append(d.Turns, Turn{Role: r, Start: len(text), End: len(text) + len(content)}))
}

// Content returns what is said in a turn.
func (d *Document) Content(turn int) string { return d.text[d.Turns[turn].Start:d.Turns[turn].End] }

// Whole returns the document of which this one is an excerpt, or the document itself.
func (d *Document) Whole() *Document {
	if d.whole != nil {
		return d.whole
	}
	return d
}

// move puts the turns where they are after edits, each of which lies within one turn.
func (d *Document) move(edits []Edit) {
	shift := 0
	for i := range d.Turns {
		t := &d.Turns[i]
		start := t.Start + shift
		for len(edits) > 0 && edits[0].End <= t.End {
			if edits[0].Start < t.Start {
				break
			}
			shift += len(edits[0].With) - (edits[0].End - edits[0].Start)
			t.Edited, edits = true, edits[1:]
		}
		t.Start, t.End = start, t.End+shift
	}
	if len(edits) > 0 {
		panic(fmt.Sprintf("edit [%d, %d) lies in no turn", edits[0].Start, edits[0].End))
	}
}
