package lm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unsafe"
)

const (
	// arpaMultiplier is KenLM's default number of buckets for each entry.
	arpaMultiplier = 1.5
	// unkMissing is what KenLM gives an unknown word where the file has no <unk>.
	unkMissing = -100
)

// An arpaReader goes through ARPA text line by line.
type arpaReader struct {
	rest   []byte
	line   int // number of the line that was read last
	fields [MaxOrder + 3]string
	m      *Model
	l      layout
	sawUnk bool
	words  []byte // with a zero behind each
}

func (r *arpaReader) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %w", r.line, fmt.Errorf(format, args...))
}

// readARPA builds the image of a model.
func readARPA(data []byte) (*Model, error) {
	r := &arpaReader{rest: data, m: &Model{}}
	if err := r.head(); err != nil {
		return nil, err
	}
	r.m.attach(&r.l)
	if err := r.unigrams(); err != nil {
		return nil, err
	}
	for n := 2; n <= r.l.order; n++ {
		if err := r.ngrams(n); err != nil {
			return nil, err
		}
	}
	if err := r.expect(`\end\`); err != nil {
		return nil, err
	}
	if line, ok := r.filled(); ok {
		return nil, r.errorf(`%s follows \end\`, shown(line))
	}
	if r.l.order > 1 {
		r.m.image = append(r.m.image, r.words...)
	}
	return r.m, nil
}

// next returns the next line without its end.
func (r *arpaReader) next() (string, bool) {
	if len(r.rest) == 0 {
		return "", false
	}
	line, rest, _ := bytes.Cut(r.rest, []byte("\n"))
	r.rest = rest
	r.line++
	return strings.TrimSuffix(unsafe.String(unsafe.SliceData(line), len(line)), "\r"), true
}

// filled returns the next line that is not blank.
func (r *arpaReader) filled() (string, bool) {
	for {
		line, ok := r.next()
		if !ok || strings.Trim(line, " \t\r\v\f") != "" {
			return line, ok
		}
	}
}

// expect reads a line that has to be there.
func (r *arpaReader) expect(want string) error {
	line, ok := r.filled()
	if !ok {
		return r.errorf("the file ends where %s has to be", want)
	}
	if strings.TrimRight(line, " \t") != want {
		return r.errorf("%s, where %s has to be", shown(line), want)
	}
	return nil
}

// shown quotes the beginning of a line.
func shown(line string) string {
	if len(line) > 60 {
		return strconv.Quote(line[:60]) + " …"
	}
	return strconv.Quote(line)
}

// head reads the counts and makes the image, which is never more than a few times as
// large as the lines that are announced have to be.
func (r *arpaReader) head() error {
	line, ok := r.filled()
	for ok && strings.HasPrefix(line, "#") {
		line, ok = r.filled()
	}
	if !ok || strings.TrimRight(line, " \t") != `\data\` {
		r.line = max(r.line, 1)
		return r.errorf(`%s: this is neither ARPA text, which begins with \data\, nor a KenLM file`, shown(line))
	}
	for {
		line, ok := r.next()
		if !ok || strings.TrimSpace(line) == "" {
			break
		}
		if err := r.count(line); err != nil {
			return err
		}
	}
	if len(r.m.counts) == 0 {
		return r.errorf("no counts of n-grams follow \\data\\")
	}
	for n, count := range r.m.counts {
		if shortest := uint64(2*n + 4); count > uint64(len(r.rest))/shortest {
			return r.errorf("%d %d-grams do not fit the %d bytes that follow", count, n+1, len(r.rest))
		}
	}
	r.l, _ = newLayout(r.m.counts, arpaMultiplier)
	r.m.image = make([]byte, r.l.total)
	return nil
}

// count reads a line like "ngram 2=17".
func (r *arpaReader) count(line string) error {
	order, count, ok := strings.Cut(strings.TrimPrefix(line, "ngram "), "=")
	n, err := strconv.Atoi(strings.TrimSpace(order))
	c, err2 := strconv.ParseUint(strings.TrimSpace(count), 10, 48)
	switch {
	case !ok || err != nil || err2 != nil || !strings.HasPrefix(line, "ngram "):
		return r.errorf(`%s is not like "ngram 1=1000"`, shown(line))
	case n != len(r.m.counts)+1:
		return r.errorf("the count of %d-grams, where that of %d-grams has to be", n, len(r.m.counts)+1)
	case n > MaxOrder:
		return r.errorf("%d-grams: %d is the longest that can be read", n, MaxOrder)
	}
	r.m.counts = append(r.m.counts, c)
	return nil
}

// entry reads the line of an n-gram: its probability, its words, which are in fields,
// and its backoff.
func (r *arpaReader) entry(n int) (words []string, prob, backoff float32, err error) {
	line, ok := r.filled()
	if !ok {
		return nil, 0, 0, r.errorf("the file ends within the %d-grams", n)
	}
	fields := r.split(line)
	if len(fields) < n+1 || len(fields) > n+2 {
		return nil, 0, 0, r.errorf("%s is no %d-gram: a probability, %d words and perhaps a backoff are", shown(line), n, n)
	}
	if prob, err = r.number(fields[0]); err != nil {
		return nil, 0, 0, err
	}
	if prob > 0 {
		return nil, 0, 0, r.errorf("a probability of 10^%v is more than 1", prob)
	}
	if len(fields) == n+2 {
		if backoff, err = r.number(fields[n+1]); err != nil {
			return nil, 0, 0, err
		}
	}
	if n == r.l.order && backoff != 0 {
		return nil, 0, 0, r.errorf("a backoff of %v, where no longer n-gram follows", backoff)
	}
	return fields[1 : n+1], prob, backoff, nil
}

// split parts a line at what ARPA text has between words.
func (r *arpaReader) split(line string) []string {
	n := 0
	for i := 0; i < len(line) && n < len(r.fields); {
		for i < len(line) && arpaSpace(line[i]) {
			i++
		}
		start := i
		for i < len(line) && !arpaSpace(line[i]) {
			i++
		}
		if i > start {
			r.fields[n] = line[start:i]
			n++
		}
	}
	return r.fields[:n]
}

func arpaSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

func (r *arpaReader) number(s string) (float32, error) {
	v, err := strconv.ParseFloat(s, 32)
	if err != nil || !(math.Abs(v) <= farthest) {
		return 0, r.errorf("%s is no logarithm of a probability", shown(s))
	}
	return float32(v), nil
}

// unigrams reads the vocabulary.
func (r *arpaReader) unigrams() error {
	if err := r.expect(`\1-grams:`); err != nil {
		return err
	}
	r.m.bound, r.words = 1, append(r.words, unkWord+"\x00"...)
	for range r.m.counts[0] {
		words, prob, backoff, err := r.entry(1)
		if err != nil {
			return err
		}
		number, err := r.insert(words[0])
		if err != nil {
			return err
		}
		r.set(r.m.unigram(number), prob, backoff)
		if r.l.order == 1 {
			putF32(r.m.unigram(number), negative(prob))
		}
	}
	if !r.sawUnk {
		putF32(r.m.unigram(0), unkMissing)
	}
	r.m.writeHeader(&r.l, arpaMultiplier)
	r.m.findMarks()
	if r.m.bos == 0 || r.m.eos == 0 {
		return r.errorf("the words %s and %s, which begin and end a sentence, are not among the 1-grams", bosWord, eosWord)
	}
	return nil
}

// set fills the weights of an n-gram as one that has no longer one on either side: that
// is what the signs say until such come.
func (r *arpaReader) set(weights []byte, prob, backoff float32) {
	if backoff == 0 {
		backoff = float32(math.Copysign(0, -1))
	}
	putF32(weights, prob)
	putF32(weights[4:], backoff)
}

// insert gives a word its number.
func (r *arpaReader) insert(word string) (uint32, error) {
	if word == unkWord || word == "<UNK>" {
		if r.sawUnk {
			return 0, r.errorf("the word %s is there twice", word)
		}
		r.sawUnk = true
		return 0, nil
	}
	e, found := r.m.vocab.put(murmur(word))
	if found {
		return 0, r.errorf("the word %s is there twice", shown(word))
	}
	if e == nil {
		return 0, r.errorf("the table of words is full")
	}
	number := r.m.bound
	binary.LittleEndian.PutUint32(e[8:], number)
	r.m.bound++
	r.words = append(append(r.words, word...), 0)
	return number, nil
}

// ngrams reads the n-grams of one order from 2 up.
func (r *arpaReader) ngrams(n int) error {
	if err := r.expect(fmt.Sprintf(`\%d-grams:`, n)); err != nil {
		return err
	}
	var ids [MaxOrder]uint32 // the last word first
	for range r.m.counts[n-1] {
		words, prob, backoff, err := r.entry(n)
		if err != nil {
			return err
		}
		for i, word := range words {
			id := r.m.word(word)
			if id == 0 && word != unkWord && word != "<UNK>" {
				return r.errorf("the word %s is not among the 1-grams", shown(word))
			}
			ids[n-1-i] = id
		}
		if err := r.add(ids[:n], prob, backoff); err != nil {
			return err
		}
	}
	return nil
}

// add puts an n-gram into its table, sees to it that all shorter ones that end like it
// are there, and marks those and its context.
func (r *arpaReader) add(ids []uint32, prob, backoff float32) error {
	n := len(ids)
	keys := [MaxOrder]uint64{uint64(ids[0])} // of the n-grams that end like this one
	for i := 1; i < n; i++ {
		keys[i] = extendKey(keys[i-1], ids[i])
	}
	t := &r.m.longest
	if n < r.l.order {
		t = &r.m.middle[n-2]
	}
	e, found := t.put(keys[n-1])
	switch {
	case e == nil:
		return r.errorf("the table of %d-grams is full: too many shorter n-grams were pruned", n)
	case found:
		return r.errorf("the %d-gram is there twice, or has the key of another", n)
	case n < r.l.order:
		r.set(e[8:], negative(prob), backoff)
	default:
		putF32(e[8:], negative(prob))
	}
	if err := r.lower(ids, &keys); err != nil {
		return err
	}
	return r.context(ids)
}

// lower finds the longest n-gram that ends like this one, fills those between with what
// backing off gives, as other programs prune them, and marks all as having longer ones.
func (r *arpaReader) lower(ids []uint32, keys *[MaxOrder]uint64) error {
	var between [MaxOrder][]byte // weights of the n-grams of length i+1 that are filled in
	basis := len(ids) - 1
	var weights []byte
	for ; basis > 1; basis-- {
		e, found := r.m.middle[basis-2].put(keys[basis-1])
		if e == nil {
			return r.errorf("the table of %d-grams is full: too many shorter n-grams were pruned", basis)
		}
		weights = e[8:]
		if found {
			break
		}
		between[basis-1] = weights
		putF32(weights[4:], float32(math.Copysign(0, -1)))
	}
	if basis == 1 {
		weights = r.m.unigram(ids[0])
	}
	prob := negative(f32(weights))
	clearSign(weights)
	for i := basis; i < len(ids)-1; i++ {
		if b := r.backoffOf(ids[1 : i+1]); b != nil {
			activate(b)
			prob += f32(b)
		}
		if prob > 0 || prob < -farthest {
			return r.errorf("backing off to a shorter n-gram gives a probability of 10^%v", prob)
		}
		putF32(between[i], prob)
		clearSign(between[i])
	}
	return nil
}

// backoffOf returns where the backoff of an n-gram is, or nil where there is none.
func (r *arpaReader) backoffOf(ids []uint32) []byte {
	if len(ids) == 1 {
		return r.m.unigram(ids[0])[4:]
	}
	key := uint64(ids[0])
	for _, id := range ids[1:] {
		key = extendKey(key, id)
	}
	if e := r.m.middle[len(ids)-2].find(key); e != nil {
		return e[12:16]
	}
	return nil
}

// context marks the n-gram without its last word as one that begins longer ones.
func (r *arpaReader) context(ids []uint32) error {
	b := r.backoffOf(ids[1:])
	if b == nil {
		return r.errorf("the context of this %d-gram is not among the %d-grams", len(ids), len(ids)-1)
	}
	activate(b)
	return nil
}

// activate says of a backoff that it is needed.
func activate(b []byte) {
	if f32(b) == 0 {
		putF32(b, 0)
	}
}

func clearSign(b []byte) { b[3] &^= 0x80 }
