package filters

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"tamis/text"
)

// Classes of ASCII for the shares of characters.
const (
	nemoKept uint8 = 1 << iota // counts as alphanumeric
	nemoDigit
	nemoBlank
	nemoBracket
	nemoAddress // may be in an address
)

var nemoClasses = newNemoClasses()

func newNemoClasses() (c [utf8.RuneSelf]uint8) {
	for i := range c {
		b := byte(i)
		digit := b >= '0' && b <= '9'
		letter := b|0x20 >= 'a' && b|0x20 <= 'z'
		for class, is := range map[uint8]bool{
			nemoKept:    letter || digit || strings.IndexByte("\n?!,.", b) >= 0,
			nemoDigit:   digit,
			nemoBlank:   strings.IndexByte("\t\n\r\b ", b) >= 0,
			nemoBracket: strings.IndexByte("()[]{}", b) >= 0,
			nemoAddress: letter || digit || strings.IndexByte("!#$%&'()*+,-./:=?@_~", b) >= 0,
		} {
			if is {
				c[i] |= class
			}
		}
	}
	return c
}

func (n *nemo) characters() {
	s := n.view.Text()
	kept, digits, blanks, brackets := 0, 0, 0, 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			c := nemoClasses[s[i]]
			kept += int(c & nemoKept)
			digits += int(c & nemoDigit / nemoDigit)
			blanks += int(c & nemoBlank / nemoBlank)
			brackets += int(c & nemoBracket / nemoBracket)
			i++
			continue
		}
		r, w := utf8.DecodeRuneInString(s[i:])
		if r == '\u27E8' || r == '\u27E9' {
			brackets++
		}
		i += w
	}
	all := n.view.Runes()
	n.share(nemoAlphaNumeric, all-kept, all, 1)
	n.share(nemoNumbers, digits, all, 1)
	n.share(nemoSpace, blanks, all, 1)
	n.share(nemoParentheses, brackets, all, 1)
}

func (n *nemo) urls() {
	s, total, porn := n.view.Text(), 0, 0
	for i := 0; ; {
		at := strings.Index(s[i:], "://")
		if at < 0 {
			break
		}
		at += i
		i = at + len("://")
		scheme := 0
		if strings.HasSuffix(s[:at], "http") {
			scheme = len("http")
		} else if strings.HasSuffix(s[:at], "https") {
			scheme = len("https")
		} else {
			continue
		}
		if end := endOfAddress(s, i); end > i {
			total += end - at + scheme
			porn = max(porn, asInt(strings.Contains(s[i:end], "porn")))
			i = end
		}
	}
	n.share(nemoURLs, total, n.view.Runes(), 1)
	n.hold(nemoPorn, float64(porn))
}

// endOfAddress returns where the characters of an address end.
func endOfAddress(s string, i int) int {
	for i < len(s) && s[i] < utf8.RuneSelf && nemoClasses[s[i]]&nemoAddress != 0 {
		i++
	}
	return i
}

// nemoPhrases are what makes a paragraph boilerplate. The last three begin sentences
// of a stock cookie banner, which are recognized by nemoSentences.
var nemoPhrases = newPhrases("lorem ipsum",
	"terms of use", "privacy policy", "cookie policy", "uses cookies", "privacy overview", "use of cookies", "use cookies",
	"privacy & cookies policy", "privacy and cookies policy",
	"necessary cookies are", "any cookies that may", "if you continue to browse")

// nemoSentences are the lengths and the XXH3 of the sentences, in lower case, that the
// last phrases begin. The banner's other sentences have another phrase in them.
var nemoSentences = [...]struct {
	length int
	hash   uint64
}{{242, 0x5CD654EFB7CBB166}, {302, 0x1B2F55A77D3662ED}, {113, 0x8EE46DBC336424F1}}

