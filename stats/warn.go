package stats

import (
	"fmt"

	"tamis/step"
)

// A step that sees fewer documents than fewSeen can well remove none of them, or all.
const fewSeen = 100

// Warnings says, in a sentence each, which sources were empty or cut short, and which steps
// removed nothing at all or nearly all that they saw: bounds, lists or fields of such a
// step are often not what was meant.
func (s *Stats) Warnings() []string {
	var out []string
	for i, name := range s.shape.Sources {
		if s.Funnel(i).Read.Documents == 0 {
			out = append(out, fmt.Sprintf("source %s has no records", name))
		}
		if n := s.source(i).counts[atCutShort]; n > 0 {
			out = append(out, fmt.Sprintf("of source %s, files that could not be read to their end: %d; what is behind the damage is missing, see quarantine/%s.jsonl", name, n, name))
		}
	}
	for i := range s.shape.Steps {
		st := &s.shape.Steps[i]
		var seen, removed, edited int64
		for src := range s.shape.Sources {
			c := s.Step(src, i)
			seen, removed, edited = seen+c.Seen.Documents, removed+c.Removed.Documents, edited+c.Edited
		}
		switch {
		case seen < fewSeen:
		case removed == 0 && edited == 0 && removes(st):
			out = append(out, fmt.Sprintf("%s %s none of the %d documents that it saw", st.Name, does(st), seen))
		case removed > seen-seen/fewSeen:
			out = append(out, fmt.Sprintf("%s removed %d of the %d documents that it saw", st.Name, removed, seen))
		}
	}
	return out
}

// does says what a step is there for: one whose rules all count edits removes nothing.
func does(s *Step) string {
	for i := range s.Rules {
		if !s.Rules[i].Edit {
			return "removed"
		}
	}
	return "changed"
}

// removes reports whether a step can remove or change something: a bound is set, or it
// compares documents with each other.
func removes(s *Step) bool {
	if s.Global {
		return true
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		if !r.Off && (r.Edit || r.Min != step.NoMin || r.Max != step.NoMax) {
			return true
		}
	}
	return false
}
