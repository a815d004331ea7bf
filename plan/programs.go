package plan

import "tamis/step"

// A Program is what a step runs that is none of ours.
type Program struct {
	Step    string   `json:"step"`
	Command []string `json:"command"`
}

// Programs lists what the steps of a plan run, in their order.
func (p *Plan) Programs() []Program {
	out := []Program{}
	for _, s := range p.Steps {
		if r, ok := s.Local.(step.Runner); ok {
			out = append(out, Program{s.Name, r.Command()})
		}
	}
	return out
}

// AllowPrograms lets the steps run them.
func (p *Plan) AllowPrograms() { p.eachRunner(step.Runner.Allow) }

// KillPrograms ends all that the steps have started. It may be called at any time.
func (p *Plan) KillPrograms() { p.eachRunner(step.Runner.Kill) }

func (p *Plan) eachRunner(f func(step.Runner)) {
	for _, s := range p.Steps {
		if r, ok := s.Local.(step.Runner); ok {
			f(r)
		}
	}
}
