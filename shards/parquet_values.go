package shards

import (
	"encoding/binary"
	"fmt"

	"github.com/parquet-go/parquet-go/format"
)

// values yields the values of one page that are not null, one after the other, as
// bytes: little-endian for numbers, a byte for booleans. Nothing is decoded ahead but
// indexes and lengths, so a page cannot blow up.
type values struct {
	mode  valueMode
	width int
	data  []byte
	left  int

	dict    *dictionary
	index   []int32
	lengths []int64 // deltas: integers, or lengths of suffixes
	prefix  []int64
	i, n    int
	prev    []byte // the last value of a delta-encoded page of strings
	scratch [16]byte
	wide    []byte
}

// plainDictionary is the name that old files have for the encoding by a dictionary.
const plainDictionary format.Encoding = 2

// A valueMode is how the values of a page are found.
type valueMode uint8

const (
	modeFixed valueMode = iota
	modeBytes           // length, bytes
	modeBits            // booleans
	modeRuns            // booleans, in index
	modeDictionary
	modeDelta       // integers, in lengths
	modeDeltaLength // lengths, then bytes
	modeDeltaBytes  // prefix lengths, suffix lengths, suffixes
	modeSplit       // first bytes of all values, second bytes …
)

// open starts on a page with n values that are not null.
func (v *values) open(leaf *node, e format.Encoding, data []byte, n int, d *dictionary, mem *budget) (err error) {
	v.data, v.width, v.left, v.n, v.i = data, leaf.width, n, n, 0
	phys := leaf.elem.Type.V
	if n == 0 {
		return nil
	}
	switch {
	case e == format.Plain && phys == format.Boolean:
		v.mode = modeBits
		return v.need((n + 7) / 8)
	case e == format.Plain && phys == format.ByteArray:
		v.mode = modeBytes
		return v.need(4 * n)
	case e == format.Plain:
		v.mode = modeFixed
		return v.need(n * v.width)
	case e == plainDictionary || e == format.RLEDictionary:
		return v.openDictionary(d, mem)
	case e == format.RLE && phys == format.Boolean:
		return v.openRuns(mem)
	case e == format.DeltaBinaryPacked && (phys == format.Int32 || phys == format.Int64):
		v.mode = modeDelta
		return v.openDelta(mem)
	case e == format.DeltaLengthByteArray && phys == format.ByteArray:
		v.mode = modeDeltaLength
		return v.openDelta(mem)
	case e == format.DeltaByteArray && (phys == format.ByteArray || phys == format.FixedLenByteArray):
		return v.openDeltaBytes(mem)
	case e == format.ByteStreamSplit && v.width > 1:
		v.mode = modeSplit
		return v.need(n * v.width)
	}
	return fmt.Errorf("the encoding %v of %v values is not known", e, phys)
}

func (v *values) need(bytes int) error {
	if len(v.data) < bytes {
		return errPageShort
	}
	return nil
}

func (v *values) openDictionary(d *dictionary, mem *budget) (err error) {
	v.mode, v.dict = modeDictionary, d
	if d == nil {
		return fmt.Errorf("it refers to a dictionary that is not there")
	}
	if err := v.need(1); err != nil {
		return err
	}
	if v.index, err = resizeIn(mem, v.index, v.n); err != nil {
		return err
	}
	return decodeHybrid(v.index, v.data[1:], int(v.data[0]))
}

func (v *values) openRuns(mem *budget) (err error) {
	v.mode = modeRuns
	if err := v.need(4); err != nil {
		return err
	}
	size := binary.LittleEndian.Uint32(v.data)
	if int64(size) > int64(len(v.data)-4) {
		return errPageShort
	}
	if v.index, err = resizeIn(mem, v.index, v.n); err != nil {
		return err
	}
	return decodeHybrid(v.index, v.data[4:4+size], 1)
}

func (v *values) openDelta(mem *budget) (err error) {
	if v.lengths, err = resizeIn(mem, v.lengths, v.n); err != nil {
		return err
	}
	v.lengths, v.data, err = decodeDelta(v.lengths, v.data, v.n)
	if err == nil && len(v.lengths) != v.n {
		err = errPageShort
	}
	return err
}

