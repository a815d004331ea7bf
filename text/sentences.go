package text

import (
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// Sentences returns the sentences of the text in order, without the white space at
// their ends. What a sentence is hangs on the splitter:
//
//   - whitespace: datatrove's rule for languages without a splitter of their own. A
//     sentence ends after a run of terminal marks and line feeds and one quotation
//     mark; text after the last one is no sentence. A full stop after an upper-case
//     letter ends none, but for the last one where nothing else does.
//   - spacy: spaCy's sentencizer. A sentence ends after a token that is a terminal
//     mark and the punctuation tokens behind it.
//   - unicode, characters: a sentence ends with its line, or after a run of terminal
//     marks and the quotation marks and brackets behind it, if white space follows
//     (and, behind a full stop, no lower-case letter after it), or if the last mark is
//     an East Asian one.
func (v *View) Sentences() []Span {
	if v.first(partSentences) {
		v.census()
		v.sentences = v.appendSentences(v.sentences[:0], 0, len(v.text))
	}
	return v.sentences
}

// CountSentences returns how many sentences bytes [start, end) have by themselves. To
// spacy, white space behind the last one is a sentence of its own, but for one space.
func (v *View) CountSentences(start, end int) int {
	v.census()
	v.done &^= partSentences
	v.sentences = v.appendSentences(v.sentences[:0], start, end)
	n := len(v.sentences)
	if v.splitter == Spacy && n > 0 && v.isGap(v.sentences[n-1].End, int32(end)) && v.endsMarked(v.sentences[n-1]) {
		n++
	}
	return n
}

// SentencesIn returns the sentences that bytes [start, end) have by themselves, valid
// until sentences are asked for again.
func (v *View) SentencesIn(start, end int) []Span {
	v.census()
	v.done &^= partSentences
	v.sentences = v.appendSentences(v.sentences[:0], start, end)
	return v.sentences
}

func (v *View) appendSentences(dst []Span, start, end int) []Span {
	switch v.splitter {
	case Whitespace:
		return appendTerminated(dst, v.text, start, end)
	case Spacy:
		return v.appendSentencizer(dst, start, end)
	}
	return appendUnicodeSentences(dst, v.text, start, end)
}

// appendTrimmed appends a stretch without the white space at its ends, if anything
// is left.
func appendTrimmed(dst []Span, s string, start, end int) []Span {
	if start, end = trim(s, start, end); start < end {
		dst = append(dst, Span{int32(start), int32(end)})
	}
	return dst
}

// stops are the bytes at which a sentence may end.
var stops = stopBytes()

func stopBytes() (b [256]bool) {
	for i := range b {
		b[i] = i >= 0x80 || i == '.' || i == '!' || i == '?' || i == '\n'
	}
	return b
}

// nextStop returns the place and the length of the next terminal mark or line feed
// in [i, end), or end and 0.
func nextStop(s string, i, end int) (int, int) {
	for i < end {
		if i+8 <= end {
			x := load(s, i)
			m := zeros(x^'.'*eachByte) | zeros(x^'!'*eachByte) | zeros(x^'?'*eachByte) | zeros(x^'\n'*eachByte) | x&highBits
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) / 8
		}
		switch {
		case !stops[s[i]]:
			i++
		case s[i] < utf8.RuneSelf:
			return i, 1
		default:
			r, n := utf8.DecodeRuneInString(s[i:end])
			if terminal.has(r) {
				return i, n
			}
			i += n
		}
	}
	return end, 0
}

// appendTerminated appends the matches of (\p{Lu}\.|.)+?[terminal\n]+["'”]?.
func appendTerminated(dst []Span, s string, start, end int) []Span {
	for start < end {
		if s[start] == '\n' {
			start++
			continue
		}
		stop := terminatedBy(s, start, end)
		if stop < 0 {
			break
		}
		stop = skipQuote(s, skipStops(s, stop, end), end)
		dst = appendTrimmed(dst, s, start, stop)
		start = stop
	}
	return dst
}

// terminatedBy returns the first mark that ends the sentence from start on, or -1.
func terminatedBy(s string, start, end int) int {
	initial := -1 // the last full stop after an upper-case letter
	_, n := utf8.DecodeRuneInString(s[start:end])
	for i := start + n; ; {
		stop, n := nextStop(s, i, end)
		switch {
		case n == 0:
			return initial
		case s[stop] == '.' && afterUpper(s[start:stop]):
			initial = stop
		default:
			return stop
		}
		i = stop + n
	}
}

func afterUpper(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsUpper(r)
}

// skipStops returns the end of the run of terminal marks and line feeds at byte i.
func skipStops(s string, i, end int) int {
	for {
		stop, n := i, 0
		if i < end && stops[s[i]] {
			stop, n = nextStop(s, i, min(i+utf8.UTFMax, end))
		}
		if n == 0 || stop != i {
			return i
		}
		i += n
	}
}

// skipQuote skips one quotation mark at byte i.
func skipQuote(s string, i, end int) int {
	if i < end && (s[i] == '"' || s[i] == '\'') {
		return i + 1
	}
	if i+3 <= end && s[i:i+3] == "\u201D" {
		return i + 3
	}
	return i
}

// appendUnicodeSentences appends the sentences of the splitters unicode and
// characters.
func appendUnicodeSentences(dst []Span, s string, start, end int) []Span {
	for i := start; i < end; {
		stop, n := nextStop(s, i, end)
		if n == 0 {
			break
		}
		i = stop + n
		if s[stop] == '\n' {
			dst = appendTrimmed(dst, s, start, i)
			start = i
			continue
		}
		last, wide := stop, isWide(s[stop:i])
		for i < end {
			_, n := nextStop(s, i, min(i+utf8.UTFMax, end))
			if n == 0 || s[i] == '\n' || !isTerminalAt(s, i, end) {
				break
			}
			last, wide = i, isWide(s[i:i+n])
			i += n
		}
		i = skipClosing(s, i, end)
		if wide || endsSentence(s, last, i, end) {
			dst = appendTrimmed(dst, s, start, i)
			start = i
		}
	}
	return appendTrimmed(dst, s, start, end)
}

func isTerminalAt(s string, i, end int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:end])
	return IsTerminal(r)
}

// isWide reports whether a mark ends sentences of East Asian scripts, which are
// written without spaces.
func isWide(mark string) bool {
	switch mark {
	case "\u3002", "\uFF01", "\uFF0E", "\uFF1F", "\uFF61":
		return true
	}
	return false
}

// skipClosing skips quotation marks and closing brackets.
func skipClosing(s string, i, end int) int {
	for i < end {
		r, n := utf8.DecodeRuneInString(s[i:end])
		if r != '"' && r != '\'' && !unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi) {
			break
		}
		i += n
	}
	return i
}

// endsSentence reports whether what follows byte i lets the mark at byte last end a
// sentence.
func endsSentence(s string, last, i, end int) bool {
	if i == end {
		return true
	}
	n := spaceAt(s, i)
	if n == 0 {
		return false
	}
	for i < end && n > 0 {
		i += n
		if i < end {
			n = spaceAt(s, i)
		}
	}
	r, _ := utf8.DecodeRuneInString(s[i:end])
	return s[last] != '.' || !unicode.IsLower(r)
}
