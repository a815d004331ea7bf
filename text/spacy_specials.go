package text

import (
	"strconv"
	"strings"
	"sync"
)

// A special is a chunk that has its own split, whatever the rules say: contractions,
// abbreviations, faces, times of day.
type special struct {
	text string
	ends []int // of its words, in bytes
	// bare are the ends of the words that the rules alone make of it. Where these
	// words come out of a longer chunk side by side, they are split as the special
	// says.
	bare []int
}

// specials finds chunks by their hashes.
type specials struct {
	list   []special
	slots  [8192]uint16 // one more than the place in the list, by hash
	filter [512]uint64  // bits of the hashes
	// longest has the bytes of the longest one for the low five bits of its first byte
	// and its last byte: most chunks need no hash to tell that they are none.
	longest [32][256]uint8
}

// cut stands between the words of a special where it is declared.
const cut = "\u00B7"

// englishSpecials are those of spaCy's English rules; they are made when they are
// needed first. An apostrophe may always be a typographic one.
var englishSpecials = sync.OnceValue(func() *specials {
	s := &specials{}
	for _, list := range [][]string{contractions(), abbreviations(), faces()} {
		for _, chunk := range list {
			s.add(chunk)
			s.add(strings.ReplaceAll(chunk, "'", "\u2019"))
		}
	}
	for i := range s.list {
		s.list[i].bare = bareEnds(s.list[i].text)
	}
	return s
})

// add adds a chunk; the first of equal ones counts.
func (s *specials) add(chunk string) {
	n := special{}
	for _, word := range strings.Split(chunk, cut) {
		n.text += word
		n.ends = append(n.ends, len(n.text))
	}
	if s.find(n.text, Hash(n.text)) != nil {
		return
	}
	s.list = append(s.list, n)
	longest := &s.longest[n.text[0]&31][n.text[len(n.text)-1]]
	*longest = max(*longest, uint8(len(n.text)))
	hash := Hash(n.text)
	s.filter[hash>>55] |= filterBits(hash)
	for i := hash & 8191; ; i = (i + 1) & 8191 {
		if s.slots[i] == 0 {
			s.slots[i] = uint16(len(s.list))
			return
		}
	}
}

// maybe reports whether a word with the hash can be special.
func (s *specials) maybe(hash uint64) bool {
	return ^s.filter[hash>>55]&filterBits(hash) == 0
}

// filterBits returns the two bits of a word of the filter that a hash has.
func filterBits(hash uint64) uint64 { return 1<<(hash>>49&63) | 1<<(hash>>43&63) }

// find returns the special, or nil. The hash is that of the chunk.
func (s *specials) find(chunk string, hash uint64) *special {
	if !s.maybe(hash) {
		return nil
	}
	for i := hash & 8191; s.slots[i] != 0; i = (i + 1) & 8191 {
		if n := &s.list[s.slots[i]-1]; n.text == chunk {
			return n
		}
	}
	return nil
}

// fits reports whether a chunk of n bytes, of which these are the first and the last,
// can be special.
func (s *specials) fits(first, last byte, n int) bool { return n <= int(s.longest[first&31][last]) }

// lookup is find for a chunk whose hash is not known.
func (s *specials) lookup(chunk string) *special {
	if !s.fits(chunk[0], chunk[len(chunk)-1], len(chunk)) {
		return nil
	}
	return s.find(chunk, Hash(chunk))
}

// both returns the heads with all tails, as they are and capitalised.
func both(heads string, tails ...string) (out []string) {
	for _, head := range strings.Fields(heads) {
		for _, tail := range tails {
			out = append(out, head+tail, strings.ToUpper(head[:1])+head[1:]+tail)
		}
	}
	return out
}

// bothWays returns contractions with and without their apostrophes.
func bothWays(list []string) []string {
	for _, c := range list {
		list = append(list, strings.ReplaceAll(c, "'", ""))
	}
	return list
}

