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

// A Journal is an append-only file of records, each durable when Append returns. It is
// owned by one goroutine.
type Journal struct {
	path string
	file File
	n    int64
	buf  []byte
	err  error
}

// OpenJournal opens a journal, or begins one, and returns the records in it. A torn
// tail is cut off; damage before a whole record is a *Corrupt.
func OpenJournal(dir *Dir, name string) (j *Journal, records [][]byte, err error) {
	f, err := dir.Disk.OpenFile(dir.Join(name), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, nil, err
	}
	j = &Journal{path: dir.Join(name), file: f}
	if records, err = j.load(); err == nil {
		err = dir.Sync() // the name of a journal that may be new
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return j, records, nil
}

// load reads all records and cuts off a torn tail.
func (j *Journal) load() ([][]byte, error) {
	data, err := io.ReadAll(j.file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.path, err)
	}
	records, n := split(data)
	j.n = n
	if n == int64(len(data)) {
		return records, nil
	}
	if followed(data[n:]) {
		return nil, &Corrupt{Path: j.path, At: n, Err: errors.New("a record is damaged and whole ones follow it")}
	}
	if err := cutBehind(j.file, j.path, n); err != nil {
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
	if j.err != nil {
		return j.err
	}
	if len(rec) > maxRecord {
		return fmt.Errorf("%s: a record of %d bytes, at most %d are possible", j.path, len(rec), maxRecord)
	}
	b := binary.LittleEndian.AppendUint32(j.buf[:0], uint32(len(rec)))
	b = binary.LittleEndian.AppendUint32(b, journalSum(b, rec))
	j.buf = append(b, rec...)
	if _, j.err = j.file.Write(j.buf); j.err == nil {
		j.err = j.file.Sync()
	}
	if j.err == nil {
		j.n += int64(len(j.buf))
	}
	return j.err
}

// Length returns the bytes of the journal.
func (j *Journal) Length() int64 { return j.n }

// Close closes the file. All records are durable already.
func (j *Journal) Close() error { return j.file.Close() }
