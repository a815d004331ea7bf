package lm

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"

	"tamis/spool"
)

// MostTrained is the longest n-gram that is trained.
const MostTrained = 5

// TrainOptions say how a model is trained.
type TrainOptions struct {
	Order  int   // 2 to MostTrained
	Memory int64 // bytes, about, beside the vocabulary, which is held as well
	Dir    *spool.Dir
	// Fallback are the discounts of n-grams that were seen once, twice and more often
	// for an order whose own cannot be told, as in a small corpus; nil refuses that.
	Fallback *[3]float32
	// Check, where not nil, is called now and then; its error ends the training.
	Check func() error
	// Say, where not nil, hears what was not as it should be.
	Say func(format string, args ...any)
}

// Numbers of the words that every model has.
const (
	unkID = iota
	bosID
	eosID
)

// A Trainer makes an n-gram model with interpolated modified Kneser-Ney smoothing, as
// KenLM's lmplz does (Chen and Goodman 1998, section 3; Heafield et al. 2013): the counts
// of n-grams that do not begin a sentence are those of the words seen before them, each
// order has discounts of its own, all orders are interpolated, and the shortest with a
// uniform distribution over the vocabulary and <unk>. N-grams are sorted on disk where
// they outgrow the memory. The same sentences give the same bytes.
type Trainer struct {
	o       TrainOptions
	numbers map[string]uint32
	words   []string
	tokens  uint64
	marks   uint64 // words of the text that look like <s>, </s> or <unk>
	full    *spool.Sorter
	gram    []byte // key of the n-gram: the last word first, each big-endian
	open    []*spool.Sorter
}

// NewTrainer begins a training. Close ends it.
func NewTrainer(o TrainOptions) (*Trainer, error) {
	if o.Order < 2 || o.Order > MostTrained {
		return nil, fmt.Errorf("an order of %d cannot be trained: 2 to %d can", o.Order, MostTrained)
	}
	t := &Trainer{o: o, numbers: map[string]uint32{}, gram: make([]byte, 4*o.Order)}
	for _, w := range []string{unkWord, bosWord, eosWord} {
		t.number(w)
	}
	t.full = t.sorter("full", 4*o.Order)
	return t, nil
}

// sorters is how many may hold memory at a time.
const sorters = 12

func (t *Trainer) sorter(name string, record int) *spool.Sorter {
	s := spool.NewSorter(t.o.Dir, name, spool.SortOptions{Record: record, Memory: t.o.Memory / sorters, Check: t.o.Check})
	t.open = append(t.open, s)
	return s
}

// Close removes what the training has put on disk.
func (t *Trainer) Close() error {
	var first error
	for _, s := range t.open {
		if err := s.Close(); err != nil && first == nil {
			first = err
		}
	}
	t.open = nil
	return first
}

func (t *Trainer) number(word string) uint32 {
	if n, ok := t.numbers[word]; ok {
		return n
	}
	word = strings.Clone(word)
	n := uint32(len(t.words))
	t.numbers[word] = n
	t.words = append(t.words, word)
	return n
}

// Sentence counts one sentence. Words are parted by white space, as in scoring; <s>,
// </s> and <unk> in the text count as white space.
func (t *Trainer) Sentence(s string) error {
	for i := 0; i < len(t.gram); i += 4 {
		binary.BigEndian.PutUint32(t.gram[i:], bosID)
	}
	for i := 0; i < len(s); {
		for i < len(s) && spaces[s[i]] {
			i++
		}
		start := i
		for i < len(s) && !spaces[s[i]] {
			i++
		}
		if i == start {
			break
		}
		n := t.number(s[start:i])
		if n <= eosID {
			t.marks++
			continue
		}
		t.tokens++
		if err := t.append(n); err != nil {
			return err
		}
	}
	return t.append(eosID)
}

// append adds the n-gram that ends in a word.
func (t *Trainer) append(word uint32) error {
	copy(t.gram[4:], t.gram)
	binary.BigEndian.PutUint32(t.gram, word)
	return t.full.Add(t.gram)
}

