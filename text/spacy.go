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
	at       int // a word near those that sentences were asked for last
}

// splitSpacy finds the words of all chunks.
func (v *View) splitSpacy() {
	s := v.text
	v.spacy.specials, v.spacy.at = englishSpecials(), 0
	for i := 0; i < len(s); {
		v.words, i = v.spacy.specials.splitPlain(slices.Grow(v.words, 2), s, i)
		if i == len(s) {
			break
		}
		if n := spaceAt(s, i); n > 0 {
			i += n
			continue
		}
		end := endOfChunk(s, i)
		v.splitChunk(i, end)
		i = end
	}
}

// splitPlain appends the words of the chunks from byte i on that are a word of letters
// or a number, perhaps with a mark behind it, as most chunks are. It returns where
// another one begins, or where there is no room in ws. It is in one piece, for it calls
// nothing for most words.
func (sp *specials) splitPlain(ws []Word, s string, i int) ([]Word, int) {
	for i+plainChunk < len(s) && len(ws)+2 <= cap(ws) {
		x := load(s, i)
		rest, kind := ^letterBytes(x)&highBits, Alphabetic // what is behind the letters
		if rest&0x80 != 0 {
			if byte(x) == ' ' || byte(x) == '\n' {
				i++
				continue
			}
			rest, kind = ^digitBytes(x)&highBits, 0
			if rest&0x80 != 0 || rest == 0 {
				break
			}
		}
		var n int
		var hash uint64
		if rest != 0 {
			size := uint(bits.TrailingZeros64(rest)) &^ 7 // in bits
			n = int(size / 8)
			hash = hashShort(x&(1<<(size&63)-1), n)
		} else if n, hash = longRun(s, i); n == 0 {
			break
		}
		if sp.maybe(hash) && sp.find(s[i:i+n], hash) != nil {
			break
		}
		if classes[s[i+n]] == classSpace {
			ws = ws[:len(ws)+1]
			ws[len(ws)-1].set(i, n, kind, hash)
			i += n + 1
			continue
		}
		if !sp.endsInMark(s, i, n) {
			break
		}
		ws = ws[:len(ws)+2]
		ws[len(ws)-2].set(i, n, kind, hash)
		ws[len(ws)-1].set(i+n, 1, Symbol, hashShort(uint64(s[i+n]), 1))
		i += n + 2
	}
	return ws, i
}

// plainChunk is the bytes of the longest word that splitPlain takes, and of the mark behind
// it.
const plainChunk = 16

// endsInMark reports whether the chunk at byte i is a word of n letters or digits, and a
// mark that is cut off.
func (sp *specials) endsInMark(s string, i, n int) bool {
	return classes[s[i+n+1]] == classSpace && cutsOff(s[i+n], s[i+n-1]) && sp.lookup(s[i:i+n+1]) == nil
}

// longRun returns the length and the hash of the run of eight ASCII letters and more at
// byte i; 0 where it is too long for splitPlain.
func longRun(s string, i int) (n int, hash uint64) {
	n = 8 + bits.TrailingZeros64(^letterBytes(load(s, i+8))&highBits)/8
	switch n {
	case 8:
		return n, hashShort(load(s, i), n)
	case 16:
		return 0, 0
	}
	return n, hashMiddle(load(s, i), load(s, i+n-8), n)
}

// set makes w a word of n ASCII bytes from byte i on.
func (w *Word) set(i, n int, kind Kind, hash uint64) {
	w.Start, w.End, w.Runes, w.Kind, w.Hash = int32(i), int32(i+n), int32(n), kind, hash
}

// markWord measures the word at byte i that is a mark of ASCII.
func markWord(mark byte, i int) Word {
	return Word{Span: Span{int32(i), int32(i + 1)}, Runes: 1, Kind: Symbol, Hash: hashShort(uint64(mark), 1)}
}

// lettersAt returns how many ASCII letters there are at byte i.
func lettersAt(s string, i int) int {
	n := 0
	for ; i+n+8 <= len(s); n += 8 {
		if rest := ^letterBytes(load(s, i+n)) & highBits; rest != 0 {
			return n + bits.TrailingZeros64(rest)/8
		}
	}
	for i+n < len(s) && classes[s[i+n]] == classLetter {
		n++
	}
	return n
}

