package main

import (
	"testing"
	"time"

	"tamis/engine"
)

// What stands beside a bar never makes its line wrap, and of what there is room for the
// share that is kept comes first.
func TestRateBesideABar(t *testing.T) {
	r := rate{phase: "scan 2", since: time.Now().Add(-time.Hour), last: engine.Progress{Documents: 3600, Kept: 900, Bytes: 36e6}}
	for _, c := range []struct {
		columns int
		want    string
	}{
		{200, "scan 2, 1 documents/s, 0.0 MB/s, 25.0 % kept"},
		{52 + 44, "scan 2, 1 documents/s, 0.0 MB/s, 25.0 % kept"},
		{52 + 43, "scan 2, 1 documents/s, 25.0 % kept"},
		{80, "scan 2, 25.0 % kept"},
		{60, "scan 2"},
		{10, "scan 2"},
	} {
		if got := r.beside(c.columns); got != c.want {
			t.Errorf("in %d columns: %q, want %q", c.columns, got, c.want)
		}
	}
	if got := (&rate{phase: "resolve", since: time.Now()}).beside(200); got != "resolve" {
		t.Errorf("without documents: %q", got)
	}
}
