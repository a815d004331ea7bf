package shards

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// tree makes files below a folder, with their names as content, and goes there.
func tree(t *testing.T, names ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range names {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			continue
		}
		if err := os.WriteFile(name, []byte(name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func paths(files []File) string {
	var out []string
	for _, f := range files {
		out = append(out, f.Path)
	}
	return strings.Join(out, " ")
}

func TestList(t *testing.T) {
	tree(t, "a/1.jsonl", "a/2.jsonl.gz", "a/b/3.ndjson.zst", "a/b/4.parquet", "a/b/c/5.json.zstd", "a/README.md", "a/b/_SUCCESS",
		"a/.hidden.jsonl", "a/.git/x.jsonl", "10.jsonl", "9.jsonl", "odd[1].jsonl", "empty/")
	os.Symlink("../a/1.jsonl", "a/link.jsonl")
	os.Symlink("..", "a/b/up")
	os.Symlink("a/b", "outside")
	all := "a/1.jsonl a/2.jsonl.gz a/b/3.ndjson.zst a/b/4.parquet a/b/c/5.json.zstd"
	for _, c := range []struct{ paths, want string }{
		{"9.jsonl", "9.jsonl"},
		{"9.jsonl 10.jsonl 9.jsonl ./9.jsonl", "10.jsonl 9.jsonl"},
		{"a", all},
		{"a/", all},
		{"./a/../a", all},
		{"a a/1.jsonl a/*.jsonl", all},
		{"outside", "outside/3.ndjson.zst outside/4.parquet outside/c/5.json.zstd outside/up/1.jsonl outside/up/2.jsonl.gz"},
		{"a/link.jsonl", "a/link.jsonl"},
		{"*.jsonl", "10.jsonl 9.jsonl odd[1].jsonl"},
		{"odd[1].jsonl", "odd[1].jsonl"},
		{"[0-9].jsonl", "9.jsonl"},
		{"?.jsonl", "9.jsonl"},
		{"a/*", all},
		{"**/*.zst*", "a/b/3.ndjson.zst a/b/c/5.json.zstd"},
		{"**", "10.jsonl 9.jsonl " + all + " odd[1].jsonl"},
		{"a/**/c/*.json*", "a/b/c/5.json.zstd"},
		{"a/**/*.jsonl", "a/1.jsonl"},
		{"a/**/**/4.*", "a/b/4.parquet"},
		{"a/.hid*", "a/.hidden.jsonl"},
		{"a/../[9]*", "9.jsonl"},
		{"- 9.jsonl", "- 9.jsonl"},
	} {
		files, err := List(strings.Fields(c.paths))
		if err != nil || paths(files) != c.want {
			t.Errorf("%s: got %s, %v\nwant %s", c.paths, paths(files), err, c.want)
		}
	}
	abs, _ := filepath.Abs("a/b")
	if files, err := List([]string{abs + "/*.parquet", "a/b/4.parquet"}); err != nil || len(files) != 1 {
		t.Errorf("an absolute and a relative name of a file: %s, %v", paths(files), err)
	}
}

func TestListKnowsFiles(t *testing.T) {
	tree(t, "1.jsonl", "2.ndjson.gz", "3.json.zst", "4.parquet")
	files, err := List([]string{"."})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []File{{Format: JSONL}, {Compression: Gzip}, {Compression: Zstd}, {Format: Parquet}} {
		f := files[i]
		sum, err := Fingerprint(f.Path)
		if f.Format != want.Format || f.Compression != want.Compression || err != nil || f.Sum != sum || f.Size != int64(len(f.Path)) || f.Modified == 0 {
			t.Errorf("%+v, fingerprint %x, %v", f, sum, err)
		}
	}
}

func TestListProblems(t *testing.T) {
	tree(t, "a/b/README.md", "a/x.txt", "a/x.gz", "a/x.tar.gz", "a/x.parquet.gz", "a/x", "empty/")
	if err := syscall.Mkfifo("pipe.jsonl", 0o666); err != nil {
		t.Skip("no named pipes here")
	}
	os.Symlink("nowhere", "broken.jsonl")
	here, _ := filepath.Abs("a")
	for _, c := range []struct{ path, want string }{
		{"a/missing.jsonl", "a/missing.jsonl: there is no such file or folder (there is " + here + ")"},
		{"a/no/way/missing.jsonl", "there is " + here + ")"},
		{"a/*.jsonl", "a/*.jsonl: the pattern matches nothing"},
		{"a/**/*.jsonl", "matches nothing"},
		{"a/[x.jsonl", "a bracket or an escape without its end"},
		{"a/*.txt", "the pattern matches a/x.txt and 0 more, but no data file: known endings are .jsonl"},
		{"a", "a: the folder has no data files: known endings are .jsonl"},
		{"empty", "no data files"},
		{"a/x.txt", `unknown ending ".txt": known are .jsonl`},
		{"a/x.gz", `unknown ending ".gz"`},
		{"a/x.tar.gz", `unknown ending ".tar.gz"`},
		{"a/x.parquet.gz", `unknown ending ".parquet.gz"`},
		{"a/x", `unknown ending ""`},
		{"pipe.jsonl", "not a regular file; pass pipes as standard input"},
		{"broken.jsonl", "no such file"},
		{"", "an empty path"},
	} {
		_, err := List([]string{c.path})
		var bad *BadPath
		if !errors.As(err, &bad) || bad.Path != c.path || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v\nwant %s", c.path, err, c.want)
		}
	}
	if _, err := List([]string{"a/missing.jsonl"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is no fs.ErrNotExist", err)
	}
	_, err := List([]string{"nowhere", "a/x.txt", "-"})
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != 2 {
		t.Errorf("not all problems at once: %v", err)
	}
}

func TestListWithoutPermission(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("the superuser may read everything")
	}
	tree(t, "a/1.jsonl", "b/2.jsonl")
	os.Chmod("a/1.jsonl", 0)
	os.Chmod("b", 0)
	for _, path := range []string{"a/1.jsonl", "a", "b"} {
		if _, err := List([]string{path}); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	os.Chmod("b", 0o777)
}

// The fingerprint sees the size, every byte of a small file, and of a large one the
// head, the tail and 16 stretches between.
func TestFingerprint(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	name := filepath.Join(t.TempDir(), "x")
	sums := map[uint64]bool{}
	sum := func(b []byte) uint64 {
		t.Helper()
		if err := os.WriteFile(name, b, 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := Fingerprint(name)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	fresh := func(what string, b []byte) {
		t.Helper()
		if s := sum(b); sums[s] {
			t.Errorf("%s is not noticed", what)
		} else {
			sums[s] = true
		}
	}
	fresh("nothing", nil)
	for _, size := range []int{1, 1000, stretch * stretches, stretch*stretches + 1, 5_000_000} {
		b := make([]byte, size)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		fresh("the file", b)
		if sum(b) != sum(slices.Clone(b)) {
			t.Error("equal files have different fingerprints")
		}
		fresh("one byte more", append(slices.Clone(b), 0))
		for k := range stretches {
			at := (size - stretch) / (stretches - 1) * k // within stretch k, at any size
			if size <= stretch*stretches {
				at = size * k / stretches
			}
			b[at+min(100, size-at-1)] ^= 1
			fresh("a changed byte", b)
			b[at+min(100, size-at-1)] ^= 1
			if size == 1 {
				break
			}
		}
	}
}
