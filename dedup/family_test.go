package dedup

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/dgryski/go-minhash"
)

// randomSet returns n hashes that look like shingles' and depend on the seed.
func randomSet(seed uint64, n int) []uint64 {
	out := make([]uint64, n)
	for i := range out {
		out[i] = mix(splitmix(seed, uint64(i)))
	}
	return out
}

func newPushed(h1, h2 minhash.Hash64, k int, shingles []uint64) []uint64 {
	m := minhash.NewMinWise(h1, h2, k)
	for _, x := range shingles {
		m.Push(binary.LittleEndian.AppendUint64(nil, x))
	}
	return m.Signature()
}

// overlapping returns two sets of m hashes, both of them in common, and their Jaccard
// similarity.
func overlapping(seed uint64, m, both int) (a, b []uint64, jaccard float64) {
	a = randomSet(seed, m)
	b = append(randomSet(seed+1<<32, m-both), a[:both]...)
	return a, b, float64(both) / float64(2*m-both)
}

// rmse is the root mean square error of a kernel's estimate over trials, and its bias.
func rmse(k kernel, n, m, both, trials int) (rms, bias float64) {
	x, y := newSignature(n), newSignature(n)
	sum := 0.0
	for i := range trials {
		a, b, j := overlapping(uint64(i)<<40, m, both)
		k(x.Signature(), a)
		k(y.Signature(), b)
		e := x.Similarity(y) - j
		sum += e * e
		bias += e
	}
	return math.Sqrt(sum / float64(trials)), bias / float64(trials)
}

// Each family estimates the Jaccard similarity without bias, with the error that
// theory gives for k independent functions, or less. Over 2,000 trials the root mean
// square has a standard error of 1.6 %; four of them are allowed.
func TestFamiliesEstimate(t *testing.T) {
	const k, trials = 112, 2000
	for _, c := range []struct{ m, both int }{{10, 8}, {60, 53}, {60, 40}, {300, 267}, {1000, 667}} {
		_, _, j := overlapping(0, c.m, c.both)
		theory := math.Sqrt(j * (1 - j) / k)
		for name, slack := range map[string]float64{familyFast: 1, familyPermutations: 1, familyOPH: 1.35, familyDatatrove: 1} {
			if name != familyFast && c.m == 1000 {
				continue // slow, and the same as at 300
			}
			rms, bias := rmse(family(name, k, 42, false), k, c.m, c.both, trials)
			t.Logf("%-12s %4d shingles, J %.3f: RMSE %.4f, theory %.4f, bias %+.4f", name, c.m, j, rms, theory, bias)
			if rms > theory*slack*1.064 {
				t.Errorf("%s, %d shingles, J %.2f: RMSE %.4f, theory %.4f", name, c.m, j, rms, theory)
			}
			if math.Abs(bias) > 4*theory*slack/math.Sqrt(trials) {
				t.Errorf("%s, %d shingles, J %.2f: bias %.4f", name, c.m, j, bias)
			}
		}
	}
}

// The chance of a band collision is the S-curve's, not only on the average of all
// values: four standard errors of a binomial.
func TestFamiliesBands(t *testing.T) {
	const b, r, trials = 14, 8, 3000
	for _, name := range []string{familyFast, familyPermutations} {
		kern := family(name, b*r, 42, false)
		for _, c := range []struct{ m, both int }{{20, 17}, {100, 84}, {400, 340}} {
			_, _, j := overlapping(0, c.m, c.both)
			hits := 0
			x, y := make([]uint64, b*r), make([]uint64, b*r)
			for i := range trials {
				p, q, _ := overlapping(uint64(i)<<40, c.m, c.both)
				kern(x, p)
				kern(y, q)
				for at := 0; at < b*r; at += r {
					if slices.Equal(x[at:at+r], y[at:at+r]) {
						hits++
						break
					}
				}
			}
			p := sCurve(j, b, r)
			got, sd := float64(hits)/trials, math.Sqrt(p*(1-p)/trials)
			// Without replacement large sets have less variance than independent
			// functions: their curve is steeper, never flatter.
			if math.Abs(got-p) > 4*sd && !(name == familyFast && got > p && j > 0.7) {
				t.Errorf("%s, %d shingles, J %.3f: %.4f of the pairs are candidates, the curve says %.4f", name, c.m, j, got, p)
			}
		}
	}
}

// Repeats, order and the company of other sets do not matter.
func TestKernelsSeeSets(t *testing.T) {
	a := randomSet(3, 50)
	twice := append(slices.Clone(a), a...)
	slices.Reverse(twice)
	for _, name := range []string{familyFast, familyOPH, familyPermutations, familyGoMinhash, familyDatatrove, familyRedPajama} {
		k := family(name, 30, 9, false)
		if !slices.Equal(signatureOf(k, 30, a), signatureOf(k, 30, twice)) {
			t.Errorf("%s: the signature depends on order or repeats", name)
		}
	}
}

// A text can be made whose only shingle gets the highest value there is, which also marks
// empty places. It has a signature all the same.
func TestKernelsOfTheHighestHash(t *testing.T) {
	for _, name := range []string{familyFast, familyOPH} {
		sig := signatureOf(family(name, 30, 9, false), 30, []uint64{^splitmix(9, 0)})
		if slices.Contains(sig, math.MaxUint64) && slices.Equal(sig[1:], sig[:29]) {
			t.Errorf("%s: %x", name, sig)
		}
	}
}

func BenchmarkFamilies(b *testing.B) {
	shingles := randomSet(1, 950) // of 6 kB of English
	for _, name := range []string{familyFast, familyOPH, familyPermutations, familyGoMinhash, familyDatatrove} {
		b.Run(name, func(b *testing.B) {
			k, sig := family(name, 112, 1, false), make([]uint64, 112)
			b.SetBytes(6000)
			for b.Loop() {
				k(sig, shingles)
			}
		})
	}
}
