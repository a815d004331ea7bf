package dedup

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"sync"

	"github.com/zeebo/xxh3"

	"tamis/spool"
	"tamis/step"
)

// semanticResolver is one resolving of semantic. Behind k-means it goes through two
// sorts:
//
//	placed   (cluster, hash of the vector, keep key, ordinal) → documents with equal vectors become one
//	members  (cluster, keep key, ordinal)                     → copies and who stays
//
// Resident are the centroids and two tiles of vectors.
type semanticResolver struct {
	*semantic
	r         *step.Resolution
	ctx       context.Context
	dim       int // of vectors
	k         int // clusters
	vectors   uint64
	rounds    int
	centroids []float32
	batch     vectorsBatch
	out       *outcomes
	far       *distances // nil where all that is left stays
	compared  uint64
	largest   uint64
}

// Facts on the resolving of semantic.
const (
	factVectors  = "documents have a vector"
	factClusters = "clusters"
	factRounds   = "rounds of k-means"
	factLargest  = "different vectors in the largest cluster"
	factPairs    = "pairs of vectors compared"
)

// Resolve finds the clusters and decides who stays.
func (s *semantic) Resolve(ctx context.Context, r *step.Resolution) error {
	return s.rows.resolve(ctx, r, func(ctx context.Context, r *step.Resolution) error {
		return s.epoch.resolve(ctx, r, s.resolve)
	})
}

func (s *semantic) resolve(ctx context.Context, r *step.Resolution) error {
	if err := tooMany(s.name, r.Documents, 0, r.Memory); err != nil {
		return err
	}
	v := &semanticResolver{semantic: s, r: r, ctx: ctx}
	if s.prototypes < 1 && !s.rules[rulePrototype].Off {
		v.far = newDistances(v)
		defer v.far.close()
		v.r = v.far.resolution()
	}
	if err := v.count(); err != nil || v.vectors == 0 {
		return err
	}
	if err := v.first(); err != nil {
		return err
	}
	if err := v.train(); err != nil {
		return err
	}
	v.out = newOutcomes(ctx, v.r, s.keep, s.policy, r.Memory/8)
	defer v.out.close()
	if err := v.clusters(); err != nil {
		return err
	}
	v.r.Progress(0.95)
	r.Note(factVectors, float64(v.vectors))
	r.Note(factClusters, float64(v.k))
	r.Note(factRounds, float64(v.rounds))
	r.Note(factLargest, float64(v.largest))
	r.Note(factPairs, float64(v.compared))
	if err := v.out.decide(); err != nil || v.far == nil {
		return err
	}
	return v.far.decide()
}

// sketches calls f for living documents that have a vector.
func (v *semanticResolver) sketches(f func(ordinal uint64, sketch []byte) error) error {
	return v.r.Sketches(func(ordinal uint64, sketch []byte) error {
		if ordinal%1024 == 0 && v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		if len(sketch) == 0 || !v.r.Alive(ordinal) {
			return nil
		}
		return f(ordinal, sketch)
	})
}

func (v *semanticResolver) sorter(name string, key int) *spool.Sorter {
	return spool.NewSorter(v.r.Dir, name, spool.SortOptions{Key: key, Memory: v.r.Memory / 8, Check: v.ctx.Err})
}

// clusters assigns all documents and compares within clusters.
func (v *semanticResolver) clusters() error {
	placed := v.sorter("placed", 4+printBytes+v.keep.size+ordinalBytes)
	defer placed.Close()
	var rec []byte
	every := func(uint64) bool { return true }
	err := v.assign(every, func(ordinal uint64, cluster int, vector []float32, sketch []byte) error {
		raw, key := sketch[:4*v.dim], sketch[4*v.dim:]
		if err := v.place(ordinal, dot(vector, v.centroids[cluster*v.dim:(cluster+1)*v.dim]), key); err != nil {
			return err
		}
		print := xxh3.Hash128(raw).Bytes()
		rec = append(binary.BigEndian.AppendUint32(rec[:0], uint32(cluster)), print[:]...)
		rec = appendOrdinal(append(rec, key...), ordinal)
		return placed.Add(append(rec, raw...))
	})
	if err != nil {
		return err
	}
	v.r.Progress(0.6)
	members := v.sorter("members", 4+v.keep.size+ordinalBytes)
	defer members.Close()
	if err := v.merge(placed, members); err != nil {
		return err
	}
	v.r.Progress(0.7)
	c := &semanticCluster{v: v, vectors: newSetStore(v.r.Dir, v.r.Memory/4)}
	defer c.vectors.close()
	if err := members.Each(c.add); err != nil {
		return err
	}
	return c.settle()
}

// merge makes one of the documents of a cluster that have equal vectors: the best one
// stands for all.
//
//	cluster (u32) | keep key | ordinal (5 B) | documents (u64) | vector
func (v *semanticResolver) merge(placed, members *spool.Sorter) error {
	var head, rec []byte
	first, count := uint64(0), uint64(0)
	at := 4 + v.keep.size + ordinalBytes // of the count in rec
	end := func() error {
		if count == 0 {
			return nil
		}
		binary.BigEndian.PutUint64(rec[at:], count)
		return members.Add(rec)
	}
	err := placed.Each(func(p []byte) error {
		key := p[4+printBytes:][:v.keep.size]
		o := ordinalAt(p[4+printBytes+v.keep.size:])
		if count > 0 && bytes.Equal(head, p[:4+printBytes]) {
			count++
			return v.out.copyOf(first, o, key)
		}
		if err := end(); err != nil {
			return err
		}
		head = append(head[:0], p[:4+printBytes]...)
		rec = appendOrdinal(append(append(rec[:0], p[:4]...), key...), o)
		rec = append(append(rec, make([]byte, 8)...), p[4+printBytes+v.keep.size+ordinalBytes:]...)
		first, count = o, 1
		return nil
	})
	if err != nil {
		return err
	}
	return end()
}

