package recipe

import (
	"slices"

	"tamis/plan"
)

// cutStages puts the steps into stages: local steps, then the global steps that
// follow them. A global step after one that may change texts begins a new stage,
// since it must see the changed ones, and so does one that asks for a value of a
// global step before it, which is known when that one has seen all documents.
func (c *compiler) cutStages() {
	stages := []plan.Stage{{}}
	edits := false // the last global step may change texts
	for i, p := range c.steps {
		last := &stages[len(stages)-1]
		if len(last.Global) > 0 && (!p.global || edits || c.asksGlobal(i, len(stages)-1)) {
			stages = append(stages, plan.Stage{})
			last = &stages[len(stages)-1]
		}
		if p.global {
			last.Global = append(last.Global, p.Step)
			edits = p.Global.Edits()
		} else {
			last.Local = append(last.Local, p.Step)
			edits = false
		}
		p.stage = len(stages) - 1
		c.plan.Steps = append(c.plan.Steps, p.Step)
	}
	c.plan.Stages = stages
	for i, p := range c.steps {
		for _, j := range p.asks {
			c.hand(i, j)
		}
	}
}

// asksGlobal reports whether step i asks for a value of a global step before it that is
// in the stage.
func (c *compiler) asksGlobal(i, stage int) bool {
	return slices.ContainsFunc(c.steps[i].asks, func(j int) bool {
		return j < i && c.steps[j].global && c.steps[j].stage == stage
	})
}

// hand sees to it that step i finds the values of step j which it asked for. A step that is
// measured early finds what it asked for itself, but for what a global step has yet to say.
func (c *compiler) hand(i, j int) {
	asker, asked := c.steps[i], c.steps[j]
	stage := &c.plan.Stages[asker.stage]
	switch {
	case asked.global && asked.stage >= asker.stage:
		c.fault(asker.here, "", "%s asks for a value of %s, which is known only after both have seen all documents", asker.name, asked.name)
	case asked.stage > asker.stage && !slices.Contains(stage.Early, asked.Step):
		for _, k := range asked.asks {
			if !c.steps[k].global {
				c.hand(i, k)
			}
		}
		stage.Early = append(stage.Early, asked.Step)
	case asked.stage < asker.stage:
		for slot := range asked.rules {
			c.carry(asked.Signals + slot)
		}
	}
}

// carry notes that the value of a slot outlives its stage.
func (c *compiler) carry(slot int) {
	if at, has := slices.BinarySearch(c.plan.Carried, slot); !has {
		c.plan.Carried = slices.Insert(c.plan.Carried, at, slot)
	}
}
