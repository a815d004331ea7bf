package filters

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// Boilerplate cuts the lines of a web page that belong to the site rather than to
// the text.
var Boilerplate = step.Spec{
	Name: "boilerplate",
	Doc: "Cuts the lines of a web page that belong to the site rather than to the text, and removes no document. A short line goes for what it says, " +
		"by phrases in nine languages, or as one of several short lines in a row that are no sentences, of which it takes twice as many between lines of prose; " +
		"the last of them, before prose, is taken for its heading and stays. What little stands among lines that go, or with them behind the last line of prose, goes, too.",
	Source: "own rules; Kohlschuetter, Fankhauser, Nejdl 2010, Boilerplate Detection using Shallow Text Features, for judging a line by its length and its neighbours",
	Rules: []step.Rule{
		boilerNotices:  editRule("notices", "lines", "Notices on cookies, privacy, scripts and rights, cut."),
		boilerShares:   editRule("shares", "lines", "Invitations to share, follow, subscribe and comment, cut."),
		boilerTeasers:  editRule("teasers", "lines", "Pointers to other pages, such as read more, cut."),
		boilerCounters: editRule("counters", "lines", "Lines of little but numbers, such as dates and counts of comments, cut."),
		boilerMenus:    editRule("menus", "lines", "Short lines in a row that are no sentences, cut."),
		boilerAsides:   editRule("asides", "lines", "Lines that say nothing of the kind, cut for the lines around them."),
	},
	New: func() step.Settings { return &boilerplateSettings{MenuLines: 3} },
}

// The rules of boilerplate by index.
const (
	boilerNotices = iota
	boilerShares
	boilerTeasers
	boilerCounters
	boilerMenus
	boilerAsides
	boilerKeeps // no rule: a line that stays
	boilerBlank // an empty line, which goes with those around it
	boilerShort // a line that goes in a row of its kind
)

type boilerplateSettings struct {
	MenuLines int `yaml:"menu_lines" doc:"short lines in a row that are a menu, twice as many between lines of prose; 0 judges no line by those around it"`
}

// Build makes the step.
func (s *boilerplateSettings) Build(*step.Env) (any, error) {
	if s.MenuLines < 0 || s.MenuLines == 1 {
		return nil, &step.Fault{Key: "menu_lines", Err: fmt.Errorf("%d lines are no row: 2 or more are, and 0 is for none", s.MenuLines)}
	}
	return &boilerplate{menu: s.MenuLines, phrases: sitePhrases()}, nil
}

// A boilerplate is the step boilerplate in one worker.
type boilerplate struct {
	menu    int
	phrases map[string][]sitePhrase // by first word; shared by all workers
	lower   []byte                  // a line in small letters, its words parted by single spaces
	lines   []siteLine

	first, last int // lines of prose; without any, first is past the end and last before the beginning
}

// A siteLine is a line of the text at hand and what becomes of it.
type siteLine struct{ start, end, what int }

// Fork returns the same step for another worker.
func (b *boilerplate) Fork() step.Local { return &boilerplate{menu: b.menu, phrases: b.phrases} }

// Judge asks for the cuts. It keeps every document.
func (b *boilerplate) Judge(d *document.Document, m *step.Meter) step.Verdict {
	for i := range m.Values {
		m.Hold(i, 0)
	}
	b.split(d.Text())
	if b.menu > 0 {
		b.findProse()
		b.rows()
		b.behind()
		b.between(d.Text())
		b.rows() // what has gone parts no row, so that a second pass finds nothing more
	}
	b.cut(d.Text(), m)
	return m.Verdict()
}

// split finds the lines and what each of them is.
func (b *boilerplate) split(s string) {
	b.lines = b.lines[:0]
	for start := 0; start < len(s); {
		end := len(s)
		if i := strings.IndexByte(s[start:], '\n'); i >= 0 {
			end = start + i + 1
		}
		b.lines = append(b.lines, siteLine{start, end, b.kind(text.TrimSpace(s[start:end]))})
		start = end
	}
}

