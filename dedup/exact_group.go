package dedup

import (
	"bytes"
	"encoding/binary"
	"errors"
	"iter"
	"math"

	"tamis/document"
	"tamis/spool"
)

func appendUint64(dst []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(dst, v) }

// leading is the part of a hash that the sieve sees.
func leading(sketch []byte) uint64 { return binary.BigEndian.Uint64(sketch) }

// An equalGroup is the documents of one hash, as they come from a sort whose records
// hold, at the offsets given, the hash, the ordinal, and, where contents are compared,
// the content.
type equalGroup struct {
	v       *equals
	skip    int // the hash begins here
	prefix  int // bytes of the hash
	ordinal int
	content int // 0 where contents are not compared

	hash     []byte
	variants []variant
	used     int
	rec      []byte
}

// A variant is one content among those that share a hash: as good as always the only
// one.
type variant struct {
	content []byte
	keeper  uint64
	size    uint64
}

func (g *equalGroup) add(rec []byte) error {
	hash := rec[g.skip : g.skip+g.prefix]
	if g.used == 0 || !bytes.Equal(hash, g.hash) {
		if err := g.end(); err != nil {
			return err
		}
		g.hash = append(g.hash[:0], hash...)
	}
	o := ordinalAt(rec[g.ordinal:])
	v := g.variant(rec)
	if v.size++; v.size == 1 {
		v.keeper = o
		return nil
	}
	return g.note(v.keeper, v.size-1, o, 0)
}

// variant finds the variant of a record's content, or makes it.
func (g *equalGroup) variant(rec []byte) *variant {
	var content []byte
	if g.content > 0 {
		content = rec[g.content:]
	}
	for i := range g.variants[:g.used] {
		if bytes.Equal(g.variants[i].content, content) {
			return &g.variants[i]
		}
	}
	if g.used == len(g.variants) {
		g.variants = append(g.variants, variant{})
	}
	v := &g.variants[g.used]
	g.used++
	v.content, v.size = append(v.content[:0], content...), 0
	return v
}

// end notes the best copies, now that the sizes are known.
func (g *equalGroup) end() error {
	for _, v := range g.variants[:g.used] {
		if v.size < 2 {
			continue
		}
		if err := g.note(v.keeper, 0, v.keeper, v.size); err != nil {
			return err
		}
	}
	g.used = 0
	return nil
}

// The records of the sort by clusters. The best copy comes first, and has the size.
//
//	keeper (5 B) | rank (u32), or the highest there is | ordinal (5 B) | size (u64)
const copyBytes = ordinalBytes + 4 + ordinalBytes + 8

func (g *equalGroup) note(keeper, rank, ordinal, size uint64) error {
	g.rec = binary.BigEndian.AppendUint32(appendOrdinal(g.rec[:0], keeper), uint32(min(rank, math.MaxUint32)))
	g.rec = appendUint64(appendOrdinal(g.rec, ordinal), size)
	return g.v.copies.Add(g.rec)
}

// decide gives each copy the size of its cluster, and decides in the order of the
// input.
func (v *equals) decide() error {
	verdicts := v.sorter("decisions", verdictBytes, 0)
	defer verdicts.Close()
	var size uint64
	var rec []byte
	err := v.copies.Each(func(c []byte) error {
		rank := uint64(binary.BigEndian.Uint32(c[ordinalBytes:]))
		c, keeper := c[ordinalBytes+4:], ordinalAt(c)
		if rank == 0 {
			size = binary.BigEndian.Uint64(c[ordinalBytes:])
		}
		rec = appendVerdict(rec[:0], ordinalAt(c), keeper, size, 1, 0, v.policy.stays(rank))
		return verdicts.Add(rec)
	})
	if err != nil {
		return err
	}
	v.r.Progress(0.9)
	return decideAll(verdicts, v.r, v.policy)
}

// contents sorts the contents of documents that share a hash: (rank, hash, ordinal,
// content), where the rank is the place in the sort by hash and keep key. They come in
// the order of the input, so the ranks are brought into that order first.
func (v *equals) contents(groups *spool.Sorter) (*spool.Sorter, error) {
	ranks, shared, err := v.ranks(groups)
	if err != nil {
		return nil, err
	}
	defer ranks.Close()
	next, stop := iter.Pull2(func(yield func([]byte, error) bool) {
		err := ranks.Each(func(rec []byte) error {
			if !yield(rec, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	})
	defer stop()
	sorter := v.sorter("contents", 0, 8)
	content, buf, rec := v.content(), []byte(nil), []byte(nil)
	err = v.r.Read(shared.has, func(ordinal uint64, d *document.Document) error {
		rank, err, ok := next()
		switch {
		case err != nil:
			return err
		case !ok || ordinalAt(rank) != ordinal:
			return errors.New("documents were read again out of turn")
		}
		buf, _ = content(buf[:0], d)
		rec = append(append(rec[:0], rank[ordinalBytes:]...), rank[:ordinalBytes]...)
		return sorter.Add(append(rec, buf...))
	})
	if err != nil {
		sorter.Close()
		return nil, err
	}
	return sorter, nil
}

var errStopped = errors.New("stopped")

// ranks sorts (ordinal, rank, hash) of the documents that share a hash.
func (v *equals) ranks(groups *spool.Sorter) (*spool.Sorter, bitset, error) {
	ranks, shared := v.sorter("ranks", ordinalBytes+8+hashBytes, 0), newBitset(v.r.Documents)
	var last, rec []byte
	rank, held := uint64(0), false
	add := func() error {
		shared.set(ordinalAt(last[len(last)-ordinalBytes:]))
		rec = append(rec[:0], last[len(last)-ordinalBytes:]...)
		return ranks.Add(append(appendUint64(rec, rank), last[:hashBytes]...))
	}
	err := groups.Each(func(r []byte) error {
		same := len(last) > 0 && bytes.Equal(last[:hashBytes], r[:hashBytes])
		if same && !held {
			if err := add(); err != nil {
				return err
			}
		}
		last, held = append(last[:0], r...), same
		if rank++; !same {
			return nil
		}
		return add()
	})
	if err != nil {
		ranks.Close()
		return nil, nil, err
	}
	return ranks, shared, nil
}
