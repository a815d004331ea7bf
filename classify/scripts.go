package classify

import "unicode"

// A letter's class says which script it belongs to and, in scripts that several
// languages of the model share, which of the script's letters it is. The low byte is
// the letter, the high byte the script:
//
//	0                           parts words
//	1 to len(Identifier.shared) a script of the model
//	skipped                     a mark on the letter before, or within a word
//	others                      a script that tells the language by itself
const (
	apart   = 0
	skipped = 0xff
)

// lone are scripts in which one language is written, or one so much more often than
// others that the script names it. The numbers of scripts begin where the model's end.
var lone = []struct {
	code   string // ISO 639-1
	name   string // of the script, ISO 15924
	script *unicode.RangeTable
	weight int32 // letters of other scripts that one letter is worth
}{
	{han, "Hani", unicode.Han, 3},
	{kana, "Jpan", nil, 2}, // Hiragana and Katakana
	{"ko", "Hang", unicode.Hangul, 2},
	{"el", "Grek", unicode.Greek, 1},
	{"he", "Hebr", unicode.Hebrew, 1},
	{"hy", "Armn", unicode.Armenian, 1},
	{"ka", "Geor", unicode.Georgian, 1},
	{"th", "Thai", unicode.Thai, 1},
	{"bn", "Beng", unicode.Bengali, 1},
	{"gu", "Gujr", unicode.Gujarati, 1},
	{"pa", "Guru", unicode.Gurmukhi, 1},
	{"ta", "Taml", unicode.Tamil, 1},
	{"te", "Telu", unicode.Telugu, 1},
	{"kn", "Knda", unicode.Kannada, 1},
	{"ml", "Mlym", unicode.Malayalam, 1},
	{"si", "Sinh", unicode.Sinhala, 1},
	{"or", "Orya", unicode.Oriya, 1},
	{"lo", "Laoo", unicode.Lao, 1},
	{"km", "Khmr", unicode.Khmer, 1},
	{"my", "Mymr", unicode.Myanmar, 1},
	{"bo", "Tibt", unicode.Tibetan, 1},
	{"am", "Ethi", unicode.Ethiopic, 1},
	{"dv", "Thaa", unicode.Thaana, 1},
}

// sharedNames are the scripts that several languages of the model write.
var sharedNames = []struct {
	name   string // ISO 15924
	script *unicode.RangeTable
}{{"Latn", unicode.Latin}, {"Cyrl", unicode.Cyrillic}, {"Arab", unicode.Arabic}, {"Deva", unicode.Devanagari}}

// scriptName returns the script of a letter.
func scriptName(letter rune) string {
	for _, s := range sharedNames {
		if unicode.Is(s.script, letter) {
			return s.name
		}
	}
	return ""
}

// Chinese and Japanese share characters; they are told by how many are syllables.
const (
	han  = "zh"
	kana = "ja"
)

// planeSize is how many code points have a class of their own; beyond lie Han
// characters and what parts words.
const planeSize = 1 << 16

// loneClasses fills in the classes of scripts that tell the language.
func loneClasses(class []uint16, first int) {
	for i, l := range lone {
		value := uint16(first+i) << 8
		if l.script != nil {
			paint(class, l.script, value)
		}
		if l.code == kana {
			paint(class, unicode.Hiragana, value)
			paint(class, unicode.Katakana, value)
		}
	}
	for _, signs := range []*unicode.RangeTable{unicode.N, unicode.P, unicode.S, unicode.Z} {
		paint(class, signs, apart)
	}
}

func paint(class []uint16, table *unicode.RangeTable, value uint16) {
	for _, r := range table.R16 {
		for c := uint32(r.Lo); c <= uint32(r.Hi); c += uint32(r.Stride) {
			class[c] = value
		}
	}
}