func (n *nemo) boilerplate() {
	s := n.view.Text()
	paragraphs, found := strings.Count(s, "\n\n")+1, 0
	kelvin := !n.view.ASCII() && strings.Contains(s, "\u212A") // a k in lower case
	if nemoPhrases.in(s) == 0 && !kelvin {
		n.hold(nemoBoilerplate, 0)
		return
	}
	for rest, more := s, true; more; {
		var p string
		p, rest, more = strings.Cut(rest, "\n\n")
		n.low = text.AppendLower(n.low[:0], text.TrimSpace(p))
		low := asString(n.low)
		if strings.Contains(low, nemoPhrases.list[0]) {
			n.hold(nemoBoilerplate, 1)
			return
		}
		found += asInt(isBoilerplate(low))
	}
	n.share(nemoBoilerplate, found, paragraphs, 0)
}

func isBoilerplate(low string) bool {
	short := len(nemoPhrases.list) - len(nemoSentences)
	for _, phrase := range nemoPhrases.list[1:short] {
		if strings.Contains(low, phrase) {
			return true
		}
	}
	for i, begin := range nemoPhrases.list[short:] {
		sentence := &nemoSentences[i]
		for rest := low; ; rest = rest[1:] {
			at := strings.Index(rest, begin)
			if at < 0 {
				break
			}
			rest = rest[at:]
			if len(rest) >= sentence.length && xxh3.HashString(rest[:sentence.length]) == sentence.hash {
				return true
			}
		}
	}
	return false
}

func (n *nemo) lines() {
	s, lines := n.view.Text(), n.view.Lines()
	all, different, runes, differentRunes, open, ellipses, bullets := 0, 0, 0, 0, 0, 0, 0
	for i := range lines {
		l := &lines[i]
		if l.Blank {
			continue
		}
		all++
		runes += int(l.Runes)
		if !l.Repeat {
			different++
			differentRunes += int(l.Runes)
		}
		line := text.TrimSpace(l.Of(s))
		if strings.IndexByte(".?!\"'", line[len(line)-1]) < 0 {
			open++
		}
		ellipses += asInt(n.endsInEllipsis(line))
		switch r, _ := utf8.DecodeRuneInString(line); r {
		case '\u2022', '\u2023', '\u2043', '\u204C', '\u204D', '\u2219', '\u25CB', '\u25CF', '\u25D8', '\u25E6', '\u29BE', '\u29BF':
			bullets++
		}
	}
	n.repeated[nemoLinesOf], n.repeated[nemoLineCharsOf] = ratioOrOne(all-different, all), ratioOrOne(runes-differentRunes, runes)
	n.share(nemoRepeatedLines, different, all, 0)
	n.share(nemoLineChars, differentRunes, runes, 0)
	n.share(nemoPunctuation, open, all, 1)
	n.share(nemoEllipsis, ellipses, all, 1)
	n.share(nemoBullets, bullets, all, 1)
}

// nemoEllipses are the marks, of which "[...]" and the like end in others but for
// their brackets.
var nemoEllipses = [...]string{"...", "[...]", "\u2026", "(...)", "[\u2026]", "-\u00BB", "read more..", "read more"}

// endsInEllipsis reports whether a stripped line ends in one of the marks.
func (n *nemo) endsInEllipsis(line string) bool {
	const tail = len("read more..")
	end := line[max(0, len(line)-2*tail):] // the Kelvin sign and its like are longer than what they become
	n.low = text.AppendLower(n.low[:0], end)
	for _, mark := range nemoEllipses {
		if bytes.HasSuffix(n.low, []byte(mark)) {
			return true
		}
	}
	return false
}

func (n *nemo) paragraphs() {
	s := n.view.Text()
	all, different, runes, differentRunes := 0, 0, 0, 0
	n.seen.reset(strings.Count(s, "\n\n") + 1)
	for rest, more := s, true; more; {
		var p string
		p, rest, more = strings.Cut(rest, "\n\n")
		length := utf8.RuneCountInString(p)
		all++
		runes += length
		if n.seen.add(xxh3.HashString(p)) {
			different++
			differentRunes += length
		}
	}
	n.repeated[nemoParagraphsOf], n.repeated[nemoParagraphCharsOf] = ratioOrOne(all-different, all), ratioOrOne(runes-differentRunes, runes)
	n.share(nemoRepeatedParagraphs, different, all, 0)
	n.share(nemoParagraphChars, differentRunes, runes, 0)
}

