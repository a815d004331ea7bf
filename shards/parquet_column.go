package shards

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"unsafe"

	"github.com/parquet-go/parquet-go/format"
)

// maxPageValues is how many values a page may hold. Runs make a page of a few bytes
// stand for any number of nulls, and levels take a byte each here.
const maxPageValues = 16 << 20

// A chunk is where the pages of one column of one row group lie.
type chunk struct {
	off, size int64
	codec     format.CompressionCodec
	values    int64 // as the footer has it, nulls included
}

// A budget bounds what the columns of a row group hold together. Pages say how large
// they become; a file that says so of every column must be that large itself.
type budget struct{ left int64 }

func newBudget(compressed int64) *budget { return &budget{left: 256<<20 + 32*compressed} }

// resizeIn returns s with length n out of the budget; its content is not kept.
func resizeIn[T int32 | int64 | uint32](g *budget, s []T, n int) ([]T, error) {
	if n <= cap(s) {
		return s[:n], nil
	}
	if g.left -= int64(n-cap(s)) * int64(unsafe.Sizeof(*new(T))); g.left < 0 {
		return nil, errBudget
	}
	return make([]T, n), nil
}

var errBudget = errors.New("its pages claim far more memory than the size of the file explains")

// grow returns b with length n, newly made where it is too short.
func (g *budget) grow(b []byte, n int) ([]byte, error) {
	if n <= cap(b) {
		return b[:n], nil
	}
	if g.left -= int64(n - cap(b)); g.left < 0 {
		return nil, errBudget
	}
	return make([]byte, n), nil
}

// A column reads the values of one column of one row group in their order. It is
// made once and moved from chunk to chunk.
type column struct {
	node  *node
	dec   *decompressor
	mem   *budget
	src   pageSource
	codec format.CompressionCodec

	raw, page  []byte // buffers of the page: as in the file, decompressed
	reps, defs []byte // levels of its values, where the column has any
	n, at      int    // values of the page, and how many of them are behind us
	vals       values
	dict       dictionary
	haveDict   bool
	pageNo     int
}

// reset moves the column to a chunk of a file, or of a part of it in memory whose
// first byte is at offset base of the file.
func (c *column) reset(file io.ReaderAt, mem []byte, ch chunk) {
	c.src.reset(file, mem, ch.off, ch.off+ch.size)
	c.codec = ch.codec
	c.n, c.at, c.pageNo = 0, 0, 0
	c.haveDict = false
}

// more makes sure that a value is there, and returns io.EOF behind the last one.
func (c *column) more() error {
	for c.at == c.n {
		if err := c.load(); err == io.EOF {
			return err
		} else if err != nil {
			return fmt.Errorf("column %q, page %d: %w", c.node.path(), c.pageNo, err)
		}
		c.pageNo++
	}
	return nil
}

// levels returns those of the next value.
func (c *column) levels() (rep, def byte) {
	if c.node.rep > 0 {
		rep = c.reps[c.at]
	}
	if c.node.def > 0 {
		def = c.defs[c.at]
	}
	return rep, def
}

// next returns the levels of the next value and its bytes, nil for null. The bytes
// are good until the value after it is read.
func (c *column) next() (rep, def byte, b []byte, err error) {
	rep, def = c.levels()
	c.at++
	if def == c.node.def {
		if b, err = c.vals.next(); err != nil {
			err = fmt.Errorf("column %q, page %d: %w", c.node.path(), c.pageNo-1, err)
		}
	}
	return rep, def, b, err
}

// load reads pages up to and including the next one of data.
func (c *column) load() (err error) {
	for {
		h, err := c.src.header()
		if err != nil {
			return err
		}
		if h.typ == pageIndex || h.typ > pageDataV2 {
			c.src.pass(h)
			continue
		}
		if c.raw, err = c.src.body(h, c.raw, c.mem); err != nil {
			return err
		}
		body := c.src.at
		if h.hasCRC && crc32.ChecksumIEEE(body) != h.crc {
			return errors.New("its checksum does not fit its content")
		}
		if h.typ != pageDictionary {
			return c.data(h, body)
		}
		if err := c.readDictionary(h, body); err != nil {
			return err
		}
	}
}

