package filters

import (
	"github.com/wasilibs/go-re2"
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tamis/step"
)

// What datatrove's formatter puts in place of addresses, in turn.
var (
	datatroveEmails = []string{"email@example.com", "firstname.lastname@example.org"}
	datatroveIPs    = []string{"22.214.171.124", "126.96.36.199", "188.8.131.52", "184.108.40.206", "220.127.116.11", "18.104.22.168"}
)

// The patterns of an IPv4 address, with leading zeros and without a boundary, and of
// an address in brackets behind an @.
const (
	octet       = `(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)`
	ipv4Pattern = `(?:` + octet + `\.){3}` + octet
	inBrackets  = `^\[(?:` + octet + `\.){3}(?:` + octet + `|[A-Za-z0-9-]*[A-Za-z0-9]:)\]`
)

var (
	ipv4RE     = re2.MustCompile(ipv4Pattern)
	bracketsRE = re2.MustCompile(inBrackets)
)

// asDatatrove masks what datatrove's PIIFormatter masks with its defaults: e-mail
// addresses, then public IPv4 addresses beside them, by its own stand-ins in turn,
// beginning again with each document.
func (p *pii) asDatatrove(m *step.Meter) {
	p.found = p.found[:0]
	emails, ips, from := 0, 0, 0
	for {
		start, end, ok := datatroveEmail(p.text, from)
		until := len(p.text)
		if ok {
			until = start
		}
		for _, at := range matchesIn(ipv4RE, p.text[from:until]) {
			if a, b := from+at[0], from+at[1]; p.on[piiIP] && isGlobalInPython(p.text[a:b]) {
				p.standIn(m, piiIP, a, b, datatroveIPs, &ips)
			}
		}
		if !ok {
			return
		}
		if p.on[piiEmail] {
			p.standIn(m, piiEmail, start, end, datatroveEmails, &emails)
		}
		from = end
	}
}

// matchesIn returns where a pattern matches. Whether it does at all is asked first: for
// that no memory is allocated.
func matchesIn(re *re2.Regexp, s string) [][]int {
	if !re.MatchString(s) {
		return nil
	}
	return re.FindAllStringIndex(s, -1)
}

// standIn masks a finding by the next one of some replacements.
func (p *pii) standIn(m *step.Meter, kind, start, end int, with []string, turn *int) {
	p.found = append(p.found, piiFinding{kind, start, end})
	m.Edit(kind, start, end, with[*turn%len(with)])
	*turn++
}

// datatroveEmail finds the first address of datatrove's pattern from a place on: atoms
// with single dots between, from a boundary of a word on, and labels of a domain.
func datatroveEmail(s string, from int) (start, end int, ok bool) {
	for at := from; ; at++ {
		next := strings.IndexByte(s[at:], '@')
		if next < 0 {
			return 0, 0, false
		}
		at += next
		if end := datatroveDomain(s, at+1); end > 0 {
			if start := atomsBefore(s, from, at); start >= 0 {
				return start, end, true
			}
		}
	}
}

func isAtomByte(c byte) bool { return isAlnum(c) || strings.IndexByte("!#$%&'*+/=?^_`{|}~-", c) >= 0 }

// atomsBefore returns where the longest local part that ends at the @ begins, -1 if
// there is none.
func atomsBefore(s string, from, at int) int {
	best := -1
	for i := at - 1; i >= from; i-- {
		c := s[i]
		if c == '.' {
			if i+1 == at || s[i+1] == '.' {
				break
			}
			continue
		}
		if !isAtomByte(c) {
			break
		}
		if pythonBoundary(s, i) {
			best = i
		}
	}
	return best
}

// pythonBoundary reports whether \b of Python's re matches at i: letters of all
// scripts, numbers and the underscore are of a word.
func pythonBoundary(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i:])
	return (i > 0 && isPythonWord(before)) != isPythonWord(after)
}

func isPythonWord(r rune) bool { return r == '_' || unicode.In(r, unicode.L, unicode.N) }

