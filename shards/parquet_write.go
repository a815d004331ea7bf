package shards

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"tamis/document"
)

// pageSize is that of pages before compression, in bytes. Smaller ones compress worse:
// 256 KiB take a tenth more than 1 MiB.
const pageSize = 1 << 20

// A ParquetWriter writes a shard of Parquet: pages of version 1 of 1 MiB, compressed with
// zstd; strings plain, or in a dictionary where few of them occur again and again; the
// least and largest value of a column only where they are short. A row group ends when it
// has Output.RowGroup bytes of text and of what is beside it, and is in memory, compressed,
// until then. The same documents give the same bytes.
type ParquetWriter struct {
	schema *OutputSchema
	w      *parquet.GenericWriter[any]
	tail   tailWriter
	cols   []*parquet.ColumnWriter
	size   int64 // bytes in the row group

	vals    [][]parquet.Value // by leaf, of the document at hand
	entries [][]byte          // by leaf of its input
	edited  []byte            // its row, where it is an edited conversation
	arena   []byte            // strings made for it
	shred   shredder
}

// NewParquetWriter returns a writer of one shard into w.
func NewParquetWriter(w io.Writer, o *OutputSchema) (_ *ParquetWriter, err error) {
	defer recovered(&err)
	schema, err := librarySchema(o.leaves, o.elements, o.few)
	if err != nil {
		return nil, err
	}
	p := &ParquetWriter{schema: o, vals: make([][]parquet.Value, len(o.leaves))}
	p.tail.w = bufio.NewWriterSize(w, 256<<10)
	options := []parquet.WriterOption{schema, parquet.DataPageVersion(1), parquet.PageBufferSize(pageSize),
		parquet.WriteBufferSize(0), parquet.Compression(&parquet.Zstd), parquet.CreatedBy("tamis", "1", "1")}
	for i, leaf := range o.leaves {
		if !o.bounded(i) {
			options = append(options, parquet.SkipPageBounds(leaf.names()...))
		}
	}
	p.w = parquet.NewGenericWriter[any](&p.tail, options...)
	p.cols = p.w.ColumnWriters()
	p.shred.init(p)
	return p, nil
}

// names returns the names above a node and its own.
func (n *node) names() []string {
	if n.parent == nil {
		return nil
	}
	return append(n.parent.names(), n.name)
}

// bounded says whether the least and the largest value of a leaf are written. They are
// not for long strings, nor where the order of the bytes is not that of the values.
func (o *OutputSchema) bounded(leaf int) bool {
	n := o.leaves[leaf]
	phys := n.elem.Type.V
	switch n.value {
	case kindBool, kindInt, kindFloat, kindDate, kindTime, kindTimestamp:
		return true
	case kindDecimal:
		return phys == format.Int32 || phys == format.Int64
	case kindString:
		return o.few[leaf]
	}
	return false
}

// librarySchema makes the schema that the library writes by. It sees physical types
// alone, in a file without rows that says by its encodings which columns have a
// dictionary; what the types mean is put into the footer by Close.
func librarySchema(leaves []*node, elements []format.SchemaElement, few []bool) (*parquet.Schema, error) {
	meta := format.FileMetaData{Version: 2, RowGroups: []format.RowGroup{{}}}
	for _, e := range elements {
		e.LogicalType, e.ConvertedType = format.LogicalType{}, format.SchemaElement{}.ConvertedType
		e.Scale, e.Precision, e.FieldID = thrift.Null[int32]{}, thrift.Null[int32]{}, 0
		meta.Schema = append(meta.Schema, e)
	}
	for i, leaf := range leaves {
		encoding := format.Plain
		if few[i] {
			encoding = format.RLEDictionary
		}
		meta.RowGroups[0].Columns = append(meta.RowGroups[0].Columns, format.ColumnChunk{MetaData: format.ColumnMetaData{
			Type: leaf.elem.Type.V, Encoding: []format.Encoding{encoding}, PathInSchema: leaf.names(), Codec: format.Zstd,
		}})
	}
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &meta)
	if err != nil {
		return nil, err
	}
	file := append([]byte("PAR1"), footer...)
	file = append(binary.LittleEndian.AppendUint32(file, uint32(len(footer))), "PAR1"...)
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	return f.Schema(), nil
}

// Write implements Writer.
func (p *ParquetWriter) Write(d *document.Document) (err error) {
	defer recovered(&err)
	p.arena = p.arena[:0]
	if d.Form == 0 {
		err = p.shred.document(d)
	} else {
		err = p.row(d)
	}
	if err != nil {
		return err
	}
	p.columns(d)
	for i, v := range p.vals {
		if _, err := p.cols[i].WriteRowValues(v); err != nil {
			return err
		}
		p.vals[i] = v[:0]
	}
	if p.size += int64(len(d.Text()) + len(d.Rest)); p.size >= p.schema.out.RowGroup {
		p.size = 0
		return p.w.Flush()
	}
	return nil
}

