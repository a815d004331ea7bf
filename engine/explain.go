package engine

import (
	"math"

	"tamis/document"
	"tamis/plan"
	"tamis/step"
)

// An Explanation says what every local step of a plan thinks of one document.
type Explanation struct {
	ID      string          `json:"id"`
	Verdict string          `json:"verdict"` // keep, remove or quarantine
	Steps   []ExplainedStep `json:"steps"`
	Text    string          `json:"text"` // after all edits; "" where a step hides it
}

// An ExplainedStep is one step's part. A global step has no rules here: it needs the
// whole corpus.
type ExplainedStep struct {
	Name    string            `json:"name"`
	Verdict string            `json:"verdict"` // keep, remove, quarantine, not judged, or global
	Rules   []ExplainedRule   `json:"rules"`
	Labels  map[string]string `json:"labels,omitempty"`
	Edits   []ExplainedEdit   `json:"edits,omitempty"`
	Notes   []string          `json:"notes,omitempty"`

	hides bool // the text, which its own notes leave out
}

// An ExplainedRule is one measured value held against its bounds. Open bounds and
// values that do not exist are null.
type ExplainedRule struct {
	Name  string   `json:"name"`
	Unit  string   `json:"unit,omitempty"`
	Value *float64 `json:"value"`
	Min   *float64 `json:"min"`
	Max   *float64 `json:"max"`
	Keeps bool     `json:"keeps"`
	Off   bool     `json:"off,omitempty"` // measured, and held against nothing
}

// An ExplainedEdit is one change of the text as the step found it.
type ExplainedEdit struct {
	Rule  string `json:"rule"`
	Start int    `json:"start"` // bytes
	End   int    `json:"end"`
	Old   string `json:"old"` // empty where the rule's findings are secret
	New   string `json:"new"`
}

// Explain lets every local step of a plan measure a document, also behind the one
// that would remove it. It edits d. What a step hides is not in the explanation.
func Explain(p *plan.Plan, d *document.Document) Explanation {
	d.Signals, d.Labels = make([]float64, len(p.Signals)), make([]string, len(p.Labels))
	for i := range d.Signals {
		d.Signals[i] = math.NaN()
	}
	ex, hidden := Explanation{ID: d.ID, Verdict: "keep"}, false
	for _, s := range p.Steps {
		es := explainStep(s, d)
		if (es.Verdict == "remove" || es.Verdict == "quarantine") && ex.Verdict == "keep" {
			ex.Verdict = es.Verdict
		}
		es.hides = s.Local != nil && step.Hides(s.Rules, d.Signals[s.Signals:])
		ex.Steps = append(ex.Steps, es)
		hidden = hidden || es.hides
	}
	if hidden {
		ex.hide()
	} else {
		ex.Text = d.Text()
	}
	return ex
}

// hide takes out what is of the text: edits, and notes of other steps.
func (ex *Explanation) hide() {
	for i := range ex.Steps {
		s := &ex.Steps[i]
		if s.Edits = nil; !s.hides {
			s.Notes = nil
		}
	}
}

func explainStep(s *plan.Step, d *document.Document) ExplainedStep {
	es := ExplainedStep{Name: s.Name, Verdict: "global", Rules: []ExplainedRule{}}
	if s.Local == nil {
		return es
	}
	m := step.Meter{All: true, Note: func(n string) { es.Notes = append(es.Notes, n) }}
	m.Reset(s.RulesFor(d), d.Signals[s.Signals:s.Signals+len(s.Rules)], d.Labels[s.Labels:s.Labels+len(s.Spec.Labels)])
	var parts document.Excerpts
	seen := parts.Of(d, s.Of)
	seen.View().Use(s.Splitter)
	v := s.Local.Judge(seen, &m)
	switch es.Verdict = "keep"; {
	case v.Err != nil:
		es.Verdict, es.Notes = "not judged", append(es.Notes, v.Err.Error())
	case v.Bad:
		es.Verdict, es.Notes = "quarantine", append(es.Notes, v.Reason)
	case v.Removed:
		es.Verdict = "remove"
	}
	if v.Removed && v.Reason != "" {
		es.Notes = append(es.Notes, "reason: "+v.Reason)
	}
	for i := range s.Rules {
		es.Rules = append(es.Rules, explainRule(&m.Rules[i], m.Values[i]))
	}
	for i, l := range s.Spec.Labels {
		if m.Labels[i] == "" {
			continue
		}
		if es.Labels == nil {
			es.Labels = map[string]string{}
		}
		es.Labels[l.Name] = m.Labels[i]
	}
	edits := parts.Back(d, s.Of, m.Edits)
	for _, e := range edits {
		old := d.Text()[e.Start:e.End]
		if s.Rules[e.Rule].Secret {
			old = ""
		}
		es.Edits = append(es.Edits, ExplainedEdit{s.Rules[e.Rule].Name, e.Start, e.End, old, e.With})
	}
	d.Rewrite(edits)
	return es
}

func explainRule(r *step.Rule, value float64) ExplainedRule {
	finite := func(v float64) *float64 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	return ExplainedRule{Name: r.Name, Unit: r.Unit, Value: finite(value), Min: finite(r.Min), Max: finite(r.Max),
		Keeps: r.Off || r.Edit || math.IsNaN(value) || r.Keeps(value), Off: r.Off}
}
