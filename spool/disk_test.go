package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// countingDisk counts the files that are open.
type countingDisk struct {
	Disk
	open, most int
}

func (d *countingDisk) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := d.Disk.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	d.open++
	d.most = max(d.most, d.open)
	return &countingFile{f, d}, nil
}

type countingFile struct {
	File
	disk *countingDisk
}

func (f *countingFile) Close() error {
	f.disk.open--
	return f.File.Close()
}

// forgetful is a disk in memory that remembers only what was synced once the machine
// has stopped: the content of files by Sync, their names by SyncDir. Folders are
// remembered at once.
type forgetful struct {
	mu     sync.Mutex
	names  map[string]*content
	synced map[string]*content
}

type content struct{ data, synced []byte }

func newForgetful() *forgetful {
	return &forgetful{names: map[string]*content{}, synced: map[string]*content{}}
}

// crash returns the disk after the machine has stopped. What was not synced may be
// lost or not, content and names each for themselves: keepNames and keepData say.
func (d *forgetful) crash(keepNames, keepData bool) *forgetful {
	d.mu.Lock()
	defer d.mu.Unlock()
	names := d.synced
	if keepNames {
		names = d.names
	}
	after := newForgetful()
	for name, c := range names {
		data := c.synced
		if keepData {
			data = c.data
		}
		c := &content{data: bytes.Clone(data), synced: bytes.Clone(data)}
		after.names[name], after.synced[name] = c, c
	}
	return after
}

func (d *forgetful) OpenFile(name string, flag int, _ fs.FileMode) (File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.names[name]
	if c == nil {
		if flag&os.O_CREATE == 0 {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		c = &content{}
		d.names[name] = c
	}
	if flag&os.O_TRUNC != 0 {
		c.data = nil
	}
	return &forgetfulFile{d: d, c: c}, nil
}

func (d *forgetful) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.names[from]
	if c == nil {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	d.names[to] = c
	delete(d.names, from)
	return nil
}

func (d *forgetful) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.names[name] == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	delete(d.names, name)
	return nil
}

func (d *forgetful) RemoveAll(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.names, func(n string, _ *content) bool {
		return n == name || strings.HasPrefix(n, name+string(filepath.Separator))
	})
	return nil
}

func (d *forgetful) MkdirAll(string, fs.FileMode) error { return nil }

func (d *forgetful) ReadDir(name string) ([]fs.DirEntry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []fs.DirEntry
	for _, n := range slices.Sorted(maps.Keys(d.names)) {
		if filepath.Dir(n) == name {
			out = append(out, fs.FileInfoToDirEntry(info{filepath.Base(n), int64(len(d.names[n].data))}))
		}
	}
	return out, nil
}

func (d *forgetful) Stat(name string) (fs.FileInfo, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.names[name]; c != nil {
		return info{filepath.Base(name), int64(len(c.data))}, nil
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

func (d *forgetful) SyncDir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	in := func(n string, _ *content) bool { return filepath.Dir(n) == name }
	maps.DeleteFunc(d.synced, in)
	for n, c := range d.names {
		if in(n, c) {
			d.synced[n] = c
		}
	}
	return nil
}

type info struct {
	name string
	size int64
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return 0o666 }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return false }
func (i info) Sys() any           { return nil }

type forgetfulFile struct {
	d  *forgetful
	c  *content
	at int64
}

func (f *forgetfulFile) Read(p []byte) (int, error) {
	n, err := f.ReadAt(p, f.at)
	f.at += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

func (f *forgetfulFile) ReadAt(p []byte, off int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if off >= int64(len(f.c.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.c.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *forgetfulFile) Write(p []byte) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if end := f.at + int64(len(p)); end > int64(len(f.c.data)) {
		f.c.data = append(f.c.data, make([]byte, end-int64(len(f.c.data)))...)
	}
	copy(f.c.data[f.at:], p)
	f.at += int64(len(p))
	return len(p), nil
}

func (f *forgetfulFile) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
		f.at = offset
	case io.SeekCurrent:
		f.at += offset
	case io.SeekEnd:
		f.at = int64(len(f.c.data)) + offset
	}
	return f.at, nil
}

