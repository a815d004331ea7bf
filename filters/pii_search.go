package filters

import (
	"bufio"
	"bytes"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"tamis/step"
)

// search finds personal data of all types. What it looks at begins with a digit, an
// @, a colon and two slashes, or a few other marks, so that most of a text is passed
// over eight bytes at a time.
func (p *pii) search() {
	p.found, p.urlEnd = p.found[:0], 0
	p.searchMarks()
	p.done = 0
	p.searchDigits()
	p.searchListed()
	p.resolve()
}

// add notes a finding if its type is wanted.
func (p *pii) add(kind, start, end int) {
	if p.on[kind] {
		p.found = append(p.found, piiFinding{kind, start, end})
	}
}

// searchMarks looks at the places that begin with something rare.
func (p *pii) searchMarks() {
	p.each("@", p.emailAt)
	p.each("::", func(i int) { p.ipv6At(i) })
	p.each("://", p.urlAt)
	p.each("-----BEGIN ", p.privateKeyAt)
}

// each calls f for all places of a mark.
func (p *pii) each(mark string, f func(i int)) {
	for i := 0; ; i += len(mark) {
		next := strings.Index(p.text[i:], mark)
		if next < 0 {
			return
		}
		i += next
		f(i)
	}
}

// digits has the high bit of each byte of w set that is an ASCII digit.
func digits(w uint64) uint64 {
	low := w &^ highs
	return (low + (0x80-'0')*ones) &^ (low + (0x7f-'9')*ones) &^ w & highs
}

