package filters

import (
	"strings"
	"unicode/utf8"
)

// The published expressions that are plain strings, without "mp3", which is sought by
// itself since it is shorter than the others.
var cursedStrings = []string{
	" \u2116", "\ufffd\ufffd\ufffd", "aute irure dolor ", " sunt in culpa qui ", "orem ipsum ", " quis nostrud ", " adipisicing ", " dolore eu ",
	" cupidatat ", "autem vel eum", "wisi enim ad", " sex ", " porn ", "\u9ec4\u8272\u7535\u5f71", "ownload", "Vol.", " Ep.", "Episode",
	" \u0448\u0442.", "Develop", "Facebook", " crusher ", " xxx ",
}

// A cursedFinder finds out in one pass which of the strings a text may have.
type cursedFinder struct{ lower *phrases }

var cursedPhrases = newCursedFinder()

func newCursedFinder() *cursedFinder {
	var lower []string
	for _, s := range cursedStrings {
		lower = append(lower, strings.ToLower(s))
	}
	return &cursedFinder{newPhrases(lower...)}
}

// cursedMP3 is the bit of "mp3" behind those of cursedStrings.
const cursedMP3 = 63

// mayHave returns a set of the strings that s may have, bit i for string i, and
// whether it may have the marks of ", ..,,?".
func (f *cursedFinder) mayHave(s string) (found uint64, marks bool) {
	found = uint64(f.lower.in(s))
	if strings.Contains(s, "mp3") {
		found |= 1 << cursedMP3
	}
	return found, strings.Contains(s, ",,") || strings.Count(s, ", ") > 0
}

// isCursed reports whether one of the published expressions matches a sentence. They
// are searched for, and nothing of them but "\s*$" holds at the end.
func isCursed(s string, may uint64, marks bool) bool {
	for i, curse := range cursedStrings {
		if may>>i&1 != 0 && strings.Contains(s, curse) {
			return true
		}
	}
	if may>>cursedMP3&1 != 0 && strings.Contains(s, "mp3") {
		return true
	}
	return endsCursed(s) || isBeat(s) || marks && hasMarkedBeat(s)
}

// endsCursed finds \|\s*$, " nr\.$", " г\.\s*$" and " кг\.\s*$". A sentence has no white
// space at its end.
func endsCursed(s string) bool {
	if s == "" {
		return false
	}
	switch s[len(s)-1] {
	case '|':
		return true
	case '.':
		return strings.HasSuffix(s, " nr.") || strings.HasSuffix(s, " \u0433.") || strings.HasSuffix(s, " \u043a\u0433.")
	}
	return false
}

// beats are how many spaces in a row at one distance are cursed.
const beats = 9

// isBeat finds nine times in a row a space and three characters, or a space and four,
// or a space and one that is no space: three expressions that tell spaced letters and
// lists of codes.
func isBeat(s string) bool {
	if strings.Count(s, " ") < beats {
		return false
	}
	var rows [3]beat
	rows[0].period, rows[1].period, rows[2].period = 4, 5, 2
	last := -1 // of the spaces
	at := 0
	for i := 0; i < len(s); at++ {
		if s[i] == ' ' {
			for k := range rows {
				rows[k].space(at, k == 2 && last == at-1)
			}
			last = at
		}
		for k := range rows {
			if rows[k].complete(at) && (k < 2 || s[i] != ' ') {
				return true
			}
		}
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		i += n
	}
	return false
}

// A beat counts the spaces that lie in rows, each period characters behind the one
// before. Rows of different phase run side by side.
type beat struct {
	period int
	row    [5]beatRow // by phase
}

type beatRow struct{ last, n int }

// space notes a space. Where broken is true, it begins a row.
func (b *beat) space(at int, broken bool) {
	r := &b.row[at%b.period]
	if r.n > 0 && r.last == at-b.period && !broken {
		r.n++
	} else {
		r.n = 1
	}
	r.last = at
}

// complete reports whether character at is the last that a row of nine needs.
func (b *beat) complete(at int) bool {
	start := at - (b.period - 1)
	if start < 0 {
		return false
	}
	r := &b.row[start%b.period]
	return r.n >= beats && r.last == start
}

// hasMarkedBeat finds ", " and four times two characters, a comma and perhaps another
// one, with spaces between.
func hasMarkedBeat(s string) bool {
	for i := strings.Index(s, ", "); i >= 0; {
		if isMarkedBeat(s[i+2:]) {
			return true
		}
		n := strings.Index(s[i+1:], ", ")
		if n < 0 {
			break
		}
		i += 1 + n
	}
	return false
}

func isMarkedBeat(s string) bool {
	for k := range 4 {
		for range 2 {
			_, n := utf8.DecodeRuneInString(s)
			s = s[n:]
		}
		if !strings.HasPrefix(s, ",") {
			return false
		}
		s = s[1:]
		if k == 3 {
			break
		}
		s = strings.TrimPrefix(s, ",")
		if !strings.HasPrefix(s, " ") {
			return false
		}
		s = s[1:]
	}
	return true
}
