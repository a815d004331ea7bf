package lm

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unsafe"
)

// Pieces are a SentencePiece model of the type unigram: what a text is cut into, chosen
// so that the sum of the scores is highest. Any number of cutters may share it.
//
// The file is the protocol buffer ModelProto: field 1, repeated, a piece (1 text, 2
// score, 3 kind); field 2 how it was trained (3 type, 24 spaces behind words, 35 bytes
// for what is unknown); field 3 how texts are normalised (2 rules, 3 a space before the
// text, 4 runs of spaces become one, 5 spaces become U+2581). The rules are a length of
// 32 bits, a double-array trie of so many bytes, from texts to offsets, and the texts
// behind it that take their place, each with a zero at its end. That, and how ties are
// broken, is from SentencePiece 0.2, files sentencepiece_model.proto, normalizer.cc and
// unigram_model.cc.
type Pieces struct {
	nodes   []pieceNode
	labels  []byte // of the children of all nodes
	scores  []float32
	kinds   []uint8
	rules   []uint32 // the units of the trie
	texts   []byte   // that rules put in
	least   float32  // score of a normal piece
	most    float32
	dummy   bool // a space before the text
	squeeze bool // runs of spaces become one
	escape  bool // spaces become U+2581
	bytes   bool // what is unknown becomes bytes
	user    bool // there are pieces that the user defined
}

// A pieceNode is a node of the trie of pieces.
type pieceNode struct {
	first, n int32 // its children: labels[first:first+n] and nodes of the same numbers plus 1
	piece    int32 // -1 where none ends here
}

// Kinds of pieces.
const (
	pieceNormal = iota + 1
	pieceUnknown
	pieceControl
	pieceUser
	pieceUnused
	pieceByte
)

// ReadPieces reads a model. The error names the byte at which the file stops making
// sense.
func ReadPieces(r io.Reader) (*Pieces, error) {
	data, err := unpacked(r)
	if err != nil {
		return nil, err
	}
	p := &Pieces{dummy: true, squeeze: true, escape: true, least: math.MaxFloat32, most: 0x1p-126}
	var words []string
	f := fields{data: data}
	for f.next() {
		switch {
		case f.number == 1 && f.wire == wireBytes:
			word, err := p.piece(f.sub())
			if err != nil {
				return nil, err
			}
			words = append(words, word)
		case f.number == 2 && f.wire == wireBytes:
			err = p.trainer(f.sub())
		case f.number == 3 && f.wire == wireBytes:
			err = p.normalizer(f.sub())
		}
		if err != nil {
			return nil, err
		}
	}
	if f.err != nil {
		return nil, f.err
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("this is no SentencePiece model: it has no pieces")
	}
	return p, p.plant(words)
}

// piece reads one piece.
func (p *Pieces) piece(f fields) (string, error) {
	word, score, kind := "", float32(0), uint64(pieceNormal)
	for f.next() {
		switch {
		case f.number == 1 && f.wire == wireBytes:
			word = string(f.bytes)
		case f.number == 2 && f.wire == wire32:
			score = math.Float32frombits(uint32(f.value))
		case f.number == 3 && f.wire == wireVarint:
			kind = f.value
		}
	}
	switch {
	case f.err != nil:
		return "", f.err
	case word == "" || strings.Contains(word, "\x00"):
		return "", at(uint64(f.base), "a piece without text, or with a zero in it")
	case kind < pieceNormal || kind > pieceByte:
		return "", at(uint64(f.base), "a piece of the kind %d, known are 1 to 6", kind)
	case !(math.Abs(float64(score)) <= farthest):
		return "", at(uint64(f.base), "a piece has the score %v", score)
	}
	p.user = p.user || kind == pieceUser
	if kind == pieceNormal {
		p.least, p.most = min(p.least, score), max(p.most, score)
	}
	p.scores, p.kinds = append(p.scores, score), append(p.kinds, uint8(kind))
	return word, nil
}

func (p *Pieces) trainer(f fields) error {
	for f.next() {
		switch {
		case f.wire != wireVarint:
		case f.number == 3 && f.value != 1:
			return at(uint64(f.start), "a SentencePiece model of type %d: only unigram, 1, can be read", f.value)
		case f.number == 24 && f.value != 0:
			return at(uint64(f.start), "a SentencePiece model that has spaces behind words cannot be read")
		case f.number == 35:
			p.bytes = f.value != 0
		}
	}
	return f.err
}

func (p *Pieces) normalizer(f fields) error {
	for f.next() {
		switch {
		case f.number == 2 && f.wire == wireBytes:
			if err := p.readRules(f.bytes, f.start); err != nil {
				return err
			}
		case f.wire != wireVarint:
		case f.number == 3:
			p.dummy = f.value != 0
		case f.number == 4:
			p.squeeze = f.value != 0
		case f.number == 5:
			p.escape = f.value != 0
		}
	}
	return f.err
}

