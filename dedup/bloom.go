package dedup

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/bits-and-blooms/bloom/v3"

	"tamis/step"
)

// filterShards is how many Bloom filters share the keys, by their leading bits: keys
// are put to one filter after the other, each of which then stays in the cache.
const filterShards = 256

// filters are Bloom filters that remember which keys were seen.
type filters struct {
	shards []*bloom.BloomFilter
	// batch: keys waiting for their shard, with their positions among all of the
	// batch, in order.
	keys      [filterShards][]uint64
	positions [filterShards][]uint32
	n         uint32
}

// filterSize returns the bits and the hash functions of one shard for n keys in all:
// of a false-positive rate of 2^-k at most, where 2^-k is at most the rate. The
// numbers are made without logarithms, which differ between machines in their last
// bit.
func filterSize(n uint64, rate float64) (bits, k uint) {
	for k = 1; rate < 0.5; k++ {
		rate *= 2
	}
	each := n/filterShards + 1
	// Keys spread unevenly: six standard deviations of room.
	each += 6 * uint64(math.Sqrt(float64(each)))
	return uint(float64(each*uint64(k))*1.4426950408889634) + 64, k
}

// filterBytes is the memory that filters for n keys take.
func filterBytes(n uint64, rate float64) int64 {
	bits, _ := filterSize(n, rate)
	return filterShards * int64(bits) / 8
}

func newFilters(n uint64, rate float64) *filters {
	bits, k := filterSize(n, rate)
	f := &filters{shards: make([]*bloom.BloomFilter, filterShards)}
	for i := range f.shards {
		f.shards[i] = bloom.New(bits, k)
	}
	return f
}

// forget empties all filters.
func (f *filters) forget() {
	for _, s := range f.shards {
		s.ClearAll()
	}
}

// fill is the share of bits that are set, and the false-positive rate that follows.
func (f *filters) fill() (share, rate float64) {
	set, bits := uint(0), uint(0)
	for _, s := range f.shards {
		set += s.BitSet().Count()
		bits += s.Cap()
	}
	share = float64(set) / float64(bits)
	return share, power(share, int(f.shards[0].K()))
}

// Facts on Bloom filters.
const (
	factFill = "of the Bloom filter's bits set"
	factRate = "share of new keys taken for seen, by the bits set"
)

// noteFill notes how full filters became.
func noteFill(r *step.Resolution, share, rate float64) {
	r.Note(factFill, share)
	r.Note(factRate, rate)
}

// put adds a key to the batch and returns its position.
func (f *filters) put(key uint64) uint32 {
	shard := key >> 56
	f.keys[shard] = append(f.keys[shard], key)
	f.positions[shard] = append(f.positions[shard], f.n)
	f.n++
	return f.n - 1
}

// flush asks for the keys of the batch, in order, whether they were seen before, and
// adds them. It sets the bits of positions that were.
func (f *filters) flush(seen bitset) {
	f.each(func(shard *bloom.BloomFilter, key []byte, position uint32) {
		if shard.TestOrAdd(key) {
			seen.set(uint64(position))
		}
	})
}

// look is flush without adding.
func (f *filters) look(seen bitset) {
	f.each(func(shard *bloom.BloomFilter, key []byte, position uint32) {
		if shard.Test(key) {
			seen.set(uint64(position))
		}
	})
}

// add adds the keys of the batch.
func (f *filters) add() {
	f.each(func(shard *bloom.BloomFilter, key []byte, _ uint32) { shard.Add(key) })
}

// each goes through the batch, shard by shard, and empties it.
func (f *filters) each(do func(shard *bloom.BloomFilter, key []byte, position uint32)) {
	raw := make([]byte, 8)
	for shard, keys := range f.keys {
		for i, key := range keys {
			binary.LittleEndian.PutUint64(raw, key)
			do(f.shards[shard], raw, f.positions[shard][i])
		}
		f.keys[shard], f.positions[shard] = keys[:0], f.positions[shard][:0]
	}
	f.n = 0
}

// filterTooLarge says that a filter does not fit, and which rate would.
func filterTooLarge(n uint64, rate float64, have int64) error {
	need := filterBytes(n, rate)
	if need <= have {
		return nil
	}
	for fits := rate * 2; fits <= 0.5; fits *= 2 {
		if filterBytes(n, fits) <= have {
			return fmt.Errorf("a Bloom filter for %d keys at a rate of %v takes %d MiB, the memory budget leaves %d MiB; raise memory, or set rate: %.2g, or mode: exact",
				n, rate, need>>20+1, max(have, 0)>>20, fits)
		}
	}
	return fmt.Errorf("a Bloom filter for %d keys takes at least %d MiB, the memory budget leaves %d MiB; raise memory, or set mode: exact",
		n, filterBytes(n, 0.5)>>20+1, max(have, 0)>>20)
}

