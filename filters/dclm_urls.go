package filters

import (
	"strings"
	"unicode/utf8"

	"tamis/text"
)

// Characters of URLs in DCLM's expressions.
const (
	urlHostByte uint8 = 1 << iota
	urlPathByte       // may follow the name of the top-level domain
)

var urlBytes = newURLBytes()

func newURLBytes() (c [256]uint8) {
	for b := range utf8.RuneSelf {
		r := rune(b)
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if letter || strings.ContainsRune("-@:%._+~#=", r) {
			c[b] = urlHostByte | urlPathByte
		} else if strings.ContainsRune("()?&/", r) {
			c[b] = urlPathByte
		}
	}
	return c
}

func isHostByte(b byte) bool { return urlBytes[b]&urlHostByte != 0 }

// isBoundary reports whether a word begins or ends at byte i of s, before which r is.
func isBoundary(s string, i int, r rune) bool {
	return text.IsWordRune(r) != (i < len(s) && text.IsWordRune(firstRune(s[i:])))
}

const (
	urlBlanks  = 10  // characters of white space that go with a URL
	urlMaxHost = 256 // bytes before the last full stop of a host
)

// cutURLs cuts the URLs: hosts that end in the name of a top-level domain in lower case,
// with scheme and path if they have one, and with the white space before them.
func (c *cutter) cutURLs(tlds *tldSet) {
	s, done := c.text, 0
	for i := 0; i < len(s); {
		dot := strings.IndexByte(s[i:], '.')
		if dot < 0 {
			return
		}
		first := i + dot
		start := first
		for start > done && isHostByte(s[start-1]) {
			start--
		}
		end := first
		for end < len(s) && isHostByte(s[end]) {
			end++
		}
		i = end
		if from, to := findHost(s, start, end, tlds); to > 0 {
			from = withScheme(s, from, done)
			for to < len(s) && urlBytes[s[to]]&urlPathByte != 0 {
				to++
			}
			c.cut(withBlanks(s, from, done), to)
			done, i = to, to
		}
	}
}

// findHost returns where the first host in [start, end) begins, and where the name of
// its top-level domain ends; 0 if there is none.
func findHost(s string, start, end int, tlds *tldSet) (from, to int) {
	last := 0 // where the name behind the last full stop that has one ends
	for dot := start; dot < end; dot++ {
		if s[dot] != '.' || dot == start {
			continue
		}
		if last > 0 && dot-from > urlMaxHost {
			break // the host may not be longer
		}
		if n := tlds.length(s[dot+1:]); n > 0 {
			if last == 0 {
				from = max(start, dot-urlMaxHost)
			}
			last = dot + 1 + n
		}
	}
	return from, last
}

// withScheme returns where a URL begins whose host begins at byte i.
func withScheme(s string, i, done int) int {
	for _, scheme := range [...]string{"https://", "http://", "ftp://"} {
		if i-len(scheme) >= done && s[i-len(scheme):i] == scheme {
			return i - len(scheme)
		}
	}
	return i
}

// withBlanks returns where the white space before byte i begins that goes with it.
func withBlanks(s string, i, done int) int {
	for range urlBlanks {
		r, n := utf8.DecodeLastRuneInString(s[done:i])
		if !text.IsSpace(r) {
			break
		}
		i -= n
	}
	return i
}

// cutAddresses cuts the IPv4 addresses, with scheme and path if they have one, and with
// the white space before them.
func (c *cutter) cutAddresses() {
	s, done := c.text, 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' || i > done && s[i-1] >= '0' && s[i-1] <= '9' {
			continue
		}
		end := addressEnd(s, i)
		if end == 0 {
			continue
		}
		from := withScheme(s, i, done)
		if !startsWord(s, from) {
			if from == i || !startsWord(s, i) {
				continue
			}
			from = i
		}
		for end < len(s) && urlBytes[s[end]]&urlPathByte != 0 {
			end++
		}
		c.cut(withBlanks(s, from, done), end)
		done, i = end, end-1
	}
}

// startsWord reports whether a word begins at byte i.
func startsWord(s string, i int) bool {
	r, n := utf8.DecodeLastRuneInString(s[:i])
	return n == 0 || !text.IsWordRune(r)
}

// addressEnd returns where an IPv4 address that begins at byte i ends, or 0. Of the last
// number a digit is enough.
func addressEnd(s string, i int) int {
	for part := range 4 {
		n := 0
		for i+n < len(s) && n < 4 && s[i+n] >= '0' && s[i+n] <= '9' {
			n++
		}
		if part == 3 {
			if n == 0 {
				return 0
			}
			return i + 1
		}
		if n == 0 || n > 3 || n == 3 && s[i] > '2' || i+n == len(s) || s[i+n] != '.' {
			return 0
		}
		i += n + 1
	}
	return 0
}
