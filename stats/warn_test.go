package stats

import (
	"slices"
	"testing"

	"tamis/document"
	"tamis/step"
)

// What a step removed of 1,000 documents, and whether that is worth a warning.
func TestWarnings(t *testing.T) {
	bounded := []step.Rule{{Name: "words", Min: 5, Max: step.NoMax}}
	edits := []step.Rule{{Name: "lines", Edit: true}}
	open := []step.Rule{{Name: "words", Min: step.NoMin, Max: step.NoMax}}
	for _, c := range []struct {
		what    string
		rules   []step.Rule
		global  bool
		seen    int
		removed int
		want    []string
	}{
		{"nothing", bounded, false, 1000, 0, []string{"s removed none of the 1000 documents that it saw"}},
		{"nothing, of a step that edits", edits, false, 1000, 0, []string{"s changed none of the 1000 documents that it saw"}},
		{"one", bounded, false, 1000, 1, nil},
		{"99 %", bounded, false, 1000, 990, nil},
		{"more than 99 %", bounded, false, 1000, 991, []string{"s removed 991 of the 1000 documents that it saw"}},
		{"nothing, without a bound", open, false, 1000, 0, nil},
		{"nothing, over all documents", open, true, 1000, 0, []string{"s removed none of the 1000 documents that it saw"}},
		{"few", bounded, false, 99, 99, nil},
	} {
		s := New(Shape{Sources: []string{"a"}, Steps: []Step{{Name: "s", Global: c.global, Rules: c.rules}}})
		for i := range c.seen {
			d := &document.Document{}
			d.SetText("some words")
			s.Read(0, d.Text())
			s.Judged(0, 0, d.Text(), []float64{2})
			if i < c.removed {
				s.Removed(0, 0, 0, d.Text())
			} else {
				s.Kept(0, d.Text())
			}
		}
		if got := s.Warnings(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// A source without a record is named: its paths are seldom what was meant.
func TestWarnsOfEmptySources(t *testing.T) {
	s := New(Shape{Sources: []string{"a", "b", "c"}})
	s.Read(0, "text")
	s.Quarantined(2, document.Place{}, 1, "no JSON")
	if got, want := s.Warnings(), []string{"source b has no records"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A source whose files were cut short is named, however few of its records are missing.
func TestWarnsOfCutFiles(t *testing.T) {
	s := New(Shape{Sources: []string{"a", "b"}})
	s.CutShort(1)
	s.CutShort(1)
	s.Read(0, "text")
	s.Read(1, "text")
	want := []string{"of source b, files that could not be read to their end: 2; what is behind the damage is missing, see quarantine/b.jsonl"}
	if got := s.Warnings(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
