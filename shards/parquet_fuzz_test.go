package shards

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"tamis/document"
)

// mostFuzzed is what reading a small file may allocate in all, in bytes.
const mostFuzzed = 512 << 20

// readHostile reads a file that may be anything and says what is wrong with how it was
// read: a panic, rows that are neither documents nor bad, memory without bounds, or a
// document that cannot be written.
func readHostile(path string, m Mapping) error {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rows, err := hostileRows(path, m, wholeGroup)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > mostFuzzed {
		return fmt.Errorf("%d bytes allocated, and %v", n, err)
	}
	if err != nil {
		return err
	}
	again, err := hostileRows(path, m, -1)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(rows, again) {
		return fmt.Errorf("a worker reads %v, the reader %v", rows, again)
	}
	return nil
}

// hostileRows reads a file; an error is one of the program, not of the file.
func hostileRows(path string, m Mapping, whole int64) (rows []parquetRow, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	s, n, err := OpenParquetInput(path, m)
	if err != nil {
		if !strings.HasPrefix(err.Error(), path+": ") {
			return nil, fmt.Errorf("%w does not name the file", err)
		}
		return nil, nil
	}
	rows, _, err = readParquetRows(path, m, 0, whole, Limits{Line: 1 << 16, Batch: 1 << 10})
	if err != nil {
		if strings.HasPrefix(err.Error(), "malformed") { // what recovered says
			return nil, err
		}
		return nil, nil
	}
	var got int64
	for i, r := range rows {
		if r.place != got {
			return nil, fmt.Errorf("row %d follows row %d", r.place, got-1)
		}
		got += max(1, r.lost)
		if i > 1000 && r.lost == 0 {
			rows[i].json = "" // enough is enough
		}
	}
	if got != n {
		return nil, fmt.Errorf("%d rows of %d", got, n)
	}
	return rows, writeHostile(s, path)
}

// writeHostile writes the documents of a file and reads them back.
func writeHostile(s *InputSchema, path string) error {
	forms := &Forms{}
	forms.Add(s)
	o, err := Settle(forms, nil, []Source{{Name: "a", Fields: s.Mapping}}, Output{Format: Parquet, Columns: testColumns[3:]})
	if err != nil {
		return nil // the name of the text is taken
	}
	var b bytes.Buffer
	w, err := o.NewWriter(&b)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	rd, err := OpenParquetReader(File{Path: path, Format: Parquet, Size: info.Size()}, s, 0, 0, Limits{Line: 1 << 16, Batch: 1 << 10})
	if err != nil {
		return nil
	}
	defer rd.Close()
	n := int64(0)
	p := NewParquetParser(s, Limits{Line: 1 << 16, Batch: 1 << 10})
	for b := (Block{}); rd.Next(&b) == nil && n < 1000; {
		if err := p.Parse(&b, func(d *document.Document) error { n++; return w.Write(d) }, func(Bad) error { return nil }); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	meta, _, err := readFooter(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || meta.NumRows != n {
		return fmt.Errorf("wrote %d rows, read %v: %v", n, meta, err)
	}
	return nil
}

// FuzzParquet: go test -fuzz FuzzParquet ./shards
func FuzzParquet(f *testing.F) {
	for _, path := range fixtures(f) {
		if b, err := os.ReadFile(path); err == nil && len(b) < 5<<10 {
			f.Add(b)
		}
	}
	path := filepath.Join(f.TempDir(), "fuzz.parquet")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		text := "text"
		if bytes.Contains(b, []byte("body")) {
			text = "doc.body.text"
		}
		if err := readHostile(path, Mapping{Text: text, ID: "id", URL: "url"}); err != nil {
			t.Fatal(err)
		}
	})
}

// Files with some of their bytes changed are read as far as they can be, within
// bounds, and every row is accounted for.
func TestParquetMutants(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	for _, path := range fixtures(t) {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		mutants := 25
		if len(whole) > 20<<10 {
			mutants = 8
		}
		for range mutants {
			b := bytes.Clone(whole)
			for range 1 + random.IntN(3) {
				b[random.IntN(len(b))] = byte(random.IntN(256))
			}
			name := filepath.Join(dir, "mutant.parquet")
			if err := os.WriteFile(name, b, 0o666); err != nil {
				t.Fatal(err)
			}
			if err := readHostile(name, fixtureFields(path)); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
	}
}
