package filters

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tamis/step"
	"tamis/text"
)

// drawnTexts draws texts of few words, frequent ones and rare ones.
func drawnTexts(seed uint64, n int) (texts []string) {
	random := rand.New(rand.NewPCG(seed, 5))
	for range n {
		var words []string
		for range 1 + random.IntN(60) {
			words = append(words, fmt.Sprintf("Word%d", int(40*random.Float64()*random.Float64()*random.Float64())))
		}
		texts = append(texts, strings.Join(words, " "))
	}
	return texts
}

func tableOf(t testing.TB, texts []string, most int, outliers float64) (*wordTable, []byte) {
	t.Helper()
	c := NewWordCounter(text.Whitespace, most)
	for _, s := range texts {
		c.Add(s)
	}
	for _, s := range texts {
		c.Measure(s)
	}
	var b bytes.Buffer
	if err := c.Write(&b, outliers); err != nil {
		t.Fatal(err)
	}
	table, err := readWordTable(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return table, b.Bytes()
}

// divergenceSlow is the definition over maps: the words of the corpus beyond the most
// frequent ones, and one more, are the word "".
func divergenceSlow(corpus []string, most int, s string) float64 {
	q, all := map[string]float64{}, 0.0
	for _, c := range corpus {
		for w := range strings.FieldsSeq(strings.ToLower(c)) {
			q[w]++
			all++
		}
	}
	var names []string
	for w := range q {
		names = append(names, w)
	}
	slices.SortFunc(names, func(a, b string) int {
		if q[a] != q[b] {
			return int(q[b] - q[a])
		}
		return strings.Compare(a, b)
	})
	rest := 1.0
	for _, w := range names[min(most, len(names)):] {
		rest += q[w]
		delete(q, w)
	}
	q[""] = rest
	p, words := map[string]float64{}, strings.Fields(strings.ToLower(s))
	for _, w := range words {
		if q[w] == 0 {
			w = ""
		}
		p[w]++
	}
	sum := 0.0
	for w, n := range p {
		share := n / float64(len(words))
		sum += share * math.Log(share/(q[w]/(all+1)))
	}
	return sum
}

func TestDivergence(t *testing.T) {
	corpus := drawnTexts(1, 50)
	for _, most := range []int{1000, 7} {
		table, _ := tableOf(t, corpus, most, 0.1)
		var c wordCounts
		var low lowerView
		for _, s := range append(drawnTexts(2, 50), "unseen", "unseen words alone", corpus[0]) {
			got, want := c.divergence(low.of(s, text.Whitespace).Words(), table), divergenceSlow(corpus, most, s)
			if math.Abs(got-want) > 1e-12 || got < -1e-12 {
				t.Fatalf("%d words kept, %q: %v, want %v", most, s, got, want)
			}
		}
	}
}

// Of the texts that were measured no more lie beyond the bound of their length than were
// allowed to, and with a narrower bound more would.
func TestDivergenceBounds(t *testing.T) {
	corpus := drawnTexts(3, 2000)
	const outliers = 0.05
	table, _ := tableOf(t, corpus, 1000, outliers)
	var c wordCounts
	var low lowerView
	var texts, beyond, near [lengthBuckets]int
	for _, s := range corpus {
		words := low.of(s, text.Whitespace).Words()
		i := lengthBucket(len(words))
		d := c.divergence(words, table)
		texts[i]++
		if d > table.bounds[i] {
			beyond[i]++
		}
		if d > table.bounds[i]-0.01 {
			near[i]++
		}
	}
	for i, bound := range table.bounds {
		allowed := int(float64(texts[i]) * outliers)
		if (bound == 0) != (allowed == 0) {
			t.Errorf("%d texts of bucket %d have the bound %v", texts[i], i, bound)
		}
		if bound > 0 && (beyond[i] > allowed || near[i] <= allowed) {
			t.Errorf("bucket %d: %d of %d texts lie beyond %v, and %d beyond a bound lower by 0.01; %d may", i, beyond[i], texts[i], bound, near[i], allowed)
		}
	}
}

// A changed byte and an early end are noticed.
func TestWordCountsFile(t *testing.T) {
	_, file := tableOf(t, drawnTexts(4, 20), 10, 0.1)
	_, again := tableOf(t, drawnTexts(4, 20), 10, 0.1)
	if !bytes.Equal(file, again) {
		t.Error("the same texts give another file")
	}
	for i := range file {
		changed := bytes.Clone(file)
		changed[i] ^= 0x10
		for _, damaged := range [][]byte{file[:i], changed} {
			if _, err := readWordTable(damaged); err == nil {
				t.Fatalf("damage at byte %d is not noticed", i)
			}
		}
	}
}

func TestReferenceOfOtherWords(t *testing.T) {
	_, file := tableOf(t, []string{"a b c"}, 10, 0)
	env := step.Env{Splitter: text.Unicode, Open: opener(map[string]string{"r.count": string(file)})}
	_, err := (&unigramSettings{Reference: "r.count"}).Build(&env)
	if err == nil || !strings.Contains(err.Error(), "counts words of splitter: whitespace, the step has those of unicode") {
		t.Error(err)
	}
}

// When words are forgotten for want of room, the frequent ones keep their counts.
func TestWordCounterForgets(t *testing.T) {
	c := NewWordCounter(text.Whitespace, 2)
	for i := range 2000 {
		c.Add(fmt.Sprintf("often often also%d seldom%d", i%2, i))
	}
	all, different := c.Words()
	if all != 8000 || different != 2003 {
		t.Errorf("%d words, %d different, want 8000 and 2003", all, different)
	}
	if len(c.counts) > 16 {
		t.Errorf("%d words are held for a table of 2", len(c.counts))
	}
	if kept := c.kept(); !slices.Equal(kept, []string{"also0", "often"}) || *c.counts["often"] != 4000 || *c.counts["also0"] != 1000 {
		t.Errorf("kept %v", kept)
	}
}

func FuzzWordCounts(f *testing.F) {
	_, file := tableOf(f, drawnTexts(4, 20), 10, 0.1)
	f.Add(file[len(wordCountsMagic) : len(file)-4])
	f.Fuzz(func(t *testing.T, body []byte) {
		table, err := readWordTable(withChecksum(append([]byte(wordCountsMagic), body...)))
		if err == nil && (table.kept > table.words || len(table.hashes) > 16+8*len(body)) {
			t.Errorf("%d of %d words, %d slots of %d bytes", table.kept, table.words, len(table.hashes), len(body))
		}
	})
}

// llamaLinesSlow returns the lines that stay: those whose characters of words lie in
// repeated n-grams to less than the coverage.
func llamaLinesSlow(s *llama3Settings, doc string) string {
	count := map[string]int{}
	grams := func(words []string, f func(i int, gram string)) {
		for i := 0; i+s.Ngram <= len(words); i++ {
			f(i, strings.Join(words[i:i+s.Ngram], "\x00"))
		}
	}
	for line := range strings.SplitSeq(doc, "\n") {
		grams(strings.Fields(line), func(_ int, g string) { count[g]++ })
	}
	var stay []string
	for line := range strings.SplitSeq(doc, "\n") {
		words := strings.Fields(line)
		in := make([]bool, len(words))
		grams(words, func(i int, g string) {
			for k := range s.Ngram {
				in[i+k] = in[i+k] || count[g] >= s.Copies
			}
		})
		all, covered := 0, 0
		for i, w := range words {
			all += len([]rune(w))
			if in[i] {
				covered += len([]rune(w))
			}
		}
		if all == 0 || float64(covered) < s.Coverage*float64(all) {
			stay = append(stay, line)
		}
	}
	return strings.Join(stay, "\n")
}

func TestLlama3Lines(t *testing.T) {
	s := Llama3.New().(*llama3Settings)
	s.Ngram, s.Copies, s.Coverage, s.DirtyLanguages = 2, 2, 0.6, nil
	h := newHarness(t, &Llama3, s, step.Env{Splitter: text.Whitespace})
	random := rand.New(rand.NewPCG(9, 9))
	dropped := 0
	for range 3000 {
		var lines []string
		for range random.IntN(8) {
			var words []string
			for range random.IntN(6) {
				words = append(words, strings.Repeat("é", 1+random.IntN(3)))
			}
			lines = append(lines, strings.Join(words, " "))
		}
		doc := strings.Join(lines, "\n")
		h.doc.SetText(doc)
		h.doc.View().Use(text.Whitespace)
		h.meter.Reset(Llama3.Rules, h.vals, nil)
		h.step.Judge(&h.doc, &h.meter)
		h.doc.Rewrite(h.meter.Edits)
		want := llamaLinesSlow(s, doc)
		if h.doc.Text() != want {
			t.Fatalf("%q becomes %q, want %q", doc, h.doc.Text(), want)
		}
		dropped += int(h.vals[llamaLines])
	}
	if dropped < 1000 {
		t.Errorf("only %d lines were dropped: the test shows little", dropped)
	}
}
