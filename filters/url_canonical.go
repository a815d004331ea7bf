package filters

import (
	"bytes"
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"tamis/text"
)

// canonical is a URL in the one form in which it is compared: the host in small
// letters and in punycode, without user info, port, trailing dots and www, an IPv6
// address in its shortest form; path and query decoded and in small letters; no fragment. Its slices are valid until the
// next URL.
type canonical struct {
	host []byte
	rest []byte // path and query, "" for the root
	page []byte // host and rest
	name []byte // host before it was trimmed
	path []byte // before it was cleaned
	read []byte // page as people read it

	known map[string]int // where the registered domains of hosts begin
}

// hostProfile maps hosts to punycode as browsers do, and lets through what is no
// proper name.
var hostProfile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// parse reads a URL, with or without a scheme, and reports whether it has a host.
func (c *canonical) parse(url string) bool {
	url = afterScheme(withoutBlanks(url))
	end := 0
	for end < len(url) && strings.IndexByte(`/\?#`, url[end]) < 0 {
		end++
	}
	c.readHost(url[:end])
	c.readRest(url[end:])
	c.page = append(append(c.page[:0], c.host...), c.rest...)
	return len(c.host) > 0
}

// withoutBlanks returns a URL as browsers read it: without blanks at its ends and
// line ends anywhere.
func withoutBlanks(url string) string {
	url = strings.TrimFunc(url, isURLBlank)
	for i := range len(url) {
		if c := url[i]; c == '\t' || c == '\r' || c == '\n' {
			return strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(url)
		}
	}
	return url
}

// isURLBlank reports whether browsers drop r at the ends of a URL.
func isURLBlank(r rune) bool { return r <= ' ' || r == 0xa0 || r == 0xfeff || r == 0x3000 }

