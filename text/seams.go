package text

import "strings"

// A seam is a place at which no word of any splitter goes on, so that the words of what is
// on its two sides are those of the whole: behind a line feed, behind a space with ASCII
// that is no white space after it, and at both ends of a text.

// SeamBefore returns the last seam at or before byte at.
func SeamBefore(s string, at int) int {
	for at = min(at, len(s)); !seam(s, at); at-- {
	}
	return at
}

// SeamBehind returns the first seam at or behind byte at.
func SeamBehind(s string, at int) int {
	for at < len(s) && !seam(s, at) {
		n := strings.IndexAny(s[at:], " \n")
		if n < 0 {
			return len(s)
		}
		at += n + 1
	}
	return min(at, len(s))
}

func seam(s string, at int) bool {
	return at == 0 || at == len(s) || s[at-1] == '\n' || s[at-1] == ' ' && isPlain(s[at])
}
