package shards

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// ManifestFile is the name of the manifest in a run directory.
const ManifestFile = "manifest.json"

// A Manifest lists the shards of a run, so that it can be seen later that they are all
// there and whole.
type Manifest struct {
	Version  string  `json:"version"` // of the program that wrote the shards
	PlanHash string  `json:"plan_hash"`
	Shards   []Shard `json:"shards"`
}

// Write writes the manifest as indented JSON.
func (m *Manifest) Write(w io.Writer) error {
	c := *m
	if c.Shards == nil {
		c.Shards = []Shard{} // an empty list, not null
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(&c)
}

// ReadManifest reads the manifest of a run directory.
func ReadManifest(dir string) (*Manifest, error) {
	name := filepath.Join(dir, ManifestFile)
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no manifest; it is written when a run has finished: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	m := &Manifest{}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("%s: no manifest: %w", name, err)
	}
	return m, nil
}

// A Problem is what is wrong with one file of a run directory.
type Problem struct {
	File string `json:"file"` // relative to the run directory
	Text string `json:"problem"`
}

func (p Problem) String() string { return p.File + ": " + p.Text }

// Verify holds the shards of a run directory against its manifest: that they are there,
// their sizes, their SHA-256, their rows, and that no other file lies among them. The error
// is what kept it from looking. Progress, if not nil, is told the bytes that were read.
func Verify(dir string, progress func(bytes int64)) ([]Problem, error) {
	m, err := ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	var problems []Problem
	for _, s := range m.Shards {
		text, err := s.check(dir, progress)
		if err != nil {
			return problems, err
		}
		if text != "" {
			problems = append(problems, Problem{s.File, text})
		}
	}
	more, err := m.strangers(dir)
	return append(problems, more...), err
}

// strangers finds the files that lie among the shards and are not listed.
func (m *Manifest) strangers(dir string) (problems []Problem, err error) {
	listed, folders := map[string]bool{ManifestFile: true}, []string{}
	for _, s := range m.Shards {
		file := path.Clean(s.File)
		listed[file] = true
		if folder := path.Dir(file); filepath.IsLocal(folder) && folder != "." && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	for _, folder := range folders {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return problems, err
		}
		for _, e := range entries {
			if name := path.Join(folder, e.Name()); !e.IsDir() && !listed[name] {
				problems = append(problems, Problem{name, "not in the manifest"})
			}
		}
	}
	return problems, nil
}

// check says what is wrong with a shard, or nothing.
func (s Shard) check(dir string, progress func(int64)) (string, error) {
	name := filepath.FromSlash(s.File)
	if !filepath.IsLocal(name) {
		return "the manifest names a file outside the run directory", nil
	}
	file, err := os.Open(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "missing", nil
	}
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, told(file, progress))
	switch {
	case err != nil:
		return "", err
	case n != s.Bytes:
		return fmt.Sprintf("%d bytes, the manifest says %d", n, s.Bytes), nil
	case hex.EncodeToString(sum.Sum(nil)) != s.SHA256:
		return "the content is not what was written: its SHA-256 is " + hex.EncodeToString(sum.Sum(nil)), nil
	}
	rows, err := countRows(filepath.Join(dir, name), n)
	switch {
	case err != nil:
		return "cannot be read: " + err.Error(), nil
	case rows != s.Rows:
		return fmt.Sprintf("%d rows, the manifest says %d", rows, s.Rows), nil
	}
	return "", nil
}

type toldReader struct {
	r    io.Reader
	tell func(int64)
}

func (t toldReader) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.tell(int64(n))
	return n, err
}

func told(r io.Reader, tell func(int64)) io.Reader {
	if tell == nil {
		return r
	}
	return toldReader{r, tell}
}

// countRows counts the rows of a shard of ours.
func countRows(path string, size int64) (int64, error) {
	format, compression, known := byEnding(path)
	switch {
	case !known:
		return 0, fmt.Errorf("unknown ending %q", ending(path))
	case format == Parquet:
		return parquetRows(path)
	}
	s, err := openStream(File{Path: path, Size: size, Compression: compression}, 0)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	var lines int64
	buf := make([]byte, 256<<10)
	for {
		n, err := s.Read(buf)
		lines += int64(bytes.Count(buf[:n], []byte{'\n'}))
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return lines, s.fault(lines, err)
		}
	}
}

// parquetRows reads the number of rows from a file's footer.
func parquetRows(path string) (int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	meta, _, err := readFooter(file, info.Size())
	if err != nil {
		return 0, err
	}
	return meta.NumRows, nil
}
