package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"tamis/stats"
)

// PrintFunnel writes what became of the documents, step by step and source by source,
// as a text table. timing holds nanoseconds of work by step; it may be nil.
func PrintFunnel(w io.Writer, s *stats.Stats, timing map[string]int64) error {
	r := Build(&Run{Stats: s, Timing: timing})
	t := &table{}
	t.row("step", "in", "removed", "kept", "time", "  most for")
	for i := range r.Steps {
		st := &r.Steps[i]
		t.row(st.Name, whole(st.In), whole(st.Removed), percent(st.In-st.Removed, st.In),
			seconds(r.Timing.Seconds[st.Name]), "  "+most(st))
	}
	t.gap()
	t.row("source", "read", "removed", "kept", "quarantined", "  text")
	list := r.Sources
	if len(list) > 1 {
		list = append(list[:len(list):len(list)], r.Total())
	}
	for i := range list {
		src := &list[i]
		t.row(src.Name, whole(src.Read), whole(src.Removed), percent(src.Kept, src.Read), whole(src.Quarantined),
			fmt.Sprintf("  %s of %s", size(src.BytesKept), size(src.BytesRead)))
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// most names the rule that removed most, or says what was edited.
func most(s *Step) string {
	best := -1
	for i := range s.Rules {
		if s.Rules[i].Removed > 0 && (best < 0 || s.Rules[i].Removed > s.Rules[best].Removed) {
			best = i
		}
	}
	switch {
	case best >= 0:
		return fmt.Sprintf("%s (%s)", s.Rules[best].Name, whole(s.Rules[best].Removed))
	case s.Edited > 0:
		return fmt.Sprintf("%s edited", whole(s.Edited))
	}
	return ""
}

// A table aligns cells: the first and the last column to the left, the others to the
// right.
type table struct{ rows [][]string }

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }
func (t *table) gap()                { t.rows = append(t.rows, nil) }

func (t *table) String() string {
	widths := []int{}
	for _, row := range t.rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(printable(c)))
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		line := ""
		for i, c := range row {
			c = printable(c)
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			switch {
			case i == 0:
				line += c + pad
			case i == len(row)-1:
				line += c
			default:
				line += "  " + pad + c
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// printable takes control characters out of a name, which could move the cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 32 || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
}
