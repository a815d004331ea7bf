package text

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// The functions of this file say what the ones with the same names without "Slow"
// mean.

// pythonSpaces are the code points for which Python 3.11's str.isspace holds.
const pythonSpaces = "\t\n\v\f\r\x1c\x1d\x1e\x1f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006" +
	"\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

func isSpaceSlow(r rune) bool { return strings.ContainsRune(pythonSpaces, r) && r != utf8.RuneError }

func trimSpaceSlow(s string) string { return strings.TrimFunc(s, isSpaceSlow) }

func wordsSlow(sp Splitter, s string) (out []string) {
	switch sp {
	case Whitespace:
		return strings.FieldsFunc(s, isSpaceSlow)
	case Characters:
		for _, r := range s {
			if !isSpaceSlow(r) {
				out = append(out, string(r))
			}
		}
	case Unicode:
		for it := words.FromString(s); it.Next(); {
			if w := trimSpaceSlow(it.Value()); w != "" && (kindSlow(w)&Symbol == 0 || strings.Contains(w, fullWidthOne)) {
				out = append(out, w)
			}
		}
	}
	return out
}

func kindSlow(word string) (k Kind) {
	if strings.ContainsFunc(word, unicode.IsLetter) {
		k |= Alphabetic
	}
	if !strings.ContainsFunc(word, func(r rune) bool { return !IsPunctuation(r) }) {
		k |= Symbol
	}
	return k
}

var lineEnd = regexp.MustCompile("\r\n|[\n\v\f\r\x1c\x1d\x1e\u0085\u2028\u2029]")

func splitLinesSlow(s string) []string {
	lines := lineEnd.Split(s, -1)
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func repeatsSlow(parts []string) (r Repeats) {
	seen := map[string]bool{}
	for _, p := range parts {
		r.Parts++
		if seen[p] {
			r.Repeated++
			r.RepeatedRunes += utf8.RuneCountInString(p)
		}
		seen[p] = true
	}
	return r
}

var (
	lineFeeds      = regexp.MustCompile("\n+")
	moreLineFeeds  = regexp.MustCompile("\n{2,}")
	terminatedSlow = regexp.MustCompile(`(?:\p{Lu}\.|.)+?[` + terminalClass() + "\n" + `]+["'”]?`)
)

func terminalClass() string {
	var b strings.Builder
	for r := range rune(unicode.MaxRune) {
		if IsTerminal(r) {
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return b.String()
}

func lineRepeatsSlow(s string) Repeats { return repeatsSlow(lineFeeds.Split(s, -1)) }

func paragraphRepeatsSlow(s string) Repeats {
	return repeatsSlow(moreLineFeeds.Split(trimSpaceSlow(s), -1))
}

func sentencesSlow(s string) (out []string) {
	for _, m := range terminatedSlow.FindAllString(s, -1) {
		if m = trimSpaceSlow(m); m != "" {
			out = append(out, m)
		}
	}
	return out
}

func topGramSlow(words []string, n int) (t TopGram) {
	counts, order := map[string]int{}, []string{}
	for i := 0; i+n <= len(words); i++ {
		gram := strings.Join(words[i:i+n], " ")
		if counts[gram] == 0 {
			order = append(order, gram)
		}
		counts[gram]++
	}
	for _, gram := range order {
		if counts[gram] > t.Count {
			t = TopGram{counts[gram], utf8.RuneCountInString(gram)}
		}
	}
	return t
}

func duplicateGramsSlow(words []string, n int) (total int) {
	seen := map[string]bool{}
	for i := 0; i+n <= len(words); {
		gram := strings.Join(words[i:i+n], "")
		if seen[gram] {
			total += utf8.RuneCountInString(gram)
			i += n
		} else {
			seen[gram] = true
			i++
		}
	}
	return total
}
