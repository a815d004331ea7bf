package dedup

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/step"
)

// An encoder appends the vector of a document, which need not have length 1, and
// reports whether there is one. It is owned by one goroutine.
type encoder func(dst []float32, d *document.Document) ([]float32, bool)

// fieldEncoder reads vectors that other programs made: a list of numbers.
func fieldEncoder(path string) encoder {
	return func(dst []float32, d *document.Document) ([]float32, bool) {
		if d.Fields == nil {
			return dst, false
		}
		v, ok := d.Fields.Lookup(d, path)
		if !ok || v.Kind != document.Other && v.Kind != document.String {
			return dst, false
		}
		return appendNumbers(dst, v.Str)
	}
}

// appendNumbers reads a JSON list of numbers.
func appendNumbers(dst []float32, s string) ([]float32, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 2 || s[0] != '[' || s[len(s)-1] != ']' {
		return dst, false
	}
	for rest, more := s[1:len(s)-1], true; more; {
		var number string
		number, rest, more = strings.Cut(rest, ",")
		f, err := strconv.ParseFloat(strings.TrimSpace(number), 32)
		if err != nil {
			return dst, false
		}
		dst = append(dst, float32(f))
	}
	return dst, true
}

// Weights of the built-in encoder's features.
const (
	wordWeight   = 1.0
	shortWeight  = 0.2 // of words of up to three letters
	pairWeight   = 0.5 // of two words in a row
	lettersShare = 0.5 // of a word's weight: all of its runs of four letters together
	lettersRun   = 4
)

// hashEncoder is the built-in encoder: words in lower case, pairs of words, and runs
// of letters, each of which adds to two places that its hash chooses. The square root
// of each sum damps words that a text repeats. It sees which words and stems two texts
// share, and nothing of what they mean.
func hashEncoder(dimensions int) encoder {
	words := normalizers["words"]()
	var buf []byte
	return func(dst []float32, d *document.Document) ([]float32, bool) {
		buf = words(buf[:0], d.Text())
		from := len(dst)
		dst = append(dst, make([]float32, dimensions)...)
		v := dst[from:]
		h := featureHasher{v}
		before := uint64(0)
		for rest := buf; len(rest) > 0; {
			var word []byte
			word, rest, _ = bytes.Cut(rest, []byte{' '})
			if len(word) == 0 {
				continue
			}
			hash := h.word(word)
			if before != 0 {
				h.add(mix(hash^before*prime641), pairWeight)
			}
			before = hash
		}
		for i, x := range v {
			v[i] = float32(math.Copysign(math.Sqrt(math.Abs(float64(x))), float64(x)))
		}
		return dst, before != 0
	}
}

// A featureHasher adds features to a vector.
type featureHasher struct{ v []float32 }

func (h featureHasher) add(hash uint64, weight float32) {
	n := uint64(len(h.v))
	for range 2 {
		if at := spread(hash, n); hash&1 == 0 {
			h.v[at] += weight
		} else {
			h.v[at] -= weight
		}
		hash = mix(hash + prime642)
	}
}

// word adds a word and its runs of letters, and returns its hash.
func (h featureHasher) word(word []byte) uint64 {
	hash := max(mix(xxh3.Hash(word)), 1)
	n := utf8.RuneCount(word)
	weight := float32(wordWeight)
	if r, _ := utf8.DecodeRune(word); n <= 3 && !alone(r) {
		weight = shortWeight
	}
	h.add(hash, weight)
	if runs := n - lettersRun + 1; runs > 0 && len(word) < 256 {
		each := weight * lettersShare / float32(runs)
		for start := range runs {
			run := word[start:min(start+lettersRun, len(word))] // of bytes: near enough, and fast
			h.add(mix(xxh3.Hash(run)^prime641), each)
		}
	}
	return hash
}

// A wordTable is vectors of words, most frequent word first.
type wordTable struct {
	at         map[string]int32
	values     []float32
	dimensions int
	// plain tables have weights in their vectors: all words count alike.
	plain  bool
	mark   string // what tokens at the beginning of a word begin with, if anything
	pieces bool   // rare words are made of pieces
}

// find appends the rows that stand for a word.
func (t *wordTable) find(dst []int32, word []byte) []int32 {
	if row, ok := t.at[string(word)]; ok {
		return append(dst, row)
	}
	if t.mark != "" {
		if row, ok := t.at[t.mark+string(word)]; ok {
			return append(dst, row)
		}
	}
	if t.pieces && len(word) <= longestWord {
		return t.wordPieces(dst, word)
	}
	return dst
}

// longestWord is how many bytes of a word are looked at for pieces, at most.
const longestWord = 400

// weight is what a row counts for.
func (t *wordTable) weight(row int32) float32 {
	if t.plain {
		return 1
	}
	return rarity(int(row))
}

// rarity is the weight of a word of a rank, by the frequency that Zipf's law gives it.
func rarity(rank int) float32 {
	frequency := 0.1 / float64(rank+1)
	return float32(rareWeight / (rareWeight + frequency))
}

