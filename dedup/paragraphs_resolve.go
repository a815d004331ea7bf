package dedup

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/clipperhouse/uax29/v2/words"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// paragraphResolver is one resolving of paragraphs: the documents are read again, and
// for a batch of them at a time
//
//	all n-grams are made, and looked up in the memory, in parallel;
//	paragraphs are judged in order, with a table of what the batch adds;
//	what the batch adds is remembered.
type paragraphResolver struct {
	*paragraphs
	r       *step.Resolution
	ctx     context.Context
	workers []*document.Document
	texts   textBatch
	batch   []batchParagraphs // of texts
	seen    memory
	fresh   hashSet // what the batch adds
	hits    bitset
	added   []uint64
	cut     paragraphCut
}

// A memory remembers n-grams.
type memory interface {
	// look sets the bits of the keys that were remembered, at their positions from
	// 0 on.
	look(keys func(yield func([]uint64)), hits bitset)
	remember(keys []uint64) error
}

// batchParagraphs is one document on its way.
type batchParagraphs struct {
	ordinal uint64
	ends    []int // of paragraphs, in bytes
	counts  []int // n-grams of each
	grams   []uint64
	words   []uint64
	tokens  []bffToken
}

// A bffToken is a segment of the text and the byte at which it begins.
type bffToken struct {
	start int
	hash  uint64
}

// Resolve reads all documents again, those of earlier runs first, and decides of them
// in order.
func (p *paragraphs) Resolve(ctx context.Context, r *step.Resolution) error {
	return p.epoch.resolve(ctx, r, p.resolve)
}

func (p *paragraphs) resolve(ctx context.Context, r *step.Resolution) error {
	v := &paragraphResolver{paragraphs: p, r: r, ctx: ctx, workers: newDocuments(r.Workers)}
	if err := v.open(); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	err := r.Read(r.Alive, func(ordinal uint64, d *document.Document) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !v.texts.add(ordinal, d.Text()) {
			return nil
		}
		return v.flush()
	})
	if err == nil {
		err = v.flush()
	}
	if g, ok := v.seen.(*gramFilters); ok && err == nil {
		fill, rate := g.f.fill()
		noteFill(r, fill, rate)
	}
	return err
}

