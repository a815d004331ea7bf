package filters

import "strings"

// A digitGroup is a stretch of digits within a number: bytes [start, end).
type digitGroup struct{ start, end int }

func (g digitGroup) len() int { return g.end - g.start }

// maxGroups and maxDigits bound what is taken for one number.
const (
	maxGroups = 12
	maxDigits = 34
)

// numberAt looks at the number that begins with the digits at i. What it finds, and
// what it has looked at, is behind p.done afterwards.
func (p *pii) numberAt(i int) {
	if p.spacedNINOAt(i - 3) {
		return
	}
	p.lead = ""
	whole := p.readGroups(i)
	for g := 0; g < len(p.groups); {
		n := max(1, p.numberIn(g))
		if g += n; !whole && g < len(p.groups) {
			p.lead = p.mark(g - 1)
			whole = p.readGroups(p.groups[g].start)
			g = 0
		}
	}
	p.done = max(p.done, p.groups[len(p.groups)-1].end)
}

// numberIn looks for a number of any type that begins with group g and returns how
// many groups it has.
func (p *pii) numberIn(g int) int {
	if n := p.cardIn(g); n > 0 {
		return n
	}
	if n := p.digitIDIn(g); n > 0 {
		return n
	}
	return p.phoneIn(g)
}

// readGroups splits the number that begins at i into its groups, and reports whether
// these are all. Between two there are a few marks, on one line.
func (p *pii) readGroups(i int) (whole bool) {
	p.groups = p.groups[:0]
	s, total := p.text, 0
	for len(p.groups) < maxGroups && total <= maxDigits {
		end := i
		for end < len(s) && isDigit(s[end]) {
			end++
		}
		p.groups = append(p.groups, digitGroup{i, end})
		total += end - i
		i = end
		marks := 0
		for i < len(s) && marks < 3 && isGroupMark(s[i]) {
			i++
			marks++
		}
		if marks == 0 || marks > 2 && !isWideMark(s[i-3:i]) || i >= len(s) || !isDigit(s[i]) {
			return true
		}
	}
	return false
}

// isWideMark reports whether three marks may stand between the digits of a number.
func isWideMark(s string) bool {
	return s == ") (" || s == " - " || s == " / " || s == ") /" || s == ")/ "
}

// mark returns what stands between group g and the next one; -1 is the one before the
// first.
func (p *pii) mark(g int) string {
	if g < 0 {
		return p.lead
	}
	if g+1 >= len(p.groups) {
		return ""
	}
	return p.text[p.groups[g].end:p.groups[g+1].start]
}

// alone reports whether the groups from g to h begin and end a number: no letter or
// digit touches them, and no decimal does.
func (p *pii) alone(g, h int) bool {
	start, end := p.groups[g].start, p.groups[h].end
	before, after := p.at(start-1), p.at(end)
	if isWordByte(before) || isWordByte(after) {
		return false
	}
	if (before == '.' || before == ',') && isDigit(p.at(start-2)) || before == '/' && isWordByte(p.at(start-2)) || before == '=' {
		return false // a decimal, or a part of a URL
	}
	return !((after == '.' || after == ',') && isDigit(p.at(end+1)))
}

// shape writes the lengths of up to n groups from g and the marks between them, such
// as 3-2-4, into the scratch.
func (p *pii) shape(g, n int) []byte {
	p.token = p.token[:0]
	for k := g; k < min(g+n, len(p.groups)); k++ {
		if k > g {
			p.token = append(p.token, p.mark(k-1)...)
		}
		if l := p.groups[k].len(); l < 10 {
			p.token = append(p.token, byte('0'+l))
		} else {
			p.token = append(p.token, '+')
		}
	}
	return p.token
}

// digitsOf appends the digits of n groups from g.
func (p *pii) digitsOf(dst []byte, g, n int) []byte {
	for _, group := range p.groups[g : g+n] {
		dst = append(dst, p.text[group.start:group.end]...)
	}
	return dst
}

// cardIn looks for a payment card that begins with group g and returns how many
// groups it has.
func (p *pii) cardIn(g int) int {
	total := 0
	for n := 1; g+n <= len(p.groups); n++ {
		if n > 1 && (p.mark(g+n-2) != p.mark(g) || p.mark(g) != " " && p.mark(g) != "-") {
			return 0
		}
		total += p.groups[g+n-1].len()
		if total > 19 {
			return 0
		}
		if total < 12 || n > 1 && p.groups[g].len() != 4 || !p.alone(g, g+n-1) {
			continue
		}
		p.token = p.digitsOf(p.token[:0], g, n)
		if isCard(p.token) {
			p.add(piiCard, p.groups[g].start, p.groups[g+n-1].end)
			p.done = p.groups[g+n-1].end
			return n
		}
	}
	return 0
}

