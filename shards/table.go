package shards

import (
	"io"

	"github.com/parquet-go/parquet-go"
)

// tableRows is how many rows a row group of a table has.
const tableRows = 100_000

// A tableWriter writes a Parquet file of rows that are structs. The same rows give the
// same bytes.
type tableWriter[Row any] struct {
	w   *parquet.GenericWriter[Row]
	row [1]Row
	n   int
}

func newTableWriter[Row any](w io.Writer) tableWriter[Row] {
	return tableWriter[Row]{w: parquet.NewGenericWriter[Row](w, parquet.DataPageVersion(1),
		parquet.Compression(&parquet.Zstd), parquet.CreatedBy("tamis", "1", "1"))}
}

// Write writes a row.
func (w *tableWriter[Row]) Write(row *Row) error {
	w.row[0] = *row
	if _, err := w.w.Write(w.row[:]); err != nil {
		return err
	}
	if w.n++; w.n%tableRows == 0 {
		return w.w.Flush()
	}
	return nil
}

// Close writes the end of the file; the writer beneath stays open.
func (w *tableWriter[Row]) Close() error { return w.w.Close() }
