package dedup

import "math"

// Most of two vectors are so far apart that a part of them shows it: what their rests can
// add to the product is the product of the rests' lengths at most (Cauchy, Schwarz).
//
//	a·b ≤ a[:n]·b[:n] + |a[n:]| |b[n:]|

// A tile is some vectors of length 1, each with the lengths of its rests.
type tile struct {
	dim, blocks int
	vectors     []float32
	rests       []float32 // of each vector behind each of its blocks but the last
}

// tileBytes is about what a tile of n vectors takes.
func tileBytes(n, dim int) int64 { return int64(n) * int64(4*dim+4*dim/vectorBlock) }

// part is the vectors [from, to) of a tile.
func (t *tile) part(from, to int) tile {
	return tile{t.dim, t.blocks, t.vectors[from*t.dim : to*t.dim], t.rests[from*t.blocks : to*t.blocks]}
}

// vectorBlock is how many numbers of two vectors are multiplied before it is looked at
// whether it can be enough.
const vectorBlock = 48

func (t *tile) reset(dim int) {
	t.dim, t.blocks = dim, max((dim-1)/vectorBlock, 0)
	t.vectors, t.rests = t.vectors[:0], t.rests[:0]
}

// add adds a vector, as it is written down.
func (t *tile) add(raw []byte) {
	t.vectors = appendRead(t.vectors, raw)
	v := t.vectors[len(t.vectors)-t.dim:]
	from := len(t.rests)
	for range t.blocks {
		t.rests = append(t.rests, 0)
	}
	rest := 0.0
	for b := t.blocks; b > 0; b-- {
		for _, x := range v[b*vectorBlock : min((b+1)*vectorBlock, t.dim)] {
			rest += float64(float64(x) * float64(x))
		}
		t.rests[from+b-1] = float32(math.Sqrt(rest))
	}
}

// vector returns vector i.
func (t *tile) vector(i int) tiled {
	return tiled{t.vectors[i*t.dim : (i+1)*t.dim], t.rests[i*t.blocks : (i+1)*t.blocks]}
}

// A tiled vector is one of a tile.
type tiled struct{ v, rests []float32 }

// roundings is more than what rounding can add to a product of two vectors of length 1.
const roundings = 1e-3

// above reports whether the product of two vectors, as dot sums it up, is above a bound,
// and returns it if it is.
func (a tiled) above(b tiled, bound float64) (float32, bool) {
	v, w, rests := a.v, b.v, b.rests[:len(a.rests)]
	far := float32(bound - roundings)
	var s0, s1, s2, s3 float32
	for i, rest := range a.rests {
		x, y := (*[vectorBlock]float32)(v), (*[vectorBlock]float32)(w)
		for j := 0; j < vectorBlock; j += 4 {
			s0 += float32(x[j] * y[j])
			s1 += float32(x[j+1] * y[j+1])
			s2 += float32(x[j+2] * y[j+2])
			s3 += float32(x[j+3] * y[j+3])
		}
		if (s0+s1)+(s2+s3)+float32(rest*rests[i]) < far {
			return 0, false
		}
		v, w = v[vectorBlock:], w[vectorBlock:]
	}
	w = w[:len(v)]
	i := 0
	for ; i+4 <= len(v); i += 4 {
		s0 += float32(v[i] * w[i])
		s1 += float32(v[i+1] * w[i+1])
		s2 += float32(v[i+2] * w[i+2])
		s3 += float32(v[i+3] * w[i+3])
	}
	for ; i < len(v); i++ {
		s0 += float32(v[i] * w[i])
	}
	p := (s0 + s1) + (s2 + s3)
	return p, float64(p) > bound
}
