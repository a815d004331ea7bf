package spool

import (
	"bufio"
	"io"
	"os"
)

// WriteWhole makes a file that appears whole or not at all: write fills it under a
// temporary name; when it returns nil the file is flushed, synced, closed, renamed,
// and the folder synced. A file that had the name is replaced. On an error nothing
// has changed under the name.
func (d *Dir) WriteWhole(name string, write func(io.Writer) error) error {
	w, err := d.CreateWhole(name)
	if err != nil {
		return err
	}
	if err := write(w); err != nil {
		w.Discard()
		return err
	}
	return w.Commit(name)
}

// A Whole is a file on its way to its final name. It is owned by one goroutine.
type Whole struct {
	dir  *Dir
	temp string
	file File
	buf  *bufio.Writer
	n    int64
	done bool
}

// CreateWhole begins a file under the temporary name that belongs to name. Commit or
// Discard ends it.
func (d *Dir) CreateWhole(name string) (*Whole, error) {
	temp := temporary(name)
	f, err := d.Disk.OpenFile(d.Join(temp), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, err
	}
	return &Whole{dir: d, temp: temp, file: f, buf: bufio.NewWriterSize(f, 256<<10)}, nil
}

// Write appends to the file. An error stays: Commit returns it again.
func (w *Whole) Write(p []byte) (int, error) {
	n, err := w.buf.Write(p)
	w.n += int64(n)
	return n, err
}

// Length returns the bytes written so far.
func (w *Whole) Length() int64 { return w.n }

// Commit makes the file durable and gives it its final name in the same folder. On
// an error the temporary file is removed and the name is as it was, or, where the
// very last sync failed, already new.
func (w *Whole) Commit(name string) error {
	if err := w.seal(); err != nil {
		w.Discard()
		return err
	}
	w.done = true
	if err := w.dir.Disk.Rename(w.dir.Join(w.temp), w.dir.Join(name)); err != nil {
		w.dir.Remove(w.temp)
		return err
	}
	return w.dir.Sync()
}

// seal brings all that was written to the disk and closes the file.
func (w *Whole) seal() error {
	if err := w.buf.Flush(); err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	f := w.file
	w.file = nil
	return f.Close()
}

// Discard gives the file up. Behind a Commit it does nothing.
func (w *Whole) Discard() {
	if w.done {
		return
	}
	w.done = true
	if w.file != nil {
		w.file.Close()
	}
	w.dir.Remove(w.temp)
}
