package shards

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"tamis/document"
)

// passThrough reads files of Parquet and writes all their documents into one shard.
func passThrough(t testing.TB, out Output, sources []Source, paths ...string) []byte {
	t.Helper()
	forms := &Forms{}
	var schemas []*InputSchema
	for i, path := range paths {
		s, _, err := OpenParquetInput(path, sources[i].Fields)
		if err != nil {
			t.Fatal(err)
		}
		schemas = append(schemas, forms.Schema(forms.Add(s)))
	}
	out.Format = Parquet
	o, err := Settle(forms, nil, sources, out)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := o.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range paths {
		eachRow(t, path, schemas[i], func(d *document.Document) error {
			d.Source = i
			d.Signals, d.Labels = []float64{float64(d.Place.Record) / 4, 7}, []string{"en"}
			return w.Write(d)
		})
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func eachRow(t testing.TB, path string, s *InputSchema, f func(*document.Document) error) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	rd, err := OpenParquetReader(File{Path: path, Format: Parquet, Size: info.Size()}, s, 0, 0, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	defer rd.Close()
	p := NewParquetParser(s, DefaultLimits)
	var b Block
	for {
		if err := rd.Next(&b); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		if err := p.Parse(&b, f, func(Bad) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
}

func fixtureSource(path string) []Source {
	return []Source{{Name: "fixture", Fields: fixtureFields(path)}}
}

// What comes from one schema and has nothing added goes out as it came in: elements,
// metadata, and every value, as the library reads both files. Rows whose text is null
// are not documents, and LZ4 is what the library is not asked to read.
func TestParquetPassThrough(t *testing.T) {
	for _, path := range fixtures(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			shard := passThrough(t, Output{RowGroup: 2000}, fixtureSource(path), path)
			in, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want, got := openByLibrary(t, in), openByLibrary(t, shard)
			if !bytes.Equal(encodeElements(got.Metadata().Schema), encodeElements(want.Metadata().Schema)) {
				t.Errorf("schema %v, want %v", got.Schema(), want.Schema())
			}
			if !slices.Equal(got.Metadata().KeyValueMetadata, want.Metadata().KeyValueMetadata) {
				t.Error("the key-value metadata differs")
			}
			m := fixtureFields(path)
			s, _, err := OpenParquetInput(path, m)
			if err != nil {
				t.Fatal(err)
			}
			wantRows := slices.DeleteFunc(libraryRows(t, want), func(r parquet.Row) bool {
				return slices.ContainsFunc(r, func(v parquet.Value) bool { return v.Column() == s.text && v.IsNull() })
			})
			gotRows := libraryRows(t, got)
			if len(gotRows) != len(wantRows) {
				t.Fatalf("%d rows, want %d", len(gotRows), len(wantRows))
			}
			for i := range wantRows {
				if !sameRow(gotRows[i], wantRows[i]) {
					t.Fatalf("row %d: %+v, want %+v", i, gotRows[i], wantRows[i])
				}
			}
		})
	}
}

func openByLibrary(t *testing.T, b []byte) *parquet.File {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func libraryRows(t *testing.T, f *parquet.File) (out []parquet.Row) {
	t.Helper()
	for _, g := range f.RowGroups() {
		if g.NumRows() == 0 { // the library cannot
			continue
		}
		rows := g.Rows()
		buf := make([]parquet.Row, 10)
		for {
			n, err := rows.ReadRows(buf)
			for _, r := range buf[:n] {
				out = append(out, r.Clone())
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		rows.Close()
	}
	return out
}

func sameRow(a, b parquet.Row) bool {
	return slices.EqualFunc(a, b, func(v, w parquet.Value) bool {
		return v.Column() == w.Column() && v.RepetitionLevel() == w.RepetitionLevel() &&
			v.DefinitionLevel() == w.DefinitionLevel() && v.Kind() == w.Kind() && bytes.Equal(v.Bytes(), w.Bytes())
	})
}

var testColumns = []Column{{"score", SignalColumn, 0}, {"copies", CountColumn, 1}, {"lang", LabelColumn, 0}, {"source", SourceColumn, 0}}

// The same documents give the same bytes, the text has no dictionary and no bounds, and
// row groups end by their bytes.
func TestParquetWriterLayout(t *testing.T) {
	path := "testdata/kinds.parquet"
	out := Output{Columns: testColumns, RowGroup: 8 << 10}
	shard := passThrough(t, out, fixtureSource(path), path)
	if !bytes.Equal(shard, passThrough(t, out, fixtureSource(path), path)) {
		t.Error("the same documents give other bytes")
	}
	f := openByLibrary(t, shard)
	if n := len(f.RowGroups()); n < 3 {
		t.Errorf("%d row groups", n)
	}
	if by := f.Metadata().CreatedBy; by != "tamis version 1(build 1)" {
		t.Errorf("created by %q", by)
	}
	for _, g := range f.Metadata().RowGroups {
		for _, c := range g.Columns {
			name := c.MetaData.PathInSchema[len(c.MetaData.PathInSchema)-1]
			dictionary := slices.Contains(c.MetaData.Encoding, format.RLEDictionary)
			if name == "text" && (dictionary || c.MetaData.Statistics.MaxValue != nil || c.ColumnIndexOffset != 0) {
				t.Errorf("text: %+v", c.MetaData)
			}
			if c.MetaData.Codec != format.Zstd {
				t.Errorf("%s: codec %v", name, c.MetaData.Codec)
			}
			if name == "source" && (!dictionary || string(c.MetaData.Statistics.MaxValue) != "fixture") {
				t.Errorf("source: %+v", c.MetaData)
			}
		}
	}
}

// What is no number is no bound of a column.
func TestParquetBoundsOfNumbers(t *testing.T) {
	type row struct {
		Text    string  `parquet:"text"`
		None    float64 `parquet:"none"`
		Some    float64 `parquet:"some"`
		Numbers float32 `parquet:"numbers"`
	}
	path := filepath.Join(t.TempDir(), "in.parquet")
	nan := math.NaN()
	if err := parquet.WriteFile(path, []row{{"a", nan, nan, 2}, {"b", nan, 4, 1}, {"c", nan, 3, 5}}); err != nil {
		t.Fatal(err)
	}
	f := openByLibrary(t, passThrough(t, Output{}, fixtureSource(path), path))
	bounds := map[string]string{}
	for _, c := range f.Metadata().RowGroups[0].Columns {
		bounds[c.MetaData.PathInSchema[0]] = fmt.Sprintf("%x %x", c.MetaData.Statistics.MinValue, c.MetaData.Statistics.MaxValue)
	}
	want := map[string]string{"text": " ", "none": " ", "some": "0000000000000840 0000000000001040", "numbers": "0000803f 0000a040"}
	if !maps.Equal(bounds, want) {
		t.Errorf("bounds %q, want %q", bounds, want)
	}
}

// Files of a real corpus pass through unchanged.
func TestParquetReal(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join("..", "..", "shared", "data", "fineweb-legal", "original-parquet", "*.parquet"))
	if len(paths) == 0 {
		t.Skip("the corpus is not beside this checkout")
	}
	for _, path := range paths {
		in, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := openByLibrary(t, in)
		got := openByLibrary(t, passThrough(t, Output{}, fixtureSource(path), path))
		if !bytes.Equal(encodeElements(got.Metadata().Schema), encodeElements(want.Metadata().Schema)) {
			t.Errorf("%s: schema %v, want %v", path, got.Schema(), want.Schema())
		}
		if !slices.EqualFunc(libraryRows(t, got), libraryRows(t, want), sameRow) {
			t.Errorf("%s: rows differ", path)
		}
	}
}
