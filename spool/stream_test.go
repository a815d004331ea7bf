package spool

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// ReadBlocks gives what was written, with the places of the blocks, from a stream that
// comes byte by byte, too.
func TestReadBlocks(t *testing.T) {
	dir, err := OpenDir(OS{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var places []int64
	n := int64(0)
	err = dir.WriteBlocks("x", func(block func([]byte) error) error {
		for _, p := range payloads() {
			packed := Pack(nil, p)
			places = append(places, n)
			n += int64(len(packed))
			if err := block(packed); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := dir.ReadFile("x")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []io.Reader{bytes.NewReader(raw), iotest.OneByteReader(bytes.NewReader(raw))} {
		i := 0
		err := ReadBlocks("x", r, func(at int64, p []byte) error {
			if at != places[i] || !bytes.Equal(p, payloads()[i]) {
				t.Errorf("block %d at byte %d has %d bytes", i, at, len(p))
			}
			i++
			return nil
		})
		if err != nil || i != len(places) {
			t.Errorf("%d blocks, %v", i, err)
		}
	}
	stop := errors.New("stop")
	if err := ReadBlocks("x", bytes.NewReader(raw), func(int64, []byte) error { return stop }); err != stop {
		t.Errorf("the error of the callee became %v", err)
	}
	if err := ReadBlocks("x", iotest.ErrReader(stop), nil); !errors.Is(err, stop) {
		t.Errorf("the error of the stream became %v", err)
	}
	// A file that was not finished leaves nothing under its name.
	if err := dir.WriteBlocks("y", func(func([]byte) error) error { return stop }); err != stop {
		t.Errorf("the error of the writer became %v", err)
	}
	if files, err := dir.List(); err != nil || len(files) != 1 {
		t.Errorf("the folder holds %v, %v", files, err)
	}
}
