package shards

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"tamis/document"
)

// withFooter returns a file whose footer has been changed.
func withFooter(t *testing.T, path string, change func(*format.FileMetaData)) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	meta, at, err := readFooter(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	change(meta)
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), meta)
	if err != nil {
		t.Fatal(err)
	}
	return ended(b[:at], footer)
}

func ended(data, footer []byte) []byte {
	out := append(bytes.Clone(data), footer...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(footer))), "PAR1"...)
}

func firstChunk(m *format.FileMetaData, column int) *format.ColumnMetaData {
	return &m.RowGroups[0].Columns[column].MetaData
}

// What a footer or a schema must not say, and the words that the refusal has.
func TestParquetRefused(t *testing.T) {
	const path = "testdata/duckdb.parquet" // columns id, text, l, s, d
	all, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(*format.FileMetaData)) []byte { return withFooter(t, path, f) }
	long := bytes.Clone(all)
	binary.LittleEndian.PutUint32(long[len(long)-8:], 0xFFFFFFF0)
	text := Mapping{Text: "text", ID: "id"}
	for name, c := range map[string]struct {
		file []byte
		m    Mapping
		want string
	}{
		"empty":         {nil, text, "it has 0 bytes"},
		"no Parquet":    {[]byte(strings.Repeat("{}\n", 9)), text, "no Parquet file"},
		"cut short":     {all[:len(all)-5], text, "cut short"},
		"encrypted":     {append(bytes.Clone(all[:len(all)-4]), "PARE"...), text, "encrypted"},
		"footer length": {long, text, "claims 4294967280 bytes"},
		"footer":        {ended(all[:4], []byte{0x15, 4, 0x19, 0xFC, 0xFF, 0xFF, 0xFF, 0x7F}), text, "ends in the middle"},
		"no schema":     {ended(all[:4], []byte{0}), text, "missing"},
		"file rows":     {change(func(m *format.FileMetaData) { m.NumRows++ }), text, "51 rows, its row groups hold 50"},
		"group rows":    {change(func(m *format.FileMetaData) { m.NumRows++; m.RowGroups[0].NumRows++ }), text, `column "id": it has 50 rows, its row group 51`},
		"negative rows": {change(func(m *format.FileMetaData) { m.RowGroups[0].NumRows = -1 }), text, "claims -1 rows"},
		"LZO":           {change(func(m *format.FileMetaData) { firstChunk(m, 1).Codec = format.LZO }), text, "rewrite the file with zstd"},
		"LZ4":           {change(func(m *format.FileMetaData) { firstChunk(m, 1).Codec = format.Lz4 }), text, "deprecated"},
		"codec":         {change(func(m *format.FileMetaData) { firstChunk(m, 1).Codec = 77 }), text, "unknown codec 77"},
		"place": {change(func(m *format.FileMetaData) {
			firstChunk(m, 1).DataPageOffset = 1 << 40
			firstChunk(m, 1).DictionaryPageOffset = 0
		}), text, "it claims the"},
		"overlap":  {change(func(m *format.FileMetaData) { m.RowGroups = append(m.RowGroups, m.RowGroups[0]); m.NumRows *= 2 }), text, "overlap"},
		"type":     {change(func(m *format.FileMetaData) { firstChunk(m, 1).Type = format.Int32 }), text, "the schema says BYTE_ARRAY"},
		"columns":  {change(func(m *format.FileMetaData) { m.RowGroups[0].Columns = m.RowGroups[0].Columns[1:] }), text, "columns, the schema"},
		"children": {change(func(m *format.FileMetaData) { m.Schema[0].NumChildren = thrift.New[int32](1e9) }), text, "claims 1000000000 members"},
		"width": {change(func(m *format.FileMetaData) {
			m.Schema[1].Type, m.Schema[1].TypeLength = thrift.New(format.FixedLenByteArray), thrift.New[int32](-1)
		}), text, "values of -1 bytes"},
		"no column": {all, Mapping{Text: "body"}, `no column "body" for the text; the columns are: id (int), text (string)`},
		"no string": {all, Mapping{Text: "id"}, `column "id", which the recipe names as the text, has the type int, not string`},
		"list":      {all, Mapping{Text: "l"}, "has the type list of int, not string"},
		"struct":    {all, Mapping{Text: "s"}, "has the type struct, not string; the columns are: id (int), text (string), l (list of int), s.a (double), s.b (date)"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "x.parquet")
			if err := os.WriteFile(file, c.file, 0o666); err != nil {
				t.Fatal(err)
			}
			_, _, err := OpenParquetInput(file, c.m)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), file+": ") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// hostilePages are pages behind a sound footer, one row group of three rows in the only
