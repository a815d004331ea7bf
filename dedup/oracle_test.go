package dedup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/klauspost/compress/zstd"

	"tamis/document"
)

// shared opens a file of the reference data, which stands beside the repository and
// not in it.
func shared(t testing.TB, parts ...string) io.Reader {
	t.Helper()
	name := filepath.Join(append([]string{"..", "..", "shared"}, parts...)...)
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Skipf("the reference data is not here: %v", err)
	}
	r, err := zstd.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// rows reads a JSONL file of the reference data.
func rows[T any](t testing.TB, parts ...string) []T {
	t.Helper()
	var out []T
	in := bufio.NewScanner(shared(t, parts...))
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		var row T
		if err := json.Unmarshal(in.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func termsVersions(t testing.TB) []string {
	var out []string
	for _, v := range rows[struct{ Text string }](t, "data", "terms-versions", "versions.jsonl.zst") {
		out = append(out, v.Text)
	}
	return out
}

// webPages are the raw pages of the reference data.
func webPages(t testing.TB) (texts, urls []string) {
	for _, v := range rows[struct{ Text, URL string }](t, "data", "web-pages-raw", "pages.jsonl.zst") {
		texts, urls = append(texts, v.Text), append(urls, v.URL)
	}
	return texts, urls
}

func textDocument(s string) *document.Document {
	d := new(document.Document)
	d.SetText(s)
	return d
}

func sha(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// littleEndian writes values as the published programs store them.
func littleEndian(sig []uint64, bytesEach int) []byte {
	var out []byte
	for _, v := range sig {
		out = binary.LittleEndian.AppendUint64(out, v)[:len(out)+bytesEach]
	}
	return out
}

func number64(t testing.TB, s string) uint64 {
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func distinct(shingles []uint64) int {
	seen := map[uint64]bool{}
	for _, x := range shingles {
		seen[x] = true
	}
	return len(seen)
}

func signatureOf(k kernel, n int, shingles []uint64) []uint64 {
	m := newSignature(n)
	k(m.Signature(), shingles)
	return m.Signature()
}

func decimal(t testing.TB, s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
