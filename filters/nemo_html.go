package filters

import (
	"html"
	"strings"
	"unicode/utf8"
)

// shownByHTML returns how many of a text's characters HTML shows: those outside of
// tags, comments, declarations, scripts and styles, a character reference being what it
// stands for, and nothing but white space between two tags a single space.
func (r references) shownByHTML(s string) (shown int) {
	node, blank := 0, true // characters since the last tag, and whether they are white space
	show := func(part string) {
		node += utf8.RuneCountInString(part)
		blank = blank && strings.Trim(part, " \n\t\f\r") == ""
	}
	end := func() {
		if node > 0 && blank {
			node = 1
		}
		shown += node
		node, blank = 0, true
	}
	for i := 0; i < len(s); {
		n := strings.IndexAny(s[i:], "<&")
		if n < 0 {
			show(s[i:])
			break
		}
		show(s[i : i+n])
		i += n
		if s[i] == '&' {
			size, runes := r.reference(s[i:])
			node, blank = node+runes, false
			i += size
			continue
		}
		size, name := markup(s[i:])
		if size == 0 {
			show("<")
			i++
			continue
		}
		end()
		if i += size; name != "" {
			i += hiddenBytes(s[i:], name)
		}
	}
	end()
	return shown
}

// reference returns the bytes of the character reference that s begins with, and the
// characters that it stands for; an ampersand stands for itself. As in Python's
// html.parser and Beautiful Soup, a name needs no semicolon, and a name that there is
// not loses its own.
func (r references) reference(s string) (size, runes int) {
	if len(s) < 2 || !isLetterByte(s[1]) && s[1] != '#' {
		return 1, 1
	}
	end := 2
	for end < len(s) && (isAlnumByte(s[end]) || s[1] != '#' && (s[end] == '-' || s[end] == '.')) {
		end++
	}
	if end == len(s) {
		return 1, 1
	}
	size = end + asInt(s[end] == ';')
	if runes = r.runes(s[:size]); runes <= 2 {
		return size, runes
	}
	return size, end
}

// references remembers how many characters references stand for: the parser allocates
// memory for each.
type references map[string]int

// The references that are remembered: there are 2,200 names, and any number of others.
const (
	longReference  = 40
	mostReferences = 1 << 13
)

// runes returns how many characters a reference stands for.
func (r references) runes(ref string) int {
	n, ok := r[ref]
	if ok {
		return n
	}
	whole := ref
	if ref[1] != '#' && ref[len(ref)-1] != ';' {
		whole += ";"
	}
	n = utf8.RuneCountInString(html.UnescapeString(whole))
	if len(ref) > longReference {
		return n
	}
	if len(r) >= mostReferences {
		clear(r)
	}
	r[strings.Clone(ref)] = n
	return n
}

func isAlnumByte(b byte) bool {
	return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9'
}

// markup returns the bytes of the tag, comment or declaration that s begins with, 0 if
// it begins with none, and the name of an element whose content is not shown.
func markup(s string) (size int, hidden string) {
	switch {
	case strings.HasPrefix(s, "<!--"):
		return through(s, "-->"), ""
	case strings.HasPrefix(s, "<![") && through(s, "]>") == 0:
		return 0, "" // does not end, and is shown
	case strings.HasPrefix(s, "<!"), strings.HasPrefix(s, "<?"):
		return through(s, ">"), ""
	case strings.HasPrefix(s, "</"):
		return through(s, ">"), ""
	}
	if len(s) < 2 || !isLetterByte(s[1]) {
		return 0, ""
	}
	size = tagBytes(s)
	for _, name := range [...]string{"script", "style"} {
		if size > 0 && len(s) > len(name)+1 && equalFolded(s[1:len(name)+1], name) && !isAlnumByte(s[len(name)+1]) {
			return size, name
		}
	}
	return size, ""
}

func isLetterByte(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// through returns the bytes up to and with an end, 0 if there is none.
func through(s, end string) int {
	if n := strings.Index(s, end); n >= 0 {
		return n + len(end)
	}
	return 0
}

// tagBytes returns the bytes of a start tag, whose attributes may have quoted values; 0
// if it does not end.
func tagBytes(s string) int {
	quote := byte(0)
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '>':
			return i + 1
		case (c == '"' || c == '\'') && s[i-1] == '=':
			quote = c
		}
	}
	return 0
}

// hiddenBytes returns the bytes of the content of an element that is not shown, its end
// tag included.
func hiddenBytes(s, name string) int {
	for i := 0; i+2+len(name) <= len(s); i++ {
		if s[i] == '<' && s[i+1] == '/' && equalFolded(s[i+2:i+2+len(name)], name) {
			if n := strings.IndexByte(s[i:], '>'); n >= 0 {
				return i + n + 1
			}
		}
	}
	return len(s)
}
