package filters

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"tamis/text"
)

// rpText is a text as RedPajama's signals see it.
type rpText struct {
	lines  []rpLine
	normal text.View // of the normalized text
	cover  text.Coverage
	counts wordCounts

	// Of the raw words and sentences:
	rawWords, stopWords, caps, lettered, sentences int
	inSentence                                     bool // it may go on from one line to the next

	normalized            []byte
	bare, lowered, spaced []byte // a line on its way to the normalized text
}

// An rpLine is one line with its newline.
type rpLine struct {
	text.Span
	normal                     text.Span // in the normalized text
	runes, upper               int32     // code points, capitals
	normalRunes, numbers       int32     // of the normalized line
	words, scripts             int32
	terminal, bullet, ellipsis bool
}

// read analyses a text.
func (t *rpText) read(v *text.View, stop *stopWords) {
	s := v.Text()
	t.lines, t.normalized = t.lines[:0], t.normalized[:0]
	t.rawWords, t.stopWords, t.caps, t.lettered, t.sentences = 0, 0, 0, 0, 0
	t.inSentence = false
	for start := 0; start < len(s); {
		end := len(s)
		if n := strings.IndexByte(s[start:], '\n'); n >= 0 {
			end = start + n + 1
		}
		l := rpLine{Span: text.Span{Start: int32(start), End: int32(end)}}
		t.readRaw(&l, s[start:end], stop)
		l.readEnds(s[start:end])
		t.normalize(&l, s[start:end])
		t.lines = append(t.lines, l)
		start = end
	}
	t.normal.Reset(unsafe.String(unsafe.SliceData(t.normalized), len(t.normalized)))
	t.normal.Use(text.Whitespace)
	t.normal.Cover(&t.cover)
	t.findScripts()
}

// Classes of ASCII for the raw words.
const (
	rpMark uint8 = iota
	rpSpace
	rpLetter // and digits
)

var rpClasses = newRPClasses()

func newRPClasses() (c [utf8.RuneSelf]uint8) {
	for b := range c {
		switch r := rune(b); {
		case text.IsSpace(r):
			c[b] = rpSpace
		case text.IsWordRune(r):
			c[b] = rpLetter
		}
	}
	return c
}

// What the signals ask of a character, beside its class.
const (
	rpUpper   uint8 = 4 << iota
	rpLower         // or in title case
	rpLatin         // a letter from A to Z, in any case
	rpEnd           // of a sentence
	rpHigh          // no ASCII: rpRune tells more
	rpClass   = 3   // rpMark, rpSpace or rpLetter
	rpRemoved = '!' // stands for what the normalized text leaves out
)

var (
	rpFlags  = newRPFlags()      // by byte
	rpNormal = newRPNormalized() // the byte that stands in the normalized text for one of ASCII
)

func newRPFlags() (f [256]uint8) {
	for b := range f {
		c := rune(b)
		switch {
		case c >= utf8.RuneSelf:
			f[b] = rpHigh
			continue
		case text.IsUpper(c):
			f[b] = rpUpper | rpLatin
		case text.IsLowerOrTitle(c):
			f[b] = rpLower | rpLatin
		case text.IsTerminal(c):
			f[b] = rpEnd
		}
		f[b] |= rpClasses[b]
	}
	return f
}

func newRPNormalized() (to [256]uint8) {
	for b, class := range rpClasses {
		to[b] = uint8(unicode.ToLower(rune(b)))
		switch {
		case class == rpSpace:
			to[b] = ' '
		case (class == rpMark || b == '_') && b >= ' ' && b != 0x7F:
			to[b] = rpRemoved
		}
	}
	return to
}

// rpRune returns what the signals ask of the first character of s, which is no ASCII,
// and its length.
func rpRune(s string) (flags uint8, n int) {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case text.IsUpper(r):
		flags = rpUpper
	case text.IsLowerOrTitle(r):
		flags = rpLower
	}
	switch {
	case text.IsWordRune(r):
		return flags | rpLetter, n
	case text.IsSpace(r):
		return flags | rpSpace, n
	}
	return flags, n // rpMark is 0
}

// readRaw finds the raw words of a line, its capitals and its sentences.
func (t *rpText) readRaw(l *rpLine, line string, stop *stopWords) {
	l.runes = int32(len(line))
	l.upper = int32(text.CountBetween(line, 'A', 'Z'))
	start, class, seen := 0, rpSpace, uint8(0)
	for i := 0; i < len(line); {
		f, n := rpFlags[line[i]], 1
		if f&rpHigh != 0 {
			f, n = rpRune(line[i:])
			l.runes -= int32(n - 1)
			l.upper += int32(f & rpUpper / rpUpper)
		}
		if f&rpClass != class {
			t.endRaw(line[start:i], class, seen, stop)
			start, class, seen = i, f&rpClass, 0
		}
		end, more := readASCII(line, i+n, class)
		seen |= f | more
		i = end
	}
	t.endRaw(line[start:], class, seen, stop)
}

// readASCII returns where the characters of ASCII end that are of one class, from byte i
// on, and what was seen in them.
func readASCII(line string, i int, class uint8) (end int, seen uint8) {
	for ; i < len(line); i++ {
		f := rpFlags[line[i]]
		if f&(rpHigh|rpClass) != class {
			break
		}
		seen |= f
	}
	return i, seen
}

