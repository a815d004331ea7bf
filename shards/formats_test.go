package shards

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tamis/document"
)

// A testFormat is a format and a compression that the suite below runs over.
type testFormat struct {
	name   string // and ending
	write  func(t *testing.T, w io.Writer, records []string)
	open   func(f File, from int64, l Limits) (Reader, error)
	parser func(f File, l Limits) (Parser, error)
	// record gives back the record of a document, to be held against what was
	// written.
	record func(d *document.Document) string
	// whole reports whether a file cut to n bytes can end without an error.
	whole func(file []byte, n int) bool
}

var formats = []testFormat{
	jsonlFormat("jsonl", Plain, func([]byte, int) bool { return true }),
	jsonlFormat("jsonl.gz", Gzip, func(file []byte, n int) bool { return n == 0 || n == len(file) }),
	jsonlFormat("jsonl.zst", Zstd, func(file []byte, n int) bool { return n == 0 || n == len(file) }),
	parquetFormat(wholeGroup), // decoded by the worker
	parquetFormat(-1),         // by the reader
}

// parquetFormat writes what columns can say: an integer beyond 64 bits is a string.
func parquetFormat(whole int64) testFormat {
	return testFormat{
		name:  "parquet",
		write: writeAsParquet,
		open: func(f File, from int64, l Limits) (Reader, error) {
			s, err := testSchema(f)
			if s == nil || err != nil {
				return OpenReader(f, 0, from, l)
			}
			r, err := OpenParquetReader(f, s, 0, from, l)
			if err == nil {
				r.(*parquetReader).whole = whole
			}
			return r, err
		},
		parser: func(f File, l Limits) (Parser, error) {
			s, err := testSchema(f)
			return NewParquetParser(s, l), err
		},
		record: func(d *document.Document) string {
			json, _ := d.Fields.(*InputSchema).AppendJSON(nil, d)
			return strings.Replace(string(json), `"12345678901234567890"`, `12345678901234567890`, 1)
		},
		whole: func(_ []byte, n int) bool { return n == 0 },
	}
}

// testSchema is that of a file, nil for one of no bytes.
func testSchema(f File) (*InputSchema, error) {
	if f.Size == 0 {
		return nil, nil
	}
	return OpenInputSchema(f, testFields)
}

