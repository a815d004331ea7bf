package engine

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tamis/document"
	"tamis/plan"
	"tamis/step"
	"tamis/text"
)

// doubtful has a rule that nothing keeps before one that always has a value, and a rule
// that counts what must not be shown.
var doubtful = step.Spec{Name: "doubtful", Rules: []step.Rule{
	{Name: "none", Min: 1, Max: step.NoMax, Scale: step.Log, Measure: func(*text.View) float64 { return 0 }},
	{Name: "some", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Measure: func(*text.View) float64 { return 5 }},
	{Name: "stars", Edit: true, Secret: true, Min: step.NoMin, Max: step.NoMax, Scale: step.Log}}}

type doubtfulStep struct{ err error }

func (s doubtfulStep) Judge(d *document.Document, m *step.Meter) step.Verdict {
	if s.err != nil {
		return step.Verdict{Err: s.err}
	}
	for i, c := range []byte(d.Text()) {
		if c == '*' {
			m.Edit(2, i, i+1, "[star]")
		}
	}
	if m.Hold(0, 0) {
		m.Hold(1, 5)
	}
	return m.Verdict()
}

// watcher is a global step that notes what it sees of each document.
type watcher struct {
	slot int
	mu   sync.Mutex
	seen map[string]int
}

func (w *watcher) Sketcher() step.Sketcher                                  { return w }
func (*watcher) Edits() bool                                                { return false }
func (*watcher) Resolve(context.Context, *step.Resolution) error            { return nil }
func (*watcher) Apply(*document.Document, []byte, *step.Meter) step.Verdict { return step.Verdict{} }
func (w *watcher) Sketch(dst []byte, d *document.Document) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !math.IsNaN(d.Signals[w.slot]):
		w.seen["measured"]++
	case strings.Contains(d.Text(), "[star]"):
		w.seen["edited"]++
	}
	w.seen["documents"]++
	return dst
}

// earlyPlan measures the last step in the first stage, too, for the global step there.
func earlyPlan(t *testing.T, local step.Local) (*plan.Plan, *watcher) {
	p := testPlan(t, corpus(t), filepath.Join(t.TempDir(), "out"))
	w := &watcher{slot: len(p.Signals) + 1, seen: map[string]int{}}
	s := addStep(p, doubtful.Name, &doubtful, local, nil)
	p.Stages[0].Global[0].Global = w
	p.Stages[0].Early = []*plan.Step{s}
	p.Stages[1].Local = append(p.Stages[1].Local, s)
	return p, w
}

// What a global step sees of a document does not depend on whether the report shows it.
func TestEarlyValuesOfSampledDocuments(t *testing.T) {
	for _, rate := range []float64{0, 1} {
		p, w := earlyPlan(t, doubtfulStep{})
		p.Audit.SampleRate = rate
		if err := curate(p, Options{Workers: 2}, context.Background()); err != nil {
			t.Fatal(err)
		}
		if w.seen["measured"]+w.seen["edited"] > 0 || w.seen["documents"] < 500 {
			t.Errorf("with a sample of %v: %v", rate, w.seen)
		}
	}
}

// A step that cannot judge any more ends the run also where it is measured early.
func TestEarlyStepFails(t *testing.T) {
	broken := errors.New("the program is gone")
	p, w := earlyPlan(t, doubtfulStep{broken})
	if err := curate(p, Options{Workers: 2}, context.Background()); !errors.Is(err, broken) || w.seen["documents"] > 0 {
		t.Errorf("%v after %d documents", err, w.seen["documents"])
	}
}
