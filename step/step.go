// Package step is the vocabulary of judging: what a step is, what a rule is, and
// what a verdict says.
package step

import (
	"fmt"
	"io"
	"math"

	"tamis/document"
	"tamis/text"
)

// A Spec declares a step: everything that the recipe's keys, the reference, the
// counts, the histograms and `tamis explain` need to know of it. It is never
// changed after it has been declared.
type Spec struct {
	Name   string // the YAML key, the file name and the heading of the reference
	Doc    string // what it does, in sentences
	Source string // paper and section, or program, that defines it
	Rules  []Rule
	Labels []Label
	// Definitions are what the setting `definition` takes, where programs count
	// otherwise under the same names.
	Definitions []Definition
	// New returns the settings of the step with their defaults: a pointer to a
	// struct whose exported fields carry yaml and doc tags. Nil where the rules
	// are all there is to set.
	New func() Settings
}

// A Definition is a way of counting that a step can follow.
type Definition struct {
	Name string
	Doc  string // what it counts otherwise
}

// Settings are what a recipe may set in a step beside the bounds of its rules.
type Settings interface {
	// Build makes the step: a Local or a Global. An error that concerns one
	// setting is a *Fault.
	Build(env *Env) (any, error)
}

// A Declarer is Settings by which a recipe names values of its own.
type Declarer interface {
	Settings
	// Declare returns the rules and labels that the settings add behind those of the
	// Spec. Of other steps env knows those before this one.
	Declare(env *Env) ([]Rule, []Label, error)
}

// A Fault is what is wrong with one setting.
type Fault struct {
	Key string // the setting's YAML key
	Err error
}

func (f *Fault) Error() string { return f.Key + ": " + f.Err.Error() }
func (f *Fault) Unwrap() error { return f.Err }

// Env is what a step can know of the recipe around it when it is built.
type Env struct {
	Name     string // the step's name in this recipe: its `as`, or the Spec's name
	Rules    []Rule // the Spec's rules with this recipe's bounds
	Seed     uint64
	Splitter text.Splitter
	Memory   int64    // bytes that the whole run may hold
	Planted  float64  // share of documents of which probes are planted, to measure recall
	Sources  []string // names, in the order of the recipe
	// Open reads a list or a model. Paths begin at the current folder; what is
	// read becomes part of the plan's hash. A file named *.parquet is read as lines
	// of JSON.
	Open func(path string) (io.ReadCloser, error)
	// Bytes is Open for a file that is better looked at where it is, such as a model of
	// gigabytes: data must not be written to, and is gone after release.
	Bytes func(path string) (data []byte, release func() error, err error)
	// Decode reads settings from a file, which is written like a recipe, into a
	// pointer to a struct with yaml tags.
	Decode func(path string, into any) error
	// Written reports whether the recipe sets a key of the step itself, such as "ngram" or
	// "words.min", be it to the default. Nil where nothing is known of that.
	Written func(key string) bool
	// Signal finds the slot of a value in document.Document.Signals by
	// "step.rule", or by "rule" where one step alone has it. Steps further
	// down count only where the caller says that they are measured early.
	Signal func(name string) (slot int, ok bool)
	// Label finds the slot of a word in document.Document.Labels likewise.
	Label func(name string) (slot int, ok bool)
	// Identify returns, for one worker, what names the language of a text as the
	// identifier in the program does: "und" where none can be seen.
	Identify func() (func(text string) string, error)
	// Specs lists every step of the program, for `where`, whose expressions may
	// name any rule that measures a text alone.
	Specs []*Spec
}

// Wrote is Written, and false where nothing is known.
func (e *Env) Wrote(key string) bool { return e.Written != nil && e.Written(key) }

// A Rule is one measured value held against bounds.
type Rule struct {
	Name     string
	Unit     string // what the value counts: words, characters, share of lines …
	Doc      string // one sentence
	Min, Max float64
	Scale    Scale // of its histogram
	// Measure has a value for every text. Nil where the step's Judge measures.
	Measure func(*text.View) float64
	Edit    bool // the value counts edits: it removes nothing
	Column  bool // the value is written beside each document unless the recipe says otherwise
	Own     bool // the recipe has named it: its column has that name alone
	Kind    Kind // of its column
	Off     bool // the recipe has switched it off
	// What an edit of a secret rule takes out, and a text that it does not keep, are
	// shown nowhere: not in samples, not by explain, a text not among the rejects.
	Secret bool
}

// Hides reports whether a document must not be shown: a secret rule has measured it
// and does not keep it. Values belong to the rules.
func Hides(rules []Rule, values []float64) bool {
	for i := range rules {
		if r := &rules[i]; r.Secret && !r.Off && !r.Edit && i < len(values) && !math.IsNaN(values[i]) && !r.Keeps(values[i]) {
			return true
		}
	}
	return false
}

// A Label is a word that a step chooses for a document, such as its language.
type Label struct {
	Name   string
	Doc    string
	Column bool
	Own    bool // the recipe has named it: its column has that name alone
}

// A Kind says how the value of a rule is written.
type Kind uint8

// The kinds of values.
const (
	Number Kind = iota
	Whole       // a number without fractions; where a rule counts edits or documents, it is so by itself
	Truth       // 1 is true, 0 is false
)