func writeAsParquet(t *testing.T, w io.Writer, records []string) {
	t.Helper()
	block := &Block{Data: []byte(strings.Join(records, "\n"))}
	parser := NewJSONParser(testFields, DefaultLimits)
	shape := &Shape{}
	if err := parser.Parse(block, func(d *document.Document) error { shape.Observe(d); return nil }, stopAtBad); err != nil {
		t.Fatal(err)
	}
	o, err := Settle(&Forms{}, shape, nil, Output{Format: Parquet, RowGroup: 1500})
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.NewWriter(w)
	if err != nil {
		t.Fatal(err)
	}
	if err := parser.Parse(block, p.Write, stopAtBad); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

func jsonlFormat(name string, c Compression, whole func([]byte, int) bool) testFormat {
	return testFormat{
		name: name,
		write: func(t *testing.T, w io.Writer, records []string) {
			j, err := NewJSONLWriter(w, Output{Compression: c}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			block := &Block{Data: []byte(strings.Join(records, "\n"))}
			if err := NewJSONParser(testFields, DefaultLimits).Parse(block, j.Write, stopAtBad); err != nil {
				t.Fatal(err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		},
		open:   func(f File, from int64, l Limits) (Reader, error) { return OpenReader(f, 0, from, l) },
		parser: func(_ File, l Limits) (Parser, error) { return NewJSONParser(testFields, l), nil },
		record: func(d *document.Document) string { return string(AppendRecord(nil, d)) },
		whole:  whole,
	}
}

func stopAtBad(b Bad) error { return fmt.Errorf("byte %d: %s", b.At, b.Reason) }

// testRecords returns records of every kind, the same for the same number.
func testRecords(n int) []string {
	random := rand.New(rand.NewPCG(7, uint64(n)))
	words := []string{"stone", "Fluß", "чай", "日本語", "naïve", "🎉", "\\n", "\\\"", "\\\\", "\\u0007", "x"}
	records := make([]string, n)
	for i := range records {
		var text []string
		for range random.IntN(30) {
			text = append(text, words[random.IntN(len(words))])
		}
		records[i] = fmt.Sprintf(`{"id":"doc-%d","n":%d,"text":"%s","metadata":{"url":"http://example.org/%d","tags":["a","b"],"big":12345678901234567890}}`,
			i, i, strings.Join(text, " "), i)
	}
	return records
}

func TestFormats(t *testing.T) {
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			t.Run("round trip", func(t *testing.T) { roundTrip(t, f) })
			t.Run("segments cover", func(t *testing.T) { segmentsCover(t, f) })
			t.Run("cut anywhere", func(t *testing.T) { cutAnywhere(t, f) })
			t.Run("deterministic", func(t *testing.T) { sameBytes(t, f) })
			t.Run("empty", func(t *testing.T) { emptyFile(t, f) })
			t.Run("changed", func(t *testing.T) { changedFile(t, f) })
		})
	}
}

// seenDoc is what the suite compares of a document.
type seenDoc struct {
	record        int64
	id, url, text string
	json          string
}

// put writes bytes into a file and lists it.
func put(t *testing.T, name string, b []byte) File {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	files, err := List([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	return files[0]
}

func (f testFormat) bytes(t *testing.T, records []string) []byte {
	t.Helper()
	var b bytes.Buffer
	f.write(t, &b, records)
	return b.Bytes()
}

// readAll reads a file from a place on: documents, blocks without their data, bad
// records, and the error that ended it, nil at the end.
func (f testFormat) readAll(file File, from int64, l Limits) (docs []seenDoc, blocks []Block, bads []Bad, err error) {
	r, err := f.open(file, from, l)
	if err != nil {
		return nil, nil, nil, err
	}
	defer r.Close()
	p, err := f.parser(file, l)
	if err != nil {
		return nil, nil, nil, err
	}
	var b Block
	for {
		if err := r.Next(&b); err == io.EOF {
			return docs, blocks, bads, nil
		} else if err != nil {
			return docs, blocks, bads, err
		}
		err := p.Parse(&b, func(d *document.Document) error {
			docs = append(docs, seenDoc{d.Place.Record, strings.Clone(d.ID), strings.Clone(d.URL), strings.Clone(d.Text()), f.record(d)})
			return nil
		}, func(bad Bad) error {
			bad.Raw = bytes.Clone(bad.Raw)
			bads = append(bads, bad)
			return nil
		})
		if err != nil {
			return docs, blocks, bads, err
		}
		clear(b.Data[:cap(b.Data)]) // what still points there will be seen
		note := b
		note.Data = nil
		blocks = append(blocks, note)
	}
}

// roundTrip: all documents, all fields, the same bytes of all that is not text.
func roundTrip(t *testing.T, f testFormat) {
	records := testRecords(200)
	docs, _, bads, err := f.readAll(put(t, "in."+f.name, f.bytes(t, records)), 0, DefaultLimits)
	if err != nil || len(bads) > 0 || len(docs) != len(records) {
		t.Fatalf("%d documents of %d, %d bad records, %v", len(docs), len(records), len(bads), err)
	}
	for i, d := range docs {
		if d.json != records[i] {
			t.Errorf("got  %s\nwant %s", d.json, records[i])
		}
		if d.id != fmt.Sprintf("doc-%d", i) || d.url != fmt.Sprintf("http://example.org/%d", i) {
			t.Errorf("record %d has id %q and url %q", i, d.id, d.url)
		}
	}
}

// segmentsCover: any split gives each document once, in order, from any block on.
func segmentsCover(t *testing.T, f testFormat) {
	file := put(t, "in."+f.name, f.bytes(t, testRecords(60)))
	want, _, _, err := f.readAll(file, 0, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	for _, batch := range []int{1, 7, 300, 1000, 5000, 1 << 20} {
		for _, segment := range []int64{1, 100, 3000, 1 << 20} {
			l := Limits{Line: 1 << 20, Batch: batch, Segment: segment}
			docs, blocks, bads, err := f.readAll(file, 0, l)
			if err != nil || len(bads) > 0 || !slices.Equal(docs, want) {
				t.Fatalf("batch %d: %d documents of %d, %d bad, %v", batch, len(docs), len(want), len(bads), err)
			}
			checkBlocks(t, file, blocks, l)
			for k := 0; k < len(blocks); k += 1 + len(blocks)/8 {
				at := blocks[k].End
				rest, more, _, err := f.readAll(file, at, l)
				first := slices.IndexFunc(want, func(d seenDoc) bool { return d.record >= at })
				if first < 0 {
					first = len(want)
				}
				if err != nil || !slices.Equal(rest, want[first:]) || len(more) != len(blocks)-k-1 {
					t.Fatalf("batch %d from %d on: %d documents of %d, %d blocks of %d, %v",
						batch, at, len(rest), len(want)-first, len(more), len(blocks)-k-1, err)
				}
			}
		}
	}
}

// checkBlocks: blocks follow each other without a gap, the last one ends a segment,
// and their bytes on disk add up to the file.
func checkBlocks(t *testing.T, file File, blocks []Block, l Limits) {
	t.Helper()
	var at, size int64
	for i, b := range blocks {
		if b.At != at || b.End <= b.At {
			t.Fatalf("block %d is [%d, %d) after byte %d", i, b.At, b.End, at)
		}
		if last := i == len(blocks)-1; last && !b.Segment {
			t.Fatalf("the last block does not end its segment")
		}
		at, size = b.End, size+b.Bytes
	}
	if size > file.Size || file.Format == JSONL && size != file.Size {
		t.Fatalf("blocks of %d bytes on disk, the file has %d", size, file.Size)
	}
}

// cutAnywhere: every prefix gives documents or an error with its position, never
// another document and never a panic.
func cutAnywhere(t *testing.T, f testFormat) {
	whole := f.bytes(t, testRecords(5))
	want, _, _, err := f.readAll(put(t, "in."+f.name, whole), 0, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	path, limits := filepath.Join(t.TempDir(), "cut."+f.name), Limits{Line: 1 << 20, Batch: 4 << 10, Segment: 1 << 20}
	for n := range len(whole) {
		if err := os.WriteFile(path, whole[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		files, err := List([]string{path})
		if err != nil {
			t.Fatal(err)
		}
		docs, _, bads, err := f.readAll(files[0], 0, limits)
		if len(docs) > len(want) || !slices.Equal(docs, want[:len(docs)]) {
			t.Fatalf("cut at %d: documents that were not written", n)
		}
		var lost *Unreadable
		switch {
		case err == nil && !f.whole(whole, n):
			t.Fatalf("cut at %d of %d: no error", n, len(whole))
		case err == nil && len(bads) > 1:
			t.Fatalf("cut at %d: %d bad records", n, len(bads))
		case err != nil && errors.As(err, &lost) && (lost.At < 0 || lost.Lost < 1 || lost.Path != path):
			t.Fatalf("cut at %d: %+v", n, lost)
		case err != nil && !errors.As(err, &lost) && f.name != "parquet":
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

func sameBytes(t *testing.T, f testFormat) {
	records := testRecords(300)
	if !bytes.Equal(f.bytes(t, records), f.bytes(t, records)) {
		t.Error("two writers wrote different bytes")
	}
}

// emptyFile: a file of no bytes and a file of no records have no documents.
func emptyFile(t *testing.T, f testFormat) {
	for _, b := range [][]byte{nil, f.bytes(t, nil)} {
		docs, blocks, bads, err := f.readAll(put(t, "in."+f.name, b), 0, DefaultLimits)
		if len(docs)+len(bads) > 0 || err != nil {
			t.Errorf("%d documents, %d blocks, %d bad records, %v", len(docs), len(blocks), len(bads), err)
		}
	}
}

// changedFile: a file that is not what the plan saw is refused.
func changedFile(t *testing.T, f testFormat) {
	file := put(t, "in."+f.name, f.bytes(t, testRecords(5)))
	longer := file
	longer.Size++
	if _, _, _, err := f.readAll(longer, 0, DefaultLimits); !errors.Is(err, ErrChanged) {
		t.Errorf("another size: %v", err)
	}
	later := file
	later.Modified++
	if _, _, _, err := f.readAll(later, 0, DefaultLimits); !errors.Is(err, ErrChanged) {
		t.Errorf("another time: %v", err)
	}
}
