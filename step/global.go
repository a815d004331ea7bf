package step

import (
	"context"

	"tamis/document"
	"tamis/spool"
)

// Global is a step that needs all documents: it sketches each of them while the
// corpus streams by, resolves all sketches into decisions, and applies the decision
// to a document when it streams by again.
type Global interface {
	// Sketcher returns what one worker sketches with.
	Sketcher() Sketcher
	// Resolve reads all sketches and decides. It stays within r.Memory.
	Resolve(ctx context.Context, r *Resolution) error
	// Apply does to d what was decided of it: Judge for global steps, called by
	// several workers at a time. The decision is nil where none was noted.
	Apply(d *document.Document, decision []byte, m *Meter) Verdict
	// Edits reports whether Apply may change a text; a global step after it then
	// begins a new stage.
	Edits() bool
}

// A Clusterer is a Global whose decisions gather documents into clusters. The run
// directory then lists every document that has copies.
type Clusterer interface {
	Global
	// Member says what a decision tells of a document's cluster, and whether it is in
	// one. It is called by several workers at a time.
	Member(decision []byte) (Membership, bool)
}

// A Membership is a document's place in a cluster.
type Membership struct {
	Keeper     uint64 // ordinal of the best copy, by which the cluster is told
	Size       uint64 // documents in the cluster
	Kept       bool   // the document stays
	Similarity float64
	Estimate   float64 // of the similarity, by the signatures alone; 0 where Band is
	Band       int     // in which it met a copy first, from 1; 0 where there is none
	// Earlier is the id of the best copy where that is a document of an earlier run;
	// Keeper then is a number above all ordinals.
	Earlier string
}

// A Foreseer is a Global that holds something in memory whose size grows with the
// texts, such as a Bloom filter.
type Foreseer interface {
	Global
	// Foresee returns about how many bytes of memory Resolve will want for so many bytes
	// of texts. Resolve counts, and refuses what does not fit.
	Foresee(texts int64) int64
}

// Sketcher is owned by one worker.
type Sketcher interface {
	// Sketch appends what the step needs to know of d. It may append nothing.
	Sketch(dst []byte, d *document.Document) []byte
}

// A Resolution is the work of one global step over one stage. Documents are
// addressed by their ordinal: their position, from 0, among all documents that the
// stage's local steps kept, in the order of the input.
type Resolution struct {
	Documents uint64
	Memory    int64      // bytes that Resolve may hold
	Dir       *spool.Dir // for its own files; emptied afterwards
	Workers   int
	// Alive reports whether no earlier global step of the stage removed the document.
	Alive func(ordinal uint64) bool
	// Sketches calls f for every document in order, dead ones too. The sketch is
	// valid during the call.
	Sketches func(f func(ordinal uint64, sketch []byte) error) error
	// Read calls f, in order and one at a time, for the documents that want says yes
	// to, read again from the spool; d is valid during the call.
	Read func(want func(ordinal uint64) bool, f func(ordinal uint64, d *document.Document) error) error
	// Decide notes a decision, in ascending order of ordinals, once each at most.
	// Removed documents are dead to the global steps that follow. The bytes are
	// copied.
	Decide func(ordinal uint64, removed bool, decision []byte) error
	// Save writes a block file for later runs into the run directory, whole or not at
	// all: write is given what appends a block of spool.Pack.
	Save func(write func(block func(packed []byte) error) error) error
	// Progress says how much of the work is done, 0 to 1.
	Progress func(share float64)
	// Note adds a fact on the resolving itself to the stats, such as how full a filter
	// became. Facts are shown in the order in which they come; they must be the same in
	// every run.
	Note func(name string, value float64)
	// Probed adds to the stats what became of planted probes, by similarity.
	Probed func([]Recall)
}

// A Recall says how many of the planted probes within a range of similarity with their
// originals were found.
type Recall struct {
	From      float64 `json:"from"`
	To        float64 `json:"to"`
	Planted   int64   `json:"planted"`
	Found     int64   `json:"found"`     // became candidates
	Confirmed int64   `json:"confirmed"` // of those, they reach the threshold
	Expected  float64 `json:"expected"`  // share that theory finds of these
	Low       float64 `json:"low"`       // of the interval that holds the share found with a probability of 0.95
	High      float64 `json:"high"`
}
