package recipe

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Problem is one fault of a recipe: where it is, what it is, and what to do.
type Problem struct {
	File         string
	Line, Column int // from 1; columns count characters
	Message      string
	Remedy       string // what to do about it; may be empty
	source       string // the line of the file
	width        int    // characters to mark
}

// Error returns the problem with the line it stands in. The first line alone is
// file:line:column: message, as editors read it.
func (p *Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	if p.source != "" {
		line, at, width := p.excerpt()
		fmt.Fprintf(&b, "\n%6d | %s\n       | %s%s", p.Line, line, pad(line, at), strings.Repeat("^", width))
	}
	if p.Remedy != "" {
		b.WriteString("\n  " + p.Remedy)
	}
	return b.String()
}

// The characters of a line that an excerpt shows, and those before its mark.
const (
	excerptWidth  = 160
	excerptBefore = 60
)

// excerpt is the line as a terminal can show it: a long one is cut around the mark, and
// what is no text or would move the cursor becomes U+FFFD. The mark begins at character at.
func (p *Problem) excerpt() (line string, at, width int) {
	all := []rune(p.source)
	for i, r := range all {
		if r != '\t' && !unicode.IsPrint(r) {
			all[i] = utf8.RuneError
		}
	}
	at = p.Column - 1
	if len(all) > excerptWidth {
		from := max(0, min(at-excerptBefore, len(all)-excerptWidth))
		all, at = all[from:min(len(all), from+excerptWidth)], at-from
	}
	return string(all), at, max(1, min(p.width, len(all)-at))
}

// pad returns blanks as wide as the first n characters of line, tabs kept.
func pad(line string, n int) string {
	var b strings.Builder
	for _, r := range line {
		if n--; n < 0 {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Problems are all faults of one recipe, in the order of its lines.
type Problems []*Problem

func (ps Problems) Error() string {
	all := make([]string, len(ps))
	for i, p := range ps {
		all[i] = p.Error()
	}
	return strings.Join(all, "\n")
}

// nearest returns the name that was probably meant, or "" where none is near: at
// most one edit in three characters. Of equally near names the first one wins.
func nearest(word string, names []string) string {
	best, found := max(1, utf8.RuneCountInString(word)/3), ""
	for _, n := range names {
		if d := distance([]rune(word), []rune(n)); d < best || d == best && found == "" {
			best, found = d, n
		}
	}
	return found
}

// suggest says which name was probably meant, or else which there are.
func suggest(word string, names []string) string {
	if n := nearest(word, names); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	if len(names) == 0 {
		return ""
	}
	return "there are: " + strings.Join(names, ", ")
}

// distance is the number of characters to insert, delete, replace or swap with
// their neighbour that turns a into b.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
