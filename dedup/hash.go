package dedup

import (
	"crypto/sha1"
	"encoding/binary"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// A hasher makes a number of the bytes of a shingle.
type hasher func([]byte) uint64

// hashers are the hash functions that a recipe may name. Those of 32 bits make the
// compatible families keep 32 bits of each value.
var hashers = map[string]hasher{
	"xxh3":    xxh3.Hash,
	"xxh64":   xxh64,
	"xxh32":   func(b []byte) uint64 { return uint64(xxh32(b)) },
	"sha1_64": func(b []byte) uint64 { s := sha1.Sum(b); return binary.LittleEndian.Uint64(s[:]) },
	"sha1_32": func(b []byte) uint64 { s := sha1.Sum(b); return uint64(binary.LittleEndian.Uint32(s[:])) },
}

// mix is MurmurHash3's finalizer: a bijection in which each bit of x moves every bit
// of the result.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// splitmix returns number i of the SplitMix64 sequence that begins with seed.
func splitmix(seed, i uint64) uint64 {
	x := seed + (i+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

const (
	prime641 = 0x9e3779b185ebca87
	prime642 = 0xc2b2ae3d27d4eb4f
	prime643 = 0x165667b19e3779f9
	prime644 = 0x85ebca77c2b2ae63
	prime645 = 0x27d4eb2f165667c5
)

// xxh64 is XXH64 with seed 0, by its specification.
func xxh64(b []byte) uint64 {
	n := uint64(len(b))
	h := uint64(prime645)
	if len(b) >= 32 {
		h, b = xxh64Lanes(b)
	}
	h += n
	for ; len(b) >= 8; b = b[8:] {
		h ^= round64(0, binary.LittleEndian.Uint64(b))
		h = bits.RotateLeft64(h, 27)*prime641 + prime644
	}
	if len(b) >= 4 {
		h ^= uint64(binary.LittleEndian.Uint32(b)) * prime641
		h = bits.RotateLeft64(h, 23)*prime642 + prime643
		b = b[4:]
	}
	for _, c := range b {
		h ^= uint64(c) * prime645
		h = bits.RotateLeft64(h, 11) * prime641
	}
	h ^= h >> 33
	h *= prime642
	h ^= h >> 29
	h *= prime643
	return h ^ h>>32
}

// xxh64Lanes consumes b in stripes of 32 bytes and returns what is left.
func xxh64Lanes(b []byte) (h uint64, rest []byte) {
	p1, p2 := uint64(prime641), uint64(prime642)
	v := [4]uint64{p1 + p2, p2, 0, -p1}
	for ; len(b) >= 32; b = b[32:] {
		for i := range v {
			v[i] = round64(v[i], binary.LittleEndian.Uint64(b[8*i:]))
		}
	}
	h = bits.RotateLeft64(v[0], 1) + bits.RotateLeft64(v[1], 7) + bits.RotateLeft64(v[2], 12) + bits.RotateLeft64(v[3], 18)
	for _, x := range v {
		h = (h^round64(0, x))*prime641 + prime644
	}
	return h, b
}

func round64(acc, lane uint64) uint64 {
	return bits.RotateLeft64(acc+lane*prime642, 31) * prime641
}

const (
	prime321 = 0x9e3779b1
	prime322 = 0x85ebca77
	prime323 = 0xc2b2ae3d
	prime324 = 0x27d4eb2f
	prime325 = 0x165667b1
)

// xxh32 is XXH32 with seed 0, by its specification.
func xxh32(b []byte) uint32 {
	n := uint32(len(b))
	h := uint32(prime325)
	if len(b) >= 16 {
		h, b = xxh32Lanes(b)
	}
	h += n
	for ; len(b) >= 4; b = b[4:] {
		h += binary.LittleEndian.Uint32(b) * prime323
		h = bits.RotateLeft32(h, 17) * prime324
	}
	for _, c := range b {
		h += uint32(c) * prime325
		h = bits.RotateLeft32(h, 11) * prime321
	}
	h ^= h >> 15
	h *= prime322
	h ^= h >> 13
	h *= prime323
	return h ^ h>>16
}

// xxh32Lanes consumes b in stripes of 16 bytes and returns what is left.
func xxh32Lanes(b []byte) (h uint32, rest []byte) {
	p1, p2 := uint32(prime321), uint32(prime322)
	v := [4]uint32{p1 + p2, p2, 0, -p1}
	for ; len(b) >= 16; b = b[16:] {
		for i := range v {
			v[i] = bits.RotateLeft32(v[i]+binary.LittleEndian.Uint32(b[4*i:])*prime322, 13) * prime321
		}
	}
	h = bits.RotateLeft32(v[0], 1) + bits.RotateLeft32(v[1], 7) + bits.RotateLeft32(v[2], 12) + bits.RotateLeft32(v[3], 18)
	return h, b
}

// spread maps a hash to [0, n) by its high bits.
func spread(hash, n uint64) uint64 {
	hi, _ := bits.Mul64(hash, n)
	return hi
}
