package lm

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tamis/spool"
)

// trained returns the ARPA text of a model of lines.
func trained(t testing.TB, lines []string, o TrainOptions) string {
	t.Helper()
	dir, err := spool.OpenDir(spool.OS{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o.Dir = dir
	tr, err := NewTrainer(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if err := tr.Sentence(line); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := tr.WriteARPA(&out); err != nil {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := dir.List(); err != nil || len(left) > 0 {
		t.Errorf("%v is left on the disk, %v", left, err)
	}
	return out.String()
}

// corpus is what lmplz was trained on.
func corpus(t testing.TB) []string {
	return strings.Split(strings.TrimSuffix(string(readTestFile(t, "corpus.txt.gz")), "\n"), "\n")
}

// The trainer writes the lines that lmplz wrote, in its order; the logarithms of 32 bits
// may differ in the last digit.
func TestTrainerIsLmplz(t *testing.T) {
	for _, o := range []TrainOptions{{Order: 2, Memory: 16 << 20}, {Order: 5, Memory: 16 << 20}, {Order: 5, Memory: 200 << 10}} {
		got := strings.Split(trained(t, corpus(t), o), "\n")
		file := map[int]string{2: "o2.arpa.gz", 5: "o5.arpa.zst"}[o.Order]
		want := strings.Split(string(readTestFile(t, file)), "\n")
		if len(got) != len(want) {
			t.Fatalf("order %d: %d lines, lmplz writes %d", o.Order, len(got), len(want))
		}
		same := 0
		for i := range got {
			if got[i] == want[i] {
				same++
			} else if err := near(got[i], want[i]); err != nil {
				t.Fatalf("order %d, line %d: %q, lmplz writes %q: %v", o.Order, i+1, got[i], want[i], err)
			}
		}
		t.Logf("order %d: %d of %d lines are the same to the last digit", o.Order, same, len(got))
	}
}

// near holds that two lines differ in the last digits of their numbers alone.
func near(got, want string) error {
	g, w := strings.Split(got, "\t"), strings.Split(want, "\t")
	if len(g) != len(w) || len(g) < 2 || g[1] != w[1] {
		return fmt.Errorf("other words")
	}
	for _, i := range []int{0, len(g) - 1} {
		x, err := strconv.ParseFloat(g[i], 64)
		y, err2 := strconv.ParseFloat(w[i], 64)
		if i != 1 && (err != nil || err2 != nil || math.Abs(x-y) > 3e-6*(math.Abs(y)+0.1)) {
			return fmt.Errorf("%v is not %v", x, y)
		}
	}
	return nil
}

// A small order, memory that forces everything to the disk and any number of passes give
// the same bytes.
func TestTrainerIgnoresMemory(t *testing.T) {
	lines := corpus(t)
	want := trained(t, lines, TrainOptions{Order: 3, Memory: 64 << 20})
	for _, memory := range []int64{64 << 10, 1 << 20} {
		if trained(t, lines, TrainOptions{Order: 3, Memory: memory}) != want {
			t.Errorf("%d bytes of memory change the model", memory)
		}
	}
}

// A slowTrainer has the textbook's formulas, with maps, in 64 bits.
type slowTrainer struct {
	order     int
	vocab     []string
	counts    map[int]map[string]float64 // adjusted, by order and n-gram
	discounts map[int][4]float64
}

func newSlowTrainer(lines []string, order int, fallback [3]float64) *slowTrainer {
	s := &slowTrainer{order: order, counts: map[int]map[string]float64{}, discounts: map[int][4]float64{}}
	raw := make([]map[string]float64, order+1)
	before := make([]map[string]map[string]bool, order+1)
	for n := range raw {
		raw[n], before[n] = map[string]float64{}, map[string]map[string]bool{}
	}
	words := map[string]bool{unkWord: true, eosWord: true}
	for _, line := range lines {
		w := append(append([]string{bosWord}, strings.Fields(line)...), eosWord)
		for i := 1; i < len(w); i++ {
			words[w[i]] = true
			for n := 1; n <= min(order, i+1); n++ {
				gram := strings.Join(w[i-n+1:i+1], " ")
				raw[n][gram]++
				if i-n >= 0 {
					if before[n][gram] == nil {
						before[n][gram] = map[string]bool{}
					}
					before[n][gram][w[i-n]] = true
				}
			}
		}
	}
	for n := 1; n <= order; n++ {
		s.counts[n] = map[string]float64{}
		seen := [5]float64{}
		for gram, c := range raw[n] {
			if n < order && !strings.HasPrefix(gram, bosWord+" ") {
				c = float64(len(before[n][gram]))
			}
			s.counts[n][gram] = c
			if c < 5 {
				seen[int(c)]++
			}
		}
		s.discounts[n] = slowDiscount(seen, fallback)
	}
	for w := range words {
		s.vocab = append(s.vocab, w)
	}
	slices.Sort(s.vocab)
	return s
}

func slowDiscount(n [5]float64, fallback [3]float64) (d [4]float64) {
	for j := 1; j <= 3; j++ {
		d[j] = float64(j) - float64(j+1)*n[1]/(n[1]+2*n[2])*n[j+1]/n[j]
		if n[j] == 0 || d[j] < 0 || d[j] > float64(j) {
			return [4]float64{0, fallback[0], fallback[1], fallback[2]}
		}
	}
	return d
}

// prob is the interpolated probability of a word behind a context of any length.
func (s *slowTrainer) prob(context []string, word string) float64 {
	n := len(context) + 1
	lower := 1 / float64(len(s.vocab))
	if n > 1 {
		lower = s.prob(context[1:], word)
	}
	prefix := strings.Join(context, " ")
	if n > 1 {
		prefix += " "
	}
	sum, left, own := 0.0, 0.0, 0.0
	for _, w := range s.vocab {
		if c := s.counts[n][prefix+w]; c > 0 {
			d := s.discounts[n][int(min(c, 3))]
			sum, left = sum+c, left+d
			if w == word {
				own = c - d
			}
		}
	}
	if sum == 0 {
		return lower
	}
	return own/sum + left/sum*lower
}

// contexts returns all contexts that a model of these lines can meet, and some that it
// has not seen.
func contexts(lines []string, order int) [][]string {
	out := [][]string{{}, {bosWord}, {unkWord}, {"unseen"}}
	for _, line := range lines {
		w := append([]string{bosWord}, strings.Fields(line)...)
		for i := range w {
			for n := 1; n < order && n <= i+1; n++ {
				out = append(out, w[i-n+1:i+1])
			}
		}
	}
	return out
}

// What the model says is what the formulas say, and the probabilities of all words
// behind any context sum to 1.
func TestTrainerIsTheTextbooks(t *testing.T) {
	lines := append(corpus(t)[:40], "a b a b a", "a b", "", "b a a", "a b")
	fallback := [3]float32{0.5, 1, 1.5}
	for order := 2; order <= MostTrained; order++ {
		arpa := trained(t, lines, TrainOptions{Order: order, Memory: 1 << 20, Fallback: &fallback})
		book := newTextbook(arpa)
		slow := newSlowTrainer(lines, order, [3]float64{0.5, 1, 1.5})
		for i, context := range contexts(lines, order) {
			if i%(order*order) != 0 && i > 4 {
				continue
			}
			sum := 0.0
			for j, word := range slow.vocab {
				p := math.Pow(10, book.log10(context, word))
				sum += p
				if (i+j)%17 == 0 {
					if want := slow.prob(context, word); math.Abs(p-want) > 1e-5*want {
						t.Fatalf("order %d: %v, the formulas say %v of %q behind %q", order, p, want, word, context)
					}
				}
			}
			if math.Abs(sum-1) > 1e-5 {
				t.Fatalf("order %d: behind %q the probabilities sum to %v", order, context, sum)
			}
		}
	}
}

func TestTrainerRefuses(t *testing.T) {
	for _, order := range []int{-1, 0, 1, 6} {
		if _, err := NewTrainer(TrainOptions{Order: order}); err == nil {
			t.Errorf("order %d", order)
		}
	}
	dir, err := spool.OpenDir(spool.OS{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	tr, err := NewTrainer(TrainOptions{Order: 2, Memory: 1 << 20, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	for range 3 {
		if err := tr.Sentence("a b c"); err != nil {
			t.Fatal(err)
		}
	}
	const want = "discounts of 1-grams: none has the adjusted count 2; the text may be too small, artificial or full of copies"
	if err := tr.WriteARPA(&bytes.Buffer{}); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// Words that look like marks are left out, and said.
func TestTrainerLeavesMarksOut(t *testing.T) {
	fallback := [3]float32{0.5, 1, 1.5}
	var said []string
	o := TrainOptions{Order: 2, Memory: 1 << 20, Fallback: &fallback, Say: func(f string, a ...any) { said = append(said, fmt.Sprintf(f, a...)) }}
	with := trained(t, []string{"<s> a <unk> b </s>", "b\x00a"}, o)
	if !slices.Contains(said, "3 words <s>, </s> or <unk> of the text are taken for white space") {
		t.Errorf("%q", said)
	}
	if without := trained(t, []string{"a b", "b a"}, o); with != without {
		t.Error("marks change the model")
	}
	if _, err := Read(strings.NewReader(with)); err != nil {
		t.Error(err)
	}
}
