package shards

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

// wholeGroup is the size in bytes before compression up to which a row group is one
// block, decoded by a worker. The rows of larger ones, of which a few would fill the
// memory, are decoded by the reader page by page and handed over in batches.
const wholeGroup = 8 << 20

// A parquetReader cuts a file into blocks of rows. A segment is a row group.
type parquetReader struct {
	plan   File
	file   *os.File
	schema *InputSchema
	limits Limits
	index  int
	name   string
	groups []rowGroup
	group  int   // the next one
	at     int64 // the next row
	told   int64 // bytes that blocks stood for so far
	rows   rowReader
	open   bool // rows is within a large row group
	gauge  rowGauge
	whole  int64 // see wholeGroup; tests set it
}

// parquetBlock is what a block of Parquet holds beside its data.
type parquetBlock struct {
	reader *parquetReader
	// group is set where Data holds the pages of a whole row group; skip rows of it
	// lie before the block.
	group rowGroup
	raw   bool
	skip  int64
	fail  error // why rows from some place on, up to the block's end, are lost
}

// OpenParquetReader opens a Parquet file whose schema is known; index is its place in
// the plan. Reading begins at the row from, the End of an earlier block, or 0.
func OpenParquetReader(f File, s *InputSchema, index int, from int64, limits Limits) (Reader, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, err
	}
	r := &parquetReader{plan: f, file: file, schema: s, limits: limits, index: index, name: filepath.Base(f.Path), at: from, whole: wholeGroup}
	if err := r.begin(); err != nil {
		file.Close()
		return nil, err
	}
	return r, nil
}

// begin reads the footer and goes to the row group of the first row.
func (r *parquetReader) begin() error {
	if err := r.unchanged(); err != nil {
		return err
	}
	now, groups, err := readParquet(r.file, r.plan.Size, r.schema.Mapping)
	if err != nil {
		return fmt.Errorf("%s: %w", r.plan.Path, err)
	}
	if !now.same(r.schema) {
		return fmt.Errorf("%s %w: its columns are not those that the plan saw", r.plan.Path, ErrChanged)
	}
	r.groups = groups
	for r.group < len(groups) && r.at >= groups[r.group].first+groups[r.group].rows {
		r.told += groups[r.group].size
		r.group++
	}
	return nil
}

func (r *parquetReader) unchanged() error {
	now, err := r.file.Stat()
	if err != nil {
		return err
	}
	return r.plan.Unchanged(now)
}

// Close implements Reader.
func (r *parquetReader) Close() error { return r.file.Close() }

// Next implements Reader.
func (r *parquetReader) Next(b *Block) error {
	for r.group < len(r.groups) && r.groups[r.group].rows == 0 {
		r.group++
	}
	if r.group == len(r.groups) {
		if err := r.unchanged(); err != nil {
			return err
		}
		return io.EOF
	}
	g := &r.groups[r.group]
	rows, _ := b.rows.(*parquetBlock)
	if rows == nil {
		rows = &parquetBlock{}
	}
	rows.reader, rows.raw, rows.skip, rows.fail = r, false, 0, nil
	*b = Block{File: r.index, Name: r.name, At: r.at, Data: b.Data[:0], rowGroup: r.group, rows: rows}
	var err error
	if g.plain <= r.whole && !r.open {
		err = r.raw(b, g, rows)
	}
	if err == nil && !rows.raw {
		err = r.part(b, g, rows)
	}
	if err != nil {
		return r.unreadable(b.At, err)
	}
	r.advance(b, g)
	return nil
}

// advance goes on behind a block.
func (r *parquetReader) advance(b *Block, g *rowGroup) {
	r.at = b.End
	told := r.told
	r.told += share(g.size, b.End-b.At, g.rows)
	if r.at == g.first+g.rows {
		b.Segment = true
		r.open = false
		if r.group++; r.group == len(r.groups) {
			r.told = r.plan.Size
		}
	}
	b.Bytes = r.told - told
}

// share is part of a size, for the progress line.
func share(size, rows, of int64) int64 {
	return int64(math.Floor(float64(size) * (float64(rows) / float64(of))))
}

// unreadable says that the rest of the file is lost, or that it has changed.
func (r *parquetReader) unreadable(at int64, err error) error {
	if changed := r.unchanged(); changed != nil {
		return changed
	}
	return &Unreadable{Path: r.plan.Path, At: at, Lost: max(1, totalRows(r.groups)-at),
		Err: fmt.Errorf("row group %d, row %d: %w", r.group, at, err)}
}

// raw hands over the pages of a row group as they are, unless its rows are too many or too
// long for that: then it leaves the block as it was.
func (r *parquetReader) raw(b *Block, g *rowGroup, rows *parquetBlock) error {
	rows.group = rowGroup{first: g.first, rows: g.rows, size: g.size, plain: g.plain, chunks: append(rows.group.chunks[:0], g.chunks...)}
	data := resize(b.Data, int(g.size))
	var to int64
	for i := range rows.group.chunks {
		c := &rows.group.chunks[i]
		if err := readFull(r.file, data[to:to+c.size], c.off); err != nil {
			return err
		}
		c.off = to
		to += c.size
	}
	if r.gauge.rows(r.schema, &rows.group, data) > wholeRows*r.whole {
		return nil
	}
	rows.raw, rows.skip = true, r.at-g.first
	b.Data, b.End = data, g.first+g.rows
	return nil
}

// part decodes rows of a large row group, a batch of bytes of them:
//
//	rows: { 0 | 1 | 2 + length of the text  [text]  length of the rest  rest }
//
// 0 is a row whose text is null, 1 one that is longer than the limit; both have no
// more. Numbers are varints.
func (r *parquetReader) part(b *Block, g *rowGroup, rows *parquetBlock) error {
	err := r.enter(g)
	end := g.first + g.rows
	for row := r.at; err == nil && row < end; row++ {
		if err = r.rows.next(); err != nil {
			break
		}
		b.Data = r.rows.appendRow(b.Data)
		if b.End = row + 1; int64(len(b.Data))+rowCost*(b.End-b.At) >= int64(r.limits.Batch) {
			return nil
		}
	}
	var disk *readError
	if errors.As(err, &disk) {
		return err
	}
	b.End, rows.fail = end, err
	return nil
}

// enter opens a row group and goes to the next row.
func (r *parquetReader) enter(g *rowGroup) error {
	if r.open {
		return nil
	}
	r.open = true
	if err := r.rows.reset(r.schema, g, r.file, nil, r.limits.Line); err != nil {
		return err
	}
	for row := g.first; row < r.at; row++ {
		if err := r.rows.next(); err != nil {
			return err
		}
	}
	return nil
}

// appendRow appends the row at hand.
func (r *rowReader) appendRow(dst []byte) []byte {
	switch {
	case r.long:
		return append(dst, 1)
	case r.text == nil:
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, 2+uint64(len(r.text)))
	dst = append(dst, r.text...)
	dst = binary.AppendUvarint(dst, uint64(len(r.rest)))
	return append(dst, r.rest...)
}
