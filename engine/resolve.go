package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"tamis/document"
	"tamis/plan"
	"tamis/spool"
	"tamis/step"
)

// Names of the working files of a stage.
func spoolName(stage int) string            { return fmt.Sprintf("%d.spool", stage) }
func indexName(stage int) string            { return fmt.Sprintf("%d.index", stage) }
func sketchName(stage, global int) string   { return fmt.Sprintf("%d.%d.sketch", stage, global) }
func decisionName(stage, global int) string { return fmt.Sprintf("%d.%d.decision", stage, global) }

const resolveShare = plan.ResolveShare

// resolve lets the global steps of a stage decide, one after the other.
func (r *Run) resolve(ctx context.Context, stage int, ev Events) error {
	globals := r.stages[stage].Global
	if r.state.scan.Stage != stage || r.state.resolved == len(globals) {
		return nil
	}
	ev.phase("resolve", int64(1000*len(globals)))
	dead := newBitset(r.state.scan.Documents)
	for g, st := range globals {
		if g < r.state.resolved {
			if err := r.bury(stage, g, dead); err != nil {
				return err
			}
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.decide(ctx, stage, g, st, dead, ev); err != nil {
			return fmt.Errorf("resolve %s: %w", st.Name, err)
		}
	}
	return nil
}

// bury marks the documents that an already resolved global step has removed.
func (r *Run) bury(stage, g int, dead bitset) error {
	rd, err := spool.OpenReader(r.work, decisionName(stage, g), -1)
	if err != nil {
		return err
	}
	defer rd.Close()
	d := decisionReader{r: rd}
	return d.upTo(r.state.scan.Documents, func(c decision) {
		if c.removed {
			dead.set(c.ordinal)
		}
	})
}

// decide runs one global step and writes its decisions.
func (r *Run) decide(ctx context.Context, stage, g int, st *plan.Step, dead bitset, ev Events) error {
	began := time.Now()
	dir, err := r.work.Sub("resolve")
	if err != nil {
		return err
	}
	defer dir.RemoveAll()
	if err := dir.Clear(); err != nil {
		return err
	}
	w, err := spool.CreateWriter(r.work, decisionName(stage, g))
	if err != nil {
		return err
	}
	defer w.Close()
	// The step sees who was alive when it began; its own removals show only to the
	// steps behind it.
	out := &decisionWriter{w: w, dead: newBitset(r.state.scan.Documents)}
	var facts []Fact
	var probes []step.Recall
	res := &step.Resolution{
		Documents: r.state.scan.Documents,
		Memory:    int64(float64(r.plan.Memory) * resolveShare),
		Dir:       dir,
		Workers:   r.opts.Workers,
		Alive:     func(i uint64) bool { return !dead.has(i) },
		Sketches:  func(f func(uint64, []byte) error) error { return r.sketches(ctx, stage, g, f) },
		Read: func(want func(uint64) bool, f func(uint64, *document.Document) error) error {
			var parts document.Excerpts
			return r.readSpool(ctx, stage, want, func(ordinal uint64, d *document.Document) error {
				return f(ordinal, parts.Of(d, st.Of))
			})
		},
		Decide: out.decide,
		Save: func(write func(block func([]byte) error) error) error {
			saved, err := r.dir.Sub(savedName)
			if err != nil {
				return err
			}
			return saved.WriteBlocks(st.Name, write)
		},
		Note:   func(name string, value float64) { facts = append(facts, Fact{name, value}) },
		Probed: func(p []step.Recall) { probes = p },
		Progress: func(share float64) {
			ev.progress(Progress{Phase: "resolve", Done: int64(1000 * (float64(g) + share)), Total: int64(1000 * len(r.stages[stage].Global))})
		},
	}
	if err := st.Global.Resolve(ctx, res); err != nil {
		return err
	}
	if err := out.flush(); err != nil {
		return err
	}
	if err := w.Finish(); err != nil {
		return err
	}
	for i, bits := range out.dead {
		dead[i] |= bits
	}
	nanos := time.Since(began).Nanoseconds()
	r.timing.add(st.Name, nanos)
	res.Progress(1)
	return r.note(record{Resolved: &resolved{Stage: stage, Step: g, Removed: out.removed, Nanos: nanos, Name: st.Name, Facts: facts, Probes: probes}})
}

// sketches reads the sketches of one global step in order.
func (r *Run) sketches(ctx context.Context, stage, g int, f func(uint64, []byte) error) error {
	rd, err := spool.OpenReader(r.work, sketchName(stage, g), -1)
	if err != nil {
		return err
	}
	defer rd.Close()
	ordinal := uint64(0)
	return rd.Each(func(block []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return eachBytes(block, func(sketch []byte) error {
			ordinal++
			return f(ordinal-1, sketch)
		})
	})
}

// readSpool reads documents of a stage's spool again. Blocks without a wanted one
// are passed over.
func (r *Run) readSpool(ctx context.Context, stage int, want func(uint64) bool, f func(uint64, *document.Document) error) error {
	in, err := r.openDocuments(stage, 0)
	if err != nil {
		return err
	}
	defer in.close()
	return eachBlock(r.work, indexName(stage), func(info *blockInfo) error {
		if err := ctx.Err(); err != nil || !anyWanted(info, want) {
			return err
		}
		in.spool.SkipTo(info.At)
		if err := in.block(); err != nil {
			return err
		}
		for i := range info.Texts {
			d, err := in.next()
			if err != nil {
				return err
			}
			ordinal := info.First + uint64(i)
			if !want(ordinal) {
				continue
			}
			if err := f(ordinal, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func anyWanted(info *blockInfo, want func(uint64) bool) bool {
	for i := range info.Texts {
		if want(info.First + uint64(i)) {
			return true
		}
	}
	return false
}

// newDocument returns a document with the slots of the plan.
func (r *Run) newDocument() *document.Document {
	return &document.Document{Signals: make([]float64, len(r.plan.Signals)), Labels: make([]string, len(r.plan.Labels))}
}

var errSketch = errors.New("a sketch is damaged: run with --restart")

// eachBytes calls f for all that stands in a block behind lengths.
func eachBytes(block []byte, f func([]byte) error) error {
	for len(block) > 0 {
		b, rest, err := cutBytes(block)
		if err != nil {
			return err
		}
		if err := f(b); err != nil {
			return err
		}
		block = rest
	}
	return nil
}

// cutBytes reads a length and that many bytes.
func cutBytes(src []byte) (b, rest []byte, err error) {
	n, k := binary.Uvarint(src)
	if k <= 0 || n > uint64(len(src)-k) {
		return nil, nil, errSketch
	}
	return src[k : k+int(n)], src[k+int(n):], nil
}