// A repeatSet tells whether a hash has been added before.
type repeatSet struct{ slots []uint64 }

// reset forgets all hashes and makes room for n.
func (r *repeatSet) reset(n int) {
	size := 16
	for size < 2*n {
		size *= 2
	}
	if cap(r.slots) < size {
		r.slots = make([]uint64, size)
	}
	r.slots = r.slots[:size]
	clear(r.slots)
}

// add adds a hash and reports whether it is new.
func (r *repeatSet) add(hash uint64) bool {
	hash = max(hash, 1)
	mask := uint64(len(r.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		switch r.slots[i] {
		case 0:
			r.slots[i] = hash
			return true
		case hash:
			return false
		}
	}
}

func (n *nemo) words() {
	s, words := n.view.Text(), n.view.Words()
	symbols, alphabetic, common, runes, longest := 0, 0, 0, 0, 0
	for i := range words {
		w := &words[i]
		word := w.Of(s)
		runes += int(w.Runes)
		longest = max(longest, int(w.Runes))
		alphabetic += asInt(w.Kind&text.Alphabetic != 0 || strings.ContainsFunc(word, text.IsAlphabetic))
		common += asInt(n.common.hasHash(w))
		symbols += asInt(isSymbolWord(word, int(w.Runes)))
	}
	if len(words) == 0 {
		longest = nemoTooLong
	}
	n.share(nemoSymbols, symbols, len(words), 1)
	n.hold(nemoWords, float64(len(words)))
	n.share(nemoAlphabetic, alphabetic, len(words), 0)
	n.hold(nemoCommon, float64(common))
	n.share(nemoMeanLength, runes, len(words), 0)
	n.hold(nemoMaxLength, float64(longest))
}

const nemoTooLong = 1001 // characters of the longest word of a text without words

// isSymbolWord reports whether a word is an ellipsis, or its runs of hash signs are
// more than half of its characters.
func isSymbolWord(word string, length int) bool {
	if strings.IndexByte(word, '#') >= 0 {
		runs := 0
		for i := range len(word) {
			runs += asInt(word[i] == '#' && (i == 0 || word[i-1] != '#'))
		}
		return 2*runs > length
	}
	if c := word[0]; c|0x20 >= 'a' && c|0x20 <= 'z' {
		return false // most words; the marks that begin with a letter have a space
	}
	for _, mark := range nemoEllipses {
		if word == mark {
			return true
		}
	}
	return false
}

func (n *nemo) grams() {
	v := n.view
	v.Cover(&n.cover)
	all, words := v.Runes(), v.Words()
	for size := 2; size <= 4; size++ {
		lost := all
		if len(words) >= size {
			at := n.cover.TopAt[size]
			n.gram = n.gram[:0]
			for i := range size {
				if i > 0 {
					n.gram = append(n.gram, ' ')
				}
				n.gram = append(n.gram, v.Word(at+i)...)
			}
			lost = strings.Count(v.Text(), asString(n.gram)) * (n.cover.TopRunes[size] + size - 1)
		}
		n.share(nemoTop2+size-2, lost, all, 1)
	}
	for size := 5; size <= 10; size++ {
		lost := all
		if len(words) >= size {
			lost = n.cover.Later[size]
		}
		n.share(nemoDup5+size-5, lost, all, 1)
	}
	for size := 2; size <= 4; size++ {
		lost := all
		if len(words) >= size {
			lost = n.cover.Later[size]
		}
		n.share(nemoDup2+size-2, lost, all, 1)
	}
}

// hasHash reports whether a word is in the list.
func (s *stopWords) hasHash(w *text.Word) bool {
	return w.End-w.Start <= s.longest && s.filter[w.Hash>>60]>>(w.Hash>>54&63)&1 != 0 && s.places[s.slot(w.Hash)] > 0
}
