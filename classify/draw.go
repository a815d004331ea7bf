package classify

import (
	"encoding/binary"
	"unsafe"

	"github.com/zeebo/xxh3"

	"tamis/document"
)

// drawBits returns 53 bits that depend on the seed, on what they are for, in up to 8
// bytes, and on a document's place.
func drawBits(purpose string, seed uint64, p document.Place) uint64 {
	var b [24]byte
	copy(b[:8], purpose)
	binary.LittleEndian.PutUint32(b[8:], p.File)
	binary.LittleEndian.PutUint64(b[16:], uint64(p.Record))
	return xxh3.HashStringSeed(unsafe.String(&b[0], len(b)), seed) >> 11
}

// uniform turns 53 bits into a number between 0 and 1, neither of which it is.
func uniform(drawn uint64) float64 { return (float64(drawn) + 0.5) / (1 << 53) }
