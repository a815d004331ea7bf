// Package plan is the hinge between what was asked and what is run: a Plan holds
// all that a run depends on, and its hash. The package recipe builds plans, the
// package engine runs them.
package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"

	"tamis/document"
	"tamis/shards"
	"tamis/step"
	"tamis/text"
)

// A Plan says all that a run depends on. Two runs of equal plans give equal bytes.
type Plan struct {
	Name    string
	Seed    uint64
	Memory  int64 // bytes that the run may hold; changes no output
	Sources []shards.Source
	Weights []float64 // share of each source's documents that is used; nil is all
	Reads   []Read    // lists and models, in the order of the steps
	Steps   []*Step
	Stages  []Stage
	Limits  shards.Limits
	Errors  Errors
	Output  Output
	Audit   Audit

	Signals []string // name of each slot of document.Document.Signals: "step.rule"
	Labels  []string // likewise of Labels: "step.label"
	// Carried lists the slots of Signals that outlive the stage that measured
	// them, ascending: output columns, and what a step further down asked for.
	Carried []int

	// Settings is the recipe resolved to the last default, in the recipe's order,
	// but for memory and errors, which change no output. The hash is taken over it,
	// and a resumed run names the setting that changed.
	Settings []Setting
}

// RecordCost is how many bytes of memory a byte of a record takes at most on its way: as
// it was read, parsed, in words and shingles, packed; and what the collector has not
// collected yet.
const RecordCost = 16

// InFlight is how many bytes of records may be under way at a time. One record alone may
// be as long as that.
func (p *Plan) InFlight() int64 {
	if p.Memory == 0 { // no budget
		return math.MaxInt64
	}
	return p.Memory / RecordCost
}

// A Step is one step of the recipe, ready to run. Exactly one of Local and Global
// is set.
type Step struct {
	Name     string // its `as`, or the Spec's name; unique in a plan
	Spec     *step.Spec
	Rules    []step.Rule // the Spec's with the recipe's bounds
	Splitter text.Splitter
	Of       document.Part // of conversations that it looks at
	Local    step.Local
	Global   step.Global
	Signals  int // first slot of its rules
	Labels   int // first slot of its labels
	// Languages holds the rules for documents of some languages, by the label in the
	// slot Language; all others are held to Rules.
	Languages map[string][]step.Rule
	Language  int
}

// RulesFor returns the rules that a document is held to.
func (s *Step) RulesFor(d *document.Document) []step.Rule {
	if s.Languages != nil {
		if rules, ok := s.Languages[d.Labels[s.Language]]; ok {
			return rules
		}
	}
	return s.Rules
}

// A Stage streams documents through local steps and sketches the survivors for the
// global steps behind them. Applied are the global steps of the stage before, whose
// decisions are carried out first.
type Stage struct {
	Local  []*Step
	Global []*Step
	// Early are local steps of later stages whose signals a global step of this one
	// asks for: they are measured here and judge there.
	Early []*Step
}

// A Read is one list or model that a step has read.
type Read struct {
	Path string
	Sum  string // SHA-256, hexadecimal
}

// Errors is the budget of records that cannot be read. The run ends with exit code
// 3 when both numbers are exceeded.
type Errors struct {
	MaxShare float64 // of the records read
	MaxCount int64
}

// Output says what is written.
type Output struct {
	Dir string // the run directory
	shards.Output
	ShardSize    int64 // bytes of records before compression; 0 is no limit
	MaxDocuments int64 // per shard; 0 is no limit
	Shuffle      bool
	Split        *shards.Column // whose value says which folder of shards a document goes to; nil is one for all
	Rejects      Rejects
	SampleRate   float64 // of rejects, where sampled
}

// Rejects says which removed documents are written to rejects/.
type Rejects string

// The ways to keep removed documents.
const (
	RejectNone   Rejects = "none"
	RejectSample Rejects = "sample"
	RejectAll    Rejects = "all"
)

// Audit says how many documents carry all their signals into the report.
type Audit struct {
	SampleRate float64
	Samples    int // documents kept as text for each rule and each source, at most
}

// A Setting is one line of the resolved recipe.
type Setting struct {
	Key   string // e.g. "steps.gopher_quality.words.min"
	Value string
}

// Hash identifies the plan: what must be equal for two runs to be the same run. The
// memory budget, and the names and places of folders, are not in it.
func (p *Plan) Hash() string {
	h := sha256.New()
	for _, s := range p.Settings {
		fmt.Fprintf(h, "%s=%s\n", s.Key, s.Value)
	}
	for _, r := range p.Reads {
		fmt.Fprintf(h, "read %s\n", r.Sum)
	}
	for _, s := range p.Sources {
		io.WriteString(h, "source "+s.Name+"\n")
		for _, f := range s.Files {
			fmt.Fprintf(h, "file %d %016x\n", f.Size, f.Sum)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
