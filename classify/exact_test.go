package classify

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Against the library's, within 2 units in the last place.
func TestExpAndLog(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		x := r.Float64()*1400 - 700
		if got, want := exp(x), math.Exp(x); math.Abs(got-want) > 2*(math.Nextafter(want, math.Inf(1))-want) {
			t.Fatalf("exp(%v) = %v, want %v", x, got, want)
		}
		x = math.Exp(r.Float64()*200 - 100)
		if got, want := log(x), math.Log(x); math.Abs(got-want) > 2*(math.Nextafter(math.Abs(want), math.Inf(1))-math.Abs(want))+1e-17 {
			t.Fatalf("log(%v) = %v, want %v", x, got, want)
		}
	}
	for _, x := range []float64{0, 1, math.Inf(1), math.Inf(-1), 745, -745, -746, 1000, 5e-324} {
		if got, want := exp(x), math.Exp(x); math.Abs(got-want) > 1e-15*want {
			t.Errorf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	for _, x := range []float64{0, 1, math.Inf(1), math.MaxFloat64, math.Sqrt2 / 2} {
		if got, want := log(x), math.Log(x); got != want && math.Abs(got-want) > 1e-15*math.Abs(want) {
			t.Errorf("log(%v) = %v, want %v", x, got, want)
		}
	}
	// The smallest number, which the library's assembly takes for a larger one.
	if got, want := log(5e-324), -1074*math.Ln2; math.Abs(got-want) > 1e-12 {
		t.Errorf("log(5e-324) = %v, want %v", got, want)
	}
	if !math.IsNaN(exp(math.NaN())) || !math.IsNaN(log(math.NaN())) || !math.IsNaN(log(-1)) {
		t.Error("NaN is lost")
	}
}
