package filters

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// The encodings that UTF-8 is read in by mistake, the likeliest first. Bytes that an
// encoding leaves open are those of Latin-1, as browsers have them.
var mistaken = []*charmap.Charmap{
	charmap.ISO8859_1, charmap.Windows1252, charmap.Windows1251, charmap.Windows1250, charmap.Windows1253,
	charmap.Windows1254, charmap.Windows1257, charmap.ISO8859_2, charmap.Macintosh, charmap.CodePage437,
}

// decode undoes one reading in a wrong encoding, and reports whether it did.
func (r *repairer) decode() bool {
	odd := r.oddness(r.now)
	if odd == 0 {
		return false
	}
	if r.decodeWhole(odd) || r.decodeParts() || r.decodeControls() {
		r.count(repairMojibake, 1)
		return true
	}
	return false
}

// oddness counts the pairs that no language has.
func (r *repairer) oddness(line []byte) int {
	n, before := 0, plainSign
	for i := 0; i < len(line); {
		c := line[i]
		if c < utf8.RuneSelf {
			before = signOf(c)
			i++
			continue
		}
		char, size := utf8.DecodeRune(line[i:])
		now := r.signs.of(char)
		if now.oddAfter(before) || now == firstSign && graveAlone(before, line[i:]) {
			n++
		}
		before = now
		i += size
	}
	return n
}

// decodeWhole decodes the line where all of it was read wrongly in the same way. Of
// several readings that with the fewest odd pairs is taken.
func (r *repairer) decodeWhole(odd int) bool {
	least := odd + 1
	for _, from := range mistaken {
		if !r.encode(r.now, from) {
			continue
		}
		r.new = r.new[:0]
		lossy := from != charmap.ISO8859_1 && from != charmap.Macintosh && from != charmap.CodePage437
		if r.sequences(r.encoded, lossy) {
			if left := r.oddness(r.new); left <= odd && left < least {
				least = left
				r.best = append(r.best[:0], r.new...)
			}
		}
		if least == 0 {
			break
		}
	}
	if least > odd {
		return false
	}
	r.new = append(r.new[:0], r.best...)
	return r.swap()
}

// lostByte stands for a byte that was lost: U+FFFD is in its place.
const lostByte = 0x1a

// encode writes the line in an encoding, and reports whether that has all of it.
func (r *repairer) encode(line []byte, to *charmap.Charmap) bool {
	r.encoded = r.encoded[:0]
	for i := 0; i < len(line); {
		char, size := utf8.DecodeRune(line[i:])
		c, ok := encodeRune(char, size, to)
		if !ok {
			return false
		}
		r.encoded = append(r.encoded, c)
		i += size
	}
	return true
}

func encodeRune(char rune, size int, to *charmap.Charmap) (byte, bool) {
	switch {
	case char < utf8.RuneSelf:
		return byte(char), true
	case char == utf8.RuneError:
		return lostByte, size > 1 && to != charmap.ISO8859_1
	case char <= 0xff && to != charmap.CodePage437 && to != charmap.Macintosh:
		if c, ok := to.EncodeRune(char); ok {
			return c, true
		}
		return byte(char), to.DecodeByte(byte(char)) == utf8.RuneError
	}
	return to.EncodeRune(char)
}

// sequences appends the UTF-8 that b holds to new, and reports whether b holds nothing
// else. A space may stand for the continuation A0; where lossy, sequences that have
// lost bytes become U+FFFD.
func (r *repairer) sequences(b []byte, lossy bool) bool {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			r.new = append(r.new, b[i])
			i++
			continue
		}
		n, ok := r.sequence(b[i:], lossy)
		if !ok {
			return false
		}
		i += n
	}
	return true
}

// sequence appends the character that b begins with to new, and returns how many
// bytes it takes.
func (r *repairer) sequence(b []byte, lossy bool) (n int, ok bool) {
	if char, size := utf8.DecodeRune(b); size > 1 {
		if isRare(char) {
			return 0, false
		}
		r.new = utf8.AppendRune(r.new, char)
		return size, true
	}
	n = sequenceLength(b[0])
	if n == 0 || len(b) < 2 {
		return 0, false
	}
	if b[0] == 0xc3 && b[1] == ' ' { // the space behind the letter has become part of it
		r.new = append(r.new, "\u00e0"...)
		if contracted(b[2:]) {
			return 2, true
		}
		if len(b) == 2 || b[2] != ' ' {
			return 1, true
		}
		return 2, true
	}
	if len(b) < n {
		return 0, false
	}
	var whole [4]byte
	lost, blanks := 0, 0
	for j, c := range b[:n] {
		switch {
		case c == ' ':
			c = 0xa0
			blanks++
		case c == lostByte:
			lost++
		case j > 0 && c&0xc0 != 0x80:
			return 0, false
		}
		whole[j] = c
	}
	if lost > 0 && lossy && blanks == 0 {
		r.new = append(r.new, "\ufffd"...)
		return n, true
	}
	char, size := utf8.DecodeRune(whole[:n])
	if size != n || blanks > 1 || n == 2 && bytes.IndexByte([]byte{0xc2, 0xc5, 0xce, 0xd0, 0xd9}, b[0]) < 0 {
		return 0, false
	}
	r.new = utf8.AppendRune(r.new, char)
	return n, true
}