func (c *column) readDictionary(h pageHeader, body []byte) error {
	if c.haveDict {
		return errors.New("there is a second dictionary")
	}
	var err error
	c.dict.buf, err = c.mem.grow(c.dict.buf, int(h.uncompressed))
	if err != nil {
		return err
	}
	page, err := c.dec.decode(c.codec, c.dict.buf, body)
	if err != nil {
		return err
	}
	if c.codec == format.Uncompressed { // the body's buffer is used again
		copy(c.dict.buf, page)
	}
	if e := format.Encoding(h.encoding); e != format.Plain && e != plainDictionary {
		return fmt.Errorf("its dictionary has the encoding %v", e)
	}
	c.haveDict = true
	return c.dict.read(c.dict.buf, h.values, c.node, c.mem)
}

// data opens a page of values.
func (c *column) data(h pageHeader, body []byte) (err error) {
	c.n, c.at = int(h.values), 0
	if c.reps, err = c.mem.grow(c.reps, c.levelBytes(c.node.rep)); err != nil {
		return err
	}
	if c.defs, err = c.mem.grow(c.defs, c.levelBytes(c.node.def)); err != nil {
		return err
	}
	var page []byte
	if h.typ == pageDataV2 {
		page, err = c.openV2(h, body)
	} else {
		page, err = c.openV1(h, body)
	}
	if err != nil {
		c.n = 0
		return err
	}
	for _, r := range c.reps {
		if r > c.node.rep {
			return fmt.Errorf("repetition level %d of at most %d", r, c.node.rep)
		}
	}
	present := c.n
	if c.node.def > 0 {
		present = 0
		for _, d := range c.defs {
			if d > c.node.def {
				return fmt.Errorf("definition level %d of at most %d", d, c.node.def)
			}
			if d == c.node.def {
				present++
			}
		}
	}
	return c.vals.open(c.node, format.Encoding(h.encoding), page, present, c.dictionary(), c.mem)
}

func (c *column) dictionary() *dictionary {
	if c.haveDict {
		return &c.dict
	}
	return nil
}

func (c *column) levelBytes(most byte) int {
	if most == 0 {
		return 0
	}
	return c.n
}

// openV2 decompresses a page of version 2, whose levels lie before the compressed part.
func (c *column) openV2(h pageHeader, body []byte) ([]byte, error) {
	levels := h.repSize + h.defSize
	if h.repSize < 0 || h.defSize < 0 || levels > int64(len(body)) || levels > h.uncompressed {
		return nil, errPageShort
	}
	reps, defs := body[:h.repSize], body[h.repSize:levels]
	if len(c.reps) > 0 {
		if err := decodeHybrid(c.reps, reps, levelWidth(c.node.rep)); err != nil {
			return nil, fmt.Errorf("repetition levels: %w", err)
		}
	}
	if len(c.defs) > 0 {
		if err := decodeHybrid(c.defs, defs, levelWidth(c.node.def)); err != nil {
			return nil, fmt.Errorf("definition levels: %w", err)
		}
	}
	body = body[levels:]
	if h.plain || len(body) == 0 {
		return body, nil
	}
	return c.decompress(body, h.uncompressed-levels)
}

func (c *column) decompress(body []byte, size int64) (page []byte, err error) {
	if c.codec == format.Uncompressed {
		if int64(len(body)) != size {
			return nil, fmt.Errorf("it has %d bytes, its header says %d", len(body), size)
		}
		return body, nil
	}
	if c.page, err = c.mem.grow(c.page, int(size)); err != nil {
		return nil, err
	}
	return c.dec.decode(c.codec, c.page, body)
}

// openV1 decompresses a page of version 1, whose levels are compressed with it.
func (c *column) openV1(h pageHeader, body []byte) ([]byte, error) {
	page, err := c.decompress(body, h.uncompressed)
	if err != nil {
		return nil, err
	}
	if page, err = levelsV1(c.reps, page, h.repEncoding, c.node.rep); err != nil {
		return nil, fmt.Errorf("repetition levels: %w", err)
	}
	if page, err = levelsV1(c.defs, page, h.defEncoding, c.node.def); err != nil {
		return nil, fmt.Errorf("definition levels: %w", err)
	}
	return page, nil
}

