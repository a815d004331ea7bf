package shards

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func gzipped(t *testing.T, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, p := range parts {
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, p); err != nil {
			t.Fatal(err)
		}
		z.Close()
	}
	return b.Bytes()
}

func zstded(t *testing.T, parts ...string) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var b []byte
	for _, p := range parts {
		b = z.EncodeAll([]byte(p), b)
	}
	return b
}

func line(i int) string { return fmt.Sprintf("{\"text\":\"line %d\"}\n", i) }

// texts reads a file and returns its texts, and what ended it.
func texts(file File, l Limits) (texts []string, bads []Bad, err error) {
	docs, _, bads, err := formats[0].readAll(file, 0, l)
	for _, d := range docs {
		texts = append(texts, d.text)
	}
	return texts, bads, err
}

func TestSeveralMembersAndFrames(t *testing.T) {
	skippable := "\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
	a, b := line(1)+`{"text":"li`, "ne 2\"}\n"+line(3)
	for name, data := range map[string][]byte{
		"members.jsonl.gz":        gzipped(t, a, "", b),
		"zeros behind.jsonl.gz":   append(gzipped(t, a, b), make([]byte, 700)...),
		"zeros between.jsonl.gz":  append(append(gzipped(t, a), make([]byte, 5)...), gzipped(t, b)...),
		"frames.jsonl.zst":        zstded(t, a, "", b),
		"skippable.jsonl.zst":     append([]byte(skippable), zstded(t, a, b)...),
		"skippable end.jsonl.zst": append(zstded(t, a, b), skippable...),
	} {
		got, _, err := texts(put(t, name, data), DefaultLimits)
		if strings.Join(got, ",") != "line 1,line 2,line 3" || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// What a file holds goes before its name.
func TestContentGoesBeforeTheEnding(t *testing.T) {
	for name, data := range map[string][]byte{
		"gzip.jsonl":         gzipped(t, line(1)),
		"zstd.json":          zstded(t, line(1)),
		"zstd.jsonl.gz":      zstded(t, line(1)),
		"plain.ndjson.zst":   []byte(line(1)),
		"spaces.jsonl.gz":    []byte("\ufeff \n" + line(1)),
		"JSONL.parquet":      []byte(line(1)),
		"CAPITALS.JSONL.GZ":  gzipped(t, line(1)),
		"zstd.parquet":       zstded(t, line(1)),
		"mark.jsonl":         []byte("\ufeff" + line(1)),
		"dots.1.2.jsonl.zst": zstded(t, line(1)),
	} {
		got, _, err := texts(put(t, name, data), DefaultLimits)
		if strings.Join(got, ",") != "line 1" || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if f := put(t, "parquet.jsonl", []byte("PAR1....")); f.Format != Parquet {
		t.Error("Parquet was not known by its first bytes")
	}
}

// All whole lines before a fault are read; then the fault has a place, a reason and
// a remedy.
func TestUnreadable(t *testing.T) {
	var lines strings.Builder
	for i := range 20_000 {
		lines.WriteString(line(i))
	}
	all := lines.String()
	flip := func(b []byte, i int) []byte {
		b = bytes.Clone(b)
		b[i] ^= 0x55
		return b
	}
	gz, zst := gzipped(t, all), zstded(t, all)
	huge := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff} // a window of 3.75 TiB
	for _, c := range []struct {
		name string
		data []byte
		min  int // texts
		want string
	}{
		{"cut.jsonl.gz", gz[:len(gz)-10], 1, "ends too soon"},
		{"cut head.jsonl.gz", gz[:5], 0, "ends too soon"},
		{"no trailer.jsonl.gz", gz[:len(gz)-8], 20_000, "ends too soon"},
		{"cut second.jsonl.gz", append(gzipped(t, all), gz[:12]...), 20_000, "ends too soon"},
		{"checksum.jsonl.gz", flip(gz, len(gz)-6), 20_000, "checksum"},
		{"damaged.jsonl.gz", flip(gz, 2), 0, "does not begin like gzip"},
		{"garbage behind.jsonl.gz", append(gzipped(t, all), "this is no gzip data"...), 20_000, "there is something else"},
		{"no gzip.jsonl.gz", []byte("GIF89a, or so it seems"), 0, "does not begin like gzip"},
		{"cut.jsonl.zst", zst[:len(zst)-20], 0, "ends too soon"},
		{"checksum.jsonl.zst", flip(zst, len(zst)-1), 1, "checksum"},
		{"garbage behind.jsonl.zst", append(zstded(t, all), "this is no zstd data"...), 20_000, "no zstd data"},
		{"no zstd.jsonl.zst", []byte("GIF89a, or so it seems"), 0, "no zstd data"},
		{"window.jsonl.zst", append(huge, "garbage"...), 0, "window of more than 128 MiB"},
	} {
		got, bads, err := texts(put(t, c.name, c.data), Limits{Line: 1 << 20, Batch: 1000, Segment: 1 << 20})
		var lost *Unreadable
		if !errors.As(err, &lost) {
			t.Errorf("%s: %v, want an *Unreadable", c.name, err)
			continue
		}
		if !strings.Contains(lost.Error(), c.want) || !strings.Contains(lost.Error(), c.name) {
			t.Errorf("%s: %v, want it to say %q", c.name, lost, c.want)
		}
		end := int64(len(strings.Join(strings.SplitAfterN(all, "\n", len(got)+1)[:len(got)], "")))
		if len(got) < c.min || len(bads) > 0 || lost.At != end {
			t.Errorf("%s: %d texts, %d bad, unreadable at %d, want %d", c.name, len(got), len(bads), lost.At, end)
		}
		for i, text := range got {
			if text != fmt.Sprintf("line %d", i) {
				t.Fatalf("%s: text %d is %q", c.name, i, text)
			}
		}
	}
}

func TestLineLimit(t *testing.T) {
	const limit = 1000
	record := func(n int) string { return `{"text":"` + strings.Repeat("x", n-11) + `"}` }
	for _, batch := range []int{1, 100, 2000, 1 << 20} {
		for _, ending := range []string{"\n", "\r\n"} {
			for _, last := range []string{"", record(limit + 5)} {
				in := record(20) + ending + record(limit) + ending + record(limit+1) + ending + record(30) + ending +
					record(200_000) + ending + record(40) + ending + last
				name := fmt.Sprintf("batch %d, ending %q, last line of %d bytes", batch, ending, len(last))
				docs, blocks, bads, err := formats[0].readAll(put(t, "in.jsonl", []byte(in)), 0, Limits{Line: limit, Batch: batch, Segment: 1 << 20})
				if err != nil || len(docs) != 4 {
					t.Fatalf("%s: %d documents, %v", name, len(docs), err)
				}
				reasons := ""
				for _, b := range bads {
					reasons += b.Reason + "; "
					if want := min(len(record(200_000)), RawLimit); len(b.Raw) > want || !strings.HasPrefix(in[b.At:], string(b.Raw)) {
						t.Errorf("%s: %d raw bytes shown that are not at byte %d", name, len(b.Raw), b.At)
					}
				}
				want := "a line of 1001 bytes is over the limit of 1000; a line of 200000 bytes is over the limit of 1000; "
				if last != "" {
					want += "a line of 1005 bytes is over the limit of 1000; "
				}
				if reasons != want {
					t.Errorf("%s: %s", name, reasons)
				}
				if end := blocks[len(blocks)-1].End; end != int64(len(in)) {
					t.Errorf("%s: the last block ends at %d of %d", name, end, len(in))
				}
			}
		}
	}
}

func TestNoFinalNewline(t *testing.T) {
	for name, data := range map[string][]byte{
		"in.jsonl": []byte(line(1) + `{"text":"last"}`), "in.jsonl.gz": gzipped(t, line(1)+`{"text":"last"}`),
	} {
		got, _, err := texts(put(t, name, data), DefaultLimits)
		if strings.Join(got, ",") != "line 1,last" || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// A file that asks for much memory does not get it. The first one is 2 GB of zeros
// without a line's end; the others name the largest windows that are decompressed.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("decompresses 2 GB")
	}
	var zeros bytes.Buffer
	z, err := zstd.NewWriter(&zeros, zstd.WithWindowSize(8<<20))
	if err != nil {
		t.Fatal(err)
	}
	chunk := make([]byte, 1<<20)
	for range 2048 {
		z.Write(chunk)
	}
	io.WriteString(z, "\n"+line(1))
	z.Close()
	bomb := put(t, "zeros.jsonl.zst", zeros.Bytes())
	peak := allocated(func() {
		got, bads, err := texts(bomb, Limits{Line: 16 << 20, Batch: 1 << 20, Segment: 64 << 20})
		if err != nil || strings.Join(got, ",") != "line 1" || len(bads) != 1 || !strings.Contains(bads[0].Reason, "2147483648 bytes") {
			t.Errorf("%q, %d bad, %v", got, len(bads), err)
		}
	})
	t.Logf("%d KiB became 2 GiB; %d MiB were allocated in all", bomb.Size>>10, peak>>20)
	if peak > 200<<20 {
		t.Errorf("%d MiB were allocated to read %d KiB", peak>>20, bomb.Size>>10)
	}
	// Frames of one raw block of one byte: a window of 128 MiB, and one of 2^27.875.
	for descriptor, want := range map[byte]string{0x88: "", 0x8f: "window of more than"} {
		frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, descriptor, 0x09, 0x00, 0x00, '\n'}
		file := put(t, "window.jsonl.zst", frame)
		peak := allocated(func() {
			_, _, err := texts(file, DefaultLimits)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("descriptor %#x: %v", descriptor, err)
			}
		})
		t.Logf("descriptor %#x: %d MiB allocated", descriptor, peak>>20)
		if peak > 300<<20 {
			t.Errorf("%d MiB were allocated for %d bytes", peak>>20, len(frame))
		}
	}
}

