package shards

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"tamis/document"
)

// benchDocuments returns the documents of benchLines and the bytes of their texts.
func benchDocuments(b *testing.B) (lines []byte, shape *Shape, text int64) {
	b.Helper()
	lines, shape = benchLines(b), &Shape{}
	parseLines(b, lines, func(d *document.Document) error {
		shape.Observe(d)
		text += int64(len(d.Text()))
		return nil
	})
	return lines, shape, text
}

func parseLines(b *testing.B, lines []byte, f func(*document.Document) error) {
	b.Helper()
	p := NewJSONParser(Mapping{Text: "text", ID: "id", URL: "url"}, DefaultLimits)
	if err := p.Parse(&Block{Data: lines}, f, func(bad Bad) error { return nil }); err != nil {
		b.Fatal(err)
	}
}

// benchParquet writes benchLines as a file of Parquet.
func benchParquet(b *testing.B) (path string, s *InputSchema, text int64) {
	b.Helper()
	lines, shape, text := benchDocuments(b)
	o, err := Settle(&Forms{}, shape, nil, Output{Format: Parquet, RowGroup: 4 << 20})
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	w, err := o.NewWriter(&out)
	if err != nil {
		b.Fatal(err)
	}
	parseLines(b, lines, w.Write)
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	path = filepath.Join(b.TempDir(), "in.parquet")
	if err := os.WriteFile(path, out.Bytes(), 0o666); err != nil {
		b.Fatal(err)
	}
	s, _, err = OpenParquetInput(path, Mapping{Text: "text", ID: "id", URL: "url"})
	if err != nil {
		b.Fatal(err)
	}
	return path, s, text
}

// BenchmarkParquetRead measures reading documents with all their columns: row groups
// decoded by a worker, and by the reader. MB are those of the text.
func BenchmarkParquetRead(b *testing.B) {
	path, s, text := benchParquet(b)
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	for name, whole := range map[string]int64{"worker": wholeGroup, "reader": -1} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(text)
			b.ReportAllocs()
			p := NewParquetParser(s, DefaultLimits)
			var block Block
			for b.Loop() {
				r, err := OpenParquetReader(File{Path: path, Format: Parquet, Size: info.Size()}, s, 0, 0, DefaultLimits)
				if err != nil {
					b.Fatal(err)
				}
				r.(*parquetReader).whole = whole
				for {
					if err := r.Next(&block); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
					err := p.Parse(&block, func(*document.Document) error { return nil }, stopAtBad)
					if err != nil {
						b.Fatal(err)
					}
				}
				r.Close()
			}
		})
	}
}

// BenchmarkParquetText measures decoding the column of the text alone.
func BenchmarkParquetText(b *testing.B) {
	path, s, text := benchParquet(b)
	file, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	_, groups, err := readParquet(bytes.NewReader(file), int64(len(file)), s.Mapping)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(text)
	b.ReportAllocs()
	c := column{node: s.leaves[s.text], dec: &decompressor{}, mem: newBudget(int64(len(file)))}
	for b.Loop() {
		for _, g := range groups {
			c.reset(nil, file, g.chunks[s.text])
			for c.more() == nil {
				if _, _, _, err := c.next(); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

// BenchmarkParquetWrite measures writing documents that were read from JSON, parsing
// included, and those read from Parquet, reading included. MB are those of the text.
func BenchmarkParquetWrite(b *testing.B) {
	lines, shape, text := benchDocuments(b)
	sources := []Source{{Name: "a"}}
	b.Run("json", func(b *testing.B) {
		o, err := Settle(&Forms{}, shape, sources, Output{Format: Parquet, Columns: testColumns[3:]})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(text)
		b.ReportAllocs()
		for b.Loop() {
			writeBench(b, o, func(f func(*document.Document) error) { parseLines(b, lines, f) })
		}
	})
	path, s, text := benchParquet(b)
	b.Run("parquet", func(b *testing.B) {
		forms := &Forms{}
		forms.Add(s)
		o, err := Settle(forms, nil, sources, Output{Format: Parquet, Columns: testColumns[3:]})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(text)
		b.ReportAllocs()
		for b.Loop() {
			writeBench(b, o, func(f func(*document.Document) error) { eachRow(b, path, s, f) })
		}
	})
}

func writeBench(b *testing.B, o *OutputSchema, documents func(func(*document.Document) error)) {
	w, err := o.NewWriter(io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	documents(w.Write)
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}