// columns adds the run's own.
func (p *ParquetWriter) columns(d *document.Document) {
	for i, c := range p.schema.out.Columns {
		leaf := p.schema.leaves[p.schema.under+i]
		p.put(leaf, 0, leaf.def, columnValue(c, d, p.schema.sources))
	}
}

// columnValue is null where nothing was measured.
func columnValue(c Column, d *document.Document, sources []string) parquet.Value {
	switch c.Kind {
	case SourceColumn:
		return parquet.ByteArrayValue(bytesOf(sources[d.Source]))
	case LabelColumn:
		if s := d.Labels[c.Slot]; s != "" {
			return parquet.ByteArrayValue(bytesOf(s))
		}
	case CountColumn:
		if v := d.Signals[c.Slot]; !math.IsNaN(v) {
			return parquet.Int64Value(wholeNumber(v))
		}
	case TruthColumn:
		if v := d.Signals[c.Slot]; !math.IsNaN(v) {
			return parquet.BooleanValue(v != 0)
		}
	case SignalColumn:
		if v := d.Signals[c.Slot]; !math.IsNaN(v) {
			return parquet.DoubleValue(v)
		}
	}
	return parquet.NullValue()
}

// put adds a value to the leaf; a null one is null at the level below def.
func (p *ParquetWriter) put(leaf *node, rep, def byte, v parquet.Value) {
	if v.IsNull() && def == leaf.def {
		def--
	}
	p.vals[leaf.first] = append(p.vals[leaf.first], v.Level(int(rep), int(def), leaf.first))
}

// null adds null to all leaves below a node, present down to a level.
func (p *ParquetWriter) null(n *node, rep, def byte) {
	for _, leaf := range p.schema.leaves[n.first:n.last] {
		p.vals[leaf.first] = append(p.vals[leaf.first], parquet.Value{}.Level(int(rep), int(def), leaf.first))
	}
}

func (p *ParquetWriter) putText(leaf *node, text string) {
	p.put(leaf, 0, leaf.def, parquet.ByteArrayValue(bytesOf(text)))
}

// Close implements Writer. It ends the file with a footer in which the columns have
// their meaning.
func (p *ParquetWriter) Close() (err error) {
	defer recovered(&err)
	if err := p.w.Flush(); err != nil {
		return err
	}
	p.tail.hold = true
	if err := p.w.Close(); err != nil {
		return err
	}
	end, err := p.schema.footer(p.tail.held)
	if err != nil {
		return err
	}
	if _, err := p.tail.w.Write(end); err != nil {
		return err
	}
	return p.tail.w.Flush()
}

// footer takes the end of a file, which is the page indexes and the footer, and
// returns a footer with the elements and the metadata of the output. The page indexes
// are left out: for columns without bounds they would say that no page holds anything
// but the empty string, and some readers do not open files where single ones are missing.
func (o *OutputSchema) footer(end []byte) ([]byte, error) {
	n := int(binary.LittleEndian.Uint32(end[len(end)-8:]))
	meta, err := decodeFooter(end[len(end)-8-n : len(end)-8])
	if err != nil {
		return nil, err
	}
	meta.Schema, meta.KeyValueMetadata = o.elements, o.meta
	for _, g := range meta.RowGroups {
		for i := range g.Columns {
			c := &g.Columns[i]
			c.ColumnIndexOffset, c.ColumnIndexLength, c.OffsetIndexOffset, c.OffsetIndexLength = 0, 0, 0, 0
			if st := &c.MetaData.Statistics; o.leaves[i].value == kindFloat && (o.leaves[i].nan(st.MinValue) || o.leaves[i].nan(st.MaxValue)) {
				st.Min, st.Max, st.MinValue, st.MaxValue = nil, nil, nil, nil
			}
		}
	}
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), meta)
	if err != nil {
		return nil, err
	}
	var out []byte
	if len(meta.RowGroups) == 0 {
		out = append(out, "PAR1"...) // nothing has been written yet
	}
	out = append(out, footer...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(footer))), "PAR1"...), nil
}

// nan reports whether a bound of a column of numbers is none, which the format forbids to
// write: the library gives it where a page has nothing else.
func (n *node) nan(bound []byte) bool {
	return len(bound) == n.width && math.IsNaN(n.float(bound))
}

// tailWriter passes on what is written, and holds back the end of the file.
type tailWriter struct {
	w    *bufio.Writer
	hold bool
	held []byte
}

func (t *tailWriter) Write(b []byte) (int, error) {
	if t.hold {
		t.held = append(t.held, b...)
		return len(b), nil
	}
	return t.w.Write(b)
}
