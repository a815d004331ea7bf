package shards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tamis/document"
)

// fixtures are files by other writers; testdata/make_fixtures.py says what is in them.
// Their text is in the column text but for those named here.
func fixtures(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.parquet")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d fixtures: %v", len(files), err)
	}
	return files
}

func fixtureFields(path string) Mapping {
	if filepath.Base(path) == "nested.parquet" {
		return Mapping{Text: "doc.body.text", ID: "doc.id", URL: "url"}
	}
	return Mapping{Text: "text", ID: "id", URL: "metadata.url"}
}

// parquetRow is what a test sees of a row: a document's, or why there is none.
type parquetRow struct {
	place         int64
	id, url, text string
	json          string
	bad           string
	lost          int64
}

// readParquetRows reads a file from a row on. Row groups above whole bytes are decoded
// by the reader.
func readParquetRows(path string, m Mapping, from, whole int64, l Limits) (rows []parquetRow, ends []int64, err error) {
	defer recovered(&err)
	s, _, err := OpenParquetInput(path, m)
	if err != nil {
		return nil, nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	new(Forms).Add(s)
	rd, err := OpenParquetReader(File{Path: path, Format: Parquet, Size: info.Size()}, s, 3, from, l)
	if err != nil {
		return nil, nil, err
	}
	defer rd.Close()
	rd.(*parquetReader).whole = whole
	p := NewParquetParser(s, l)
	var b Block
	at := from
	for {
		if err := rd.Next(&b); err == io.EOF {
			return rows, ends, nil
		} else if err != nil {
			return rows, ends, err
		}
		if b.At != at || b.End <= b.At {
			return rows, ends, fmt.Errorf("block [%d, %d) behind %d", b.At, b.End, at)
		}
		at = b.End
		if b.Segment {
			ends = append(ends, b.End)
		}
		err := p.Parse(&b, func(d *document.Document) error {
			json, err := s.AppendJSON(nil, d)
			rows = append(rows, parquetRow{place: d.Place.Record, id: strings.Clone(d.ID),
				url: strings.Clone(d.URL), text: strings.Clone(d.Text()), json: string(json)})
			return err
		}, func(bad Bad) error {
			rows = append(rows, parquetRow{place: bad.At, bad: bad.Reason, lost: bad.Lost})
			return nil
		})
		if err != nil {
			return rows, ends, err
		}
	}
}

// Every row of every fixture is what the program that wrote it sees in it, whoever
// decodes it, and from wherever reading begins.
func TestParquetFixtures(t *testing.T) {
	for _, path := range fixtures(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			m := fixtureFields(path)
			want := fixtureRows(t, path)
			for _, whole := range []int64{wholeGroup, 0} {
				got, ends, err := readParquetRows(path, m, 0, whole, Limits{Line: 1 << 20, Batch: 500})
				if err != nil {
					t.Fatal(err)
				}
				compareRows(t, got, want, m.Text)
				for i := 0; i < len(ends); i += 1 + len(ends)/5 {
					from := ends[i]
					rest, _, err := readParquetRows(path, m, from, whole, DefaultLimits)
					if err != nil || !reflect.DeepEqual(rest, append([]parquetRow(nil), got[from:]...)) {
						t.Fatalf("from row %d on: %d rows of %d, %v", from, len(rest), int64(len(got))-from, err)
					}
				}
			}
		})
	}
}

func fixtureRows(t *testing.T, path string) (rows []map[string]any) {
	t.Helper()
	b, err := os.ReadFile(path + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		rows = append(rows, parseJSON(t, line))
	}
	return rows
}

func parseJSON(t *testing.T, b []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return v
}

func compareRows(t *testing.T, got []parquetRow, want []map[string]any, text string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i, g := range got {
		wantText := at(want[i], text)
		if g.place != int64(i) {
			t.Fatalf("row %d is at %d", i, g.place)
		}
		if wantText == nil {
			if g.lost != 1 || !strings.Contains(g.bad, "null") {
				t.Fatalf("row %d: %+v, want a row whose text is null", i, g)
			}
			continue
		}
		if g.text != wantText {
			t.Fatalf("row %d: text %q, want %q (%s)", i, g.text, wantText, g.bad)
		}
		if diff := differ("", parseJSON(t, []byte(g.json)), want[i]); diff != "" {
			t.Fatalf("row %d: %s\n%s", i, diff, g.json)
		}
	}
}

// at returns the value at a path of names joined by dots.
func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[name]
	}
	return v
}

// differ says where two JSON values differ; numbers may be written differently.
func differ(path string, got, want any) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf("%s: %v, want %v", path, got, want)
		}
		for name := range w {
			if diff := differ(path+"."+name, g[name], w[name]); diff != "" {
				return diff
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf("%s: %v, want %v", path, got, want)
		}
		for i := range w {
			if diff := differ(fmt.Sprintf("%s[%d]", path, i), g[i], w[i]); diff != "" {
				return diff
			}
		}
		return ""
	case json.Number:
		g, ok := got.(json.Number)
		gf, _ := g.Float64()
		wf, _ := w.Float64()
		whole := !strings.ContainsAny(w.String(), ".eE")
		if ok && (g == w || !whole && gf == wf) {
			return ""
		}
	default:
		if reflect.DeepEqual(got, want) {
			return ""
		}
	}
	return fmt.Sprintf("%s: %v, want %v", path, got, want)
}
