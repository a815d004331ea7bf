package shards

import (
	"encoding/binary"
	"fmt"
	"io"
)

// A row beside its text travels as bytes, leaf by leaf in the order of the schema, the
// text's leaf left out, if there is one:
//
//	flat leaf      [definition level] value
//	repeated leaf  length (u32) { repetition level  definition level  value }
//	value          its bytes, as PLAIN has them; byte arrays behind a varint of their length
//
// A level is a byte. That of a flat leaf is there only where the leaf, or something
// above it, is optional; the value only where the level says that it is present.
// Numbers are little-endian. Schema and form say the rest.

// A rowReader puts the columns of one row group together to rows. It is owned by one
// goroutine and moved from row group to row group.
type rowReader struct {
	schema *InputSchema
	cols   []column
	dec    *decompressor
	mem    budget
	most   int // bytes of a row, text included
	row    int64
	rows   int64

	rest []byte // the row beside its text
	text []byte // nil for null; good until the next row
	long bool   // the row is longer than most: rest and text are not whole
}

// A rowGroup is where the columns of a row group lie in the file.
type rowGroup struct {
	first, rows int64 // of the file's rows
	chunks      []chunk
	size        int64 // bytes in the file
	plain       int64 // bytes before compression, as the footer has it
}

// reset moves the reader to a row group, in a file or in memory; offsets of a group in
// memory are into mem.
func (r *rowReader) reset(s *InputSchema, g *rowGroup, file io.ReaderAt, mem []byte, most int) error {
	if r.schema != s {
		*r = rowReader{schema: s, dec: r.dec, rest: r.rest, cols: make([]column, len(s.leaves))}
		if r.dec == nil {
			r.dec = &decompressor{}
		}
		for i, leaf := range s.leaves {
			r.cols[i] = column{node: leaf, dec: r.dec, mem: &r.mem}
		}
	}
	r.mem = *newBudget(g.size)
	r.most, r.row, r.rows = most, 0, g.rows
	for i := range r.cols {
		r.cols[i].reset(file, mem, g.chunks[i])
		if err := r.cols[i].count(g.rows); err != nil {
			return fmt.Errorf("column %q: %w", r.cols[i].node.path(), err)
		}
		r.cols[i].reset(file, mem, g.chunks[i])
	}
	return nil
}

// count walks over the headers of the pages and refuses a column that has more or
// fewer rows than its row group. Where values repeat, pages of version 1 do not say
// how many rows they hold, and the end shows it.
func (c *column) count(rows int64) error {
	var n int64
	for {
		h, err := c.src.header()
		if err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		c.src.pass(h)
		switch {
		case h.typ == pageDataV2:
			n += h.rows
			if c.node.rep == 0 && h.values != h.rows {
				return fmt.Errorf("a page of %d rows has %d values", h.rows, h.values)
			}
		case h.typ == pageData && c.node.rep == 0:
			n += h.values
		case h.typ == pageData:
			return nil
		}
	}
	if n != rows {
		return fmt.Errorf("it has %d rows, its row group %d", n, rows)
	}
	return nil
}

// noText is the text of rows that are conversations: there, but nothing.
var noText = []byte{}

// next reads a row into rest and text. It returns io.EOF behind the last one.
func (r *rowReader) next() (err error) {
	if r.row == r.rows {
		return io.EOF
	}
	defer recovered(&err)
	r.rest, r.text, r.long = r.rest[:0], nil, false
	if r.schema.talk != nil {
		r.text = noText
	}
	for i := range r.cols {
		c := &r.cols[i]
		switch {
		case i == r.schema.text:
			err = r.readText(c)
		case c.node.rep == 0:
			err = r.readFlat(c)
		default:
			err = r.readRepeated(c)
		}
		if err != nil {
			return err
		}
	}
	if r.row++; r.row == r.rows {
		return r.end()
	}
	return nil
}

