package plan

import (
	"testing"

	"tamis/shards"
	"tamis/step"
)

type anyGlobal struct {
	step.Global
	edits bool
}

func (g anyGlobal) Edits() bool { return g.edits }

// greedyGlobal wants as much memory as there is text.
type greedyGlobal struct{ step.Global }

func (greedyGlobal) Foresee(texts int64) int64 { return texts }

func TestWants(t *testing.T) {
	p := &Plan{Memory: 1000, Sources: []shards.Source{{Files: []shards.File{{Size: 600}}}},
		Steps: []*Step{{Name: "modest", Global: anyGlobal{}}, {Name: "greedy", Global: greedyGlobal{}}}}
	if got := Wants(p); len(got) != 1 || got[0] != (Want{"greedy", 600, true}) {
		t.Errorf("at the budget: %+v", got)
	}
	p.Sources[0].Files[0].Size = 601
	if got := Wants(p); len(got) != 1 || got[0].Fits || got[0].String() != "greedy holds about 601 B: more than the budget leaves, and the run would stop there; raise memory, or the step's rate" {
		t.Errorf("above the budget: %v", got)
	}
}

func TestForesee(t *testing.T) {
	p := &Plan{Sources: []shards.Source{{Files: []shards.File{
		{Size: 1000}, {Size: 100, Compression: shards.Gzip}, {Size: 100, Format: shards.Parquet}, {Path: "-", Size: -1}}}}}
	if got, want := Foresee(p), (Forecast{Scans: 1, Records: 1500, Disk: 1500}); got != want {
		t.Errorf("a copy: %+v, want %+v", got, want)
	}
	for edits, disk := range map[bool]int64{false: 1500, true: 3000} {
		p.Stages = []Stage{{Global: []*Step{{Global: anyGlobal{edits: edits}}}}}
		if got, want := Foresee(p), (Forecast{Scans: 2, Records: 1500, Disk: disk}); got != want {
			t.Errorf("with a global step that edits, %v: %+v, want %+v", edits, got, want)
		}
	}
	p.Output.Shuffle = true
	if got, want := Foresee(p), (Forecast{Scans: 2, Shuffle: true, Records: 1500, Disk: 3000}); got != want {
		t.Errorf("shuffled: %+v, want %+v", got, want)
	}
}
