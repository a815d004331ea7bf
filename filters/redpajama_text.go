package filters

import (
	"strings"
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
	inSentence := false
	for start := 0; start < len(s); {
		end := len(s)
		if n := strings.IndexByte(s[start:], '\n'); n >= 0 {
			end = start + n + 1
		}
		l := rpLine{Span: text.Span{Start: int32(start), End: int32(end)}}
		inSentence = t.readRaw(&l, s[start:end], stop, inSentence)
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

// readRaw finds the raw words of a line, its capitals and its sentences; a sentence
// may go on from the line before, and into the next one.
func (t *rpText) readRaw(l *rpLine, line string, stop *stopWords, inSentence bool) bool {
	var w rpWord
	last, start := rpSpace, 0
	for i := 0; i < len(line); {
		r, n := rune(line[i]), 1
		class := rpMark
		if r < utf8.RuneSelf {
			class = rpClasses[r]
		} else {
			r, n = utf8.DecodeRuneInString(line[i:])
			if text.IsWordRune(r) {
				class = rpLetter
			} else if text.IsSpace(r) {
				class = rpSpace
			}
		}
		if class != last {
			t.endWord(&w, last, line[start:i], stop)
			last, start = class, i
		}
		l.runes++
		switch {
		case text.IsUpper(r):
			w.upper = true
			l.upper++
		case text.IsLowerOrTitle(r):
			w.lower = true
		}
		w.letter = w.letter || r|0x20 >= 'a' && r|0x20 <= 'z'
		if class == rpLetter {
			if !inSentence {
				t.sentences++
				inSentence = true
			}
		} else if r == '.' || r == '!' || r == '?' {
			inSentence = false
		}
		i += n
	}
	t.endWord(&w, last, line[start:], stop)
	return inSentence
}

// An rpWord is what has been seen of a raw word.
type rpWord struct{ upper, lower, letter bool }

// endWord counts a raw word and forgets it.
func (t *rpText) endWord(w *rpWord, class uint8, word string, stop *stopWords) {
	if class != rpSpace {
		t.rawWords++
		t.caps += asInt(w.upper && !w.lower)
		t.lettered += asInt(w.letter)
		t.stopWords += asInt(stop.has(word))
	}
	*w = rpWord{}
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
	t.normalized = append(t.normalized, ' ')
	if int(l.runes) == len(line) {
		t.normalized = appendSpaced(t.normalized, from+1, line, true)
	} else {
		t.bare = appendBare(t.bare[:0], line)
		t.lowered = text.AppendLower(t.lowered[:0], asString(t.bare))
		t.spaced = appendSpaced(t.spaced[:0], 0, asString(t.lowered), false)
		t.normalized = text.AppendNFD(t.normalized, asString(t.spaced))
	}
	if len(t.normalized) == from+1 || from == 0 {
		// Nothing to part from what is before.
		t.normalized = append(t.normalized[:from], t.normalized[from+1:]...)
	} else {
		from++
	}
	l.normal = text.Span{Start: int32(from), End: int32(len(t.normalized))}
	l.count(asString(t.normalized[from:]))
}

func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// appendBare appends s without ASCII punctuation.
func appendBare(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || rpClasses[c] != rpMark && c != '_' || c < ' ' || c == 0x7F {
			dst = append(dst, c)
		}
	}
	return dst
}

// appendSpaced appends s stripped, with a single space for each stretch of white
// space, to a line that begins at byte from of dst. Where s is raw, and all of it
// ASCII, punctuation is left out and letters become lower case.
func appendSpaced(dst []byte, from int, s string, raw bool) []byte {
	gap := false
	for i := 0; i < len(s); {
		c := s[i]
		if n := text.SpaceAt(s, i); n > 0 {
			gap = true
			i += n
			continue
		}
		i++
		if raw {
			if (rpClasses[c] == rpMark || c == '_') && c >= ' ' && c != 0x7F {
				continue
			}
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
		}
		if gap && len(dst) > from {
			dst = append(dst, ' ')
		}
		gap = false
		dst = append(dst, c)
	}
	return dst
}

// count counts words, numbers and code points of the normalized line.
func (l *rpLine) count(line string) {
	if line == "" {
		return
	}
	l.words = 1
	for i := 0; i < len(line); {
		r, n := rune(line[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(line[i:])
		}
		i += n
		l.normalRunes++
		if r == ' ' {
			l.words++
		} else if text.IsNumeric(r) {
			l.numbers++
		}
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
