package classify

import "unsafe"

// A wordKey stands for a word in a table: its bytes with zeros behind, which no word
// has in it. The last byte of a key is 0 unless the word is keyBytes long or longer; then
// its hash is in the key, and the word itself must be compared.
type wordKey struct{ a, b, c uint64 }

const keyBytes = 24

// keyOf returns the key of the word that is the first n bytes of text. Where text goes on
// that is faster.
func keyOf(text string, n int) wordKey {
	if n < keyBytes && len(text) >= keyBytes {
		mask := &keyMasks[n]
		return wordKey{eightBytes(text) & mask.a, eightBytes(text[8:]) & mask.b, eightBytes(text[16:]) & mask.c}
	}
	return keyOfOdd(text, n)
}

// keyOfOdd is keyOf for a long word, or at the end of a text.
func keyOfOdd(text string, n int) wordKey {
	if n >= keyBytes {
		return wordKey{eightBytes(text), eightBytes(text[8:]), 0xff<<56 | uint64(hashOf(text[:n]))}
	}
	var padded [keyBytes]byte
	copy(padded[:], text[:n])
	return keyOf(unsafe.String(&padded[0], keyBytes), n)
}

var eosKey = keyOf(EOS, len(EOS))

// keyMasks leave the first n bytes of a key.
var keyMasks = func() (masks [keyBytes]wordKey) {
	for n := range masks {
		m := &masks[n]
		for i, part := range []*uint64{&m.a, &m.b, &m.c} {
			*part = 1<<(8*min(max(n-8*i, 0), 8)) - 1
		}
	}
	return masks
}()

// hash spreads keys over 64 bits, of which the upper ones are the best.
func (k wordKey) hash() uint64 {
	return k.a*0x9e3779b97f4a7c15 ^ k.b*0xbf58476d1ce4e5b9 ^ k.c*0x94d049bb133111eb
}

// small is one key for all words that differ in the case of ASCII letters alone. Among the
// bytes below 0x80 of the word there are only letters.
func (k wordKey) small() wordKey {
	const tops = 0x8080808080808080
	return wordKey{k.a | ^k.a&tops>>2, k.b | ^k.b&tops>>2, k.c | ^k.c&tops>>2}
}