// graveAlone reports whether s begins with what à as a word is read as: its second
// byte, a no-break space, has become a space.
func graveAlone[T string | []byte](before sign, s T) bool {
	const read = "\u00c3 "
	return before&^doneSign == plainSign && len(s) > len(read) && string(s[:len(read)]) == read && signOf(s[len(read)]) == smallLetter
}

// contracted reports whether b goes on with the rest of às, àquele, àquela or àquilo:
// Portuguese writes the preposition and what follows in one word.
func contracted(b []byte) bool {
	for _, rest := range []string{"s ", "quel", "quilo"} {
		if len(b) >= len(rest) && string(b[:len(rest)]) == rest {
			return true
		}
	}
	return false
}

// isRare reports whether a character is a letter of phonetic and African
// alphabets that two signs of Western text give by chance, or no character at all.
func isRare(r rune) bool {
	switch r {
	case 0x192, 0x1a0, 0x1a1, 0x1af, 0x1b0, 0x259: // florin, Vietnamese, Azerbaijani
		return false
	}
	private := 0xe000 <= r && r < 0xf8ff || 0x30000 <= r && r < 0xe0000
	return private || 0x180 <= r && r < 0x1cd || 0x1dd <= r && r < 0x218 || 0x21c <= r && r < 0x2b0
}

// sequenceLength returns how long a sequence is that begins with c; 0 if none does.
func sequenceLength(c byte) int {
	switch {
	case 0xc2 <= c && c < 0xe0:
		return 2
	case 0xe0 <= c && c < 0xf0:
		return 3
	case 0xf0 <= c && c < 0xf5:
		return 4
	}
	return 0
}

// decodeParts decodes the stretches of a line that were read wrongly.
func (r *repairer) decodeParts() bool {
	r.new = r.new[:0]
	for i := 0; i < len(r.now); {
		if r.now[i] >= utf8.RuneSelf {
			if n := r.part(r.now[i:]); n > 0 {
				i += n
				continue
			}
		}
		_, size := utf8.DecodeRune(r.now[i:])
		r.new = append(r.new, r.now[i:i+size]...)
		i += size
	}
	return r.swap()
}

// part appends the characters that a stretch of wrongly read ones stands for, and
// returns its length; 0 where line begins with none.
func (r *repairer) part(line []byte) int {
	for _, from := range mistaken[1:7] {
		size, from0 := 0, len(r.new)
		for {
			n := r.partOne(line[size:], from)
			if n == 0 {
				break
			}
			size += n
		}
		if size > 0 && r.oddness(line[:size]) > 0 {
			return size
		}
		r.new = r.new[:from0]
	}
	return 0
}

// partOne appends the character that a few wrongly read ones stand for, and returns
// their length.
func (r *repairer) partOne(line []byte, from *charmap.Charmap) int {
	var b [4]byte
	size, want := 0, 4
	for n := 0; n < want; n++ {
		char, s := utf8.DecodeRune(line[size:])
		if char < utf8.RuneSelf || char == utf8.RuneError {
			return 0
		}
		c, ok := encodeRune(char, s, from)
		if !ok && (n == 0 || char >= 0xa0) {
			return 0
		} else if !ok {
			c = byte(char)
		}
		if n == 0 {
			if want = sequenceLength(c); want == 0 {
				return 0
			}
		}
		b[n] = c
		size += s
	}
	char, n := utf8.DecodeRune(b[:want])
	if n != want || isRare(char) {
		return 0
	}
	r.new = utf8.AppendRune(r.new, char)
	return size
}

// decodeControls takes C1 controls for the characters that Windows-1252 has in their
// places.
func (r *repairer) decodeControls() bool {
	r.new = r.new[:0]
	for i := 0; i < len(r.now); {
		char, size := utf8.DecodeRune(r.now[i:])
		if meant := charmap.Windows1252.DecodeByte(byte(char)); size > 1 && char < 0xa0 && meant != utf8.RuneError {
			r.new = utf8.AppendRune(r.new, meant)
		} else {
			r.new = append(r.new, r.now[i:i+size]...)
		}
		i += size
	}
	return r.swap()
}