// end makes sure that no column has values behind the last row.
func (r *rowReader) end() error {
	for i := range r.cols {
		if err := r.cols[i].more(); err == nil {
			return fmt.Errorf("column %q has more rows than its row group", r.cols[i].node.path())
		} else if err != io.EOF {
			return err
		}
	}
	return nil
}

// more is column.more where there must be a value.
func (r *rowReader) more(c *column) error {
	err := c.more()
	if err == io.EOF {
		return fmt.Errorf("column %q ends before its row group", c.node.path())
	}
	return err
}

func (r *rowReader) readText(c *column) error {
	if err := r.more(c); err != nil {
		return err
	}
	_, def, b, err := c.next()
	if err != nil || def < c.node.def {
		return err
	}
	if b == nil {
		b = []byte{}
	}
	r.text = b
	r.long = r.long || len(b) > r.most
	return nil
}

func (r *rowReader) readFlat(c *column) error {
	if err := r.more(c); err != nil {
		return err
	}
	_, def, b, err := c.next()
	if err != nil {
		return err
	}
	if c.node.def > 0 {
		r.rest = append(r.rest, def)
	}
	if def == c.node.def {
		r.append(c.node, b)
	}
	return nil
}

// append adds a value to the row, or none to a row that has become too long.
func (r *rowReader) append(leaf *node, b []byte) {
	if r.long = r.long || len(r.rest)+len(b) > r.most; r.long {
		return
	}
	if leaf.width == 0 {
		r.rest = binary.AppendUvarint(r.rest, uint64(len(b)))
	}
	r.rest = append(r.rest, b...)
}

func (r *rowReader) readRepeated(c *column) error {
	if err := r.more(c); err != nil {
		return err
	}
	if rep, _ := c.levels(); rep != 0 {
		return fmt.Errorf("column %q begins a row at repetition level %d", c.node.path(), rep)
	}
	start := len(r.rest)
	r.rest = append(r.rest, 0, 0, 0, 0)
	for {
		rep, def, b, err := c.next()
		if err != nil {
			return err
		}
		if r.long = r.long || len(r.rest) > r.most; !r.long { // levels alone can fill a row
			r.rest = append(r.rest, rep, def)
		}
		if def == c.node.def {
			r.append(c.node, b)
		}
		if err := c.more(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		if rep, _ := c.levels(); rep == 0 {
			break
		}
	}
	binary.LittleEndian.PutUint32(r.rest[start:], uint32(len(r.rest)-start-4))
	return nil
}

// section splits what belongs to a leaf off a row.
func (n *node) section(row []byte) (own, rest []byte) {
	if n.rep > 0 {
		size := 4 + int(binary.LittleEndian.Uint32(row))
		return row[4:size], row[size:]
	}
	size := 0
	if n.def > 0 {
		size = 1
		if row[0] < n.def {
			return row[:1], row[1:]
		}
	}
	size += n.valueSize(row[size:])
	return row[:size], row[size:]
}

// valueSize is the length of the value at the start of b.
func (n *node) valueSize(b []byte) int {
	if n.width > 0 {
		return n.width
	}
	size, head := binary.Uvarint(b)
	return head + int(size)
}

// takeValue splits a value off what belongs to a leaf.
func (n *node) takeValue(b []byte) (value, rest []byte) {
	if n.width > 0 {
		return b[:n.width], b[n.width:]
	}
	size, head := binary.Uvarint(b)
	end := head + int(size)
	return b[head:end], b[end:]
}

// takeEntry splits a value with its levels off what belongs to a leaf; value is nil
// for null.
func (n *node) takeEntry(b []byte) (rep, def byte, value, rest []byte) {
	if n.rep > 0 {
		rep, b = b[0], b[1:]
	}
	if n.def > 0 {
		def, b = b[0], b[1:]
	}
	if def == n.def {
		value, b = n.takeValue(b)
	}
	return rep, def, value, b
}
