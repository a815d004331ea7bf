package filters

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"
)

// emailAt looks for an e-mail address around the @ at i.
func (p *pii) emailAt(i int) {
	s := p.text
	start, next := i, rune('@')
	for start > 0 && i-start < 64 {
		r, size := utf8.DecodeLastRuneInString(s[:start])
		if !isLocal(r) || next != '@' && isAttached(r) && !isAttached(next) {
			break
		}
		start, next = start-size, r
	}
	for start < i && !isLocalStart(s[start:]) {
		_, size := utf8.DecodeRuneInString(s[start:])
		start += size
	}
	local := s[start:i]
	if local == "" || strings.HasSuffix(local, ".") || strings.Contains(local, "..") || p.isUserInfo(start) {
		return
	}
	if end := p.domainEnd(i + 1); end > 0 {
		p.add(piiEmail, start, end)
	}
}

// isLocal reports whether r may be in the local part of an address, as people have
// them: letters of any script, digits and a few marks.
func isLocal(r rune) bool {
	if r < utf8.RuneSelf {
		return isAlnum(byte(r)) || strings.IndexByte("._%+-'&~!", byte(r)) >= 0
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N)
}

// isLocalStart reports whether an address may begin with s: no quote or dot before it.
func isLocalStart(s string) bool {
	c := s[0]
	return c >= utf8.RuneSelf || isAlnum(c) || c == '_' || c == '+'
}

// isUserInfo reports whether what begins at i is the password or user of a URL.
func (p *pii) isUserInfo(i int) bool {
	before := p.text[max(0, i-80):i]
	slashes := strings.LastIndex(before, "//")
	return slashes > 0 && before[slashes-1] == ':' && !strings.ContainsAny(before[slashes+2:], " \t\r\n/?#")
}

// isAttached reports whether r is of a script in which what goes on behind an address, or
// before it, may touch it: those without spaces, and Korean with its particles.
func isAttached(r rune) bool {
	const longVowel = 'ー' // common to both kana
	return r >= 0x0e00 && (r == longVowel || isUnspaced(r) || unicode.Is(unicode.Hangul, r))
}

// domainEnd returns where the domain that begins at i ends, 0 if none of a known
// suffix does. An address in brackets is one, too. The words of a script that may touch
// an address are none of it where it is a domain without them.
func (p *pii) domainEnd(i int) int {
	s := p.text
	if i < len(s) && s[i] == '[' {
		end := strings.IndexByte(s[i:min(len(s), i+50)], ']')
		if end < 0 {
			return 0
		}
		if _, err := netip.ParseAddr(strings.TrimPrefix(s[i+1:i+end], "IPv6:")); err != nil {
			return 0
		}
		return i + end + 1
	}
	end := i
	for end < len(s) && end-i < 255 {
		r, size := utf8.DecodeRuneInString(s[end:])
		if r != '.' && r != '-' && !isWordRune(r) {
			break
		}
		if r >= utf8.RuneSelf && end > i && s[end-1] < utf8.RuneSelf && isAttached(r) {
			if sure := p.knownDomain(i, end); sure > 0 {
				return sure
			}
		}
		end += size
	}
	return p.knownDomain(i, end)
}

// knownDomain returns the end of the domain [i, end) without the dots and hyphens behind
// it, 0 if its suffix is not known.
func (p *pii) knownDomain(i, end int) int {
	s := p.text
	for end > i && (s[end-1] == '.' || s[end-1] == '-') {
		end--
	}
	if !p.isDomain(s[i:end]) {
		return 0
	}
	return end
}

// isDomain reports whether s is labels with dots between, the last of which are a
// public suffix.
func (p *pii) isDomain(s string) bool {
	dot := strings.LastIndexByte(s, '.')
	if dot <= 0 || dot == len(s)-1 || s[0] == '-' || strings.Contains(s, "..") || strings.Contains(s, ".-") || strings.Contains(s, "-.") {
		return false
	}
	last := s[dot+1:]
	if last[len(last)-1] >= utf8.RuneSelf {
		mapped, err := hostProfile.ToASCII(strings.ToLower(s))
		return err == nil && hasPublicSuffix(mapped)
	}
	if strings.Trim(last, "0123456789") == "" {
		return hasPublicSuffix(s) // it may be an address
	}
	p.token = p.token[:0]
	for _, r := range last {
		p.token = utf8.AppendRune(p.token, unicode.ToLower(r))
	}
	return p.tops.has(p.token)
}

// hasPublicSuffix reports whether a host in small letters is below a public suffix, or is
// an address.
func hasPublicSuffix(host string) bool {
	suffix, icann := publicsuffix.PublicSuffix(host)
	return icann || strings.IndexByte(suffix, '.') >= 0
}

