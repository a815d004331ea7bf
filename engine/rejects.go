package engine

import (
	"encoding/json"
	"math"
	"strconv"

	"tamis/document"
	"tamis/plan"
	"tamis/shards"
	"tamis/step"
)

// A quarantined record is a line of quarantine/<source>.jsonl.
type quarantined struct {
	File    string `json:"file"`
	At      int64  `json:"at"`      // byte of the decompressed file, or row
	Records int64  `json:"records"` // that the line stands for
	Reason  string `json:"reason"`
	Raw     string `json:"raw,omitempty"`
}

// quarantine counts a record that cannot become a document, and sets it aside.
func (w *worker) quarantine(file int, b shards.Bad) error {
	f := &w.run.input.files[file]
	w.res.stats.Quarantined(f.source, document.Place{File: uint32(file), Record: b.At}, b.Lost, b.Reason)
	w.res.read += int(b.Lost)
	return w.set(f, b)
}

// fail sends a document to quarantine that a step cannot judge, as that step found it,
// and returns errFailed.
func (w *worker) fail(d *document.Document, j *judge, reason string) error {
	reason = "step " + j.Name + ": " + reason
	w.res.stats.Failed(d.Source, d.Place, reason)
	w.visit(d, domainRemoved, j.index)
	raw, err := w.run.input.forms.AppendJSON(nil, d)
	if err != nil {
		return err
	}
	raw = raw[:min(len(raw), shards.RawLimit)]
	if err := w.set(&w.run.input.files[d.Place.File], shards.Bad{At: d.Place.Record, Lost: 1, Raw: raw, Reason: reason}); err != nil {
		return err
	}
	return errFailed
}

// set writes a record to quarantine/<source>.jsonl, and notes the event.
func (w *worker) set(f *inputFile, b shards.Bad) error {
	w.res.bad = append(w.res.bad, bad{f.Path, b.At, b.Reason})
	line, err := json.Marshal(quarantined{f.Path, b.At, b.Lost, b.Reason, string(b.Raw)})
	if err != nil {
		return err
	}
	log := w.res.log(quarantineName(w.run.plan.Sources[f.source].Name))
	*log = append(append(*log, line...), '\n')
	return nil
}

// reject writes a removed document to rejects/<step>.jsonl, where the recipe asks
// for it, or to review/<step>.jsonl, where the step wants it looked at: the record
// with its text as the step found it, and under the output's object the rule that
// removed it, the value (null where JSON has no number for it), and the reason where the
// step gives one. Of a document that no output may show there is its id alone.
func (w *worker) reject(d *document.Document, j *judge, v step.Verdict) error {
	out, dir := &w.run.plan.Output, rejectsDir
	switch {
	case v.Review:
		dir = reviewDir
	case out.Rejects == plan.RejectAll:
	case out.Rejects == plan.RejectSample:
		if draw(w.run.plan.Seed, drawReject, d.Place) >= out.SampleRate {
			return nil
		}
	default:
		return nil
	}
	log := w.res.log(dir + "/" + j.Name + ".jsonl")
	w.scratch = append(w.scratch[:0], `{"removed_by":"`...)
	w.scratch = append(w.scratch, j.Name+"."+j.Rules[v.Rule].Name...)
	w.scratch = append(w.scratch, `","value":`...)
	if math.IsNaN(v.Value) || math.IsInf(v.Value, 0) {
		w.scratch = append(w.scratch, "null"...)
	} else {
		w.scratch = strconv.AppendFloat(w.scratch, v.Value, 'g', -1, 64)
	}
	if v.Reason != "" {
		w.scratch = shards.AppendQuote(append(w.scratch, `,"reason":`...), v.Reason)
	}
	w.scratch = append(w.scratch, '}')
	if step.Hides(j.Rules, d.Signals[j.Signals:][:len(j.Rules)]) {
		*log = shards.AppendQuote(append(*log, `{"id":`...), d.ID)
		*log = append(shards.AppendQuote(append(*log, ','), out.Under), ':')
		*log = append(append(*log, w.scratch...), "}\n"...)
		return nil
	}
	line, err := w.run.input.forms.AppendWith(*log, d, out.Under, w.scratch)
	if err != nil {
		return err
	}
	*log = append(line, '\n')
	return nil
}
