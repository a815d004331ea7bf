package engine

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"

	"tamis/document"
	"tamis/step"
)

// runStep keeps all, as a program would, and counts batches and documents.
type runStep struct{ begun, judged *atomic.Int64 }

func (r runStep) Fork() step.Local { return r }
func (runStep) Command() []string  { return nil }
func (runStep) Allow()             {}
func (runStep) Kill()              {}
func (r runStep) Begin()           { r.begun.Add(1) }
func (r runStep) Judge(_ *document.Document, m *step.Meter) step.Verdict {
	r.judged.Add(1)
	m.Hold(0, 20)
	return m.Verdict()
}

// A step that runs a program is told of each batch: documents of 85 bytes in batches of
// about 2 KiB.
func TestRunnersAreToldOfBatches(t *testing.T) {
	p := testPlan(t, corpus(t), filepath.Join(t.TempDir(), "out"))
	r := runStep{new(atomic.Int64), new(atomic.Int64)}
	p.Stages[0].Local[0].Local = r
	if err := curate(p, Options{Workers: 2}, context.Background()); err != nil {
		t.Fatal(err)
	}
	if each := r.judged.Load() / max(1, r.begun.Load()); each < 10 || each > 50 {
		t.Errorf("%d batches of %d documents, %d in each", r.begun.Load(), r.judged.Load(), each)
	}
}
