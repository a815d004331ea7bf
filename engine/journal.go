package engine

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"tamis/plan"
	"tamis/shards"
	"tamis/step"
)

// The journal is a sequence of records, each a JSON object. The first one says
// which run this is; every later one says how far the run has come since. The state
// of a run is the fold of all its records. A commit of a scan takes the place of the
// one before it, so that the journal stays small however large the corpus is.

// A record is one entry of the journal. Exactly one of its fields is set.
type record struct {
	Begin    *begin    `json:"begin,omitempty"`
	Scanned  *scanned  `json:"scanned,omitempty"`
	Resolved *resolved `json:"resolved,omitempty"`
	Shuffled *scanned  `json:"shuffled,omitempty"`
	Shard    *emitted  `json:"shard,omitempty"`
	Emitted  *listed   `json:"emitted,omitempty"`
	Finished *struct{} `json:"finished,omitempty"`
}

// begin identifies the run.
type begin struct {
	Version  string            `json:"version"`
	Plan     string            `json:"plan"` // its hash
	Settings []plan.Setting    `json:"settings"`
	Files    map[string]uint64 `json:"files"` // fingerprints by path
	Reads    map[string]string `json:"reads"`
}

// scanned says how far the scan of a stage is. Whatever lies behind the lengths was
// written after this commit and is cut off on resume.
type scanned struct {
	Stage     int              `json:"stage"`
	Done      bool             `json:"done"` // the whole stage
	Input     position         `json:"input"`
	Documents uint64           `json:"documents"` // in the stage's spool
	Lengths   map[string]int64 `json:"lengths"`
	Stats     []byte           `json:"stats"`
	Shape     []byte           `json:"shape,omitempty"`
	Timing    Timing           `json:"timing"`
	Parts     []part           `json:"parts,omitempty"` // of a shuffled spool, where the output is split
}

// A position is where the input goes on: a byte of a decompressed JSONL file, a row
// of a Parquet file, or a block of the spool of the stage before (File is 0).
type position struct {
	File int   `json:"file"`
	At   int64 `json:"at"`
}

// resolved says that a global step of a stage has decided.
type resolved struct {
	Stage   int           `json:"stage"`
	Step    int           `json:"step"` // among the global steps of the stage
	Removed int64         `json:"removed"`
	Nanos   int64         `json:"nanos"`
	Name    string        `json:"name"` // of the step
	Facts   []Fact        `json:"facts,omitempty"`
	Probes  []step.Recall `json:"probes,omitempty"`
}

// A Fact is what a global step noted on its resolving.
type Fact struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// emitted says that a shard has its final name.
type emitted struct {
	Index int          `json:"index"`
	Shard shards.Shard `json:"shard"`
}

// listed says that the manifest and the tables are written.
type listed struct {
	Domains []shards.Domain `json:"domains,omitempty"` // those that the report shows
}

// A state is how far a run has come.
type state struct {
	begin    *begin
	scan     scanned
	scanning bool              // the last record is that commit of a scan
	resolved int               // global steps of scan.Stage that have decided
	nanos    map[string]int64  // of global steps resolved since the last commit of a scan
	facts    map[string][]Fact // by step
	probes   map[string][]step.Recall
	shuffled *scanned
	shards   map[int]shards.Shard
	domains  []shards.Domain
	emitted  bool
	finished bool
}

// fold reads all records of a journal.
func fold(records [][]byte) (*state, error) {
	s := &state{shards: map[int]shards.Shard{}, nanos: map[string]int64{}, facts: map[string][]Fact{}, probes: map[string][]step.Recall{}}
	for i, raw := range records {
		var r record
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, fmt.Errorf("journal: record %d: %w", i, err)
		}
		if (i == 0) != (r.Begin != nil) {
			return nil, fmt.Errorf("journal: record %d does not belong there", i)
		}
		s.add(r)
	}
	return s, nil
}

