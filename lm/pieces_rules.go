package lm

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// readRules reads the rules of normalising; base is their place in the file.
func (p *Pieces) readRules(b []byte, base int) error {
	if len(b) == 0 {
		return nil
	}
	if len(b) < 4 {
		return at(uint64(base), "the rules of normalising have %d bytes", len(b))
	}
	size := int64(binary.LittleEndian.Uint32(b))
	if size%4 != 0 || size < 4 || size > int64(len(b)-4) {
		return at(uint64(base), "a trie of %d bytes in rules of %d", size, len(b))
	}
	p.rules = make([]uint32, size/4)
	for i := range p.rules {
		p.rules[i] = binary.LittleEndian.Uint32(b[4+4*i:])
	}
	p.texts = bytes.Clone(b[4+size:])
	if n := len(p.texts); n > 0 && p.texts[n-1] != 0 {
		return at(uint64(base), "the texts of the rules of normalising do not end")
	}
	return nil
}

// rule returns the text that takes the place of the longest beginning of s that has a
// rule, and the length of that; 0 where none has.
func (p *Pieces) rule(s string) (with []byte, length int) {
	if len(p.rules) == 0 {
		return nil, 0
	}
	offset := func(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }
	node, value := offset(p.rules[0]), uint32(0)
	for i := 0; i < len(s); i++ {
		node ^= uint32(s[i])
		if int64(node) >= int64(len(p.rules)) {
			break
		}
		unit := p.rules[node]
		if unit&(1<<31|0xFF) != uint32(s[i]) {
			break
		}
		node ^= offset(unit)
		if unit>>8&1 == 1 && int64(node) < int64(len(p.rules)) {
			value, length = p.rules[node]&^(1<<31), i+1
		}
	}
	if length == 0 || int64(value) >= int64(len(p.texts)) {
		return nil, 0
	}
	with = p.texts[value:]
	return with[:bytes.IndexByte(with, 0)], length
}

// prefix normalises the beginning of s: what a rule is about, a piece that the user
// defined, or a character.
func (p *Pieces) prefix(s string) (with string, length int) {
	if n := p.userPiece(s); n > 0 {
		return s[:n], n
	}
	if text, n := p.rule(s); n > 0 {
		return unsafe.String(unsafe.SliceData(text), len(text)), n
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		return "\uFFFD", 1
	}
	return s[:n], n
}

// userPiece returns the length of the longest piece that the user defined at the
// beginning of s.
func (p *Pieces) userPiece(s string) (length int) {
	if !p.user {
		return 0
	}
	node := int32(0)
	for i := 0; i < len(s); i++ {
		if node = p.child(node, s[i]); node == 0 {
			break
		}
		if piece := p.nodes[node].piece; piece >= 0 && p.kinds[piece] == pieceUser {
			length = i + 1
		}
	}
	return length
}

// spaceMark is what a space becomes.
const spaceMark = "\u2581"

// normalize appends s as the pieces were trained on it.
func (p *Pieces) normalize(dst []byte, s string) []byte {
	start := len(dst)
	if p.squeeze {
		for s != "" {
			with, n := p.prefix(s)
			if with != " " {
				break
			}
			s = s[n:]
		}
	}
	if s == "" {
		return dst
	}
	space := " "
	if p.escape {
		space = spaceMark
	}
	if p.dummy {
		dst = append(dst, space...)
	}
	after := p.squeeze // a space, so that another one is dropped
	for s != "" {
		with, n := p.prefix(s)
		s = s[n:]
		for after && strings.HasPrefix(with, " ") {
			with = with[1:]
		}
		for i := range len(with) {
			if with[i] == ' ' {
				dst = append(dst, space...)
			} else {
				dst = append(dst, with[i])
			}
		}
		if with != "" {
			after = with[len(with)-1] == ' '
		}
		after = after && p.squeeze
	}
	for p.squeeze && bytes.HasSuffix(dst[start:], []byte(space)) {
		dst = dst[:len(dst)-len(space)]
	}
	return dst
}
