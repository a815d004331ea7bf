package filters

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// A sign says what repair needs to know of a character: what kind it is, and whether
// something is done about it.
type sign uint8

// The kinds of characters that tell whether two of them belong together.
const (
	plainSign     sign = iota // ASCII that is no letter, and all that no 8-bit encoding has
	smallLetter               // a to z
	capitalLetter             // A to Z
	softSign                  // dashes, ellipses, apostrophes: stand anywhere
	lowerSign                 // small letters with accents
	upperSign                 // capitals with accents
	firstSign                 // what most wrong readings of Latin, Greek and Cyrillic begin with and words seldom end in
	hatSign                   // the small letter that wrong readings of punctuation begin with
	lowerScript               // small letters of Greek and Cyrillic
	upperScript               // capitals of Greek and Cyrillic
	openSign                  // stands before a word
	closeSign                 // stands behind a word
	moneySign                 // currencies
	countSign                 // numbers, operators, sections
	rareSign                  // stands nearly nowhere
	boxSign                   // lines and blocks
	controlSign               // C1
	lateSign                  // small letters that begin no wrong reading or that quoted words end in
	kinds

	doneSign sign = 1 << 7 // the character is replaced or removed
)

func (s sign) replaced() bool { return s&doneSign != 0 }

// oddPairs says which two neighbours no language has.
var oddPairs = func() (odd [kinds][kinds]bool) {
	lower := []sign{lowerSign, lateSign, hatSign}
	upper := []sign{upperSign, firstSign}
	signs := slices.Concat(lower, upper, []sign{openSign, closeSign, moneySign, countSign, boxSign, rareSign})
	for _, s := range signs {
		odd[s][rareSign], odd[rareSign][s] = true, true
	}
	set := func(first, second []sign) {
		for _, a := range first {
			for _, b := range second {
				odd[a][b] = true
			}
		}
	}
	set([]sign{lowerScript, upperScript}, []sign{rareSign, countSign, moneySign, boxSign})
	set(append(lower, smallLetter, lowerScript, boxSign, closeSign, moneySign, countSign), upper)
	set([]sign{lowerScript, boxSign, moneySign, countSign}, []sign{upperScript})
	set([]sign{boxSign, closeSign, moneySign, countSign}, []sign{lowerSign, hatSign})
	set([]sign{lowerSign, hatSign, lateSign, firstSign, boxSign}, []sign{moneySign, countSign, openSign, boxSign})
	// A quoted word in capitals may end in one with an accent, any in ž or ß.
	set([]sign{upperSign}, []sign{countSign, boxSign})
	odd[lateSign][openSign] = false
	set([]sign{firstSign}, []sign{closeSign, softSign, lateSign})
	odd[hatSign][lateSign] = true
	set([]sign{moneySign, countSign, boxSign, closeSign}, []sign{openSign})
	odd[closeSign][moneySign] = true
	set([]sign{moneySign, countSign, openSign, closeSign}, []sign{boxSign})
	set([]sign{boxSign}, []sign{closeSign})
	odd[boxSign][boxSign] = false
	for k := range kinds {
		odd[k][controlSign] = true
	}
	return odd
}()

// oddAfter reports whether no language has a character of kind s behind one of kind
// before.
func (s sign) oddAfter(before sign) bool { return oddPairs[before&^doneSign][s&^doneSign] }

func signOf(c byte) sign {
	switch {
	case 'a' <= c && c <= 'z':
		return smallLetter
	case 'A' <= c && c <= 'Z':
		return capitalLetter
	}
	return plainSign
}

// A signTable has the signs of the characters below U+10000.
type signTable [1 << 16]sign

func (t *signTable) of(r rune) sign {
	if r >= 1<<16 {
		return plainSign
	}
	return t[r]
}

// signs makes the table of what a recipe wants replaced.
func (s *repairSettings) signs() *signTable {
	t := new(signTable)
	for r := rune(utf8.RuneSelf); r < 1<<16; r++ {
		t[r] = kindOf(r)
		if _, _, ok := s.replacement(r); ok {
			t[r] |= doneSign
		}
	}
	return t
}

// kindOf sorts the characters that 8-bit encodings have.
func kindOf(r rune) sign {
	switch {
	case r < 0xa0:
		return controlSign
	case r >= 0x2500 && r < 0x25a0:
		return boxSign
	case r >= 0x2600 && r != utf8.RuneError && r != 0xf8ff && !(r >= 0xfb00 && r <= 0xfb02):
		return plainSign // in no 8-bit encoding
	}
	for kind, of := range signsByKind {
		for _, c := range of {
			if c == r {
				return kind
			}
		}
	}
	switch {
	case unicode.In(r, unicode.Cyrillic, unicode.Greek):
		return caseOf(r, lowerScript, upperScript)
	case unicode.Is(unicode.Latin, r) && r < 0x250:
		return caseOf(r, lowerSign, upperSign)
	case unicode.In(r, unicode.Sc):
		return moneySign
	case unicode.In(r, unicode.Sm, unicode.No):
		return countSign
	}
	return plainSign
}

func caseOf(r rune, lower, upper sign) sign {
	switch {
	case unicode.IsLower(r):
		return lower
	case unicode.IsUpper(r):
		return upper
	}
	return plainSign
}

// Characters whose Unicode category does not say how they stand in a text.
var signsByKind = map[sign]string{
	softSign:  "\u00a0\u00ad\u00b7\u00b4\u2013\u2014\u2015\u2026\u2019",
	openSign:  "¡¿«©•‘‚“„‹΄΅\uf8ff",
	closeSign: "»”›®™˝",
	countSign: "§¶µ№°",
	rareSign:  "¦¤¨¬¯¸ªºƒˆˇ˘˙˚˛˜†‡‰⌐◊\ufffd",
	plainSign: "÷",
	lateSign:  "œšžß",
	firstSign: "ÂÃÎÐ√",
	hatSign:   "â",
}