// column, which is a string and optional.
func hostilePages(codec format.CompressionCodec, pages ...[]byte) []byte {
	data := []byte("PAR1")
	for _, p := range pages {
		data = append(data, p...)
	}
	text := stringOf("text")[0]
	root := element("schema", format.Required)
	root.NumChildren = thrift.New[int32](1)
	size := int64(len(data) - 4)
	meta := format.FileMetaData{Version: 2, NumRows: 3, Schema: []format.SchemaElement{root, text}, RowGroups: []format.RowGroup{{NumRows: 3,
		Columns: []format.ColumnChunk{{MetaData: format.ColumnMetaData{Type: format.ByteArray, PathInSchema: []string{"text"}, Codec: codec,
			NumValues: 3, TotalCompressedSize: size, TotalUncompressedSize: size, DataPageOffset: 4}}}}}}
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &meta)
	if err != nil {
		panic(err)
	}
	return ended(data, footer)
}

// page is a page of version 1 with a header that may lie.
func page(size, values int32, e format.Encoding, body []byte) []byte {
	h := format.PageHeader{Type: format.DataPage, UncompressedPageSize: size, CompressedPageSize: int32(len(body))}
	h.DataPageHeader.Set(format.DataPageHeader{NumValues: values, Encoding: e, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE})
	b, err := thrift.Marshal(new(thrift.CompactProtocol), &h)
	if err != nil {
		panic(err)
	}
	return append(b, body...)
}

// Pages that lie cost their row group, are counted, and take no memory that their
// size does not explain.
func TestParquetLyingPages(t *testing.T) {
	levels := []byte{2, 0, 0, 0, 6, 1} // three times present
	one := append(bytes.Clone(levels), "\x01\x00\x00\x00a\x01\x00\x00\x00b\x01\x00\x00\x00c"...)
	size := int32(len(one))
	for name, c := range map[string]struct {
		file []byte
		want string // "" is three rows
	}{
		"sound":             {hostilePages(format.Uncompressed, page(size, 3, format.Plain, one)), ""},
		"too few values":    {hostilePages(format.Uncompressed, page(size, 2, format.Plain, one)), "it has 2 rows, its row group 3"},
		"too many values":   {hostilePages(format.Uncompressed, page(size, 4, format.Plain, one)), "it has 4 rows, its row group 3"},
		"no pages":          {hostilePages(format.Uncompressed, nil), "it has 0 rows, its row group 3"},
		"a long value":      {hostilePages(format.Uncompressed, page(size, 3, format.Plain, append(bytes.Clone(levels), "\xFF\xFF\xFF\xFFabcdefghijk"...))), "in the middle"},
		"no levels":         {hostilePages(format.Uncompressed, page(2, 3, format.Plain, one[:2])), "in the middle"},
		"a level of 3":      {hostilePages(format.Uncompressed, page(size, 3, format.Plain, append([]byte{2, 0, 0, 0, 6, 3}, one[6:]...))), "definition level 3 of at most 1"},
		"no dictionary":     {hostilePages(format.Uncompressed, page(8, 3, format.RLEDictionary, append(bytes.Clone(levels), 1, 6))), "dictionary that is not there"},
		"unknown encoding":  {hostilePages(format.Uncompressed, page(size, 3, 99, one)), "is not known"},
		"size":              {hostilePages(format.Uncompressed, page(1<<30, 3, format.Plain, one)), "at most 536870912"},
		"a bomb by header":  {hostilePages(format.Zstd, page(100<<20, 3, format.Plain, one)), "it claims to grow from"},
		"negative size":     {hostilePages(format.Zstd, page(-1, 3, format.Plain, one)), "negative"},
		"no zstd":           {hostilePages(format.Zstd, page(size, 3, format.Plain, one)), "magic"},
		"no LZ4":            {hostilePages(format.Lz4Raw, page(size, 3, format.Plain, one)), "lz4"},
		"values":            {hostilePages(format.Uncompressed, page(size, 1<<30, format.Plain, one)), "values, at most"},
		"delta of too many": {hostilePages(format.Uncompressed, page(13, 3, format.DeltaLengthByteArray, append(bytes.Clone(levels), 0x80, 1, 4, 0xFF, 0xFF, 0x7F, 0))), "are announced"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.parquet")
			if err := os.WriteFile(path, c.file, 0o666); err != nil {
				t.Fatal(err)
			}
			for _, whole := range []int64{wholeGroup, -1} {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				rows, _, err := readParquetRows(path, Mapping{Text: "text"}, 0, whole, DefaultLimits)
				runtime.ReadMemStats(&after)
				if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
					t.Errorf("%d bytes allocated", n)
				}
				if err != nil {
					t.Fatal(err)
				}
				if c.want == "" {
					if len(rows) != 3 || rows[0].text+rows[1].text+rows[2].text != "abc" {
						t.Errorf("%+v", rows)
					}
					continue
				}
				last := rows[len(rows)-1]
				if !strings.Contains(last.bad, c.want) || last.place+last.lost != 3 {
					t.Errorf("%+v, want %q", rows, c.want)
				}
			}
		})
	}
}

