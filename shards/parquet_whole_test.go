package shards

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"tamis/document"
)

type dictionaryRow struct {
	Text string   `parquet:"text,dict"`
	N    int64    `parquet:"n,delta"`
	Tags []string `parquet:"tags,list,dict"`
}

// openRows writes one row group and opens it.
func openRows(t *testing.T, rows []dictionaryRow) (Reader, *InputSchema) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.parquet")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := parquet.NewGenericWriter[dictionaryRow](file, parquet.Compression(&parquet.Zstd))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s, _, err := OpenParquetInput(path, Mapping{Text: "text"})
	if err != nil {
		t.Fatal(err)
	}
	new(Forms).Add(s)
	info, err := file.Stat()
	if err != nil || info.Size() > 1<<20 {
		t.Fatalf("%d bytes, %v", info.Size(), err)
	}
	r, err := OpenParquetReader(File{Path: path, Format: Parquet, Size: info.Size()}, s, 0, 0, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r, s
}

// A row group of a few KiB whose texts occur again and again is handed over in blocks
// that stay small as rows.
func TestParquetBlocksOfFewTexts(t *testing.T) {
	const rows, size = 3000, 64 << 10
	var all []dictionaryRow
	for i := range rows {
		all = append(all, dictionaryRow{strings.Repeat(fmt.Sprintf("text %d. ", i*2/rows), size/8), int64(i), []string{"a", "b"}})
	}
	r, s := openRows(t, all)
	p, n := NewParquetParser(s, DefaultLimits), 0
	for b := (Block{}); ; {
		if err := r.Next(&b); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		size := 0
		err := p.Parse(&b, func(d *document.Document) error {
			if n++; d.Text() != all[n-1].Text {
				return fmt.Errorf("row %d begins with %.10q", n-1, d.Text())
			}
			size += len(d.Text())
			return nil
		}, stopAtBad)
		if err != nil || size > wholeRows*wholeGroup {
			t.Fatalf("a block of %d bytes of text: %v", size, err)
		}
	}
	if n != rows {
		t.Errorf("%d of %d rows", n, rows)
	}
}

// Small row groups go to the workers as they are, those with dictionaries too.
func TestParquetSmallGroupsStayWhole(t *testing.T) {
	var rows []dictionaryRow
	for i := range 3000 {
		rows = append(rows, dictionaryRow{fmt.Sprintf("a text, number %d of a few", i%100), int64(i), []string{"a", "b"}})
	}
	r, _ := openRows(t, rows)
	var b Block
	if err := r.Next(&b); err != nil || b.At != 0 || b.End != 3000 || !b.rows.(*parquetBlock).raw {
		t.Errorf("block [%d, %d), %v", b.At, b.End, err)
	}
}

func TestDecodedPages(t *testing.T) {
	number, text, list := &node{width: 8}, &node{}, &node{rep: 1}
	for name, c := range map[string]struct {
		encoding format.Encoding
		leaf     *node
		want     int64
	}{
		"plain texts":            {format.Plain, text, 500},
		"texts by their lengths": {format.DeltaLengthByteArray, text, 500},
		"texts of a dictionary":  {format.RLEDictionary, text, 10 * 70},
		"the old dictionary":     {plainDictionary, text, 10 * 70},
		"texts like the last":    {format.DeltaByteArray, text, endless},
		"lists of texts":         {format.RLEDictionary, list, 10*70 + 20},
		"numbers":                {format.DeltaBinaryPacked, number, 10 * 8},
	} {
		h := pageHeader{values: 10, uncompressed: 500, encoding: int64(c.encoding)}
		longest := int64(70)
		if c.leaf.width > 0 {
			longest = int64(c.leaf.width)
		}
		if got := h.decoded(c.leaf, longest); got != c.want {
			t.Errorf("%s: %d bytes, want %d", name, got, c.want)
		}
	}
}
