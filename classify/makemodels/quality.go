package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/zeebo/xxh3"

	"tamis/classify"
)

// A group is one kind of text with its share of its class in training.
type group struct {
	name  string
	good  bool
	share float64
	texts []text
}

// qualityGroups reads what the quality model learns from.
func qualityGroups(data string) ([]group, error) {
	var problem error
	read := func(parts ...string) []record {
		r, err := readRecords(append([]string{data}, parts...)...)
		if err != nil && problem == nil {
			problem = err
		}
		return r
	}
	wiki := group{name: "wikipedia-passages", good: true, share: 0.5}
	for _, r := range read("wikipedia-passages", "passages.jsonl.zst") {
		wiki.texts = append(wiki.texts, text{family: r.Title, body: r.Text})
	}
	high := group{name: "fineweb-legal, score 3 to 5", good: true, share: 0.35}
	low := group{name: "fineweb-legal, score 0 and 1", share: 0.3}
	for _, r := range read("fineweb-legal", "docs.jsonl.zst") {
		switch t := (text{family: host(r.URL), body: r.Text, score: r.Score}); {
		case r.Score >= 3:
			high.texts = append(high.texts, t)
		case r.Score <= 1:
			low.texts = append(low.texts, t)
		}
	}
	news := group{name: "onestop-english", good: true, share: 0.15}
	for _, r := range read("onestop-english", "docs.jsonl.zst") {
		news.texts = append(news.texts, text{family: fmt.Sprint(r.Family), body: r.Text})
	}
	raw := group{name: "web-pages-raw, English", share: 0.35}
	for _, r := range read("web-pages-raw", "pages.jsonl.zst") {
		if english(r) {
			raw.texts = append(raw.texts, text{family: host(r.URL), body: r.Text})
		}
	}
	c4 := group{name: "c4-en-sample", share: 0.35}
	for _, file := range []string{"c4.jsonl.zst", "c4-truncated.jsonl.zst"} {
		for _, r := range read("c4-en-sample", file) {
			family := host(r.URL)
			if family == "" {
				family = r.ID
			}
			c4.texts = append(c4.texts, text{family: family, body: r.Text})
		}
	}
	return []group{wiki, high, news, raw, c4, low}, problem
}

