package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"tamis/plan"
	"tamis/spool"
)

// A fullDisk has room for so many bytes.
type fullDisk struct {
	spool.OS
	room atomic.Int64
}

func (d *fullDisk) OpenFile(name string, flag int, perm fs.FileMode) (spool.File, error) {
	f, err := d.OS.OpenFile(name, flag, perm)
	return &fullFile{f, d}, err
}

type fullFile struct {
	spool.File
	disk *fullDisk
}

func (f *fullFile) Write(p []byte) (int, error) {
	if left := f.disk.room.Add(-int64(len(p))); left < 0 {
		n := max(0, int64(len(p))+left)
		f.File.Write(p[:n]) // what a real disk does: the first part is written
		return int(n), &fs.PathError{Op: "write", Path: "file", Err: syscall.ENOSPC}
	}
	return f.File.Write(p)
}

func TestFullDisk(t *testing.T) {
	in := corpus(t)
	want := golden(t, in, nil)
	for _, room := range []int64{100, 3_000, 20_000, 60_000, 100_000} {
		out := filepath.Join(t.TempDir(), "out")
		disk := &fullDisk{}
		disk.room.Store(room)
		err := curate(testPlan(t, in, out), Options{Disk: disk, CommitEvery: 10 << 10}, context.Background())
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("with room for %d bytes: %v", room, err)
		}
		if room > 3_000 && !strings.Contains(err.Error(), "make room") {
			t.Errorf("with room for %d bytes the error says no remedy: %v", room, err)
		}
		if err := curate(testPlan(t, in, out), Options{}, context.Background()); err != nil {
			t.Fatalf("with room again: %v", err)
		}
		sameTree(t, fmt.Sprintf("after the disk was full at %d bytes", room), tree(t, out), want)
	}
}

func TestSourceWithoutText(t *testing.T) {
	p := testPlan(t, corpus(t), filepath.Join(t.TempDir(), "out"))
	p.Sources[1].Fields.Text = "content"
	p.Errors = plan.Errors{MaxShare: 1, MaxCount: 1 << 40}
	err := curate(p, Options{}, context.Background())
	if err == nil || !strings.Contains(err.Error(), `none of the 400 records of source "two" could be read`) || !strings.Contains(err.Error(), `"content"`) {
		t.Errorf("got %v", err)
	}
}

func TestInputChangesUnderTheRun(t *testing.T) {
	in := corpus(t)
	p := testPlan(t, in, filepath.Join(t.TempDir(), "out"))
	file := p.Sources[1].Files[0].Path
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, `{"text":"one more record, written after the plan was made"}`)
	f.Close()
	err = curate(p, Options{}, context.Background())
	if err == nil || !strings.Contains(err.Error(), "changed") || !strings.Contains(err.Error(), filepath.Base(file)) {
		t.Errorf("got %v", err)
	}
}
