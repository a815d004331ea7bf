package dedup

import (
	"encoding/binary"
	"math"
)

// A numeral is how a file of vectors writes its numbers.
type numeral struct {
	name string
	size int // bytes
	read func(b []byte) float32
}

// The numbers of .npy and of safetensors files, all little-endian. Those of 64 bits
// are rounded to 32.
var (
	float16  = numeral{"float16", 2, func(b []byte) float32 { return fromHalf(binary.LittleEndian.Uint16(b)) }}
	bfloat16 = numeral{"bfloat16", 2, func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) }}
	real32   = numeral{"float32", 4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }}
	real64   = numeral{"float64", 8, func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) }}
)

// fromHalf widens a number of IEEE 754's binary16.
func fromHalf(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch {
	case exponent == 0x1f: // infinite, or none
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	case exponent != 0:
		return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
	}
	f := float32(fraction) / (1 << 24) // exact: at most ten bits
	if sign != 0 {
		return -f
	}
	return f
}

// appendAll appends the numbers that b holds.
func (n numeral) appendAll(dst []float32, b []byte) []float32 {
	for ; len(b) >= n.size; b = b[n.size:] {
		dst = append(dst, n.read(b))
	}
	return dst
}

// finite reports whether all numbers are.
func finite(v []float32) bool {
	for _, x := range v {
		if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
			return false
		}
	}
	return true
}
