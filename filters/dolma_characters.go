package filters

import (
	"strings"
	"unicode/utf8"

	"tamis/text"
)

// charRepeats finds blocks of characters that stand four times or more in a row, with
// at most one character of white space between two: from the left, the shortest block
// first, as often as it goes. A block has no newline in it.
//
// A block of eight bytes and more can begin only where eight bytes stand that the text
// has four times, and its length is how far it is to another such place; shorter blocks
// are tried as they are.
type charRepeats struct {
	counts []uint32 // how often eight bytes occur, by their hash
	next   []int32  // the next place with the same hash, or 0
	last   []int32  // the last place with a hash so far, and one
}

const (
	repeatGram = 8    // bytes
	repeatMax  = 4096 // bytes of the longest block
)

// find appends the repetitions of s.
func (c *charRepeats) find(dst []repetition, s string) []repetition {
	c.index(s)
	for i := 0; i < len(s); {
		width := 1
		if s[i] >= utf8.RuneSelf {
			_, width = utf8.DecodeRuneInString(s[i:])
		}
		length, end := c.block(s, i)
		if length == 0 {
			i += width
			continue
		}
		dst = append(dst, repetition{start: int32(i), end: int32(end), times: int32(strings.Count(s[i:end], s[i:i+length]))})
		i = end
	}
	return dst
}

// index notes where eight bytes stand that the text has four times.
func (c *charRepeats) index(s string) {
	n := max(0, len(s)-repeatGram+1)
	size := 64
	for size < n {
		size *= 2
	}
	c.counts, c.last, c.next = resized(c.counts, size), resized(c.last, size), resized(c.next, n)
	for i := n - 1; i >= 0; i-- {
		at := gramSlot(s[i:i+repeatGram], size)
		c.counts[at]++
		c.next[i] = c.last[at] - 1
		c.last[at] = int32(i) + 1
	}
}

// resized returns n zeros in the memory of s, if there is enough.
func resized[T int32 | uint32](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// gramSlot returns the slot of eight bytes in a table of a size that is a power of two.
func gramSlot(gram string, size int) int {
	h := uint64(0)
	for i := range repeatGram {
		h = h<<8 | uint64(gram[i])
	}
	h *= 0x9E3779B97F4A7C15
	return int(h>>32) & (size - 1)
}

// block returns the length of the shortest block that begins at byte i and stands four
// times in a row, and where the row ends; 0 if there is none.
func (c *charRepeats) block(s string, i int) (length, end int) {
	for length = 1; length < repeatGram && i+4*length <= len(s); length++ {
		if s[i+length-1] == '\n' {
			return 0, 0
		}
		if end = row(s, i, length); end > 0 {
			return length, end
		}
	}
	if i >= len(c.next) || c.counts[gramSlot(s[i:i+repeatGram], len(c.counts))] < 4 {
		return 0, 0
	}
	return c.longBlock(s, i)
}

// longBlock is block for lengths of eight bytes and more: the block begins again after
// its length, or one character of white space later.
func (c *charRepeats) longBlock(s string, i int) (length, end int) {
	room := repeatMax
	if n := strings.IndexByte(s[i:min(len(s), i+repeatMax)], '\n'); n >= 0 {
		room = n
	}
	best := 0
	for at := int(c.next[i]); at > 0 && at-i <= room+utf8.UTFMax; at = int(c.next[at]) {
		blank := 0
		if r, n := utf8.DecodeLastRuneInString(s[i:at]); text.IsSpace(r) {
			blank = n
		}
		for _, length := range [...]int{at - i - blank, at - i} {
			if length >= repeatGram && length <= room && (best == 0 || length < best) {
				if e := row(s, i, length); e > 0 {
					best, end = length, e
				}
			}
		}
		if best > 0 && at-i-utf8.UTFMax > best {
			break // further places give longer blocks
		}
	}
	return best, end
}

// row returns where the row of at least four equal blocks ends that begins at byte i; 0
// if there are fewer.
func row(s string, i, length int) int {
	end := i + length
	if end < len(s) && s[end] >= utf8.RuneSelf && !utf8.RuneStart(s[end]) {
		return 0 // inside a character
	}
	block := s[i:end]
	if end = again(s, end, block, 3); end == 0 {
		return 0
	}
	for more := end; more > 0; more = again(s, end, block, 1) {
		end = more
	}
	return end
}

// again returns where the block has stood so many more times from byte i on, each
// perhaps with white space before it, or 0. White space is taken where it can be.
func again(s string, i int, block string, times int) int {
	if times == 0 {
		return i
	}
	if i < len(s) {
		if n := text.SpaceAt(s, i); n > 0 && strings.HasPrefix(s[i+n:], block) {
			if end := again(s, i+n+len(block), block, times-1); end > 0 {
				return end
			}
		}
	}
	if !strings.HasPrefix(s[i:], block) {
		return 0
	}
	return again(s, i+len(block), block, times-1)
}
