package dedup

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// window is with how many documents before it, and with how many of the first, a
// document is compared in a band that many share.
const window = 32

// A component is one set of documents that bands connect. It takes up the records of
// the sort by components in their order: members, sets, bands.
type component struct {
	v       *resolver
	root    uint64
	members []member
	keys    []byte // of all members, one after the other
	sets    *setStore
	local   *forest // copies among members
	band    uint64
	index   int      // of the band, from 0
	met     []uint16 // for each member the band in which it met a copy first, from 1
	prints  []uint16 // for each member 16 bits of each of its bands
	bucket  []int32  // members that share the band
	failed  failures
}

// A member stands for count documents with the same shingles.
type member struct {
	ordinal, count uint64
}

func newComponent(v *resolver) *component {
	return &component{v: v, sets: newSetStore(v.r.Dir, v.spare()/4)}
}

// add takes up a record.
func (c *component) add(rec []byte) error {
	root, kind, sub := ordinalAt(rec), rec[ordinalBytes], binary.BigEndian.Uint64(rec[ordinalBytes+1:])
	payload := rec[componentKey:]
	if root != c.root {
		if err := c.settle(); err != nil {
			return err
		}
		c.root = root
	}
	switch kind {
	case memberRecord:
		c.members = append(c.members, member{ordinal: sub, count: binary.BigEndian.Uint64(payload)})
		c.keys = append(c.keys, payload[8:]...)
		return nil
	case setRecord:
		return c.addSet(sub, payload)
	}
	return c.addBand(sub, ordinalAt(payload), int(binary.BigEndian.Uint16(payload[ordinalBytes:])))
}

// addSet takes up the shingles of the next member.
func (c *component) addSet(ordinal uint64, raw []byte) error {
	if i := c.sets.count(); i >= len(c.members) || c.members[i].ordinal != ordinal {
		return fmt.Errorf("document %d was read again out of turn", ordinal)
	}
	return c.sets.add(raw)
}

// addBand takes up one member of a band; bands come one after the other.
func (c *component) addBand(hash, ordinal uint64, index int) error {
	if hash != c.band || c.local == nil {
		if err := c.compareBucket(); err != nil {
			return err
		}
		c.band, c.index = hash, index
	}
	if c.local == nil {
		if c.sets.count() != len(c.members) {
			return fmt.Errorf("%d of %d candidates were read again", c.sets.count(), len(c.members))
		}
		c.local = newForest(uint64(len(c.members)))
		c.met = append(c.met[:0], make([]uint16, len(c.members))...)
		c.prints = append(c.prints[:0], make([]uint16, len(c.members)*c.v.bands)...)
	}
	i, found := slices.BinarySearchFunc(c.members, ordinal, func(m member, o uint64) int {
		return int(int64(m.ordinal) - int64(o))
	})
	if !found {
		return fmt.Errorf("document %d is in a band and in no component", ordinal)
	}
	c.bucket = append(c.bucket, int32(i))
	c.prints[i*c.v.bands+index] = uint16(hash)
	return nil
}

// compareBucket compares the documents that share a band: each with those before it,
// the nearest first, unless they are connected already.
//
//	1 2 3 … 32 | 33 … 67 | 68 … 99 | [100]
//	compared   | left out| compared |
func (c *component) compareBucket() error {
	for i, m := range c.bucket {
		for j := i - 1; j >= max(0, i-window); j-- {
			if err := c.compare(m, c.bucket[j]); err != nil {
				return err
			}
		}
		for j := range min(window, i-window) {
			if err := c.compare(m, c.bucket[j]); err != nil {
				return err
			}
		}
	}
	c.bucket = c.bucket[:0]
	return nil
}

