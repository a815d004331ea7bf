package dedup

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
)

// A topPassage is where the first copy of a passage stands, and how many there are.
type topPassage struct {
	ordinal            uint64
	start, end, copies int
}

// topPassages are those of which most copies were seen. Passages that overlap and have as
// many copies are one; what comes must come in the same order in every run.
type topPassages struct {
	list  []topPassage
	least int // copies that another one has to have, once the list is full
}

const (
	heldPassages  = 64
	shownPassages = 10
	shownText     = 160 // bytes
)

func (t *topPassages) add(p topPassage) {
	if p.copies <= t.least {
		return
	}
	for i := range t.list {
		if q := &t.list[i]; q.touches(p) {
			q.start, q.end = min(q.start, p.start), max(q.end, p.end)
			return
		}
	}
	if t.list = append(t.list, p); len(t.list) >= 2*heldPassages {
		t.settle()
	}
}

func (q *topPassage) touches(p topPassage) bool {
	return q.ordinal == p.ordinal && q.copies == p.copies && p.start <= q.end && q.start <= p.end
}

// settle joins what has come to overlap, and forgets all but the most frequent.
func (t *topPassages) settle() {
	slices.SortFunc(t.list, func(a, b topPassage) int {
		return cmp.Or(b.copies-a.copies, cmp.Compare(a.ordinal, b.ordinal), a.start-b.start)
	})
	out := t.list[:0]
	for _, p := range t.list {
		if n := len(out); n > 0 && out[n-1].touches(p) {
			out[n-1].end = max(out[n-1].end, p.end)
		} else {
			out = append(out, p)
		}
	}
	t.list = out
	if len(t.list) >= heldPassages {
		t.list = t.list[:heldPassages]
		t.least = t.list[heldPassages-1].copies
	}
}

// shown are the most frequent passages of which none overlaps another one.
func (t *topPassages) shown() []topPassage {
	var out []topPassage
	for _, p := range t.list {
		overlaps := slices.ContainsFunc(out, func(q topPassage) bool {
			return q.ordinal == p.ordinal && p.start < q.end && q.start < p.end
		})
		if !overlaps && len(out) < shownPassages {
			out = append(out, p)
		}
	}
	return out
}

// note reads the first copies again and adds how often they stand there to the stats.
func (t *topPassages) note(r *step.Resolution) error {
	t.settle()
	list := t.shown()
	texts := make([]string, len(list))
	in := func(ordinal uint64) bool {
		return slices.ContainsFunc(list, func(p topPassage) bool { return p.ordinal == ordinal })
	}
	if len(list) == 0 {
		return nil
	}
	err := r.Read(in, func(ordinal uint64, d *document.Document) error {
		for i, p := range list {
			if p.ordinal == ordinal {
				texts[i] = excerpt(d.Text()[p.start:p.end])
			}
		}
		return nil
	})
	for i, p := range list {
		r.Note(fmt.Sprintf("copies of: %s", texts[i]), float64(p.copies))
	}
	return err
}

// excerpt is the beginning of a passage on one line, a copy.
func excerpt(s string) string {
	cut := len(s) > shownText
	if cut {
		s = s[:shownText]
		for !utf8.ValidString(s) && len(s) > shownText-utf8.UTFMax {
			s = s[:len(s)-1]
		}
	}
	s = strings.Clone(strings.Join(strings.Fields(s), " ")) // Join returns a single word as it is
	if cut {
		s += " […]"
	}
	return s
}
