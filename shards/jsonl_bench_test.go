package shards

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"tamis/document"
)

// benchLines returns some 16 MB of JSONL: real web pages where they are at hand,
// and prose of few words otherwise.
func benchLines(b *testing.B) []byte {
	b.Helper()
	path := filepath.Join("..", "..", "shared", "data", "fineweb-legal", "docs.jsonl.zst")
	if packed, err := os.ReadFile(path); err == nil {
		d, err := zstd.NewReader(nil)
		if err != nil {
			b.Fatal(err)
		}
		defer d.Close()
		lines, err := d.DecodeAll(packed, nil)
		if err != nil {
			b.Fatal(err)
		}
		return bytes.Repeat(lines, 1+16_000_000/len(lines))
	}
	b.Logf("%s is absent: invented prose instead", path)
	return []byte(strings.Repeat(strings.Join(testRecords(2000), "\n")+"\n", 24))
}

var compressionNames = map[Compression]string{Plain: "plain", Gzip: "gzip", Zstd: "zstd"}

// BenchmarkReadJSONL measures what one goroutine does for all workers: reading,
// decompressing, cutting into blocks. MB are those of the decompressed stream.
func BenchmarkReadJSONL(b *testing.B) {
	lines := benchLines(b)
	for _, compression := range []Compression{Plain, Gzip, Zstd} {
		b.Run(compressionNames[compression], func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "in.jsonl") // the first bytes say what it is
			var packed bytes.Buffer
			w, err := NewJSONLWriter(&packed, Output{Compression: compression}, nil, nil)
			if err != nil {
				b.Fatal(err)
			}
			w.w.Write(lines)
			w.Close()
			if err := os.WriteFile(path, packed.Bytes(), 0o666); err != nil {
				b.Fatal(err)
			}
			files, err := List([]string{path})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(lines)))
			b.ReportAllocs()
			for b.Loop() {
				readBlocks(b, files[0])
			}
		})
	}
}

func readBlocks(b *testing.B, file File) {
	r, err := OpenReader(file, 0, 0, DefaultLimits)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	var block Block
	for err == nil {
		err = r.Next(&block)
	}
	if err != io.EOF {
		b.Fatal(err)
	}
}

// BenchmarkParseJSONL measures a worker's share: validate, find, unescape.
func BenchmarkParseJSONL(b *testing.B) {
	block := &Block{Name: "bench.jsonl", Data: benchLines(b)}
	p := NewJSONParser(Mapping{Text: "text", ID: "id", URL: "url"}, DefaultLimits)
	b.SetBytes(int64(len(block.Data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Parse(block, func(*document.Document) error { return nil }, stopAtBad); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWriteJSONL measures writing documents as they were read.
func BenchmarkWriteJSONL(b *testing.B) {
	lines := benchLines(b)
	for _, compression := range []Compression{Plain, Gzip, Zstd} {
		b.Run(compressionNames[compression], func(b *testing.B) {
			b.SetBytes(int64(len(lines)))
			b.ReportAllocs()
			for b.Loop() {
				w, err := NewJSONLWriter(io.Discard, Output{Compression: compression}, nil, nil)
				if err != nil {
					b.Fatal(err)
				}
				if err := NewJSONParser(Mapping{Text: "text", ID: "id", URL: "url"}, DefaultLimits).Parse(&Block{Data: lines}, w.Write, stopAtBad); err != nil {
					b.Fatal(err)
				}
				w.Close()
			}
		})
	}
}

// BenchmarkShape measures observing what is beside the text.
func BenchmarkShape(b *testing.B) {
	block := &Block{Data: benchLines(b)}
	s := &Shape{}
	b.SetBytes(int64(len(block.Data)))
	for b.Loop() {
		NewJSONParser(Mapping{Text: "text", ID: "id", URL: "url"}, DefaultLimits).Parse(block, func(d *document.Document) error {
			s.Observe(d)
			return nil
		}, stopAtBad)
	}
}
