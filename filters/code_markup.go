package filters

import (
	"strings"

	"tamis/text"
)

// countMarkup returns the characters of tags, of comments in tags and of what lies in
// script and style elements.
func countMarkup(v *text.View) (runes int) {
	s := v.Text()
	for i := 0; i < len(s); {
		n := strings.IndexByte(s[i:], '<')
		if n < 0 {
			break
		}
		i += n
		end := markupEnd(s, i)
		if end == i {
			i++
			continue
		}
		runes += v.RunesIn(i, end)
		i = end
	}
	return runes
}

// longestTag is how many bytes a tag may have; a lesser-than sign further from its
// partner is none of a tag.
const longestTag = 4096

// markupEnd returns the end of the markup that begins at byte i, or i.
func markupEnd(s string, i int) int {
	rest := s[i:]
	if strings.HasPrefix(rest, "<!--") {
		if n := strings.Index(rest, "-->"); n >= 0 {
			return i + n + len("-->")
		}
		return i
	}
	if len(rest) < 3 || !beginsTag(rest[1]) {
		return i
	}
	end := strings.IndexAny(rest[1:min(len(rest), longestTag)], "<>")
	if end < 0 || rest[1+end] == '<' {
		return i
	}
	end += i + 2
	for _, name := range [...]string{"script", "style"} {
		if s[end-2] != '/' && isTag(rest, name) {
			return elementEnd(s, end, name)
		}
	}
	return end
}

func beginsTag(b byte) bool { return isASCIILetter(b) || b == '/' || b == '!' || b == '?' }

// isTag reports whether a tag has the name, in any case.
func isTag(tag, name string) bool {
	n := len(name)
	return len(tag) > n+1 && equalFolded(tag[1:1+n], name) && !isASCIILetter(tag[1+n])
}

// elementEnd returns the end of the tag that closes an element whose content begins at
// byte i, or i if none does.
func elementEnd(s string, i int, name string) int {
	for at := i; ; {
		n := strings.Index(s[at:], "</")
		if n < 0 {
			return i
		}
		at += n + 2
		if len(s)-at < len(name) || !equalFolded(s[at:at+len(name)], name) {
			continue
		}
		if end := strings.IndexByte(s[at:], '>'); end >= 0 {
			return at + end + 1
		}
		return i
	}
}

// countHashComments returns the characters of comments of Python and of shells: from a
// hash sign outside of a string to the end of its line, and strings in three quotation
// marks that begin a line.
func countHashComments(v *text.View) (runes int) {
	s := v.Text()
	fresh := true // nothing but white space has been on this line
	for i := 0; i < len(s); {
		start := i
		switch b := s[i]; {
		case b == '#':
			i = lineEndAfter(s, i)
			runes += v.RunesIn(start, i)
		case isTripleQuote(s[i:]):
			i = stringEnd(s, i, 3)
			if fresh {
				runes += v.RunesIn(start, i)
			}
		case b == '"' || b == '\'':
			i = stringEnd(s, i, 1)
		default:
			i++
		}
		if b := s[start]; b == '\n' {
			fresh = true
		} else if b != ' ' && b != '\t' {
			fresh = false
		}
	}
	return runes
}

func isTripleQuote(s string) bool {
	return strings.HasPrefix(s, `"""`) || strings.HasPrefix(s, "'''")
}

// countSlashComments returns the characters of comments of C and its kin, outside of
// strings: from two slashes to the end of the line, and between /* and */.
func countSlashComments(v *text.View) (runes int) {
	s := v.Text()
	for i := 0; i < len(s); {
		start := i
		switch {
		case strings.HasPrefix(s[i:], "//"):
			i = lineEndAfter(s, i)
			runes += v.RunesIn(start, i)
		case strings.HasPrefix(s[i:], "/*"):
			i = len(s)
			if n := strings.Index(s[start+2:], "*/"); n >= 0 {
				i = start + 2 + n + 2
			}
			runes += v.RunesIn(start, i)
		case s[i] == '"' || s[i] == '\'':
			i = stringEnd(s, i, 1)
		default:
			i++
		}
	}
	return runes
}

func lineEndAfter(s string, i int) int {
	if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(s)
}

// stringEnd returns the end of the string whose one or three quotation marks begin at
// byte i. A string in single marks ends with its line at the latest, so that an
// apostrophe does no more harm than that.
func stringEnd(s string, i, marks int) int {
	quote := s[i : i+marks]
	for at := i + marks; at < len(s); at++ {
		switch {
		case s[at] == '\\':
			at++
		case s[at] == '\n' && marks == 1:
			return at
		case strings.HasPrefix(s[at:], quote):
			return at + marks
		}
	}
	return len(s)
}