// Bytes of text for each key, about: web pages have 41 to 87 for a line, and 6.6 to 7.3
// for a word between blanks, marks not counted.
const (
	bytesForLine = 50
	bytesForWord = 5
)

// Foresee returns the bytes of the Bloom filters, in the mode bloom.
func (l *lines) Foresee(texts int64) int64 {
	if l.Mode != modeBloom {
		return 0
	}
	return filterBytes(uint64(texts)/bytesForLine, l.Rate) + 32*batchKeys
}

// Foresee returns the bytes of the Bloom filters or of the table.
func (p *paragraphs) Foresee(texts int64) int64 {
	n := uint64(texts) / bytesForWord
	if p.Mode == modeBloom {
		return filterBytes(n, p.Rate) + 16*batchText
	}
	return int64(16*n) + 16*batchText
}

// batchKeys is about how many keys go to the filters at a time.
const batchKeys = 1 << 18

// bloom goes through the lines in the order of the input and lets those go that the
// filters have seen.
func (v *lineResolver) bloom() error {
	most, err := v.largestBucket()
	if err != nil {
		return err
	}
	have := v.r.Memory - 32*batchKeys
	if err := filterTooLarge(most, v.Rate, have); err != nil {
		return fmt.Errorf("%s: %w", v.name, err)
	}
	v.r.Progress(0.3)
	b := &lineBatch{v: v, f: newFilters(most, v.Rate)}
	bucket := uint64(0)
	var fill, rate float64 // of the fullest bucket
	full := func() error {
		if err := b.flush(); err != nil {
			return err
		}
		f, r := b.f.fill()
		fill, rate = max(fill, f), max(rate, r)
		return nil
	}
	err = v.documents(func(ordinal uint64, _, hashes []byte) error {
		if v.Bucket > 0 && ordinal/uint64(v.Bucket) != bucket {
			bucket = ordinal / uint64(v.Bucket)
			if err := full(); err != nil {
				return err
			}
			b.f.forget()
		}
		return b.add(ordinal, hashes)
	})
	if err == nil {
		err = full()
	}
	if err == nil {
		noteFill(v.r, fill, rate)
	}
	return err
}

// largestBucket counts the lines of the largest bucket.
func (v *lineResolver) largestBucket() (most uint64, err error) {
	n, bucket := uint64(0), uint64(0)
	err = v.documents(func(ordinal uint64, _, hashes []byte) error {
		if v.Bucket > 0 && ordinal/uint64(v.Bucket) != bucket {
			n, bucket = 0, ordinal/uint64(v.Bucket)
		}
		for ; len(hashes) > 0; hashes = hashes[8:] {
			if binary.BigEndian.Uint64(hashes) != 0 {
				n++
			}
		}
		most = max(most, n)
		return nil
	})
	return most, err
}

// A lineBatch is documents whose lines are put to the filters together.
type lineBatch struct {
	v    *lineResolver
	f    *filters
	docs []batchDoc
	seen bitset
	list cutList
	raw  []byte // hashes of all documents
}

type batchDoc struct {
	ordinal uint64
	lines   int
}

func (b *lineBatch) add(ordinal uint64, hashes []byte) error {
	b.docs = append(b.docs, batchDoc{ordinal, len(hashes) / 8})
	b.raw = append(b.raw, hashes...)
	for ; len(hashes) > 0; hashes = hashes[8:] {
		if h := binary.BigEndian.Uint64(hashes); h != 0 {
			b.f.put(h)
		}
	}
	if b.f.n < batchKeys {
		return nil
	}
	return b.flush()
}

func (b *lineBatch) flush() error {
	if need := int(b.f.n)/64 + 1; len(b.seen) < need {
		b.seen = make(bitset, need)
	}
	clear(b.seen)
	b.f.flush(b.seen)
	raw, position := b.raw, uint64(0)
	for _, d := range b.docs {
		b.list.reset()
		for i := range d.lines {
			h := binary.BigEndian.Uint64(raw)
			raw = raw[8:]
			if h == 0 {
				continue
			}
			if b.seen.has(position) {
				b.list.add(uint64(i))
			}
			position++
		}
		if b.list.n == 0 {
			continue
		}
		if err := b.v.decideOne(d.ordinal, d.lines, &b.list); err != nil {
			return err
		}
	}
	b.docs, b.raw = b.docs[:0], b.raw[:0]
	return nil
}
