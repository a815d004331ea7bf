package shards

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"tamis/document"
)

// row adds the values of a document that was read from Parquet.
func (p *ParquetWriter) row(d *document.Document) error {
	in := p.schema.forms.Schema(d.Form)
	p.entries = resize(p.entries, len(in.leaves))
	row := in.row(&p.edited, d)
	for i, leaf := range in.leaves {
		if i != in.text {
			p.entries[i], row = leaf.section(row)
		}
	}
	for i := range p.schema.parts[d.Form] {
		p.part(&p.schema.parts[d.Form][i], in, d)
	}
	return nil
}

func (p *ParquetWriter) part(part *part, in *InputSchema, d *document.Document) {
	to := part.to
	switch part.op {
	case partText:
		p.putText(to, d.Text())
	case partNull:
		p.null(to, 0, 0)
	case partCopy:
		p.copy(part, in, d)
	case partInt, partFloat:
		p.put(to, 0, to.def, part.widen(p.entries[part.from.first]))
	case partID:
		p.id(part)
	case partJSON:
		p.json(part, in)
	}
}

// copy adds a column leaf by leaf. The text's leaf is taken from the document where
// the output has it here, and passed over where it does not.
func (p *ParquetWriter) copy(part *part, in *InputSchema, d *document.Document) {
	to := part.to.first
	for i := part.from.first; i < part.from.last; i++ {
		leaf := in.leaves[i]
		if i == in.text {
			if to == p.schema.text && to < part.to.last {
				p.putText(p.schema.leaves[to], d.Text())
				to++
			}
			continue
		}
		vals := p.vals[to]
		for b := p.entries[i]; len(b) > 0; {
			var rep, def byte
			var raw []byte
			rep, def, raw, b = leaf.takeEntry(b)
			v := parquet.Value{}
			if def == leaf.def {
				v = leaf.libraryValue(raw)
			}
			vals = append(vals, v.Level(int(rep), int(def+part.shift), to))
		}
		p.vals[to] = vals
		to++
	}
}

// libraryValue makes a value of its bytes, which it keeps.
func (n *node) libraryValue(b []byte) parquet.Value {
	switch n.elem.Type.V {
	case format.Boolean:
		return parquet.BooleanValue(b[0] != 0)
	case format.Int32:
		return parquet.Int32Value(int32(binary.LittleEndian.Uint32(b)))
	case format.Int64:
		return parquet.Int64Value(int64(binary.LittleEndian.Uint64(b)))
	case format.Int96:
		return parquet.Int96Value(deprecated.Int96{binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])})
	case format.Float:
		return parquet.FloatValue(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case format.Double:
		return parquet.DoubleValue(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	case format.FixedLenByteArray:
		return parquet.FixedLenByteArrayValue(b)
	}
	return parquet.ByteArrayValue(b)
}

// widen reads a flat number as the wider type of the output.
func (part *part) widen(entry []byte) parquet.Value {
	leaf := part.from
	_, def, raw, _ := leaf.takeEntry(entry)
	switch {
	case def < leaf.def:
		return parquet.NullValue()
	case leaf.value == kindFloat || leaf.value == kindFloat16:
		return parquet.DoubleValue(leaf.float(raw))
	case part.op == partInt && leaf.value == kindUint:
		return parquet.Int64Value(int64(leaf.uint(raw)))
	case part.op == partInt:
		return parquet.Int64Value(leaf.int(raw))
	case leaf.value == kindUint:
		return parquet.DoubleValue(float64(leaf.uint(raw)))
	}
	return parquet.DoubleValue(float64(leaf.int(raw)))
}

// id adds an integer as a string.
func (p *ParquetWriter) id(part *part) {
	_, def, raw, _ := part.from.takeEntry(p.entries[part.from.first])
	if def < part.from.def {
		p.null(part.to, 0, 0)
		return
	}
	start := len(p.arena)
	p.arena = part.from.appendValue(p.arena, raw)
	p.put(part.to, 0, part.to.def, parquet.ByteArrayValue(p.arena[start:]))
}

// json adds a column as JSON, without the text.
func (p *ParquetWriter) json(part *part, in *InputSchema) {
	a := assembler{entries: p.entries, textLeaf: in.text, omitText: true}
	start := len(p.arena)
	p.arena = a.value(p.arena, part.from)
	p.putJSON(part.to, p.arena[start:])
}

// putJSON adds a value of a column of JSON; the JSON null is null.
func (p *ParquetWriter) putJSON(to *node, json []byte) {
	if string(json) == "null" {
		p.null(to, 0, 0)
		return
	}
	p.put(to, 0, to.def, parquet.ByteArrayValue(json))
}

// bytesOf returns the bytes of a string, which must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
