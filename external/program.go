package external

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
)

// errNotAllowed says that the user has not consented.
var errNotAllowed = errors.New("the program is not run without --allow-exec")

// mostRestarts is after how many documents in a row that only a fresh process has
// answered the program is taken for broken: it would be started for every document.
const mostRestarts = 20

// A program is the step `exec` in one worker.
type program struct {
	settings *execSettings
	sources  []string
	signals  map[string]int // index of the rule of each signal
	labels   map[string]int
	shared   *consent

	process  *process      // nil where none is alive
	left     time.Duration // of the time of the batch
	restarts int           // documents in a row that only a fresh process has answered
	line     []byte        // of the request
}

// A consent is what a step and its forks have in common.
type consent struct {
	mu      sync.Mutex
	allowed bool
	over    bool // nothing is started any more
	alive   map[*process]bool
}

func newProgram(s *execSettings, env *step.Env) *program {
	p := &program{settings: s, sources: env.Sources, signals: map[string]int{}, labels: map[string]int{},
		shared: &consent{alive: map[*process]bool{}}}
	p.Begin()
	for i, name := range s.Signals {
		p.signals[name] = ownRules + i
	}
	for i, name := range s.Labels {
		p.labels[name] = ownLabels + i
	}
	return p
}

// Fork returns the same step for another worker.
func (p *program) Fork() step.Local {
	return &program{settings: p.settings, sources: p.sources, signals: p.signals, labels: p.labels, shared: p.shared, left: p.left}
}

// Begin gives a new batch its time.
func (p *program) Begin() { p.left = time.Duration(p.settings.BatchTimeout) }

// Command returns the program and its arguments.
func (p *program) Command() []string { return p.settings.Command }

// Allow gives the consent of the user.
func (p *program) Allow() {
	p.shared.mu.Lock()
	defer p.shared.mu.Unlock()
	p.shared.allowed = true
}

// Kill ends all processes, and lets no other begin.
func (p *program) Kill() {
	p.shared.mu.Lock()
	defer p.shared.mu.Unlock()
	p.shared.over = true
	for c := range p.shared.alive {
		c.kill()
	}
}

// Close ends the process of this worker.
func (p *program) Close() error {
	p.stop(dying)
	return nil
}

// Judge asks the program.
func (p *program) Judge(d *document.Document, m *step.Meter) step.Verdict {
	p.line = p.appendRequest(p.line[:0], d)
	a, fault, err := p.ask(d)
	if p.left <= 0 {
		p.Begin() // the documents behind this one have as long again
	}
	switch {
	case err != nil:
		return step.Verdict{Err: err}
	case fault != "":
		return step.Verdict{Bad: true, Reason: fault}
	}
	return p.judged(d, a, m)
}

// ask returns the answer to the request at hand, or what is wrong with the document. The
// error is what keeps the program from running at all.
func (p *program) ask(d *document.Document) (a *answer, fault string, err error) {
	fresh := p.process == nil
	if a, fault, err = p.exchange(d); err != nil || fault == "" {
		p.restarts = 0
		return a, "", err
	}
	if fresh || p.left <= 0 {
		return nil, fault, nil
	}
	// What the process has been through before may have been at fault, or a line too
	// many of the document before: a fresh one knows of this document alone.
	a, second, err := p.exchange(d)
	if err != nil || second != "" {
		return nil, second, err
	}
	if p.restarts++; p.restarts == mostRestarts {
		return nil, "", fmt.Errorf("%s has answered %d documents in a row only after it was started anew, before that: %s; "+
			"it must read one line after the other and write exactly one line for each", strings.Join(p.settings.Command, " "), mostRestarts, fault)
	}
	return a, "", nil
}

// exchange sends the request and reads the answer; where that fails, the process ends.
func (p *program) exchange(d *document.Document) (a *answer, fault string, err error) {
	limit := time.Duration(p.settings.Timeout)
	if p.process == nil {
		if p.process, err = p.shared.start(p.settings.Command); err != nil {
			return nil, "", err
		}
		limit += time.Duration(p.settings.Startup)
	}
	began := time.Now()
	line, err := p.process.exchange(p.line, min(limit, p.left))
	p.left -= time.Since(began)
	if err == nil {
		if a, err = p.read(line, d); err == nil {
			return a, "", nil
		}
	}
	switch {
	case errors.Is(err, errEnded):
		err = p.process.epitaph()
	case p.left <= 0:
		err = fmt.Errorf("no answer before its batch had taken %s", p.settings.BatchTimeout)
	}
	p.stop(0)
	return nil, err.Error(), nil
}

func (p *program) stop(patience time.Duration) {
	if p.process != nil {
		p.shared.stop(p.process, patience)
		p.process = nil
	}
}

// judged carries out an answer.
func (p *program) judged(d *document.Document, a *answer, m *step.Meter) step.Verdict {
	for _, name := range p.settings.Signals { // in order: the first outside of its bounds removes
		if value := a.Signals[name]; value != nil {
			m.Hold(p.signals[name], *value)
		}
	}
	for name, word := range a.Labels {
		m.Labels[p.labels[name]] = word
	}
	m.Labels[labelReason] = a.Reason
	m.Values[ruleReplaced] = 0
	keep := 0.0
	if *a.Keep {
		keep = 1
	}
	m.Hold(ruleKeep, keep)
	v := m.Verdict()
	if v.Removed {
		v.Reason = a.Reason
		return v
	}
	if a.Text != nil && !m.Rules[ruleReplaced].Off {
		if fault := replace(d, *a.Text, m); fault != "" {
			return step.Verdict{Bad: true, Reason: fault}
		}
	}
	return v
}

// change returns the shortest replacement that makes one text of another: without the
// characters that both begin and end with.
func change(from, to string) (start, end int, with string) {
	short := min(len(from), len(to))
	for start < short && from[start] == to[start] {
		start++
	}
	for start > 0 && !boundary(from, start) {
		start--
	}
	tail := 0
	for tail < short-start && from[len(from)-1-tail] == to[len(to)-1-tail] {
		tail++
	}
	for tail > 0 && !(boundary(from, len(from)-tail) && boundary(to, len(to)-tail)) {
		tail--
	}
	return start, len(from) - tail, to[start : len(to)-tail]
}

// boundary reports whether no character has bytes on both sides of i.
func boundary(s string, i int) bool { return i == len(s) || utf8.RuneStart(s[i]) }
