package dedup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"tamis/spool"
)

// sortedSet sorts hashes in place and drops repeats.
func sortedSet(x []uint64) []uint64 {
	slices.Sort(x)
	return slices.Compact(x)
}

// A setSorter makes sets of hashes as sortedSet does, faster where their values are spread
// evenly: by their highest bits they are put where few of them are, and nearly in order.
// It is owned by one goroutine.
type setSorter struct {
	ends []uint32
	tmp  []uint64
}

// fewHashes is how many may share their highest bits: about four do.
const fewHashes = 24

func (s *setSorter) sortedSet(x []uint64) []uint64 {
	if len(x) < 4*fewHashes || !s.spread(x) {
		return sortedSet(x)
	}
	for i := 1; i < len(x); i++ {
		h, j := x[i], i
		for ; j > 0 && x[j-1] > h; j-- {
			x[j] = x[j-1]
		}
		x[j] = h
	}
	return slices.Compact(x)
}

// spread orders hashes by their highest bits, or reports that they are not spread evenly.
func (s *setSorter) spread(x []uint64) bool {
	width := bits.Len(uint(len(x))) - 2
	s.ends = slices.Grow(s.ends[:0], 1<<width)[:1<<width]
	clear(s.ends)
	for _, h := range x {
		s.ends[h>>(64-width)]++
	}
	sum := uint32(0)
	for i, n := range s.ends {
		if n > fewHashes {
			return false
		}
		s.ends[i] = sum // where they begin, until the last one is put there
		sum += n
	}
	s.tmp = append(s.tmp[:0], x...)
	for _, h := range s.tmp {
		at := &s.ends[h>>(64-width)]
		x[*at] = h
		*at++
	}
	return true
}

// common counts what two sorted sets have in common.
func common(a, b []uint64) (n int) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		x, y := a[i], b[j]
		if x == y {
			n++
		}
		if x <= y {
			i++
		}
		if y <= x {
			j++
		}
	}
	return n
}

// jaccard is the true Jaccard similarity of two sorted sets that are not both empty.
func jaccard(a, b []uint64) float64 {
	both := common(a, b)
	return float64(both) / float64(len(a)+len(b)-both)
}

// reaches reports whether the similarity of two sorted sets is at least the
// threshold. It gives up as soon as too many elements are in one set alone.
func reaches(a, b []uint64, threshold float64) bool {
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		stop := min(i+256, len(a))
		for i < stop && j < len(b) {
			x, y := a[i], b[j]
			if x == y {
				both++
			}
			if x <= y {
				i++
			}
			if y <= x {
				j++
			}
		}
		most := both + min(len(a)-i, len(b)-j)
		if float64(most)/float64(len(a)+len(b)-most) < threshold {
			return false
		}
	}
	return float64(both)/float64(len(a)+len(b)-both) >= threshold
}

// setStore holds the sets of one component: in memory, or, where they outgrow their
// budget, in a file of which some are in memory.
type setStore struct {
	dir    *spool.Dir
	budget int64 // bytes

	values []uint64 // all sets, while they fit
	ends   []int    // of each set in values, or of its block in the file
	n      int

	file        *spool.Writer
	reader      spool.File // once all sets are in the file
	packed, raw []byte
	cached      map[int][]uint64
	queue       []int // of cached, oldest first
	held        int64 // bytes in cached
}

func newSetStore(dir *spool.Dir, budget int64) *setStore {
	return &setStore{dir: dir, budget: budget}
}

const setsName = "sets.spill"

func (s *setStore) count() int { return s.n }

// add appends a set as it stands in a record.
func (s *setStore) add(raw []byte) error {
	s.n++
	if s.file == nil {
		if int64(8*len(s.values)+len(raw)) <= s.budget || s.n == 1 {
			s.values = appendSet(s.values, raw)
			s.ends = append(s.ends, len(s.values))
			return nil
		}
		if err := s.spill(); err != nil {
			return err
		}
	}
	return s.write(raw)
}

// spill moves all sets to a file.
func (s *setStore) spill() error {
	file, err := spool.CreateWriter(s.dir, setsName)
	if err != nil {
		return err
	}
	s.file, s.cached = file, map[int][]uint64{}
	ends := s.ends
	s.ends = nil
	at := 0
	var raw []byte
	for _, end := range ends {
		raw = raw[:0]
		for _, x := range s.values[at:end] {
			raw = binary.LittleEndian.AppendUint64(raw, x)
		}
		if err := s.write(raw); err != nil {
			return err
		}
		at = end
	}
	s.values = nil
	return nil
}

func (s *setStore) write(raw []byte) error {
	s.packed = spool.Pack(s.packed[:0], raw)
	if err := s.file.WriteBlock(s.packed); err != nil {
		return err
	}
	s.ends = append(s.ends, int(s.file.Length()))
	return nil
}

// get returns set i. It stays what it is while other sets are got.
func (s *setStore) get(i int) ([]uint64, error) {
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	if s.file == nil {
		return s.values[from:s.ends[i]], nil
	}
	if set, ok := s.cached[i]; ok {
		return set, nil
	}
	set, err := s.load(int64(from), int64(s.ends[i]))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", setsName, err)
	}
	s.cached[i] = set
	s.queue = append(s.queue, i)
	s.held += int64(8 * len(set))
	s.evict()
	return set, nil
}

// evict forgets what was got first, but for the last two.
func (s *setStore) evict() {
	n := 0
	for s.held > s.budget && len(s.queue)-n > 2 {
		s.held -= int64(8 * len(s.cached[s.queue[n]]))
		delete(s.cached, s.queue[n])
		n++
	}
	if n > 0 {
		s.queue = append(s.queue[:0], s.queue[n:]...)
	}
}

func (s *setStore) load(from, to int64) ([]uint64, error) {
	if s.reader == nil {
		if err := s.open(); err != nil {
			return nil, err
		}
	}
	s.packed = slices.Grow(s.packed[:0], int(to-from))[:to-from]
	if _, err := s.reader.ReadAt(s.packed, from); err != nil {
		return nil, err
	}
	var err error
	s.raw, err = spool.Unpack(s.raw[:0], s.packed)
	return appendSet(nil, s.raw), err
}

// open ends the writing: all sets are there before any is got.
func (s *setStore) open() (err error) {
	if err = s.file.Sync(); err == nil {
		s.reader, err = s.dir.Open(setsName)
	}
	return err
}

func appendSet(dst []uint64, raw []byte) []uint64 {
	dst = slices.Grow(dst, len(raw)/8)
	for ; len(raw) >= 8; raw = raw[8:] {
		dst = append(dst, binary.LittleEndian.Uint64(raw))
	}
	return dst
}

// reset begins another component.
func (s *setStore) reset() error {
	err := s.close()
	s.values, s.ends, s.n = s.values[:0], s.ends[:0], 0
	return err
}

// close removes the file.
func (s *setStore) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if s.reader != nil {
		err = errors.Join(err, s.reader.Close())
	}
	err = errors.Join(err, s.dir.Remove(setsName))
	s.reader = nil
	s.file, s.cached, s.queue, s.held = nil, nil, nil, 0
	return err
}
