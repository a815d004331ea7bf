package external

import (
	"fmt"
	"strings"

	"tamis/document"
	"tamis/step"
)

// replace asks for what makes of a document's text the program's. Of a conversation it is
// made turn by turn, and the fault says where the turns of the new text cannot be told.
func replace(d *document.Document, to string, m *step.Meter) (fault string) {
	if len(d.Turns) < 2 {
		replacePart(m, d.Text(), 0, to)
		return ""
	}
	contents, ok := turnsOf(d, to)
	if !ok {
		return fmt.Sprintf("its text has %d blank lines, that of the conversation %d, so that the turns cannot be told",
			strings.Count(to, document.Gap), strings.Count(d.Text(), document.Gap))
	}
	for i, t := range d.Turns {
		replacePart(m, d.Content(i), t.Start, contents[i])
	}
	return ""
}

// replacePart asks for what makes another text of the one that begins at byte at.
func replacePart(m *step.Meter, from string, at int, to string) {
	if from != to {
		start, end, with := change(from, to)
		m.Edit(ruleReplaced, at+start, at+end, with)
	}
}

// turnsOf parts a new text of a conversation into its turns, each of which has as many
// blank lines as before.
func turnsOf(d *document.Document, s string) (contents []string, ok bool) {
	for i := range d.Turns[1:] {
		old := d.Content(i)
		end := 0
		for range strings.Count(old, document.Gap) + 1 {
			n := strings.Index(s[end:], document.Gap)
			if n < 0 {
				return nil, false
			}
			end += n + len(document.Gap)
		}
		// A line feed at the end of the turn stands before the gap, not behind it.
		if feeds := len(old) - len(strings.TrimRight(old, "\n")); feeds%2 == 1 && strings.HasPrefix(s[end:], "\n") {
			end++
		}
		contents = append(contents, s[:end-len(document.Gap)])
		s = s[end:]
	}
	last := d.Content(len(d.Turns) - 1)
	return append(contents, s), strings.Count(s, document.Gap) == strings.Count(last, document.Gap)
}
