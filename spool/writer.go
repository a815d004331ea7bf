package spool

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// A Writer appends blocks to a block file. It is owned by one goroutine. An error
// stays: all later calls return it.
type Writer struct {
	path string
	file File
	buf  *bufio.Writer
	n    int64
	err  error
}

// CreateWriter makes a block file, or empties one, and makes its name durable.
func CreateWriter(dir *Dir, name string) (*Writer, error) {
	w, err := createWriter(dir, name)
	if err != nil {
		return nil, err
	}
	if err := dir.Sync(); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// createWriter makes a block file that need not outlive the process.
func createWriter(dir *Dir, name string) (*Writer, error) {
	f, err := dir.Disk.OpenFile(dir.Join(name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, err
	}
	return newWriter(dir.Join(name), f, 0), nil
}

// OpenWriter goes on with a block file behind its first length bytes; what follows
// them is cut off. A file that is shorter is refused: it has lost what was synced.
func OpenWriter(dir *Dir, name string, length int64) (*Writer, error) {
	path := dir.Join(name)
	f, err := dir.Disk.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if err := cutBehind(f, path, length); err != nil {
		f.Close()
		return nil, err
	}
	return newWriter(path, f, length), nil
}

// cutBehind cuts the file to length and goes to its end.
func cutBehind(f File, path string, length int64) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if size < length {
		return &Corrupt{Path: path, At: size, Err: fmt.Errorf("the file ends here, %d bytes were committed", length)}
	}
	if size > length {
		if err := f.Truncate(length); err != nil {
			return err
		}
	}
	_, err = f.Seek(length, io.SeekStart)
	return err
}

func newWriter(path string, f File, length int64) *Writer {
	return &Writer{path: path, file: f, buf: bufio.NewWriterSize(f, 64<<10), n: length}
}

// WriteBlock appends a block that Pack made. It is buffered until the next Sync.
func (w *Writer) WriteBlock(packed []byte) error {
	if w.err != nil {
		return w.err
	}
	_, w.err = w.buf.Write(packed)
	if w.err == nil {
		w.n += int64(len(packed))
	}
	return w.err
}

// Length returns the bytes of the file, buffered ones too: where the next block will
// begin.
func (w *Writer) Length() int64 { return w.n }

// Sync brings all blocks written so far to the disk for good.
func (w *Writer) Sync() error {
	if w.flush() == nil {
		w.err = w.file.Sync()
	}
	return w.err
}

func (w *Writer) flush() error {
	if w.err == nil {
		w.err = w.buf.Flush()
	}
	return w.err
}

// Finish writes the end block and syncs. No block may follow.
func (w *Writer) Finish() error {
	if err := w.WriteBlock(endBlock); err != nil {
		return err
	}
	return w.Sync()
}

// finish is Finish for files that need not outlive the process; it closes, too.
func (w *Writer) finish() error {
	err := w.WriteBlock(endBlock)
	if err == nil {
		err = w.flush()
	}
	return errors.Join(err, w.Close())
}

// Close closes the file; what was not synced may be lost. A second Close does
// nothing.
func (w *Writer) Close() error {
	if w.file == nil {
		return nil
	}
	f := w.file
	w.file = nil
	if w.err == nil {
		w.err = fmt.Errorf("%s: the writer is closed", w.path)
	}
	return f.Close()
}
