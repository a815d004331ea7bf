// Package spool holds our own files: checksummed blocks, sorted run files, the
// journal, and the one way in which a file gets its final name. It is the only
// package that syncs.
package spool

import (
	"io"
	"io/fs"
	"os"
)

// A Disk is where files live: OS, or a disk that fails on purpose in tests.
type Disk interface {
	// OpenFile opens a file as os.OpenFile does.
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	Rename(from, to string) error
	Remove(name string) error
	MkdirAll(name string, perm fs.FileMode) error
	// SyncDir makes the names in a folder durable.
	SyncDir(name string) error
}

// A File is what the disk opens.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.Seeker
	io.Closer
	Sync() error
	Truncate(size int64) error
}

// OS is the machine's own disk.
type OS struct{}

// OpenFile opens a file of the machine.
func (OS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	return os.OpenFile(name, flag, perm)
}

// Rename renames a file.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove removes a file.
func (OS) Remove(name string) error { return os.Remove(name) }

// MkdirAll makes a folder and those above it.
func (OS) MkdirAll(name string, perm fs.FileMode) error { return os.MkdirAll(name, perm) }

// SyncDir makes the names in a folder durable.
func (OS) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// A Dir is a folder on a disk.
type Dir struct {
	Disk Disk
	Path string
}
