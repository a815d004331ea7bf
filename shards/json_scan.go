package shards

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep lists and objects may nest: as deep as the strict parsers
// of the Go world go (jsontext, encoding/json).
const maxDepth = 10_000

// A syntaxError says what a record has at a byte instead of what JSON asks for.
type syntaxError struct {
	at   int // byte of the record
	text string
}

func (e *syntaxError) Error() string { return e.text }

// fault describes the byte at i of the record b.
func fault(b []byte, i int, want string) error {
	return &syntaxError{i, fmt.Sprintf("no JSON at byte %d: expected %s, found %s", i, want, found(b, i))}
}

// found names the character at i as people read it.
func found(b []byte, i int) string {
	if i >= len(b) {
		return "the end of the line"
	}
	r, n := utf8.DecodeRune(b[i:])
	if r == utf8.RuneError && n == 1 {
		return fmt.Sprintf("byte 0x%02X", b[i])
	}
	if r < ' ' || r == 0x7F || r == 0xFEFF {
		return fmt.Sprintf("character %U", r)
	}
	return strconv.Quote(string(r))
}

// before quotes the few characters that lead to i, so that the place can be found.
func before(b []byte, i int) string {
	from := max(0, i-20)
	for from < i && !utf8.RuneStart(b[from]) {
		from++
	}
	return strconv.Quote(strings.ToValidUTF8(string(b[from:i]), "�"))
}

// skipSpace returns the first byte from i on that is no white space of JSON.
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// The scan functions validate one value that begins at i and return the byte
// behind it. They accept what RFC 8259 allows, names more than once included, and
// refuse invalid UTF-8 and surrogates without their other half, as jsontext does.

func scanValue(b []byte, i, depth int) (int, error) {
	if i >= len(b) {
		return i, fault(b, i, "a value")
	}
	switch c := b[i]; {
	case c == '"':
		end, _, err := scanString(b, i)
		return end, err
	case c == '{':
		return scanObject(b, i, depth)
	case c == '[':
		return scanList(b, i, depth)
	case c == '-' || c-'0' <= 9:
		return scanNumber(b, i)
	case c == 't':
		return scanWord(b, i, "true")
	case c == 'f':
		return scanWord(b, i, "false")
	case c == 'n':
		return scanWord(b, i, "null")
	}
	return i, fault(b, i, "a value")
}

func scanWord(b []byte, i int, word string) (int, error) {
	if len(b)-i >= len(word) && string(b[i:i+len(word)]) == word {
		return i + len(word), nil
	}
	for k := range word {
		if i+k >= len(b) || b[i+k] != word[k] {
			return i, fault(b, i+k, word)
		}
	}
	return i, fault(b, i, word)
}

func scanObject(b []byte, i, depth int) (int, error) {
	if depth >= maxDepth {
		return i, &syntaxError{i, fmt.Sprintf("nested deeper than %d at byte %d", maxDepth, i)}
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1, nil
	}
	for {
		_, value, _, err := scanName(b, i)
		if err != nil {
			return value, err
		}
		if i, err = scanValue(b, value, depth+1); err != nil {
			return i, err
		}
		if i = skipSpace(b, i); i >= len(b) || b[i] != ',' {
			break
		}
		i = skipSpace(b, i+1)
	}
	if i >= len(b) || b[i] != '}' {
		return i, fault(b, i, `"," or "}"`)
	}
	return i + 1, nil
}

// scanName scans a member's name and the colon behind it. It returns the byte behind the
// name's closing quote, the first byte of the value, and whether the name has escapes.
func scanName(b []byte, i int) (end, value int, escaped bool, err error) {
	if i >= len(b) || b[i] != '"' {
		return i, i, false, fault(b, i, "a name in quotes")
	}
	if end, escaped, err = scanString(b, i); err != nil {
		return end, end, escaped, err
	}
	i = end
	if i < len(b) && b[i] != ':' {
		i = skipSpace(b, i)
	}
	if i >= len(b) || b[i] != ':' {
		return end, i, escaped, fault(b, i, `":" after a name`)
	}
	return end, skipSpace(b, i+1), escaped, nil
}

func scanList(b []byte, i, depth int) (_ int, err error) {
	if depth >= maxDepth {
		return i, &syntaxError{i, fmt.Sprintf("nested deeper than %d at byte %d", maxDepth, i)}
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1, nil
	}
	for {
		if i, err = scanValue(b, i, depth+1); err != nil {
			return i, err
		}
		if i = skipSpace(b, i); i >= len(b) || b[i] != ',' {
			break
		}
		i = skipSpace(b, i+1)
	}
	if i >= len(b) || b[i] != ']' {
		return i, fault(b, i, `"," or "]"`)
	}
	return i + 1, nil
}