// topDomains remembers which last labels are top-level domains. All of them are public
// suffixes or above one, and there is no public suffix below others, so that nothing else
// of a host need be looked up; a look-up allocates memory.
type topDomains map[string]bool

// mostTopDomains bounds the labels that are remembered: there are 1,500 domains, and any
// number of labels that are none.
const mostTopDomains = 1 << 13

func (t topDomains) has(label []byte) bool {
	known, ok := t[string(label)]
	if !ok {
		if len(t) >= mostTopDomains {
			clear(t)
		}
		known = hasPublicSuffix("example." + string(label))
		t[string(label)] = known
	}
	return known
}

// versionWords stand before numbers that look like addresses.
var versionWords = []string{"v.", "ver", "release", "build", "firmware", "section", "sec.", "§", "chapter", "rev", "update", "patch", "clause", "article", "figure", "table", "driver"}

// addressWords stand before addresses whose numbers are as low as those of versions.
var addressWords = []string{"ip", "addr", "adres", "adress", "dirección", "host", "server", "serveur", "servidor", "dns", "ping", "route", "gateway", "proxy", "http", "ssh", "node",
	"client", "from", "vpn", "log", "sent", "received", "connect", "@", "地址", "адрес"}

// isLow reports whether the numbers of an address are as low as those of most versions
// of programs: 2.0.0.16 is one of Firefox, and few hosts are in such networks. Four times
// the same number is an address that people know by heart.
func isLow(a netip.Addr) bool {
	b := a.As4()
	known := b[0] == b[1] && b[1] == b[2] && b[2] == b[3]
	return !known && b[0] < 10 && b[1] < 32 && b[2] < 32
}

// fourNumbers returns where four short numbers with dots between end, 0 if there are
// none at i.
func (p *pii) fourNumbers(i int) int {
	for n := 0; ; n++ {
		start := i
		for isDigit(p.at(i)) {
			i++
		}
		if i == start || i-start > 3 || n < 3 && p.at(i) != '.' {
			return 0
		}
		if n == 3 {
			return i
		}
		i++
	}
}

// ipv4At looks for an IPv4 address at i. It reports whether there is one, public or
// not.
func (p *pii) ipv4At(i int) bool {
	s, end := p.text, p.fourNumbers(i)
	if end == 0 {
		return false
	}
	next := p.at(end)
	if isWordByte(next) || next == '.' && isDigit(p.at(end+1)) || next == '-' && isASCIILetter(p.at(end+1)) {
		return false
	}
	before := p.at(i - 1)
	if before == '.' || (before == '/' || before == '-') && isWordByte(p.at(i-2)) {
		return false // name/1.2.3.4, name-1.2.3.4
	}
	addr, ok := ipv4(s[i:end])
	if !ok || p.context(i, 14, versionWords) || isLow(addr) && !p.context(i, 40, addressWords) {
		return ok
	}
	p.done = end
	if isPublic(addr) {
		p.add(piiIP, i, end)
	}
	return true
}

// ipv4 makes an address of four short numbers, unless one is too great or begins with a
// needless zero.
func ipv4(numbers string) (addr netip.Addr, ok bool) {
	var b [4]byte
	for i := range b {
		var part string
		part, numbers, _ = strings.Cut(numbers, ".")
		n := 0
		for _, digit := range []byte(part) {
			n = 10*n + int(digit-'0')
		}
		if n > 255 || len(part) > 1 && part[0] == '0' {
			return netip.Addr{}, false
		}
		b[i] = byte(n)
	}
	return netip.AddrFrom4(b), true
}

// ipv6At looks for an IPv6 address around i, and reports whether there is one.
func (p *pii) ipv6At(i int) bool {
	s := p.text
	start, end := i, i
	for start > 0 && isIPv6Byte(s[start-1]) && i-start < 40 {
		start--
	}
	for end < len(s) && isIPv6Byte(s[end]) && end-start < 46 {
		end++
	}
	for end > start && s[end-1] == '.' || end > start+1 && s[end-1] == ':' && s[end-2] != ':' {
		end--
	}
	colons := strings.Count(s[start:end], ":")
	if isWordByte(p.at(start-1)) || isWordByte(p.at(end)) || colons < 3 {
		return false
	}
	if colons < 6 && !strings.Contains(s[start:end], "::") {
		return false // too few groups, as of an Ethernet address
	}
	addr, err := netip.ParseAddr(s[start:end])
	if err != nil {
		return false
	}
	p.done = max(p.done, end)
	// A short form outside of the range in use is a name of a program.
	if isPublic(addr) && (colons == 7 || globalIPv6.Contains(addr)) {
		p.add(piiIP, start, end)
	}
	return true
}