// allocated returns the bytes that f allocates, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A file that grows or shrinks under the reader is noticed at its end at the latest.
func TestChangedWhileRead(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"grown": func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteString(line(9))
			return err
		},
		"shrunk": func(path string) error { return os.Truncate(path, 40) },
	} {
		for _, ending := range []string{"in.jsonl", "in.jsonl.gz", "in.jsonl.zst"} {
			data := []byte(strings.Repeat(line(1), 50_000))
			switch ending {
			case "in.jsonl.gz":
				data = gzipped(t, string(data))
			case "in.jsonl.zst":
				data = zstded(t, string(data))
			}
			file := put(t, ending, data)
			r, err := OpenReader(file, 0, 0, Limits{Line: 1000, Batch: 100, Segment: 1000})
			if err != nil {
				t.Fatal(err)
			}
			var b Block
			if err = r.Next(&b); err == nil {
				if err := change(file.Path); err != nil {
					t.Fatal(err)
				}
			}
			for err == nil {
				err = r.Next(&b)
			}
			if !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), file.Path) {
				t.Errorf("%s, %s: %v", ending, name, err)
			}
			r.Close()
		}
	}
}

// Standard input may be compressed; it cannot be read twice, and not as Parquet.
func TestStandardInput(t *testing.T) {
	old := os.Stdin
	defer func() { os.Stdin = old }()
	files, err := List([]string{Stdin})
	if err != nil || len(files) != 1 || files[0].Size != -1 {
		t.Fatalf("%+v, %v", files, err)
	}
	for name, data := range map[string][]byte{
		"plain": []byte(line(1) + line(2)), "gzip": gzipped(t, line(1)+line(2)), "zstd": zstded(t, line(1)+line(2)),
	} {
		from, to, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		os.Stdin = from
		to.Write(data)
		to.Close()
		docs, _, _, err := formats[0].readAll(files[0], 0, DefaultLimits)
		if err != nil || len(docs) != 2 || docs[1].id != "stdin:18" {
			t.Errorf("%s: %+v, %v", name, docs, err)
		}
		from.Close()
	}
	if _, err := OpenReader(files[0], 0, 10, DefaultLimits); err == nil || !strings.Contains(err.Error(), "save it to a file") {
		t.Errorf("read twice: %v", err)
	}
	from, to, _ := os.Pipe()
	os.Stdin = from
	io.WriteString(to, "PAR1 and more")
	to.Close()
	if _, err := OpenReader(files[0], 0, 0, DefaultLimits); err == nil || !strings.Contains(err.Error(), "Parquet") {
		t.Errorf("Parquet: %v", err)
	}
	from.Close()
}

