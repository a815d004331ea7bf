package dedup

import (
	"fmt"
	"math"
)

// appendBands appends a hash for each band of r consecutive values. The number of
// the band is part of it, so that hashes of different bands do not meet.
func appendBands(dst, sig []uint64, bands, rows int) []uint64 {
	for band := range bands {
		h := uint64(band+1) * prime641
		for _, v := range sig[band*rows : (band+1)*rows] {
			h = mix(h^v) * prime642
		}
		dst = append(dst, mix(h))
	}
	return dst
}

// sCurve is the chance that two texts of Jaccard similarity s share one of b bands
// of r values.
func sCurve(s float64, b, r int) float64 {
	return 1 - power(1-power(s, r), b)
}

// power is x^n by squaring: the same on every machine, which math.Pow does not
// promise.
func power(x float64, n int) float64 {
	out := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			out = float64(out * x)
		}
		x = float64(x * x)
	}
	return out
}

// estimate is the similarity at which two texts share that many of b bands of r values on
// average: (shared/b)^(1/r), by bisection, to nine digits.
func estimate(shared, b, r int) float64 {
	want := float64(shared) / float64(b)
	low, high := 0.0, 1.0
	if shared >= b {
		return 1
	}
	for range 30 {
		if middle := (low + high) / 2; power(middle, r) < want {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// maxValues is the longest signature that tune chooses.
const maxValues = 144

// tune chooses bands and rows: the most rows, which means the fewest candidates in
// vain, for which so few bands that the signature has at most maxValues values find
// the given share of the pairs at the threshold.
func tune(threshold, recall float64) (bands, rows int, err error) {
	for r := maxValues; r > 0; r-- {
		for b := 1; b*r <= maxValues; b++ {
			if sCurve(threshold, b, r) >= recall {
				return b, r, nil
			}
		}
	}
	return 0, 0, fmt.Errorf("no signature of up to %d values finds %v of the pairs at %v; set bands and rows", maxValues, recall, threshold)
}

// implied is the similarity at which b bands of r values turn from missing to
// finding, (1/b)^(1/r), to two decimals.
func implied(b, r int) float64 {
	for hundredths := 1; hundredths < 100; hundredths++ {
		s := (float64(hundredths) + 0.5) / 100
		if power(s, r)*float64(b) > 1 {
			return float64(hundredths) / 100
		}
	}
	return 1
}

// optimal is the rule of datasketch, which RedPajama and SlimPajama follow: b·r at
// most k, and the least sum of false positives below the threshold and false
// negatives above it, over similarities that are all as likely.
func optimal(k int, threshold float64) (bands, rows int) {
	best := math.Inf(1)
	for b := 1; b <= k; b++ {
		for r := 1; r <= k/b; r++ {
			below := integral(0, threshold, b, r)
			above := (1 - threshold) - integral(threshold, 1, b, r)
			if e := float64(below*0.5) + float64(above*0.5); e < best {
				best, bands, rows = e, b, r
			}
		}
	}
	return bands, rows
}

// integral integrates the S-curve from x to y by Gauss-Legendre with five nodes in
// each of 64 parts.
func integral(x, y float64, b, r int) float64 {
	nodes := [...]float64{0, 0.5384693101056831, -0.5384693101056831, 0.9061798459386640, -0.9061798459386640}
	weights := [...]float64{0.5688888888888889, 0.4786286704993665, 0.4786286704993665, 0.2369268850561891, 0.2369268850561891}
	const parts = 64
	half := (y - x) / (2 * parts)
	sum := 0.0
	for i := range parts {
		mid := x + float64(half*float64(2*i+1))
		for j, n := range nodes {
			sum += float64(weights[j] * sCurve(mid+float64(half*n), b, r))
		}
	}
	return float64(sum * half)
}
