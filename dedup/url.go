package dedup

import (
	"bytes"
	"strings"
)

// appendURL appends a URL in canonical form: scheme and host in lower case, no user,
// no default port, no dot behind the host, no fragment, / for an empty path, and
// escapes (RFC 3986, section 6.2.2) in upper case or, where they stand for a letter,
// digit, or one of -._~, undone. http and https stay apart, as do queries in another
// order: what a server makes of them nobody can know. What has no scheme and host is
// taken as it is.
func appendURL(dst []byte, u string) []byte {
	u = strings.Trim(u, " \t\r\n")
	scheme, rest, ok := strings.Cut(u, "://")
	if !ok || !isScheme(scheme) {
		return append(dst, u...)
	}
	rest, _, _ = strings.Cut(rest, "#")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	at := len(dst)
	dst = lowerASCII(dst, scheme)
	port := map[string]string{"http": ":80", "https": ":443"}[string(dst[at:])]
	dst = append(dst, "://"...)
	dst = appendHost(dst, rest[:end], port)
	if rest = rest[end:]; rest == "" || rest[0] == '?' {
		dst = append(dst, '/')
	}
	return appendEscapes(dst, rest)
}

// isScheme reports whether s is one by RFC 3986, section 3.1: a URL can also stand within
// the path of something that has none.
func isScheme(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && (i == 0 || !isDigit(c) && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}

func appendHost(dst []byte, host, port string) []byte {
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	host = strings.TrimSuffix(host, ":")
	if port != "" {
		host = strings.TrimSuffix(host, port)
	}
	return lowerASCII(dst, strings.TrimSuffix(host, "."))
}

func lowerASCII(dst []byte, s string) []byte {
	at := len(dst)
	dst = append(dst, s...)
	for i, c := range dst[at:] {
		if 'A' <= c && c <= 'Z' {
			dst[at+i] = c + 'a' - 'A'
		}
	}
	return dst
}

func appendEscapes(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+2 >= len(s) || !hexDigit(s[i+1]) || !hexDigit(s[i+2]) {
			dst = append(dst, s[i])
			continue
		}
		if c := unhex(s[i+1])<<4 | unhex(s[i+2]); unreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(append(dst, '%'), bytes.ToUpper([]byte(s[i+1:i+3]))...)
		}
		i += 2
	}
	return dst
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

func hexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