// rareWeight is the frequency at which a word has half of the greatest weight (Arora
// et al. 2017: 1e-3 to 1e-4).
const rareWeight = 1e-3

// tableEncoder takes the mean of the vectors of a text's words. Frequent words weigh
// less: a word's frequency is guessed from its place in the table, by Zipf's law.
func tableEncoder(t *wordTable) encoder {
	words := normalizers["words"]()
	var buf []byte
	var rows []int32
	return func(dst []float32, d *document.Document) ([]float32, bool) {
		buf = words(buf[:0], d.Text())
		from := len(dst)
		dst = append(dst, make([]float32, t.dimensions)...)
		v, any := dst[from:], false
		for rest := buf; len(rest) > 0; {
			var word []byte
			word, rest, _ = bytes.Cut(rest, []byte{' '})
			rows = t.find(rows[:0], word)
			for _, row := range rows {
				any = true
				weight := t.weight(row)
				for i, x := range t.values[int(row)*t.dimensions : (int(row)+1)*t.dimensions] {
					v[i] += float32(weight * x)
				}
			}
		}
		return dst, any
	}
}

// readTable reads vectors in the text format of word2vec, fastText and GloVe: a word
// and its numbers in each line, behind a line of two numbers that may be missing. It
// refuses tables that take more than the given bytes.
func readTable(r io.Reader, limit int64) (*wordTable, error) {
	t := &wordTable{at: map[string]int32{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), " \r")
		word, numbers, _ := strings.Cut(line, " ")
		if n == 1 && header(word, numbers) || line == "" {
			continue
		}
		if err := t.add(word, numbers); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if int64(4*len(t.values)+64*len(t.at)) > limit {
			return nil, tableTooLarge(limit)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(t.at) == 0 {
		return nil, errors.New("there is no vector in it")
	}
	return t, nil
}

func tableTooLarge(limit int64) error {
	return fmt.Errorf("the vectors take more than the %d MiB that half of the memory budget leaves; raise memory, or cut the file behind its most frequent words", limit>>20)
}

// header reports whether a first line says how many words and numbers follow.
func header(word, numbers string) bool {
	_, err1 := strconv.Atoi(word)
	_, err2 := strconv.Atoi(numbers)
	return err1 == nil && err2 == nil
}

func (t *wordTable) add(word, numbers string) error {
	from := len(t.values)
	for rest, more := numbers, true; more; {
		var number string
		number, rest, more = strings.Cut(rest, " ")
		f, err := strconv.ParseFloat(number, 32)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return fmt.Errorf("%q is not a number", number)
		}
		t.values = append(t.values, float32(f))
	}
	n := len(t.values) - from
	if t.dimensions == 0 {
		t.dimensions = n
	}
	if n != t.dimensions {
		return fmt.Errorf("%q has %d numbers, the words before it have %d", word, n, t.dimensions)
	}
	if _, twice := t.at[word]; twice {
		t.values = t.values[:from]
		return nil
	}
	t.at[strings.Clone(word)] = int32(from / n)
	return nil
}

// openTable reads the file of a recipe.
func openTable(path string, env *step.Env) (*wordTable, error) {
	file, err := env.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	t, err := readTable(file, env.Memory/2)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// print tells one table from another: by its numbers, by the rows of its words, in whatever
// order they come from the map, and by how these are weighted.
func (t *wordTable) print() string {
	h := xxh3.New()
	var raw []byte
	for at := 0; at < len(t.values); at += t.dimensions {
		raw = appendVector(raw[:0], t.values[at:at+t.dimensions])
		h.Write(raw)
	}
	words := uint64(0)
	for word, row := range t.at {
		words += mix(xxh3.HashString(word) ^ splitmix(0, uint64(row)))
	}
	weights := "weights by rank"
	if t.plain {
		weights = "no weights"
	}
	return fmt.Sprintf("%d of %d dimensions, %s, hash %016x", len(t.at), t.dimensions, weights, h.Sum64()+words)
}

// normalize gives a vector length 1, and reports whether that is possible.
func normalize(v []float32) bool {
	sum := 0.0
	for _, x := range v {
		sum += float64(float64(x) * float64(x))
	}
	if sum == 0 || math.IsInf(sum, 0) || math.IsNaN(sum) {
		return false
	}
	length := math.Sqrt(sum)
	for i, x := range v {
		v[i] = float32(float64(x) / length)
	}
	return true
}

// dot is the product of two vectors, summed up in a fixed order.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += float32(a[i] * b[i])
		s1 += float32(a[i+1] * b[i+1])
		s2 += float32(a[i+2] * b[i+2])
		s3 += float32(a[i+3] * b[i+3])
	}
	for ; i < len(a); i++ {
		s0 += float32(a[i] * b[i])
	}
	return (s0 + s1) + (s2 + s3)
}
