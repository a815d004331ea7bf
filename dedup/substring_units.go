package dedup

import (
	"slices"
	"unicode/utf8"

	"tamis/document"
	"tamis/text"
)

// A unitReader reads the units of a text, which are words or bytes, from left to right.
// Of a long text it has only those in memory that are being looked at.
type unitReader struct {
	text   string
	bytes  bool
	view   text.View   // of a piece of the text
	piece  text.Span   // where that lies; empty where there is none
	ahead  []text.Word // of the piece, behind the units at hand
	next   int         // the byte behind the piece, or behind the last unit that is a byte
	hashes []uint64    // of the units at hand
	spans  []text.Span // where they lie; empty where units are bytes
	first  int         // the byte at which the first of them lies, where units are bytes
}

// pieceBytes is about how many bytes of a text are split into words at a time.
const pieceBytes = 256 << 10

func newUnitReader(s *substring) unitReader {
	u := unitReader{bytes: s.Bytes > 0}
	u.view.Use(s.splitter)
	return u
}

// open begins a text.
func (u *unitReader) open(s string) {
	u.text, u.piece = s, text.Span{}
	u.seek(0)
}

// openDocument begins a document. If it is not long, its words are those that other steps
// may have found already.
func (u *unitReader) openDocument(d *document.Document) {
	if u.open(d.Text()); u.bytes || len(u.text) > pieceBytes {
		return
	}
	v := d.View()
	v.Use(u.view.Splitter())
	u.append(v.Words(), 0)
	u.next = len(u.text)
}

// seek goes to a byte of the text at which a unit begins.
func (u *unitReader) seek(at int) {
	u.next, u.first, u.ahead = at, at, nil
	u.hashes, u.spans = u.hashes[:0], u.spans[:0]
	if int(u.piece.Start) <= at && at < int(u.piece.End) { // it can be the whole text
		u.look(at)
	}
}

// read reads until there are n units at hand, or more, or the text is at its end.
func (u *unitReader) read(n int) {
	if u.bytes {
		to := min(u.next+max(n-len(u.hashes), 0), len(u.text))
		for _, b := range []byte(u.text[u.next:to]) {
			u.hashes = append(u.hashes, byteHashes[b])
		}
		u.next = to
		return
	}
	for len(u.hashes) < n && (len(u.ahead) > 0 || u.next < len(u.text)) {
		if len(u.ahead) == 0 {
			u.split(min(max(10*(n-len(u.hashes)), 512), pieceBytes))
		}
		some := u.ahead[:min(n-len(u.hashes), len(u.ahead))]
		u.append(some, int(u.piece.Start))
		u.ahead = u.ahead[len(some):]
	}
}

// split finds the words of about so many bytes, from one seam to another: where the reader
// began at a word, the piece begins before it.
func (u *unitReader) split(size int) {
	at := u.next
	from, to := text.SeamBefore(u.text, at), text.SeamBehind(u.text, at+size)
	u.view.Reset(u.text[from:to])
	u.piece = text.Span{Start: int32(from), End: int32(to)}
	u.look(at)
}

// look goes to the words of the piece from a byte of the text on.
func (u *unitReader) look(at int) {
	words, start := u.view.Words(), int32(at)-u.piece.Start
	i, _ := slices.BinarySearchFunc(words, start, func(w text.Word, start int32) int { return int(w.Start - start) })
	u.ahead, u.next = words[i:], int(u.piece.End)
}

func (u *unitReader) append(words []text.Word, from int) {
	n := len(u.hashes)
	u.hashes = slices.Grow(u.hashes, len(words))[:n+len(words)]
	u.spans = slices.Grow(u.spans, len(words))[:n+len(words)]
	hashes, spans, add := u.hashes[n:], u.spans[n:], int32(from)
	for i := range words {
		w := &words[i]
		hashes[i], spans[i] = w.Hash, text.Span{Start: w.Start + add, End: w.End + add}
	}
}

// drop forgets the first n of the units at hand.
func (u *unitReader) drop(n int) {
	u.hashes = u.hashes[:copy(u.hashes, u.hashes[n:])]
	if u.first += n; !u.bytes {
		u.spans = u.spans[:copy(u.spans, u.spans[n:])]
	}
}

// start returns the byte at which unit i of those at hand begins.
func (u *unitReader) start(i int) int {
	if u.bytes {
		return u.first + i
	}
	return int(u.spans[i].Start)
}

// place returns the bytes of units [from, to), without the parts of characters at their
// ends.
func (u *unitReader) place(from, to int) (start, end int) {
	if !u.bytes {
		return int(u.spans[from].Start), int(u.spans[to-1].End)
	}
	start, end = u.first+from, u.first+to
	for start < end && !utf8.RuneStart(u.text[start]) {
		start++
	}
	for end > start && end < len(u.text) && !utf8.RuneStart(u.text[end]) {
		end--
	}
	return start, end
}

// byteHashes spreads bytes over numbers.
var byteHashes = func() (t [256]uint64) {
	for i := range t {
		t[i] = splitmix(prime641, uint64(i))
	}
	return t
}()

// A prefixHash gives the hash of any stretch of units: a polynomial.
type prefixHash struct {
	sums   []uint64 // of the units before each place
	powers []uint64 // of rolling
}

func (p *prefixHash) of(units []uint64) {
	p.sums = slices.Grow(p.sums[:0], len(units)+1)[:len(units)+1]
	p.sums[0] = 0
	h := uint64(0)
	for i, u := range units {
		h = h*rolling + u
		p.sums[i+1] = h
	}
	if len(p.powers) == 0 {
		p.powers = append(p.powers, 1)
	}
}

// power is rolling^n.
func (p *prefixHash) power(n int) uint64 {
	for len(p.powers) <= n {
		p.powers = append(p.powers, p.powers[len(p.powers)-1]*rolling)
	}
	return p.powers[n]
}

// hash is the hash of units [from, to), not mixed.
func (p *prefixHash) hash(from, to int) uint64 {
	return p.sums[to] - p.sums[from]*p.power(to-from)
}

// windows returns the hashes of all sequences of n units, mixed, in the room of dst.
func (p *prefixHash) windows(dst []uint64, n int) []uint64 {
	power, ends := p.power(n), p.sums[n:]
	dst = slices.Grow(dst[:0], len(ends))[:len(ends)]
	for i, end := range ends {
		dst[i] = mix(end - p.sums[i]*power)
	}
	return dst
}
