package shards

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// unquote appends what the string between two quotes means. The string has been
// validated.
func unquote(dst, s []byte) []byte {
	for {
		k := bytes.IndexByte(s, '\\')
		if k < 0 || k+1 >= len(s) {
			return append(dst, s...)
		}
		dst = append(dst, s[:k]...)
		if s[k+1] != 'u' {
			dst = append(dst, simpleEscapes[s[k+1]])
			s = s[k+2:]
			continue
		}
		r, _ := hex4(s, k+2)
		s = s[min(k+6, len(s)):]
		if utf16.IsSurrogate(r) {
			low, _ := hex4(s, 2)
			r = utf16.DecodeRune(r, low)
			s = s[min(6, len(s)):]
		}
		dst = utf8.AppendRune(dst, r)
	}
}

// AppendQuote appends s as a JSON string in its shortest form: only the quote, the
// backslash and control characters are escaped, as RFC 8785, section 3.2.2.2 says.
// Invalid UTF-8 becomes U+FFFD, one for each byte.
func AppendQuote(dst []byte, s string) []byte {
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	dst = append(dst, '"')
	for i := 0; ; {
		from := i
		next, err := skipLiteral(b, i)
		dst = append(dst, b[from:next]...)
		switch {
		case err != nil:
			dst = append(dst, "�"...)
		case next >= len(b):
			return append(dst, '"')
		default:
			dst = appendEscape(dst, b[next])
		}
		i = next + 1
	}
}

// skipLiteral skips what stands for itself in a string.
func skipLiteral(b []byte, i int) (int, error) {
	for {
		i = skipPlain(b, i)
		if i >= len(b) || b[i] < utf8.RuneSelf {
			return i, nil
		}
		var err error
		if i, err = skipWide(b, i); err != nil {
			return i, err
		}
	}
}

// appendEscape appends the escape of a quote, a backslash or a control character.
func appendEscape(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// view returns the bytes as a string without a copy; it is valid as long as they are.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
