package filters

import (
	"unicode/utf8"
	"unsafe"
)

// disguised finds terms that are spaced out (f.u.c.k), stretched (fuuuck) or written
// with letters of another script or invisible ones between (pоrn, po​rn). Eight bytes
// at a time are held against what all of these have in common; a place that may be
// one is looked at closely.
func (n *nsfw) disguised() {
	s := n.text
	i := 0
	for ; i+16 <= len(s); i += 8 {
		w := load8(s, i)
		l := asciiLetters(w)
		if foreign(w) != 0 && (l != 0 || i > 0 && isASCIILetter(s[i-1]) || isASCIILetter(s[i+8])) {
			n.lookAll(i, i+8)
			continue
		}
		if l == 0 {
			continue
		}
		next := load8(s, i+8)
		if tripled(w, next)&l != 0 || spacedOut(l, asciiLetters(next)) != 0 {
			n.lookAll(i, i+8)
		}
	}
	n.lookAll(i, len(s))
}

// foreign has the high bit of each byte of w set that may begin a letter of another
// script or end an invisible one: CD and above begin U+0340 and above, AD ends the
// soft hyphen. It may have others set, too.
func foreign(w uint64) uint64 {
	const hyphen = 0xad * ones
	return ((w &^ highs) + (0x80-0x4d)*ones | (w^hyphen-ones)&^(w^hyphen)) & w & highs
}

// asciiLetters has the high bit of each byte of w set that is an ASCII letter.
func asciiLetters(w uint64) uint64 {
	low := (w | 0x20*ones) &^ highs
	return (low + (0x80-'a')*ones) &^ (low + (0x7f-'z')*ones) &^ w & highs
}

// tripled has the high bit of each byte of w set that may be equal to the next two
// but for its case; of the lowest one this is sure.
func tripled(w, next uint64) uint64 {
	differ := (w ^ (w>>8 | next<<56)) | (w ^ (w>>16 | next<<48))
	differ &^= 0x20 * ones
	return (differ - ones) &^ differ & highs
}

// spacedOut has the high bit of each letter set that stands in the pattern letter,
// other, letter, other, letter. l and next have the letters of 16 bytes.
func spacedOut(l, next uint64) uint64 {
	some := l &^ (l>>8 | next<<56) & (l>>16 | next<<48)
	if some == 0 {
		return 0
	}
	return some &^ (l>>24 | next<<40) & (l>>32 | next<<32)
}

// lookAll looks closely at all places of a stretch.
func (n *nsfw) lookAll(i, end int) {
	s := n.text
	for ; i < end; i++ {
		if i < n.done {
			i = min(n.done, end) - 1
			continue
		}
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			if _, size := plainRune(s[i:]); size > 0 && (i > 0 && isASCIILetter(s[i-1]) || i+size < len(s) && isASCIILetter(s[i+size])) {
				n.tryWord(i)
			}
		case !isASCIILetter(c):
		case i+2 < len(s) && s[i+1]|0x20 == c|0x20 && s[i+2]|0x20 == c|0x20:
			n.tryWord(i)
		case i+4 < len(s) && isSpacer(s[i+1]) && s[i+3] == s[i+1] && isASCIILetter(s[i+2]) && isASCIILetter(s[i+4]) && n.edge(i):
			n.trySpaced(i)
		}
	}
}

func isASCIILetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// isSpacer reports whether a byte may stand between the letters of a word.
func isSpacer(c byte) bool {
	return c < utf8.RuneSelf && c > ' ' && !isWordRune(rune(c)) || c == ' '
}

// maxDisguised is how long a disguised word may be, in bytes.
const maxDisguised = 64

// trySpaced tries the letters from i on that have one sign between each two.
func (n *nsfw) trySpaced(i int) {
	s, spacer := n.text, n.text[i+1]
	end := i + 1
	n.token = append(n.token[:0], s[i])
	for end+1 < len(s) && s[end] == spacer && isASCIILetter(s[end+1]) && (end+2 == len(s) || !isASCIILetter(s[end+2])) {
		n.token = append(n.token, s[end+1])
		end += 2
	}
	n.done = end
	if len(n.token) > 2 && len(n.token) <= maxDisguised && n.edge(end) {
		n.tryToken(i, end)
	}
}