// vectorTile is how many vectors are compared with as many others at a time.
const vectorTile = 128

// A semanticCluster takes up the members of one cluster after the other, the best
// ones first.
type semanticCluster struct {
	v       *semanticResolver
	cluster uint32
	members []member
	keys    []byte
	vectors *setStore
	earlier []int32 // of each member, the first one before it that is near enough; -1
	near    []float32
	rec     []byte
	a, b    []float32 // tiles
}

func (c *semanticCluster) add(rec []byte) error {
	if id := binary.BigEndian.Uint32(rec); id != c.cluster {
		if err := c.settle(); err != nil {
			return err
		}
		c.cluster = id
	}
	n := c.v.keep.size
	c.keys = append(c.keys, rec[4:4+n]...)
	rec = rec[4+n:]
	c.members = append(c.members, member{ordinal: ordinalAt(rec), count: binary.BigEndian.Uint64(rec[ordinalBytes:])})
	c.rec = append(c.rec[:0], rec[ordinalBytes+8:]...)
	if len(c.rec)%8 != 0 { // the store holds words of eight bytes
		c.rec = append(c.rec, 0, 0, 0, 0)
	}
	return c.vectors.add(c.rec)
}

// settle compares the members and says who stays.
func (c *semanticCluster) settle() error {
	n := len(c.members)
	c.v.largest = max(c.v.largest, uint64(n))
	c.earlier, c.near = c.earlier[:0], c.near[:0]
	for range n {
		c.earlier, c.near = append(c.earlier, -1), append(c.near, 1)
	}
	for from := 0; from < n; from += vectorTile {
		if c.v.ctx.Err() != nil {
			return c.v.ctx.Err()
		}
		if err := c.compareTile(from, min(from+vectorTile, n)); err != nil {
			return err
		}
	}
	err := c.outcomes()
	c.members, c.keys = c.members[:0], c.keys[:0]
	return errors.Join(err, c.vectors.reset())
}

// compareTile compares the members [from, to) with all before them, the best first,
// until one is near enough.
func (c *semanticCluster) compareTile(from, to int) (err error) {
	if c.b, err = c.load(c.b, from, to); err != nil {
		return err
	}
	for start := 0; start < to; start += vectorTile {
		end := min(start+vectorTile, to)
		if c.a, err = c.load(c.a, start, end); err != nil {
			return err
		}
		c.comparePair(start, end, from, to)
	}
	return nil
}

// comparePair compares tile b with tile a. Each worker has members of its own.
func (c *semanticCluster) comparePair(start, end, from, to int) {
	workers := max(1, c.v.r.Workers)
	pairs := make([]uint64, workers)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for j := from + w; j < to; j += workers {
				if c.earlier[j] < 0 {
					pairs[w] += c.compareOne(j, from, start, min(end, j))
				}
			}
		})
	}
	wait.Wait()
	for _, n := range pairs {
		c.v.compared += n
	}
}

// compareOne looks among the members [start, end) for one that j is a copy of, and
// returns how many it has compared.
func (c *semanticCluster) compareOne(j, from, start, end int) (compared uint64) {
	dim := c.v.dim
	own := c.b[(j-from)*dim : (j-from+1)*dim]
	for i := start; i < end; i++ {
		compared++
		if p := dot(own, c.a[(i-start)*dim:(i-start+1)*dim]); float64(p) > c.v.nearest {
			c.earlier[j], c.near[j] = int32(i), min(p, 1)
			break
		}
	}
	return compared
}

// load reads the vectors of members [from, to).
func (c *semanticCluster) load(dst []float32, from, to int) ([]float32, error) {
	dim := c.v.dim
	dst = dst[:0]
	for i := from; i < to; i++ {
		words, err := c.vectors.get(i)
		if err != nil {
			return dst, err
		}
		c.rec = c.rec[:0]
		for _, w := range words {
			c.rec = binary.LittleEndian.AppendUint64(c.rec, w)
		}
		at := len(dst)
		for range dim {
			dst = append(dst, 0)
		}
		readVector(dst[at:], c.rec)
	}
	return dst, nil
}

// outcomes notes what becomes of the members that have copies: each goes where the one
// that it is a copy of goes.
func (c *semanticCluster) outcomes() error {
	root, size := make([]int32, len(c.members)), make([]uint64, len(c.members))
	for i, m := range c.members {
		root[i] = int32(i)
		if e := c.earlier[i]; e >= 0 {
			root[i] = root[e]
		}
		size[root[i]] += m.count
	}
	n := c.v.keep.size
	for i, m := range c.members {
		s := size[root[i]]
		if s < 2 {
			continue
		}
		if err := c.v.out.add(m.ordinal, c.members[root[i]].ordinal, s, float64(c.near[i]), 0, c.keys[i*n:(i+1)*n]); err != nil {
			return err
		}
	}
	return nil
}
