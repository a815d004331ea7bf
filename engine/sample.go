package engine

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"

	"tamis/document"
)

// What a draw is for: draws for one purpose say nothing about those for another.
const (
	drawAudit = iota + 1
	drawReject
	drawWeight
)

// draw returns a number in [0, 1) that depends on the seed, the purpose and the
// place of a document, and on nothing else.
func draw(seed uint64, purpose int, p document.Place) float64 {
	var b [28]byte
	binary.LittleEndian.PutUint64(b[:], seed)
	binary.LittleEndian.PutUint64(b[8:], uint64(purpose))
	binary.LittleEndian.PutUint32(b[16:], p.File)
	binary.LittleEndian.PutUint64(b[20:], uint64(p.Record))
	return float64(xxh3.Hash(b[:])>>11) / (1 << 53)
}

// sampled reports whether a document carries all its signals into the report.
func (r *Run) sampled(d *document.Document) bool {
	rate := r.plan.Audit.SampleRate
	return rate > 0 && draw(r.plan.Seed, drawAudit, d.Place) < rate
}
