package filters

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"tamis/step"
)

// A file of an index is
//
//	"tamis n-gram index 1\n"
//	normalize               a string: its length and its bytes
//	ngram
//	sets                    their number, and the name of each
//	examples                their number; for each its set, its id, the words that its
//	                        n-grams cover, the words of its longest stretch of them
//	n-grams                 their number; for each, in ascending order, the difference
//	                        of its hash to the one before, twice the number of its
//	                        places and 1 more if it is common, and for each place the
//	                        difference of the example to the place before, and the word
//	crc                     u32, little-endian: CRC-32C of all before it
//
// where numbers are unsigned varints if nothing else is said. The version is in the
// first line: another form gets another line.
const indexMagic = "tamis n-gram index 1\n"

// maxIndex bounds a file of an index, in bytes.
const maxIndex = 8 << 30

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// WriteIndex writes the index of the evaluation sets to w, for the setting `index` of
// the step in other recipes. Its parts, max_examples and corpus are part of the index;
// the bounds are not.
func (d *decontaminator) WriteIndex(w io.Writer) error { return d.finder.index.write(w) }

// write writes the file of the index.
func (ix *gramIndex) write(w io.Writer) error {
	b := []byte(indexMagic)
	str := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	num := func(n uint64) { b = binary.AppendUvarint(b, n) }
	str(ix.folding.name)
	num(uint64(ix.ngram))
	num(uint64(len(ix.sets)))
	for _, name := range ix.sets {
		str(name)
	}
	num(uint64(len(ix.examples)))
	for i := range ix.examples {
		e := &ix.examples[i]
		num(uint64(e.set))
		str(e.id)
		num(uint64(e.words))
		num(uint64(e.longest))
	}
	num(uint64(len(ix.keys)))
	before := uint64(0)
	for gram, key := range ix.keys {
		num(key - before)
		before = key
		b = ix.appendPlaces(b, gram)
	}
	_, err := w.Write(withChecksum(b))
	return err
}

// withChecksum ends a file with the CRC-32C of all before, u32, little-endian.
func withChecksum(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func (ix *gramIndex) appendPlaces(b []byte, gram int) []byte {
	places := ix.placesOf(gram)
	head := uint64(2 * len(places))
	if ix.isCommon(gram) {
		head++
	}
	b = binary.AppendUvarint(b, head)
	example := uint32(0)
	for _, p := range places {
		b = binary.AppendUvarint(b, uint64(p.example-example))
		b = binary.AppendUvarint(b, uint64(p.word))
		example = p.example
	}
	return b
}

// load reads the file of an index, and refuses one that was made for another method.
func (s *DecontaminateSettings) load(open func(string) (io.ReadCloser, error)) (*gramIndex, error) {
	var ix *gramIndex
	err := withFile(open, s.Index, func(r io.Reader) error {
		b, err := io.ReadAll(io.LimitReader(r, maxIndex))
		if err == nil {
			ix, err = readIndex(b)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.Index, err)
		}
		return nil
	})
	if err == nil && (ix.ngram != s.Ngram || ix.folding.name != s.Normalize) {
		err = fmt.Errorf("%s holds %d-grams of normalize: %s, the recipe asks for %d-grams of normalize: %s: set ngram and normalize, or write the index again",
			s.Index, ix.ngram, ix.folding.name, s.Ngram, s.Normalize)
	}
	if err != nil {
		return nil, &step.Fault{Key: "index", Err: err}
	}
	return ix, nil
}

// readIndex reads what write has written.
func readIndex(b []byte) (*gramIndex, error) {
	if len(b) < len(indexMagic)+4 || string(b[:len(indexMagic)]) != indexMagic {
		return nil, fmt.Errorf("no index of this version: its first line is not %q", indexMagic[:len(indexMagic)-1])
	}
	body := b[:len(b)-4]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(b[len(body):]) {
		return nil, errors.New("the index is damaged or cut short: its checksum is another; write it again")
	}
	r := indexReader{b: body, at: len(indexMagic)}
	ix := r.index()
	if r.err == nil && r.at != len(body) {
		r.fail("%d bytes too many", len(body)-r.at)
	}
	if r.err != nil {
		return nil, r.err
	}
	ix.prepare()
	return ix, nil
}

