package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tamis/plan"
	"tamis/spool"
)

// A restart that is stopped anywhere leaves the old run whole, or one that goes on to the
// bytes that it would have had in an empty folder.
func TestStoppedRestart(t *testing.T) {
	in := corpus(t)
	next := func(p *plan.Plan) {
		p.Settings[0].Value, p.Output.ShardSize, p.Output.Rejects = "30", 1<<20, plan.RejectNone
	}
	was, want := golden(t, in, nil), golden(t, in, next)
	for n := int64(0); ; n++ {
		out := filepath.Join(t.TempDir(), "out")
		if err := curate(testPlan(t, in, out), Options{Disk: hasty{}}, context.Background()); err != nil {
			t.Fatal(err)
		}
		p := testPlan(t, in, out)
		next(p)
		disk := &spool.Failing{Disk: hasty{}, At: n, Dead: true}
		if r, err := Open(p, Options{Disk: disk, Restart: true, Version: "test"}); err == nil {
			r.Close()
			return
		}
		switch err := curate(p, Options{Disk: hasty{}}, context.Background()); {
		case err == nil:
			sameTree(t, fmt.Sprintf("after operation %d (%s) failed", n, disk.Hit()), tree(t, out), want)
		case errors.Is(err, ErrChanged):
			got := tree(t, out)
			delete(got, ".journal.tmp")
			sameTree(t, fmt.Sprintf("after operation %d (%s) failed", n, disk.Hit()), got, was)
		default:
			t.Fatalf("after operation %d (%s) failed: %v", n, disk.Hit(), err)
		}
	}
}

// A folder whose journal is gone holds results that nobody may take for another run's.
func TestJournalIsGone(t *testing.T) {
	in, out := corpus(t), filepath.Join(t.TempDir(), "out")
	if err := curate(testPlan(t, in, out), Options{Disk: hasty{}}, context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(out, journalName)); err != nil {
		t.Fatal(err)
	}
	err := curate(testPlan(t, in, out), Options{Disk: hasty{}}, context.Background())
	if err == nil || !strings.Contains(err.Error(), "--restart") {
		t.Errorf("without the journal: %v", err)
	}
	if err := curate(testPlan(t, in, out), Options{Restart: true}, context.Background()); err != nil {
		t.Errorf("restart: %v", err)
	}
}

// Records without an id are called after their file: a run that has begun does not go on
// with files of other names, but with files in another place.
func TestRenamedInput(t *testing.T) {
	for name, want := range map[string]error{"in-3.jsonl": ErrChanged, "below/in-2.jsonl": nil} {
		in, out := corpus(t), filepath.Join(t.TempDir(), "out")
		p := testPlan(t, in, out)
		disk := &spool.Failing{Disk: hasty{}, At: 60, Dead: true}
		if err := curate(p, Options{Disk: disk, CommitEvery: 4 << 10}, context.Background()); err == nil {
			t.Fatal("the run came to its end")
		}
		file := &p.Sources[1].Files[0]
		to := filepath.Join(in, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o777), os.Rename(file.Path, to)); err != nil {
			t.Fatal(err)
		}
		file.Path = to
		if err := curate(p, Options{Disk: hasty{}}, context.Background()); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}
