package classify

import (
	"math/bits"
	"strings"
	"unsafe"
)

// separates marks the bytes that end a token.
var separates = [256]bool{' ': true, '\n': true, '\r': true, '\t': true, '\v': true, '\f': true, 0: true}

// A scanner cuts a text into tokens. It looks at 64 bytes at once, a bit for each:
//
//	text     over the  moon
//	tokens   1111011100111
//	edges    1000110010100     where they begin and end, in turns
type scanner struct {
	s     string
	pos   int    // end of the last token
	block int    // where the next block begins
	edges uint64 // of the block at hand, those to come
	open  uint64 // 1 where a token goes on behind that block
	start int    // of a token whose end is to come, or -1
}

const blockBytes = 64

// newScanner returns a scanner of a line, or of a whole text where newlines only part words.
func newScanner(s string, whole bool) scanner {
	if !whole {
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			s = s[:i]
		}
	}
	return scanner{s: s, start: -1}
}

// cut fills a list with the next tokens and their keys. It returns how many they are, and
// whether there are more. The very last is EOS: one in the text, or that for its end.
func (t *scanner) cut(tokens []token) (n int, more bool) {
	edges, start, base := t.edges, t.start, t.block-blockBytes
	for n < len(tokens) {
		if edges == 0 {
			if t.block > len(t.s) {
				tokens[n] = token{text: EOS, n: len(EOS), key: eosKey}
				t.pos = len(t.s)
				return n + 1, false
			}
			base = t.block
			edges = t.nextBlock()
			continue
		}
		at := base + bits.TrailingZeros64(edges)
		edges &= edges - 1
		if start < 0 {
			start = at
			continue
		}
		to := &tokens[n]
		to.text, to.n = t.s[start:], at-start
		to.key = keyOf(to.text, to.n)
		start, t.pos = -1, at
		n++
		if to.key == eosKey {
			return n, false
		}
	}
	t.edges, t.start = edges, start
	return n, true
}

// next returns the text from the next token on, and the token's length. The last one is EOS.
func (t *scanner) next() (text string, n int) {
	var one [1]token
	t.cut(one[:])
	return one[0].text, one[0].n
}

// nextBlock returns the edges of the next block.
func (t *scanner) nextBlock() (edges uint64) {
	block := ""
	if left := t.s[t.block:]; len(left) >= blockBytes {
		block = left[:blockBytes]
	} else { // zeros separate
		var padded [blockBytes]byte
		copy(padded[:], left)
		block = unsafe.String(&padded[0], blockBytes)
	}
	tokens := ^separators(block)
	edges = tokens ^ (tokens<<1 | t.open)
	t.open = tokens >> 63
	t.block += blockBytes
	return edges
}

// separators returns a bit for each byte of a block, set where it separates. Eight bytes are
// compared at once: the sum of a byte below 0x80 and 0x80-n has its top bit if the byte is
// n or more.
func separators(block string) (set uint64) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for i := 0; i < blockBytes; i += 8 {
		x := eightBytes(block[i:])
		low := x &^ tops
		zeroOrBlank := ^((low + 0x7f*ones) & ((low ^ 0x20*ones) + 0x7f*ones))
		tabToReturn := (low + 0x77*ones) &^ (low + 0x72*ones)
		found := (zeroOrBlank | tabToReturn) &^ x & tops
		const gather = 0x0102040810204080 // moves bit 8i to 56+i
		set |= (((found >> 7) * gather) >> 56) << i
	}
	return set
}

// eightBytes returns the first bytes of s, which the compiler loads at once.
func eightBytes(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
