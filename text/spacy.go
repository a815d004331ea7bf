package text

import (
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"
)

// The splitter spacy finds the words of spaCy's English tokenizer, a program of rules
// (explosion.ai, MIT licence, compared with releases 3.5 and 3.8). Chunks between
// white space are looked at one by one: a chunk may be special; prefixes and suffixes
// are cut off until what is left is special or has none; an address stays whole, all
// else is split at infixes. White space is no word here. In one thing it does less: to
// spaCy, words of neighbouring chunks can look like a face, and then no face of either
// chunk alone is put together.

// spacy is what the splitter remembers of a chunk.
type spacy struct {
	specials *specials
	suffixes []Span // cut off the chunk, the last one first
	merged   []Word
}

// splitSpacy finds the words of all chunks.
func (v *View) splitSpacy() {
	s := v.text
	sp := englishSpecials()
	v.spacy.specials = sp
	for i := 0; i < len(s); {
		if s[i] == ' ' {
			i++
			continue
		}
		if i+8 <= len(s) {
			// Most chunks are a short word, perhaps with a mark behind it.
			x := load(s, i)
			if n := bits.TrailingZeros64(unplain(x)) / 8; n > 0 && n < 8 && (s[i+n] == ' ' || s[i+n] == '\n') && v.splitShort(x, i, n) {
				i += n + 1
				continue
			}
		}
		if n := spaceAt(s, i); n > 0 {
			i += n
			continue
		}
		end, seen := endOfWord(s, i)
		v.splitChunk(i, end, seen)
		i = end
	}
}

// splitShort splits the chunk of n bytes, less than eight, at byte i if it is plain:
// letters, or letters and a mark that is always cut off.
func (v *View) splitShort(x uint64, i, n int) bool {
	letters := bits.TrailingZeros64(^letterBytes(x)&highBits) / 8
	switch {
	case letters >= n:
		w := shortWord(x, i, n)
		if v.spacy.specials.maybe(w.Hash) {
			return false
		}
		v.words = append(v.words, w)
		return true
	case letters < n-1 || letters == 0:
		return false
	}
	mark := v.text[i+letters]
	if affixes[mark]&affixSuffix == 0 && (mark != '.' || v.text[i+letters-1] < 'a') {
		return false
	}
	w, end := shortWord(x, i, letters), shortWord(x>>(8*letters), i+letters, 1)
	if sp := v.spacy.specials; sp.maybe(w.Hash) || sp.maybe(hashShort(x&(1<<(8*n)-1), n)) {
		return false
	}
	v.words = append(v.words, w, end)
	return true
}

// splitChunk splits the chunk [start, end); seen has the classes of its bytes.
func (v *View) splitChunk(start, end int, seen uint8) {
	s, sp := v.text, v.spacy.specials
	if n := sp.lookup(s[start:end]); n != nil {
		v.addSpecial(n, start)
		return
	}
	if seen == classLetter {
		v.words = append(v.words, newWord(s, start, end, seen))
		return
	}
	first := len(v.words)
	v.splitAffixes(start, end)
	if len(v.words)-first > 2 { // of two words it is the chunk, which was looked up
		v.mergeSpecials(first)
	}
}

// splitAffixes cuts off prefixes and suffixes, and splits what is left.
func (v *View) splitAffixes(start, end int) {
	s, sp := v.text, v.spacy.specials
	v.spacy.suffixes = v.spacy.suffixes[:0]
	var found *special
	for start < end {
		if found = sp.lookup(s[start:end]); found != nil {
			break
		}
		prefix := prefixLen(s[start:end])
		if prefix > 0 && start+prefix < end {
			if found = sp.lookup(s[start+prefix : end]); found != nil {
				v.addWord(start, start+prefix)
				start += prefix
				break
			}
		}
		suffix := suffixLen(s[start+prefix : end])
		if suffix > 0 && start < end-suffix {
			if found = sp.lookup(s[start : end-suffix]); found != nil {
				v.pushSuffix(end-suffix, end)
				end -= suffix
				break
			}
		}
		if prefix == 0 && suffix == 0 {
			break
		}
		v.addWord(start, start+prefix)
		v.pushSuffix(end-suffix, end)
		start, end = start+prefix, end-suffix
	}
	switch {
	case found != nil:
		v.addSpecial(found, start)
	case start < end:
		v.splitInfixes(start, end)
	}
	for _, p := range slices.Backward(v.spacy.suffixes) {
		v.addWord(int(p.Start), int(p.End))
	}
}

func (v *View) pushSuffix(start, end int) {
	if start < end {
		v.spacy.suffixes = append(v.spacy.suffixes, Span{int32(start), int32(end)})
	}
}

// splitInfixes splits what is left of a chunk, unless it is an address.
func (v *View) splitInfixes(start, end int) {
	chunk := v.text[start:end]
	at, next := nextInfix(chunk, 0)
	if at < 0 || isURL(chunk) {
		v.addWord(start, end)
		return
	}
	from := 0
	for ; at >= 0; at, next = nextInfix(chunk, next) {
		if at == 0 { // an infix has something before it
			continue
		}
		v.addWord(start+from, start+at)
		v.addWord(start+at, start+next)
		from = next
	}
	v.addWord(start+from, end)
}

