package recipe

import (
	"math"
	"reflect"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"

	"tamis/plan"
	"tamis/step"
)

// A placed step has its name, its settings and its slots, and waits to be built.
type placed struct {
	*plan.Step
	name     string
	spec     *step.Spec
	rules    []step.Rule
	settings step.Settings
	// at holds the places of what was written, by key; here is that of the step.
	at   map[string]*yaml.Node
	here *yaml.Node
	// languages are the bounds for documents of some languages, as they were written.
	languages *yaml.Node
	inShort   bool  // the settings are a single value
	asks      []int // steps whose values it asked for
	sound     bool  // its settings have no problem, so that it can be built
	global    bool
	stage     int
}

// The keys that every step has.
var commonKeys = []string{"as", "splitter", "of", "languages"}

// commonSettings are what every step can be told.
type commonSettings struct {
	splitter  Splitter
	of        Part
	languages *yaml.Node
}

// placeSteps reads the settings of all steps and gives their values slots.
func (c *compiler) placeSteps() {
	if c.written[&c.r.Steps] == nil {
		c.fault(c.r.root, "say what to do, e.g. steps: [exact: {}]; steps: [] copies", "the recipe has no steps")
	}
	taken := map[string]bool{}
	for i := range c.r.Steps {
		s := &c.r.Steps[i]
		if s.key == nil {
			continue // its problem has been noted
		}
		spec := c.spec(s.Use)
		if spec == nil {
			c.fault(s.key, suggest(s.Use, c.specNames()), "there is no step %q", s.Use)
			continue
		}
		p := c.place(s, spec)
		if taken[p.name] {
			c.fault(p.place("as"), "name one of them with as: …", "there are two steps %q", p.name)
		}
		taken[p.name] = true
		c.slots(p)
		c.steps = append(c.steps, p)
	}
}

func (c *compiler) spec(name string) *step.Spec {
	for _, s := range c.specs {
		if s.Name == name {
			return s
		}
	}
	return nil
}

func (c *compiler) specNames() []string {
	var all []string
	for _, s := range c.specs {
		all = append(all, s.Name)
	}
	return all
}

// place reads the settings of one step.
func (c *compiler) place(s *Step, spec *step.Spec) *placed {
	p := &placed{name: spec.Name, spec: spec, here: s.key, at: map[string]*yaml.Node{}}
	p.rules = append(p.rules, spec.Rules...)
	if spec.New != nil {
		p.settings = spec.New()
	}
	common := commonSettings{splitter: c.r.Splitter}
	before := len(c.problems)
	if s.settings != nil {
		c.settingsOf(p, s.settings, &common)
	}
	p.Step = &plan.Step{Name: p.name, Spec: spec, Rules: p.rules, Splitter: common.splitter.splitter(), Of: common.of.part()}
	p.sound = len(c.problems) == before
	if d, ok := p.settings.(step.Declarer); ok && p.sound {
		c.declare(p, d)
	}
	p.languages = common.languages
	c.languagesOf(p)
	p.sound = len(c.problems) == before
	return p
}

// declare adds the values that the recipe has named itself to those of the step.
func (c *compiler) declare(p *placed, d step.Declarer) {
	before := func(j int) bool { return j < len(c.steps) }
	rules, labels, err := d.Declare(c.env(p, before, func(n name, ok bool) (int, bool) { return n.slot, ok }))
	if err != nil {
		p.sound = false
		c.refused(p, err)
		return
	}
	own := *p.spec
	own.Rules, own.Labels = slices.Concat(own.Rules, rules), slices.Concat(own.Labels, labels)
	taken := map[string]bool{}
	for _, n := range namesOf(&own) {
		switch {
		case !isName(n):
			c.fault(p.place(n), "use small letters, digits and _", "%q is no name for a value", n)
		case taken[n], slices.Contains(commonKeys, n):
			c.fault(p.place(n), "choose another name", "%s has %q already", p.name, n)
		}
		taken[n] = true
	}
	p.rules = append(p.rules, rules...)
	p.spec, p.Step.Spec, p.Step.Rules = &own, &own, p.rules
}

// namesOf lists the rules and labels of a step.
func namesOf(s *step.Spec) (all []string) {
	for i := range s.Rules {
		all = append(all, s.Rules[i].Name)
	}
	for i := range s.Labels {
		all = append(all, s.Labels[i].Name)
	}
	return all
}

