package plan

import (
	"fmt"
	"slices"

	"tamis/shards"
	"tamis/step"
)

// A Forecast says what a run will need, in round numbers: how often the documents
// stream by, and how much room the run directory wants beside the shards if every
// document stays.
type Forecast struct {
	Scans   int   `json:"scans"`   // of the sources, then of the spool
	Shuffle bool  `json:"shuffle"` // one sort of all documents more
	Records int64 `json:"records"` // bytes of all records without compression
	Disk    int64 `json:"disk"`    // bytes of spool at most, beside the shards
}

// How many times larger records are than their files, about. On English prose gzip
// makes 2.5 to 2.9 and zstd 3 to 3.7; Parquet's codec is not looked at.
const (
	growGzip    = 3
	growZstd    = 3.3
	growParquet = 2
)

// Foresee forecasts a plan.
func Foresee(p *Plan) Forecast {
	f := Forecast{Scans: len(p.Stages), Shuffle: p.Output.Shuffle || p.Output.Split != nil}
	if n := len(p.Stages); n == 0 || len(p.Stages[n-1].Global) > 0 {
		f.Scans++ // what the last global steps decided is applied by a scan of its own
	}
	for _, s := range p.Sources {
		for _, file := range s.Files {
			f.Records += int64(float64(max(0, file.Size)) * growth(file))
		}
	}
	f.Disk = f.Records
	if f.Shuffle || f.Scans > 2 || f.Scans == 2 && lastEdits(p) {
		f.Disk *= 2 // one spool is read while the next one is written
	}
	return f
}

// lastEdits reports whether the second of two scans may change texts. Where it does not,
// its spool says only which of the first one's stay.
func lastEdits(p *Plan) bool {
	if len(p.Stages) > 1 && len(p.Stages[1].Local) > 0 {
		return true
	}
	return slices.ContainsFunc(p.Stages[0].Global, func(s *Step) bool { return s.Global.Edits() })
}

func growth(f shards.File) float64 {
	switch {
	case f.Format == shards.Parquet:
		return growParquet
	case f.Compression == shards.Gzip:
		return growGzip
	case f.Compression == shards.Zstd:
		return growZstd
	}
	return 1
}

// ResolveShare is the part of the memory budget that a global step may hold; the rest is
// for reading the spool and for the runtime.
const ResolveShare = 0.6

// A Want is memory that a step wants for what grows with the texts.
type Want struct {
	Step  string `json:"step"`
	Bytes int64  `json:"bytes"`
	Fits  bool   `json:"fits"` // into the budget, as far as can be said
}

// Wants forecasts the memory of steps if every text reaches them.
func Wants(p *Plan) []Want {
	out := []Want{}
	records := Foresee(p).Records
	for _, s := range p.Steps {
		f, ok := s.Global.(step.Foreseer)
		if !ok {
			continue
		}
		if n := f.Foresee(records); n > 0 {
			out = append(out, Want{s.Name, n, n <= int64(float64(p.Memory)*ResolveShare)})
		}
	}
	return out
}

// String says it in a sentence.
func (w Want) String() string {
	fits := ""
	if !w.Fits {
		fits = ": more than the budget leaves, and the run would stop there; raise memory, or the step's rate"
	}
	return fmt.Sprintf("%s holds about %s%s", w.Step, Bytes(w.Bytes), fits)
}

// String says it in a sentence.
func (f Forecast) String() string {
	order := "emit"
	if f.Shuffle {
		order = "shuffle, emit"
	}
	return fmt.Sprintf("about %s of records; %s, %s; at most about %s of spool beside the shards",
		Bytes(f.Records), Count(f.Scans, "scan"), order, Bytes(f.Disk))
}
