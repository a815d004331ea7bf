package classify

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// dotSlow is the product of a row and x as training adds it up: eight sums of every
// eighth number, added in pairs, and what is left over one by one.
func dotSlow(row, x []float32) float32 {
	var sums [8]float32
	whole := len(x) / 8 * 8
	for i := range whole {
		sums[i%8] += float32(row[i] * x[i])
	}
	for i := range 4 {
		sums[i] += sums[i+4]
	}
	sum := (sums[0] + sums[2]) + (sums[1] + sums[3])
	for i := whole; i < len(x); i++ {
		sum += float32(row[i] * x[i])
	}
	return sum
}

// Every length, at every place within a vector register, to the bit; and no number
// beside those that are meant is touched.
func TestVectors(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	numbers := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		return v
	}
	const rows, around = 3, 5
	for width := range 70 {
		for shift := range 4 {
			stride := width + shift
			matrix := numbers(around + rows*stride + around)
			at := matrix[shift:]
			x, grad := numbers(width + around)[:width], numbers(width+around)
			rates := numbers(rows)

			dst, want := slices.Clone(grad), slices.Clone(grad)
			addTo(dst[:width], x)
			for i := range width {
				want[i] += x[i]
			}
			if !slices.Equal(dst, want) {
				t.Fatalf("addTo, %d numbers: %v, want %v", width, dst, want)
			}

			out := make([]float32, rows+1)
			out[rows] = 7
			dotRows(out[:rows], at, stride, x)
			for i := range rows {
				if out[i] != dotSlow(at[i*stride:], x) || out[rows] != 7 {
					t.Fatalf("dotRows, %d numbers: %v", width, out)
				}
			}

			changed, g := slices.Clone(matrix), slices.Clone(grad)
			learnRows(changed[shift:], stride, rates, g[:width], x)
			for i, rate := range rates {
				for j := range width {
					old := matrix[shift+i*stride+j]
					grad[j] += float32(rate * old)
					matrix[shift+i*stride+j] = old + float32(rate*x[j])
				}
			}
			if !slices.Equal(changed, matrix) || !slices.Equal(g, grad) {
				t.Fatalf("learnRows, %d numbers, stride %d: not what the loop gives", width, stride)
			}
		}
	}
}

func TestQuickExp(t *testing.T) {
	for x := float32(0); x > -87; x -= 0.00137 {
		if got, want := float64(quickExp(x)), math.Exp(float64(x)); math.Abs(got-want) > 2e-7*want {
			t.Fatalf("e^%v is %v, want %v", x, got, want)
		}
	}
	for x, want := range map[float32]float32{-88: 0, float32(math.Inf(-1)): 0} {
		if got := quickExp(x); got != want {
			t.Errorf("e^%v is %v", x, got)
		}
	}
	if x := quickExp(float32(math.NaN())); x == x {
		t.Error("NaN becomes a number")
	}
}