func (v *values) openDeltaBytes(mem *budget) (err error) {
	v.mode = modeDeltaBytes
	if v.prefix, err = resizeIn(mem, v.prefix, v.n); err != nil {
		return err
	}
	v.prev = v.prev[:0]
	v.prefix, v.data, err = decodeDelta(v.prefix, v.data, v.n)
	if err != nil {
		return err
	}
	if len(v.prefix) != v.n {
		return errPageShort
	}
	return v.openDelta(mem)
}

// next returns the next value; the bytes are good until the one after it is read.
func (v *values) next() ([]byte, error) {
	if v.i >= v.n {
		return nil, errPageShort
	}
	i := v.i
	v.i++
	switch v.mode {
	case modeFixed:
		return v.data[i*v.width:][:v.width:v.width], nil
	case modeBytes:
		return v.nextBytes()
	case modeBits:
		v.scratch[0] = v.data[i>>3] >> (i & 7) & 1
		return v.scratch[:1], nil
	case modeRuns:
		v.scratch[0] = byte(v.index[i])
		return v.scratch[:1], nil
	case modeDictionary:
		return v.dict.value(v.index[i])
	case modeDelta:
		binary.LittleEndian.PutUint64(v.scratch[:], uint64(v.lengths[i]))
		return v.scratch[:v.width], nil
	case modeDeltaLength:
		return v.take(v.lengths[i])
	case modeDeltaBytes:
		return v.nextDelta(i)
	}
	v.wide = resize(v.wide, v.width)
	for k := range v.wide {
		v.wide[k] = v.data[k*v.n+i]
	}
	return v.wide, nil
}

func (v *values) nextBytes() ([]byte, error) {
	if len(v.data) < 4 {
		return nil, errPageShort
	}
	n := int64(binary.LittleEndian.Uint32(v.data))
	v.data = v.data[4:]
	return v.take(n)
}

func (v *values) take(n int64) ([]byte, error) {
	if n < 0 || n > int64(len(v.data)) {
		return nil, errPageShort
	}
	b := v.data[:n:n]
	v.data = v.data[n:]
	return b, nil
}

func (v *values) nextDelta(i int) ([]byte, error) {
	suffix, err := v.take(v.lengths[i])
	if err != nil {
		return nil, err
	}
	if p := v.prefix[i]; p < 0 || p > int64(len(v.prev)) {
		return nil, fmt.Errorf("a value shares %d bytes with one of %d", p, len(v.prev))
	}
	v.prev = append(v.prev[:v.prefix[i]], suffix...)
	if v.width > 0 && len(v.prev) != v.width {
		return nil, fmt.Errorf("a value has %d bytes instead of %d", len(v.prev), v.width)
	}
	return v.prev, nil
}

// A dictionary holds the distinct values of a chunk.
type dictionary struct {
	buf   []byte
	data  []byte
	ends  []uint32 // of values that vary in length; each begins 4 bytes behind the last end
	width int
	n     int
}

func (d *dictionary) read(page []byte, values int64, leaf *node, mem *budget) (err error) {
	d.data, d.width, d.n = page, leaf.width, int(values)
	if leaf.elem.Type.V == format.Boolean {
		return fmt.Errorf("there are no dictionaries of booleans")
	}
	if d.width > 0 {
		if int64(len(page)) < values*int64(d.width) {
			return errPageShort
		}
		return nil
	}
	if values*4 > int64(len(page)) {
		return errPageShort
	}
	if d.ends, err = resizeIn(mem, d.ends, d.n); err != nil {
		return err
	}
	at := 0
	for i := range d.ends {
		if len(page)-at < 4 {
			return errPageShort
		}
		n := int64(binary.LittleEndian.Uint32(page[at:]))
		if n > int64(len(page)-at-4) {
			return errPageShort
		}
		at += 4 + int(n)
		d.ends[i] = uint32(at)
	}
	return nil
}

func (d *dictionary) value(i int32) ([]byte, error) {
	if uint32(i) >= uint32(d.n) {
		return nil, fmt.Errorf("value %d of a dictionary of %d", uint32(i), d.n)
	}
	if d.width > 0 {
		return d.data[int(i)*d.width:][:d.width:d.width], nil
	}
	start := uint32(4)
	if i > 0 {
		start = d.ends[i-1] + 4
	}
	return d.data[start:d.ends[i]:d.ends[i]], nil
}

// resize returns s with length n; its content is not kept.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
