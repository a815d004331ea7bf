package dedup

import (
	"math"
	"testing"
)

func TestSCurve(t *testing.T) {
	type row struct {
		B, R int
		S    string
		P    string
	}
	for _, c := range rows[row](t, "oracles", "stats", "scurve.jsonl.zst") {
		if got, want := sCurve(decimal(t, c.S), c.B, c.R), decimal(t, c.P); math.Abs(got-want) > 1e-12 {
			t.Errorf("%d x %d at %s: %v, want %s", c.B, c.R, c.S, got, c.P)
		}
	}
}

func TestOptimalBands(t *testing.T) {
	type row struct {
		Permutations int
		Threshold    float64
		B, R         int
	}
	for _, c := range rows[row](t, "oracles", "stats", "optimal-bands.jsonl.zst") {
		if c.Permutations > 256 && testing.Short() {
			continue
		}
		if b, r := optimal(c.Permutations, c.Threshold); b != c.B || r != c.R {
			t.Errorf("%d values at %v: %d x %d, want %d x %d", c.Permutations, c.Threshold, b, r, c.B, c.R)
		}
	}
}

func TestTune(t *testing.T) {
	for _, c := range []struct{ threshold, recall float64 }{{0.5, 0.9}, {0.6, 0.99}, {0.7, 0.99}, {0.8, 0.99}, {0.9, 0.999}, {1, 1}} {
		b, r, err := tune(c.threshold, c.recall)
		if err != nil || b*r > maxValues || sCurve(c.threshold, b, r) < c.recall {
			t.Errorf("%v at %v: %d x %d, %v", c.recall, c.threshold, b, r, err)
		}
	}
	if b, r, _ := tune(0.8, 0.99); b != 20 || r != 7 {
		t.Errorf("0.99 at 0.8: %d x %d, want 20 x 7", b, r)
	}
	if _, _, err := tune(0.01, 1); err == nil {
		t.Error("an impossible recall was granted")
	}
}

func TestImplied(t *testing.T) {
	for _, c := range []struct {
		b, r int
		want float64
	}{{14, 8, 0.72}, {450, 20, 0.74}, {9, 13, 0.84}, {1, 1, 1}} {
		if got := implied(c.b, c.r); got != c.want {
			t.Errorf("%d x %d: %v, want %v", c.b, c.r, got, c.want)
		}
	}
}

// At a similarity of s^rows of the bands are shared, on average.
func TestEstimate(t *testing.T) {
	for _, c := range []struct {
		shared, b, r int
		want         float64
	}{{0, 14, 8, 0}, {14, 14, 8, 1}, {7, 14, 1, 0.5}, {5, 20, 2, 0.5}, {1, 8, 3, 0.5}} {
		if got := estimate(c.shared, c.b, c.r); got < c.want-1e-8 || got > c.want+1e-8 {
			t.Errorf("%d of %d bands of %d: %v, want %v", c.shared, c.b, c.r, got, c.want)
		}
	}
}
