package spool

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMap(t *testing.T) {
	for _, want := range []string{"", "a", "some text"} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		data, release, err := Map(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil || string(data) != want {
			t.Errorf("%q, %v; want %q", data, err, want)
		}
		if err := release(); err != nil {
			t.Error(err)
		}
	}
	folder, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if _, _, err := Map(folder); err == nil {
		t.Error("a folder has no bytes")
	}
}