// tryWord tries the word around i in plain letters, with stretched letters once and
// twice.
func (n *nsfw) tryWord(i int) {
	start, end := i, i
	for start > n.done {
		r, size := utf8.DecodeLastRuneInString(n.text[:start])
		if !goesOn(r) {
			break
		}
		start -= size
	}
	for end < len(n.text) {
		r, size := utf8.DecodeRuneInString(n.text[end:])
		if !goesOn(r) {
			break
		}
		end += size
	}
	n.done = max(end, i+1)
	if end-start > maxDisguised {
		return
	}
	n.plain(n.text[start:end], 1)
	n.tryToken(start, end)
	if n.plain(n.text[start:end], 2) {
		n.tryToken(start, end)
	}
}

// goesOn reports whether a disguised word goes on with r.
func goesOn(r rune) bool { return isWordRune(r) || isInvisible(r) || r == '@' || r == '$' }

// plain writes a word into the token in plain letters. Letters that stand there three
// times and more are written as often as most says. It reports whether there are any.
func (n *nsfw) plain(word string, most int) (stretched bool) {
	n.token = n.token[:0]
	for i := 0; i < len(word); {
		r, size := plainRune(word[i:])
		if size == 0 {
			_, size = utf8.DecodeRuneInString(word[i:])
			n.token = append(n.token, word[i:i+size]...)
		} else if r != 0 {
			n.token = append(n.token, byte(r))
		}
		i += size
	}
	kept := n.token[:0]
	for i := 0; i < len(n.token); {
		run := i + 1
		for run < len(n.token) && n.token[run]|0x20 == n.token[i]|0x20 && n.token[i] < utf8.RuneSelf {
			run++
		}
		count := run - i
		if count > 2 {
			count, stretched = most, true
		}
		for range count {
			kept = append(kept, n.token[i])
		}
		i = run
	}
	n.token = kept
	return stretched
}

// tryToken looks up the token, which stands for bytes [start, end) of the text.
func (n *nsfw) tryToken(start, end int) {
	if len(n.token) == 0 {
		return
	}
	token := unsafe.String(unsafe.SliceData(n.token), len(n.token))
	n.found = n.find.find(n.found[:0], token)
	for _, o := range n.found {
		f := &n.forms[o.pattern]
		if o.start == 0 && (int(o.end) == len(token) || f.openRight) && (f.leet || lettersEnough(token[:o.end])) {
			n.hits = append(n.hits, nsfwHit{f.term, int32(start), int32(end)})
			return
		}
	}
}

// isInvisible reports whether r shows nothing: soft hyphen, zero-width characters.
func isInvisible(r rune) bool {
	return r == 0xad || 0x200b <= r && r <= 0x200d || r == 0x2060 || r == 0xfeff
}

// plainRune returns the ASCII letter that the code point at the start of s looks
// like, 0 for one that shows nothing. The size is 0 where it is neither.
func plainRune(s string) (letter rune, size int) {
	if s[0] < utf8.RuneSelf {
		return 0, 0
	}
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case isInvisible(r):
		return 0, size
	case 0xff21 <= r && r <= 0xff3a || 0xff41 <= r && r <= 0xff5a: // full width
		return r - 0xff21 + 'A', size
	case 0x370 <= r && r < 0x530:
		if letter := lookAlike(r); letter != 0 {
			return letter, size
		}
	}
	return 0, 0
}

// lookAlike returns the Latin letter that a Greek or Cyrillic one looks like.
func lookAlike(r rune) rune {
	const foreign = "αεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "асеіјорхуѕһԁкмтАВСЕНІЈКМОРЅТХУ"
	const latin = "aeikvoptuxABEZHIKMNOPTYX" + "aceijopxyshdkmtABCEHIJKMOPSTXY"
	i := 0
	for _, f := range foreign {
		if f == r {
			return rune(latin[i])
		}
		i++
	}
	return 0
}
