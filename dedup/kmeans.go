package dedup

import (
	"fmt"
	"math"
	"slices"
	"sync"
)

const (
	maxCentroids     = 1 << 16
	chosenCentroids  = 1 << 12 // at most, where the recipe does not say
	sampleForCluster = 64
	vectorBatch      = 1024 // vectors that are worked on in parallel at a time

	// Groups of centroids that are looked at for a vector: while centroids move, and when
	// all vectors get theirs.
	trainProbes = 4
	finalProbes = 8
)

// count counts the documents with vectors, settles the number of clusters, and draws the
// documents whose vectors are the first centroids: those of the lowest hashes.
func (v *semanticResolver) count() error {
	chosen := lowest{n: chosenCentroids}
	if n := v.semantic.clusters; n > 0 {
		chosen.n = n
	}
	err := v.sketches(func(ordinal uint64, sketch []byte) error {
		dim := (len(sketch) - v.keep.size) / 4
		if v.dim == 0 {
			v.dim = dim
		}
		if dim != v.dim || len(sketch) != 4*dim+v.keep.size {
			return fmt.Errorf("a vector of %d numbers behind one of %d: all documents need vectors of as many dimensions", dim, v.dim)
		}
		v.vectors++
		chosen.add(drawn{splitmix(v.seed, ordinal), ordinal})
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
	v.drawn = chosen.sorted()[:v.k]
	need := uint64(v.k)*uint64(16*v.dim+32) + uint64(v.k)*16
	if need > uint64(max(v.r.Memory, 0))/2 {
		return fmt.Errorf("%s: %d clusters of %d dimensions need %d MiB of memory, the budget leaves %d MiB; raise memory or lower clusters",
			v.name, v.k, v.dim, need>>20+1, v.r.Memory>>21)
	}
	return nil
}

// first takes the vectors of the documents that were drawn for the first centroids, and
// puts the sampled ones aside where they take no more than a quarter of the memory.
func (v *semanticResolver) first() error {
	place := map[uint64]int{}
	for i, s := range v.drawn {
		place[s.ordinal] = i
	}
	v.drawn = nil
	// Of more documents, one in so many that about the wanted number is looked at.
	v.most = math.MaxUint64
	wanted := uint64(v.k) * sampleForCluster
	if wanted < v.vectors {
		v.most = v.most / v.vectors * wanted
	}
	v.held = min(wanted, v.vectors)*uint64(5*v.dim) < uint64(v.r.Memory)/4 // a quarter more than is expected
	v.centroids = make([]float32, v.k*v.dim)
	return v.sketches(func(ordinal uint64, sketch []byte) error {
		if i, ok := place[ordinal]; ok {
			readVector(v.centroids[i*v.dim:(i+1)*v.dim], sketch)
		}
		if v.held && v.sampled(ordinal) {
			v.sample = appendRead(v.sample, sketch[:4*v.dim])
		}
		return nil
	})
}

// sampled reports whether k-means looks at a document.
func (v *semanticResolver) sampled(ordinal uint64) bool { return splitmix(v.seed, ordinal) <= v.most }

// train moves each centroid to where the sampled vectors that are nearest to it point
// on average, until none moves. Sums are taken in the order of the input.
func (v *semanticResolver) train() error {
	sums := make([]float64, len(v.centroids))
	add := func(cluster int, vector []float32) { addVector(sums[cluster*v.dim:(cluster+1)*v.dim], vector) }
	for v.rounds = 1; ; v.rounds++ {
		clear(sums)
		if err := v.round(add); err != nil {
			return err
		}
		v.r.Progress(0.5 * float64(v.rounds) / float64(v.iterations))
		if !moveTo(v.centroids, sums, v.dim) || v.rounds == v.iterations {
			v.sample = nil
			return nil
		}
	}
}

// round calls f, in order, for the sampled vectors with the number of the nearest centroid.
func (v *semanticResolver) round(f func(cluster int, vector []float32)) error {
	if !v.held {
		return v.assign(v.sampled, trainProbes, func(_ uint64, cluster int, vector []float32, _ []byte) error {
			f(cluster, vector)
			return nil
		})
	}
	near := newQuantizer(v.centroids, v.dim, trainProbes)
	for rest := v.sample; len(rest) > 0; {
		if v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		batch := rest[:min(len(rest), vectorBatch*v.dim)]
		rest = rest[len(batch):]
		v.batch.near(near, batch, max(1, v.r.Workers))
		for i, c := range v.batch.clusters {
			f(c, batch[i*v.dim:(i+1)*v.dim])
		}
	}
	return nil
}

// assign calls f, in order, for the wanted documents with the number of the centroid
// that is nearest. Vector and sketch are valid during the call.
func (v *semanticResolver) assign(want func(ordinal uint64) bool, probes int, f func(ordinal uint64, cluster int, vector []float32, sketch []byte) error) error {
	near := newQuantizer(v.centroids, v.dim, probes)
	b := &v.batch
	b.reset()
	flush := func() error {
		b.near(near, b.vectors, max(1, v.r.Workers))
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
	b.vectors = appendRead(b.vectors, sketch[:4*dim])
}

// near finds the nearest centroid of each vector.
func (b *vectorsBatch) near(n *quantizer, vectors []float32, workers int) {
	count := len(vectors) / n.dim
	b.clusters = slices.Grow(b.clusters[:0], count)[:count]
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			var s quantizerSearch
			vector := func(i int) []float32 { return vectors[i*n.dim:][:n.dim] }
			for i := w; i < count; i += workers {
				if before := i - workers; before >= 0 && slices.Equal(vector(i), vector(before)) {
					b.clusters[i] = b.clusters[before] // a corpus of copies would take long
					continue
				}
				b.clusters[i] = s.of(n, vector(i))
			}
		})
	}
	wait.Wait()
}
