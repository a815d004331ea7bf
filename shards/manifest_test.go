package shards

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runDirectory makes a run directory with two shards and their manifest.
func runDirectory(t *testing.T) (string, *Manifest) {
	t.Helper()
	dir := t.TempDir()
	m := &Manifest{Version: "1.0", PlanHash: "abc"}
	os.Mkdir(filepath.Join(dir, "data"), 0o777)
	for name, rows := range map[string]int{"data/train-00000-of-00002.jsonl": 3, "data/train-00001-of-00002.jsonl.zst": 2000} {
		data := []byte(strings.Repeat(line(1), rows))
		if strings.HasSuffix(name, ".zst") {
			data = zstded(t, string(data))
		}
		sum := sha256.Sum256(data)
		m.Shards = append(m.Shards, Shard{name, int64(rows), int64(len(data)), hex.EncodeToString(sum[:])})
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	writeManifest(t, dir, m)
	return dir, m
}

func writeManifest(t *testing.T, dir string, m *Manifest) {
	t.Helper()
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ManifestFile), b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestManifestForm(t *testing.T) {
	var b bytes.Buffer
	(&Manifest{Version: "1.0", PlanHash: "abc", Shards: []Shard{{"data/x.parquet", 1, 2, "ff"}}}).Write(&b)
	want := `{
  "version": "1.0",
  "plan_hash": "abc",
  "shards": [
    {
      "file": "data/x.parquet",
      "rows": 1,
      "bytes": 2,
      "sha256": "ff"
    }
  ]
}
`
	if b.String() != want {
		t.Errorf("got %s", b.String())
	}
	b.Reset()
	(&Manifest{}).Write(&b)
	if !strings.Contains(b.String(), `"shards": []`) {
		t.Errorf("got %s", b.String())
	}
}

func TestVerify(t *testing.T) {
	dir, m := runDirectory(t)
	read := int64(0)
	problems, err := Verify(dir, func(n int64) { read += n })
	if err != nil || len(problems) > 0 || read != m.Shards[0].Bytes+m.Shards[1].Bytes {
		t.Fatalf("%v, %v, %d bytes were read", problems, err, read)
	}
	first := filepath.Join(dir, m.Shards[0].File)
	for _, c := range []struct {
		name  string
		spoil func(dir string, m *Manifest)
		want  string
	}{
		{"changed byte", func(dir string, m *Manifest) {
			b, _ := os.ReadFile(first)
			b[len(b)/2] ^= 1
			os.WriteFile(first, b, 0o666)
		}, "the content is not what was written"},
		{"cut", func(string, *Manifest) { os.Truncate(first, 5) }, "5 bytes, the manifest says"},
		{"missing", func(string, *Manifest) { os.Remove(first) }, "missing"},
		{"rows", func(dir string, m *Manifest) { m.Shards[0].Rows++; writeManifest(t, dir, m) }, "rows, the manifest says"},
		{"stranger", func(dir string, m *Manifest) { os.WriteFile(filepath.Join(dir, "data", "x.jsonl"), nil, 0o666) }, "data/x.jsonl: not in the manifest"},
		{"outside", func(dir string, m *Manifest) { m.Shards[0].File = "../x.jsonl"; writeManifest(t, dir, m) }, "outside the run directory"},
	} {
		dir, m := runDirectory(t)
		first = filepath.Join(dir, m.Shards[0].File)
		c.spoil(dir, m)
		problems, err := Verify(dir, nil)
		if err != nil || len(problems) == 0 || !strings.Contains(problems[0].String(), c.want) {
			t.Errorf("%s: %v, %v, want %q", c.name, problems, err, c.want)
		}
	}
}

func TestVerifyWithoutManifest(t *testing.T) {
	dir := t.TempDir()
	if _, err := Verify(dir, nil); err == nil || !strings.Contains(err.Error(), "written when a run has finished") {
		t.Errorf("%v", err)
	}
	os.WriteFile(filepath.Join(dir, ManifestFile), []byte("{"), 0o666)
	if _, err := Verify(dir, nil); err == nil || !strings.Contains(err.Error(), "no manifest") {
		t.Errorf("%v", err)
	}
}
