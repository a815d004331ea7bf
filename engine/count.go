package engine

import (
	"tamis/plan"
	"tamis/stats"
)

// newStats returns empty counts of a plan.
func newStats(p *plan.Plan) *stats.Stats {
	shape := stats.Shape{Labels: p.Labels, Samples: p.Audit.Samples, Seed: p.Seed}
	for _, s := range p.Sources {
		shape.Sources = append(shape.Sources, s.Name)
	}
	for _, s := range p.Steps {
		shape.Steps = append(shape.Steps, stats.Step{Name: s.Name, Global: s.Global != nil, Rules: s.Rules, Signals: s.Signals})
	}
	return stats.New(shape)
}
