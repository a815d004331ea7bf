package recipe

// A name is one value of a step: a rule or a label, and its slot.
type name struct {
	owner      int // index of the step
	step, last string
	slot       int
}

// names are all values of a recipe's steps, in the order of the steps.
type names struct{ signals, labels []name }

// signal finds a rule among the steps that visible allows, by "step.rule", by "rule"
// where one step alone has it, or by "step" where it has but one rule, or one called
// score. A label of that name goes before the last form.
func (ns *names) signal(want string, visible func(step int) bool) (name, bool) {
	if n, ok := find(ns.signals, want, visible); ok {
		return n, true
	}
	if _, ok := find(ns.labels, want, visible); ok {
		return name{}, false
	}
	var of []name
	for _, n := range ns.signals {
		if n.step == want && visible(n.owner) {
			of = append(of, n)
		}
	}
	for _, n := range of {
		if n.last == "score" || len(of) == 1 {
			return n, true
		}
	}
	return name{}, false
}

// label finds a label likewise, by "step.label" or by "label".
func (ns *names) label(want string, visible func(step int) bool) (name, bool) {
	return find(ns.labels, want, visible)
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