// searchDigits looks at all stretches of digits.
func (p *pii) searchDigits() {
	s := p.text
	i, last := 0, false // last: the byte before i is a digit
	for ; i+8 <= len(s); i += 8 {
		d := digits(load8(s, i))
		if d == 0 {
			last = false
			continue
		}
		before := d << 8
		if last {
			before |= 0x80
		}
		for starts := d &^ before; starts != 0; starts &= starts - 1 {
			p.digitsAt(i + bits.TrailingZeros64(starts)/8)
		}
		last = d>>63 != 0
	}
	for ; i < len(s); i++ {
		digit := isDigit(s[i])
		if digit && !last {
			p.digitsAt(i)
		}
		last = digit
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

// isAlnum reports whether c is an ASCII letter or digit.
func isAlnum(c byte) bool { return isDigit(c) || isASCIILetter(c) }

// at returns byte i of the text, 0 outside of it.
func (p *pii) at(i int) byte {
	if i < 0 || i >= len(p.text) {
		return 0
	}
	return p.text[i]
}

// digitsAt looks at the digits that begin at i.
func (p *pii) digitsAt(i int) {
	if i < p.done {
		return
	}
	end := i + 1
	for end < len(p.text) && isDigit(p.text[end]) {
		end++
	}
	before, after := p.at(i-1), p.at(end)
	if isASCIILetter(before) || isASCIILetter(after) || before == '_' || after == '_' || after == '-' && end-i == 8 && isUpper(p.at(end+1)) {
		p.tokenAt(i)
		return
	}
	if after == ':' && p.ipv6At(i) {
		return
	}
	if after == '.' && p.ipv4At(i) {
		return
	}
	if end-i < 6 && !(isGroupMark(after) && (isDigit(p.at(end+1)) || isGroupMark(p.at(end+1)))) {
		return
	}
	p.numberAt(i)
}

// isGroupMark reports whether c may stand between the digits of a number.
func isGroupMark(c byte) bool {
	return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')'
}

// tokenAt looks at the letters and digits around i, once.
func (p *pii) tokenAt(i int) {
	start, end := i, i
	for start > p.done && isTokenByte(p.text[start-1]) {
		start--
	}
	for end < len(p.text) && isTokenByte(p.text[end]) {
		end++
	}
	p.done = end
	for start < end && (p.text[start] == '-' || p.text[start] == '_') {
		start++
	}
	for end > start && (p.text[end-1] == '-' || p.text[end-1] == '_') {
		end--
	}
	if start == end || p.keyAt(start, end) {
		return
	}
	if isWordByte(p.at(start-1)) || isWordByte(p.at(end)) {
		return
	}
	if p.cryptoAt(start, end) || p.ibanAt(start, end) || p.letterIDAt(start, end) {
		return
	}
	p.partsOf(start, end)
}

// isTokenByte reports whether c may be in a key.
func isTokenByte(c byte) bool { return isAlnum(c) || c == '_' || c == '-' }

// isWordByte reports whether a word goes on with c, as far as one byte can tell.
func isWordByte(c byte) bool { return isAlnum(c) || c == '_' }

// partsOf looks at the numbers of a token such as tel-978-249-9678 or 555-1234x99.
func (p *pii) partsOf(start, end int) {
	for i := start; i < end; i++ {
		if !isDigit(p.text[i]) || i > start && isAlnum(p.text[i-1]) {
			continue
		}
		p.done = i
		p.numberAt(i)
		i = max(i, p.done-1)
	}
	p.done = max(p.done, end)
}

// context reports whether one of the words begins within the bytes before i, after
// the last blank line.
func (p *pii) context(i, bytesBefore int, words []string) bool {
	start := max(0, i-bytesBefore)
	for start < i && !utf8.RuneStart(p.text[start]) {
		start++
	}
	p.near = append(p.near[:0], p.text[start:i]...)
	near := p.near
	if blank := bytes.LastIndex(near, []byte("\n\n")); blank >= 0 {
		near = near[blank+2:]
	}
	return beginsWord(near, words)
}

// contextAfter is context for the bytes behind i, up to the end of the line.
func (p *pii) contextAfter(i, bytesAfter int, words []string) bool {
	p.near = append(p.near[:0], p.text[i:min(len(p.text), i+bytesAfter)]...)
	if end := bytes.IndexByte(p.near, '\n'); end >= 0 {
		p.near = p.near[:end]
	}
	return beginsWord(p.near, words)
}

// beginsWord reports whether one of some words in small letters begins in s. It makes
// the ASCII letters of s small.
func beginsWord(s []byte, words []string) bool {
	for i, c := range s {
		s[i] = asciiLower(c)
	}
	for _, w := range words {
		for from := 0; ; {
			i := bytes.Index(s[from:], []byte(w))
			if i < 0 {
				break
			}
			from += i
			if from == 0 || !isASCIILetter(s[from-1]) || w[0] >= utf8.RuneSelf {
				return true
			}
			from++
		}
	}
	return false
}

// readLists takes the entries of the lists.
func (p *pii) readLists(env *step.Env, paths []string) error {
	var entries []string
	for _, path := range paths {
		err := readList(env, path, func(r *bufio.Reader) error {
			return listLines(r, func(line string) {
				// Of a line that is no UTF-8 nothing may be left, and nothing is everywhere.
				entry := strings.Join(strings.Fields(strings.ToLower(strings.ToValidUTF8(line, ""))), " ")
				if line[0] != '#' && entry != "" {
					entries = append(entries, entry)
				}
			})
		})
		if err != nil {
			return err
		}
	}
	if len(entries) == 0 {
		return nil
	}
	var fold [256]byte
	for b := range fold {
		fold[b] = asciiLower(byte(b))
	}
	fold['\t'], fold['\n'] = ' ', ' ' // a name may go on in the next line
	p.types[piiListed] = true
	var err error
	p.listed, err = newAutomaton(entries, &fold)
	return err
}

// searchListed finds the entries of the lists as whole words.
func (p *pii) searchListed() {
	if p.listed == nil || !p.on[piiListed] {
		return
	}
	p.hits = p.listed.find(p.hits[:0], p.text)
	for _, h := range p.hits {
		if wordEdge(p.text, int(h.start)) && wordEdge(p.text, int(h.end)) {
			p.add(piiListed, int(h.start), int(h.end))
		}
	}
}

// piiPriority says which of two overlapping findings stays: the one of the greater
// number, or the one that begins first. A key within a URL goes with it.
var piiPriority = [...]int{
	piiURL: 10, piiKey: 9, piiUsername: 8, piiEmail: 7, piiIBAN: 6, piiCard: 5, piiCrypto: 5, piiIP: 4, piiID: 3, piiPhone: 2, piiListed: 1,
}

// resolve sorts the findings and leaves one where some overlap.
func (p *pii) resolve() {
	slices.SortStableFunc(p.found, func(a, b piiFinding) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	kept := p.found[:0]
	for _, f := range p.found {
		if n := len(kept); n > 0 && f.start < kept[n-1].end {
			if piiPriority[f.kind] > piiPriority[kept[n-1].kind] {
				kept[n-1] = f
			}
			continue
		}
		kept = append(kept, f)
	}
	p.found = kept
}