// english reports whether a page is English by its commonest words; the language
// that pages declare is missing from one in five.
func english(r record) bool {
	words := strings.Fields(strings.ToLower(r.Text))
	n := 0
	for _, w := range words {
		switch w {
		case "the", "and", "of", "to", "a", "in", "for", "is", "on", "with", "you", "this", "by", "your", "or":
			n++
		}
	}
	return n*8 > len(words)
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

// chunks cuts a text into pieces of 20 to 200 words, so that the length of a text
// says nothing of its class.
func chunks(t text) (out []string) {
	words := strings.Fields(classify.PlainText(t.body))
	for i := uint64(0); len(words) > 0; i++ {
		n := 20 + int(xxh3.HashStringSeed(t.body, i)%181)
		if len(words) < n+20 {
			n = len(words)
		}
		if n >= 20 || i == 0 {
			out = append(out, strings.Join(words[:n], " "))
		}
		words = words[n:]
	}
	return out
}

// examples is how many chunks each class has in training.
const examples = 60_000

// trainingLines draws chunks of each group to its share, each text's in turn.
func trainingLines(groups []group) (lines []string) {
	for _, g := range groups {
		label := "__label__cc "
		if g.good {
			label = "__label__hq "
		}
		var pool []string
		for _, t := range g.texts {
			if side(t.family) == trained {
				pool = append(pool, chunks(t)...)
			}
		}
		slices.SortFunc(pool, func(a, b string) int {
			ha, hb := xxh3.HashString(a), xxh3.HashString(b)
			if ha != hb {
				if ha < hb {
					return -1
				}
				return 1
			}
			return strings.Compare(a, b)
		})
		for i := range int(g.share * examples) {
			lines = append(lines, label+pool[i%len(pool)])
		}
	}
	return lines
}

// rare is in how many chunks a word or a pair of words must stand to say something.
const rare = 10

func makeQuality(ctx context.Context, data string) ([][]byte, error) {
	groups, err := qualityGroups(data)
	if err != nil {
		return nil, err
	}
	lines := trainingLines(groups)
	o := classify.DefaultTraining()
	o.Dim, o.Epochs, o.Rate, o.WordNgrams, o.Buckets, o.MinCount, o.Batch, o.Threads = 4, 3, 0.3, 2, 1_000_000, 10, 8, 2
	o.Seed = 1
	m, err := classify.Train(ctx, lines, o)
	if err != nil {
		return nil, err
	}
	slices.Sort(lines)
	if m, err = classify.Forget(m, slices.Compact(lines), rare); err != nil {
		return nil, err
	}
	if i, _ := m.LabelIndex("hq"); i != 1 {
		return nil, fmt.Errorf("hq is label %d, not the second one", i)
	}
	scale, shift := calibrate(groups, m)
	fmt.Printf("calibrated: logit %.3g times the model's, plus %.3g\n", scale, shift)
	narrow, err := classify.Narrow(m, scale, shift)
	if err != nil {
		return nil, err
	}
	small, err := classify.Quantise(narrow, classify.QuantiseOptions{Width: 1})
	if err != nil {
		return nil, err
	}
	reportQuality(groups, small)
	return one(packed(small.Bytes()))
}

// badWeight is how many bad documents there are in the web for a good one, as far as
// the score is concerned: one in which the model knows nothing scores below 0.5.
const badWeight = 2

// calibrate fits scale and shift of the logit by logistic regression on documents
// kept apart for it. Both are rounded, so that the last
// bits of a library's logarithm do not reach the model.
func calibrate(groups []group, m *classify.Model) (scale, shift float32) {
	s := classify.NewClassifier(m).Scorer()
	hq, _ := m.LabelIndex("hq")
	var x, y, w []float64
	for _, g := range groups {
		from := len(x)
		for _, t := range g.texts {
			if side(t.family) == calibrated {
				p := min(max(s.Score(classify.PlainText(t.body), hq), 1e-6), 1-1e-6)
				x, y = append(x, math.Log(p/(1-p))), append(y, 0)
				if g.good {
					y[len(y)-1] = 1
				}
			}
		}
		weight := g.share / float64(len(x)-from)
		if !g.good {
			weight *= badWeight
		}
		for range len(x) - from {
			w = append(w, weight)
		}
	}
	a, b := 1.0, 0.0
	for range 5000 {
		da, db := 0.0, 0.0
		for i := range x {
			far := w[i] * (y[i] - 1/(1+math.Exp(-(a*x[i]+b))))
			da, db = da+far*x[i], db+far
		}
		a, b = a+0.02*da, b+0.2*db
	}
	return float32(math.Round(a*100) / 100), float32(math.Round(b*100) / 100)
}

// reportQuality prints how the model parts documents that training never saw, at the
// same length, and what its score goes with.
func reportQuality(groups []group, m *classify.Model) {
	s := classify.NewClassifier(m).Scorer()
	hq, _ := m.LabelIndex("hq")
	for _, length := range []int{50, 100, 300} {
		scores := map[string][]float64{}
		for _, g := range groups {
			for _, t := range g.texts {
				words := strings.Fields(classify.PlainText(t.body))
				if side(t.family) == tested && len(words) >= length/2 {
					scores[g.name] = append(scores[g.name], s.Score(strings.Join(words[:min(len(words), length)], " "), hq))
				}
			}
			sorted := slices.Sorted(slices.Values(scores[g.name]))
			fmt.Printf("%3d words  %-30s %5d held out, deciles of the score:", length, g.name, len(sorted))
			for d := range 9 {
				fmt.Printf(" %.2f", sorted[(d+1)*len(sorted)/10])
			}
			fmt.Printf("; at least 0.3: %.3f, 0.5: %.3f\n", above(sorted, 0.3), above(sorted, 0.5))
		}
		for _, good := range groups[:3] {
			for _, bad := range groups[3:] {
				fmt.Printf("%3d words  AUC %-30s %-30s %.4f\n", length, good.name, bad.name, classify.AUC(scores[good.name], scores[bad.name]))
			}
		}
	}
	reportForm(groups, s, hq)
}

// above returns the share of sorted scores that are at least bound.
func above(sorted []float64, bound float64) float64 {
	i, _ := slices.BinarySearch(sorted, bound)
	return 1 - float64(i)/float64(len(sorted))
}

// reportForm prints the rank correlation of the score of whole held-out documents with
// what says nothing of their content, over all groups and within each.
func reportForm(groups []group, s *classify.Scorer, hq int) {
	forms := []struct {
		name    string
		measure func(string) float64
	}{
		{"length in words", func(t string) float64 { return float64(len(strings.Fields(t))) }},
		{"words per line", func(t string) float64 { return float64(len(strings.Fields(t))) / float64(1+strings.Count(t, "\n")) }},
		{"mean word length", func(t string) float64 { return float64(len(t)) / float64(1+len(strings.Fields(t))) }},
		{"share of punctuation", share(unicode.IsPunct)},
		{"share of digits", share(unicode.IsDigit)},
		{"share of capitals", share(unicode.IsUpper)},
	}
	all := group{name: "all"}
	for _, g := range groups {
		all.texts = append(all.texts, g.texts...)
	}
	for _, g := range append([]group{all}, groups...) {
		var score []float64
		values := make([][]float64, len(forms))
		for _, t := range g.texts {
			if side(t.family) != tested {
				continue
			}
			score = append(score, s.Score(classify.PlainText(t.body), hq))
			for i, f := range forms {
				values[i] = append(values[i], f.measure(t.body))
			}
		}
		fmt.Printf("rank correlation, %-30s", g.name)
		for i, f := range forms {
			fmt.Printf("  %s %+.2f", f.name, rankCorrelation(score, values[i]))
		}
		fmt.Println()
	}
}

func share(is func(rune) bool) func(string) float64 {
	return func(t string) float64 {
		n, all := 0, 0
		for _, r := range t {
			all++
			if is(r) {
				n++
			}
		}
		return float64(n) / float64(max(all, 1))
	}
}

// rankCorrelation is Spearman's, with mean ranks for ties.
func rankCorrelation(a, b []float64) float64 {
	x, y, n := ranks(a), ranks(b), float64(len(a))
	sxy, sxx, syy := 0.0, 0.0, 0.0
	for i := range x {
		dx, dy := x[i]-(n-1)/2, y[i]-(n-1)/2
		sxy, sxx, syy = sxy+dx*dy, sxx+dx*dx, syy+dy*dy
	}
	return sxy / math.Sqrt(sxx*syy)
}

func ranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(v[a], v[b]) })
	out := make([]float64, len(v))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && v[order[j]] == v[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			out[order[k]] = float64(i+j-1) / 2
		}
		i = j
	}
	return out
}
