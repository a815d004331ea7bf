package filters

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"tamis/document"
	"tamis/step"
)

// votesOfAll is the step where the agreement of the whole corpus is wanted. Judging is
// left to Apply; beside it, resolving adds up Krippendorff's alpha for labels:
//
//	alpha = 1 - (n-1) · Σ_d (m_d² - Σ_l n_dl²)/(m_d-1) / (n² - Σ_l n_l²)
//
// over documents d with m_d votes, two or more, n of them in all, of which n_dl and
// n_l are for the label l. The sum is taken in the order of the documents.
type votesOfAll struct {
	votes *votes
	free  sync.Pool // of *votes
}

// mostLabels is how many labels there may be: more are no labels but a scale.
const mostLabels = 100_000

// Sketcher implements step.Global.
func (v *votesOfAll) Sketcher() step.Sketcher { return v.votes.Fork().(*votes) }

// Edits implements step.Global.
func (v *votesOfAll) Edits() bool { return false }

// Sketch implements step.Sketcher: the votes, sorted, each behind its length.
func (v *votes) Sketch(dst []byte, d *document.Document) []byte {
	v.read(d)
	for i := range v.cast {
		dst = binary.AppendUvarint(dst, uint64(len(v.cast[i].label)))
		dst = append(dst, v.cast[i].label...)
	}
	return dst
}

// Apply implements step.Global.
func (v *votesOfAll) Apply(d *document.Document, _ []byte, m *step.Meter) step.Verdict {
	one, _ := v.free.Get().(*votes)
	if one == nil {
		one = v.votes.Fork().(*votes)
	}
	defer v.free.Put(one)
	return one.Judge(d, m)
}

// Resolve implements step.Global.
func (v *votesOfAll) Resolve(_ context.Context, r *step.Resolution) error {
	var a alpha
	a.labels = map[string]int64{}
	if err := r.Sketches(func(ordinal uint64, sketch []byte) error {
		if !r.Alive(ordinal) {
			return nil
		}
		return a.add(sketch)
	}); err != nil {
		return err
	}
	r.Note("documents with two votes or more", float64(a.documents))
	if value, ok := a.value(); ok {
		r.Note("alpha", value)
	}
	return nil
}

// alpha adds up what Krippendorff's alpha needs.
type alpha struct {
	labels    map[string]int64
	documents int64
	votes     int64
	observed  float64
}

// add adds the votes on one document.
func (a *alpha) add(sketch []byte) error {
	var m, squares, run int64
	var last []byte
	whole := sketch
	for len(sketch) > 0 {
		n, k := binary.Uvarint(sketch)
		if k <= 0 || n > uint64(len(sketch)-k) {
			return errors.New("a sketch of votes is damaged: run with --restart")
		}
		label := sketch[k : k+int(n)]
		sketch = sketch[k+int(n):]
		if m > 0 && string(label) == string(last) {
			run++
		} else {
			squares += run * run
			run, last = 1, label
		}
		m++
	}
	if squares += run * run; m < 2 {
		return nil
	}
	a.documents++
	a.votes += m
	a.observed += float64(m*m-squares) / float64(m-1)
	for len(whole) > 0 {
		n, k := binary.Uvarint(whole)
		a.labels[string(whole[k:k+int(n)])]++
		whole = whole[k+int(n):]
	}
	if len(a.labels) > mostLabels {
		return fmt.Errorf("votes have more than %d different labels, which is a scale: switch alpha off", mostLabels)
	}
	return nil
}

// value returns alpha; there is none where all votes are the same, or there are none.
func (a *alpha) value() (float64, bool) {
	expected := float64(a.votes) * float64(a.votes)
	for _, label := range slices.Sorted(maps.Keys(a.labels)) {
		n := float64(a.labels[label])
		expected -= float64(n * n)
	}
	if expected == 0 {
		return 0, false
	}
	return 1 - float64(float64(a.votes-1)*a.observed)/expected, true
}