// levelsV1 reads levels that say their own length and returns what follows.
func levelsV1(dst, page []byte, encoding int64, most byte) ([]byte, error) {
	if most == 0 {
		return page, nil
	}
	if format.Encoding(encoding) == format.BitPacked {
		return decodeBitPacked(dst, page, levelWidth(most))
	}
	if len(page) < 4 {
		return nil, errPageShort
	}
	n := int64(binary.LittleEndian.Uint32(page))
	if n > int64(len(page)-4) {
		return nil, errPageShort
	}
	if len(dst) > 0 {
		if err := decodeHybrid(dst, page[4:4+n], levelWidth(most)); err != nil {
			return nil, err
		}
	}
	return page[4+n:], nil
}

// A pageSource yields the pages of a chunk, out of a file or out of memory.
type pageSource struct {
	file     io.ReaderAt
	mem      []byte // set: offsets are into it
	off, end int64  // what is left of the chunk
	buf      []byte // a stretch of the file that begins at off
	bufOff   int64
	win      []byte
	at       []byte // the body that body returned
}

func (s *pageSource) reset(file io.ReaderAt, mem []byte, off, end int64) {
	s.file, s.mem, s.off, s.end = file, mem, off, end
	s.win, s.at = nil, nil
}

// headerWindow is how much of a file is read for a page header at first. Headers take
// some 50 bytes, more where a writer put statistics of long values into them.
const headerWindow = 8 << 10

// header reads the next page's header, and returns io.EOF at the end of the chunk.
func (s *pageSource) header() (pageHeader, error) {
	if s.off >= s.end {
		return pageHeader{}, io.EOF
	}
	for window := int64(headerWindow); ; window *= 16 {
		window = min(window, s.end-s.off)
		b, err := s.peek(window)
		if err != nil {
			return pageHeader{}, err
		}
		h, n, err := readPageHeader(b)
		if err == nil {
			s.off += int64(n)
			return h, s.check(h)
		}
		if err != errThriftShort || window == s.end-s.off || window > 16<<20 {
			return pageHeader{}, fmt.Errorf("its header %w", err)
		}
	}
}

func (s *pageSource) check(h pageHeader) error {
	switch {
	case h.compressed < 0 || h.uncompressed < 0 || h.values < 0 || h.rows < 0:
		return errors.New("its header has a negative size")
	case h.compressed > s.end-s.off:
		return fmt.Errorf("its header says %d bytes, the column has %d left", h.compressed, s.end-s.off)
	case h.uncompressed > maxPage:
		return fmt.Errorf("it has %d bytes, at most %d are read", h.uncompressed, int64(maxPage))
	case h.uncompressed > 64<<20 && h.uncompressed > 2000*h.compressed:
		return fmt.Errorf("it claims to grow from %d to %d bytes", h.compressed, h.uncompressed)
	case h.values > maxPageValues:
		return fmt.Errorf("it has %d values, at most %d are read", h.values, int64(maxPageValues))
	}
	return nil
}

// peek returns n bytes from the place that is read next.
func (s *pageSource) peek(n int64) ([]byte, error) {
	if s.mem != nil {
		return s.mem[s.off : s.off+n], nil
	}
	if have := s.win; s.off >= s.bufOff && s.off+n <= s.bufOff+int64(len(have)) {
		return have[s.off-s.bufOff:][:n], nil
	}
	if int64(cap(s.buf)) < n {
		s.buf = make([]byte, n)
	}
	s.win, s.bufOff = s.buf[:n], s.off
	if err := readFull(s.file, s.win, s.off); err != nil {
		s.win = nil
		return nil, err
	}
	return s.win, nil
}

// body reads the page behind a header into raw, or finds it in memory, and puts it
// into s.at.
func (s *pageSource) body(h pageHeader, raw []byte, mem *budget) ([]byte, error) {
	if s.mem != nil {
		s.at = s.mem[s.off:][:h.compressed:h.compressed]
		s.off += h.compressed
		return raw, nil
	}
	raw, err := mem.grow(raw, int(h.compressed))
	if err != nil {
		return raw, err
	}
	s.at = raw
	if err := readFull(s.file, raw, s.off); err != nil {
		return raw, err
	}
	s.off += h.compressed
	return raw, nil
}

// pass steps over the page behind a header.
func (s *pageSource) pass(h pageHeader) { s.off += h.compressed }

func readFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return &readError{fmt.Errorf("reading %d bytes at byte %d: %w", len(b), off, err)}
}

// A readError is one of the disk, not of what lies on it.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }
