package classify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// cookingLines are the tutorial's lines with their labels, all small, and as the
// tutorial parts them: 12,404 to train and 3,000 to test.
func cookingLines(t testing.TB, normal bool) (train, test []string) {
	t.Helper()
	b, err := os.ReadFile(shared(t, "data", "cooking-stackexchange", "cooking.stackexchange.txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if normal {
		for i, line := range lines {
			lines[i] = cookingNormal.Replace(strings.Map(asciiLower, line))
		}
	}
	return lines[:12404], lines[12404:]
}

func TestOracleCounts(t *testing.T) {
	train, _ := cookingLines(t, true)
	sum := sha256.Sum256([]byte(strings.Join(train, "\n") + "\n"))
	if hex.EncodeToString(sum[:]) != "7980819160037f36868178ac5e26f3fc16006f2163429e29996375d60640deb8" {
		t.Fatal("not the prepared file of the oracle")
	}
	want := readModel(t, shared(t, "oracles", "fasttext", "models", "ck-softmax.bin"))
	got := countWords(train, want.Args.MinCount, 0)
	if got.tokens != want.dict.tokens || got.nwords != want.dict.nwords || got.nlabels != want.dict.nlabels {
		t.Errorf("%d tokens, %d words, %d labels, want %d, %d, %d", got.tokens, got.nwords, got.nlabels, want.dict.tokens, want.dict.nwords, want.dict.nlabels)
	}
	for i, w := range want.dict.words {
		if e, _ := got.find(w, len(w)); e < 0 || got.counts[e] != want.dict.counts[i] || want.dict.counts[i] != got.counts[i] {
			t.Fatalf("%q: entry %d", w, e)
		}
	}
}

// Every loss learns, gives the same bytes for any number of threads, whether lines are
// kept or read again, and a model that reads back. The matrices are wide enough for the
// threads to share them, and no line is too short for it.
func TestTrainDeterministic(t *testing.T) {
	lines := toyLines()
	for _, loss := range []Loss{Softmax, HierarchicalSoftmax, NegativeSampling, OneVsAll} {
		for _, batch := range []int{1, 5} {
			var first []byte
			for _, threads := range []int{1, 2, 7} {
				for _, kept := range []int{0, 1 << 20} {
					o := DefaultTraining()
					o.Loss, o.Dim, o.Epochs, o.Rate, o.WordNgrams, o.Buckets, o.MinN, o.MaxN = loss, 197, 30, 0.5, 2, 1000, 2, 3
					o.Threads, o.Batch = threads, batch
					m, err := train(context.Background(), lines, o, limits{book: kept})
					if err != nil {
						t.Fatal(err)
					}
					b := m.Bytes()
					if first == nil {
						first = b
						checkLearned(t, b, lines)
					}
					if !bytes.Equal(b, first) {
						t.Errorf("%v, batches of %d, %d threads, %d features kept: another model", loss, batch, threads, kept)
					}
				}
			}
		}
	}
}

// Lines that stay in their order give the same bytes for any number of threads, and are
// learned in that order by threads that do not wait for each other, too: by one of them alone,
// which makes the same model.
func TestTrainInOrder(t *testing.T) {
	lines := toyLines()
	trained := func(threads, batch int, fast bool, lines []string) []byte {
		o := DefaultTraining()
		o.Dim, o.Epochs, o.Rate, o.InOrder = 197, 30, 0.5, true
		o.Threads, o.Batch, o.Fast = threads, batch, fast
		m, err := train(context.Background(), lines, o, limits{book: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		return m.Bytes()
	}
	for _, batch := range []int{1, 5} {
		first := trained(1, batch, false, lines)
		checkLearned(t, first, lines)
		if !bytes.Equal(first, trained(3, batch, false, lines)) {
			t.Errorf("batches of %d: three threads give another model", batch)
		}
	}
	first := trained(1, 1, false, lines)
	if !bytes.Equal(first, trained(1, 1, true, lines)) {
		t.Error("one fast thread gives another model")
	}
	checkLearned(t, trained(3, 1, true, lines), lines)
	back := slices.Clone(lines)
	slices.Reverse(back)
	if bytes.Equal(first, trained(1, 1, false, back)) {
		t.Error("the order of the lines changes nothing")
	}
}

// Lines sorted by class, in their order: the model has forgotten all but the last class.
// Shuffled it knows all.
func TestTrainInOrderForgets(t *testing.T) {
	var lines []string
	for i := range uint64(2000) {
		class := i / 500
		key := class
		if mix(i)%3 == 0 {
			key = mix(i, 1) % 4 // a word of another class, perhaps
		}
		lines = append(lines, fmt.Sprintf("%s%c key%d and the rest", LabelPrefix, 'a'+class, key))
	}
	o := DefaultTraining()
	o.Dim, o.Rate = 10, 1
	for _, c := range []struct {
		inOrder     bool
		least, most float64
	}{{false, 0.7, 1}, {true, 0, 0.3}} {
		o.InOrder = c.inOrder
		m, err := Train(context.Background(), lines, o)
		if err != nil {
			t.Fatal(err)
		}
		if p := precision(m, lines); p < c.least || p > c.most {
			t.Errorf("in order %v: precision %v, not %v to %v", c.inOrder, p, c.least, c.most)
		}
	}
}

func TestOrderOfLines(t *testing.T) {
	o := DefaultTraining()
	o.InOrder = true
	for epoch := range 3 {
		if got := o.order(5, epoch); !slices.Equal(got, []int32{0, 1, 2, 3, 4}) {
			t.Errorf("epoch %d: %v", epoch, got)
		}
	}
	o.InOrder = false
	if a, b := o.order(100, 0), o.order(100, 1); slices.Equal(a, b) || slices.IsSorted(a) {
		t.Error("not shuffled for each epoch")
	}
}

func checkLearned(t *testing.T, model []byte, lines []string) {
	t.Helper()
	m, err := Read(model)
	if err != nil {
		t.Fatal(err)
	}
	if r := precision(m, lines); r < 0.9 {
		t.Errorf("%v: precision %v on what it has seen", m, r)
	}
}

// Threads that do not wait for each other learn as well.
func TestTrainFast(t *testing.T) {
	lines := toyLines()
	for _, loss := range []Loss{Softmax, HierarchicalSoftmax, NegativeSampling, OneVsAll} {
		o := DefaultTraining()
		o.Loss, o.Dim, o.Epochs, o.Rate, o.Threads, o.Fast = loss, 50, 30, 0.5, 3, true
		m, err := Train(context.Background(), lines, o)
		if err != nil {
			t.Fatal(err)
		}
		checkLearned(t, m.Bytes(), lines)
	}
}

// A training whose steps are too long says so, whether its loss is still a number or
// not; one that has nothing to learn ends as any other does.
func TestTrainDiverges(t *testing.T) {
	for _, c := range []struct {
		loss     Loss
		rate     float64
		batch    int
		diverges string
	}{
		{Softmax, 1e30, 1, "the loss is no number"},
		{OneVsAll, 200, 5, "the loss is no number"},
		{HierarchicalSoftmax, 200, 1, "the loss is no number"},
		{NegativeSampling, 200, 5, "the loss is no number"},
		{NegativeSampling, 1, 1, "that of guessing 4.16"},
		{Softmax, 0.1, 1, ""},
		{OneVsAll, 0.1, 1, ""},
		{NegativeSampling, 0.1, 1, ""},
		{HierarchicalSoftmax, 0.1, 1, ""},
	} {
		o := DefaultTraining()
		o.Loss, o.Dim, o.Rate, o.Batch, o.Epochs = c.loss, 10, c.rate, c.batch, 200
		_, err := Train(context.Background(), noise(), o)
		if c.diverges == "" && err != nil || c.diverges != "" && (!errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), c.diverges)) {
			t.Errorf("%v, rate %v, batches of %d: %v", c.loss, c.rate, c.batch, err)
		}
	}
}

// noise has labels that no word tells.
func noise() (lines []string) {
	for i := range uint64(300) {
		lines = append(lines, fmt.Sprintf("%s%c the word%d of word%d", LabelPrefix, 'a'+mix(i)%4, mix(i, 1)%40, mix(i, 2)%40))
	}
	return lines
}

// toyLines are four classes told by one word each, among words that say nothing.
func toyLines() (lines []string) {
	fill := strings.Fields("the a of and pot cup oven table chair lamp door")
	for i := range 200 {
		words := []string{LabelPrefix + string(rune('a'+i%4)), "key" + string(rune('a'+i%4))}
		for j := range 3 + i%5 {
			words = append(words, fill[mix(uint64(i), uint64(j))%uint64(len(fill))])
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return lines
}

func TestTrainRefuses(t *testing.T) {
	o := DefaultTraining()
	if _, err := Train(context.Background(), []string{"no label here"}, o); err == nil || !strings.Contains(err.Error(), "no label in 1 lines") {
		t.Errorf("%v", err)
	}
	o.Rate = 0
	if _, err := Train(context.Background(), toyLines(), o); err == nil {
		t.Error("a rate of 0 is taken")
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Train(ctx, toyLines(), DefaultTraining()); err != context.Canceled {
		t.Errorf("%v", err)
	}
}

// The original program reads what the trainer and the quantiser write, and answers
// the same.
func TestOriginalReadsOurs(t *testing.T) {
	program, err := exec.LookPath("fasttext")
	if err != nil {
		t.Skip("needs fastText's own program")
	}
	lines := toyLines()
	questions := strings.Join(lines, "\n") + "\n"
	for i, b := range seedModels(t) {
		m, err := Read(b)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "model.bin")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(program, "predict-prob", file, "-", "1")
		cmd.Stdin = strings.NewReader(questions)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("model %d, %v: %v", i, m, err)
		}
		answers, p := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"), NewPredictor(m)
		if len(answers) != len(lines) {
			t.Fatalf("%d answers to %d lines", len(answers), len(lines))
		}
		for j, answer := range answers {
			var label string
			var want float64
			fmt.Sscan(answer, &label, &want)
			got := p.Predict(nil, lines[j], 1, 0)
			if math.Abs(float64(got[0].P)-want) > 1e-4 || LabelPrefix+m.Label(got[0].Label) != label && !p.ties(lines[j], got[0], label) {
				t.Errorf("model %d, %q: %v, the original says %s", i, lines[j], got, answer)
			}
		}
	}
}