// Bytes of lines. What is longer is prose, whatever it says.
const (
	longestNotice = 280
	longestPhrase = 90
	longestMenu   = 60
)

// kind says what a line is by itself.
func (b *boilerplate) kind(line string) int {
	if line == "" {
		return boilerBlank
	}
	if len(line) > longestNotice {
		return boilerKeeps
	}
	words, digits, letters := b.fold(line)
	if what := b.says(len(line), words <= 3 && !strings.ContainsAny(line[len(line)-1:], ".!?")); what != boilerKeeps {
		return what
	}
	switch {
	case len(line) <= longestMenu && digits > 0 && letters <= 12 && words <= 4 && digits*2 >= letters:
		return boilerCounters
	case len(line) <= longestMenu && words <= 8 && !endsSentence(line) && !listed(line):
		return boilerShort
	}
	return boilerKeeps
}

// fold writes the words of a line into lower and counts what it is made of.
func (b *boilerplate) fold(line string) (words, digits, letters int) {
	b.lower = append(b.lower[:0], ' ')
	for _, r := range line {
		switch {
		case unicode.IsLetter(r) || unicode.Is(unicode.Mn, r):
			letters++
			b.lower = utf8.AppendRune(b.lower, unicode.ToLower(r))
		case unicode.IsDigit(r):
			digits++
			b.lower = append(b.lower, '0')
		case b.lower[len(b.lower)-1] != ' ':
			b.lower = append(b.lower, ' ')
			words++
		}
	}
	if b.lower[len(b.lower)-1] != ' ' {
		b.lower = append(b.lower, ' ')
		words++
	}
	return words, digits, letters
}

// says returns the rule of the first phrase that the line of so many bytes holds. A
// phrase of one word counts where the line is terse: little more than that word.
func (b *boilerplate) says(size int, terse bool) int {
	for at := 1; at < len(b.lower); {
		end := at
		for b.lower[end] != ' ' {
			end++
		}
		for _, p := range b.phrases[string(b.lower[at:end])] {
			rest := b.lower[at:]
			if len(rest) >= len(p.text) && string(rest[:len(p.text)]) == p.text && size <= p.longest && (terse || !p.word) {
				return p.rule
			}
		}
		at = end + 1
	}
	return boilerKeeps
}

// endsSentence reports whether a line ends as a sentence does, or goes on.
func endsSentence(line string) bool {
	r, _ := utf8.DecodeLastRuneInString(line)
	return strings.ContainsRune(".!?,;:\u2026\u3002\uff01\uff1f\uff0c\u3001\u0964\u061f\u06d4\"\u201d\u00bb", r)
}

// listed reports whether a line is an item of a list.
func listed(line string) bool {
	r, _ := utf8.DecodeRuneInString(line)
	return strings.ContainsRune("-*#|>\u2022\u2013\u2014", r) || '0' <= r && r <= '9'
}

// cut asks for the cuts, each a whole line. The text does not end with the line feed
// of a line that went.
func (b *boilerplate) cut(s string, m *step.Meter) {
	for i := range b.lines {
		if l := &b.lines[i]; l.what < boilerKeeps && m.Rules[l.what].Off {
			l.what = boilerKeeps
		}
	}
	last := len(b.lines) - 1
	for last >= 0 && b.lines[last].what >= boilerKeeps {
		last--
	}
	tail := last >= 0 && last == len(b.lines)-1 && s[len(s)-1] != '\n'
	for i := range b.lines {
		l := &b.lines[i]
		if l.what >= boilerKeeps {
			continue
		}
		m.Edit(l.what, l.start, l.end, "")
	}
	if tail {
		b.trimTail(s, m, last)
	}
}

// trimTail lets the cut of the last line take the line end before it, too, where the
// line before stays.
func (b *boilerplate) trimTail(s string, m *step.Meter, last int) {
	if last == 0 || b.lines[last-1].what < boilerKeeps {
		return
	}
	cut := &m.Edits[len(m.Edits)-1]
	if cut.Start--; strings.HasSuffix(s[:cut.Start], "\r") {
		cut.Start--
	}
}