// plant makes the trie of the pieces that texts can be cut into.
func (p *Pieces) plant(words []string) error {
	var planted []int32
	for i, kind := range p.kinds {
		if kind == pieceNormal || kind == pieceUser || kind == pieceUnused {
			planted = append(planted, int32(i))
		}
	}
	slices.SortFunc(planted, func(a, b int32) int {
		return cmp.Or(strings.Compare(words[a], words[b]), cmp.Compare(a, b))
	})
	for i := 1; i < len(planted); i++ {
		if words[planted[i]] == words[planted[i-1]] {
			return fmt.Errorf("the piece %s is there twice", shown(words[planted[i]]))
		}
	}
	if p.least > p.most {
		p.least = 0
	}
	type span struct{ from, to, depth int }
	p.nodes = []pieceNode{{piece: -1}}
	spans := []span{{0, len(planted), 0}}
	for n := 0; n < len(p.nodes); n++ {
		s := spans[n]
		if s.from < s.to && len(words[planted[s.from]]) == s.depth {
			p.nodes[n].piece = planted[s.from]
			s.from++
		}
		p.nodes[n].first = int32(len(p.labels))
		for s.from < s.to {
			c, end := words[planted[s.from]][s.depth], s.from
			for end < s.to && words[planted[end]][s.depth] == c {
				end++
			}
			p.labels = append(p.labels, c)
			p.nodes = append(p.nodes, pieceNode{piece: -1})
			spans = append(spans, span{s.from, end, s.depth + 1})
			s.from = end
		}
		p.nodes[n].n = int32(len(p.labels)) - p.nodes[n].first
	}
	return nil
}

// child returns the node behind a byte, or 0.
func (p *Pieces) child(node int32, c byte) int32 {
	n := &p.nodes[node]
	lo, hi := n.first, n.first+n.n
	for lo < hi {
		mid := (lo + hi) / 2
		switch l := p.labels[mid]; {
		case l == c:
			return mid + 1
		case l < c:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return 0
}

// A Cutter cuts texts into pieces. It is owned by one goroutine.
type Cutter struct {
	p      *Pieces
	normal []byte
	paths  []path // the best one to each byte
	order  []int32
	out    []byte
}

// A path is the last piece of the best way to a byte.
type path struct {
	score float32
	from  int32 // -1: no way leads here
	piece int32 // -1: unknown
}

// Cutter returns a cutter for one goroutine.
func (p *Pieces) Cutter() *Cutter { return &Cutter{p: p} }

// Cut returns the pieces of a text with a space before each but the first, as
// SentencePiece's encode_as_pieces joined by spaces: neighbouring unknown characters
// are one piece. It is valid until the next call.
func (c *Cutter) Cut(s string) string {
	c.normal = c.p.normalize(c.normal[:0], s)
	c.search()
	c.order = c.order[:0]
	for i := int32(len(c.normal)); i > 0; i = c.paths[i].from {
		c.order = append(c.order, i)
	}
	c.out = c.out[:0]
	unknown := false
	for i := len(c.order) - 1; i >= 0; i-- {
		end := c.order[i]
		text, was := c.normal[c.paths[end].from:end], unknown
		unknown = c.paths[end].piece < 0
		switch {
		case unknown && c.p.bytes:
			for _, b := range text {
				c.space()
				c.out = fmt.Appendf(c.out, "<0x%02X>", b)
			}
			continue
		case !unknown || !was:
			c.space()
		}
		c.out = append(c.out, text...)
	}
	return unsafe.String(unsafe.SliceData(c.out), len(c.out))
}

func (c *Cutter) space() {
	if len(c.out) > 0 {
		c.out = append(c.out, ' ')
	}
}

// penalty is what an unknown character costs beside the least score.
const penalty = 10

// search finds the best path to each byte at which a character begins or ends.
func (c *Cutter) search() {
	s, p := c.normal, c.p
	c.paths = slices.Grow(c.paths[:0], len(s)+1)[:len(s)+1]
	for i := range c.paths {
		c.paths[i] = path{from: -1}
	}
	unknown := p.least - penalty
	for i := 0; i < len(s); {
		here, char, single := c.paths[i].score, min(charLength(s[i]), len(s)-i), false
		node := int32(0)
		for j := i; j < len(s); {
			if node = p.child(node, s[j]); node == 0 {
				break
			}
			j++
			piece := p.nodes[node].piece
			if piece < 0 || p.kinds[piece] == pieceUnused {
				continue
			}
			score := p.scores[piece]
			if p.kinds[piece] == pieceUser {
				score = float32(float64(float32(j-i)*p.most) - 0.1)
			}
			c.offer(j, path{score + here, int32(i), piece})
			single = single || j-i == char
		}
		if !single {
			c.offer(i+char, path{unknown + here, int32(i), -1})
		}
		i += char
	}
}

// offer takes a path where it is better.
func (c *Cutter) offer(end int, p path) {
	if old := &c.paths[end]; old.from < 0 || p.score > old.score {
		*old = p
	}
}

// charLength is how long the first byte of a character says that it is.
func charLength(b byte) int {
	switch {
	case b < 0xC0:
		return 1
	case b < 0xE0:
		return 2
	case b < 0xF0:
		return 3
	}
	return 4
}
