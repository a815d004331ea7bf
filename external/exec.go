// Package external judges documents by programs which are none of ours: the step `exec`.
//
// It is the one step that is not pure. What keeps its results the same for any number of
// workers is that a program is told nothing but the document, and that what it makes of
// a document in a process of its own is what counts.
package external

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"tamis/step"
)

// Exec lets a program judge documents.
var Exec = step.Spec{
	Name: "exec",
	Doc: "Lets a program of any language judge, edit or measure documents: one line of JSON for each on its standard input, one line of JSON back. " +
		"It runs only under `tamis run --allow-exec`. Each worker has a process of its own. A process that ends, is too slow, or answers what is no answer is started anew and asked again; " +
		"a document on which a fresh one fails, too, goes to quarantine. What the lines look like is in exec.md.",
	Source: "this project, docs/exec.md",
	Rules: []step.Rule{
		{Name: "keep", Unit: "0 or 1", Doc: "1 where the program keeps the document, 0 where it does not.", Min: 1, Max: 1, Scale: step.Share},
		{Name: "replaced", Unit: "edits", Doc: "Texts that the program has replaced.", Min: step.NoMin, Max: step.NoMax, Edit: true, Scale: step.Log},
	},
	Labels: []step.Label{
		{Name: "reason", Doc: "What the program says of its verdict."},
	},
	New: func() step.Settings {
		return &execSettings{Timeout: Duration(30 * time.Second), BatchTimeout: Duration(time.Hour), Startup: Duration(60 * time.Second)}
	},
}

// Where the step's own rules and labels are; those that a recipe names follow.
const (
	ruleKeep = iota
	ruleReplaced
	ownRules
)

const (
	labelReason = iota
	ownLabels
)

type execSettings struct {
	Command      []string `yaml:"command" doc:"the program and its arguments, without a shell between; files among them are part of the plan's hash"`
	Fields       []string `yaml:"fields" doc:"other members of the record that the program is shown, by their paths"`
	Signals      []string `yaml:"signals" doc:"names of the numbers that the program may answer with; they become columns, and steps below can use them"`
	Labels       []string `yaml:"labels" doc:"names of the words that the program may answer with, likewise"`
	Timeout      Duration `yaml:"timeout" doc:"how long a document may take, e.g. 500ms or 2m"`
	BatchTimeout Duration `yaml:"batch_timeout" doc:"how long a batch, about 1 MiB of text, may take; the document under way then goes to quarantine, and those behind it have as long again"`
	Startup      Duration `yaml:"startup" doc:"how much longer the first document of a process may take, while it loads what it needs"`
}

// UnmarshalScalar takes the command from the short form, `exec: ./filter.py`.
func (s *execSettings) UnmarshalScalar(value string) error {
	s.Command = strings.Fields(value)
	return nil
}

// Declare returns the signals and labels that the program may answer with.
func (s *execSettings) Declare(*step.Env) (rules []step.Rule, labels []step.Label, err error) {
	for _, name := range s.Signals {
		rules = append(rules, step.Rule{Name: name, Unit: "as the program has it", Doc: "A number of the program.",
			Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Column: true})
	}
	for _, name := range s.Labels {
		labels = append(labels, step.Label{Name: name, Doc: "A word of the program.", Column: true})
	}
	return rules, labels, nil
}

// Build finds the program and reads its files for the plan's hash. It runs nothing.
func (s *execSettings) Build(env *step.Env) (any, error) {
	if len(s.Command) == 0 || s.Command[0] == "" {
		return nil, &step.Fault{Key: "command", Err: errors.New("there is no command: write the program and its arguments, such as [python3, filter.py]")}
	}
	if s.Timeout <= 0 {
		return nil, &step.Fault{Key: "timeout", Err: fmt.Errorf("a time limit of %s is impossible: it is more than 0", s.Timeout)}
	}
	if s.BatchTimeout < s.Timeout {
		return nil, &step.Fault{Key: "batch_timeout", Err: fmt.Errorf("a batch that may take %s cannot wait %s for a document: set it above timeout", s.BatchTimeout, s.Timeout)}
	}
	if _, err := exec.LookPath(s.Command[0]); err != nil {
		return nil, &step.Fault{Key: "command", Err: fmt.Errorf("no program %q: %w", s.Command[0], bare(err))}
	}
	for _, word := range s.Command {
		if err := note(env, word); err != nil {
			return nil, &step.Fault{Key: "command", Err: err}
		}
	}
	return newProgram(s, env), nil
}

// bare is an error of the package exec without the name, which the caller has.
func bare(err error) error {
	var e *exec.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// note makes a word of the command part of the plan's hash where it names a file.
func note(env *step.Env, word string) error {
	info, err := os.Stat(word)
	if err != nil || !info.Mode().IsRegular() || env.Open == nil {
		return nil
	}
	f, err := env.Open(word)
	if err != nil {
		return err
	}
	return f.Close()
}

// A Duration is a time, written as 500ms, 30s or 2m.
type Duration time.Duration

// UnmarshalScalar reads a time as a recipe writes it.
func (d *Duration) UnmarshalScalar(v string) error {
	x, err := time.ParseDuration(v)
	if err != nil || x < 0 {
		return fmt.Errorf("%q is no time: one is a number with ms, s, m or h, e.g. 30s", v)
	}
	*d = Duration(x)
	return nil
}

// String writes a time as a recipe does.
func (d Duration) String() string { return time.Duration(d).String() }
