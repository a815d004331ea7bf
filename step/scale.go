package step

// A Scale fixes the edges of a rule's histogram by its declaration, so that
// histograms of any runs merge by adding integers.
type Scale uint8

// The scales.
const (
	Share  Scale = iota // 0 to 1 in steps of 0.02
	Log                 // ten steps per power of ten, from 0.001 to 1e9
	Linear              // -20 to 20 in steps of 0.5: logarithms and differences
)

// Edges returns the upper edges of all buckets but the last, ascending; bucket i
// holds values v with edge[i-1] <= v < edge[i]. The slice is shared: do not write.
func (s Scale) Edges() []float64 { return edges[s] }

var edges = [...][]float64{
	Share:  steps(0, 51, 50),
	Log:    decades(),
	Linear: steps(-40, 81, 2),
}

// steps returns n edges from/per, (from+1)/per, …
func steps(from, n, per int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(from+i) / float64(per)
	}
	return out
}

// decades returns Renard's R10 numbers, which are exact in decimal, so that the
// edges are the same on every machine.
func decades() []float64 {
	out := []float64{}
	for _, ten := range []float64{1e-3, 1e-2, 1e-1, 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8} {
		for _, r := range []float64{1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8} {
			out = append(out, float64(r*ten))
		}
	}
	return append(out, 1e9)
}

// Bucket returns the bucket of v.
func (s Scale) Bucket(v float64) int {
	e := edges[s]
	lo, hi := 0, len(e)
	for lo < hi {
		mid := (lo + hi) / 2
		if v < e[mid] {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}
