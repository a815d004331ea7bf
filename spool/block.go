package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/klauspost/compress/s2"
)

const (
	// MaxPayload is how many bytes a block can hold.
	MaxPayload = 1 << 30

	headerSize = 12         // packed, raw, crc
	endMark    = 0xffffffff // raw length of the end block
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Pack appends a block with the payload to dst: compressed where that makes it
// shorter. It panics where the payload is longer than MaxPayload.
func Pack(dst, payload []byte) []byte {
	if len(payload) > MaxPayload {
		panic(fmt.Sprintf("spool: a payload of %d bytes, at most %d are possible", len(payload), MaxPayload))
	}
	at := len(dst)
	dst = slices.Grow(dst, headerSize+s2.MaxEncodedLen(len(payload)))
	dst = dst[:at+headerSize]
	body := s2.Encode(dst[at+headerSize:cap(dst)], payload)
	if len(body) < len(payload) {
		dst = dst[:at+headerSize+len(body)]
	} else {
		dst = append(dst, payload...)
	}
	seal(dst[at:], uint32(len(payload)))
	return dst
}

// Wrap appends a block with the payload as it is: a text that is written once and read
// once or twice takes longer to compress than the disk takes for it. It panics where the
// payload is longer than MaxPayload.
func Wrap(dst, payload []byte) []byte {
	if len(payload) > MaxPayload {
		panic(fmt.Sprintf("spool: a payload of %d bytes, at most %d are possible", len(payload), MaxPayload))
	}
	at := len(dst)
	dst = append(Begin(slices.Grow(dst, headerSize+len(payload))), payload...)
	seal(dst[at:], uint32(len(payload)))
	return dst
}

// Begin appends the room of a header. With a payload behind it, Seal makes a block of it
// that is what Wrap makes of a copy.
func Begin(dst []byte) []byte {
	var header [headerSize]byte
	return append(dst, header[:]...)
}

// Seal completes a block that Begin has begun. It panics where the payload is longer than
// MaxPayload.
func Seal(block []byte) {
	n := len(block) - headerSize
	if n > MaxPayload {
		panic(fmt.Sprintf("spool: a payload of %d bytes, at most %d are possible", n, MaxPayload))
	}
	seal(block, uint32(n))
}

// seal writes the header of a block whose body is in place.
func seal(block []byte, raw uint32) {
	binary.LittleEndian.PutUint32(block, uint32(len(block)-headerSize))
	binary.LittleEndian.PutUint32(block[4:], raw)
	binary.LittleEndian.PutUint32(block[8:], checksum(block))
}

// checksum covers a block but for the checksum itself.
func checksum(block []byte) uint32 {
	return crc32.Update(crc32.Checksum(block[:8], castagnoli), castagnoli, block[headerSize:])
}

// Unpack appends the payload of a block to dst. Lengths and checksum are checked before
// anything is allocated for the payload.
func Unpack(dst, block []byte) ([]byte, error) {
	raw, err := inspect(block)
	if err != nil {
		return dst, err
	}
	body := block[headerSize:]
	if len(body) == raw {
		return append(dst, body...), nil
	}
	return decompress(dst, body, raw)
}

// Open returns the payload of a block that Reader.Next has checked: as it lies in the block
// where it is not compressed, and else in buf, which grows as it must.
func Open(buf *[]byte, block []byte) (payload []byte, err error) {
	body, raw := block[headerSize:], int(binary.LittleEndian.Uint32(block[4:]))
	if len(body) == raw {
		return body, nil
	}
	*buf, err = decompress((*buf)[:0], body, raw)
	return *buf, err
}

// decompress appends a payload of so many bytes to dst.
func decompress(dst, body []byte, raw int) ([]byte, error) {
	if n, err := s2.DecodedLen(body); err != nil || n != raw {
		return dst, errors.New("the compressed payload has another length than its header says")
	}
	at := len(dst)
	dst = slices.Grow(dst, raw)[:at+raw]
	if _, err := s2.Decode(dst[at:], body); err != nil {
		return dst[:at], fmt.Errorf("decompress: %w", err)
	}
	return dst, nil
}

// inspect holds a block against its header and returns the length of its payload.
func inspect(block []byte) (raw int, err error) {
	if len(block) < headerSize {
		return 0, fmt.Errorf("a block of %d bytes, at least %d are needed", len(block), headerSize)
	}
	packed, raw, err := lengths(block)
	switch {
	case err != nil:
		return 0, err
	case packed != len(block)-headerSize:
		return 0, fmt.Errorf("a body of %d bytes, its header says %d", len(block)-headerSize, packed)
	case checksum(block) != binary.LittleEndian.Uint32(block[8:]):
		return 0, errors.New("the checksum does not match")
	}
	return raw, nil
}

// lengths reads the two lengths of a header and refuses those that no block has.
func lengths(header []byte) (packed, raw int, err error) {
	p, r := binary.LittleEndian.Uint32(header), binary.LittleEndian.Uint32(header[4:])
	if r > MaxPayload || p > r {
		return 0, 0, fmt.Errorf("the header says %d bytes for a payload of %d", p, r)
	}
	return int(p), int(r), nil
}

// endBlock is the block that ends a whole file.
var endBlock = func() []byte {
	b := make([]byte, headerSize)
	seal(b, endMark)
	return b
}()

// isEnd reports whether a header begins the end block.
func isEnd(header []byte) bool {
	return binary.LittleEndian.Uint32(header[4:]) == endMark
}
