package recipe

import "slices"

// A name is one value of a step: a rule or a label, and its slot.
type name struct {
	owner      int // index of the step
	step, last string
	slot       int
	use        string // the step's name without its `as`
}

// names are all values of a recipe's steps, in the order of the steps.
type names struct{ signals, labels []name }

// signal finds a rule among the steps that visible allows, by "step.rule", by "rule"
// where one step alone has it, or by "step" where that step has no label, and but one
// rule or one called score.
func (ns *names) signal(want string, visible func(step int) bool) (name, bool) {
	if n, ok := find(ns.signals, want, visible); ok {
		return n, true
	}
	if len(of(ns.labels, want, visible)) > 0 {
		return name{}, false
	}
	rules := of(ns.signals, want, visible)
	for _, n := range rules {
		if n.last == "score" || len(rules) == 1 {
			return n, true
		}
	}
	return name{}, false
}

// label finds a label likewise, by "step.label", by "label", or by "step" where that
// step has but one or one called label. Where one step alone is a "step", it may have
// another name: there are steps that ask for the label of the language.
func (ns *names) label(want string, visible func(step int) bool) (name, bool) {
	if n, ok := find(ns.labels, want, visible); ok {
		return n, true
	}
	if uses := slices.DeleteFunc(slices.Clone(ns.labels), func(n name) bool { return !visible(n.owner) || n.use+"."+n.last != want }); len(uses) == 1 {
		return uses[0], true
	}
	labels := of(ns.labels, want, visible)
	for _, n := range labels {
		if n.last == "label" || len(labels) == 1 {
			return n, true
		}
	}
	return name{}, false
}

// of returns all names of one step.
func of(all []name, step string, visible func(step int) bool) (found []name) {
	for _, n := range all {
		if n.step == step && visible(n.owner) {
			found = append(found, n)
		}
	}
	return found
}

func find(all []name, want string, visible func(step int) bool) (name, bool) {
	var found []name
	for _, n := range all {
		if !visible(n.owner) {
			continue
		}
		if n.step+"."+n.last == want {
			return n, true
		}
		if n.last == want {
			found = append(found, n)
		}
	}
	if len(found) != 1 {
		return name{}, false
	}
	return found[0], true
}
