package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

func TestDir(t *testing.T) {
	dir, err := OpenDir(OS{}, t.TempDir()+"/a/b")
	if err != nil {
		t.Fatal(err)
	}
	sub, err := dir.Sub("data")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, sub, "x", []byte("123"))
	writeFile(t, sub, ".y.tmp", nil)
	if ok, err := dir.Exists("data/x"); !ok || err != nil {
		t.Errorf("data/x exists: %v, %v", ok, err)
	}
	if ok, err := dir.Exists("nothing"); ok || err != nil {
		t.Errorf("nothing exists: %v, %v", ok, err)
	}
	if n, err := sub.Size("x"); n != 3 || err != nil {
		t.Errorf("x has %d bytes: %v", n, err)
	}
	if err := errors.Join(sub.RemoveTemporary(), sub.Remove("missing")); err != nil {
		t.Error(err)
	}
	if list, err := sub.List(); len(list) != 1 || err != nil {
		t.Errorf("the folder has %v: %v", list, err)
	}
	if again, err := dir.Sub("data"); err != nil || again.Path != sub.Path {
		t.Errorf("opened again: %v", err)
	}
	if err := dir.Clear(); err != nil {
		t.Error(err)
	}
	if list, err := dir.List(); len(list) != 0 || err != nil {
		t.Errorf("the cleared folder has %v: %v", list, err)
	}
	if err := dir.RemoveAll(); err != nil {
		t.Error(err)
	}
	if list, err := dir.List(); list != nil || err != nil {
		t.Errorf("the removed folder has %v: %v", list, err)
	}
}

func TestWholeStream(t *testing.T) {
	dir := tempDir(t)
	w, err := dir.CreateWhole("train-00000")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, "content")
	if ok, _ := dir.Exists("train-00000-of-00001"); ok || w.Length() != 7 {
		t.Errorf("before Commit: exists %v, %d bytes", ok, w.Length())
	}
	if err := w.Commit("train-00000-of-00001"); err != nil {
		t.Fatal(err)
	}
	w.Discard()
	if got, err := dir.ReadFile("train-00000-of-00001"); string(got) != "content" {
		t.Errorf("the file has %q: %v", got, err)
	}
	given, _ := dir.CreateWhole("b")
	given.Discard()
	stop := errors.New("stopped")
	if err := dir.WriteWhole("c", func(io.Writer) error { return stop }); err != stop {
		t.Errorf("the error of write became %v", err)
	}
	if list, _ := dir.List(); len(list) != 1 {
		t.Errorf("%d files, want 1", len(list))
	}
}

func TestLock(t *testing.T) {
	dir := tempDir(t)
	unlock, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Lock(dir)
	var inUse *InUse
	if !errors.As(err, &inUse) || inUse.PID != fmt.Sprint(os.Getpid()) || !strings.Contains(err.Error(), dir.Path) {
		t.Errorf("locked twice: %v", err)
	}
	unlock()
	again, err := Lock(dir)
	if err != nil {
		t.Fatalf("locked again: %v", err)
	}
	again()
}
