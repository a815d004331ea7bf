package engine

import "errors"

// Events tells whoever watches a run what happens in it. Fields that are not set
// are not called; the zero Events is silent. Calls come from one goroutine, in the
// order of commits.
type Events struct {
	// Phase begins a phase: "scan" ("scan 2" for the second stage), "resolve",
	// "shuffle", "emit"; total is what Progress.Done counts up to, 0 where nobody knows.
	Phase func(name string, total int64)
	// Progress is called after every commit.
	Progress func(Progress)
	// Quarantined is called for each record that could not be read.
	Quarantined func(file string, at int64, reason string)
	// Note says something that a person may want to know, in a sentence.
	Note func(string)
}

// Progress is how far a phase is.
type Progress struct {
	Phase       string
	Done, Total int64 // bytes of input on disk while scanning; documents while emitting; thousandths while resolving
	Documents   int64 // read in this phase
	Kept        int64 // of those
	Bytes       int64 // of their text
}

func (e Events) phase(name string, total int64) {
	if e.Phase != nil {
		e.Phase(name, total)
	}
}

func (e Events) progress(p Progress) {
	if e.Progress != nil {
		e.Progress(p)
	}
}

func (e Events) quarantined(file string, at int64, reason string) {
	if e.Quarantined != nil {
		e.Quarantined(file, at, reason)
	}
}

func (e Events) note(s string) {
	if e.Note != nil {
		e.Note(s)
	}
}

// What Open and Do may return beside errors of the disk and of the input.
var (
	// ErrFinished says that the run directory holds this very run, finished.
	ErrFinished = errors.New("this run is finished")
	// ErrInterrupted says that the run was stopped on request and has committed
	// what it had done.
	ErrInterrupted = errors.New("interrupted")
	// ErrOverBudget says that more records could not be read than the recipe allows.
	ErrOverBudget = errors.New("over the error budget")
	// ErrChanged says that the run directory belongs to another plan.
	ErrChanged = errors.New("the plan has changed since this run began")
)
