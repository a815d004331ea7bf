package shards

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// The encodings of levels, dictionary indexes and integers, each decoded into no more
// values than the page header announces. Definitions: Apache Parquet, Encodings.md.

var errPageShort = errors.New("page ends in the middle of its values")

// decodeHybrid fills dst from runs and bit-packed groups of values of width bits, the
// encoding RLE of the format, and returns an error where src has fewer values.
func decodeHybrid[T uint8 | int32](dst []T, src []byte, width int) error {
	if width < 0 || width > 32 {
		return fmt.Errorf("values of %d bits, at most 32 are possible", width)
	}
	for len(dst) > 0 {
		head, n := binary.Uvarint(src)
		if n <= 0 {
			return errPageShort
		}
		src = src[n:]
		var err error
		if head&1 == 0 {
			dst, src, err = decodeRun(dst, src, head>>1, width)
		} else {
			dst, src, err = decodePacked(dst, src, head>>1, width)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func decodeRun[T uint8 | int32](dst []T, src []byte, count uint64, width int) ([]T, []byte, error) {
	size := (width + 7) / 8
	if len(src) < size || count == 0 {
		return nil, nil, errPageShort
	}
	var v uint32
	for i := size - 1; i >= 0; i-- {
		v = v<<8 | uint32(src[i])
	}
	n := int(min(count, uint64(len(dst))))
	for i := range dst[:n] {
		dst[i] = T(v)
	}
	return dst[n:], src[size:], nil
}

// decodePacked reads groups of 8 values; the last group of a page may be cut short.
func decodePacked[T uint8 | int32](dst []T, src []byte, groups uint64, width int) ([]T, []byte, error) {
	if groups == 0 {
		return nil, nil, errPageShort
	}
	values := len(dst)
	if groups < uint64(len(dst)+7)/8 {
		values = int(groups) * 8
	}
	size := len(src)
	if width > 0 && groups < uint64(len(src))/uint64(width)+1 {
		size = min(size, int(groups)*width)
	}
	if width == 0 {
		size = 0
	}
	if len(src)*8 < values*width {
		return nil, nil, errPageShort
	}
	unpack(dst[:values], src[:size], width)
	return dst[values:], src[size:], nil
}

// unpack reads values of width bits, lowest bit first. src holds enough of them.
func unpack[T uint8 | int32](dst []T, src []byte, width int) {
	var acc uint64
	have, at := 0, 0
	mask := uint64(1)<<width - 1
	for i := range dst {
		for have < width {
			acc |= uint64(src[at]) << have
			have += 8
			at++
		}
		dst[i] = T(acc & mask)
		acc >>= width
		have -= width
	}
}

// decodeBitPacked reads levels of the deprecated encoding BIT_PACKED: highest bit first.
func decodeBitPacked(dst []byte, src []byte, width int) ([]byte, error) {
	size := (len(dst)*width + 7) / 8
	if len(src) < size {
		return nil, errPageShort
	}
	bit := 0
	for i := range dst {
		v := byte(0)
		for range width {
			v = v<<1 | src[bit>>3]>>(7-bit&7)&1
			bit++
		}
		dst[i] = v
	}
	return src[size:], nil
}

// decodeDelta reads a block of DELTA_BINARY_PACKED integers into dst, which has room
// for at most `most` values, and returns them and what follows in src.
//
//	block size | miniblocks per block | values | first value | blocks …
//	block: least delta | a width per miniblock | miniblocks
func decodeDelta(dst []int64, src []byte, most int) ([]int64, []byte, error) {
	r := thriftReader{b: src} // the same varints
	block, minis, total, value := r.uvarint(), r.uvarint(), r.uvarint(), r.varint()
	if r.err != nil {
		return nil, nil, errPageShort
	}
	if minis == 0 || minis > 512 || block == 0 || block > 1<<20 || block%minis != 0 || block/minis%8 != 0 {
		return nil, nil, fmt.Errorf("delta blocks of %d values in %d parts", block, minis)
	}
	if total > uint64(most) {
		return nil, nil, fmt.Errorf("%d delta-encoded values where %d are announced", total, most)
	}
	dst = dst[:0]
	if total == 0 {
		return dst, src[r.off:], nil
	}
	dst = append(dst, value)
	src = src[r.off:]
	for uint64(len(dst)) < total {
		var err error
		if dst, src, err = deltaBlock(dst, src, int(minis), int(block/minis), int(total)); err != nil {
			return nil, nil, err
		}
	}
	return dst, src, nil
}

func deltaBlock(dst []int64, src []byte, minis, per, total int) ([]int64, []byte, error) {
	r := thriftReader{b: src}
	least := r.varint()
	at := r.off
	r.skip(uint64(minis))
	if r.err != nil {
		return nil, nil, errPageShort
	}
	widths := src[at : at+minis]
	src = src[r.off:]
	for _, w := range widths {
		if len(dst) == total {
			break
		}
		width := int(w)
		if width > 64 {
			return nil, nil, fmt.Errorf("delta of %d bits", width)
		}
		n := min(per, total-len(dst))
		size := per * width / 8
		if len(src)*8 < n*width {
			return nil, nil, errPageShort
		}
		value := dst[len(dst)-1]
		for i := range n {
			value += least + int64(bitsAt(src, i*width, width))
			dst = append(dst, value)
		}
		src = src[min(size, len(src)):]
	}
	return dst, src, nil
}

// bitsAt reads width bits of src from bit `at`, lowest bit first.
func bitsAt(src []byte, at, width int) uint64 {
	if width == 0 {
		return 0
	}
	b, shift := src[at>>3:], at&7
	var buf [16]byte
	copy(buf[:9], b)
	lo := binary.LittleEndian.Uint64(buf[:])
	v := lo >> shift
	if shift != 0 {
		v |= binary.LittleEndian.Uint64(buf[8:]) << (64 - shift)
	}
	if width < 64 {
		v &= 1<<width - 1
	}
	return v
}

// levelWidth is the number of bits of levels up to most.
func levelWidth(most byte) int { return bits.Len8(most) }
