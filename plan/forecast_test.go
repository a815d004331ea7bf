package plan

import (
	"testing"

	"tamis/shards"
	"tamis/step"
)

type anyGlobal struct{ step.Global }

func TestForesee(t *testing.T) {
	p := &Plan{Sources: []shards.Source{{Files: []shards.File{
		{Size: 1000}, {Size: 100, Compression: shards.Gzip}, {Size: 100, Format: shards.Parquet}, {Path: "-", Size: -1}}}}}
	if got, want := Foresee(p), (Forecast{Scans: 1, Records: 1500, Disk: 975}); got != want {
		t.Errorf("a copy: %+v, want %+v", got, want)
	}
	p.Stages = []Stage{{Global: []*Step{{Global: anyGlobal{}}}}}
	p.Output.Shuffle = true
	if got, want := Foresee(p), (Forecast{Scans: 2, Shuffle: true, Records: 1500, Disk: 1950}); got != want {
		t.Errorf("with a global step: %+v, want %+v", got, want)
	}
}
