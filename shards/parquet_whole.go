package shards

import "github.com/parquet-go/parquet-go/format"

// A row group can be small in the file, before compression, too, and large as rows: where
// texts occur again and again, a dictionary holds each of them once. What goes to a worker
// whole is therefore bounded as rows as well, by what its pages say of themselves.
const (
	wholeRows = 4       // times wholeGroup that a row group may become as rows
	rowCost   = 64      // bytes that any row takes, about, however little is in it
	endless   = 1 << 60 // more bytes than anything has
)

// A rowGauge estimates how large row groups become as rows. It is owned by a reader.
type rowGauge struct {
	src  pageSource
	dec  decompressor
	dict dictionary
	mem  budget
}

// rows returns about how many bytes the rows of a group take, whose pages lie in mem. Of
// pages that cannot be read it says nothing: who decodes them does.
func (r *rowGauge) rows(s *InputSchema, g *rowGroup, mem []byte) int64 {
	r.mem = *newBudget(g.size)
	sum := rowCost * min(g.rows, endless/rowCost)
	for i, leaf := range s.leaves {
		sum = min(sum+r.column(leaf, g.chunks[i], mem), endless)
	}
	return sum
}

// column returns the bytes of one column.
func (r *rowGauge) column(leaf *node, ch chunk, mem []byte) (sum int64) {
	r.src.reset(nil, mem, ch.off, ch.off+ch.size)
	longest := int64(leaf.width)
	for {
		h, err := r.src.header()
		if err != nil {
			return sum
		}
		switch {
		case h.typ == pageDictionary && leaf.width == 0:
			longest = r.longest(leaf, ch.codec, h)
		case h.typ == pageData || h.typ == pageDataV2:
			sum = min(sum+h.decoded(leaf, longest), endless)
		}
		r.src.pass(h)
	}
}

// decoded returns how many bytes the values of a page take at most, where none of its
// dictionary is longer than longest.
func (h *pageHeader) decoded(leaf *node, longest int64) int64 {
	levels := int64(0)
	if leaf.rep > 0 {
		levels = 2 * h.values
	}
	switch e := format.Encoding(h.encoding); {
	case leaf.width > 0 || e == format.RLEDictionary || e == plainDictionary:
		return levels + h.values*longest
	case e == format.DeltaByteArray: // each value may be all of the one before
		return endless
	}
	return levels + h.uncompressed
}

// longest returns the length of the longest value of a dictionary.
func (r *rowGauge) longest(leaf *node, codec format.CompressionCodec, h pageHeader) (most int64) {
	body := r.src.mem[r.src.off:][:h.compressed]
	buf, err := r.mem.grow(r.dict.buf, int(h.uncompressed))
	if err != nil {
		return 0
	}
	r.dict.buf = buf
	page, err := r.dec.decode(codec, buf, body)
	if err != nil || r.dict.read(page, h.values, leaf, &r.mem) != nil {
		return 0
	}
	start := uint32(0)
	for _, end := range r.dict.ends {
		most, start = max(most, int64(end-start-4)), end
	}
	return most
}