// settingsOf reads what stands behind a step's name.
func (c *compiler) settingsOf(p *placed, n *yaml.Node, common *commonSettings) {
	if short, ok := p.settings.(scalar); ok && n.Kind == yaml.ScalarNode && !isNull(n) {
		p.inShort, p.here = true, n
		if err := short.UnmarshalScalar(n.Value); err != nil {
			c.wrong(n, p.name, err)
		}
		return
	}
	v := reflect.New(reflect.TypeFor[struct{}]()).Elem()
	if p.settings != nil {
		v = reflect.ValueOf(p.settings).Elem()
	}
	c.structure(n, v, p.spec.Name, append(ruleNames(p.rules), commonKeys...), func(key, value *yaml.Node) bool {
		p.at[key.Value] = value
		if r := ruleOf(p.rules, key.Value); r != nil {
			c.bounds(r, value, p.spec.Name+"."+key.Value)
			return true
		}
		return c.common(p, key.Value, value, common) || c.inline(key, value, v, p.spec.Name)
	})
	for _, f := range fieldsOf(v.Type()) {
		if n := c.written[v.FieldByIndex(f.index).Addr().Interface()]; n != nil {
			p.at[f.key] = n
		}
	}
}

// common reads a key that every step has.
func (c *compiler) common(p *placed, key string, value *yaml.Node, common *commonSettings) bool {
	switch key {
	case "as":
		c.value(value, reflect.ValueOf(&p.name).Elem(), p.spec.Name+".as")
		if !isName(p.name) {
			c.fault(value, "use small letters, digits and _", "%q is no name for a step", p.name)
		}
	case "splitter":
		c.value(value, reflect.ValueOf(&common.splitter).Elem(), p.spec.Name+".splitter")
	case "of":
		c.value(value, reflect.ValueOf(&common.of).Elem(), p.spec.Name+".of")
	case "languages":
		common.languages = resolve(value)
	default:
		return false
	}
	return true
}

func isName(s string) bool {
	for i, r := range s {
		if !(r == '_' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' && i > 0) {
			return false
		}
	}
	return s != ""
}

// place returns where a key of the step was written, or where the step was.
func (p *placed) place(key string) *yaml.Node {
	if n := p.at[key]; n != nil {
		return n
	}
	return p.here
}

// wrote reports whether a key was written, or one below it: ngram, words.min.
func (p *placed) wrote(key string) bool {
	key, below, deeper := strings.Cut(key, ".")
	n := p.at[key]
	if n == nil || !deeper {
		return n != nil
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == below {
			return true
		}
	}
	return false
}

const boundsForm = "write {min: …, max: …}, either may be missing, or off"

// bounds reads the bounds of a rule: {min:, max:} or off.
func (c *compiler) bounds(r *step.Rule, n *yaml.Node, what string) {
	if n.Kind == yaml.ScalarNode && !isNull(n) {
		if on, isBool := truth[n.Value]; isBool && !on {
			r.Off = true
			return
		}
	}
	if n.Kind != yaml.MappingNode {
		c.fault(n, boundsForm, "%s is %s, not the bounds of a rule", what, kind(n))
		return
	}
	if r.Edit {
		c.fault(n, "it can be switched off", "%s counts edits and has no bounds", what)
		return
	}
	before := len(c.problems)
	c.entries(n, what, func(key, value *yaml.Node) {
		bound := map[string]*float64{"min": &r.Min, "max": &r.Max}[key.Value]
		if bound == nil {
			c.fault(key, suggest(key.Value, []string{"min", "max"}), "%s has no bound %q", what, key.Value)
		} else if x, ok := c.number(value, what+"."+key.Value); ok {
			*bound = x
		}
	})
	if len(c.problems) > before {
		return
	}
	switch {
	case r.Min > r.Max:
		c.fault(n, "", "%s has a min of %v above its max of %v: it would remove every document", what, r.Min, r.Max)
	case r.Scale != step.Linear && r.Max < 0, math.IsInf(r.Min, 1), math.IsInf(r.Max, -1):
		c.fault(n, "", "%s keeps %s, which no document can be: it would remove every document", what, step.Bound(r.Min, r.Max))
	}
}

// slots gives each rule and label of a step its place in the documents.
func (c *compiler) slots(p *placed) {
	p.Signals, p.Labels = len(c.plan.Signals), len(c.plan.Labels)
	for i := range p.rules {
		c.plan.Signals = append(c.plan.Signals, p.name+"."+p.rules[i].Name)
		c.names.signals = append(c.names.signals, name{len(c.steps), p.name, p.rules[i].Name, p.Signals + i, p.spec.Name})
	}
	for i := range p.spec.Labels {
		c.plan.Labels = append(c.plan.Labels, p.name+"."+p.spec.Labels[i].Name)
		c.names.labels = append(c.names.labels, name{len(c.steps), p.name, p.spec.Labels[i].Name, p.Labels + i, p.spec.Name})
	}
}
