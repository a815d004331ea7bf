package dedup

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// A matrixReader reads the vectors of a .npy file, one row after the other.
type matrixReader struct {
	r       *bufio.Reader
	numbers numeral
	rows    uint64
	columns int
	raw     []byte
	at      uint64 // rows read
}

const (
	npyMagic   = "\x93NUMPY"
	npyHeader  = 1 << 20 // bytes of a header, at most
	mostValues = 1 << 20 // in a vector
)

// newMatrixReader reads the header: the magic, the version, and a Python dictionary
// such as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
func newMatrixReader(r io.Reader) (*matrixReader, error) {
	m := &matrixReader{r: bufio.NewReaderSize(r, 256<<10)}
	head := make([]byte, 8)
	if _, err := io.ReadFull(m.r, head); err != nil || string(head[:6]) != npyMagic {
		return nil, errors.New("this is no .npy file: it does not begin as those that numpy.save writes")
	}
	wide := 2
	if head[6] > 1 {
		wide = 4
	}
	if head[6] < 1 || head[6] > 3 {
		return nil, fmt.Errorf("version %d of .npy is not known, 1 to 3 are", head[6])
	}
	length := make([]byte, 4)
	if _, err := io.ReadFull(m.r, length[:wide]); err != nil {
		return nil, errShortHeader
	}
	n := binary.LittleEndian.Uint32(length)
	if n > npyHeader {
		return nil, fmt.Errorf("a header of %d bytes, at most %d are read", n, npyHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(m.r, text); err != nil {
		return nil, errShortHeader
	}
	if err := m.header(string(text)); err != nil {
		return nil, err
	}
	m.raw = make([]byte, m.columns*m.numbers.size)
	return m, nil
}

var errShortHeader = errors.New("the file ends within its header")

// headerValue returns what stands behind a key of the header.
func headerValue(header, key string) string {
	_, rest, ok := strings.Cut(header, "'"+key+"':")
	if !ok {
		return ""
	}
	return strings.TrimSpace(rest)
}

func (m *matrixReader) header(text string) error {
	types := map[string]numeral{"'<f2'": float16, "'<f4'": real32, "'<f8'": real64}
	descr, _, _ := strings.Cut(headerValue(text, "descr"), ",")
	var ok bool
	if m.numbers, ok = types[strings.TrimSpace(descr)]; !ok {
		return fmt.Errorf("numbers of type %.20q; '<f2', '<f4' and '<f8' are possible: float16, float32 and float64, little-endian", descr)
	}
	if !strings.HasPrefix(headerValue(text, "fortran_order"), "False") {
		return errors.New("the matrix is stored by columns; numpy.ascontiguousarray puts it into order")
	}
	shape, _, ok := strings.Cut(strings.TrimPrefix(headerValue(text, "shape"), "("), ")")
	rows, columns, two := strings.Cut(shape, ",")
	n, err1 := strconv.ParseUint(strings.TrimSpace(rows), 10, 62)
	c, err2 := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(columns), ","), 10, 32)
	if !ok || !two || err1 != nil || err2 != nil || c == 0 || c > mostValues || n > math.MaxInt64/c/8 {
		return fmt.Errorf("a matrix of shape (%.40s); it has two dimensions, one row for each document", shape)
	}
	m.rows, m.columns = n, int(c)
	return nil
}

// next appends the next row.
func (m *matrixReader) next(dst []float32) ([]float32, error) {
	if m.at == m.rows {
		return dst, io.EOF
	}
	if _, err := io.ReadFull(m.r, m.raw); err != nil {
		return dst, fmt.Errorf("the file ends in row %d of %d", m.at, m.rows)
	}
	m.at++
	return m.numbers.appendAll(dst, m.raw), nil
}

// end sees to it that the file has its rows and nothing else.
func (m *matrixReader) end() error {
	for m.at < m.rows {
		if _, err := io.CopyN(io.Discard, m.r, int64(len(m.raw))); err != nil {
			return fmt.Errorf("the file ends in row %d of %d", m.at, m.rows)
		}
		m.at++
	}
	if _, err := m.r.ReadByte(); err != io.EOF {
		return fmt.Errorf("bytes follow the %d rows", m.rows)
	}
	return nil
}
