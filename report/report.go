// Package report turns what a run has counted into what people and programs read:
// stats.json, report.html and the funnel on the terminal. All three come from one
// Report, and report.html can be made again from stats.json alone.
package report

import (
	"math"

	"tamis/shards"
	"tamis/stats"
)

// A Run is what a report is made of.
type Run struct {
	Name     string
	Version  string // of tamis
	PlanHash string
	Settings []Setting // the plan, key by key
	Reads    []Read
	Sources  []shards.Source
	Stats    *stats.Stats
	Shards   []shards.Shard
	Timing   map[string]int64  // nanoseconds of work by step or phase, of all workers together
	Facts    map[string][]Fact // by step
	Probes   map[string][]Probes
	Domains  []shards.Domain // the sites with the most documents
}

// A Setting is one line of the resolved recipe.
type Setting struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// A Read is a list or a model that a step has read.
type Read struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// A Report is the content of stats.json. All but Timing is the same in every run of
// the same plan over the same input.
type Report struct {
	Name     string   `json:"name"`
	Version  string   `json:"version"`
	PlanHash string   `json:"plan_hash"`
	Sources  []Source `json:"sources"`
	Steps    []Step   `json:"steps"`
	// Lengths are histograms of words per document, before and after.
	Lengths    Lengths              `json:"lengths"`
	Quarantine []Quarantined        `json:"quarantine"`
	Warnings   []string             `json:"warnings,omitempty"` // what a person should look at
	Domains    []shards.Domain      `json:"domains"`            // the sites with the most documents; domains.parquet has all
	Output     Output               `json:"output"`
	Documents  []Document           `json:"documents"` // the samples
	Settings   []Setting            `json:"settings"`
	Reads      []Read               `json:"reads"`
	Scales     map[string][]float64 `json:"scales"` // upper edges of the buckets, but for the last one
	Timing     Timing               `json:"timing"`
}

// A Source is what became of one source, in documents where nothing else is said.
type Source struct {
	Name        string `json:"name"`
	Read        int64  `json:"read"` // kept + removed + quarantined
	Kept        int64  `json:"kept"`
	Removed     int64  `json:"removed"` // with those not drawn
	Quarantined int64  `json:"quarantined"`
	NotDrawn    int64  `json:"not_drawn"` // left out by the source's weight
	BytesRead   int64  `json:"bytes_read"`
	BytesKept   int64  `json:"bytes_kept"`
	WordsRead   int64  `json:"words_read"`
	WordsKept   int64  `json:"words_kept"`
	Files       int    `json:"files"`
	License     string `json:"license"` // "" where the recipe does not say
}

// A Count is documents with the bytes and words of their texts.
type Count struct {
	In           int64 `json:"in"`
	Removed      int64 `json:"removed"`
	Edited       int64 `json:"edited"`
	BytesIn      int64 `json:"bytes_in"`
	BytesRemoved int64 `json:"bytes_removed"`
	WordsIn      int64 `json:"words_in"`
	WordsRemoved int64 `json:"words_removed"`
}

// A Step is what one step did, to all sources and to each of them.
type Step struct {
	Name   string `json:"name"`
	Global bool   `json:"global"`
	Count
	Facts   []Fact   `json:"facts,omitempty"`
	Probes  []Probes `json:"probes,omitempty"`
	Rules   []Rule   `json:"rules"`
	Sources []Count  `json:"sources"` // in the order of Report.Sources
}

// A Fact is what a step found out about its own work, such as how full a filter became.
type Fact struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// Probes are altered copies of documents whose true similarity with their originals
// lies in one range, planted to see whether the step finds them.
type Probes struct {
	From      float64 `json:"from"`
	To        float64 `json:"to"`
	Planted   int64   `json:"planted"`
	Found     int64   `json:"found"`     // became candidates
	Confirmed int64   `json:"confirmed"` // of those, they reach the threshold
	Expected  float64 `json:"expected"`  // share that theory finds of these
	Low       float64 `json:"low"`       // of the interval that holds the share found with a probability of 0.95
	High      float64 `json:"high"`
}

// A Rule is what one rule did. Open bounds are null.
type Rule struct {
	Name         string       `json:"name"`
	Removed      int64        `json:"removed"` // documents that it was the first rule to remove
	BytesRemoved int64        `json:"bytes_removed"`
	WordsRemoved int64        `json:"words_removed"`
	Unit         string       `json:"unit"`
	Doc          string       `json:"doc"`
	Min          *float64     `json:"min"`
	Max          *float64     `json:"max"`
	Off          bool         `json:"off"`
	Edit         bool         `json:"edit"`
	Edits        int64        `json:"edits"`
	Edited       int64        `json:"edited"`
	BytesCut     int64        `json:"bytes_cut"`
	BytesAdded   int64        `json:"bytes_added"`
	OwnBounds    int64        `json:"own_bounds,omitempty"` // documents held against other bounds, such as those of their language
	Measured     int64        `json:"measured"`
	Histogram    Histogram    `json:"histogram"`
	Sources      []RuleSource `json:"sources"` // in the order of Report.Sources; empty where there is one
	Samples      Samples      `json:"samples"`
}

// A RuleSource is what one rule did to one source.
type RuleSource struct {
	Removed      int64     `json:"removed"`
	BytesRemoved int64     `json:"bytes_removed"`
	WordsRemoved int64     `json:"words_removed"`
	Edits        int64     `json:"edits"`
	Histogram    Histogram `json:"histogram"`
}

// A Histogram counts values by bucket of a scale. Counts begin at bucket First; all
// buckets outside are empty.
type Histogram struct {
	Scale  string  `json:"scale"`
	First  int     `json:"first"`
	Counts []int64 `json:"counts"`
	// Of the values of rules: words of the documents in each bucket, the documents whose
	// value is the lower edge of the bucket itself, and the words of those.
	Words     []int64 `json:"words,omitempty"`
	AtEdge    []int64 `json:"at_edge,omitempty"`
	EdgeWords []int64 `json:"edge_words,omitempty"`
}

// Lengths are histograms of words per document.
type Lengths struct {
	Read Histogram `json:"read"`
	Kept Histogram `json:"kept"`
}

// Samples are documents shown beside a rule.
type Samples struct {
	Inside  []Shown `json:"inside"`  // within the bounds and nearest to one
	Outside []Shown `json:"outside"` // outside the bounds and nearest to one
	Removed []Shown `json:"removed"` // removed by the rule, chosen by chance
	Changed []Shown `json:"changed"` // edited by the rule, chosen by chance
}

// Shown is a sampled document with its value for the rule.
type Shown struct {
	Document int      `json:"document"` // index in Report.Documents
	Value    *float64 `json:"value"`
}

// A Document is a sample with all that was measured of it.
type Document struct {
	Source  string   `json:"source"`
	ID      string   `json:"id"`
	URL     string   `json:"url,omitempty"`
	File    string   `json:"file"`
	At      int64    `json:"at"` // byte of the decompressed file, or row
	Text    string   `json:"text"`
	Cut     bool     `json:"cut"` // the text goes on
	Bytes   int64    `json:"bytes"`
	Words   int64    `json:"words"`
	Removed string   `json:"removed"` // "step.rule" of the stage in which it was sampled, or ""
	Signals []Signal `json:"signals"`
	Labels  []Label  `json:"labels"`
}

// A Signal is the value that a rule measured.
type Signal struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// A Label is a word that a step chose.
type Label struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Quarantined is a group of records that could not be read.
type Quarantined struct {
	Source  string  `json:"source"`
	Reason  string  `json:"reason"`
	Records int64   `json:"records"`
	Places  []Place `json:"places"` // the first of them
}

// A Place is where a record was found.
type Place struct {
	File string `json:"file"`
	At   int64  `json:"at"` // byte of the decompressed file, or row
}

// Output is what was written.
type Output struct {
	Shards int64 `json:"shards"`
	Rows   int64 `json:"rows"`
	Bytes  int64 `json:"bytes"` // on disk
}

// Timing is all that may differ between two runs.
type Timing struct {
	Seconds map[string]float64 `json:"seconds"` // of work by step or phase, of all workers together
}

// Build puts a report together.
func Build(r *Run) *Report {
	b := builder{run: r, shape: r.Stats.Shape(), number: map[*stats.Sample]int{}}
	rep := &Report{
		Name: r.Name, Version: r.Version, PlanHash: r.PlanHash,
		Sources: b.sources(), Quarantine: b.quarantine(), Warnings: r.Stats.Warnings(), Output: output(r.Shards), Domains: append([]shards.Domain{}, r.Domains...),
		Settings: append([]Setting{}, r.Settings...), Reads: append([]Read{}, r.Reads...), Scales: scales(),
		Timing: Timing{Seconds: map[string]float64{}},
	}
	rep.Steps = b.steps()
	rep.Lengths = b.lengths()
	rep.Documents = append([]Document{}, b.documents...)
	for name, nanos := range r.Timing {
		rep.Timing.Seconds[name] = math.Round(float64(nanos)/1e6) / 1e3
	}
	return rep
}

func output(list []shards.Shard) Output {
	o := Output{Shards: int64(len(list))}
	for _, s := range list {
		o.Rows += s.Rows
		o.Bytes += s.Bytes
	}
	return o
}

// Total returns the sum of all sources.
func (r *Report) Total() Source {
	t := Source{Name: "all sources"}
	for _, s := range r.Sources {
		t.Read += s.Read
		t.Kept += s.Kept
		t.Removed += s.Removed
		t.Quarantined += s.Quarantined
		t.NotDrawn += s.NotDrawn
		t.BytesRead += s.BytesRead
		t.BytesKept += s.BytesKept
		t.WordsRead += s.WordsRead
		t.WordsKept += s.WordsKept
		t.Files += s.Files
	}
	return t
}
