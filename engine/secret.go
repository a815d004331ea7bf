package engine

import (
	"tamis/document"
	"tamis/step"
)

// Samples show documents as they are when they leave a stage, which may be before a
// step like pii could mask what is secret in them. A removed document is led past the
// masking steps of its stage, and every one past those of later stages.

// secrets returns the judges that mask: of local steps behind the worker's stage.
func (w *worker) secrets() []*judge {
	var out []*judge
	for _, stage := range w.run.stages[w.stage+1:] {
		for _, s := range stage.Local {
			if masks(s.Rules) {
				out = append(out, w.fork(s))
			}
		}
	}
	return out
}

// masks reports whether edits of the rules take out what nobody may read.
func masks(rules []step.Rule) bool {
	for i := range rules {
		if rules[i].Secret && rules[i].Edit {
			return true
		}
	}
	return false
}

// maskMeasured masks what the step that has just measured a removed document found.
func (w *worker) maskMeasured(d *document.Document, j *judge, m *step.Meter) {
	if !w.sampled || len(m.Edits) == 0 || !masks(m.Rules) {
		return
	}
	edits := w.parts.Back(d, j.Of, m.Edits)
	secret := edits[:0]
	for _, e := range edits {
		if m.Rules[e.Rule].Secret {
			secret = append(secret, e)
		}
	}
	d.Rewrite(secret)
}

// shown returns the text of a document as samples may show it: with what steps of
// later stages would mask.
func (w *worker) shown(d *document.Document) string {
	if len(w.later) == 0 {
		return d.Text()
	}
	s := &w.shadow
	s.Source, s.ID, s.URL, s.Rest, s.Form, s.Fields = d.Source, d.ID, d.URL, d.Rest, d.Form, d.Fields
	s.Signals, s.Labels = d.Signals, d.Labels
	s.SetTurns(d.Text(), append(s.Turns[:0], d.Turns...))
	for _, j := range w.later {
		seen := w.parts.Of(s, j.Of)
		seen.View().Use(j.Splitter)
		w.unseen.Reset(j.RulesFor(d), make([]float64, len(j.Rules)), make([]string, len(j.Spec.Labels)))
		j.local.Judge(seen, &w.unseen)
		w.maskMeasured(s, j, &w.unseen)
	}
	return s.Text()
}