func (f *forgetfulFile) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	f.c.synced = bytes.Clone(f.c.data)
	return nil
}

func (f *forgetfulFile) Truncate(size int64) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	f.c.data = bytes.Clone(f.c.data[:size])
	return nil
}

func (f *forgetfulFile) Close() error { return nil }

// stopEverywhere runs work on a disk that stops at operation 0, 1, 2 …, and calls
// check with what is left after each of the four ways to lose what was not synced.
func stopEverywhere(t *testing.T, work func(dir *Dir) error, check func(t *testing.T, dir *Dir, finished bool)) {
	t.Helper()
	for n := int64(0); ; n++ {
		disk := newForgetful()
		failing := &Failing{Disk: disk, At: n, Dead: true}
		err := work(&Dir{Disk: failing, Path: "d"})
		for i := range 4 {
			name := fmt.Sprintf("stopped at %d (%s), names kept %v, data kept %v", n, failing.Hit(), i&1 != 0, i&2 != 0)
			after := disk.crash(i&1 != 0, i&2 != 0)
			t.Run(name, func(t *testing.T) { check(t, &Dir{Disk: after, Path: "d"}, err == nil) })
		}
		if failing.Hit() == "" {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
	}
}

// TestWholeSurvives stops the machine at every operation of WriteWhole: the name has
// the old content or the new one, never a part, and the new one once WriteWhole has
// returned.
func TestWholeSurvives(t *testing.T) {
	old, young := strings.Repeat("old ", 100_000), strings.Repeat("young ", 100_000)
	write := func(dir *Dir, s string) error {
		return dir.WriteWhole("f", func(w io.Writer) error {
			_, err := io.WriteString(w, s)
			return err
		})
	}
	wrote := false
	work := func(dir *Dir) error {
		wrote = false
		if err := write(dir, old); err != nil {
			return err
		}
		wrote = true
		return write(dir, young)
	}
	stopEverywhere(t, work, func(t *testing.T, dir *Dir, finished bool) {
		got, err := dir.ReadFile("f")
		switch {
		case errors.Is(err, fs.ErrNotExist) && !wrote:
		case err != nil:
			t.Fatal(err)
		case finished && string(got) != young:
			t.Error("the finished file is gone")
		case string(got) != old && string(got) != young:
			t.Errorf("%d bytes, neither old nor new", len(got))
		}
	})
}

// TestJournalSurvives stops the machine at every operation: each record whose Append
// returned is there, and the journal goes on behind it.
func TestJournalSurvives(t *testing.T) {
	acknowledged := 0
	work := func(dir *Dir) error {
		acknowledged = 0
		j, _, err := OpenJournal(dir, "journal")
		if err != nil {
			return err
		}
		for i := range 5 {
			if err := j.Append(fmt.Appendf(nil, "record %d", i)); err != nil {
				return err
			}
			acknowledged++
		}
		return j.Close()
	}
	stopEverywhere(t, work, func(t *testing.T, dir *Dir, _ bool) {
		j, records, err := OpenJournal(dir, "journal")
		if err != nil {
			t.Fatal(err)
		}
		if len(records) < acknowledged || len(records) > acknowledged+1 {
			t.Fatalf("%d records, %d were acknowledged", len(records), acknowledged)
		}
		for i, rec := range records {
			if want := fmt.Sprintf("record %d", i); string(rec) != want {
				t.Errorf("record %d is %q", i, rec)
			}
		}
		if err := j.Append([]byte("more")); err != nil {
			t.Fatal(err)
		}
		_, again, err := OpenJournal(dir, "journal")
		if err != nil || len(again) != len(records)+1 || string(again[len(records)]) != "more" {
			t.Errorf("after one more: %q, %v", again, err)
		}
	})
}

// TestJournalReplaceSurvives stops the machine at every operation while the last record
// is replaced again and again: the first one stays, and of the others there is the one
// that was acknowledged last, or the next.
func TestJournalReplaceSurvives(t *testing.T) {
	acknowledged := 0
	work := func(dir *Dir) error {
		acknowledged = 0
		j, _, err := OpenJournal(dir, "journal")
		if err != nil {
			return err
		}
		write := []func([]byte) error{j.Append, j.Append, j.Replace, j.Replace, j.Append, j.Replace}
		for i, w := range write {
			if err := w(fmt.Appendf(nil, "record %d", i)); err != nil {
				return err
			}
			acknowledged++
		}
		return j.Close()
	}
	want := []string{"", "0", "0 1", "0 2", "0 3", "0 3 4", "0 3 5"}
	stopEverywhere(t, work, func(t *testing.T, dir *Dir, _ bool) {
		j, records, err := OpenJournal(dir, "journal")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, rec := range records {
			got = append(got, strings.TrimPrefix(string(rec), "record "))
		}
		now := strings.Join(got, " ")
		if now != want[acknowledged] && now != want[min(acknowledged+1, len(want)-1)] {
			t.Fatalf("records %q, %d were acknowledged", now, acknowledged)
		}
		if len(records) == 0 {
			return
		}
		if err := j.Replace([]byte("record more")); err != nil {
			t.Fatal(err)
		}
		if _, again, err := OpenJournal(dir, "journal"); err != nil || len(again) != len(records) || string(again[len(again)-1]) != "record more" {
			t.Errorf("after another in place of the last: %q, %v", again, err)
		}
	})
}

// TestWriterSurvives stops the machine at every operation of a block file that is
// synced now and then: what was synced can be read, and written on.
func TestWriterSurvives(t *testing.T) {
	synced := int64(-1)
	work := func(dir *Dir) error {
		synced = -1
		w, err := CreateWriter(dir, "spool")
		if err != nil {
			return err
		}
		synced = 0
		for i := range 6 {
			if err := w.WriteBlock(Pack(nil, fmt.Appendf(nil, "payload %d", i))); err != nil {
				return err
			}
			if i%2 == 1 {
				if err := w.Sync(); err != nil {
					return err
				}
				synced = w.Length()
			}
		}
		return errors.Join(w.Finish(), w.Close())
	}
	stopEverywhere(t, work, func(t *testing.T, dir *Dir, finished bool) {
		if synced < 0 {
			return
		}
		if finished {
			if got, err := readBlocks(dir, "spool", -1); err != nil || len(got) != 6 {
				t.Errorf("the finished file has %d blocks: %v", len(got), err)
			}
		}
		w, err := OpenWriter(dir, "spool", synced)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.WriteBlock(Pack(nil, []byte("more"))), w.Finish(), w.Close()); err != nil {
			t.Fatal(err)
		}
		got, err := readBlocks(dir, "spool", -1)
		if err != nil || string(got[len(got)-1]) != "more" {
			t.Errorf("%d blocks: %v", len(got), err)
		}
	})
}

