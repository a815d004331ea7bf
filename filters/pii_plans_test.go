package filters

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// What the plans are sure of is what the library says, for numbers of every country as
// they are and with digits before, behind and in place of theirs.
func TestPhonePlans(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	plans, sure, never, decided, all := allPhonePlans(), 0, 0, 0, 0
	check := func(digits, region string) {
		all++
		if possible, known := plans.possible([]byte(digits)); known {
			sure++
			parsed, err := phonenumbers.Parse("+"+digits, "")
			if want := err == nil && phonenumbers.IsPossibleNumber(parsed); possible != want {
				t.Errorf("+%s: possible is %v, with the library %v", digits, possible, want)
			}
		}
		parsed, err := phonenumbers.Parse(digits, region)
		want := err == nil && phonenumbers.IsValidNumberForRegion(parsed, region)
		if plans.never([]byte(digits), region) {
			never++
			if want {
				t.Errorf("%s is a number of %s", digits, region)
			}
		}
		if valid, known := plans.valid([]byte(digits), region); known {
			decided++
			if valid != want {
				t.Errorf("%s of %s: valid is %v, with the library %v", digits, region, valid, want)
			}
		}
	}
	for region := range phonenumbers.GetSupportedRegions() {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			national := phonenumbers.GetNationalSignificantNumber(example)
			code := phonenumbers.Format(example, phonenumbers.E164)[1:]
			calling := strings.TrimSuffix(code, national)
			for _, digits := range []string{national, "0" + national, "1" + national, "00" + code, "011" + code, code, national[1:], national + "5", code[:len(code)-1],
				calling + "0" + national, calling + "8" + national, calling + "1" + national, calling + "0" + national[1:]} {
				check(digits, region)
				check(digits, piiRegions[random.IntN(len(piiRegions))])
			}
		}
		for range 100 {
			digits := make([]byte, 4+random.IntN(12))
			for i := range digits {
				digits[i] = '0' + byte(random.IntN(10))
			}
			check(string(digits), region)
		}
	}
	if sure*2 < all || never*5 < all*2 || decided*3 < all*2 {
		t.Errorf("of %d numbers the plans know of %d whether they are possible, of %d that they are none, and all of %d", all, sure, never, decided)
	}
	t.Logf("%d numbers: %d lengths known, %d never of the region, %d decided", all, sure, never, decided)
}
