package filters

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
	"slices"
	"strings"
	"unsafe"

	"tamis/step"
	"tamis/text"
)

// A file of word counts is
//
//	"tamis word counts 1\n"
//	splitter        how words were found: its length and its bytes
//	words           all of the corpus
//	different       how many different ones
//	kept            how many of them follow; for each, in ascending order of bytes, the
//	                bytes it shares with the word before, the length of the rest, the
//	                rest, and how often it occurs
//	bounds          their number; bound i is for texts of 2^(i-1) to 2^i-1 words: the
//	                divergence that few of the corpus exceed, in hundredths of a nat; 0
//	                where too few texts are that long
//	crc             u32, little-endian: CRC-32C of all before it
//
// where numbers are unsigned varints if nothing else is said. The version is in the
// first line: another form gets another line.
const wordCountsMagic = "tamis word counts 1\n"

// maxWordCounts bounds a file of word counts, in bytes.
const maxWordCounts = 1 << 30

// lengthBuckets is how many buckets of lengths there are: texts have less than 2^31
// words.
const lengthBuckets = 32

// A wordTable says how often words occur in a corpus, by the hashes of their small
// letters.
type wordTable struct {
	splitter         text.Splitter
	words, different int // of the corpus
	kept             int // words of the corpus that are in the table
	hashes           []uint64
	counts           []int64
	bounds           [lengthBuckets]float64 // of the divergence, by length; 0 is none
}

// lengthBucket returns the bucket of texts of so many words.
func lengthBucket(words int) int { return bits.Len(uint(words)) }

// of returns how often the word of a hash occurs; 0 if it is not kept.
func (t *wordTable) of(hash uint64) int64 { return t.counts[t.slot(hash)] }

func (t *wordTable) slot(hash uint64) int {
	mask := len(t.hashes) - 1
	at := int(hash) & mask
	for t.counts[at] > 0 && t.hashes[at] != hash {
		at = (at + 1) & mask
	}
	return at
}

func (t *wordTable) makeRoom(words int) {
	size := 16
	for size < 2*words {
		size *= 2
	}
	t.hashes, t.counts = make([]uint64, size), make([]int64, size)
}

func (t *wordTable) set(word string, count int64) {
	hash := text.Hash(word)
	at := t.slot(hash)
	t.hashes[at], t.counts[at] = hash, count
	t.kept += int(count)
}

// openWordTable reads a file of word counts that `tamis count` has written, and
// refuses one whose words were found in another way.
func openWordTable(env *step.Env, path string) (*wordTable, error) {
	f, err := env.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxWordCounts))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	t, err := readWordTable(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if t.splitter != env.Splitter {
		return nil, fmt.Errorf("%s counts words of splitter: %s, the step has those of %s: count with --splitter %[3]s, or set the step's splitter", path, t.splitter, env.Splitter)
	}
	return t, nil
}

// A countsReader reads the parts of a file; after a fault it reads zeros.
type countsReader struct {
	data []byte
	err  error
}

func (r *countsReader) number(what string, most uint64) int {
	x, n := binary.Uvarint(r.data)
	if n <= 0 || x > most {
		r.fail(what)
		return 0
	}
	r.data = r.data[n:]
	return int(x)
}

func (r *countsReader) bytes(what string, n int) []byte {
	if n > len(r.data) {
		r.fail(what)
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *countsReader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("the file is damaged: %s cannot be read", what)
	}
	r.data = nil
}

func readWordTable(data []byte) (*wordTable, error) {
	body, ok := bytes.CutPrefix(data, []byte(wordCountsMagic))
	if !ok {
		return nil, errors.New("this is no file of word counts: `tamis count` writes them")
	}
	if len(body) < 4 || binary.LittleEndian.Uint32(body[len(body)-4:]) != crc32.Checksum(data[:len(data)-4], castagnoli) {
		return nil, errors.New("the file is damaged: its checksum differs")
	}
	r := &countsReader{data: body[:len(body)-4]}
	name := string(r.bytes("the splitter", r.number("the splitter", 100)))
	t := &wordTable{}
	if t.splitter, ok = text.ParseSplitter(name); !ok && r.err == nil {
		return nil, fmt.Errorf("its words are those of splitter: %q, which this program does not have", name)
	}
	t.words, t.different = r.number("the number of words", 1<<53), r.number("the number of different words", 1<<53)
	r.words(t)
	if t.kept > t.words {
		r.fail("the counts, which are more than all words,")
	}
	n := r.number("the number of bounds", lengthBuckets)
	for i := range n {
		t.bounds[i] = float64(r.number("a bound", 1<<20)) / 100
	}
	if r.err == nil && len(r.data) > 0 {
		r.fail("what follows the bounds")
	}
	return t, r.err
}

func (r *countsReader) words(t *wordTable) {
	kept := r.number("the number of words kept", uint64(len(r.data)))
	t.makeRoom(kept)
	var word []byte
	for range kept {
		shared := r.number("a word", uint64(len(word)))
		rest := r.bytes("a word", r.number("a word", 1<<31))
		word = append(word[:shared], rest...)
		count := r.number("a count", 1<<53)
		if r.err != nil {
			return
		}
		t.set(string(word), int64(count))
	}
}

// A WordCounter counts the words of a corpus, in small letters, for the steps llama3
// and unigram. All texts are added; then, perhaps, all are measured, so that the file
// knows how far texts of some length usually diverge from the whole.
type WordCounter struct {
	splitter text.Splitter
	most     int
	lower    lowerView
	counts   map[string]*int64
	words    int
	dropped  int   // different words that were forgotten for want of room
	least    int64 // words that occurred less often were forgotten
	table    *wordTable
	doc      wordCounts
	seen     [lengthBuckets][divergenceBins]int
}