// addWord adds a word, if it is not empty.
func (v *View) addWord(start, end int) {
	if start >= end {
		return
	}
	seen := uint8(0)
	for _, c := range []byte(v.text[start:end]) {
		seen |= classes[c]
	}
	v.words = append(v.words, newWord(v.text, start, end, seen))
}

func (v *View) addSpecial(n *special, start int) {
	from := 0
	for _, end := range n.ends {
		v.addWord(start+from, start+end)
		from = end
	}
}

// mergeSpecials looks for words side by side, from word first on, that a special is
// made of, and splits them as it says: the longest first, of equally long ones the
// first. A word belongs to one of them at most.
func (v *View) mergeSpecials(first int) {
	words := v.words[first:]
	sp := v.spacy.specials
	for n := len(words) - 1; n >= 2; n-- {
		for i := 0; i+n <= len(words); i++ {
			start, end := int(words[i].Start), int(words[i+n-1].End)
			if end-start > sp.longest {
				continue
			}
			if found := sp.lookup(v.text[start:end]); found != nil && found.madeOf(words[i:i+n]) {
				v.replaceWords(first+i, n, found)
				if n = len(v.words) - first; n < 3 {
					return
				}
				words = v.words[first:]
				break
			}
		}
	}
}

// madeOf reports whether the words are those that the rules make of a special.
func (n *special) madeOf(words []Word) bool {
	if len(n.bare) != len(words) || slices.Equal(n.bare, n.ends) {
		return false
	}
	for i, w := range words {
		if int(w.End-words[0].Start) != n.bare[i] {
			return false
		}
	}
	return true
}

// replaceWords replaces n words from word i on by those of a special.
func (v *View) replaceWords(i, n int, found *special) {
	rest := append(v.spacy.merged[:0], v.words[i+n:]...)
	v.spacy.merged = rest
	start := int(v.words[i].Start)
	v.words = v.words[:i]
	v.addSpecial(found, start)
	v.words = append(v.words, rest...)
}

// bareEnds returns where the words end that the rules alone make of a chunk.
func bareEnds(chunk string) (ends []int) {
	v := View{text: chunk}
	v.spacy.specials = &specials{}
	v.splitAffixes(0, len(chunk))
	for _, w := range v.words {
		ends = append(ends, int(w.End))
	}
	return ends
}

// appendSentencizer appends the sentences of spaCy's sentencizer. White space is a
// token to it, but for single spaces; a sentence that is nothing else is left out.
func (v *View) appendSentencizer(dst []Span, start, end int) []Span {
	words := v.Words()
	i, _ := slices.BinarySearchFunc(words, int32(start), func(w Word, at int32) int { return int(w.Start) - int(at) })
	from, last, ended := i, i, false
	for ; i < len(words) && int(words[i].End) <= end; i++ {
		mark := v.isEndMark(&words[i])
		if ended && (v.isGap(words[last].End, words[i].Start) || !mark && !isPunct(words[i].Of(v.text))) {
			dst = append(dst, Span{words[from].Start, words[last].End})
			from, ended = i, false
		}
		ended = ended || mark
		last = i
	}
	if from < i {
		dst = append(dst, Span{words[from].Start, words[last].End})
	}
	return dst
}

// isGap reports whether there is white space between two words that is a token.
func (v *View) isGap(end, start int32) bool {
	return start-end > 1 || start > end && v.text[end] != ' '
}

// endsMarked reports whether a sentence has a mark that ends it.
func (v *View) endsMarked(p Span) bool {
	words := v.Words()
	i, _ := slices.BinarySearchFunc(words, p.Start, func(w Word, at int32) int { return int(w.Start) - int(at) })
	for ; i < len(words) && words[i].Start < p.End; i++ {
		if v.isEndMark(&words[i]) {
			return true
		}
	}
	return false
}

// isEndMark reports whether a word is one of the marks that the sentencizer knows:
// those of IsTerminal that Unicode had in 2016, without the Khmer ones.
func (v *View) isEndMark(w *Word) bool {
	if w.Runes != 1 {
		return false
	}
	r, _ := utf8.DecodeRuneInString(w.Of(v.text))
	return IsTerminal(r) && !inRanges(r, newTerminals)
}

var newTerminals = []span32{
	{0x61D, 0x61E}, {0x837, 0x839}, {0x83D, 0x83E}, {0x17D4, 0x17DA}, {0x1B7D, 0x1B7E}, {0x2E53, 0x2E54}, {0x10F55, 0x10F89},
	{0x11944, 0x11946}, {0x11EF7, 0x11EF8}, {0x11F43, 0x11F44}, {0x16E98, 0x16E98},
}

// isPunct reports whether a word has nothing but punctuation in the sense of Unicode.
func isPunct(word string) bool {
	for _, r := range word {
		if !unicode.IsPunct(r) {
			return false
		}
	}
	return true
}
