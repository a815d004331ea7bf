package filters

import (
	"bufio"
	"embed"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lexiconFiles are the word lists of nsfw and url, written for this program.
//
//go:embed lexicon/*.txt
var lexiconFiles embed.FS

// lexiconLanguages are the languages that nsfw knows by itself, the first ones first
// where they share a word.
var lexiconLanguages = []string{"en", "de", "fr", "es", "pt", "pl", "ru", "zh"}

// A nsfwClass is what a term stands for.
type nsfwClass uint8

const (
	classSexual nsfwClass = iota
	classAbuse
	classStrict // of a list that removes by one hit
	nsfwClasses
)

// A nsfwTerm is one line of a lexicon.
type nsfwTerm struct {
	text     string
	class    nsfwClass
	weight   int64
	language uint8 // index of the file; terms of one file keep each other company
	doubtful bool  // counts only beside a weighty term of its class and file that is not
	clinical bool  // the same, and not at all in a context of medicine, education or law
}

// A nsfwForm is one spelling of a term.
type nsfwForm struct {
	term                int32
	openLeft, openRight bool // it may stand within a longer word
	leet                bool // it is written with digits or signs that stand for letters
}

// A lexicon is all that nsfw looks for. It is shared by all workers.
type lexicon struct {
	terms    []nsfwTerm
	forms    []nsfwForm
	find     *automaton // of forms
	context  *automaton // of excuses and context words, for texts with hits alone
	contexts []nsfwForm // of the patterns of context; term is -1 for an excuse

	spellings []string
	known     map[string]bool
	excuses   []string // with contexts
	words     int32    // context words so far
	files     uint8
}

// nsfwFold says which byte a byte counts as: letters are small, digits and signs are
// the letters that they are written for, and what joins words is a blank.
var nsfwFold = newNSFWFold()

func newNSFWFold() *[256]byte {
	fold := new([256]byte)
	for b := range fold {
		fold[b] = byte(b)
		if 'A' <= b && b <= 'Z' {
			fold[b] = byte(b) | 0x20
		}
	}
	for i, from := range "013457@$!" {
		fold[from] = "oieastasi"[i]
	}
	for _, b := range "\t\n\r-_" {
		fold[b] = ' '
	}
	return fold
}

// isLeet reports whether a byte counts as a letter that it is not.
func isLeet(b byte) bool { return b < utf8.RuneSelf && nsfwFold[b] >= 'a' && b|0x20 != nsfwFold[b] }

// newLexicon reads the lexicon's own files for some languages, nil for all.
func newLexicon(languages []string) (*lexicon, error) {
	if languages == nil {
		languages = lexiconLanguages
	}
	l := &lexicon{known: map[string]bool{}}
	for _, language := range languages {
		name := "nsfw." + language + ".txt"
		f, err := lexiconFiles.Open("lexicon/" + name)
		if err != nil {
			return nil, fmt.Errorf("there is no lexicon for %q: %s are", language, strings.Join(lexiconLanguages, ", "))
		}
		if err := l.read(name, f); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// compile builds the automata once all terms are there.
func (l *lexicon) compile() (err error) {
	if l.find, err = newAutomaton(l.spellings, nsfwFold); err == nil {
		l.context, err = newAutomaton(l.excuses, nsfwFold)
	}
	l.spellings, l.known, l.excuses = nil, nil, nil
	return err
}

// read takes the terms of one file of our own form; see lexicon/nsfw.en.txt.
func (l *lexicon) read(name string, r io.Reader) error {
	lines := bufio.NewScanner(r)
	var take func(line string)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			var err error
			if take, err = l.section(strings.Trim(line, "[]")); err != nil {
				return fmt.Errorf("%s:%d: %w", name, n, err)
			}
		case take == nil:
			return fmt.Errorf("%s:%d: a term before the first heading", name, n)
		default:
			take(line)
		}
	}
	l.files++
	return lines.Err()
}

// section returns what is done with the lines below a heading.
func (l *lexicon) section(heading string) (take func(string), err error) {
	switch heading {
	case "excuse":
		return func(line string) { l.addContext(line, -1) }, nil
	case "context":
		return func(line string) { l.addContext(line, l.words); l.words++ }, nil
	}
	t := nsfwTerm{language: l.files}
	f := strings.Fields(heading)
	if len(f) < 2 || len(f) > 3 {
		return nil, fmt.Errorf("heading %q: write [sexual 3], [abuse 2 doubtful], [excuse] or the like", heading)
	}
	switch f[0] {
	case "sexual":
	case "abuse":
		t.class = classAbuse
	default:
		return nil, fmt.Errorf("%q is no class: sexual and abuse are", f[0])
	}
	if t.weight, err = strconv.ParseInt(f[1], 10, 8); err != nil || t.weight < 1 {
		return nil, fmt.Errorf("weight %q: write a number from 1 to 5", f[1])
	}
	if len(f) == 3 {
		t.doubtful, t.clinical = f[2] == "doubtful", f[2] == "clinical"
		if !t.doubtful && !t.clinical {
			return nil, fmt.Errorf("%q: doubtful or clinical may stand here", f[2])
		}
	}
	return func(line string) { l.add(line, t) }, nil
}

// add takes a term and all its spellings. What another term is written like stays
// that term's.
func (l *lexicon) add(line string, t nsfwTerm) {
	stem, _, _ := strings.Cut(line, "|")
	t.text = strings.Trim(stem, "*")
	l.terms = append(l.terms, t)
	eachSpelling(line, func(s string, f nsfwForm) {
		if l.known[s] && t.class != classStrict {
			return
		}
		f.term = int32(len(l.terms) - 1)
		l.known[s] = true
		l.spellings = append(l.spellings, s)
		l.forms = append(l.forms, f)
	})
}

// addContext takes an excuse (-1) or the context word of a number.
func (l *lexicon) addContext(line string, word int32) {
	eachSpelling(line, func(s string, f nsfwForm) {
		f.term = word
		l.excuses = append(l.excuses, s)
		l.contexts = append(l.contexts, f)
	})
}

// eachSpelling calls f for the spellings of a line: stem|ending|ending, and a star
// where the word may go on.
func eachSpelling(line string, f func(spelling string, form nsfwForm)) {
	stem, rest, more := strings.Cut(strings.ToLower(line), "|")
	for ending := ""; ; ending, rest, more = strings.Cut(rest, "|") {
		s := stem + ending
		form := nsfwForm{openLeft: strings.HasPrefix(s, "*"), openRight: strings.HasSuffix(s, "*")}
		if s = strings.Trim(s, "*"); s != "" {
			form.leet = strings.ContainsFunc(s, func(r rune) bool { return r < utf8.RuneSelf && isLeet(byte(r)) })
			f(s, form)
		}
		if !more {
			return
		}
	}
}

// isUnspaced reports whether a letter is of a script that does not set words apart.
func isUnspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// isWordRune reports whether a word may go on with r.
func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z'
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N)
}
