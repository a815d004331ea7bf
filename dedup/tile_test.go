package dedup

import (
	"math/rand/v2"
	"testing"
)

// What is above a bound is told as the whole product tells it, whatever the dimensions.
func TestProductsAboveABound(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, dim := range []int{1, 3, 8, 31, 32, 33, 64, 100, 256, 300} {
		above := 0
		for range 2000 {
			a, b := make([]float32, dim), make([]float32, dim)
			like := r.Float32() // from strangers to copies
			for i := range a {
				a[i] = float32(r.NormFloat64())
				b[i] = like*a[i] + (1-like)*float32(r.NormFloat64())
			}
			normalize(a)
			normalize(b)
			var pair tile
			pair.reset(dim)
			pair.add(appendVector(nil, a))
			pair.add(appendVector(nil, b))
			whole := dot(a, b)
			if p, q := dots(a, b, a); p != whole || q != dot(a, a) {
				t.Fatalf("%d dimensions: two products at once are %v and %v, want %v and %v", dim, p, q, whole, dot(a, a))
			}
			for _, bound := range []float64{0.3, 0.9, 0.99, float64(whole), float64(whole) - 1e-7} {
				p, ok := pair.vector(0).above(pair.vector(1), bound)
				if want := float64(whole) > bound; ok != want || ok && p != whole {
					t.Fatalf("%d dimensions: a product of %v is %v, above %v: %v", dim, whole, p, bound, ok)
				}
				if ok {
					above++
				}
			}
		}
		if above == 0 {
			t.Errorf("%d dimensions: none was above", dim)
		}
	}
}
