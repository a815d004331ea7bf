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
	case Spacy:
		for _, chunk := range strings.FieldsFunc(s, isSpaceSlow) {
			out = append(out, spacyChunkSlow(chunk)...)
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

// spacyChunkSlow takes no short way: the rules for affixes split every chunk.
func spacyChunkSlow(chunk string) []string {
	v := View{text: chunk, splitter: Spacy}
	v.spacy.specials = englishSpecials()
	v.splitChunk(0, len(chunk))
	return texts(chunk, spansOf(v.words))
}

func spansOf(words []Word) (out []Span) {
	for _, w := range words {
		out = append(out, w.Span)
	}
	return out
}

func totalsSlow(words []string) (t WordTotals) {
	for _, w := range words {
		k := kindSlow(w)
		t.Words++
		if k&Alphabetic != 0 {
			t.Alphabetic++
		}
		if k&Symbol != 0 {
			t.Symbols++
		} else {
			t.Runes += utf8.RuneCountInString(w)
		}
	}
	return t
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

func sentencesSlow(sp Splitter, s string) (out []string) {
	var sentences []string
	switch sp {
	case Whitespace:
		sentences = terminatedSlow.FindAllString(s, -1)
	case Spacy:
		sentences = sentencizerSlow(s)
	default:
		sentences = unicodeSentencesSlow(s)
	}
	for _, m := range sentences {
		if m = trimSpaceSlow(m); m != "" {
			out = append(out, m)
		}
	}
	return out
}

// sentencizerSlow is the loop of spaCy's sentencizer: after a mark that ends a sentence
// and the punctuation behind it, the next token begins another one. White space is a
// token, but for a single space.
func sentencizerSlow(s string) (out []string) {
	start, at, ended := 0, 0, false
	begin := func(i int) {
		out = append(out, s[start:i])
		start, ended = i, false
	}
	for _, w := range wordsSlow(Spacy, s) {
		from := at + strings.Index(s[at:], w)
		if gap := s[at:from]; ended && gap != "" && gap != " " {
			begin(at)
		}
		r, n := utf8.DecodeRuneInString(w)
		mark := n == len(w) && IsTerminal(r) && !inRanges(r, newTerminals)
		if ended && !mark && !isPunct(w) {
			begin(from)
		}
		ended = ended || mark
		at = from + len(w)
	}
	return append(out, s[start:])
}

// unicodeSentencesSlow ends a sentence with its line, and behind a run of terminal marks
// and what closes it, where an East Asian mark or what follows allows it.
func unicodeSentencesSlow(s string) (out []string) {
	runes := []rune(s)
	start := 0
	for i := 0; i < len(runes); {
		last := runes[i]
		i++
		if last != '\n' {
			if !IsTerminal(last) {
				continue
			}
			for ; i < len(runes) && IsTerminal(runes[i]); i++ {
				last = runes[i]
			}
			for i < len(runes) && (strings.ContainsRune(`"'`, runes[i]) || unicode.In(runes[i], unicode.Pe, unicode.Pf, unicode.Pi)) {
				i++
			}
			rest := string(runes[i:])
			behind := strings.TrimLeftFunc(rest, isSpaceSlow)
			next, _ := utf8.DecodeRuneInString(behind)
			spaced := rest == "" || behind != rest
			if !strings.ContainsRune("\u3002\uff01\uff0e\uff1f\uff61", last) && (!spaced || last == '.' && unicode.IsLower(next)) {
				continue
			}
		}
		out = append(out, string(runes[start:i]))
		start = i
	}
	return append(out, string(runes[start:]))
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

// coverSlow looks at every n-gram as a text of its own.
func coverSlow(words []string) (c Coverage) {
	runes := make([]int, len(words))
	for i, w := range words {
		runes[i] = utf8.RuneCountInString(w)
		c.Runes += runes[i]
	}
	c.Words = len(words)
	for n := MinGram; n <= min(MaxGram, len(words)); n++ {
		counts := map[string]int{}
		gram := func(i int) string { return strings.Join(words[i:i+n], " ") }
		length := func(i int) (total int) {
			for _, m := range runes[i : i+n] {
				total += m
			}
			return total
		}
		for i := 0; i+n <= len(words); i++ {
			counts[gram(i)]++
		}
		seen, covered, later := map[string]bool{}, make([]bool, len(words)), make([]bool, len(words))
		for i := 0; i+n <= len(words); i++ {
			g := gram(i)
			c.All[n] += length(i)
			if counts[g] > c.Top[n] {
				c.Top[n], c.TopAt[n], c.TopRunes[n], c.TopLongest[n] = counts[g], i, length(i), 0
			}
			if counts[g] > 1 {
				c.Repeated[n] += length(i)
				if counts[g] == c.Top[n] {
					c.TopLongest[n] = max(c.TopLongest[n], length(i))
				}
				for k := i; k < i+n; k++ {
					if !covered[k] {
						covered[k] = true
						c.Covered[n] += runes[k]
					}
				}
			}
			if seen[g] {
				added := 0
				for k := i; k < i+n; k++ {
					if !later[k] {
						later[k] = true
						added++
						c.Later[n] += runes[k]
					}
				}
				c.Later[n] += min(added, n-1)
			}
			seen[g] = true
		}
	}
	return c
}
