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
	script *unicode.RangeTable
	weight int32 // letters of other scripts that one letter is worth
}{
	{han, unicode.Han, 3},
	{kana, nil, 2}, // Hiragana and Katakana
	{"ko", unicode.Hangul, 2},
	{"el", unicode.Greek, 1},
	{"he", unicode.Hebrew, 1},
	{"hy", unicode.Armenian, 1},
	{"ka", unicode.Georgian, 1},
	{"th", unicode.Thai, 1},
	{"bn", unicode.Bengali, 1},
	{"gu", unicode.Gujarati, 1},
	{"pa", unicode.Gurmukhi, 1},
	{"ta", unicode.Tamil, 1},
	{"te", unicode.Telugu, 1},
	{"kn", unicode.Kannada, 1},
	{"ml", unicode.Malayalam, 1},
	{"si", unicode.Sinhala, 1},
	{"or", unicode.Oriya, 1},
	{"lo", unicode.Lao, 1},
	{"km", unicode.Khmer, 1},
	{"my", unicode.Myanmar, 1},
	{"bo", unicode.Tibetan, 1},
	{"am", unicode.Ethiopic, 1},
	{"dv", unicode.Thaana, 1},
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
