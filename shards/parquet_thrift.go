package shards

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Parquet describes itself in Thrift's compact protocol. A length in it is a claim:
// seven bytes can ask for a list of two thousand million row groups. So a footer is
// walked with checkThrift before it is decoded, and page headers, which stand before
// every page, are read by hand.

// thriftReader walks bytes of the compact protocol. Its errors stick.
type thriftReader struct {
	b    []byte
	off  int
	cost int64 // bytes of memory that the decoded form takes, about
	err  error
}

// The types of the compact protocol.
const (
	thriftStop   = 0
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
	thriftUUID   = 13
)

// thriftDepth is how deep a footer nests; the format's own is 7.
const thriftDepth = 32

// structCost is the size of the largest structure of a footer, that of a column chunk.
const structCost = 768

var (
	errThriftShort = errors.New("ends in the middle of a structure")
	errThriftDeep  = errors.New("is nested too deeply")
)

// checkThrift walks one structure and refuses what no sound file holds: lengths beyond
// the end, deep nesting, or more memory for the decoded form than its size explains.
func checkThrift(b []byte) error {
	r := thriftReader{b: b}
	r.skipStruct(0)
	if most := int64(64<<20) + 24*int64(len(b)); r.err == nil && r.cost > most {
		return fmt.Errorf("%d bytes claim to describe %d bytes of structures", len(b), r.cost)
	}
	return r.err
}

func (r *thriftReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.off = len(r.b)
}

func (r *thriftReader) byte() byte {
	if r.off >= len(r.b) {
		r.fail(errThriftShort)
		return 0
	}
	c := r.b[r.off]
	r.off++
	return c
}

func (r *thriftReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b[r.off:])
	if n <= 0 {
		r.fail(errThriftShort)
		return 0
	}
	r.off += n
	return v
}

// varint reads a zigzag integer.
func (r *thriftReader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *thriftReader) skip(n uint64) {
	if n > uint64(len(r.b)-r.off) {
		r.fail(errThriftShort)
		return
	}
	r.off += int(n)
}

// field reads the head of a field; typ is thriftStop at the end of the structure.
func (r *thriftReader) field(last int16) (id int16, typ byte) {
	c := r.byte()
	if r.err != nil || c == thriftStop {
		return 0, thriftStop
	}
	if c>>4 != 0 {
		return last + int16(c>>4), c & 15
	}
	return int16(r.varint()), c & 15
}

func (r *thriftReader) skipStruct(depth int) {
	if depth > thriftDepth {
		r.fail(errThriftDeep)
		return
	}
	for id := int16(0); r.err == nil; {
		var typ byte
		if id, typ = r.field(id); typ == thriftStop {
			return
		}
		r.skipValue(typ, depth+1)
	}
}

func (r *thriftReader) skipValue(typ byte, depth int) {
	switch typ {
	case thriftTrue, thriftFalse: // the type is the value
	case thriftByte:
		r.skip(1)
	case 4, 5, 6: // i16, i32, i64
		r.uvarint()
	case thriftDouble:
		r.skip(8)
	case thriftUUID:
		r.skip(16)
	case thriftBinary:
		n := r.uvarint()
		r.cost += int64(min(n, uint64(len(r.b))))
		r.skip(n)
	case thriftList, thriftSet:
		r.skipList(depth)
	case thriftMap:
		r.skipMap(depth)
	case thriftStruct:
		r.skipStruct(depth)
	default:
		r.fail(fmt.Errorf("has a value of unknown type %d", typ))
	}
}

func (r *thriftReader) skipList(depth int) {
	c := r.byte()
	n := uint64(c >> 4)
	if n == 15 {
		n = r.uvarint()
	}
	if n > uint64(len(r.b)-r.off) { // each element takes a byte at least
		r.fail(errThriftShort)
		return
	}
	typ := c & 15
	switch typ {
	case thriftStruct:
		r.cost += int64(n) * structCost
	default:
		r.cost += int64(n) * 16
	}
	for ; n > 0 && r.err == nil; n-- {
		r.skipElement(typ, depth+1)
	}
}