// open makes the memory.
func (v *paragraphResolver) open() error {
	have := v.r.Memory - 16*batchText
	if v.Mode == modeExact {
		v.seen = &table{limit: have}
		return nil
	}
	words := uint64(0)
	err := v.r.Sketches(func(ordinal uint64, sketch []byte) error {
		n, _ := binary.Uvarint(sketch)
		if v.r.Alive(ordinal) {
			words += n
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := filterTooLarge(words, v.Rate, have); err != nil {
		return err
	}
	v.seen = &gramFilters{newFilters(words, v.Rate)}
	return nil
}

// flush decides of the documents of the batch.
func (v *paragraphResolver) flush() error {
	for len(v.batch) < len(v.texts.ordinals) {
		v.batch = append(v.batch, batchParagraphs{})
	}
	batch := v.batch[:len(v.texts.ordinals)]
	v.texts.each(v.workers, func(_, i int, d *document.Document) {
		batch[i].ordinal = v.texts.ordinals[i]
		batch[i].shingle(d, v.MinNgram, v.MaxNgram)
	})
	total := 0
	for i := range batch {
		total += len(batch[i].grams)
	}
	if need := total/64 + 1; len(v.hits) < need {
		v.hits = make(bitset, need)
	}
	clear(v.hits)
	v.seen.look(func(yield func([]uint64)) {
		for i := range batch {
			yield(batch[i].grams)
		}
	}, v.hits)
	v.fresh.reset()
	v.added = v.added[:0]
	position := uint64(0)
	for i := range batch {
		if err := v.judge(&batch[i], position); err != nil {
			return err
		}
		position += uint64(len(batch[i].grams))
	}
	v.texts.reset()
	return v.seen.remember(v.added)
}

// shingle splits a document into paragraphs, each of which begins with its line feed,
// and makes their n-grams.
func (b *batchParagraphs) shingle(d *document.Document, least, most int) {
	s := d.Text()
	b.split(s)
	tokens := b.tokens
	b.ends, b.counts, b.grams = b.ends[:0], b.counts[:0], b.grams[:0]
	for at := 0; at < len(s) || at == 0; {
		end := len(s)
		if i := strings.IndexByte(s[min(at+1, len(s)):], '\n'); i >= 0 {
			end = at + 1 + i
		}
		b.words = b.words[:0]
		for len(tokens) > 0 && tokens[0].start < end {
			b.words = append(b.words, tokens[0].hash)
			tokens = tokens[1:]
		}
		before := len(b.grams)
		if len(b.words) >= least {
			b.grams = appendWindowHashes(b.grams, b.words, most, true)
		}
		b.ends, b.counts = append(b.ends, end), append(b.counts, len(b.grams)-before)
		if at = end; at == 0 {
			break
		}
	}
}

// split finds the segments of UAX 29 that are more than white space: marks are tokens
// like words, other than where a splitter looks for words.
func (b *batchParagraphs) split(s string) {
	b.tokens = b.tokens[:0]
	for segments := words.FromString(s); segments.Next(); {
		token := strings.TrimSpace(segments.Value())
		if token == "" {
			continue
		}
		start := segments.Start() + strings.Index(segments.Value(), token)
		b.tokens = append(b.tokens, bffToken{start, text.Hash(token)})
	}
}

// judge decides of one document, whose n-grams have the positions from the one given.
func (v *paragraphResolver) judge(b *batchParagraphs, position uint64) error {
	contained, start, grams := 0, 0, b.grams
	v.cut.reset(0, 0)
	head := len(v.cut.buf)
	for i, end := range b.ends {
		mine := grams[:b.counts[i]]
		grams = grams[len(mine):]
		hits := 0
		for _, g := range mine {
			if v.hits.has(position) || v.fresh.has(g) {
				hits++
			}
			position++
		}
		contained += hits
		if float64(hits)/float64(len(mine)) > v.Threshold { // 0/0 is not
			v.cut.add(start, end)
		} else {
			for _, g := range mine {
				if v.fresh.add(g) {
					v.added = append(v.added, g)
				}
			}
		}
		start = end
	}
	if contained == 0 {
		return nil
	}
	out := binary.AppendUvarint(nil, uint64(contained))
	out = append(binary.AppendUvarint(out, uint64(len(b.grams))), v.cut.buf[head:]...)
	r := &v.rules[ruleOverlap]
	dead := !r.Off && !r.Keeps(step.Ratio(contained, len(b.grams)))
	return v.r.Decide(b.ordinal, dead, out)
}

// gramFilters is the memory of the mode bloom.
type gramFilters struct{ f *filters }

func (g *gramFilters) look(keys func(yield func([]uint64)), hits bitset) {
	keys(func(ks []uint64) {
		for _, k := range ks {
			g.f.put(k)
		}
	})
	g.f.look(hits)
}

func (g *gramFilters) remember(keys []uint64) error {
	for _, k := range keys {
		g.f.put(k)
	}
	g.f.add()
	return nil
}

// table is the memory of the mode exact.
type table struct {
	set   hashSet
	limit int64
}

func (t *table) look(keys func(yield func([]uint64)), hits bitset) {
	position := uint64(0)
	keys(func(ks []uint64) {
		for _, k := range ks {
			if t.set.has(k) {
				hits.set(position)
			}
			position++
		}
	})
}

func (t *table) remember(keys []uint64) error {
	if need := hashSetBytes(t.set.n + len(keys)); need > t.limit {
		return fmt.Errorf("paragraphs: the table of n-grams needs %d MiB, the memory budget leaves %d MiB; raise memory, or set mode: bloom",
			need>>20+1, max(t.limit, 0)>>20)
	}
	for _, k := range keys {
		t.set.add(k)
	}
	return nil
}

// A hashSet holds hashes; at most half of its slots are taken.
type hashSet struct {
	slots []uint64
	n     int
	zero  bool
}

// hashSetBytes is what a set of n hashes takes, while it grows, too.
func hashSetBytes(n int) int64 {
	size := int64(1024)
	for size < 2*int64(n) {
		size *= 2
	}
	return 8 * (size + size/2)
}

func (h *hashSet) reset() {
	clear(h.slots)
	h.n, h.zero = 0, false
}

func (h *hashSet) has(x uint64) bool {
	if x == 0 {
		return h.zero
	}
	if len(h.slots) == 0 {
		return false
	}
	return h.slots[h.find(x)] == x
}

// find returns the slot of x, or the empty one where it belongs.
func (h *hashSet) find(x uint64) uint64 {
	i := spread(x, uint64(len(h.slots)))
	for h.slots[i] != 0 && h.slots[i] != x {
		if i++; i == uint64(len(h.slots)) {
			i = 0
		}
	}
	return i
}

// add reports whether x is new.
func (h *hashSet) add(x uint64) bool {
	if x == 0 {
		added := !h.zero
		h.zero = true
		return added
	}
	if 2*h.n >= len(h.slots) {
		h.grow()
	}
	i := h.find(x)
	if h.slots[i] == x {
		return false
	}
	h.slots[i] = x
	h.n++
	return true
}

func (h *hashSet) grow() {
	old := h.slots
	h.slots = make([]uint64, max(1024, 2*len(old)))
	for _, x := range old {
		if x != 0 {
			h.slots[h.find(x)] = x
		}
	}
}
