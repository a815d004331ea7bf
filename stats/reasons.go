package stats

import (
	"cmp"
	"slices"
	"strings"

	"tamis/document"
)

const (
	maxReasons = 100 // kinds of reasons that are told apart
	maxPlaces  = 5   // places that are kept for each of them
)

// A Reason is why records could not be read, with numbers and quotations taken out, so
// that what is alike counts as one.
type Reason struct {
	Text    string
	Records int64
	Places  []document.Place // the first of them
}

// reasons keeps the maxReasons that come first in the alphabet and puts the others
// together: what comes first of all is never pushed out on the way, so the result does
// not depend on the order.
type reasons struct {
	list  []Reason // by Text
	other int64    // records for reasons that are not in the list
}

func (r *reasons) add(place document.Place, lost int64, text string) {
	r.put(Reason{Text: alike(text), Records: lost, Places: []document.Place{place}})
}

func (r *reasons) merge(o *reasons) {
	for _, x := range o.list {
		r.put(x)
	}
	r.other += o.other
}

func (r *reasons) put(x Reason) {
	i, found := slices.BinarySearchFunc(r.list, x.Text, func(y Reason, text string) int { return cmp.Compare(y.Text, text) })
	if found {
		r.list[i].Records += x.Records
		r.list[i].Places = firstPlaces(r.list[i].Places, x.Places)
		return
	}
	x.Places = firstPlaces(nil, x.Places)
	r.list = slices.Insert(r.list, i, x)
	if len(r.list) > maxReasons {
		r.other += r.list[maxReasons].Records
		r.list = r.list[:maxReasons]
	}
}

// firstPlaces returns the first of both, in a new slice.
func firstPlaces(a, b []document.Place) []document.Place {
	out := append(slices.Clone(a), b...)
	slices.SortFunc(out, comparePlaces)
	return out[:min(len(out), maxPlaces)]
}

func comparePlaces(a, b document.Place) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Record, b.Record))
}

// alike takes out of a reason what differs from record to record.
func alike(reason string) string {
	var b strings.Builder
	quoted, digits := rune(0), false
	for _, r := range reason {
		switch {
		case quoted != 0:
			if r == quoted {
				quoted = 0
				b.WriteString("…" + string(r))
			}
			continue
		case r == '"':
			quoted = r
		case r >= '0' && r <= '9':
			if !digits {
				b.WriteByte('#')
			}
			digits = true
			continue
		}
		digits = false
		b.WriteRune(r)
		if b.Len() > 200 {
			break
		}
	}
	return b.String()
}
