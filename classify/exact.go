package classify

import "math"

// The library's exp and log differ in the last bit from one processor to the next,
// which may fuse a product and a sum. What a run writes must not: these are plain
// series whose every product is rounded. Both are within 2 units in the last place.

const (
	ln2High = 6.93147180369123816490e-01 // the upper 32 bits of ln 2
	ln2Low  = 1.90821492927058770002e-10
)

// exp returns e^x: x = k ln 2 + r with |r| < 0.35, and a Taylor series of r.
func exp(x float64) float64 {
	switch {
	case x != x || x > 709:
		return math.Exp(x)
	case x < -745:
		return 0
	}
	k := math.Floor(float64(x*(1/math.Ln2)) + 0.5)
	r := x - float64(k*ln2High) - float64(k*ln2Low)
	sum := inverseFactorials[len(inverseFactorials)-1]
	for n := len(inverseFactorials) - 2; n >= 0; n-- {
		sum = inverseFactorials[n] + float64(r*sum)
	}
	if k > -1000 {
		return float64(sum * math.Float64frombits(uint64(int64(k)+1023)<<52))
	}
	return math.Ldexp(sum, int(k))
}

// inverseFactorials are 1/n!.
var inverseFactorials = func() (t [15]float64) {
	t[0] = 1
	for n := 1; n < len(t); n++ {
		t[n] = t[n-1] / float64(n)
	}
	return t
}()

// inverseOdd are 1/(2n+1).
var inverseOdd = func() (t [13]float64) {
	for n := range t {
		t[n] = 1 / float64(2*n+1)
	}
	return t
}()

// log returns the natural logarithm: x = m 2^k with m near 1, s = (m-1)/(m+1), and
// 2 (s + s³/3 + s⁵/5 + …).
func log(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 1) {
		return math.Log(x)
	}
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, k = m*2, k-1
	}
	s := (m - 1) / (m + 1)
	square, sum := float64(s*s), 0.0
	for n := len(inverseOdd) - 1; n >= 0; n-- {
		sum = inverseOdd[n] + float64(square*sum)
	}
	e := float64(k)
	return float64(e*ln2High) + (float64(2*float64(s*sum)) + float64(e*ln2Low))
}

// logistic returns 1 / (1 + e^-x).
func logistic(x float64) float64 { return 1 / (1 + exp(-x)) }

// quickSoftmax turns outputs into probabilities in place, by an exponential of 32 bit
// that is good to 1e-7: training needs no more, and asks for it once for each label.
func quickSoftmax(out []float32) {
	most := out[0]
	for _, x := range out {
		if !(x <= most) { // NaN, too
			most = x
		}
	}
	var sums [4]float32
	for i, x := range out {
		e := quickExp(x - most)
		out[i] = e
		sums[i&3] += e
	}
	scaleBy(out, 1/((sums[0]+sums[1])+(sums[2]+sums[3])))
}

// quickExp returns e^x for x of 0 or less: 2^k times a polynomial on [-ln 2/2, ln 2/2]
// (Cephes, expf).
func quickExp(x float32) float32 {
	if !(x > -87) {
		if x != x {
			return x
		}
		return 0
	}
	k := int32(float32(x*(1/math.Ln2)) - 0.5)
	f := float32(k)
	r := x - float32(f*0.693359375) - float32(f*-2.12194440e-4)
	y := float32(1.9875691500e-4)
	y = float32(y*r) + 1.3981999507e-3
	y = float32(y*r) + 8.3334519073e-3
	y = float32(y*r) + 4.1665795894e-2
	y = float32(y*r) + 1.6666665459e-1
	y = float32(y*r) + 5.0000001201e-1
	y = float32(float32(y*r)*r) + r + 1
	return float32(y * math.Float32frombits(uint32(k+127)<<23))
}