// endRaw counts a raw word, of whose characters something was seen, or passes over
// white space.
func (t *rpText) endRaw(word string, class, seen uint8, stop *stopWords) {
	if class == rpSpace {
		return
	}
	t.rawWords++
	t.caps += asInt(seen&(rpUpper|rpLower) == rpUpper)
	t.lettered += asInt(seen&rpLatin != 0)
	t.stopWords += asInt(stop.has(word))
	if class == rpLetter {
		t.sentences += asInt(!t.inSentence)
		t.inSentence = true
	} else if seen&rpEnd != 0 {
		t.inSentence = false
	}
}

// has reports whether a word is in the list.
func (s *stopWords) has(word string) bool {
	if len(word) > int(s.longest) {
		return false
	}
	hash := text.Hash(word)
	return s.filter[hash>>60]>>(hash>>54&63)&1 != 0 && s.places[s.slot(hash)] > 0
}

// readEnds looks at how a line begins and ends.
func (l *rpLine) readEnds(line string) {
	line = text.TrimSpace(line)
	if line == "" {
		return
	}
	last, _ := utf8.DecodeLastRuneInString(line)
	switch last {
	case '.', '!', '?', '\u201D':
		l.terminal = true
	}
	l.ellipsis = last == '\u2026' || strings.HasSuffix(line, "...")
	switch first, _ := utf8.DecodeRuneInString(line); first {
	case '\u2022', '\u2023', '\u25B6', '\u25C0', '\u25E6', '\u25A0', '\u25A1', '\u25AA', '\u25AB', '\u2013':
		l.bullet = true
	}
}

// normalize appends a line to the normalized text. What is normalized line by line
// and joined by spaces is the same as a text that is normalized as a whole, since a
// newline parts words, final letters and marks alike.
func (t *rpText) normalize(l *rpLine, line string) {
	from := len(t.normalized)
	if from > 0 {
		t.normalized = append(t.normalized, ' ')
	}
	start := len(t.normalized)
	if int(l.runes) == len(line) {
		t.normalized = appendNormalASCII(t.normalized, line)
	} else {
		t.bare = appendBare(t.bare[:0], line)
		t.lowered = text.AppendLower(t.lowered[:0], asString(t.bare))
		t.spaced = appendSpaced(t.spaced[:0], asString(t.lowered))
		t.normalized = text.AppendNFD(t.normalized, asString(t.spaced))
	}
	if len(t.normalized) == start { // nothing to part from what is before
		t.normalized = t.normalized[:from]
		start = from
	}
	l.normal = text.Span{Start: int32(start), End: int32(len(t.normalized))}
	l.count(asString(t.normalized[start:]))
}

func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// appendNormalASCII appends a line of ASCII as it is in the normalized text.
func appendNormalASCII(dst []byte, line string) []byte {
	from := len(dst)
	dst = slices.Grow(dst, len(line))[:from+len(line)]
	to, n, gap := dst[from:], 0, true
	for i := range len(line) {
		// What is not kept is written over.
		c := rpNormal[line[i]]
		to[n] = c
		space := c == ' '
		if !(space && gap) && c != rpRemoved {
			n++
		}
		if c != rpRemoved {
			gap = space
		}
	}
	if n > 0 && to[n-1] == ' ' {
		n--
	}
	return dst[:from+n]
}

// appendBare appends s without ASCII punctuation.
func appendBare(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || rpNormal[c] != rpRemoved {
			dst = append(dst, c)
		}
	}
	return dst
}

// appendSpaced appends s stripped, with a single space for each stretch of white
// space.
func appendSpaced(dst []byte, s string) []byte {
	from := len(dst)
	for i := 0; i < len(s); {
		if n := text.SpaceAt(s, i); n > 0 {
			i += n
			continue
		}
		start := i
		for i < len(s) && text.SpaceAt(s, i) == 0 {
			i++
		}
		if len(dst) > from {
			dst = append(dst, ' ')
		}
		dst = append(dst, s[start:i]...)
	}
	return dst
}

// count counts words, numbers and code points of the normalized line.
func (l *rpLine) count(line string) {
	if line == "" {
		return
	}
	l.words = int32(strings.Count(line, " ")) + 1
	l.normalRunes = int32(len(line))
	l.numbers = int32(text.CountBetween(line, '0', '9'))
	if int(l.runes) == l.Len() {
		return
	}
	l.normalRunes = int32(utf8.RuneCountInString(line))
	for i := 0; i < len(line); {
		if line[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(line[i:])
		i += n
		l.numbers += int32(asInt(text.IsNumeric(r)))
	}
}

// findScripts counts the words "javascript" of each line.
func (t *rpText) findScripts() {
	const script = "javascript"
	s := t.normal.Text()
	if !strings.Contains(s, script) {
		return
	}
	for i := range t.lines {
		l := &t.lines[i]
		for word := range strings.SplitSeq(l.normal.Of(s), " ") {
			l.scripts += int32(asInt(word == script))
		}
	}
}