// contractions are what English writes together, as its two or three words. What is
// an English word without the apostrophe, such as "well", is left out without it.
func contractions() (out []string) {
	const (
		pronouns  = "i you he she it we they"
		questions = "who what when where why how there"
		these     = "these those"
	)
	all := both("i", "\u00B7'm", "\u00B7'm\u00B7a")
	all = append(all, both(pronouns+" "+questions+" that this "+these, "\u00B7'll", "\u00B7'll\u00B7've", "\u00B7'd", "\u00B7'd\u00B7've")...)
	all = append(all, both("he she it that this "+questions, "\u00B7's")...)
	all = append(all, both("you we they "+questions+" "+these, "\u00B7're")...)
	all = append(all, both("i you we they could might must should would "+questions+" "+these, "\u00B7've")...)
	all = append(all, both("ca could do does did had may might must need ought sha should wo would", "\u00B7n't", "\u00B7n't\u00B7've")...)
	all = append(all, both("ai are is was were have has dare", "\u00B7n't")...)
	all = append(all, both("not", "\u00B7've")...)
	all = append(all, both("doin goin nothin nuthin ol somethin lovin havin", "'")...)
	for _, c := range bothWays(all) {
		switch strings.ToLower(strings.ReplaceAll(c, cut, "")) {
		case "ill", "its", "hell", "shell", "shed", "were", "well", "whore":
		default:
			out = append(out, c)
		}
	}
	out = append(out, both("can\u00B7not gon\u00B7na got\u00B7ta let\u00B7's c'm\u00B7on how\u00B7'd\u00B7'y ma'am o'clock 'cause 'cos 'coz 'cuz", "")...)
	out = append(out, "'Cause", "'Cos", "'Coz", "'Cuz", "'bout", "'em", "em", "'ll", "ll", "'nuff", "nuff", "'re", "'d")
	return append(out, "y'\u00B7all", "y\u00B7all", "'s", "'S", "\u2018s", "\u2018S", "'", "''", "and/or", "w/o")
}

// abbreviations are words that keep their full stop, and times of day.
func abbreviations() (out []string) {
	const (
		titles = "Adm. Dr. Gen. Gov. Jr. Messrs. Mr. Mrs. Ms. Ph.D. Prof. Rep. Rev. Sen. St."
		firms  = "Bros. Co. co. Corp. Inc. Ltd."
		latin  = "a.m. p.m. e.g. E.g. E.G. i.e. I.e. I.E. vs. v.s."
		months = "Jan. Feb. Mar. Apr. Jun. Jul. Aug. Sep. Sept. Oct. Nov. Dec."
		states = "Ak. Ala. Ariz. Ark. Calif. Colo. Conn. D.C. Del. Fla. Ga. Ia. Id. Ill. Ind. Kan. Kans. Ky. La. Mass. Md. Mich. Minn. Miss. Mo. Mont. Mt. " +
			"N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Okla. Ore. Pa. S.C. Tenn. Va. Wash. Wis."
	)
	for _, list := range []string{titles, firms, latin, months, states} {
		out = append(out, strings.Fields(list)...)
	}
	for c := 'a'; c <= 'z'; c++ {
		out = append(out, string(c)+".")
	}
	out = append(out, "\u00E4.", "\u00F6.", "\u00FC.")
	for hour := 1; hour <= 12; hour++ {
		for _, half := range []string{"a.m.", "am", "p.m.", "pm"} {
			out = append(out, strconv.Itoa(hour)+cut+half)
		}
	}
	for _, unit := range strings.Split("cfkCFK", "") {
		out = append(out, "\u00B0"+cut+unit+cut+".")
	}
	return append(out, "C++", "\u2014", `\t`, `\n`, `\")`, "<space>")
}

// faces are emoticons: eyes, perhaps a nose, a mouth.
func faces() (out []string) {
	for _, nose := range []string{"", "-"} {
		for _, mouth := range strings.Fields(") )) ))) ( (( ((( ] } / | P p O o 0 * 3 > X x D") {
			out = append(out, ":"+nose+mouth)
		}
		out = append(out, ":'"+nose+")", ":'"+nose+"(", ";"+nose+")", ";"+nose+"D", "8"+nose+")", "8"+nose+"D")
		out = append(out, "("+nose+":", "["+nose+":", ")"+nose+":", "("+nose+";")
	}
	for _, mouth := range strings.Fields(") ( / | ] [ 3 D") {
		out = append(out, "="+mouth)
	}
	for _, eyes := range strings.Fields("o_o o_O O_o O_O o_0 0_o 0_0 v_v V_V") {
		out = append(out, eyes, strings.ReplaceAll(eyes, "_", "."))
	}
	for _, face := range strings.Fields("^_^ -_- ._. >_< *_* \u00AC_\u00AC \u0CA0_\u0CA0") {
		out = append(out, "("+face+")")
	}
	return append(out, strings.Fields("^_^ ^__^ ^___^ -_- -__- ._. ;_; @_@ >.< >.> <.< \u0CA0_\u0CA0 \u0CA0\uFE35\u0CA0 "+
		":1 :() :o) (o: (-8 (= [= ]= >:( >:o xD XD xDD XDD <3 <33 <333 </3 ><(((*> "+
		"\u00AF\\(\u30C4)/\u00AF (\u256F\u00B0\u25A1\u00B0\uFF09\u256F\uFE35\u253B\u2501\u253B")...)
}
