package dedup

import (
	"encoding/binary"
	"slices"

	"github.com/dgryski/go-minhash"
	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// minHash is the step minhash, ready to run.
type minHash struct {
	shape
	splitter    text.Splitter
	bands, rows int
	threshold   float64
	verify      bool
	kernel      kernel
	keep        *keeping
	policy      policy
	planted     float64 // share of documents of which probes are made
	seed        uint64
	name        string
	epoch       epoch
}

// printBytes is the length of a fingerprint.
const printBytes = 16

// The sketch of a document with at least one shingle is
//
//	+--------------------+---------------------+----------+
//	| band hashes (8 B each) | fingerprint (16 B) | keep key |
//	+--------------------+---------------------+----------+
//
// The fingerprint is that of all shingles in order: documents that share it have the
// same set of shingles. A document without a shingle has no sketch.
func (m *minHash) sketchBytes() int { return 8*m.bands + printBytes + m.keep.size }

func (m *minHash) bandHash(sketch []byte, band int) uint64 {
	return binary.BigEndian.Uint64(sketch[8*band:])
}

func (m *minHash) fingerprint(sketch []byte) []byte {
	return sketch[8*m.bands : 8*m.bands+printBytes]
}

func (m *minHash) keepKey(sketch []byte) []byte { return sketch[8*m.bands+printBytes:] }

// Sketcher returns what one worker sketches with.
func (m *minHash) Sketcher() step.Sketcher {
	return &sketcher{m: m, shingle: m.shingler(m.splitter), signature: newSignature(m.bands * m.rows)}
}

type sketcher struct {
	m         *minHash
	shingle   shingler
	signature *minhash.MinWise
	shingles  []uint64
	hashes    []uint64
	raw       []byte
	hash      xxh3.Hasher
}

// Sketch appends the sketch of d.
func (s *sketcher) Sketch(dst []byte, d *document.Document) []byte {
	s.shingles = s.shingle(s.shingles[:0], d)
	if len(s.shingles) == 0 {
		return dst
	}
	sig := s.signature.Signature()
	s.m.kernel(sig, s.shingles)
	s.hashes = appendBands(s.hashes[:0], sig, s.m.bands, s.m.rows)
	for _, h := range s.hashes {
		dst = binary.BigEndian.AppendUint64(dst, h)
	}
	p := s.print()
	return s.m.keep.append(append(dst, p[:]...), d)
}

// print is the fingerprint of the shingles.
func (s *sketcher) print() [printBytes]byte {
	s.hash.Reset()
	for some := range slices.Chunk(s.shingles, 512) {
		s.raw = s.raw[:0]
		for _, x := range some {
			s.raw = binary.LittleEndian.AppendUint64(s.raw, x)
		}
		s.hash.Write(s.raw)
	}
	return s.hash.Sum128().Bytes()
}