// cutsOff reports whether a mark is always cut off behind a letter or digit.
func cutsOff(mark, behind byte) bool {
	return affixes[mark]&affixSuffix != 0 || mark == '.' && (behind >= 'a' || behind <= '9')
}

// endOfChunk returns where the chunk at byte i ends for want of white space.
func endOfChunk(s string, i int) int {
	for i < len(s) {
		if i+8 <= len(s) {
			n := bits.TrailingZeros64(unplain(load(s, i))) / 8
			if i += n; n == 8 {
				continue
			}
		}
		if spaceAt(s, i) > 0 {
			break
		}
		i++
	}
	return i
}

// splitChunk splits the chunk [start, end).
func (v *View) splitChunk(start, end int) {
	if n := v.spacy.specials.lookup(v.text[start:end]); n != nil {
		v.addSpecial(n, start)
		return
	}
	first := len(v.words)
	v.splitAffixes(start, end)
	if len(v.words)-first > 2 { // of two words it is the chunk, which was looked up
		v.mergeSpecials(first)
	}
}

// splitAffixes cuts off prefixes and suffixes, and splits what is left. The chunk is
// not special.
func (v *View) splitAffixes(start, end int) {
	s, sp := v.text, v.spacy.specials
	v.spacy.suffixes = v.spacy.suffixes[:0]
	var found *special
	for start < end {
		if lettersAt(s, start) >= end-start { // nothing is cut off, nothing splits it
			v.words = append(v.words, newWord(s, start, end, classLetter))
			start = end
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
		if prefix > 0 && suffix > 0 && start < end { // what is left was not looked up yet
			if found = sp.lookup(s[start:end]); found != nil {
				break
			}
		}
	}
	switch {
	case found != nil:
		v.addSpecial(found, start)
	case start < end:
		v.splitInfixes(start, end)
	}
	for i := len(v.spacy.suffixes) - 1; i >= 0; i-- {
		p := v.spacy.suffixes[i]
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
	if end == start+1 && classes[v.text[start]] == classMark {
		v.words = append(v.words, markWord(v.text[start], start))
		return
	}
	v.words = append(v.words, newWord(v.text, start, end, classesIn(v.text, start, end)))
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
	v.spacy.specials = &specials{} // none
	v.splitAffixes(0, len(chunk))
	for _, w := range v.words {
		ends = append(ends, int(w.End))
	}
	return ends
}

// appendSentencizer appends the sentences of spaCy's sentencizer. White space is a
// token to it, but for single spaces; a sentence that is nothing else is left out.
func (v *View) appendSentencizer(dst []Span, start, end int) []Span {
	words, i := v.Words(), v.wordAt(int32(start))
	from, ended := i, false
	for ; i < len(words) && int(words[i].End) <= end; i++ {
		if words[i].Kind&Symbol == 0 && !ended { // as most words are
			continue
		}
		mark := v.isEndMark(&words[i])
		if ended && (v.isGap(words[i-1].End, words[i].Start) || !mark && !isPunct(words[i].Of(v.text))) {
			dst = append(dst, Span{words[from].Start, words[i-1].End})
			from, ended = i, false
		}
		ended = ended || mark
	}
	if from < i {
		dst = append(dst, Span{words[from].Start, words[i-1].End})
	}
	v.spacy.at = i
	return dst
}

// wordAt returns the first word that begins at byte start or behind it. It is looked
// for from where it was found last: sentences are asked for line by line.
func (v *View) wordAt(start int32) int {
	words := v.Words()
	i := v.spacy.at
	for i > 0 && words[i-1].Start >= start {
		i--
	}
	for i < len(words) && words[i].Start < start {
		i++
	}
	return i
}

// isGap reports whether there is white space between two words that is a token.
func (v *View) isGap(end, start int32) bool {
	return start-end > 1 || start > end && v.text[end] != ' '
}

// endsMarked reports whether a sentence has a mark that ends it.
func (v *View) endsMarked(p Span) bool {
	words := v.Words()
	for i := v.wordAt(p.Start); i < len(words) && words[i].Start < p.End; i++ {
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
	if c := v.text[w.Start]; c < utf8.RuneSelf {
		return IsTerminal(rune(c))
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