// An indexReader reads the numbers of an index; its first error sticks.
type indexReader struct {
	b   []byte
	at  int
	err error
}

func (r *indexReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("at byte %d: "+format, append([]any{r.at}, args...)...)
	}
}

// num reads a number that is at most limit.
func (r *indexReader) num(what string, limit uint64) uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.b[r.at:])
	if n <= 0 || v > limit {
		r.fail("%s is cut short or more than %d", what, limit)
		return 0
	}
	r.at += n
	return v
}

// count reads how many things follow, each of at least size bytes.
func (r *indexReader) count(what string, size int) int {
	n := r.num(what, maxIndex)
	if left := len(r.b) - r.at; n > uint64(left/size) {
		r.fail("%d is more than there is room for: %s", n, what)
		return 0
	}
	return int(n)
}

func (r *indexReader) str(what string) string {
	n := r.count(what, 1)
	s := string(r.b[r.at : r.at+n])
	r.at += n
	return s
}

func (r *indexReader) index() *gramIndex {
	ix := &gramIndex{}
	if newFolding := foldings[r.str("normalize")]; newFolding != nil {
		ix.folding = newFolding()
	} else {
		r.fail("an unknown way to find words")
	}
	ix.ngram = int(r.num("ngram", 1000))
	if ix.ngram == 0 {
		r.fail("n-grams of no words")
	}
	for range r.count("number of sets", 1) {
		ix.sets = append(ix.sets, r.str("name of a set"))
	}
	examples := r.count("number of examples", 4)
	for range examples {
		e := example{set: uint32(r.num("set", uint64(max(len(ix.sets), 1)-1))), id: r.str("id of an example")}
		e.words = uint32(r.num("words", math.MaxInt32))
		e.longest = uint32(r.num("longest stretch", math.MaxInt32))
		ix.examples = append(ix.examples, e)
	}
	if len(ix.sets) == 0 && examples > 0 {
		r.fail("examples of no set")
	}
	r.grams(ix)
	return ix
}

// grams reads the n-grams.
func (r *indexReader) grams(ix *gramIndex) {
	key := uint64(0)
	for i := range r.count("number of n-grams", 4) {
		step := r.num("hash", math.MaxUint64-key)
		if i > 0 && step == 0 {
			r.fail("the same n-gram twice")
		}
		key += step
		ix.keys = append(ix.keys, key)
		ix.starts = append(ix.starts, uint32(len(ix.places)))
		r.places(ix, i)
		if r.err != nil {
			break
		}
	}
	ix.starts = append(ix.starts, uint32(len(ix.places)))
}

// places reads where an n-gram stands.
func (r *indexReader) places(ix *gramIndex, gram int) {
	head := r.num("number of places", 2*maxCommonPlaces+1)
	if head < 2 {
		r.fail("an n-gram without a place")
	}
	if head&1 != 0 {
		ix.setCommon(gram)
	} else if head/2 > maxPlaces {
		r.fail("%d places of an n-gram, at most %d are possible", head/2, maxPlaces)
	}
	before := gramPlace{}
	for i := range head / 2 {
		p := gramPlace{example: before.example + uint32(r.num("example", uint64(max(len(ix.examples), 1)-1)-uint64(before.example)))}
		p.word = uint32(r.num("word", math.MaxInt32))
		if i > 0 && p.compare(before) <= 0 {
			r.fail("places out of order")
		}
		if r.err != nil {
			return
		}
		if ix.examples == nil || int(p.word)+ix.ngram > math.MaxInt32 || ix.examples[p.example].words < uint32(ix.ngram) {
			r.fail("an n-gram of an example that has none")
			return
		}
		ix.places = append(ix.places, p)
		before = p
	}
}