// compare joins two members that are copies.
func (c *component) compare(i, j int32) error {
	if c.local.find(uint64(i)) == c.local.find(uint64(j)) || c.failed.has(i, j) {
		return nil
	}
	a, err := c.sets.get(int(i))
	if err != nil {
		return err
	}
	b, err := c.sets.get(int(j))
	if err != nil {
		return err
	}
	c.v.compared++
	if reaches(a, b, c.v.threshold) {
		c.v.confirmed++
		c.local.join(uint64(i), uint64(j))
		c.meet(i)
		c.meet(j)
	} else {
		c.failed.add(i, j)
	}
	return nil
}

// meet notes the band in which a member met its first copy.
func (c *component) meet(i int32) {
	if c.met[i] == 0 {
		c.met[i] = uint16(c.index + 1)
	}
}

// via says how a member came into its cluster. All bands of documents with equal shingles
// are equal.
func (c *component) via(i, best int) via {
	switch {
	case !c.v.verify:
		return 0
	case c.local == nil:
		return newVia(1, c.v.bands)
	}
	shared, b := 0, c.v.bands
	for k, p := range c.prints[i*b : (i+1)*b] {
		if p == c.prints[best*b+k] {
			shared++
		}
	}
	return newVia(max(int(c.met[i]), 1), shared)
}

// settle says who stays of each cluster, and begins anew.
func (c *component) settle() error {
	if c.local != nil {
		if err := c.compareBucket(); err != nil {
			return err
		}
	}
	err := c.outcomes()
	c.members, c.keys, c.local = c.members[:0], c.keys[:0], nil
	c.failed.clear()
	return errors.Join(err, c.sets.reset())
}

// cluster returns the number of the member whose cluster i belongs to.
func (c *component) cluster(i int) int {
	switch {
	case c.local != nil:
		return int(c.local.find(uint64(i)))
	case c.v.verify:
		return i // a component of one member
	}
	return 0
}

func (c *component) key(i int) []byte {
	n := c.v.keep.size
	return c.keys[i*n : (i+1)*n]
}

// outcomes notes what becomes of the members of clusters of at least two documents.
func (c *component) outcomes() error {
	best, size := make([]int, len(c.members)), make([]uint64, len(c.members))
	for i, m := range c.members {
		root := c.cluster(i)
		// Members come by ordinal: of equal keys the first one stays.
		if size[root] == 0 || bytes.Compare(c.key(i), c.key(best[root])) < 0 {
			best[root] = i
		}
		size[root] += m.count
	}
	for i, m := range c.members {
		root := c.cluster(i)
		if size[root] < 2 {
			continue
		}
		j, err := c.similarity(i, best[root])
		if err != nil {
			return err
		}
		if err := c.v.out.add(m.ordinal, c.members[best[root]].ordinal, size[root], j, c.via(i, best[root]), c.key(i)); err != nil {
			return err
		}
	}
	return nil
}

// similarity is the true Jaccard similarity of two members, or NaN where shingles
// were not read.
func (c *component) similarity(i, j int) (float64, error) {
	if i == j {
		return 1, nil
	}
	if !c.v.verify {
		return math.NaN(), nil
	}
	a, err := c.sets.get(i)
	if err != nil {
		return 0, err
	}
	b, err := c.sets.get(j)
	if err != nil {
		return 0, err
	}
	return jaccard(a, b), nil
}

// failures remembers some of the pairs that are no copies, so that bands that they
// share, too, need not compare them again. It forgets freely.
type failures struct {
	slots []uint64
	dirty bool
}

func (f *failures) slot(i, j int32) (at *uint64, pair uint64) {
	pair = uint64(uint32(max(i, j)))<<32 | uint64(uint32(min(i, j)))
	return &f.slots[mix(pair)%uint64(len(f.slots))], pair
}

func (f *failures) has(i, j int32) bool {
	if len(f.slots) == 0 {
		return false
	}
	at, pair := f.slot(i, j)
	return *at == pair
}

func (f *failures) add(i, j int32) {
	if f.slots == nil {
		f.slots = make([]uint64, 1<<14)
	}
	at, pair := f.slot(i, j)
	*at, f.dirty = pair, true
}

func (f *failures) clear() {
	if f.dirty {
		clear(f.slots)
		f.dirty = false
	}
}
