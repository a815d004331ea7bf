package spool

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Failing is a Disk for tests: it numbers every operation that changes the disk
// (create, write, sync, truncate, rename, remove, mkdir, sync of a folder) from 0 and
// fails number At. A sweep runs the same work with At = 0, 1, 2 … until it succeeds.
// It may be used by several goroutines.
type Failing struct {
	Disk
	At   int64 // the operation that fails; -1 is none
	Dead bool  // all operations behind it fail, too, as if the machine had stopped
	// Log, where not nil, is called with each operation before it is carried out, such
	// as "rename stats.json", one call at a time.
	Log func(op string)

	mu  sync.Mutex
	n   int64
	hit string
}

// Failed is the error of an operation that was made to fail.
type Failed struct {
	Op string
	N  int64
}

func (e *Failed) Error() string { return fmt.Sprintf("operation %d (%s) failed on purpose", e.N, e.Op) }

// Count returns how many operations there were.
func (d *Failing) Count() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.n
}

// Hit returns the operation that failed, or "".
func (d *Failing) Hit() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.hit
}

// count numbers an operation and says whether it fails.
func (d *Failing) count(verb, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, op := d.n, verb+" "+filepath.Base(name)
	d.n++
	if d.Log != nil {
		d.Log(op)
	}
	if d.At < 0 || n < d.At || (n > d.At && !d.Dead) {
		return nil
	}
	if n == d.At {
		d.hit = op
	}
	return &Failed{Op: op, N: n}
}

// OpenFile counts where it may create a file.
func (d *Failing) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	if flag&(os.O_CREATE|os.O_TRUNC) != 0 {
		if err := d.count("create", name); err != nil {
			return nil, err
		}
	}
	f, err := d.Disk.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &failingFile{File: f, disk: d, name: name}, nil
}

// Rename counts.
func (d *Failing) Rename(from, to string) error {
	if err := d.count("rename", to); err != nil {
		return err
	}
	return d.Disk.Rename(from, to)
}

// Remove counts.
func (d *Failing) Remove(name string) error {
	if err := d.count("remove", name); err != nil {
		return err
	}
	return d.Disk.Remove(name)
}

// RemoveAll counts once, whatever is in the folder.
func (d *Failing) RemoveAll(name string) error {
	if err := d.count("remove", name); err != nil {
		return err
	}
	return d.Disk.RemoveAll(name)
}

// MkdirAll counts once.
func (d *Failing) MkdirAll(name string, perm fs.FileMode) error {
	if err := d.count("mkdir", name); err != nil {
		return err
	}
	return d.Disk.MkdirAll(name, perm)
}

// SyncDir counts.
func (d *Failing) SyncDir(name string) error {
	if err := d.count("sync folder", name); err != nil {
		return err
	}
	return d.Disk.SyncDir(name)
}

type failingFile struct {
	File
	disk *Failing
	name string
}

// Write writes half of what it was given before it fails, as a full disk does.
func (f *failingFile) Write(p []byte) (int, error) {
	if err := f.disk.count("write", f.name); err != nil {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, err
	}
	return f.File.Write(p)
}

func (f *failingFile) Sync() error {
	if err := f.disk.count("sync", f.name); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *failingFile) Truncate(size int64) error {
	if err := f.disk.count("truncate", f.name); err != nil {
		return err
	}
	return f.File.Truncate(size)
}
