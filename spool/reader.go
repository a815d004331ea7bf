package spool

import (
	"errors"
	"fmt"
	"io"
)

// Corrupt says where a file of ours is torn or damaged.
type Corrupt struct {
	Path string
	At   int64 // byte at which the block or record begins
	Err  error
}

func (c *Corrupt) Error() string { return fmt.Sprintf("%s: at byte %d: %v", c.Path, c.At, c.Err) }
func (c *Corrupt) Unwrap() error { return c.Err }

// A Reader reads the blocks of a block file in order. It is owned by one goroutine.
type Reader struct {
	path   string
	file   File
	at     int64 // of the next block
	last   int64 // of the block that Next returned
	end    int64 // where reading ends
	ended  bool  // the end block is expected
	done   bool
	header [headerSize]byte
	ahead  bool // header is that of the next block
	buf    []byte
	raw    []byte
}

// OpenReader reads a block file: its first length bytes, or, where length is -1, all
// of it up to the end block that it must have.
func OpenReader(dir *Dir, name string, length int64) (*Reader, error) {
	return OpenRange(dir, name, 0, length)
}

// OpenRange reads the blocks that lie in [from, to); from is where a block begins,
// and to is where one ends, or -1 for the end block.
func OpenRange(dir *Dir, name string, from, to int64) (*Reader, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	r := &Reader{path: dir.Join(name), file: f, at: from, last: from, end: to, ended: to < 0}
	if err := r.measure(); err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

// measure holds what is to be read against the size of the file.
func (r *Reader) measure() error {
	size, err := r.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if r.ended {
		r.end = size
	}
	if r.end > size {
		return &Corrupt{Path: r.path, At: size, Err: fmt.Errorf("the file ends here, %d bytes were committed", r.end)}
	}
	if r.at > r.end {
		return &Corrupt{Path: r.path, At: r.at, Err: fmt.Errorf("the file ends before, at byte %d", r.end)}
	}
	return nil
}

// Next returns the next block, checked and still packed; it is valid until the call
// after it. It returns io.EOF behind the last block, and a *Corrupt where the file is
// torn or damaged; that stays.
func (r *Reader) Next() (packed []byte, err error) {
	if r.done || (!r.ended && r.at == r.end) {
		return nil, io.EOF
	}
	r.last = r.at
	if err := r.readHeader(); err != nil {
		return nil, err
	}
	if isEnd(r.header[:]) {
		return nil, r.atEnd()
	}
	n, _, err := lengths(r.header[:])
	if err != nil {
		return nil, r.corrupt(err)
	}
	if left := r.end - r.at - headerSize; int64(n) > left {
		return nil, r.corrupt(fmt.Errorf("a block of %d bytes is cut short: %d are left", n, left))
	}
	return r.readBody(n)
}

// Payload returns the payload of the next block, valid until another one is read; else it
// is as Next.
func (r *Reader) Payload() ([]byte, error) {
	block, err := r.Next()
	if err != nil {
		return nil, err
	}
	payload, err := Open(&r.raw, block)
	if err != nil {
		return nil, &Corrupt{Path: r.path, At: r.last, Err: err}
	}
	return payload, nil
}

// Each calls f for the payloads of the blocks that are left, valid during the call.
func (r *Reader) Each(f func(payload []byte) error) error {
	for {
		payload, err := r.Payload()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(payload); err != nil {
			return err
		}
	}
}

// SkipTo lets Next go on with the block that begins at a byte of the file.
func (r *Reader) SkipTo(at int64) { r.at, r.ahead, r.done = at, false, false }

// At returns where in the file the block begins that Next has returned.
func (r *Reader) At() int64 { return r.last }

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }

func (r *Reader) corrupt(err error) error { return &Corrupt{Path: r.path, At: r.at, Err: err} }

// readHeader reads the header of the next block unless it came with the last one.
func (r *Reader) readHeader() error {
	if r.ahead {
		return nil
	}
	left := r.end - r.at
	if left == 0 {
		return r.corrupt(errors.New("the end block is missing: the file was cut short"))
	}
	if left < headerSize {
		return r.corrupt(fmt.Errorf("a header is cut short: %d bytes are left", left))
	}
	return r.fill(r.header[:], r.at)
}

// readBody reads a block whose header has been read, and the header behind it where
// there is one, so that a block costs one read.
func (r *Reader) readBody(n int) ([]byte, error) {
	size := headerSize + n
	behind := r.end - r.at - int64(size)
	r.ahead = behind >= headerSize
	want := size
	if r.ahead {
		want += headerSize
	}
	if cap(r.buf) < want {
		r.buf = make([]byte, want+want/8)
	}
	b := r.buf[:want]
	copy(b, r.header[:])
	if err := r.fill(b[headerSize:], r.at+headerSize); err != nil {
		return nil, err
	}
	block := b[:size:size]
	if _, err := inspect(block); err != nil {
		r.ahead = false
		copy(r.header[:], b)
		return nil, r.corrupt(err)
	}
	copy(r.header[:], b[size:])
	r.at += int64(size)
	return block, nil
}

// fill reads all of b at a position.
func (r *Reader) fill(b []byte, at int64) error {
	n, err := r.file.ReadAt(b, at)
	switch {
	case n == len(b):
		return nil
	case err == nil || err == io.EOF:
		return r.corrupt(fmt.Errorf("the file became shorter while it was read: %w", io.ErrUnexpectedEOF))
	}
	return fmt.Errorf("%s: at byte %d: %w", r.path, at, err)
}

// atEnd checks the end block and that nothing follows it.
func (r *Reader) atEnd() error {
	if string(r.header[:]) != string(endBlock) {
		return r.corrupt(errors.New("the end block is damaged"))
	}
	if left := r.end - r.at - headerSize; left != 0 {
		return r.corrupt(fmt.Errorf("%d bytes follow the end block", left))
	}
	r.done = true
	return io.EOF
}