// Open bounds of a rule.
var (
	NoMin = math.Inf(-1)
	NoMax = math.Inf(1)
)

// Keeps reports whether value lies within the bounds. NaN does not.
func (r *Rule) Keeps(value float64) bool { return r.Min <= value && value <= r.Max }

// A Verdict is what a step says of a document. The zero Verdict keeps.
type Verdict struct {
	Removed bool
	Review  bool // of what is removed: it goes to review/, for people to look at again
	Rule    int  // index of the rule that removed it
	Value   float64
	Reason  string // what else there is to say of a removal; why the document is Bad
	Bad     bool   // it cannot be judged and goes to quarantine
	Err     error  // nothing can be judged any more: the run stops
}

// Local judges one document, or edits it. A Local is shared by all workers unless
// it is a Forker.
type Local interface {
	// Judge measures d into m, asks m for edits, and says whether d stays. It
	// does not change d; the edits are applied by the caller where d stays.
	Judge(d *document.Document, m *Meter) Verdict
}

// A Forker needs memory of its own in each worker.
type Forker interface {
	Local
	// Fork returns the same step for another worker.
	Fork() Local
}

// A Runner is a Local that runs a program which is none of ours.
type Runner interface {
	Local
	// Command returns the program and its arguments.
	Command() []string
	// Allow gives the consent of the user, without which the program is not run. It is
	// called before the first Judge and the first Fork.
	Allow()
	// Begin tells a fork that the documents of another batch follow.
	Begin()
	// Kill ends all processes that this step and its forks have started. It may be
	// called at any time.
	Kill()
}

// A Meter receives what one step measures of one document.
type Meter struct {
	Rules  []Rule          // the step's, with the recipe's bounds
	Values []float64       // one for each rule; NaN is not measured
	Labels []string        // one for each of the Spec's labels
	Edits  []document.Edit // ascending, not overlapping
	All    bool            // measure what is left, too, after a rule has failed
	Note   func(string)    // where not nil, `explain` wants to hear what was found
	first  Verdict
	held   []bool // by rule: held before one failed
	cut    []float64
}

// Reset begins another document. The slices are the caller's.
func (m *Meter) Reset(rules []Rule, values []float64, labels []string) {
	m.Rules, m.Values, m.Labels = rules, values, labels
	m.Edits, m.first = m.Edits[:0], Verdict{}
	m.forgetHeld(len(values))
	for i := range values {
		values[i] = math.NaN()
	}
}

func (m *Meter) forgetHeld(rules int) {
	if cap(m.held) < rules {
		m.held = make([]bool, rules)
	}
	m.held = m.held[:rules]
	clear(m.held)
}

// Hold notes the value of rule i and reports whether to go on: the value lies
// within the bounds, or all values are wanted.
func (m *Meter) Hold(i int, value float64) bool {
	m.Values[i] = value
	if !m.first.Removed {
		m.held[i] = true
	}
	r := &m.Rules[i]
	if r.Off || r.Edit || r.Keeps(value) {
		return true
	}
	if !m.first.Removed {
		m.first = Verdict{Removed: true, Rule: i, Value: value}
	}
	return m.All
}

// Edit asks for bytes [start, end) of the text to become with, and counts that for
// rule i. Of a rule that is off nothing is edited.
func (m *Meter) Edit(i, start, end int, with string) {
	if math.IsNaN(m.Values[i]) {
		m.Values[i] = 0
	}
	if m.Rules[i].Off {
		return
	}
	m.Values[i]++
	m.Edits = append(m.Edits, document.Edit{Start: start, End: end, With: with, Rule: i})
}

// Reached returns the values of the rules that were held while none had failed, and of
// those that count edits: what is measured of a document beyond the rule that removes it
// is NaN. The slice is the meter's, until Reset.
func (m *Meter) Reached() []float64 {
	if !m.first.Removed {
		return m.Values
	}
	m.cut = append(m.cut[:0], m.Values...)
	for i := range m.cut {
		if !m.held[i] && !m.Rules[i].Edit {
			m.cut[i] = math.NaN()
		}
	}
	return m.cut
}

// Verdict returns the verdict of the first rule that failed, or keeps.
func (m *Meter) Verdict() Verdict { return m.first }

// Table is the step of a Spec whose rules measure the text alone.
type Table struct{}

// Judge measures the rules in order until one fails.
func (Table) Judge(d *document.Document, m *Meter) Verdict {
	v := d.View()
	for i := range m.Rules {
		r := &m.Rules[i]
		if r.Off && !m.All {
			continue
		}
		if !m.Hold(i, r.Measure(v)) {
			break
		}
	}
	return m.Verdict()
}

// Ratio returns a/b, and 0 where b is 0: every rule has a value for every text.
func Ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// Bound writes a bound as people read it.
func Bound(min, max float64) string {
	switch {
	case math.IsInf(min, -1) && math.IsInf(max, 1):
		return "any"
	case math.IsInf(min, -1):
		return fmt.Sprintf("at most %v", max)
	case math.IsInf(max, 1):
		return fmt.Sprintf("at least %v", min)
	}
	return fmt.Sprintf("%v to %v", min, max)
}
