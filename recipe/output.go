package recipe

import (
	"os"
	"path/filepath"
	"strings"

	yaml "go.yaml.in/yaml/v4"

	"tamis/plan"
	"tamis/shards"
	"tamis/step"
)

// outputDir is the run directory.
func (c *compiler) outputDir() string {
	if c.r.Output.Dir != "" {
		return c.r.Output.Dir
	}
	return filepath.Join("out", c.plan.Name)
}

func (c *compiler) output() {
	o, p := &c.r.Output, &c.plan.Output
	p.Dir = c.outputDir()
	here := c.at(&o.Dir, c.at(o, c.r.root))
	if info, err := os.Stat(p.Dir); err == nil && !info.IsDir() {
		c.fault(here, "choose a folder that is empty or not there yet", "the run directory %s is a file", p.Dir)
	}
	p.Format, p.Compression = o.Format.parts()
	p.ShardSize, p.MaxDocuments, p.RowGroup, p.Under = int64(o.ShardSize), o.MaxDocuments, int64(o.RowGroup), o.Under
	if o.MaxDocuments < 0 {
		c.fault(c.at(&o.MaxDocuments, here), "", "output.max_documents of %d is impossible: it is 0 or more", o.MaxDocuments)
	}
	if n := c.written[&o.RowGroup]; n != nil && o.RowGroup < 1<<10 {
		c.fault(n, "", "output.row_group of %s is impossible: it is 1KiB or more", n.Value)
	}
	if n := c.written[&o.Under]; n != nil && o.Under == "" {
		c.fault(n, "", "output.under is empty: the columns need a name above them")
	}
	p.Shuffle, p.Rejects, p.SampleRate = o.Shuffle, plan.Rejects(o.Rejects), float64(o.RejectsRate)
	c.columns()
	c.replaced()
	c.split()
	c.audit()
}

// replaced refuses columns that would take the place of what a source is read for.
func (c *compiler) replaced() {
	if len(c.plan.Output.Columns) == 0 {
		return
	}
	under := c.plan.Output.Under
	for i := range c.r.Sources {
		f := &c.r.Sources[i].Fields
		for _, path := range []*string{&f.Text, &f.Messages, &f.System, &f.Prompt, &f.Input, &f.Response} {
			if under != "" && (*path == under || strings.HasPrefix(*path, under+".")) {
				c.fault(c.at(path, c.at(&c.r.Output.Under, c.r.root)), "give output.under another name, or output.columns: []",
					"%q of source %q would be replaced by the columns, which are written as %q", *path, c.r.Sources[i].Name, under)
			}
		}
	}
}

// split finds the value by which the output is split.
func (c *compiler) split() {
	n := c.written[&c.r.Output.Split]
	if n == nil {
		return
	}
	col, ok := c.columnOf(c.r.Output.Split)
	switch {
	case !ok:
		known := append([]string{"source"}, append(c.plan.Signals, c.plan.Labels...)...)
		c.fault(n, suggest(c.r.Output.Split, known), "output.split: no step of the recipe has a value %q", c.r.Output.Split)
	case col.Kind == shards.SignalColumn:
		c.fault(n, "make buckets of it first: tag: {bucket: 'score > 0.5 ? \"high\" : \"low\"'}", "output.split: %q may be any number", c.r.Output.Split)
	default:
		c.plan.Output.Split = &col
	}
}

func (c *compiler) audit() {
	a, p := &c.r.Audit, &c.plan.Audit
	if a.Samples < 0 {
		c.fault(c.at(&a.Samples, c.r.root), "", "audit.samples of %d is impossible: it is 0 or more", a.Samples)
	}
	p.SampleRate, p.Samples = float64(a.SampleRate), a.Samples
	switch a.Signals {
	case "none":
		p.SampleRate = 0
	case "all":
		p.SampleRate = 1
	}
}

// columns finds what is written beside each document: what the recipe lists, or the
// source and all that the steps mark as worth writing.
func (c *compiler) columns() {
	o := &c.r.Output
	if c.written[&o.Columns] == nil {
		c.column("source", nil)
		for _, s := range c.steps {
			for i := range s.rules {
				if s.rules[i].Column && !s.rules[i].Off {
					c.column(s.name+"."+s.rules[i].Name, c.own(s.rules[i].Own, s, s.rules[i].Name))
				}
			}
			for _, l := range s.spec.Labels {
				if l.Column {
					c.column(s.name+"."+l.Name, c.own(l.Own, s, l.Name))
				}
			}
		}
		return
	}
	for i := range o.Columns {
		c.column(o.Columns[i], c.at(&o.Columns[i], c.r.root))
	}
}

// column adds one column to the plan, named step_rule; n is where the recipe asks for it.
func (c *compiler) column(want string, n *yaml.Node) {
	col, ok := c.columnOf(want)
	if !ok {
		known := append([]string{"source"}, append(c.plan.Signals, c.plan.Labels...)...)
		c.fault(n, suggest(want, known), "output.columns: no step of the recipe has a value %q", want)
		return
	}
	for _, other := range c.plan.Output.Columns {
		if other.Name == col.Name {
			switch {
			case n != nil && c.written[&c.r.Output.Columns] == nil:
				c.fault(n, "choose another name", "there are two columns %q", col.Name)
			case n != nil:
				c.fault(n, "", "output.columns names %q twice", want)
			}
			return
		}
	}
	c.plan.Output.Columns = append(c.plan.Output.Columns, col)
}

// columnOf finds the value of a name, and carries it to the output.
func (c *compiler) columnOf(want string) (shards.Column, bool) {
	if want == "source" {
		return shards.Column{Name: "source", Kind: shards.SourceColumn}, true
	}
	all := func(int) bool { return true }
	label, isLabel := c.names.label(want, all)
	signal, isSignal := c.names.signal(want, all)
	switch {
	case isLabel:
		return shards.Column{Name: columnName(label, c.labelOf(label).Own), Kind: shards.LabelColumn, Slot: label.slot}, true
	case isSignal:
		c.carry(signal.slot)
		rule := c.ruleOf(signal)
		return shards.Column{Name: columnName(signal, rule.Own), Kind: columnKind(rule), Slot: signal.slot}, true
	}
	return shards.Column{}, false
}

func (c *compiler) ruleOf(n name) *step.Rule {
	s := c.steps[n.owner]
	return &s.rules[n.slot-s.Signals]
}

func (c *compiler) labelOf(n name) *step.Label {
	s := c.steps[n.owner]
	return &s.spec.Labels[n.slot-s.Labels]
}

// own is the place of a value that the recipe has named, whose column must not be
// another's; nil for others.
func (c *compiler) own(own bool, s *placed, key string) *yaml.Node {
	if !own {
		return nil
	}
	return s.place(key)
}

// columnName is step_rule, or the one word where both are the same; what the recipe has
// named itself keeps that name.
func columnName(n name, own bool) string {
	if own || n.step == n.last || strings.HasPrefix(n.last, n.step+"_") {
		return n.last
	}
	return n.step + "_" + n.last
}

// columnKind says how a rule's value is written: what counts edits or documents is
// a whole number.
func columnKind(r *step.Rule) shards.ColumnKind {
	switch {
	case r.Kind == step.Truth:
		return shards.TruthColumn
	case r.Kind == step.Whole, r.Edit, r.Unit == "documents", r.Unit == "copies":
		return shards.CountColumn
	}
	return shards.SignalColumn
}
