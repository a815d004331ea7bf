package dedup

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"

	"github.com/zeebo/xxh3"

	"tamis/spool"
	"tamis/step"
)

// semanticResolver is one resolving of semantic. Behind k-means it goes through one sort:
//
//	members  (cluster, keep key, ordinal, vector) → documents with equal vectors become one,
//	                                                copies and who stays
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
	drawn     []drawn // documents whose vectors are the first centroids
	most      uint64  // hash of a document that k-means looks at
	held      bool    // the vectors of those are in memory: sample
	sample    []float32
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

// clusters assigns all documents and compares within clusters.
func (v *semanticResolver) clusters() error {
	members := spool.NewSorter(v.r.Dir, "members", spool.SortOptions{Key: 4 + v.keep.size + ordinalBytes, Memory: v.r.Memory / 4, Plain: true, Check: v.ctx.Err})
	defer members.Close()
	var rec []byte
	every := func(uint64) bool { return true }
	err := v.assign(every, finalProbes, func(ordinal uint64, cluster int, vector []float32, sketch []byte) error {
		raw, key := sketch[:4*v.dim], sketch[4*v.dim:]
		if err := v.place(ordinal, dot(vector, v.centroids[cluster*v.dim:(cluster+1)*v.dim]), key); err != nil {
			return err
		}
		rec = append(binary.BigEndian.AppendUint32(rec[:0], uint32(cluster)), key...)
		return members.Add(append(appendOrdinal(rec, ordinal), raw...))
	})
	if err != nil {
		return err
	}
	v.r.Progress(0.7)
	c := &semanticCluster{v: v, same: map[[printBytes]byte]int32{}, vectors: newSetStore(v.r.Dir, v.r.Memory/4)}
	defer c.vectors.close()
	if err := members.Each(c.add); err != nil {
		return err
	}
	return c.settle()
}

// vectorTile is how many vectors are compared with as many others at a time.
const vectorTile = 128

// A semanticCluster takes up the members of one cluster after the other, the best
// ones first. Of members with equal vectors the first one stands for all.
type semanticCluster struct {
	v       *semanticResolver
	cluster uint32
	members []member
	same    map[[printBytes]byte]int32 // members by the hashes of their vectors
	keys    []byte
	vectors *setStore
	earlier []int32 // of each member, the first one before it that is near enough; -1
	near    []float32
	rec     []byte
	all     tile // where all of them fit into memory, and else
	a, b    tile
}

func (c *semanticCluster) add(rec []byte) error {
	if id := binary.BigEndian.Uint32(rec); id != c.cluster {
		if err := c.settle(); err != nil {
			return err
		}
		c.cluster = id
	}
	key, rec := rec[4:4+c.v.keep.size], rec[4+c.v.keep.size:]
	ordinal, raw := ordinalAt(rec), rec[ordinalBytes:]
	print := xxh3.Hash128(raw).Bytes()
	if i, ok := c.same[print]; ok {
		c.members[i].count++
		return c.v.out.copyOf(c.members[i].ordinal, ordinal, key)
	}
	c.same[print] = int32(len(c.members))
	c.keys = append(c.keys, key...)
	c.members = append(c.members, member{ordinal: ordinal, count: 1})
	c.rec = append(c.rec[:0], raw...)
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
	held := tileBytes(n, c.v.dim) < c.v.r.Memory/8
	if held {
		if err := c.load(&c.all, 0, n); err != nil {
			return err
		}
	}
	for from := 0; from < n; from += vectorTile {
		if c.v.ctx.Err() != nil {
			return c.v.ctx.Err()
		}
		if err := c.compareTile(from, min(from+vectorTile, n), held); err != nil {
			return err
		}
	}
	err := c.outcomes()
	c.members, c.keys = c.members[:0], c.keys[:0]
	clear(c.same)
	return errors.Join(err, c.vectors.reset())
}

// compareTile compares the members [from, to) with all before them, the best first,
// until one is near enough.
func (c *semanticCluster) compareTile(from, to int, held bool) error {
	read := func(t *tile, from, to int) error {
		if held {
			*t = c.all.part(from, to)
			return nil
		}
		return c.load(t, from, to)
	}
	if err := read(&c.b, from, to); err != nil {
		return err
	}
	for start := 0; start < to; start += vectorTile {
		end := min(start+vectorTile, to)
		if err := read(&c.a, start, end); err != nil {
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
	own := c.b.vector(j - from)
	for i := start; i < end; i++ {
		compared++
		if p, above := own.above(c.a.vector(i-start), c.v.nearest); above {
			c.earlier[j], c.near[j] = int32(i), min(p, 1)
			break
		}
	}
	return compared
}

// load reads the vectors of members [from, to).
func (c *semanticCluster) load(t *tile, from, to int) error {
	t.reset(c.v.dim)
	for i := from; i < to; i++ {
		words, err := c.vectors.get(i)
		if err != nil {
			return err
		}
		c.rec = c.rec[:0]
		for _, w := range words {
			c.rec = binary.LittleEndian.AppendUint64(c.rec, w)
		}
		t.add(c.rec[:4*c.v.dim])
	}
	return nil
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
