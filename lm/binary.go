package lm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

const magicLine = "mmap lm http://kheafield.com/code"

// sanity is how a KenLM file begins.
var sanity = func() []byte {
	b := make([]byte, 56, sanityLength)
	copy(b, magicLine+" format version 5\n")
	for _, f := range []float32{0, 1, -0.5} {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	for _, n := range []uint32{1, math.MaxUint32, 0} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return binary.LittleEndian.AppendUint64(b, 1)
}()

// Kinds of KenLM files.
const (
	probing = 0
	kinds   = 6
)

var kindNames = [kinds]string{"probing", "probing with rest costs", "trie", "quantised trie", "trie with compressed pointers",
	"quantised trie with compressed pointers"}

// at says where in a file something is wrong.
func at(offset uint64, format string, args ...any) error {
	return fmt.Errorf("at byte %d: %w", offset, fmt.Errorf(format, args...))
}

// readBinary reads a KenLM file; the model keeps data.
func readBinary(data []byte) (*Model, error) {
	if len(data) < sanityLength+fixedLength {
		return nil, at(uint64(len(data)), "the file ends within its header")
	}
	for i := range sanity {
		if data[i] != sanity[i] {
			return nil, at(uint64(i), "this is no KenLM file of version 5 in 64 bits: build it again from ARPA text")
		}
	}
	fixed := data[sanityLength:]
	order, multiplier := int(fixed[0]), f32(fixed[4:])
	kind := binary.LittleEndian.Uint32(fixed[8:])
	switch {
	case kind != probing && kind < kinds:
		return nil, at(sanityLength+8, "a KenLM file of kind %q, only plain probing ones can be read: use the ARPA text, or build_binary probing", kindNames[kind])
	case kind >= kinds:
		return nil, at(sanityLength+8, "no kind of KenLM file has the number %d", kind)
	case order < 2 || order > MaxOrder:
		return nil, at(sanityLength, "an order of %d: 2 to %d can be read", order, MaxOrder)
	case !(multiplier >= 1 && multiplier <= 1000):
		return nil, at(sanityLength+4, "a table has %v buckets for each entry: 1 to 1000 are possible", multiplier)
	case binary.LittleEndian.Uint32(fixed[16:]) != 0:
		return nil, at(sanityLength+16, "tables of version %d, known is 0", binary.LittleEndian.Uint32(fixed[16:]))
	case len(data) < sanityLength+fixedLength+8*order:
		return nil, at(uint64(len(data)), "the file ends within its header")
	}
	m := &Model{image: data}
	for n := range order {
		m.counts = append(m.counts, binary.LittleEndian.Uint64(data[sanityLength+fixedLength+8*n:]))
	}
	l, ok := newLayout(m.counts, multiplier)
	if !ok || l.total > uint64(len(data)) {
		return nil, at(sanityLength+fixedLength, "n-grams of %v do not fit the %d bytes of the file", m.counts, len(data))
	}
	m.attach(&l)
	if err := m.check(&l); err != nil {
		return nil, err
	}
	m.findMarks()
	return m, nil
}

// check holds that lookups stay within the file, that all of them end, and that every
// sum is a number.
func (m *Model) check(l *layout) error {
	off := l.header
	if v := binary.LittleEndian.Uint32(m.image[off:]); v != 0 {
		return at(off, "a vocabulary of version %d, known is 0", v)
	}
	m.bound = binary.LittleEndian.Uint32(m.image[off+4:])
	if m.bound == 0 || uint64(m.bound) > l.words {
		return at(off+4, "%d words, where %d unigrams are", m.bound, m.counts[0])
	}
	off += vocabHeader
	err := m.vocab.check(off, "the vocabulary", func(e []byte) error {
		if w := binary.LittleEndian.Uint32(e[8:]); w >= m.bound {
			return fmt.Errorf("a word has the number %d, there are %d", w, m.bound)
		}
		return nil
	})
	if err != nil {
		return err
	}
	off += uint64(len(m.vocab.data))
	for i := uint64(0); i < uint64(len(m.unigrams)); i += weight {
		if err := sound(m.unigrams[i:][:8]); err != nil {
			return at(off+i, "%w", err)
		}
	}
	off += uint64(len(m.unigrams))
	for n := 2; n < l.order; n++ {
		if err := m.middle[n-2].check(off, fmt.Sprintf("the table of %d-grams", n), func(e []byte) error { return sound(e[8:16]) }); err != nil {
			return err
		}
		off += uint64(len(m.middle[n-2].data))
	}
	return m.longest.check(off, fmt.Sprintf("the table of %d-grams", l.order), func(e []byte) error { return sound(e[8:12]) })
}

// check calls f for every entry; one bucket at least has to be free.
func (t *table) check(off uint64, name string, f func(e []byte) error) error {
	free := false
	for i := range t.buckets {
		e := t.entry(i)
		if binary.LittleEndian.Uint64(e) == 0 {
			free = true
		} else if err := f(e); err != nil {
			return at(off+i*t.stride, "%s: %w", name, err)
		}
	}
	if !free {
		return at(off, "%s has no free bucket", name)
	}
	return nil
}

// farthest is how far from 0 a logarithm may be, so that sums over the longest texts
// stay finite.
const farthest = 1e6

// sound refuses weights that are no logarithms of probabilities.
func sound(weights []byte) error {
	for ; len(weights) >= 4; weights = weights[4:] {
		if v := f32(weights); !(math.Abs(float64(v)) <= farthest) {
			return fmt.Errorf("%v is no logarithm of a probability or a backoff", v)
		}
	}
	return nil
}

// writeHeader fills the beginning of an image that was made here.
func (m *Model) writeHeader(l *layout, multiplier float32) {
	b := m.image
	copy(b, sanity)
	fixed := b[sanityLength:]
	fixed[0], fixed[12] = byte(l.order), 1
	putF32(fixed[4:], multiplier)
	for n, c := range m.counts {
		binary.LittleEndian.PutUint64(b[sanityLength+fixedLength+8*n:], c)
	}
	binary.LittleEndian.PutUint32(b[l.header+4:], m.bound)
}

// isBinary reports whether a file is one of KenLM's, of whatever kind.
func isBinary(data []byte) bool { return bytes.HasPrefix(data, []byte(magicLine)) }
