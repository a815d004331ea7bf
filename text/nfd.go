package text

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// AppendNFD appends s in the Unicode normal form D. Unlike package norm, it puts
// nothing between the marks of a long sequence, so that it gives what other
// programs give. Bytes that are no UTF-8 are copied.
func AppendNFD(dst []byte, s string) []byte {
	start := len(dst) // where the marks begin that may have to change places
	for i := 0; i < len(s); {
		if n := asciiLength(s[i:]); n > 0 {
			dst = append(dst, s[i:i+n]...)
			start = len(dst)
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r < firstDecomposed || !decomposed.has(r) {
			dst = append(dst, s[i:i+n]...)
			start = len(dst)
			i += n
			continue
		}
		if r >= hangulFirst && r <= hangulLast {
			dst = appendHangul(dst, r)
			start = len(dst)
			i += n
			continue
		}
		first := len(dst)
		if d := norm.NFD.PropertiesString(s[i : i+n]).Decomposition(); d != nil {
			dst = append(dst, d...)
		} else {
			dst = append(dst, s[i:i+n]...)
		}
		start = order(dst, first, start)
		i += n
	}
	return dst
}

const (
	firstDecomposed = 0xC0 // below there is nothing that normal form D changes
	hangulFirst     = 0xAC00
	hangulLast      = 0xD7A3
)

// decomposed are the code points that normal form D takes apart, or puts in order.
var decomposed = newSet(func(r rune) bool {
	if r >= hangulFirst && r <= hangulLast {
		return true
	}
	p := norm.NFD.PropertiesString(string(r))
	return p.CCC() != 0 || p.Decomposition() != nil
})

// appendHangul appends the parts of a syllable, as section 3.12 of the Unicode
// Standard computes them.
func appendHangul(dst []byte, r rune) []byte {
	i := r - hangulFirst
	dst = utf8.AppendRune(dst, 0x1100+i/(21*28))
	dst = utf8.AppendRune(dst, 0x1161+i%(21*28)/28)
	if t := i % 28; t > 0 {
		dst = utf8.AppendRune(dst, 0x11A7+t)
	}
	return dst
}

// order moves each code point from byte i on before the marks from start on that have
// a higher class, if it is a mark itself. It returns the new start.
func order(b []byte, i, start int) int {
	for i < len(b) {
		p := norm.NFD.Properties(b[i:])
		n, class := p.Size(), p.CCC()
		at := i
		for class > 0 && at > start && classBefore(b, at) > class {
			_, w := utf8.DecodeLastRune(b[:at])
			at -= w
		}
		if at < i {
			var mark [utf8.UTFMax]byte
			copy(mark[:], b[i:i+n])
			copy(b[at+n:i+n], b[at:i])
			copy(b[at:], mark[:n])
		}
		i += n
		if class == 0 {
			start = i
		}
	}
	return start
}

// classBefore returns the combining class of the code point that ends at byte i.
func classBefore(b []byte, i int) uint8 {
	_, n := utf8.DecodeLastRune(b[:i])
	return norm.NFD.Properties(b[i-n : i]).CCC()
}