// divergenceBins are bins of a hundredth of a nat, the last for all beyond.
const divergenceBins = 4000

// NewWordCounter returns a counter whose file will hold the most frequent words, at
// most so many. While it counts it holds at most eight times as many: when there are
// more, the rarest are forgotten, which hardly ever concerns a word that is kept.
func NewWordCounter(s text.Splitter, most int) *WordCounter {
	return &WordCounter{splitter: s, most: max(1, most), counts: map[string]*int64{}}
}

// Add counts the words of a text.
func (c *WordCounter) Add(s string) {
	v := c.lower.of(s, c.splitter)
	for _, w := range v.Words() {
		word := w.Of(v.Text())
		n := c.counts[word]
		if n == nil {
			n = new(int64)
			c.counts[strings.Clone(word)] = n
		}
		*n++
		c.words++
	}
	if len(c.counts) > 8*c.most {
		c.forget()
	}
}

// forget drops the rarest words until half of the room is free.
func (c *WordCounter) forget() {
	for len(c.counts) > 4*c.most {
		c.least++
		for w, n := range c.counts {
			if *n <= c.least {
				delete(c.counts, w)
				c.dropped++
			}
		}
	}
}

// kept returns the most frequent words in ascending order of bytes; of equally
// frequent ones the first in that order.
func (c *WordCounter) kept() []string {
	words := make([]string, 0, len(c.counts))
	for w := range c.counts {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(*c.counts[b], *c.counts[a]), strings.Compare(a, b))
	})
	words = words[:min(len(words), c.most)]
	slices.Sort(words)
	return words
}

// Measure notes how far a text diverges from the whole. It is called after all texts
// have been added.
func (c *WordCounter) Measure(s string) {
	if c.table == nil {
		c.table = c.finish()
	}
	words := c.lower.of(s, c.splitter).Words()
	if len(words) == 0 {
		return
	}
	bin := int(c.doc.divergence(words, c.table) * 100)
	c.seen[lengthBucket(len(words))][min(bin, divergenceBins-1)]++
}

func (c *WordCounter) finish() *wordTable {
	t := &wordTable{splitter: c.splitter, words: c.words, different: len(c.counts) + c.dropped}
	words := c.kept()
	t.makeRoom(len(words))
	for _, w := range words {
		t.set(w, *c.counts[w])
	}
	return t
}

// boundAt returns the bound of a bucket of lengths: at most so large a share of its
// texts lies beyond. A bucket has none where no text at all would lie beyond.
func (c *WordCounter) boundAt(bucket int, outliers float64) uint64 {
	total := 0
	for _, n := range c.seen[bucket] {
		total += n
	}
	beyond := int(float64(total) * outliers)
	if beyond == 0 {
		return 0
	}
	for bin := divergenceBins - 1; bin >= 0; bin-- {
		if beyond -= c.seen[bucket][bin]; beyond < 0 {
			return uint64(bin + 1)
		}
	}
	return 0
}

// Write writes the file. Outliers is the share of the texts measured that may lie
// beyond the bound of their length.
func (c *WordCounter) Write(w io.Writer, outliers float64) error {
	b := []byte(wordCountsMagic)
	num := func(n uint64) { b = binary.AppendUvarint(b, n) }
	str := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	str(c.splitter.String())
	num(uint64(c.words))
	num(uint64(len(c.counts) + c.dropped))
	words := c.kept()
	num(uint64(len(words)))
	before := ""
	for _, word := range words {
		n := 0
		for n < len(word) && n < len(before) && word[n] == before[n] {
			n++
		}
		num(uint64(n))
		str(word[n:])
		num(uint64(*c.counts[word]))
		before = word
	}
	num(lengthBuckets)
	for i := range lengthBuckets {
		num(c.boundAt(i, outliers))
	}
	_, err := w.Write(withChecksum(b))
	return err
}

// Words returns how many words were counted, and how many different ones.
func (c *WordCounter) Words() (all, different int) { return c.words, len(c.counts) + c.dropped }

// A lowerView finds the words of texts in small letters.
type lowerView struct {
	low  []byte
	view text.View
}

// of returns the view of s in small letters, valid until the next call.
func (l *lowerView) of(s string, splitter text.Splitter) *text.View {
	l.low = text.AppendLower(l.low[:0], s)
	l.view.Reset(unsafe.String(unsafe.SliceData(l.low), len(l.low)))
	l.view.Use(splitter)
	return &l.view
}

// divergence returns how far the frequencies of words are from those of a table, in
// nats: the sum of p ln(p/q) over different words (Kullback and Leibler 1951). All words
// that the table does not have are one word of it, of what the kept ones leave of the
// corpus and one word more; so both are distributions, and the sum is never below 0.
func (c *wordCounts) divergence(words []text.Word, t *wordTable) float64 {
	if len(words) == 0 {
		return 0
	}
	c.count(words)
	sum, unseen := 0.0, 0
	all, corpus := logOf(len(words)), logOf(t.words+1)
	for at, n := range c.counts { // the order hangs on the hashes alone
		if n == 0 {
			continue
		}
		if count := t.of(c.hashes[at]); count > 0 {
			sum += float64(float64(n) * (logOf(int(n)) - all - logOf(int(count)) + corpus))
		} else {
			unseen += int(n)
		}
	}
	if unseen > 0 {
		sum += float64(float64(unseen) * (logOf(unseen) - all - logOf(t.words+1-t.kept) + corpus))
	}
	return sum / float64(len(words))
}
