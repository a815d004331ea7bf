package shards

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// maxFooter is the largest footer that is read, in bytes.
const maxFooter = 256 << 20

// OpenInputSchema reads the schema of a Parquet file. Errors name the file.
func OpenInputSchema(f File, m Mapping) (*InputSchema, error) {
	s, _, err := OpenParquetInput(f.Path, m)
	return s, err
}

// OpenParquetInput reads what a plan must know of a Parquet file: its schema and its
// number of rows. Errors name the file.
func OpenParquetInput(path string, m Mapping) (*InputSchema, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	s, groups, err := readParquet(file, info.Size(), m)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	return s, totalRows(groups), nil
}

func totalRows(groups []rowGroup) int64 {
	if len(groups) == 0 {
		return 0
	}
	last := groups[len(groups)-1]
	return last.first + last.rows
}

// readParquet reads and checks the footer of a file.
func readParquet(r io.ReaderAt, size int64, m Mapping) (*InputSchema, []rowGroup, error) {
	meta, data, err := readFooter(r, size)
	if err != nil {
		return nil, nil, err
	}
	if err := checkGroups(meta); err != nil {
		return nil, nil, err
	}
	s, err := newInputSchema(meta, m)
	if err != nil {
		return nil, nil, err
	}
	groups, err := s.groups(meta, data)
	return s, groups, err
}

// readFooter returns the footer and where it begins. The library decodes it only after
// its lengths have been walked (see checkThrift).
func readFooter(r io.ReaderAt, size int64) (meta *format.FileMetaData, begins int64, err error) {
	if size < 12 {
		return nil, 0, fmt.Errorf("no Parquet file: it has %d bytes, the shortest has 12", size)
	}
	var magic [4]byte
	if err := readFull(r, magic[:], 0); err != nil {
		return nil, 0, err
	}
	var tail [8]byte
	if err := readFull(r, tail[:], size-8); err != nil {
		return nil, 0, err
	}
	switch {
	case string(magic[:]) == "PARE" || string(tail[4:]) == "PARE":
		return nil, 0, errors.New("the Parquet file is encrypted")
	case string(magic[:]) != "PAR1":
		return nil, 0, fmt.Errorf("no Parquet file: it begins with %q instead of \"PAR1\"", magic)
	case string(tail[4:]) != "PAR1":
		return nil, 0, fmt.Errorf("the Parquet file ends with %q instead of \"PAR1\"; it was cut short", tail[4:])
	}
	length := int64(binary.LittleEndian.Uint32(tail[:4]))
	if length+12 > size || length > maxFooter {
		return nil, 0, fmt.Errorf("the Parquet footer claims %d bytes of a file of %d, at most %d are read", length, size, int64(maxFooter))
	}
	footer := make([]byte, length)
	begins = size - 8 - length
	if err := readFull(r, footer, begins); err != nil {
		return nil, 0, err
	}
	meta, err = decodeFooter(footer)
	return meta, begins, err
}

func decodeFooter(footer []byte) (meta *format.FileMetaData, err error) {
	if err := checkThrift(footer); err != nil {
		return nil, fmt.Errorf("the Parquet footer %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("the Parquet footer: %w", err)
		}
	}()
	defer recovered(&err)
	meta = new(format.FileMetaData)
	if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReaderFromBytes(footer)).Decode(meta); err != nil {
		return nil, err
	}
	if meta.EncryptionAlgorithm.Value != nil {
		return nil, errors.New("the columns are encrypted")
	}
	return meta, nil
}

// checkGroups makes sure that every row group has a chunk for each column.
func checkGroups(meta *format.FileMetaData) error {
	_, leaves, err := buildTree(meta.Schema)
	if err != nil {
		return err
	}
	for i, g := range meta.RowGroups {
		if len(g.Columns) != len(leaves) {
			return fmt.Errorf("row group %d has %d columns, the schema %d", i, len(g.Columns), len(leaves))
		}
	}
	return nil
}

// groups finds the row groups in the file; data is where the footer begins, behind
// which no page lies.
func (s *InputSchema) groups(meta *format.FileMetaData, data int64) ([]rowGroup, error) {
	groups := make([]rowGroup, 0, len(meta.RowGroups))
	var row, size int64
	for i := range meta.RowGroups {
		g, err := s.group(&meta.RowGroups[i], data)
		if err != nil {
			return nil, fmt.Errorf("row group %d: %w", i, err)
		}
		g.first = row
		if row += g.rows; row < 0 {
			return nil, fmt.Errorf("row group %d: more rows than can be counted", i)
		}
		if size += g.size; size > data {
			return nil, fmt.Errorf("row groups overlap: they claim more than the %d bytes of the file", data)
		}
		groups = append(groups, g)
	}
	if row != meta.NumRows {
		return nil, fmt.Errorf("the Parquet footer says %d rows, its row groups hold %d", meta.NumRows, row)
	}
	return groups, nil
}

func (s *InputSchema) group(g *format.RowGroup, data int64) (rowGroup, error) {
	out := rowGroup{rows: g.NumRows, chunks: make([]chunk, len(g.Columns))}
	if g.NumRows < 0 {
		return out, fmt.Errorf("it claims %d rows", g.NumRows)
	}
	for i := range g.Columns {
		c, err := columnChunk(&g.Columns[i], s.leaves[i], data)
		if err != nil {
			return out, fmt.Errorf("column %q: %w", s.leaves[i].path(), err)
		}
		if s.leaves[i].rep == 0 && c.values != g.NumRows {
			return out, fmt.Errorf("column %q: it has %d rows, its row group %d", s.leaves[i].path(), c.values, g.NumRows)
		}
		out.chunks[i] = c
		out.size += c.size
		out.plain += max(g.Columns[i].MetaData.TotalUncompressedSize, c.size)
	}
	return out, nil
}

func columnChunk(c *format.ColumnChunk, leaf *node, data int64) (chunk, error) {
	m := &c.MetaData
	off := m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < off {
		off = d
	}
	out := chunk{off: off, size: m.TotalCompressedSize, codec: m.Codec, values: m.NumValues}
	switch {
	case c.FilePath != "":
		return out, fmt.Errorf("its values lie in another file, %q", c.FilePath)
	case m.Type != leaf.elem.Type.V:
		return out, fmt.Errorf("it is of type %v, the schema says %v", m.Type, leaf.elem.Type.V)
	case m.NumValues == 0: // some writers give such chunks places that do not exist
		out.off, out.size = 0, 0
		return out, nil
	case out.off < 4 || out.size < 0 || out.off > data || out.size > data-out.off || m.NumValues < 0:
		return out, fmt.Errorf("it claims the %d bytes from %d on, the file's columns end at %d", out.size, out.off, data)
	case m.TotalUncompressedSize < 0:
		return out, fmt.Errorf("it claims a size of %d bytes", m.TotalUncompressedSize)
	}
	return out, checkCodec(m.Codec)
}
