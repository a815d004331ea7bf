package shards

import "bytes"

// A span is a stretch of bytes [start, end).
type span struct{ start, end int }

func (s span) of(b []byte) []byte { return b[s.start:s.end] }

// The walkers below read JSON that has been validated before, with a hole where the
// text was: they look for boundaries alone, and are quick. At the hole they find a
// value of no bytes. On anything else they end early rather than panic.

// members walks over the members of the object that begins at i.
type members struct {
	b    []byte
	i    int
	hole int // where the value of no bytes is, or -1
}

// walkMembers begins a walk. What is no object has no members.
func walkMembers(b []byte, i, hole int) members {
	if i >= len(b) || b[i] != '{' {
		return members{b, len(b), hole}
	}
	return members{b, i + 1, hole}
}

// next returns the next name, without its quotes, and the next value.
func (w *members) next() (name, value span, ok bool) {
	i := skipSpace(w.b, w.i)
	if i < len(w.b) && w.b[i] == ',' {
		i = skipSpace(w.b, i+1)
	}
	if i >= len(w.b) || w.b[i] != '"' {
		return span{}, span{}, false
	}
	end := passString(w.b, i)
	name = span{i + 1, max(i+1, end-1)}
	if i = skipSpace(w.b, end); i >= len(w.b) || w.b[i] != ':' {
		return span{}, span{}, false
	}
	value = passSpaced(w.b, i+1, w.hole)
	w.i = value.end
	return name, value, true
}

// elements walks over the elements of the list that begins at i.
type elements struct {
	b    []byte
	i    int
	hole int
}

func walkElements(b []byte, i, hole int) elements {
	if i >= len(b) || b[i] != '[' {
		return elements{b, len(b), hole}
	}
	return elements{b, i + 1, hole}
}

func (w *elements) next() (value span, ok bool) {
	i := skipSpace(w.b, w.i)
	if i < len(w.b) && w.b[i] == ',' {
		i++
	}
	value = passSpaced(w.b, i, w.hole)
	if value.start == value.end {
		return span{}, false
	}
	w.i = value.end
	return value, true
}

// passSpaced finds the value behind white space from i on. White space may lie on
// both sides of the hole.
func passSpaced(b []byte, i, hole int) span {
	start := skipSpace(b, i)
	if i <= hole && hole <= start {
		return span{hole, hole}
	}
	return span{start, pass(b, start)}
}

// pass returns the byte behind the value at i.
func pass(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = passString(b, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
			i++
		case ' ', '\t', '\r', '\n', ',', ':':
			if depth == 0 {
				return i
			}
			i++
			continue
		default:
			i = passScalar(b, i)
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

func passScalar(b []byte, i int) int {
	for i < len(b) {
		switch b[i] {
		case ' ', '\t', '\r', '\n', ',', ':', '}', ']', '{', '[', '"':
			return i
		}
		i++
	}
	return i
}

func passString(b []byte, i int) int {
	for i++; i < len(b); {
		k := bytes.IndexByte(b[i:], '"')
		if k < 0 {
			return len(b)
		}
		i += k + 1
		slashes := 0
		for j := i - 2; b[j] == '\\'; j-- {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
	return len(b)
}