// Tokens returns the words that were counted, and how many different ones.
func (t *Trainer) Tokens() (tokens uint64, types int) { return t.tokens, len(t.words) - 3 }

// WriteARPA makes the model and writes it as ARPA text, n-grams in the order of their
// words from the last to the first. It ends the counting.
func (t *Trainer) WriteARPA(w io.Writer) error {
	if t.marks > 0 && t.o.Say != nil {
		t.o.Say("%d words <s>, </s> or <unk> of the text are taken for white space", t.marks)
	}
	adjusted, err := t.adjust()
	if err != nil {
		return err
	}
	discounts, err := t.discounts(adjusted)
	if err != nil {
		return err
	}
	out := newARPAWriter(w, adjusted.counts())
	var shorter *spool.Sorter // probabilities of the order before
	probs, _, err := t.probabilities(1, adjusted.sorted[1], discounts[1])
	if err != nil {
		return err
	}
	uniform := float32(1 / float64(float32(adjusted.stats[1].all-1)))
	for n := 1; n <= t.o.Order; n++ {
		var next, weights *spool.Sorter
		if n < t.o.Order {
			if next, weights, err = t.probabilities(n+1, adjusted.sorted[n+1], discounts[n+1]); err != nil {
				return err
			}
		}
		if shorter, err = t.interpolate(out, n, probs, shorter, weights, uniform); err != nil {
			return err
		}
		probs = next
	}
	return out.finish()
}

// A discount is what is taken off the counts 1, 2 and 3 or more.
type discount [4]float32

func (d *discount) of(count uint64) float32 { return d[min(count, 3)] }

// discounts follow from how many n-grams of each order were counted once to four times
// (Chen and Goodman, equation 26).
func (t *Trainer) discounts(a *adjustment) ([]discount, error) {
	out := make([]discount, t.o.Order+1)
	for n := 1; n <= t.o.Order; n++ {
		d, err := a.stats[n].discount()
		if err != nil && t.o.Fallback == nil {
			return nil, fmt.Errorf("discounts of %d-grams: %w; the text may be too small, artificial or full of copies", n, err)
		}
		if err != nil {
			copy(d[1:], t.o.Fallback[:])
			if t.o.Say != nil {
				t.o.Say("%d-grams: %v; the discounts %v are taken instead", n, err, d[1:])
			}
		}
		out[n] = d
	}
	return out, nil
}

// countStats say how many n-grams of one order there are, and how many with each count.
type countStats struct {
	all uint64
	n   [5]uint64
}

func (s *countStats) add(count uint64) {
	s.all++
	if count < 5 {
		s.n[count]++
	}
}

func (s *countStats) discount() (d discount, err error) {
	for j := 1; j < 4; j++ {
		if s.n[j] == 0 {
			return discount{}, fmt.Errorf("none has the adjusted count %d", j)
		}
	}
	y := float32(s.n[1]) / float32(float64(s.n[1])+2*float64(s.n[2]))
	for j := 1; j < 4; j++ {
		less := float32(float32(float32(j+1)*y)*float32(s.n[j+1])) / float32(s.n[j])
		d[j] = float32(j) - less
		if d[j] < 0 || d[j] > float32(j) {
			return discount{}, fmt.Errorf("that of the adjusted count %d would be %v", j, d[j])
		}
	}
	return d, nil
}

// log10 is the same on every processor: products are rounded before they are added, and
// so is the result, to the 32 bits that a model has.
func log10(x float32) float32 {
	if !(x > 0) {
		return float32(math.Inf(-1))
	}
	m, k := math.Frexp(float64(x))
	if m < math.Sqrt2/2 {
		m, k = m*2, k-1
	}
	s := (m - 1) / (m + 1)
	square, sum := float64(s*s), 0.0
	for n := 12; n >= 0; n-- {
		sum = 1/float64(2*n+1) + float64(square*sum)
	}
	return float32(float64(float64(2*s)*sum)/math.Ln10 + float64(float64(k)*(math.Ln2/math.Ln10)))
}