func (r *thriftReader) skipMap(depth int) {
	n := r.uvarint()
	if n == 0 || r.err != nil {
		return
	}
	c := r.byte()
	for ; n > 0 && r.err == nil; n-- {
		r.skipElement(c>>4, depth+1)
		r.skipElement(c&15, depth+1)
	}
}

// skipElement is skipValue but for booleans, which take a byte inside of lists.
func (r *thriftReader) skipElement(typ byte, depth int) {
	if typ == thriftTrue || typ == thriftFalse {
		typ = thriftByte
	}
	r.skipValue(typ, depth)
}

// A pageHeader is what stands before a page. Sizes are in bytes.
type pageHeader struct {
	typ          int64 // pageData, pageDictionary, pageDataV2; others are passed over
	uncompressed int64
	compressed   int64
	crc          uint32
	hasCRC       bool
	values       int64 // nulls included
	encoding     int64
	defEncoding  int64
	repEncoding  int64
	// Of data pages version 2 alone.
	rows             int64
	defSize, repSize int64
	plain            bool // the values are not compressed although the column is
}

// The types of pages.
const (
	pageData       = 0
	pageIndex      = 1
	pageDictionary = 2
	pageDataV2     = 3
)

// readPageHeader reads the header at the start of b and returns its length.
// errThriftShort says that b does not hold all of it.
func readPageHeader(b []byte) (pageHeader, int, error) {
	r := thriftReader{b: b}
	var h pageHeader
	for id := int16(0); r.err == nil; {
		var typ byte
		if id, typ = r.field(id); typ == thriftStop {
			break
		}
		switch {
		case id == 1:
			h.typ = r.varint()
		case id == 2:
			h.uncompressed = r.varint()
		case id == 3:
			h.compressed = r.varint()
		case id == 4:
			h.crc, h.hasCRC = uint32(r.varint()), true
		case typ == thriftStruct && (id == 5 || id == 7 || id == 8):
			r.pageFields(&h, id)
		default:
			r.skipValue(typ, 0)
		}
	}
	return h, r.off, r.err
}

// pageFields reads the part of a header that depends on the type of the page: kind is
// 5 for data pages, 7 for dictionaries, 8 for data pages version 2.
func (r *thriftReader) pageFields(h *pageHeader, kind int16) {
	to := map5
	switch kind {
	case 7:
		to = map7
	case 8:
		to = map8
	}
	for id := int16(0); r.err == nil; {
		var typ byte
		if id, typ = r.field(id); typ == thriftStop {
			return
		}
		switch {
		case kind == 8 && id == 7:
			h.plain = typ == thriftFalse
		case int(id) > 0 && int(id) < len(to) && to[id] != nil && typ >= 4 && typ <= 6:
			*to[id](h) = r.varint()
		default:
			r.skipValue(typ, 1)
		}
	}
}

type pageField func(*pageHeader) *int64

func fieldValues(h *pageHeader) *int64   { return &h.values }
func fieldRows(h *pageHeader) *int64     { return &h.rows }
func fieldEncoding(h *pageHeader) *int64 { return &h.encoding }
func fieldDefEnc(h *pageHeader) *int64   { return &h.defEncoding }
func fieldRepEnc(h *pageHeader) *int64   { return &h.repEncoding }
func fieldDefSize(h *pageHeader) *int64  { return &h.defSize }
func fieldRepSize(h *pageHeader) *int64  { return &h.repSize }

// Where the fields of the three kinds of headers go, by their numbers in the format.
var (
	map5 = []pageField{1: fieldValues, 2: fieldEncoding, 3: fieldDefEnc, 4: fieldRepEnc}
	map7 = []pageField{1: fieldValues, 2: fieldEncoding}
	map8 = []pageField{1: fieldValues, 3: fieldRows, 4: fieldEncoding, 5: fieldDefSize, 6: fieldRepSize}
)
