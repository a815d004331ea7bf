package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// isURL reports whether a chunk is a web or mail address to spaCy, whose infixes do
// not split: an optional scheme, an optional user, a host with a domain or a public
// IPv4 address, an optional port, an optional path.
func isURL(s string) bool {
	if strings.IndexByte(s, '.') < 0 {
		return false
	}
	if isHost(s) {
		return true
	}
	start := 0
	if n := strings.Index(s, "://"); n > 0 && isScheme(s[:n]) {
		start = n + 3
		if isHost(s[start:]) {
			return true
		}
	}
	for i := strings.IndexByte(s, '@'); i >= 0; {
		if i > 0 && isHost(s[i+1:]) {
			return true
		}
		n := strings.IndexByte(s[i+1:], '@')
		if n < 0 {
			break
		}
		i += 1 + n
	}
	return false
}

// isScheme reports whether s is two and more word characters, plus signs, hyphens and
// full stops.
func isScheme(s string) bool {
	for _, r := range s {
		if r != '_' && r != '+' && r != '-' && r != '.' && !unicode.In(r, unicode.L, unicode.N) {
			return false
		}
	}
	return utf8.RuneCountInString(s) >= 2
}

// isHost reports whether s is a host, perhaps with port and path.
func isHost(s string) bool {
	labels, start, runes := 0, 0, 0
	i := 0
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == '.' {
			if !isLabel(s[start:i], runes) {
				return isAddress(s)
			}
			labels++
			i++
			start, runes = i, 0
			continue
		}
		if !isHostRune(r) && r != '_' && r != '-' {
			break
		}
		i += n
		runes++
	}
	if labels > 0 && isTopLevel(s[start:i], runes) && isPort(s[i:]) {
		return true
	}
	return isAddress(s)
}

// isHostRune reports whether r may begin and end a label.
func isHostRune(r rune) bool {
	return r < utf8.RuneSelf && classes[r]&(classLetter|classDigit) != 0 || r >= 0xA1 && r <= 0xFFFF && r != utf8.RuneError
}

// isLabel reports whether s is a label: up to 64 characters without a hyphen or an
// underscore at its ends.
func isLabel(s string, runes int) bool {
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	return runes >= 1 && runes <= 64 && isHostRune(first) && isHostRune(last)
}

func isTopLevel(s string, runes int) bool {
	for _, r := range s {
		if !spacyLower.has(r) {
			return false
		}
	}
	return runes >= 2 && runes <= 63
}

// isPort reports whether s is what may follow a host: a port of two to five digits,
// a path, both, or nothing.
func isPort(s string) bool {
	if strings.HasPrefix(s, ":") {
		n := 1
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		if n < 3 || n > 6 {
			return false
		}
		s = s[n:]
	}
	return s == "" || s[0] == '/' || s[0] == '?' || s[0] == '#'
}

// isAddress reports whether s is an IPv4 address from 1.0.0.1 on, outside of private
// networks, perhaps with port and path.
func isAddress(s string) bool {
	var octets [4]int
	rest := s
	for i := range octets {
		n := 0
		for n < len(rest) && n < 3 && isDigit(rest[n]) {
			octets[i] = 10*octets[i] + int(rest[n]-'0')
			n++
		}
		if n == 0 || (i == 0 || i == 3) && rest[0] == '0' || octets[i] > 255 {
			return false
		}
		rest = rest[n:]
		if i < 3 {
			if !strings.HasPrefix(rest, ".") {
				return false
			}
			rest = rest[1:]
		}
	}
	a, b := octets[0], octets[1]
	private := a == 10 || a == 127 || a == 169 && b == 254 || a == 192 && b == 168 || a == 172 && b >= 16 && b <= 31
	return a <= 223 && octets[3] <= 254 && !private && isPort(rest)
}
