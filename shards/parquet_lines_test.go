package shards

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every row of the fixtures, also those whose text would be refused, is the line that
// their writer says it is.
func TestParquetLines(t *testing.T) {
	for _, path := range fixtures(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			lines := parquetLinesOf(t, path)
			want := fixtureRows(t, path)
			if len(lines) != len(want) {
				t.Fatalf("%d rows, want %d", len(lines), len(want))
			}
			for i, line := range lines {
				if diff := differ("", parseJSON(t, []byte(line)), want[i]); diff != "" {
					t.Fatalf("row %d: %s\n%s", i, diff, line)
				}
			}
		})
	}
}

func parquetLinesOf(t *testing.T, path string) []string {
	t.Helper()
	r, err := OpenParquetLines(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(strings.Lines(string(b)))
}

// A file that is cut short or has a byte changed gives an error with its name, or other
// values, and never more rows than it has.
func TestParquetLinesOfDamagedFiles(t *testing.T) {
	whole, err := os.ReadFile("testdata/duckdb.parquet")
	if err != nil {
		t.Fatal(err)
	}
	rows := len(fixtureRows(t, "testdata/duckdb.parquet"))
	path := filepath.Join(t.TempDir(), "damaged.parquet")
	for at := 0; at < len(whole); at += 7 {
		cut, changed := whole[:at], bytes.Clone(whole)
		changed[at] ^= 0x55
		for _, damaged := range [][]byte{cut, changed} {
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			n, err := countLines(path)
			if n > rows || err != nil && !strings.Contains(err.Error(), "damaged.parquet") {
				t.Fatalf("byte %d: %d rows of %d, %v", at, n, rows, err)
			}
			if len(damaged) < len(whole) && err == nil {
				t.Fatalf("%d bytes of %d are read as a whole file", at, len(whole))
			}
		}
	}
}

func countLines(path string) (int, error) {
	r, err := OpenParquetLines(path)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return bytes.Count(b, []byte("\n")), err
}
