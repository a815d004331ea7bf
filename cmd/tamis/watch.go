package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"tamis/engine"
)

// watch returns a listener to a run: a bar on a terminal, a line every few seconds
// elsewhere, JSON lines, or silence. done ends it, with what the run has ended with.
func (a *app) watch() (events engine.Events, done func(error)) {
	switch {
	case a.json:
		return a.jsonLines(), func(error) {}
	case a.quiet:
		return engine.Events{}, func(error) {}
	}
	tell := a.say
	events, done = a.lines()
	if f, ok := a.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		events, done, tell = a.bar(f)
	}
	// The first records say what is wrong; all of them are in quarantine/.
	const shown = 10
	bad := 0
	events.Quarantined = func(file string, at int64, reason string) {
		if bad++; bad <= shown {
			tell("%s: at %d: %s; quarantined", file, at, reason)
		}
		if bad == shown+1 {
			tell("more records cannot be read; all are in quarantine/ of the run directory")
		}
	}
	events.Note = func(note string) { tell("%s", note) }
	return events, done
}

// A rate says how fast a phase is, from its first event on.
type rate struct {
	phase string
	since time.Time
	last  engine.Progress
	shown time.Time
}

func (r *rate) begin(phase string) {
	now := time.Now()
	*r = rate{phase: phase, since: now, shown: now}
}

// see takes an event and reports whether every has passed since the last one that
// was shown.
func (r *rate) see(p engine.Progress, every time.Duration) bool {
	r.last = p
	now := time.Now()
	if now.Sub(r.shown) < every {
		return false
	}
	r.shown = now
	return true
}

// String is documents/s, MB/s and the share that is kept, each behind a comma; nothing
// where no documents are counted.
func (r *rate) String() string {
	perSecond, text, kept := r.parts()
	return perSecond + text + kept
}

func (r *rate) parts() (perSecond, text, kept string) {
	seconds := max(time.Since(r.since).Seconds(), 0.001)
	if r.last.Documents == 0 {
		return "", "", ""
	}
	return fmt.Sprintf(", %.0f documents/s", float64(r.last.Documents)/seconds),
		fmt.Sprintf(", %.1f MB/s", float64(r.last.Bytes)/1e6/seconds),
		fmt.Sprintf(", %.1f %% kept", 100*float64(r.last.Kept)/float64(r.last.Documents))
}

// barColumns is what a short bar takes on its line with its share, counts, speed and times.
const barColumns = 52

// beside is the phase with as much of the rate as a line of so many columns has room for
// beside the bar: a line that wraps cannot be drawn over again.
func (r *rate) beside(columns int) string {
	perSecond, text, kept := r.parts()
	for _, s := range []string{r.phase + perSecond + text + kept, r.phase + perSecond + kept, r.phase + kept} {
		if len(s) <= columns-barColumns {
			return s
		}
	}
	return r.phase
}

// lineEvery is how often a line of progress is written where there is no terminal.
const lineEvery = 5 * time.Second

// lines writes a line every few seconds, and when a phase ends.
func (a *app) lines() (engine.Events, func(error)) {
	var r rate
	end := func(err error) {
		how := "done in"
		if err != nil {
			how = "stopped after"
		}
		if r.phase != "" {
			a.say("%s: %s %s%s", r.phase, how, time.Since(r.since).Round(time.Millisecond), r.String())
		}
		r.phase = ""
	}
	return engine.Events{
		Phase: func(name string, _ int64) {
			end(nil)
			r.begin(name)
		},
		Progress: func(p engine.Progress) {
			if r.see(p, lineEvery) {
				a.say("%s: %s", r.phase, lineOf(p, &r))
			}
		},
	}, end
}

func lineOf(p engine.Progress, r *rate) string {
	done := fmt.Sprintf("%d", p.Done)
	if p.Total > 0 {
		done = fmt.Sprintf("%.1f %%", 100*float64(p.Done)/float64(p.Total))
	}
	return done + r.String()
}

// bar shows one bar for each phase; tell writes a line above it.
func (a *app) bar(f *os.File) (events engine.Events, done func(error), tell func(string, ...any)) {
	var r rate
	var b *progressbar.ProgressBar
	describe := func() { b.Describe(r.beside(columnsOf(f))) }
	end := func(err error) {
		if b != nil {
			describe()
			if err == nil {
				b.Finish() // which fills it
			}
			fmt.Fprintln(f)
		}
		b = nil
	}
	events = engine.Events{
		Phase: func(name string, total int64) {
			end(nil)
			r.begin(name)
			b = newBar(f, name, total)
		},
		Progress: func(p engine.Progress) {
			if b == nil {
				return
			}
			if r.see(p, 500*time.Millisecond) {
				describe()
			}
			b.Set64(p.Done)
		},
	}
	tell = func(format string, args ...any) {
		if b != nil {
			b.Clear()
		}
		a.say(format, args...)
	}
	return events, end, tell
}

// columnsOf is the width of a terminal.
func columnsOf(f *os.File) int {
	if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
		return columns
	}
	return 80
}

func newBar(f *os.File, name string, total int64) *progressbar.ProgressBar {
	if total <= 0 {
		total = -1 // nobody knows: a spinner
	}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(name), progressbar.OptionSetWidth(20),
		progressbar.OptionThrottle(100 * time.Millisecond), progressbar.OptionSetPredictTime(true),
		progressbar.OptionShowDescriptionAtLineEnd(), progressbar.OptionUseANSICodes(true),
	}
	switch { // what the phase counts: bytes of input, thousandths of the work, documents
	case strings.HasPrefix(name, "scan"):
		options = append(options, progressbar.OptionShowCount(), progressbar.OptionShowBytes(true), progressbar.OptionShowTotalBytes(true))
	case name != "resolve":
		options = append(options, progressbar.OptionShowCount())
	}
	return progressbar.NewOptions64(total, options...)
}

// jsonLines writes each event as one line of JSON to stderr.
func (a *app) jsonLines() engine.Events {
	e := json.NewEncoder(a.err)
	e.SetEscapeHTML(false)
	var r rate
	return engine.Events{
		Phase: func(name string, total int64) {
			r.begin(name)
			e.Encode(map[string]any{"event": "phase", "phase": name, "total": total})
		},
		Progress: func(p engine.Progress) {
			if r.see(p, time.Second) || p.Done == p.Total {
				e.Encode(map[string]any{"event": "progress", "phase": p.Phase, "done": p.Done, "total": p.Total,
					"documents": p.Documents, "kept": p.Kept, "bytes": p.Bytes})
			}
		},
		Quarantined: func(file string, at int64, reason string) {
			e.Encode(map[string]any{"event": "quarantined", "file": file, "at": at, "reason": reason})
		},
		Note: func(note string) { e.Encode(map[string]any{"event": "note", "note": note}) },
	}
}
