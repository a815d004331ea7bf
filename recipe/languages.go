package recipe

import (
	"fmt"
	"maps"
	"slices"

	yaml "go.yaml.in/yaml/v4"

	"tamis/step"
)

// The bounds of a step's rules can be others for documents of some languages:
//
//	languages: {de: {mean_word_length: {max: 14}}, fi: bounds/fi.yaml}
//
// What a language leaves open is as the step has it, and so it is for documents of other
// languages and without a label.

// languageBounds is what a file says of one rule.
type languageBounds struct {
	Min *float64 `yaml:"min" doc:"least value that stays"`
	Max *float64 `yaml:"max" doc:"greatest value that stays"`
	off bool
}

// UnmarshalScalar reads `off`.
func (b *languageBounds) UnmarshalScalar(v string) error {
	on, isBool := truth[v]
	if b.off = isBool && !on; !b.off {
		return fmt.Errorf("%q is neither off nor bounds: %s", v, boundsForm)
	}
	return nil
}

// languagesOf reads the bounds of all languages, when those of the step are known.
func (c *compiler) languagesOf(p *placed) {
	n, what := p.languages, p.spec.Name+".languages"
	if n == nil {
		return
	}
	if n.Kind != yaml.MappingNode {
		c.fault(n, "write {de: {RULE: {min: …}}}, or {de: FILE}", "%s is %s, not a mapping of languages", what, kind(n))
		return
	}
	label, ok := c.names.label("language.label", func(j int) bool { return j < len(c.steps) })
	if !ok {
		c.fault(n, "", "%s: no `language` step stands above, which would name the languages", what)
		return
	}
	p.Language = label.slot
	c.boundsByLanguage(p, what)
}

// boundsByLanguage lays what each language says over the bounds of the step: again where
// building it has set some of those.
func (c *compiler) boundsByLanguage(p *placed, what string) {
	p.Languages = map[string][]step.Rule{}
	c.entries(p.languages, what, func(code, value *yaml.Node) {
		rules := slices.Clone(p.rules)
		if value.Kind == yaml.ScalarNode && !isNull(value) {
			c.languageFile(value, rules, what+"."+code.Value)
		} else {
			c.languageRules(value, rules, what+"."+code.Value)
		}
		p.Languages[code.Value] = rules
	})
}

// languageRules reads the bounds of one language.
func (c *compiler) languageRules(n *yaml.Node, rules []step.Rule, what string) {
	c.entries(n, what, func(key, value *yaml.Node) {
		if r := ruleOf(rules, key.Value); r != nil && r.Own {
			c.fault(key, "hold it to bounds with `where`", "%s: %s is a value of the recipe, which removes nothing", what, key.Value)
		} else if r != nil {
			c.bounds(r, value, what+"."+key.Value)
		} else {
			c.fault(key, suggest(key.Value, ruleNames(rules)), "%s: there is no rule %q", what, key.Value)
		}
	})
}

// languageFile reads the bounds of one language from a file of their own.
func (c *compiler) languageFile(n *yaml.Node, rules []step.Rule, what string) {
	file := map[string]languageBounds{}
	if err := c.decode(n.Value, &file); err != nil {
		c.fault(n, "", "%s: %v", what, err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(file)) {
		r, b := ruleOf(rules, name), file[name]
		if r == nil || r.Own || r.Edit && !b.off {
			c.fault(n, suggest(name, ruleNames(rules)), "%s: %s: there is no rule %q with bounds", what, n.Value, name)
			continue
		}
		r.Off = r.Off || b.off
		if b.Min != nil {
			r.Min = *b.Min
		}
		if b.Max != nil {
			r.Max = *b.Max
		}
		if r.Min > r.Max {
			c.fault(n, "", "%s: %s: %s has a min of %v above its max of %v: it would remove every document", what, n.Value, name, r.Min, r.Max)
		}
	}
}

func ruleOf(rules []step.Rule, name string) *step.Rule {
	for i := range rules {
		if rules[i].Name == name {
			return &rules[i]
		}
	}
	return nil
}

func ruleNames(rules []step.Rule) (names []string) {
	for i := range rules {
		names = append(names, rules[i].Name)
	}
	return names
}

// languages adds the bounds that are others for some languages.
func (f *flat) languages(key string, p *placed) {
	for _, code := range slices.Sorted(maps.Keys(p.Languages)) {
		for i := range p.rules {
			if r, base := &p.Languages[code][i], &p.rules[i]; r.Off != base.Off || r.Min != base.Min || r.Max != base.Max {
				f.rule(key+".languages."+code, r)
			}
		}
	}
}