func scanNumber(b []byte, i int) (int, error) {
	if b[i] == '-' {
		i++
	}
	switch first := i; {
	case i < len(b) && b[i] == '0':
		i++
	default:
		if i = skipDigits(b, i); i == first {
			return i, fault(b, i, "a digit")
		}
	}
	if i < len(b) && b[i] == '.' {
		first := i + 1
		if i = skipDigits(b, first); i == first {
			return i, fault(b, i, "a digit after the point")
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		first := i
		if i = skipDigits(b, first); i == first {
			return i, fault(b, i, "a digit of the exponent")
		}
	}
	return i, nil
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// scanString scans the string whose opening quote is at i. It returns the byte
// behind the closing quote and whether there are escapes.
func scanString(b []byte, i int) (end int, escaped bool, err error) {
	i++
	for {
		i = skipPlain(b, i)
		if i >= len(b) {
			return i, escaped, fault(b, i, `the closing quote of a string`)
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, escaped, nil
		case c == '\\':
			escaped = true
			if i, err = scanEscape(b, i); err != nil {
				return i, escaped, err
			}
		case c < ' ':
			return i, escaped, &syntaxError{i, fmt.Sprintf("no JSON at byte %d: %s in a string must be written as an escape", i, found(b, i))}
		default:
			if i, err = skipWide(b, i); err != nil {
				return i, escaped, err
			}
		}
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// skipPlain skips ASCII that stands for itself in a string, eight bytes at a time.
// Of each eight, the lowest marked byte is exact: a borrow reaches only upwards.
func skipPlain(b []byte, i int) int {
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		quote, slash := w^'"'*ones, w^'\\'*ones
		special := (quote-ones)&^quote | (slash-ones)&^slash | (w-' '*ones)&^w | w
		if special &= highs; special != 0 {
			return i + bits.TrailingZeros64(special)>>3
		}
		i += 8
	}
	for i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' && b[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// skipWide skips characters beyond ASCII and the few ASCII letters between them.
func skipWide(b []byte, i int) (int, error) {
	narrow := 0
	for i < len(b) && narrow < 8 {
		c := b[i]
		switch {
		case c < utf8.RuneSelf:
			if c < ' ' || c == '"' || c == '\\' {
				return i, nil
			}
			i, narrow = i+1, narrow+1
			continue
		case c >= 0xC2 && c < 0xE0 && i+1 < len(b) && b[i+1]&0xC0 == 0x80:
			i += 2
		case c > 0xE0 && c < 0xED && i+2 < len(b) && b[i+1]&0xC0 == 0x80 && b[i+2]&0xC0 == 0x80:
			i += 3
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 {
				return i, &syntaxError{i, fmt.Sprintf("invalid UTF-8 after %s: byte 0x%02X at byte %d", before(b, i), b[i], i)}
			}
			i += n
		}
		narrow = 0
	}
	return i, nil
}

// scanEscape scans the escape whose backslash is at i.
func scanEscape(b []byte, i int) (int, error) {
	if i+1 >= len(b) {
		return i + 1, fault(b, i+1, "an escape")
	}
	if b[i+1] != 'u' {
		if simpleEscapes[b[i+1]] == 0 {
			return i + 1, fault(b, i+1, `one of "\/bfnrtu after a backslash`)
		}
		return i + 2, nil
	}
	r, bad := hex4(b, i+2)
	if bad >= 0 {
		return bad, fault(b, bad, "a hexadecimal digit")
	}
	if r < 0xD800 || r > 0xDFFF {
		return i + 6, nil
	}
	if r < 0xDC00 && i+7 < len(b) && b[i+6] == '\\' && b[i+7] == 'u' {
		low, bad := hex4(b, i+8)
		if bad >= 0 {
			return bad, fault(b, bad, "a hexadecimal digit")
		}
		if low >= 0xDC00 && low <= 0xDFFF {
			return i + 12, nil
		}
	}
	return i, &syntaxError{i, fmt.Sprintf("lone surrogate %s at byte %d", b[i:i+6], i)}
}

// hex4 reads four hexadecimal digits, or returns where they end too soon.
func hex4(b []byte, i int) (r rune, bad int) {
	for k := i; k < i+4; k++ {
		if k >= len(b) {
			return 0, k
		}
		c := b[k]
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, k
		}
		r = r<<4 | rune(c)
	}
	return r, -1
}

// simpleEscapes maps the letter of an escape to the character that it means.
var simpleEscapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}
