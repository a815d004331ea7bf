package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"tamis/spool"
)

// The spool of a stage is a block file; each block holds documents in the form of
// document.Append. Beside it lies an index with one small block for each of the
// spool's: the number of its documents, its packed length, and the length of each
// document's text. From the index alone the engine knows the ordinal of every
// document and where each shard begins, without unpacking a text.

// A blockInfo is what the index says of one block of the spool.
type blockInfo struct {
	At, Length int64  // where in the spool it lies
	First      uint64 // ordinal of its first document
	Texts      []int  // bytes of each text
}

// appendInfo appends the index entry of a block.
func appendInfo(dst []byte, length int, texts []int) []byte {
	dst = binary.AppendUvarint(dst, uint64(length))
	dst = binary.AppendUvarint(dst, uint64(len(texts)))
	for _, n := range texts {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	return dst
}

// An indexReader yields the blocks of a spool in order. It is owned by one goroutine.
type indexReader struct {
	r    *spool.Reader
	info blockInfo
}

func openIndex(dir *spool.Dir, name string) (*indexReader, error) {
	r, err := spool.OpenReader(dir, name, -1)
	if err != nil {
		return nil, err
	}
	return &indexReader{r: r}, nil
}

// next returns the next entry, valid until the call after it, or io.EOF.
func (x *indexReader) next() (*blockInfo, error) {
	entry, err := x.r.Payload()
	if err != nil {
		return nil, err
	}
	i := &x.info
	i.At, i.First = i.At+i.Length, i.First+uint64(len(i.Texts))
	i.Length, i.Texts, err = readInfo(entry, i.Texts[:0])
	return i, err
}

func readInfo(raw []byte, texts []int) (int64, []int, error) {
	length, n := binary.Uvarint(raw)
	count, m := binary.Uvarint(raw[max(n, 0):])
	if n <= 0 || m <= 0 || count > uint64(len(raw)) {
		return 0, nil, errIndex
	}
	raw = raw[n+m:]
	for range count {
		v, k := binary.Uvarint(raw)
		if k <= 0 {
			return 0, nil, errIndex
		}
		texts, raw = append(texts, int(v)), raw[k:]
	}
	return int64(length), texts, nil
}

var errIndex = errors.New("an entry of the spool's index is damaged: run with --restart")

func (x *indexReader) close() error { return x.r.Close() }

// eachBlock calls f for every block of an index.
func eachBlock(dir *spool.Dir, name string, f func(*blockInfo) error) error {
	x, err := openIndex(dir, name)
	if err != nil {
		return err
	}
	defer x.close()
	for {
		info, err := x.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("index %s: %w", name, err)
		}
		if err := f(info); err != nil {
			return err
		}
	}
}
