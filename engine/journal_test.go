package engine

import (
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"testing"

	"tamis/spool"
)

// The time of a global step is told by its own record until the next commit of a scan
// has it; it counts once.
func TestFoldCountsTimeOnce(t *testing.T) {
	records := []record{
		{Begin: &begin{}},
		{Scanned: &scanned{Stage: 0, Done: true, Timing: Timing{"short": 3}}},
		{Resolved: &resolved{Stage: 0, Step: 0, Name: "twins", Nanos: 5}},
		{Scanned: &scanned{Stage: 1, Timing: Timing{"short": 3, "twins": 5}}},
	}
	for n, want := range map[int]map[string]int64{2: {}, 3: {"twins": 5}, 4: {}} {
		var raw [][]byte
		for _, r := range records[:n] {
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			raw = append(raw, b)
		}
		s, err := fold(raw)
		if err != nil || !maps.Equal(s.nanos, want) {
			t.Errorf("after %d records: %v, error %v, want %v", n, s.nanos, err, want)
		}
	}
}

// However often a scan commits, the journal keeps its last commit alone.
func TestJournalStaysSmall(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	if err := curate(testPlan(t, corpus(t), out), Options{CommitEvery: 1}, context.Background()); err != nil {
		t.Fatal(err)
	}
	dir := &spool.Dir{Disk: spool.OS{}, Path: out}
	j, records, err := spool.OpenJournal(dir, journalName)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	commits := map[int]int{}
	for _, raw := range records {
		var r record
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatal(err)
		}
		if r.Scanned != nil {
			commits[r.Scanned.Stage]++
		}
	}
	if want := map[int]int{0: 1, 1: 1}; !maps.Equal(commits, want) {
		t.Errorf("commits by stage: %v, want %v", commits, want)
	}
}
