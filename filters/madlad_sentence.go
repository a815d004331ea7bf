package filters

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tamis/step"
	"tamis/text"
)

// A madladCount is what a sentence is made of.
type madladCount struct{ runes, words, capitals, danger int }

func countMadlad(s string) (c madladCount) {
	inside := false
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		i += n
		c.runes++
		if text.IsSpace(r) {
			inside = false
			continue
		}
		if !inside {
			c.words++
			if r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf && (unicode.IsUpper(r) || unicode.IsTitle(r)) {
				c.capitals++
			}
		}
		inside = true
		if isDangerous(r) {
			c.danger++
		}
	}
	return c
}

func isDangerous(r rune) bool {
	switch r {
	case '{', '}', '+', '/', '(', ')', '>':
		return true
	}
	return r >= '0' && r <= '9'
}

// undetermined is the code of a text in which no language can be seen.
const undetermined = "und"

// countLanguage counts a sentence for its language.
func (m *madlad) countLanguage(code string) int32 {
	if code == undetermined {
		return -1
	}
	i := slices.IndexFunc(m.languages, func(l madladLanguageCount) bool { return l.code == code })
	if i < 0 {
		i = len(m.languages)
		m.languages = append(m.languages, madladLanguageCount{code: code})
	}
	m.languages[i].n++
	return int32(i)
}

// most returns the language of most sentences, -1 if there is none.
func (m *madlad) most() int32 {
	most := -1
	for i := range m.languages {
		if most < 0 || m.languages[i].n > m.languages[most].n {
			most = i
		}
	}
	return int32(most)
}

func (m *madlad) language() string {
	if most := m.most(); most >= 0 {
		return m.languages[most].code
	}
	return ""
}

// compareLanguages notes the sentences that are not in the language of most.
func (m *madlad) compareLanguages() {
	most := m.most()
	for i := range m.sentences {
		if s := &m.sentences[i]; s.language >= 0 && s.language != most {
			s.faults |= 1
		}
	}
}

// viramas are the signs that take a consonant's vowel away: the combining class 9.
var viramas = newViramas()

const viramaClass = 9

func newViramas() map[rune]bool {
	all := map[rune]bool{}
	for _, table := range []*unicode.RangeTable{unicode.Mn, unicode.Mc} {
		for _, t := range table.R16 {
			for r := rune(t.Lo); r <= rune(t.Hi); r += rune(t.Stride) {
				addVirama(all, r)
			}
		}
		for _, t := range table.R32 {
			for r := rune(t.Lo); r <= rune(t.Hi); r += rune(t.Stride) {
				addVirama(all, r)
			}
		}
	}
	return all
}

func addVirama(all map[rune]bool, r rune) {
	if norm.NFD.PropertiesString(string(r)).CCC() == viramaClass {
		all[r] = true
	}
}

// joinViramas asks for the cuts of the two spaces around a virama: the published
// expression takes " X ", from left to right.
func joinViramas(s string, l text.Span, meter *step.Meter) {
	for i := int(l.Start); i < int(l.End); i++ {
		if s[i] != ' ' {
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i+1 : l.End])
		if end := i + 1 + n; r >= utf8.RuneSelf && end < int(l.End) && s[end] == ' ' && viramas[r] {
			meter.Edit(madladViramas, i, end+1, s[i+1:end])
			i = end
		}
	}
}