func (s *state) add(r record) {
	s.scanning = r.Scanned != nil
	switch {
	case r.Begin != nil:
		s.begin = r.Begin
	case r.Scanned != nil:
		if r.Scanned.Stage != s.scan.Stage {
			s.resolved = 0
		}
		clear(s.nanos) // its Timing has them
		s.scan = *r.Scanned
	case r.Resolved != nil:
		s.resolved = r.Resolved.Step + 1
		s.nanos[r.Resolved.Name] = r.Resolved.Nanos
		s.facts[r.Resolved.Name] = r.Resolved.Facts
		s.probes[r.Resolved.Name] = r.Resolved.Probes
	case r.Shuffled != nil:
		s.shuffled = r.Shuffled
	case r.Shard != nil:
		s.shards[r.Shard.Index] = r.Shard.Shard
	case r.Emitted != nil:
		s.emitted, s.domains = true, r.Emitted.Domains
	case r.Finished != nil:
		s.finished = true
	}
}

// superseded reports whether a commit of a scan says all that the last record does: a
// journal holds one commit of each stage, however many there were.
func (s *state) superseded(by *scanned) bool { return s.scanning && s.scan.Stage == by.Stage }

// note writes a record into the journal, and only then believes it.
func (r *Run) note(rec record) error {
	raw, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	write := r.journal.Append
	if rec.Scanned != nil && r.state.superseded(rec.Scanned) {
		write = r.journal.Replace
	}
	if err := write(raw); err != nil {
		return fmt.Errorf("journal of %s: %w", r.plan.Output.Dir, err)
	}
	r.state.add(rec)
	return nil
}

// identity returns what a run is told by.
func identity(p *plan.Plan, version string) *begin {
	b := &begin{Version: version, Plan: p.Hash(), Settings: p.Settings, Files: map[string]uint64{}, Reads: map[string]string{}}
	for _, s := range p.Sources {
		for _, f := range s.Files {
			b.Files[f.Path] = f.Sum
		}
	}
	for _, r := range p.Reads {
		b.Reads[r.Path] = r.Sum
	}
	return b
}

// names lists the names of the input files, which their records are called after, with
// what is in them. Folders are not in it: a corpus may move.
func (b *begin) names() (all []string) {
	for path, sum := range b.Files {
		all = append(all, fmt.Sprintf("%s %016x", filepath.Base(path), sum))
	}
	slices.Sort(all)
	return all
}

// changes lists what differs between the run that was begun and the one that is
// asked for, in sentences.
func changes(was, is *begin) []string {
	var out []string
	if was.Version != is.Version {
		out = append(out, fmt.Sprintf("tamis was version %s, is %s", was.Version, is.Version))
	}
	out = append(out, changedSettings(was.Settings, is.Settings)...)
	out = append(out, changedKeys("input", was.Files, is.Files)...)
	out = append(out, changedKeys("list or model", was.Reads, is.Reads)...)
	if len(out) == 0 && was.Plan != is.Plan {
		out = append(out, "the order of the input files changed")
	}
	return out
}

func changedSettings(was, is []plan.Setting) []string {
	old := map[string]string{}
	for _, s := range was {
		old[s.Key] = s.Value
	}
	var out []string
	for _, s := range is {
		before, known := old[s.Key]
		delete(old, s.Key)
		switch {
		case !known:
			out = append(out, fmt.Sprintf("%s is %s, was not there", s.Key, s.Value))
		case before != s.Value:
			out = append(out, fmt.Sprintf("%s was %s, is %s", s.Key, before, s.Value))
		}
	}
	for _, s := range was {
		if v, gone := old[s.Key]; gone {
			out = append(out, fmt.Sprintf("%s was %s, is gone", s.Key, v))
		}
	}
	return out
}

func changedKeys[V comparable](what string, was, is map[string]V) []string {
	var out []string
	for _, k := range sortedKeys(is) {
		if v, known := was[k]; !known {
			out = append(out, fmt.Sprintf("%s %s is new", what, k))
		} else if v != is[k] {
			out = append(out, fmt.Sprintf("%s %s has other content", what, k))
		}
	}
	for _, k := range sortedKeys(was) {
		if _, there := is[k]; !there {
			out = append(out, fmt.Sprintf("%s %s is gone", what, k))
		}
	}
	return out
}

// changed is the error of a run directory that holds another run.
func changed(dir string, was, is *begin) error {
	return fmt.Errorf("%w: %s: %s\n  run with --restart to begin again, or restore what changed",
		ErrChanged, dir, strings.Join(changes(was, is), "; "))
}
