package filters

import (
	"bytes"
	"html"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

const softHyphen = 0xad

// replace replaces single characters, and reports whether it did.
func (r *repairer) replace() bool {
	r.new = r.new[:0]
	for i := 0; i < len(r.now); {
		if r.now[i] < utf8.RuneSelf {
			r.new = append(r.new, r.now[i])
			i++
			continue
		}
		char, size := utf8.DecodeRune(r.now[i:])
		rest := r.now[i+size:]
		last := len(rest) == 0 || len(rest) == 1 && rest[0] == '\r' // a soft hyphen there divides a word
		if with, rule, ok := r.replacement(char); ok && !(last && char == softHyphen && r.settings.Hyphens != "none") {
			r.new = append(r.new, with...)
			r.count(rule, 1)
		} else {
			r.new = append(r.new, r.now[i:i+size]...)
		}
		i += size
	}
	return r.swap()
}

func (r *repairer) replacement(char rune) (with string, rule int, ok bool) {
	if !r.signs.of(char).replaced() {
		return "", 0, false
	}
	return r.settings.replacement(char)
}

// replacement returns what a character is replaced by.
func (s *repairSettings) replacement(char rune) (with string, rule int, ok bool) {
	switch {
	case isUnseen(char):
		return "", repairInvisible, s.Invisible
	case isQuote(char):
		return straight(char), repairQuotes, s.Quotes
	case char == 0x3000 && s.Width:
		return " ", repairWidth, true
	case char >= 0x80 && unicode.Is(unicode.Zs, char):
		return " ", repairSpaces, s.Spaces
	case char == 0xfb05: // the first of its letters is the long s
		return "\u017ft", repairLigatures, s.Ligatures
	case isLigature(char):
		return plainForms()[char], repairLigatures, s.Ligatures
	case char == 0x149:
		return "'n", repairLigatures, s.Ligatures
	case isWide(char):
		with = plainForms()[char]
		if q, _ := utf8.DecodeRuneInString(with); s.Width && isQuote(q) {
			with = straight(q)
		}
		return with, repairWidth, s.Width && with != string(char)
	}
	return "", 0, false
}

// isWide reports whether a character has another width than its plain form.
func isWide(r rune) bool { return 0xff01 <= r && r <= 0xffee && r != 0xffa0 }

// plainForms are what ligatures and characters of another width are replaced by.
var plainForms = sync.OnceValue(func() map[rune]string {
	forms := map[rune]string{}
	for r := rune(0x80); r <= 0xffee; r++ {
		if isLigature(r) || isWide(r) {
			forms[r] = norm.NFKC.String(string(r))
		}
	}
	return forms
})

// isUnseen reports whether a character is seen in no font and says nothing to a
// reader. U+200C and U+200D join and part letters and emoji, so that they are no such
// characters.
func isUnseen(r rune) bool {
	switch r {
	case 0xad, 0x61c, 0x180e, 0x200b, 0x200e, 0x200f, 0x2060, 0xfeff:
		return true
	}
	return 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x206f || 0xfff9 <= r && r <= 0xfffc
}

func isQuote(r rune) bool { return 0x2018 <= r && r <= 0x201f }

// straight returns the ASCII mark for a quotation mark.
func straight(r rune) string {
	if r <= 0x201b {
		return "'"
	}
	return "\""
}

// isLigature reports whether a character is a Latin ligature or digraph that stands
// for its letters alone.
func isLigature(r rune) bool {
	return r == 0x132 || r == 0x133 || 0x1c4 <= r && r <= 0x1cc || 0x1f1 <= r && r <= 0x1f3 || 0xfb00 <= r && r <= 0xfb06
}

// unescape replaces entities of HTML, and reports whether it did.
func (r *repairer) unescape() bool {
	if bytes.IndexByte(r.now, '&') < 0 {
		return false
	}
	r.new = r.new[:0]
	for i := 0; i < len(r.now); {
		if r.now[i] == '&' {
			if end := bytes.IndexByte(r.now[i:min(len(r.now), i+maxEntity)], ';'); end > 1 && r.entity(r.now[i+1:i+end]) {
				r.count(repairEntities, 1)
				i += end + 1
				continue
			}
		}
		r.new = append(r.new, r.now[i])
		i++
	}
	return r.swap()
}

// maxEntity is the length of the longest entity of HTML 5, with its signs.
const maxEntity = 34

// entity appends the character of an entity to new; false where there is none.
func (r *repairer) entity(name []byte) bool {
	if name[0] == '#' {
		char := numbered(string(name[1:]))
		if char > 0 {
			r.new = utf8.AppendRune(r.new, char)
		}
		return char > 0
	}
	with, ok := r.names[string(name)]
	if !ok {
		if with = named(string(name)); with == "" {
			return false
		}
		r.names[string(name)] = with
	}
	r.new = append(r.new, with...)
	return true
}

// named returns the characters of an entity, which may be in capitals; "" where there
// is none.
func named(name string) string {
	whole := "&" + name + ";"
	if with := html.UnescapeString(whole); !strings.HasSuffix(with, ";") || with == ";" {
		return with
	}
	if name != strings.ToUpper(name) {
		return ""
	}
	if with := html.UnescapeString(strings.ToLower(whole)); !strings.HasSuffix(with, ";") {
		return strings.ToUpper(with)
	}
	return ""
}

// numbered returns the character of a number, decimal or after an x hexadecimal; 0
// where there is none.
func numbered(digits string) rune {
	base := 10
	if digits != "" && digits[0]|0x20 == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	switch {
	case err != nil:
		return 0
	case n == 0 || n > unicode.MaxRune || !utf8.ValidRune(rune(n)):
		return utf8.RuneError
	case 0x80 <= n && n < 0xa0:
		return charmap.Windows1252.DecodeByte(byte(n))
	case n < 0x20 && n != '\t':
		return 0
	}
	return rune(n)
}
