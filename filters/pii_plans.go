package filters

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// The library parses a number anew for each country, and allocates memory at every turn.
// What its numbering plans say of lengths and digits alone is asked first: most numbers
// that are no phone's never reach it.

// A phonePlan is the numbering plan of a country, as far as it can tell without parsing.
type phonePlan struct {
	lengths uint32                // of national numbers, as bits
	changes bool                  // a national prefix may be replaced rather than cut off
	prefix  func() *regexp.Regexp // begins with a national prefix; nil where there is none
	ends    func() *regexp.Regexp // ends in a number of the country
	numbers func() *phoneNumbers
}

// phonePlans are the plans by region, and those of the regions that calling codes mean
// where nothing else is known.
type phonePlans struct {
	regions map[string]*phonePlan
	codes   map[int]*phonePlan
}

var allPhonePlans = sync.OnceValue(func() *phonePlans {
	all := &phonePlans{map[string]*phonePlan{}, map[int]*phonePlan{}}
	list, err := phonenumbers.MetadataCollection()
	if err != nil {
		return all // the library is asked for everything
	}
	for _, m := range list.GetMetadata() {
		plan, code := newPhonePlan(m), int(m.GetCountryCode())
		if m.GetId() != "001" {
			all.regions[m.GetId()] = plan
		}
		if m.GetId() == phonenumbers.GetRegionCodeForCountryCode(code) {
			all.codes[code] = plan
		}
	}
	return all
})

func newPhonePlan(m *phonenumbers.PhoneMetadata) *phonePlan {
	general := m.GetGeneralDesc()
	p := &phonePlan{changes: m.GetNationalPrefixTransformRule() != ""}
	for _, n := range slices.Concat(general.GetPossibleLength(), general.GetPossibleLengthLocalOnly()) {
		p.lengths |= 1 << max(n, 0)
	}
	if prefix := m.GetNationalPrefixForParsing(); prefix != "" {
		p.prefix = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("^(?:" + prefix + ")") })
	}
	p.numbers = sync.OnceValue(func() *phoneNumbers { return newPhoneNumbers(m) })
	p.ends = sync.OnceValue(func() *regexp.Regexp {
		var patterns []string
		for _, desc := range phoneDescs(m) {
			if pattern := desc.GetNationalNumberPattern(); pattern != "" {
				patterns = append(patterns, pattern)
			}
		}
		return regexp.MustCompile("(?:" + strings.Join(patterns, "|") + ")$")
	})
	return p
}

// phoneDescs returns what a plan says of each kind of numbers.
func phoneDescs(m *phonenumbers.PhoneMetadata) []*phonenumbers.PhoneNumberDesc {
	return []*phonenumbers.PhoneNumberDesc{
		m.GetPremiumRate(), m.GetTollFree(), m.GetSharedCost(), m.GetVoip(), m.GetPersonalNumber(),
		m.GetPager(), m.GetUan(), m.GetVoicemail(), m.GetFixedLine(), m.GetMobile(),
	}
}

// possible reports whether the digits behind a plus have a possible length, and whether
// that is sure: it is not where they may have a national prefix that is not always cut off.
func (all *phonePlans) possible(digits []byte) (possible, sure bool) {
	code := 0
	for i := 0; i < min(3, len(digits)) && digits[0] != '0'; i++ {
		code = code*10 + int(digits[i]-'0')
		plan := all.codes[code]
		if plan == nil {
			continue
		}
		national := digits[i+1:]
		if plan.lengths == 0 || len(national) < 2 {
			return false, false
		}
		if plan.prefix != nil && plan.prefix().Match(national) {
			numbers := plan.numbers()
			if numbers == nil {
				return false, false
			}
			if national, sure = numbers.withoutPrefix(national); !sure {
				return false, false
			}
		}
		return plan.lengths>>len(national)&1 != 0, true
	}
	return false, len(all.codes) > 0
}

// never reports whether digits are surely no number of a region. What the library holds
// against the patterns of the region is what is left of the digits when prefixes are cut
// off in front, unless the plan has them replaced.
func (all *phonePlans) never(digits []byte, region string) bool {
	plan := all.regions[region]
	if plan == nil {
		return false
	}
	main := all.codes[phonenumbers.GetCountryCodeForRegion(region)]
	return main != nil && !plan.changes && !main.changes && !plan.ends().Match(digits)
}

// valid reports whether digits are a number of a region, and whether that is sure.
func (all *phonePlans) valid(digits []byte, region string) (valid, sure bool) {
	plan := all.regions[region]
	if plan == nil {
		return false, false
	}
	return plan.numbers().valid(digits)
}