// Blocks reuse their buffers, but not one that a long line has blown up.
func TestBlocksReuseBuffers(t *testing.T) {
	in := strings.Repeat(line(1), 20_000) + `{"text":"` + strings.Repeat("x", 1<<20) + "\"}\n" + strings.Repeat(line(1), 20_000)
	r, err := OpenReader(put(t, "in.jsonl", []byte(in)), 0, 0, Limits{Line: 1 << 22, Batch: 20_000, Segment: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b Block
	fresh, blocks, last := 0, 0, (*byte)(nil)
	for r.Next(&b) == nil {
		blocks++
		if p := &b.Data[0]; p != last {
			fresh, last = fresh+1, p
		}
	}
	if cap(b.Data) > 1<<20 || fresh > 10 || blocks < 30 {
		t.Errorf("%d buffers for %d blocks, the last of %d bytes", fresh, blocks, cap(b.Data))
	}
}

// A disk that cannot be read is not a file at fault: the run stops, and can go on later.
func TestDiskThatCannotBeRead(t *testing.T) {
	dir := t.TempDir() // the system opens a folder, but does not read it
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Compression{Plain, Gzip, Zstd} {
		_, _, err := texts(File{Path: dir, Size: info.Size(), Compression: c}, DefaultLimits)
		var lost *Unreadable
		if err == nil || errors.As(err, &lost) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", compressionNames[c], err)
		}
	}
}