// isCard reports whether the number is of a known issuer, has a length that it uses,
// and ends with the right check digit.
func isCard(number []byte) bool {
	prefix := func(n int) (v int) {
		for _, d := range number[:n] {
			v = 10*v + int(d-'0')
		}
		return v
	}
	n, two, four := len(number), prefix(2), prefix(4)
	between := func(v, low, high int) bool { return low <= v && v <= high }
	known := false
	switch {
	case number[0] == '4': // Visa
		known = n == 13 || n == 16 || n == 19
	case between(two, 51, 55) || between(four, 2221, 2720): // Mastercard
		known = n == 16
	case two == 34 || two == 37: // American Express
		known = n == 15
	case between(four, 3000, 3059) || four == 3095 || two == 36 || two == 38 || two == 39: // Diners Club
		known = between(n, 14, 19)
	case four == 6011 || between(four, 6440, 6599): // Discover
		known = between(n, 16, 19)
	case between(four, 3528, 3589): // JCB
		known = between(n, 16, 19)
	case two == 62: // UnionPay
		known = between(n, 16, 19)
	case between(four, 2200, 2204): // Mir
		known = between(n, 16, 19)
	case four == 2131 || four == 1800: // JCB, older
		known = n == 15
	case two == 50 || between(two, 56, 58) || between(two, 60, 61) || two == 63 || between(two, 66, 69): // Maestro
		known = between(n, 12, 19)
	}
	return known && luhn(number) && !allSame(number)
}

// luhn reports whether a number ends with its check digit (ISO 7812-1, annex B).
func luhn(number []byte) bool { return luhnSum(number)%10 == 0 }

// luhnSum adds up the digits, of which every second one from the right is doubled.
func luhnSum(number []byte) (sum int) {
	for i, d := range number {
		v := int(d - '0')
		if (len(number)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum
}

func allSame(s []byte) bool {
	for _, c := range s {
		if c != s[0] {
			return false
		}
	}
	return true
}

// ibanLengths are the lengths of an IBAN by country (ISO 13616, the registry's
// release of 2024).
var ibanLengths = newIBANLengths()

func newIBANLengths() map[string]int {
	lengths := map[string]int{}
	for n, countries := range map[int]string{
		15: "NO", 16: "BE", 18: "DK FI FO GL NL SD FK", 19: "MK SI", 20: "AT BA EE KZ LT LU XK MN", 21: "CH CR HR LI LV",
		22: "BG BH DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST",
		26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
	} {
		for _, c := range strings.Fields(countries) {
			lengths[c] = n
		}
	}
	return lengths
}

// ibanAt looks for an IBAN in the token, or in groups of four that begin with it.
func (p *pii) ibanAt(start, end int) bool {
	s := p.text
	if end-start < 4 || !isASCIILetter(s[start]) || !isASCIILetter(s[start+1]) || !isDigit(s[start+2]) || !isDigit(s[start+3]) {
		return false
	}
	length := ibanLengths[string([]byte{asciiLower(s[start]) &^ 0x20, asciiLower(s[start+1]) &^ 0x20})]
	if length == 0 {
		return false
	}
	p.token = p.token[:0]
	i := start
	for ; i < len(s) && len(p.token) < length; i++ {
		if isAlnum(s[i]) {
			p.token = append(p.token, asciiUpper(s[i]))
		} else if s[i] != ' ' && s[i] != '-' || s[i] != s[start+4] || len(p.token)%4 != 0 || i+1 < len(s) && !isAlnum(s[i+1]) {
			return false
		}
	}
	if len(p.token) < length || isWordByte(p.at(i)) || !isIBAN(p.token) {
		return false
	}
	p.add(piiIBAN, start, i)
	p.done = max(p.done, i)
	return true
}

func asciiUpper(b byte) byte {
	if 'a' <= b && b <= 'z' {
		b &^= 0x20
	}
	return b
}

// isIBAN reports whether the check digits are right (ISO 7064, mod 97-10).
func isIBAN(iban []byte) bool { return ibanRest(iban) == 1 }

func ibanRest(iban []byte) (rest int) {
	for i := range iban {
		c := iban[(i+4)%len(iban)]
		if isDigit(c) {
			rest = (10*rest + int(c-'0')) % 97
		} else {
			rest = (100*rest + int(c-'A') + 10) % 97
		}
	}
	return rest
}
