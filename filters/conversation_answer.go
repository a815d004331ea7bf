package filters

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"tamis/document"
)

// fence begins and ends a block of code in Markdown.
const fence = "```"

// withoutCode appends a text without its code blocks.
func withoutCode(dst []byte, s string) []byte {
	for {
		i := strings.Index(s, fence)
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		s = s[i+len(fence):]
		if i = strings.Index(s, fence); i < 0 {
			return dst
		}
		s = s[i+len(fence):]
	}
}

// truncatedAnswer returns 1 where the last answer of the model breaks off.
func truncatedAnswer(d *document.Document) float64 {
	for i := len(d.Turns) - 1; i >= 0; i-- {
		if d.Turns[i].Role == document.Assistant {
			if breaksOff(strings.TrimSpace(d.Content(i))) {
				return 1
			}
			break
		}
	}
	return 0
}

// shortAnswer is how many words of one line are an answer that needs no sentence.
const shortAnswer = 10

// breaksOff reports whether a text ends in the middle.
func breaksOff(s string) bool {
	if strings.Count(s, fence)%2 == 1 {
		return true
	}
	last := strings.TrimSpace(s[strings.LastIndexByte(s, '\n')+1:])
	if !ends(s) && !complete(last) {
		return last != s || fields(s) > shortAnswer || strings.HasSuffix(s, ",") || strings.HasSuffix(s, ":")
	}
	return false
}

// fields counts what stands between white space.
func fields(s string) (n int) {
	for range strings.FieldsSeq(s) {
		n++
	}
	return n
}

// ends reports whether a text ends as a sentence does: with a mark, which quotes and
// brackets may follow, or with a letter of a script that has no such marks.
func ends(s string) bool {
	s = strings.TrimRight(s, "\"'”’»«“*_`)]}>）」』】》~")
	if s == "" {
		return true
	}
	r, _ := utf8.DecodeLastRuneInString(s)
	switch {
	case strings.ContainsRune(".!?…。！？．؟۔।॥።፧၊။៕‽", r):
		return true
	case unicode.In(r, unicode.Thai, unicode.Lao):
		return true
	}
	return unicode.Is(unicode.So, r) || unicode.Is(unicode.Variation_Selector, r) // emoji
}

// complete reports whether a line needs no mark at its end: an item of a list, a row of
// a table, a heading, a formula, markup, an address, or a number.
func complete(line string) bool {
	if line == "" || strings.HasSuffix(line, ":") || strings.HasSuffix(line, ",") {
		return false
	}
	for _, end := range []string{"|", "$", "\\]", ">", "}", ";", fence} {
		if strings.HasSuffix(line, end) {
			return true
		}
	}
	if strings.IndexByte("-*+#>|", line[0]) >= 0 || strings.HasPrefix(line, "•") || listItem(line) {
		return true
	}
	word := line[strings.LastIndexByte(line, ' ')+1:]
	return strings.Contains(word, "://") || strings.ContainsAny(word, "0123456789=@")
}

// listItem reports whether a line begins like "12. " or "3) ".
func listItem(line string) bool {
	rest := strings.TrimLeft(line, "0123456789")
	return len(rest) < len(line) && len(rest) > 1 && (rest[0] == '.' || rest[0] == ')')
}

// refusalBytes is how much of an answer is searched for a refusal.
const refusalBytes = 200

// refuses reports whether an answer begins by refusing.
func (c *conversation) refuses(answer string) bool {
	head := strings.TrimSpace(answer)
	c.head = appendValid(c.head[:0], head[:min(len(head), refusalBytes)])
	c.folded = fold(c.folded[:0], asString(c.head))
	for _, phrase := range refusals {
		i := bytes.Index(c.folded, phrase)
		if i >= 0 && (isHan(phrase) || !letterBefore(c.folded, i)) {
			return true
		}
	}
	return false
}

// appendValid appends a string without what is no UTF-8, such as half a character.
func appendValid(dst []byte, s string) []byte {
	for i, r := range s {
		if _, size := utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || size > 1 {
			dst = append(dst, s[i:i+size]...)
		}
	}
	return dst
}

// isHan reports whether a phrase is written without blanks between words.
func isHan(phrase []byte) bool {
	r, _ := utf8.DecodeRune(phrase)
	return unicode.Is(unicode.Han, r)
}

func letterBefore(b []byte, i int) bool {
	r, _ := utf8.DecodeLastRune(b[:i])
	return unicode.IsLetter(r)
}