func isIPv6Byte(c byte) bool { return hexValue(c) >= 0 || c == ':' || c == '.' }

var globalIPv6 = netip.MustParsePrefix("2000::/3")

// notPublic are the addresses of RFC 6890 and its updates that nobody on the internet
// has, and multicast.
var notPublic = prefixes("0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.168.0.0/16 " +
	"198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3 " +
	"::/8 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 3fff::/20 fc00::/7 fe80::/10 fec0::/10 ff00::/8")

func prefixes(list string) (all []netip.Prefix) {
	for _, s := range strings.Fields(list) {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

// isPublic reports whether an address may be somebody's on the internet.
func isPublic(addr netip.Addr) bool {
	for _, p := range notPublic {
		if p.Contains(addr) {
			return false
		}
	}
	return true
}

// profileSites have the names of their users in the paths of their pages, behind what
// stands here.
var profileSites = []string{
	"facebook.com/", "fb.com/", "twitter.com/", "x.com/", "instagram.com/", "github.com/", "gitlab.com/", "linkedin.com/in/", "t.me/", "tiktok.com/@",
	"reddit.com/user/", "reddit.com/u/", "youtube.com/@", "youtube.com/user/", "medium.com/@", "pinterest.com/", "vk.com/", "flickr.com/people/", "flickr.com/photos/",
	"soundcloud.com/", "threads.net/@", "snapchat.com/add/", "ok.ru/profile/",
}

// sitePages are paths on these sites that are no user's.
var sitePages = map[string]bool{
	"about": true, "ads": true, "business": true, "dialog": true, "events": true, "explore": true, "features": true, "groups": true, "hashtag": true, "help": true,
	"home": true, "i": true, "intent": true, "join": true, "joinchat": true, "legal": true, "login": true, "marketplace": true, "p": true, "pages": true, "pin": true,
	"policies": true, "policy": true, "privacy": true, "profile.php": true, "reel": true, "s": true, "search": true, "settings": true, "share": true, "share.php": true,
	"sharer": true, "sharer.php": true, "signup": true, "stories": true, "terms": true, "tos": true, "watch": true, "plugins": true, "tr": true, "photo.php": true, "feed": true,
}

// maxURL bounds what is taken for one URL.
const maxURL = 4096

// urlAt looks at the URL whose colon is at i, and for user names in it.
func (p *pii) urlAt(i int) {
	s := p.text
	if i < p.urlEnd {
		return
	}
	start := i + len("://")
	end := start
	for end < len(s) && end-start < maxURL && s[end] > ' ' && s[end] < utf8.RuneSelf && strings.IndexByte(`"'<>()[]{}|\^`, s[end]) < 0 {
		end++
	}
	p.urlEnd = end
	url := strings.TrimRight(s[start:end], ".,;:!?")
	scheme := i
	for scheme > 0 && i-scheme < 16 && isASCIILetter(s[scheme-1]) {
		scheme--
	}
	if scheme < i && len(url) > 0 {
		p.add(piiURL, scheme, start+len(url))
	}
	host := url
	if slash := strings.IndexAny(url, "/?#"); slash >= 0 {
		host = url[:slash]
	}
	if at := strings.LastIndexByte(host, '@'); at > 0 {
		p.add(piiUsername, start, start+at)
		return
	}
	p.profileAt(start, url)
}

// profileAt looks for the user name in the URL of a well-known site, which begins
// behind its scheme at start.
func (p *pii) profileAt(start int, url string) {
	rest := url
	for _, sub := range []string{"www.", "m.", "mobile."} {
		if hasPrefixFold(rest, sub) {
			rest = rest[len(sub):]
			break
		}
	}
	for _, site := range profileSites {
		if !hasPrefixFold(rest, site) {
			continue
		}
		at := start + len(url) - len(rest) + len(site)
		name := rest[len(site):]
		n := 0
		for n < len(name) && (isWordByte(name[n]) || name[n] == '.' || name[n] == '-') {
			n++
		}
		name = strings.TrimRight(name[:n], ".-")
		if len(name) > 1 && !sitePages[strings.ToLower(name)] {
			p.add(piiUsername, at, at+len(name))
		}
		return
	}
}

// hasPrefixFold is strings.HasPrefix but for the case of ASCII letters of s.
func hasPrefixFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if asciiLower(s[i]) != prefix[i] {
			return false
		}
	}
	return true
}