// TestFailing counts operations, fails one, and logs them in order.
func TestFailing(t *testing.T) {
	var log []string
	disk := &Failing{Disk: OS{}, At: -1, Log: func(op string) { log = append(log, op) }}
	dir := &Dir{Disk: disk, Path: t.TempDir()}
	hello := func(w io.Writer) error { _, err := io.WriteString(w, "hello"); return err }
	if err := dir.WriteWhole("f", hello); err != nil {
		t.Fatal(err)
	}
	want := []string{"create .f.tmp", "write .f.tmp", "sync .f.tmp", "rename f", "sync folder " + filepath.Base(dir.Path)}
	if !slices.Equal(log, want) || disk.Count() != 5 {
		t.Errorf("%d operations: %q, want %q", disk.Count(), log, want)
	}
	for n, op := range want[:4] {
		again := &Failing{Disk: OS{}, At: int64(n)}
		fresh := &Dir{Disk: again, Path: t.TempDir()}
		err := fresh.WriteWhole("f", hello)
		var failed *Failed
		if !errors.As(err, &failed) || failed.N != int64(n) || again.Hit() != op {
			t.Errorf("operation %d: %v, hit %q, want %q", n, err, again.Hit(), op)
		}
		if left, _ := fresh.List(); len(left) != 0 {
			t.Errorf("operation %d left %v", n, left)
		}
	}
}
