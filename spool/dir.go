package spool

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Dir is a folder on a disk. Its methods take names relative to it.
type Dir struct {
	Disk Disk
	Path string
}

// OpenDir makes the folder where it is missing.
func OpenDir(disk Disk, path string) (*Dir, error) {
	if err := disk.MkdirAll(path, 0o777); err != nil {
		return nil, err
	}
	return &Dir{Disk: disk, Path: path}, nil
}

// Join returns the path of a name in the folder.
func (d *Dir) Join(name string) string { return filepath.Join(d.Path, filepath.FromSlash(name)) }

// Sub opens a folder below this one, makes it where it is missing, and makes its
// name durable.
func (d *Dir) Sub(name string) (*Dir, error) {
	sub := &Dir{Disk: d.Disk, Path: d.Join(name)}
	if info, err := d.Disk.Stat(sub.Path); err == nil && info.IsDir() {
		return sub, nil
	}
	if err := d.Disk.MkdirAll(sub.Path, 0o777); err != nil {
		return nil, err
	}
	return sub, d.Sync()
}

// Sync makes the names in the folder durable.
func (d *Dir) Sync() error { return d.Disk.SyncDir(d.Path) }

// Remove removes a file or an empty folder. A missing one is no error.
func (d *Dir) Remove(name string) error {
	err := d.Disk.Remove(d.Join(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// RemoveAll removes the folder itself and all that is in it.
func (d *Dir) RemoveAll() error { return d.Disk.RemoveAll(d.Path) }

// Clear removes all that is in the folder.
func (d *Dir) Clear() error {
	entries, err := d.List()
	for _, e := range entries {
		err = errors.Join(err, d.Disk.RemoveAll(d.Join(e.Name())))
	}
	return err
}

// Exists reports whether there is a file or a folder of that name.
func (d *Dir) Exists(name string) (bool, error) {
	_, err := d.Disk.Stat(d.Join(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Size returns the bytes of a file.
func (d *Dir) Size(name string) (int64, error) {
	info, err := d.Disk.Stat(d.Join(name))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Open opens a file for reading.
func (d *Dir) Open(name string) (File, error) {
	return d.Disk.OpenFile(d.Join(name), os.O_RDONLY, 0)
}

// ReadFile reads a whole file.
func (d *Dir) ReadFile(name string) ([]byte, error) {
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// List lists the folder in the order of names. A missing folder is empty.
func (d *Dir) List() ([]fs.DirEntry, error) {
	entries, err := d.Disk.ReadDir(d.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}

// RemoveTemporary removes what an interrupted WriteWhole or CreateWhole has left in
// the folder.
func (d *Dir) RemoveTemporary() error {
	entries, err := d.List()
	for _, e := range entries {
		if isTemporary(e.Name()) {
			err = errors.Join(err, d.Remove(e.Name()))
		}
	}
	return err
}

// temporary is the name under which a file is written.
func temporary(name string) string { return "." + name + ".tmp" }

func isTemporary(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp")
}
