package shards

import (
	"bytes"
	"io"
	"slices"
)

// jsonlReader cuts a stream into blocks of whole lines.
//
//	|<------------- block ------------>|<-- tail -->|
//	{"text":…}\n{"text":…}\n{"text":…}\n{"text":…
//
// Of a line over the limit it keeps the head alone, as a block of its own, however
// long the line is.
type jsonlReader struct {
	src    *stream
	limits Limits
	file   int
	at     int64  // byte of the decompressed file at which the tail begins
	tail   []byte // what has been read behind the last block
	err    error  // why the source gives no more; io.EOF at its end
}

// Next implements Reader.
func (r *jsonlReader) Next(b *Block) error {
	data := append(r.buffer(b.Data), r.tail...)
	r.tail = r.tail[:0]
	data, size, long := r.fill(data)
	if size == 0 {
		b.Data = data[:0]
		return r.end()
	}
	if len(r.tail) == 0 { // look ahead: the last block has to know that it is the last
		r.tail = r.read(r.tail, min(r.limits.Batch, 64<<10))
	}
	last := len(r.tail) == 0 && r.err != nil
	end := r.at + size
	*b = Block{
		File: r.file, Name: r.src.name, At: r.at, End: end, Bytes: r.src.taken(),
		Segment: last || r.at/r.limits.Segment != end/r.limits.Segment,
		Data:    data, long: long,
	}
	r.at = end
	return nil
}

// buffer returns the caller's buffer, empty, unless a very long line has blown it up.
func (r *jsonlReader) buffer(data []byte) []byte {
	if cap(data) > 4*(r.limits.Batch+RawLimit) {
		return nil
	}
	return data[:0]
}

// fill reads on until data holds a block, and puts what is behind it into the tail. It
// returns the block, the bytes of the stream that it covers (0 where nothing whole is left),
// and the length of its line where that is over the limit.
//
// A block ends with the last line that ends within Limits.Batch bytes, or with the
// first line if that is longer. So it depends on nothing but where it begins: the
// blocks are the same wherever the reader was opened.
func (r *jsonlReader) fill(data []byte) (block []byte, size, long int64) {
	data = r.read(data, r.limits.Batch)
	searched := min(len(data), r.limits.Batch)
	if k := bytes.LastIndexByte(data[:searched], '\n'); k >= 0 {
		return r.cut(data, k+1)
	}
	for {
		if k := bytes.IndexByte(data[searched:], '\n'); k >= 0 {
			return r.cut(data, searched+k+1)
		}
		switch searched = len(data); {
		case r.err == io.EOF:
			return r.cut(data, len(data))
		case r.err != nil: // a line without its end is no record
			return data[:0], 0, 0
		case len(data) > r.limits.Line+1: // a carriage return may follow the limit
			return r.skip(data)
		}
		data = r.read(data, len(data)+max(r.limits.Batch, 4<<10))
	}
}

// cut keeps what is behind the first n bytes for the next block.
func (r *jsonlReader) cut(data []byte, n int) (block []byte, size, long int64) {
	r.tail = append(r.tail, data[n:]...)
	return data[:n], int64(n), 0
}

// read reads until data has want bytes, or the source ends.
func (r *jsonlReader) read(data []byte, want int) []byte {
	data = slices.Grow(data, max(0, want-len(data)))
	for len(data) < want && r.err == nil {
		var n int
		n, r.err = r.src.Read(data[len(data):want])
		data = data[:len(data)+n]
	}
	return data
}

// skip reads on to the end of a line that is over the limit; data is what there is of
// it. It returns like fill.
func (r *jsonlReader) skip(data []byte) (head []byte, size, long int64) {
	size = int64(len(data))
	before := data[len(data)-1]
	head, scratch := data[:min(len(data), RawLimit)], make([]byte, 0, 64<<10)
	for r.err == nil {
		scratch = r.read(scratch[:0], cap(scratch))
		if k := bytes.IndexByte(scratch, '\n'); k >= 0 {
			r.tail = append(r.tail, scratch[k+1:]...)
			if k > 0 {
				before = scratch[k-1]
			}
			size += int64(k)
			return head, size + 1, lineLength(size, before)
		}
		if size += int64(len(scratch)); len(scratch) > 0 {
			before = scratch[len(scratch)-1]
		}
	}
	if r.err != io.EOF {
		return head[:0], 0, 0
	}
	return head, size, lineLength(size, before)
}

// lineLength returns the length of a line of n bytes without the carriage return that
// it may end with.
func lineLength(n int64, last byte) int64 {
	if last == '\r' {
		return n - 1
	}
	return n
}

// end says how the stream ended.
func (r *jsonlReader) end() error {
	if r.err == io.EOF {
		return r.src.end()
	}
	return r.src.fault(r.at, r.err)
}

// Close implements Reader.
func (r *jsonlReader) Close() error { return r.src.Close() }
