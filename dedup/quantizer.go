package dedup

import "math"

// A quantizer finds the centroid that is nearest to a vector. Of a few centroids all are
// looked at. Of many, those that point alike are groups, and of these only the ones are
// looked at whose own centroids are nearest: what is found is nearly always the nearest
// one, and else one nearly as near. That is the search of an inverted index of two levels
// (Jégou, Douze, Schmid 2011).
type quantizer struct {
	dim       int
	centroids []float32 // group by group
	ids       []int     // their numbers
	groups    []float32 // centroids of groups; none where all centroids are looked at
	ends      []int     // of each group in ids
	probes    int       // groups that are looked at
}

const (
	groupedCentroids = 256 // from so many on they are in groups
	groupRounds      = 4   // of k-means, which makes the groups
)

func newQuantizer(centroids []float32, dim, probes int) *quantizer {
	n := &quantizer{dim: dim, centroids: centroids, probes: probes}
	if len(centroids)/dim >= groupedCentroids {
		n.gather(centroids, n.group(centroids))
	}
	return n
}

// group finds the groups, and returns that of each centroid.
func (n *quantizer) group(centroids []float32) []int {
	k, dim := len(centroids)/n.dim, n.dim
	// The numbers of centroids are by chance: the first ones are a sample.
	groups := 2 * int(math.Ceil(math.Sqrt(float64(k))))
	n.groups = append(n.groups, centroids[:groups*dim]...)
	of := make([]int, k)
	for range groupRounds {
		sums := make([]float64, groups*dim)
		for i := range of {
			c := centroids[i*dim : (i+1)*dim]
			of[i], _ = best(n.groups, c)
			addVector(sums[of[i]*dim:(of[i]+1)*dim], c)
		}
		moveTo(n.groups, sums, dim)
	}
	return of
}

// gather copies the centroids group by group.
func (n *quantizer) gather(centroids []float32, of []int) {
	n.centroids = make([]float32, 0, len(centroids))
	for g := range len(n.groups) / n.dim {
		for i := range of {
			if of[i] == g {
				n.ids = append(n.ids, i)
				n.centroids = append(n.centroids, centroids[i*n.dim:(i+1)*n.dim]...)
			}
		}
		n.ends = append(n.ends, len(n.ids))
	}
}

// A quantizerSearch is owned by one goroutine.
type quantizerSearch struct {
	groups []probe // the nearest ones so far, best first
}

type probe struct {
	group int
	near  float32
}

// of returns the number of the centroid.
func (s *quantizerSearch) of(n *quantizer, v []float32) int {
	if n.groups == nil {
		row, _ := best(n.centroids, v)
		return row
	}
	s.groups = s.groups[:0]
	eachProduct(n.groups, v, func(g int, p float32) { s.note(probe{g, p}, n.probes) })
	id, most := 0, float32(math.Inf(-1))
	for _, p := range s.groups {
		from := 0
		if p.group > 0 {
			from = n.ends[p.group-1]
		}
		if from == n.ends[p.group] {
			continue
		}
		row, near := best(n.centroids[from*n.dim:n.ends[p.group]*n.dim], v)
		if near > most || near == most && n.ids[from+row] < id {
			id, most = n.ids[from+row], near
		}
	}
	return id
}

// note keeps the best of the groups.
func (s *quantizerSearch) note(p probe, most int) {
	if len(s.groups) == most {
		if p.near <= s.groups[most-1].near {
			return
		}
		s.groups = s.groups[:most-1]
	}
	i := len(s.groups)
	s.groups = append(s.groups, p)
	for ; i > 0 && s.groups[i-1].near < p.near; i-- {
		s.groups[i] = s.groups[i-1]
	}
	s.groups[i] = p
}

// best returns the row of the matrix whose product with v is greatest, the first one
// of several, and the product.
func best(matrix []float32, v []float32) (row int, most float32) {
	most = float32(math.Inf(-1))
	eachProduct(matrix, v, func(i int, p float32) {
		if p > most {
			most, row = p, i
		}
	})
	return row, most
}

// eachProduct calls f for the rows of a matrix with their products with v.
func eachProduct(matrix []float32, v []float32, f func(row int, p float32)) {
	n := len(v)
	row := 0
	for ; len(matrix) >= 2*n; matrix = matrix[2*n:] {
		p, q := dots(v, matrix[:n], matrix[n:2*n])
		f(row, p)
		f(row+1, q)
		row += 2
	}
	if len(matrix) > 0 {
		f(row, dot(v, matrix))
	}
}

// dots is the products of v with a and b, each as dot sums it up: the processor adds to
// one of them while it waits for the other.
func dots(v, a, b []float32) (float32, float32) {
	if len(v)%8 != 0 {
		return dot(v, a), dot(v, b)
	}
	a, b = a[:len(v)], b[:len(v)]
	var s0, s1, s2, s3, t0, t1, t2, t3 float32
	for i := 0; i+8 <= len(v); i += 8 {
		x, y, z := (*[8]float32)(v[i:i+8]), (*[8]float32)(a[i:i+8]), (*[8]float32)(b[i:i+8])
		s0 += float32(x[0] * y[0])
		s1 += float32(x[1] * y[1])
		s2 += float32(x[2] * y[2])
		s3 += float32(x[3] * y[3])
		t0 += float32(x[0] * z[0])
		t1 += float32(x[1] * z[1])
		t2 += float32(x[2] * z[2])
		t3 += float32(x[3] * z[3])
		s0 += float32(x[4] * y[4])
		s1 += float32(x[5] * y[5])
		s2 += float32(x[6] * y[6])
		s3 += float32(x[7] * y[7])
		t0 += float32(x[4] * z[4])
		t1 += float32(x[5] * z[5])
		t2 += float32(x[6] * z[6])
		t3 += float32(x[7] * z[7])
	}
	return (s0 + s1) + (s2 + s3), (t0 + t1) + (t2 + t3)
}

func addVector(sum []float64, vector []float32) {
	for i, x := range vector {
		sum[i] += float64(x)
	}
}

// moveTo sets vectors to the directions of sums, and reports whether any has changed. One
// whose sum has no direction stays as it is.
func moveTo(vectors []float32, sums []float64, dim int) (changed bool) {
	next := make([]float32, dim)
	for from := 0; from < len(vectors); from += dim {
		for i, x := range sums[from : from+dim] {
			next[i] = float32(x)
		}
		if !normalize(next) {
			continue
		}
		for i, x := range next {
			changed = changed || vectors[from+i] != x
			vectors[from+i] = x
		}
	}
	return changed
}
