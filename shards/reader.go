package shards

import (
	"fmt"
	"io"
)

// OpenReader opens a file of JSONL; index is its place in the plan. Reading begins at
// from, the End of an earlier block, or 0. Plain files go there at once, compressed ones are
// decompressed up to it; standard input cannot. Parquet files are opened by
// OpenParquetReader, but for those of no bytes.
func OpenReader(f File, index int, from int64, limits Limits) (Reader, error) {
	switch {
	case f.Size == 0:
		return openEmpty(f)
	case f.Format != JSONL:
		return nil, fmt.Errorf("%s: no JSONL", f.Path)
	}
	src, err := openStream(f, from)
	if err != nil {
		return nil, err
	}
	return &jsonlReader{src: src, limits: limits, file: index, at: from}, nil
}

// emptyReader reads a file of no bytes, which has no records in any format.
type emptyReader struct{ src *stream }

func openEmpty(f File) (Reader, error) {
	f.Compression = Plain
	src, err := openStream(f, 0)
	if err != nil {
		return nil, err
	}
	return emptyReader{src}, nil
}

// Next implements Reader.
func (e emptyReader) Next(*Block) error {
	if n, err := e.src.Read(make([]byte, 1)); n == 0 && err != io.EOF {
		return err
	}
	return e.src.end()
}

// Close implements Reader.
func (e emptyReader) Close() error { return e.src.Close() }