// Rows that cannot become documents are shown and passed over.
func TestParquetBadRows(t *testing.T) {
	levels := []byte{2, 0, 0, 0, 3, 0b101} // present, null, present
	body := append(levels, "\x04\x00\x00\x00caf\xE9\x06\x00\x00\x00longer"...)
	path := filepath.Join(t.TempDir(), "x.parquet")
	file := hostilePages(format.Uncompressed, page(int32(len(body)), 3, format.Plain, body))
	if err := os.WriteFile(path, file, 0o666); err != nil {
		t.Fatal(err)
	}
	want := []string{`invalid UTF-8 at byte 3 of the text, after "caf"`, `the text in column "text" is null`, "longer than the limit of 5 bytes"}
	for _, whole := range []int64{wholeGroup, -1} {
		rows, _, err := readParquetRows(path, Mapping{Text: "text"}, 0, whole, Limits{Line: 5, Batch: 1})
		if err != nil || len(rows) != 3 {
			t.Fatalf("%+v, %v", rows, err)
		}
		for i, r := range rows {
			if r.lost != 1 || !strings.Contains(r.bad, want[i]) {
				t.Errorf("%+v, want %q", r, want[i])
			}
		}
	}
}

// Leaves that do not fit together are no row: a list that is longer in one leaf, a
// structure that is there in one and null in the other.
func TestParquetUnsoundRow(t *testing.T) {
	s, _, err := OpenParquetInput("testdata/kinds.parquet", fixtureFields(""))
	if err != nil {
		t.Fatal(err)
	}
	var row []byte
	eachRow(t, "testdata/kinds.parquet", s, func(d *document.Document) error {
		if d.Place.Record == 5 { // structs is [{a: 0, b: b0}, {a: 1, b: null}]
			row = bytes.Clone(d.Rest)
		}
		return nil
	})
	split := func() *assembler {
		a := &assembler{entries: make([][]byte, len(s.leaves)), textLeaf: s.text}
		a.split(s, row)
		for i := range a.entries {
			a.entries[i] = bytes.Clone(a.entries[i])
		}
		return a
	}
	join := func(a *assembler) (row []byte) {
		for i, leaf := range s.leaves {
			if leaf.rep > 0 {
				row = binary.LittleEndian.AppendUint32(row, uint32(len(a.entries[i])))
			}
			row = append(row, a.entries[i]...)
		}
		return row
	}
	a := split()
	if !a.sound(s, join(a)) {
		t.Fatal("a sound row is not")
	}
	for _, name := range []string{"structs", "map", "map_int", "lists", "metadata"} {
		n := s.root.find(name)
		for leaf := n.first; leaf < n.last; leaf++ {
			a := split()
			e := a.entries[leaf]
			if s.leaves[leaf].rep > 0 {
				e = append(e, e...) // a second row in one leaf
			} else {
				e = []byte{0}
			}
			a.entries[leaf] = e
			if a.sound(s, join(a)) {
				t.Errorf("%s, leaf %d: a row that does not fit together is sound", name, leaf)
			}
		}
	}
}

// A list of nothing but nulls takes next to nothing in a file and two bytes for each here.
func TestParquetListOfNulls(t *testing.T) {
	type row struct {
		Text string    `parquet:"text"`
		List []*string `parquet:"list,list"`
	}
	path := filepath.Join(t.TempDir(), "in.parquet")
	if err := parquet.WriteFile(path, []row{{"a", make([]*string, 1<<20)}, {"b", make([]*string, 10)}}); err != nil {
		t.Fatal(err)
	}
	for _, whole := range []int64{wholeGroup, 0} {
		rows, _, err := readParquetRows(path, Mapping{Text: "text"}, 0, whole, Limits{Line: 1 << 20, Batch: 1 << 20})
		if err != nil || len(rows) != 2 || !strings.Contains(rows[0].bad, "longer than the limit") || rows[1].text != "b" {
			t.Errorf("%d rows, %v, %.200v", len(rows), err, rows)
		}
	}
}
