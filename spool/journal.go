package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

const (
	journalHeader = 8 // length, crc
	maxRecord     = 1 << 30
)

// A Journal is a file of records, each durable when Append or Replace returns. It is owned
// by one goroutine.
type Journal struct {
	dir  *Dir
	name string
	file File
	last int64 // where the last record begins
	n    int64
	buf  []byte
	err  error
}

// OpenJournal opens a journal, or begins one, and returns the records in it. A torn
// tail is cut off; damage before a whole record is a *Corrupt.
func OpenJournal(dir *Dir, name string) (j *Journal, records [][]byte, err error) {
	j = &Journal{dir: dir, name: name}
	if err := j.open(); err != nil {
		return nil, nil, err
	}
	if records, err = j.load(); err == nil {
		err = dir.Sync() // the name of a journal that may be new
	}
	if err != nil {
		j.Close()
		return nil, nil, err
	}
	return j, records, nil
}

// BeginJournal makes a journal of one record in the place of any that is there, be it
// damaged. Whatever stops it, one of the two is there afterwards.
func BeginJournal(dir *Dir, name string, rec []byte) error {
	j := &Journal{dir: dir, name: name}
	if err := j.frame(rec); err != nil {
		return err
	}
	return dir.WriteWhole(name, func(w io.Writer) error {
		_, err := w.Write(j.buf)
		return err
	})
}

func (j *Journal) path() string { return j.dir.Join(j.name) }

func (j *Journal) open() (err error) {
	j.file, err = j.dir.Disk.OpenFile(j.path(), os.O_RDWR|os.O_CREATE, 0o666)
	return err
}

// load reads all records and cuts off a torn tail.
func (j *Journal) load() ([][]byte, error) {
	data, err := io.ReadAll(j.file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.path(), err)
	}
	records, n := split(data)
	j.n = n
	if len(records) > 0 {
		j.last = n - int64(journalHeader+len(records[len(records)-1]))
	}
	if n == int64(len(data)) {
		return records, nil
	}
	if followed(data[n:]) {
		return nil, &Corrupt{Path: j.path(), At: n, Err: errors.New("a record is damaged and whole ones follow it")}
	}
	if err := cutBehind(j.file, j.path(), n); err != nil {
		return nil, err
	}
	return records, j.file.Sync()
}

// split returns the whole records at the beginning of data, and where they end.
func split(data []byte) (records [][]byte, n int64) {
	for {
		rec := whole(data[n:])
		if rec == nil {
			return records, n
		}
		records = append(records, rec)
		n += int64(journalHeader + len(rec))
	}
}

// whole returns the record that data begins with, not nil, or nil where it is torn
// or damaged.
func whole(data []byte) []byte {
	if len(data) < journalHeader {
		return nil
	}
	n := int64(binary.LittleEndian.Uint32(data))
	if n > int64(len(data)-journalHeader) {
		return nil
	}
	rec := data[journalHeader:][:n:n]
	if journalSum(data[:4], rec) != binary.LittleEndian.Uint32(data[4:]) {
		return nil
	}
	return rec
}

// followed reports whether a whole record stands behind the damaged one that data
// begins with: a torn tail has none, since records are synced one by one.
func followed(data []byte) bool {
	if len(data) < journalHeader {
		return false
	}
	n := int64(binary.LittleEndian.Uint32(data))
	return n < int64(len(data)-journalHeader) && whole(data[journalHeader+n:]) != nil
}

func journalSum(length, rec []byte) uint32 {
	return crc32.Update(crc32.Checksum(length, castagnoli), castagnoli, rec)
}

// Append writes a record of at most 1 GiB and syncs it. After an error the journal
// takes no more: what is on the disk is known again only when it is opened anew.
func (j *Journal) Append(rec []byte) error {
	if err := j.frame(rec); err != nil {
		return err
	}
	if _, j.err = j.file.Write(j.buf); j.err == nil {
		j.err = j.file.Sync()
	}
	if j.err == nil {
		j.last = j.n
		j.n += int64(len(j.buf))
	}
	return j.err
}

// frame puts a record with its header into buf.
func (j *Journal) frame(rec []byte) error {
	if j.err != nil {
		return j.err
	}
	if len(rec) > maxRecord {
		return fmt.Errorf("%s: a record of %d bytes, at most %d are possible", j.path(), len(rec), maxRecord)
	}
	b := binary.LittleEndian.AppendUint32(j.buf[:0], uint32(len(rec)))
	b = binary.LittleEndian.AppendUint32(b, journalSum(b, rec))
	j.buf = append(b, rec...)
	return nil
}

// Replace writes a record in the place of the last one, so that a journal does not grow
// with what is out of date. Whatever stops it, one of the two is there afterwards.
func (j *Journal) Replace(rec []byte) error {
	if err := j.frame(rec); err != nil {
		return err
	}
	j.err = j.replace()
	return j.err
}

// replace writes the journal anew: all but the last record, and the frame.
func (j *Journal) replace() error {
	before := make([]byte, j.last)
	if _, err := j.file.ReadAt(before, 0); err != nil {
		return fmt.Errorf("%s: %w", j.path(), err)
	}
	// Closed first: there are systems that rename nothing to the name of an open file.
	if err := j.Close(); err != nil {
		return err
	}
	err := j.dir.WriteWhole(j.name, func(w io.Writer) error {
		_, err := w.Write(append(before, j.buf...))
		return err
	})
	if err != nil {
		return err
	}
	if err := j.open(); err != nil {
		return err
	}
	j.n, err = j.file.Seek(0, io.SeekEnd)
	return err
}

// Length returns the bytes of the journal.
func (j *Journal) Length() int64 { return j.n }

// Close closes the file. All records are durable already.
func (j *Journal) Close() error {
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}