// datatroveDomain returns the end of the domain at i, 0 if there is none.
func datatroveDomain(s string, i int) int {
	if i < len(s) && s[i] == '[' {
		if at := bracketsRE.FindStringIndex(s[i:]); at != nil {
			return i + at[1]
		}
		return 0
	}
	end, labels := 0, 0
	for i < len(s) && isAlnum(s[i]) {
		run := i
		for run < len(s) && (isAlnum(s[run]) || s[run] == '-') {
			run++
		}
		for end = run; s[end-1] == '-'; {
			end--
		}
		labels++
		if end < run || end >= len(s) || s[end] != '.' {
			break
		}
		i = end + 1
	}
	if labels < 2 {
		return 0
	}
	return end
}

// isGlobalInPython is ipaddress.is_global of Python 3.11 for an IPv4 address: multicast
// and some of 192.0.0.0/24 are global there.
func isGlobalInPython(s string) bool {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return false
	}
	for _, p := range notGlobalInPython {
		if p.Contains(addr) {
			return false
		}
	}
	return true
}

var notGlobalInPython = prefixes("0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/29 192.0.0.170/31 192.0.2.0/24 192.168.0.0/16 " +
	"198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4")

// Dolma's patterns, with white space and digits of all scripts as Python's re has them.
const (
	pythonSpace = `\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`
	dolmaMarks  = `@,?!;:)(` + pythonSpace
)

var (
	dolmaEmailRE = re2.MustCompile(`[.` + dolmaMarks + `]*([^@` + pythonSpace + `]+@[^` + dolmaMarks + `]+?)[.` + dolmaMarks + `]?[` + pythonSpace + `]`)
	dolmaPhoneRE = re2.MustCompile(`[` + pythonSpace + `]+\(?(\p{Nd}{3})\)?[-\. ]*(\p{Nd}{3})[-. ]?(\p{Nd}{4})`)
)

// asDolma masks what Dolma's tagger pii_regex_v2 marks, blanks and marks around it
// included, as its mixer does. The mixer drops documents with more than five: found
// {max: 5}.
func (p *pii) asDolma(m *step.Meter) {
	p.found = p.found[:0]
	p.dolmaFind(piiEmail, dolmaEmailRE)
	p.dolmaFind(piiPhone, dolmaPhoneRE)
	p.dolmaFind(piiIP, ipv4RE)
	slices.SortStableFunc(p.found, func(a, b piiFinding) int { return a.start - b.start })
	end := 0
	for _, f := range p.found {
		if f.start < end {
			continue // Dolma's mixer would mask it, too, and lose what is between
		}
		m.Edit(f.kind, f.start, f.end, dolmaMasks[f.kind])
		end = f.end
	}
}

var dolmaMasks = [...]string{piiEmail: " |||EMAIL_ADDRESS||| ", piiIP: " |||IP_ADDRESS||| ", piiPhone: " |||PHONE_NUMBER||| "}

// dolmaFind notes the matches of a pattern that pass Dolma's checks.
func (p *pii) dolmaFind(kind int, re *re2.Regexp) {
	if !p.on[kind] {
		return
	}
	for _, at := range matchesIn(re, p.text) {
		if p.dolmaKeeps(kind, at[0], at[1]) {
			p.found = append(p.found, piiFinding{kind, at[0], at[1]})
		}
	}
}

// dolmaKeeps does what Dolma does after the patterns: a name before the @ that is not
// just a bracket, a dot behind it; numbers with isbn, doi or # within 100 characters
// are none.
func (p *pii) dolmaKeeps(kind, start, end int) bool {
	if kind == piiEmail {
		name, domain, _ := strings.Cut(p.text[start:end], "@")
		domain, _, _ = strings.Cut(domain, "@")
		return strings.TrimSpace(name) != "(" && strings.Contains(domain, ".")
	}
	for range 100 {
		_, size := utf8.DecodeLastRuneInString(p.text[:start])
		start -= size
		_, size = utf8.DecodeRuneInString(p.text[end:])
		end += size
	}
	around := strings.ToLower(p.text[start:end])
	return !strings.Contains(around, "isbn") && !strings.Contains(around, "doi") && !strings.Contains(around, "#")
}