// afterScheme returns a URL without its scheme and the slashes after it.
func afterScheme(url string) string {
	i := 0
	for i < len(url) && (isASCIILetter(url[i]) || i > 0 && ('0' <= url[i] && url[i] <= '9' || strings.IndexByte("+-.", url[i]) >= 0)) {
		i++
	}
	if i > 0 && i+1 < len(url) && url[i] == ':' && (url[i+1] == '/' || url[i+1] == '\\') {
		url = url[i+1:]
	}
	return strings.TrimLeft(url, `/\`)
}

// readHost reads what stands between the slashes.
func (c *canonical) readHost(authority string) {
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	c.name = percentDecode(c.name[:0], authority)
	ascii := true
	for i, b := range c.name {
		ascii = ascii && b < utf8.RuneSelf
		c.name[i] = asciiLower(b)
	}
	host := withoutPort(c.name)
	if !ascii {
		// An error leaves the host as far as it could be mapped.
		mapped, _ := hostProfile.ToASCII(string(host))
		host = []byte(strings.ToLower(mapped))
	}
	if bytes.IndexByte(host, ':') >= 0 {
		if addr, err := netip.ParseAddr(string(host)); err == nil {
			host = []byte(addr.String())
		}
	}
	host = bytes.Trim(host, ".")
	if rest, ok := bytes.CutPrefix(host, www); ok && bytes.IndexByte(rest, '.') > 0 {
		host = rest
	}
	c.host = host
}

var www = []byte("www.")

// withoutPort cuts a port, and the brackets of an IPv6 address.
func withoutPort(host []byte) []byte {
	if len(host) > 0 && host[0] == '[' {
		if end := bytes.IndexByte(host, ']'); end > 0 {
			return host[1:end]
		}
	}
	colon := bytes.IndexByte(host, ':')
	if colon >= 0 && bytes.IndexByte(host[colon+1:], ':') < 0 { // two are an IPv6 address without brackets
		return host[:colon]
	}
	return host
}

// readRest reads path and query.
func (c *canonical) readRest(rest string) {
	rest, _, _ = strings.Cut(rest, "#")
	path, query, has := strings.Cut(rest, "?")
	c.path = percentDecode(c.path[:0], path)
	c.rest = cleanPath(c.rest[:0], c.path)
	if has && query != "" {
		c.rest = append(c.rest, '?')
		c.rest = percentDecode(c.rest, query)
	}
	ascii := true
	for i, b := range c.rest {
		ascii = ascii && b < utf8.RuneSelf
		c.rest[i] = asciiLower(b)
	}
	if !ascii {
		c.path = text.AppendLower(c.path[:0], asString(c.rest))
		c.rest = append(c.rest[:0], c.path...)
	}
}

func asciiLower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		b |= 0x20
	}
	return b
}

// cleanPath appends a path without empty and dot segments; the root is "".
func cleanPath(dst, path []byte) []byte {
	base := len(dst)
	for len(path) > 0 {
		path = path[1:] // the slash
		end := 0
		for end < len(path) && path[end] != '/' && path[end] != '\\' {
			end++
		}
		switch segment := path[:end]; string(segment) {
		case "", ".":
		case "..":
			for len(dst) > base {
				dst = dst[:len(dst)-1]
				if dst[:len(dst)+1][len(dst)] == '/' {
					break
				}
			}
		default:
			dst = append(append(dst, '/'), segment...)
		}
		path = path[end:]
	}
	return dst
}

// percentDecode appends s with its percent escapes decoded, again where that gives new
// ones, up to three times.
func percentDecode(dst []byte, s string) []byte {
	from := len(dst)
	dst = append(dst, s...)
	if strings.IndexByte(s, '%') < 0 {
		return dst
	}
	for range 3 {
		n, changed := from, false
		for i := from; i < len(dst); i++ {
			b := dst[i]
			if b == '%' && i+2 < len(dst) && hexValue(dst[i+1]) >= 0 && hexValue(dst[i+2]) >= 0 {
				b = byte(hexValue(dst[i+1])<<4 | hexValue(dst[i+2]))
				i += 2
				changed = true
			}
			dst[n] = b
			n++
		}
		dst = dst[:n]
		if !changed {
			break
		}
	}
	return dst
}

// hexValue returns the value of a hexadecimal digit, -1 for other bytes.
func hexValue(b byte) int {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0')
	case 'a' <= b|0x20 && b|0x20 <= 'f':
		return int(b|0x20-'a') + 10
	}
	return -1
}

// registered returns where the registered domain of the host begins: one label more
// than the public suffix, private suffixes such as blogspot.com not counted. It is 0
// for addresses and for hosts that are a suffix themselves. The last hosts that were
// asked for are remembered, since a look-up allocates memory.
func (c *canonical) registered() int {
	at, ok := c.known[string(c.host)]
	if !ok {
		if c.known == nil || len(c.known) >= mostKnownHosts {
			c.known = map[string]int{}
		}
		host := string(c.host)
		at = registeredAt(host)
		c.known[host] = at
	}
	return at
}

// mostKnownHosts bounds the hosts that are remembered.
const mostKnownHosts = 4096

func registeredAt(host string) int {
	if isAddress(host) {
		return 0
	}
	suffix, icann := publicsuffix.PublicSuffix(host)
	for !icann {
		_, parent, more := strings.Cut(suffix, ".")
		if !more {
			break
		}
		suffix, icann = publicsuffix.PublicSuffix(parent)
	}
	if len(suffix) >= len(host) {
		return 0
	}
	return strings.LastIndexByte(host[:len(host)-len(suffix)-1], '.') + 1
}

// isAddress reports whether a host is an IP address rather than a name.
func isAddress(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return strings.IndexByte(host, ':') >= 0 || last != "" && strings.Trim(last, "0123456789") == ""
}

// readable returns the page as people read it, where words are looked for: the host is
// not in punycode.
func (c *canonical) readable() []byte {
	if !bytes.Contains(c.host, punycode) {
		return c.page
	}
	// An error leaves the host as far as it could be decoded.
	host, _ := hostProfile.ToUnicode(string(c.host))
	c.read = append(append(c.read[:0], host...), c.rest...)
	return c.read
}

var punycode = []byte("xn--")
