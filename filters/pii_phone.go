package filters

import (
	"bytes"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// phoneWords say of a number that it is a phone's. They are looked for before it, and
// afterWords behind it.
var (
	phoneWords = []string{
		"tel", "phone", "call", "fax", "mobile", "cell", "whatsapp", "sms", "dial", "hotline", "reach", "answering at", "contact", "office", "ph.", "ph:", "text me", "ring",
		"fon", "handy", "mobil", "rufen", "ruf", "durchwahl", "tél", "appel", "portable", "móvil", "movil", "celular", "llam", "ligue", "fono", "kom.", "komórk", "dzwo",
		"тел", "факс", "моб", "звон", "☎", "☏", "📞", "✆", "📱", "电话", "電話", "手机", "手機", "传真", "傳真", "фон",
	}
	afterWords = []string{"office", "fax", "mobile", "cell", "home", "work", "phone"}
	// notPhoneWords say of a number what else it is.
	notPhoneWords = []string{"isbn", "issn", "doi", "order", "invoice", "vat", "ust", "hrb", "iban", "page", "pp.", "patent", "arxiv", "pmid", "$", "€", "£", "ean", "sku", "version", "id:"}
)

// maxPhone is how many digits a phone number has at most (E.164).
const maxPhone = 15

// phoneIn looks for a phone number that begins with group g and returns how many
// groups it has.
func (p *pii) phoneIn(g int) int {
	if !p.on[piiPhone] {
		return 0
	}
	start := p.phoneStart(g)
	if before := p.at(start - 1); isWordByte(before) || strings.IndexByte(".,/-:", before) >= 0 && isDigit(p.at(start-2)) {
		return 0
	}
	n := p.phoneGroups(g)
	if n == 0 {
		return 0
	}
	if p.text[start] == '+' || p.at(start+1) == '+' || p.mark(g-1) == "" && strings.HasPrefix(p.text[p.groups[g].start:], "00") {
		n = p.international(g, n)
	} else {
		n = p.national(g, n, start)
	}
	if n > 0 {
		p.addPhone(start, p.groups[g+n-1].end)
	}
	return n
}

// phoneStart returns where a number that begins with group g begins, with its plus and
// its bracket.
func (p *pii) phoneStart(g int) int {
	start := p.groups[g].start
	for start > 0 && (p.text[start-1] == '(' || p.text[start-1] == '+') {
		start--
	}
	if g > 0 {
		start = max(start, p.groups[g-1].end)
	}
	return start
}

// phoneGroups returns how many groups from g on may be one phone number: up to 15
// digits, and not far apart.
func (p *pii) phoneGroups(g int) (n int) {
	total := 0
	for g+n < len(p.groups) {
		if total += p.groups[g+n].len(); total > maxPhone+2 {
			break
		}
		n++
		if m := p.mark(g + n - 1); strings.Contains(m, "/") && len(m) > 1 && p.text[p.groups[g+n].start] == '0' {
			break // 030 123456 / 0170 123456
		}
	}
	if n == 0 || total < 6 {
		return 0
	}
	return n
}

// ends reports whether a number may end with group h: with an extension, or with no
// letter, digit or decimal behind it.
func (p *pii) ends(h int) bool {
	end := p.groups[h].end
	after := p.at(end)
	return p.extension(end) > end || !isWordByte(after) && !((after == '.' || after == ',' || after == ':') && isDigit(p.at(end+1)))
}

// extension returns the end of an extension behind a number, such as x123 and ext. 4,
// or end.
func (p *pii) extension(end int) int {
	rest := p.text[end:min(len(p.text), end+14)]
	i := 0
	for i < len(rest) && rest[i] == ' ' {
		i++
	}
	for _, word := range []string{"extension", "ext.", "ext", "x"} {
		if !hasPrefixFold(rest[i:], word) {
			continue
		}
		i += len(word)
		for i < len(rest) && rest[i] == ' ' {
			i++
		}
		from := i
		for i < len(rest) && isDigit(rest[i]) {
			i++
		}
		if n := i - from; n > 0 && n <= 6 && !isWordByte(p.at(end+i)) {
			return end + i
		}
		break
	}
	return end
}

func (p *pii) addPhone(start, end int) {
	end = p.extension(end)
	if p.at(end) == ')' && strings.IndexByte(p.text[start:end], '(') >= 0 && strings.IndexByte(p.text[start:end], ')') < 0 {
		end++
	}
	p.add(piiPhone, start, end)
	p.done = max(p.done, end)
}

// international looks for a number in international form in n groups from g: the
// longest that the plans know, or, beside a word for phones, the longest possible.
func (p *pii) international(g, n int) int {
	for k := n; k > 0; k-- {
		if !p.ends(g + k - 1) {
			continue
		}
		p.token = p.digitsOf(p.token[:0], g, k)
		digits := bytes.TrimPrefix(p.token, []byte("00"))
		if len(digits) >= 7 && len(digits) <= maxPhone && isPossiblePhone(digits) {
			return k
		}
	}
	if p.ends(g+n-1) && p.isPhoneContext(g, n) {
		return n
	}
	return 0
}

// national looks for a number in national form in n groups from g.
func (p *pii) national(g, n, start int) int {
	if k := p.northAmerican(g); k > 0 && p.ends(g+k-1) {
		return k
	}
	if !p.ends(g+n-1) || p.isDate(g, n) || p.isHours(g, n) {
		return 0
	}
	// A bracket is the number's where it closes in it or right behind it.
	bracket := p.text[start] == '(' && strings.IndexByte(p.text[start:min(len(p.text), p.groups[g+n-1].end+1)], ')') > 0
	written := bracket || p.text[p.groups[g].start] == '0' && p.groups[g].len() > 1
	if p.mark(g-1) == "" && written && 1 < n && n <= 6 && p.inPlans(g, n) || p.isPhoneContext(g, n) {
		return n
	}
	return 0
}

// northAmerican looks for ten digits as they are written in North America, with or
// without a 1 before them, and returns how many groups they have. Area codes and
// exchanges begin with 2 and more.
func (p *pii) northAmerican(g int) int {
	k := 0
	if p.groups[g].len() == 1 && p.text[p.groups[g].start] == '1' {
		k = 1
	}
	shape := string(p.shape(g+k, 3))
	switch shape {
	case "3-3-4", "3.3.4", "3)3-4", "3) 3-4", "3 3-4", "3)-3-4", "3) 3 4", "3/3-4":
	case "3 3 4":
		if k == 0 && !p.isPhoneContext(g, 3) {
			return 0
		}
	default:
		return 0
	}
	area, exchange := p.text[p.groups[g+k].start], p.text[p.groups[g+k+1].start]
	if !p.knows("US") || area < '2' || exchange < '2' {
		return 0
	}
	return k + 3
}

func (p *pii) knows(region string) bool {
	for _, r := range p.regions {
		if r == region {
			return true
		}
	}
	return false
}

// inPlans reports whether n groups from g are a number of one of the regions.
func (p *pii) inPlans(g, n int) bool {
	p.token = p.digitsOf(p.token[:0], g, n)
	if len(p.token) < 8 || len(p.token) > 12 {
		return false
	}
	for _, region := range p.regions {
		if isNationalPhone(p.token, region) {
			return true
		}
	}
	return false
}

// isPossiblePhone reports whether the digits behind a plus have the length of a number.
func isPossiblePhone(digits []byte) bool {
	if possible, sure := allPhonePlans().possible(digits); sure {
		return possible
	}
	parsed, err := phonenumbers.Parse("+"+string(digits), "")
	return err == nil && phonenumbers.IsPossibleNumber(parsed)
}

// isNationalPhone reports whether digits are a number in the plan of a region.
func isNationalPhone(digits []byte, region string) bool {
	plans := allPhonePlans()
	if plans.never(digits, region) {
		return false
	}
	if valid, sure := plans.valid(digits, region); sure {
		return valid
	}
	parsed, err := phonenumbers.Parse(string(digits), region)
	return err == nil && phonenumbers.IsValidNumberForRegion(parsed, region)
}

// isPhoneRegion reports whether there is a numbering plan for a region.
func isPhoneRegion(region string) bool { return phonenumbers.GetCountryCodeForRegion(region) > 0 }

// isPhoneContext reports whether a word beside n groups from g says that they are a
// phone number, and none that they are something else.
func (p *pii) isPhoneContext(g, n int) bool {
	start, end := p.groups[g].start, p.groups[g+n-1].end
	total := 0
	for k := range n {
		total += p.groups[g+k].len()
	}
	if total < 6 || total > maxPhone || n == 1 && total < 7 || p.isDate(g, n) || p.isHours(g, n) || p.isAmount(g, n) || p.context(start, 12, notPhoneWords) {
		return false
	}
	return p.context(start, 40, phoneWords) || p.contextAfter(p.extension(end), 10, afterWords)
}

// isAmount reports whether n groups from g are thousands with dots between.
func (p *pii) isAmount(g, n int) bool {
	for k := 1; k < n; k++ {
		if p.groups[g+k].len() != 3 || p.mark(g+k-1) != "." {
			return false
		}
	}
	return n > 1 && p.groups[g].len() <= 3 && p.text[p.groups[g].start] != '0'
}

// isDate reports whether n groups from g are a date or a stretch of years.
func (p *pii) isDate(g, n int) bool {
	number := func(k int) int64 { return value([]byte(p.text[p.groups[g+k].start:p.groups[g+k].end])) }
	year := func(k int) bool { return p.groups[g+k].len() == 4 && 1500 <= number(k) && number(k) < 2200 }
	small := func(k int) bool { return p.groups[g+k].len() <= 2 && 1 <= number(k) && number(k) <= 31 }
	switch n {
	case 2:
		return year(0) && year(1)
	case 3:
		if p.mark(g) == "/" && p.mark(g+1) == "/" && small(0) && small(1) {
			return true
		}
		return small(0) && small(1) && (year(2) || small(2) && p.mark(g) != " ") || year(0) && small(1) && small(2)
	}
	return n > 3 && (year(0) && small(1) && small(2) || small(0) && small(1) && year(2))
}

// isHours reports whether n groups from g are two times of a day, as in 8.30 - 12.30.
func (p *pii) isHours(g, n int) bool {
	if n != 4 || p.mark(g) != "." || p.mark(g+2) != "." {
		return false
	}
	for k := range n {
		group := p.text[p.groups[g+k].start:p.groups[g+k].end]
		if most := []int64{24, 59}[k%2]; len(group) > 2 || value([]byte(group)) > most {
			return false
		}
	}
	return true
}
