package shards

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// endings are those of the files that are read, without a compression's ending.
var endings = map[string]Format{".jsonl": JSONL, ".ndjson": JSONL, ".json": JSONL, ".parquet": Parquet}

var compressions = map[string]Compression{".gz": Gzip, ".zst": Zstd, ".zstd": Zstd}

const knownEndings = ".jsonl, .ndjson, .json, each also with .gz, .zst or .zstd, and .parquet"

// A BadPath says what is wrong with one path of a recipe, and what to do.
type BadPath struct {
	Path string // as the recipe has it
	Err  error
}

func (b *BadPath) Error() string { return b.Path + ": " + b.Err.Error() }
func (b *BadPath) Unwrap() error { return b.Err }

// List finds the input files that paths mean, sorted by their names, none of them twice
// (symbolic links are followed; hard links are different files). A path is
//
//   - a file, whose ending is known;
//   - a folder: all files below it whose endings are known and whose names, like those of the
//     folders between, do not begin with a dot;
//   - a pattern of path.Match, in which ** means any number of folders. A name that begins
//     with a dot is matched only by a pattern that begins with one. Of the files that it
//     matches, those with a known ending count; a folder that it matches counts as a folder;
//   - "-", standard input: JSONL, compressed or not.
//
// A file of no bytes has no records; it is listed as plain JSONL, whatever its ending.
// What a file holds goes before what its ending says: gzip, zstd and Parquet are known
// by their first bytes, and a file that begins with a brace is JSONL, whatever its name. Otherwise the
// ending decides, and the reader finds out.
//
// The error joins a *BadPath for each path that is none.
func List(paths []string) ([]File, error) {
	l := lister{seen: map[string]bool{}}
	for _, path := range paths {
		if err := l.path(path); err != nil {
			l.problems = append(l.problems, &BadPath{path, err})
		}
	}
	if len(l.problems) > 0 {
		return nil, errors.Join(l.problems...)
	}
	slices.SortFunc(l.files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return l.once(), nil
}

type lister struct {
	files    []File
	seen     map[string]bool // real paths
	problems []error
}

// once returns the files without those that are there already by another name.
func (l *lister) once() []File {
	return slices.DeleteFunc(l.files, func(f File) bool {
		real := RealPath(f.Path)
		twice := l.seen[real]
		l.seen[real] = true
		return twice
	})
}

// RealPath is one for all the names of a file, but for hard links: absolute, and without
// symbolic links where they can be followed.
func RealPath(path string) string {
	if path == Stdin {
		return path
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return path
}

func (l *lister) path(path string) error {
	if path == Stdin {
		l.files = append(l.files, File{Path: Stdin, Size: -1})
		return nil
	}
	if path == "" {
		return errors.New("an empty path; name a file, a folder or a pattern")
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return l.folder(path)
	case err == nil:
		return l.named(path, info)
	case !errors.Is(err, fs.ErrNotExist):
		return bare(err)
	case strings.ContainsAny(path, "*?["):
		return l.pattern(path)
	}
	return missing(path)
}

// bare returns an error of the os package without the path, which the caller has.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// missing says how much of a path there is.
func missing(path string) error {
	dir := filepath.Dir(filepath.Clean(path))
	for {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up
	}
	at, _ := filepath.Abs(dir)
	return fmt.Errorf("there is no such file or folder (there is %s); relative paths begin at the current folder: %w", at, fs.ErrNotExist)
}

// named adds a file that the recipe names itself.
func (l *lister) named(path string, info fs.FileInfo) error {
	if _, _, ok := byEnding(path); !ok {
		return fmt.Errorf("unknown ending %q: known are %s", ending(path), knownEndings)
	}
	return l.add(path, info)
}

// ending returns the part of a name that byEnding goes by.
func ending(path string) string {
	ext := filepath.Ext(path)
	if _, packed := compressions[strings.ToLower(ext)]; packed {
		return filepath.Ext(strings.TrimSuffix(path, ext)) + ext
	}
	return ext
}

// byEnding reads format and compression from a file's name.
func byEnding(path string) (Format, Compression, bool) {
	path = strings.ToLower(path)
	ext := filepath.Ext(path)
	compression, packed := compressions[ext]
	if packed {
		ext = filepath.Ext(strings.TrimSuffix(path, ext))
	}
	format, known := endings[ext]
	return format, compression, known && !(packed && format == Parquet)
}

// add adds a file whose ending is known.
func (l *lister) add(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("not a regular file; pass pipes as standard input, %q", Stdin)
	}
	f := File{Path: filepath.Clean(path), Size: info.Size(), Modified: info.ModTime().UnixNano()}
	f.Format, f.Compression, _ = byEnding(path)
	file, err := os.Open(path)
	if err != nil {
		return bare(err)
	}
	defer file.Close()
	if err := f.look(file); err != nil {
		return bare(err)
	}
	l.files = append(l.files, f)
	return nil
}

// look looks into a file: what it is, and its fingerprint.
func (f *File) look(file *os.File) error {
	magic := make([]byte, magicSize)
	n, err := file.ReadAt(magic, 0)
	if err != nil && err != io.EOF {
		return err
	}
	if n == 0 {
		f.Format, f.Compression = JSONL, Plain
	} else if format, compression, known := sniff(magic[:n]); known {
		f.Format, f.Compression = format, compression
	}
	f.Sum, err = fingerprint(file, f.Size)
	return err
}

// folder adds the files below a folder.
func (l *lister) folder(path string) error {
	before := len(l.files)
	if err := l.walk(path, nil); err != nil {
		return err
	}
	if len(l.files) == before {
		return fmt.Errorf("the folder has no data files: known endings are %s", knownEndings)
	}
	return nil
}

// walk adds what is in a folder; above are the folders that it lies in, so that a link to
// one of them does not lead round in circles.
func (l *lister) walk(path string, above []fs.FileInfo) error {
	self, err := os.Stat(path)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(above, func(a fs.FileInfo) bool { return os.SameFile(a, self) }) {
		return nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if err := l.entry(filepath.Join(path, e.Name()), append(above, self)); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) entry(path string, above []fs.FileInfo) error {
	info, err := os.Stat(path)
	_, _, known := byEnding(path)
	switch {
	case err == nil && info.IsDir():
		return l.walk(path, above)
	case !known:
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", path, bare(err))
	}
	if err := l.add(path, info); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
