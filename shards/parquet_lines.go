package shards

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// OpenParquetLines opens a Parquet file as lines of JSON, one object for each row, for
// those who read lists and examples that lie beside a corpus. No column of it need be a
// text. Where rows cannot be read, reading ends with an error that names them.
func OpenParquetLines(path string) (io.ReadCloser, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	l := &parquetLines{path: path, file: file}
	if err := l.begin(); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// parquetLines is a Parquet file as lines of JSON.
type parquetLines struct {
	path   string
	file   *os.File
	schema *InputSchema
	groups []rowGroup
	rows   rowReader
	row    assembler
	begun  int    // row groups
	line   []byte // of the row at hand
	left   []byte // of the line
}

func (l *parquetLines) begin() error {
	info, err := l.file.Stat()
	if err != nil {
		return err
	}
	l.schema, l.groups, err = readParquet(l.file, info.Size(), Mapping{})
	return err
}

// Read implements io.Reader.
func (l *parquetLines) Read(p []byte) (int, error) {
	if len(l.left) == 0 {
		if err := l.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.left)
	l.left = l.left[n:]
	return n, nil
}

// Close implements io.Closer.
func (l *parquetLines) Close() error { return l.file.Close() }

// next makes the line of the next row.
func (l *parquetLines) next() error {
	err := io.EOF
	if l.begun > 0 {
		err = l.rows.next()
	}
	for errors.Is(err, io.EOF) && l.begun < len(l.groups) {
		l.begun++
		if err = l.rows.reset(l.schema, &l.groups[l.begun-1], l.file, nil, DefaultLimits.Line); err == nil {
			err = l.rows.next()
		}
	}
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case err == nil && l.rows.long:
		err = fmt.Errorf("it is longer than %d bytes", DefaultLimits.Line)
	case err == nil && !l.row.sound(l.schema, l.rows.rest):
		err = errors.New("the columns of a list or structure do not fit together")
	}
	if err != nil {
		return fmt.Errorf("%s: row group %d, row %d of it: %w", l.path, l.begun-1, l.rows.row, err)
	}
	l.row.split(l.schema, l.rows.rest)
	l.line = append(l.row.object(l.line[:0], l.schema.root), '\n')
	l.left = l.line
	return nil
}
