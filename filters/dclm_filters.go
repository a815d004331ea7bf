package filters

import (
	"errors"
	"unicode/utf8"

	"tamis/step"
	"tamis/text"
)

// dclmSettings are what dclm can be given beside its bounds.
type dclmSettings struct {
	Banned     []string `yaml:"banned" doc:"what a text may not have, in any case"`
	BannedList string   `yaml:"banned_list" doc:"path of a list of more of it, one in a line"`
	WholeWords bool     `yaml:"whole_words" doc:"whether what is banned counts only where no letter, digit or underscore touches it"`
}

// Build makes the step.
func (s *dclmSettings) Build(env *step.Env) (any, error) {
	c := &dclm{stop: newStopWords([]string{"the", "be", "to", "of", "and", "that", "have", "with"}), whole: s.WholeWords}
	terms := s.Banned
	if s.BannedList != "" {
		list, err := readTerms(env, s.BannedList)
		if err != nil {
			return nil, &step.Fault{Key: "banned_list", Err: err}
		}
		terms = append(list, terms...)
	}
	if len(terms) == 0 {
		return c, nil
	}
	lower := make([]string, len(terms))
	for i, term := range terms {
		if term == "" {
			return nil, &step.Fault{Key: "banned", Err: errors.New("an empty one is everywhere: leave it out")}
		}
		lower[i] = string(text.AppendLower(nil, term))
	}
	var err error
	if c.banned, err = newAutomaton(lower, &foldASCII); err != nil {
		return nil, &step.Fault{Key: "banned", Err: err}
	}
	return c, nil
}

var foldASCII = newFoldASCII()

func newFoldASCII() (fold [256]byte) {
	for i := range fold {
		fold[i] = asciiLower(byte(i))
	}
	return fold
}

// shape measures the lines and characters of a text.
func (c *dclm) shape(v *text.View) {
	s, lines := v.Text(), v.SplitLines()
	longest, all := 0, 0
	for _, l := range lines {
		n := l.Len()
		if !v.ASCII() {
			n = utf8.RuneCountInString(l.Of(s))
		}
		all += n
		longest = max(longest, n)
	}
	c.values[dclmLongest] = float64(longest)
	c.values[dclmMeanLine] = step.Ratio(all, len(lines))
	c.values[dclmAlphanumeric] = step.Ratio(alphanumeric(s), v.Runes())
	c.values[dclmBanned] = float64(c.countBanned(s))
}

// alphanumeric counts letters and numbers of every kind.
func alphanumeric(s string) (n int) {
	for i := 0; i < len(s); {
		if b := s[i]; b < utf8.RuneSelf {
			n += asInt(rpClasses[b] == rpLetter && b != '_')
			i++
			continue
		}
		r, width := utf8.DecodeRuneInString(s[i:])
		n += asInt(text.IsWordRune(r))
		i += width
	}
	return n
}

// countBanned counts where what is banned is in the text.
func (c *dclm) countBanned(s string) (n int) {
	if c.banned == nil {
		return 0
	}
	c.hits = c.banned.find(c.hits[:0], s)
	for _, hit := range c.hits {
		n += asInt(!c.whole || isWhole(s, int(hit.start), int(hit.end)))
	}
	return n
}

// isWhole reports whether a word begins or ends at both ends of a stretch.
func isWhole(s string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:start])
	last, _ := utf8.DecodeLastRuneInString(s[start:end])
	return isBoundary(s, start, before) && isBoundary(s, end, last)
}
