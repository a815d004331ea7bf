package shards

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"tamis/document"
)

// A ParquetParser makes documents of blocks of Parquet rows. A row whose text is null
// or no UTF-8, or that is longer than the limit of a line, is quarantined. An id is a
// string or an integer, or, as for JSON, made from the row's place. From a page that
// cannot be read on, the rows of its row group are lost and counted as such.
type ParquetParser struct {
	schema *InputSchema
	limits Limits
	rows   rowReader
	doc    document.Document
	id     []byte
	check  assembler
	talk   parquetTalk
	seen   *parquetReader // the last one whose blocks are known to fit the schema
}

// NewParquetParser returns a parser for files of one schema.
func NewParquetParser(s *InputSchema, limits Limits) *ParquetParser {
	p := &ParquetParser{schema: s, limits: limits}
	p.doc.Fields = s
	return p
}

// Parse implements Parser.
func (p *ParquetParser) Parse(b *Block, emit func(*document.Document) error, bad func(Bad) error) error {
	rows, ok := b.rows.(*parquetBlock)
	if !ok || p.seen != rows.reader && !rows.reader.schema.same(p.schema) {
		return errors.New("a block of other columns than its parser's") // a bug of the caller
	}
	p.seen = rows.reader
	parse := p.part
	if rows.raw {
		parse = p.whole
	}
	row, err := parse(b, rows, emit, bad)
	var stop stopped
	switch {
	case errors.As(err, &stop):
		return stop.err
	case row == b.End:
		return nil
	case err == nil:
		err = errors.New("rows are missing")
	}
	return bad(Bad{At: row, Lost: b.End - row,
		Reason: fmt.Sprintf("row group %d, rows %d to %d: %v", b.rowGroup, row, b.End-1, err)})
}

// stopped carries an error of emit or bad past those of reading.
type stopped struct{ err error }

func (s stopped) Error() string { return s.err.Error() }

// whole reads a row group out of the block's data. It returns the row that it did not
// come by, and why.
func (p *ParquetParser) whole(b *Block, rows *parquetBlock, emit func(*document.Document) error, bad func(Bad) error) (int64, error) {
	row := b.At
	if err := p.rows.reset(p.schema, &rows.group, nil, b.Data, p.limits.Line); err != nil {
		return row, err
	}
	for range rows.skip {
		if err := p.rows.next(); err != nil {
			return row, err
		}
	}
	for ; row < b.End; row++ {
		if err := p.rows.next(); err != nil {
			return row, err
		}
		if err := p.row(b, row, p.rows.text, p.rows.rest, p.rows.long, emit, bad); err != nil {
			return row, stopped{err}
		}
	}
	return row, nil
}

// part reads rows that the reader has decoded (see parquetReader.part).
func (p *ParquetParser) part(b *Block, rows *parquetBlock, emit func(*document.Document) error, bad func(Bad) error) (int64, error) {
	row := b.At
	for data := b.Data; len(data) > 0; row++ {
		var text, rest []byte
		head, n := binary.Uvarint(data)
		data = data[n:]
		if head >= 2 {
			text, data = data[:head-2:head-2], data[head-2:]
			size, n := binary.Uvarint(data)
			rest, data = data[n:][:size:size], data[n+int(size):]
		}
		if err := p.row(b, row, text, rest, head == 1, emit, bad); err != nil {
			return row, stopped{err}
		}
	}
	return row, rows.fail
}

// row makes a document of a row, or says why it cannot.
func (p *ParquetParser) row(b *Block, row int64, text, rest []byte, long bool, emit func(*document.Document) error, bad func(Bad) error) error {
	switch {
	case long:
		return bad(Bad{At: row, Lost: 1, Reason: fmt.Sprintf("the row is longer than the limit of %d bytes", p.limits.Line)})
	case text == nil:
		return bad(Bad{At: row, Lost: 1, Reason: fmt.Sprintf("the text in column %q is null", p.schema.Mapping.Text)})
	case !utf8.Valid(text):
		at := invalidAt(text)
		return bad(Bad{At: row, Lost: 1, Raw: text[:min(len(text), RawLimit)],
			Reason: fmt.Sprintf("invalid UTF-8 at byte %d of the text, after %q", at, text[max(0, at-16):at])})
	}
	if !p.check.sound(p.schema, rest) {
		return bad(Bad{At: row, Lost: 1, Reason: "the columns of a list or structure do not fit together"})
	}
	d := &p.doc
	d.SetText(view(text))
	if p.schema.talk != nil {
		if err := p.talk.read(p.schema, rest); err != nil {
			return bad(Bad{At: row, Lost: 1, Reason: err.Error()})
		}
		d.SetTurns(view(p.talk.text), p.talk.turns)
	}
	d.Place = document.Place{File: uint32(b.File), Record: row}
	d.Form, d.Rest = p.schema.form, rest
	d.URL = ""
	if p.schema.url >= 0 {
		d.URL = view(p.schema.flat(rest, p.schema.url))
	}
	if p.readID(rest); len(p.id) == 0 {
		p.id = PlaceID(p.id, b.Name, row)
	}
	d.ID = view(p.id)
	return emit(d)
}

// invalidAt returns the first byte that is no UTF-8.
func invalidAt(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(b)
}

func (p *ParquetParser) readID(rest []byte) {
	p.id = p.id[:0]
	if p.schema.id < 0 {
		return
	}
	leaf := p.schema.leaves[p.schema.id]
	b := p.schema.flat(rest, p.schema.id)
	if b == nil {
		return
	}
	switch leaf.value {
	case kindInt:
		p.id = strconv.AppendInt(p.id, leaf.int(b), 10)
	case kindUint:
		p.id = strconv.AppendUint(p.id, leaf.uint(b), 10)
	case kindUUID:
		p.id = appendUUID(p.id, b)
	default:
		if utf8.Valid(b) {
			p.id = append(p.id, b...)
		}
	}
}
