package classify

import (
	"bytes"
	_ "embed" // the model
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// An Identifier names the language of a text. The script comes first; in scripts of
// several languages each letter moves along a trie of n-grams to the longest one
// that ends here, whose row holds what that letter costs each language:
//
//	… d i e ␣     state "die"    row: de 3, nl 9, en 14, …
//
// The row is the logarithm of a letter's chance after up to four others, as smoothed
// counts give it, and the language with the smallest sum of costs wins. All sums are
// of integers. An Identifier may be shared.
type Identifier struct {
	class  []uint16  // of each code point of the first plane
	inWord [256]bool // bytes of letters and of marks on them, and all from 0x80 on
	shared []*sharedScript
	codes  []string // of all languages
}

// A sharedScript is one that several languages write.
type sharedScript struct {
	name  string // ISO 15924
	codes []string
	twins []twins
	nodes []trieNode
	// The node to go on from after each state: that of its longest end that has
	// children.
	node  []uint32
	width int      // words of 8 bytes per row
	rows  []uint64 // a byte for each language, the least cost of all in byte 0
	own   []int    // mean cost of a letter of its own text, for each language
}

// A trieNode is a state that has children, one for each letter whose bit is set; the
// commonest letters are in the first word. Two nodes fill a cache line.
type trieNode struct {
	bits  [3]uint64
	first uint32 // state of the first child; the others follow
	fail  uint32 // node of the longest end of this one
}

// costSteps is how many steps of cost make one natural logarithm.
const costSteps = 12

// mostCost is the highest cost in a row: four add up to less than a byte holds.
const mostCost = 63

//go:embed models/language.bin.zst
var languageModel []byte

// BuiltinIdentifier returns the identifier in the program.
var BuiltinIdentifier = sync.OnceValues(func() (*Identifier, error) {
	id, err := readIdentifier(languageModel)
	if err != nil {
		return nil, fmt.Errorf("the language model in the program: %w", err)
	}
	return id, nil
})

// readIdentifier decodes what classify/makemodels writes: for each script the codes of
// its languages, its letters, the children of each state in breadth-first order, the
// columns of costs, and each language's own mean cost.
func readIdentifier(packed []byte) (*Identifier, error) {
	data, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	d := &decoder{data: data}
	if head := d.take("the head", 5); !bytes.Equal(head, []byte("TLID\x01")) {
		d.fail(0, "this is no language model: it begins with %q", head)
	}
	id := &Identifier{class: make([]uint16, planeSize)}
	paint(id.class, unicode.Inherited, skipped<<8) // accents that stand apart from their letters
	scripts := int(d.u8("the number of scripts"))
	loneClasses(id.class, scripts+1)
	for range scripts {
		s, letters := readScript(d)
		if d.err != nil {
			return nil, d.err
		}
		s.twins = twinsAmong(s.codes)
		id.shared = append(id.shared, s)
		id.codes = append(id.codes, s.codes...)
		letterClasses(id.class, letters, uint16(len(id.shared))<<8)
	}
	for _, l := range lone {
		id.codes = append(id.codes, l.code)
	}
	for b := range id.inWord {
		id.inWord[b] = b >= utf8.RuneSelf || id.class[b]>>8 != apart
	}
	return id, d.err
}

// unpack decompresses a model of the program.
func unpack(packed []byte) ([]byte, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	return z.DecodeAll(packed, nil)
}

// letterClasses gives letters, small and capital, their numbers.
func letterClasses(class []uint16, letters []rune, script uint16) {
	for i, r := range letters {
		for f := r; ; {
			if f = unicode.SimpleFold(f); f < planeSize && (f == r || unicode.ToLower(f) == r) {
				class[f] = script | uint16(i)
			}
			if f == r {
				break
			}
		}
	}
}

func readScript(d *decoder) (*sharedScript, []rune) {
	s := &sharedScript{}
	for range d.u8("the number of languages") {
		s.codes = append(s.codes, string(d.take("a language", int(d.u8("a language")))))
	}
	letters := make([]rune, d.u16("the letters"))
	for i := range letters {
		letters[i] = d.i32("a letter")
		s.name = scriptName(letters[0])
	}
	states := int(d.i32("the states"))
	if d.err != nil || states < 1 || states > len(d.data) || len(letters) > 192 {
		d.fail(d.off, "%d states over %d letters", states, len(letters))
		return s, nil
	}
	children := make([][]byte, states)
	for i := range children {
		children[i] = d.take("the children of a state", int(d.u8("a state")))
	}
	s.build(d, children)
	s.readCosts(d, states)
	return s, letters
}

// build makes the nodes of states in breadth-first order, so that what a state fails
// to is there before it.
func (s *sharedScript) build(d *decoder, children [][]byte) {
	s.node = make([]uint32, len(children))
	next, fails := uint32(1), make([]uint32, len(children)) // node that a state's end goes on from
	for state, letters := range children {
		if int(next)+len(letters) > len(children) {
			d.fail(d.off, "more children than states")
			return
		}
		node := trieNode{first: next, fail: fails[state]}
		for i, letter := range letters {
			node.bits[letter>>6%3] |= 1 << (letter & 63)
			child := next + uint32(i)
			if state > 0 {
				fails[child] = s.node[s.step(fails[state], letter)]
			}
		}
		s.node[state] = fails[state]
		if state == 0 || len(letters) > 0 {
			s.node[state] = uint32(len(s.nodes))
			s.nodes = append(s.nodes, node)
		}
		next += uint32(len(letters))
	}
}

// readCosts turns columns into rows.
func (s *sharedScript) readCosts(d *decoder, states int) {
	s.width = (len(s.codes) + 8) / 8
	s.rows = make([]uint64, states*s.width)
	for lane := range len(s.codes) + 1 {
		for state, cost := range d.take("the costs", states) {
			if cost > mostCost {
				d.fail(d.off, "a cost of %d, at most %d is possible", cost, mostCost)
				return
			}
			s.rows[state*s.width+lane/8] |= uint64(cost) << (lane % 8 * 8)
		}
	}
	for range s.codes {
		s.own = append(s.own, d.u16("a mean cost"))
	}
}

// Languages returns the codes of all languages that can be named, sorted; those written
// in two scripts once.
func (id *Identifier) Languages() []string {
	return slices.Compact(slices.Sorted(slices.Values(id.codes)))
}

// step returns the state after a letter.
func (s *sharedScript) step(node uint32, letter byte) uint32 {
	word, bit := letter>>6%4, uint64(1)<<(letter&63)
	for {
		n := &s.nodes[node]
		if n.bits[word]&bit != 0 {
			child := n.first + uint32(bits.OnesCount64(n.bits[word]&(bit-1)))
			for w := range word {
				child += uint32(bits.OnesCount64(n.bits[w]))
			}
			return child
		}
		if node == 0 {
			return 0 // a letter that no chosen n-gram has
		}
		node = n.fail
	}
}

// classOf returns the class of the code point at s[i:] and its length.
func (id *Identifier) classOf(s string, i int) (class uint16, size int) {
	r, size := utf8.DecodeRuneInString(s[i:])
	switch {
	case r < planeSize:
		return id.class[r], size
	case unicode.Is(unicode.Han, r):
		return uint16(len(id.shared)+1) << 8, size
	}
	return apart, size
}
