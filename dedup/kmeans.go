package dedup

import (
	"fmt"
	"math"
	"sync"
)

const (
	maxCentroids     = 1 << 16
	chosenCentroids  = 1 << 12 // at most, where the recipe does not say
	sampleForCluster = 64
	vectorBatch      = 1024 // vectors that are worked on in parallel at a time
)

// count counts the documents with vectors, settles the number of clusters, and draws
// the first centroids.
func (v *semanticResolver) count() error {
	err := v.sketches(func(_ uint64, sketch []byte) error {
		dim := (len(sketch) - v.keep.size) / 4
		if v.dim == 0 {
			v.dim = dim
		}
		if dim != v.dim || len(sketch) != 4*dim+v.keep.size {
			return errVector
		}
		v.vectors++
		return nil
	})
	if err != nil || v.vectors == 0 {
		return err
	}
	k := uint64(v.semantic.clusters)
	if k == 0 {
		k = min(uint64(math.Ceil(math.Sqrt(float64(v.vectors)))), chosenCentroids)
	}
	v.k = int(min(k, v.vectors))
	need := uint64(v.k)*uint64(12*v.dim+32) + uint64(v.k)*16
	if need > uint64(max(v.r.Memory, 0))/2 {
		return fmt.Errorf("%s: %d clusters of %d dimensions need %d MiB of memory, the budget leaves %d MiB; raise memory or lower clusters",
			v.name, v.k, v.dim, need>>20+1, v.r.Memory>>21)
	}
	return nil
}

// first takes the vectors of documents that chance draws for the first centroids.
func (v *semanticResolver) first() error {
	chosen := lowest{n: v.k}
	err := v.sketches(func(ordinal uint64, _ []byte) error {
		chosen.add(drawn{splitmix(v.seed, ordinal), ordinal})
		return nil
	})
	if err != nil {
		return err
	}
	place := map[uint64]int{}
	for i, s := range chosen.sorted() {
		place[s.ordinal] = i
	}
	v.centroids = make([]float32, v.k*v.dim)
	return v.sketches(func(ordinal uint64, sketch []byte) error {
		if i, ok := place[ordinal]; ok {
			readVector(v.centroids[i*v.dim:(i+1)*v.dim], sketch)
		}
		return nil
	})
}

// train moves each centroid to where the sampled vectors that are nearest to it point
// on average, until none moves. Sums are taken in the order of the input.
func (v *semanticResolver) train() error {
	sums := make([]float64, len(v.centroids))
	// Of more documents, one in so many that about the wanted number is looked at.
	most := uint64(math.MaxUint64)
	if wanted := uint64(v.k) * sampleForCluster; wanted < v.vectors {
		most = most / v.vectors * wanted
	}
	for v.rounds = 1; ; v.rounds++ {
		clear(sums)
		sampled := func(ordinal uint64) bool { return splitmix(v.seed, ordinal) <= most }
		err := v.assign(sampled, func(_ uint64, cluster int, vector []float32, _ []byte) error {
			sum := sums[cluster*v.dim : (cluster+1)*v.dim]
			for i, x := range vector {
				sum[i] += float64(x)
			}
			return nil
		})
		if err != nil {
			return err
		}
		v.r.Progress(0.5 * float64(v.rounds) / float64(v.iterations))
		if !v.move(sums) || v.rounds == v.iterations {
			return nil
		}
	}
}

// move sets the centroids to the directions of the sums, and reports whether any has
// changed. One without a vector stays where it is.
func (v *semanticResolver) move(sums []float64) (changed bool) {
	next := make([]float32, v.dim)
	for c := range v.k {
		for i, x := range sums[c*v.dim : (c+1)*v.dim] {
			next[i] = float32(x)
		}
		if !normalize(next) {
			continue
		}
		for i, x := range next {
			changed = changed || v.centroids[c*v.dim+i] != x
			v.centroids[c*v.dim+i] = x
		}
	}
	return changed
}

// assign calls f, in order, for the wanted documents with the number of the centroid
// that is nearest. Vector and sketch are valid during the call.
func (v *semanticResolver) assign(want func(ordinal uint64) bool, f func(ordinal uint64, cluster int, vector []float32, sketch []byte) error) error {
	b := &v.batch
	b.reset()
	flush := func() error {
		b.near(v.centroids, v.dim, max(1, v.r.Workers))
		size := 4*v.dim + v.keep.size
		for i, o := range b.ordinals {
			if err := f(o, b.clusters[i], b.vectors[i*v.dim:(i+1)*v.dim], b.sketches[i*size:(i+1)*size]); err != nil {
				return err
			}
		}
		b.reset()
		return nil
	}
	err := v.sketches(func(ordinal uint64, sketch []byte) error {
		if !want(ordinal) {
			return nil
		}
		if b.add(ordinal, sketch, v.dim); len(b.ordinals) < vectorBatch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// A vectorsBatch is vectors that are assigned together.
type vectorsBatch struct {
	ordinals []uint64
	sketches []byte
	vectors  []float32
	clusters []int
}

func (b *vectorsBatch) reset() {
	b.ordinals, b.sketches, b.vectors = b.ordinals[:0], b.sketches[:0], b.vectors[:0]
}

func (b *vectorsBatch) add(ordinal uint64, sketch []byte, dim int) {
	b.ordinals = append(b.ordinals, ordinal)
	b.sketches = append(b.sketches, sketch...)
	from := len(b.vectors)
	for range dim {
		b.vectors = append(b.vectors, 0)
	}
	readVector(b.vectors[from:], sketch)
}

// near finds the nearest centroid of each vector.
func (b *vectorsBatch) near(centroids []float32, dim, workers int) {
	for len(b.clusters) < len(b.ordinals) {
		b.clusters = append(b.clusters, 0)
	}
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < len(b.ordinals); i += workers {
				b.clusters[i] = best(centroids, b.vectors[i*dim:(i+1)*dim])
			}
		})
	}
	wait.Wait()
}
