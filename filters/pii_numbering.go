package filters

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// phoneNumbers says which digits are a number of a country, as the library does, where
// they are dialled within the country.
type phoneNumbers struct {
	code    []byte         // calling code
	abroad  *regexp.Regexp // begins as a call abroad
	prefix  *regexp.Regexp // begins with a national prefix; nil where there is none
	trunks  []string       // the national prefixes, the first of which counts; nil where they are none of digits alone
	general phoneKind
	kinds   []phoneKind
	local   uint32 // lengths of what is dialled within a town, as bits
	longest int
}

// A phoneKind is a kind of numbers, such as mobile ones.
type phoneKind struct {
	lengths uint32 // as bits; 0 is any
	pattern *regexp.Regexp
}

func newPhoneKind(desc *phonenumbers.PhoneNumberDesc) phoneKind {
	return phoneKind{lengthBits(desc.GetPossibleLength()), regexp.MustCompile("^(?:" + desc.GetNationalNumberPattern() + ")$")}
}

// lengthBits sets a bit for each length. A length of -1, of which there are no numbers,
// has a bit that no number has.
func lengthBits(lengths []int32) (bits uint32) {
	for _, n := range lengths {
		bits |= 1 << max(n, 0)
	}
	return bits
}

// has reports whether digits are a number of the kind.
func (k *phoneKind) has(digits []byte) bool {
	return (k.lengths == 0 || k.lengths>>len(digits)&1 != 0) && k.pattern.Match(digits)
}

// newPhoneNumbers returns nil where the plan has not what it needs.
func newPhoneNumbers(m *phonenumbers.PhoneMetadata) *phoneNumbers {
	general := m.GetGeneralDesc()
	lengths := general.GetPossibleLength()
	if m.GetInternationalPrefix() == "" || len(lengths) == 0 || lengths[0] < 0 {
		return nil
	}
	p := &phoneNumbers{
		code:    strconv.AppendInt(nil, int64(m.GetCountryCode()), 10),
		abroad:  regexp.MustCompile("^(?:" + m.GetInternationalPrefix() + ")"),
		general: newPhoneKind(general),
		local:   lengthBits(general.GetPossibleLengthLocalOnly()),
		longest: int(slices.Max(lengths)),
	}
	if prefix := m.GetNationalPrefixForParsing(); prefix != "" {
		p.prefix = regexp.MustCompile("^(?:" + prefix + ")")
		if strings.Trim(prefix, "0123456789|") == "" {
			p.trunks = strings.Split(prefix, "|")
		}
	}
	descs := phoneDescs(m)
	if m.GetSameMobileAndFixedLinePattern() {
		descs = descs[:len(descs)-1]
	}
	for _, desc := range descs {
		if desc.GetNationalNumberPattern() != "" {
			p.kinds = append(p.kinds, newPhoneKind(desc))
		}
	}
	return p
}

// valid reports whether digits are a number of the country, and whether that is sure: it
// is not where they may have a calling code, or a prefix of another form.
func (p *phoneNumbers) valid(digits []byte) (valid, sure bool) {
	if p == nil || bytes.HasPrefix(digits, p.code) || p.abroad.Match(digits) {
		return false, false
	}
	digits, sure = p.withoutPrefix(digits)
	if !sure || !p.general.has(digits) {
		return false, sure
	}
	return slices.ContainsFunc(p.kinds, func(k phoneKind) bool { return k.has(digits) }), true
}

// withoutPrefix cuts a national prefix off where the library does, and reports whether
// that is sure.
func (p *phoneNumbers) withoutPrefix(digits []byte) (rest []byte, sure bool) {
	if p.prefix == nil || !p.prefix.Match(digits) {
		return digits, true
	}
	i := slices.IndexFunc(p.trunks, func(trunk string) bool { return strings.HasPrefix(asString(digits), trunk) })
	if i < 0 || len(digits) < len(p.trunks[i])+2 {
		return digits, false
	}
	rest = digits[len(p.trunks[i]):]
	if p.fits(len(rest)) && (p.general.pattern.Match(rest) || !p.general.pattern.Match(digits)) {
		return rest, true
	}
	return digits, true
}

// fits reports whether so many digits are no fewer than those of a whole number: of those
// between the shortest and the longest ones, a length that there is.
func (p *phoneNumbers) fits(n int) bool {
	return p.local>>n&1 == 0 && (n > p.longest || p.general.lengths>>n&1 != 0)
}
