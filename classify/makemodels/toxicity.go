package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"tamis/classify"
	"tamis/filters"
)

// toxicityLines is how many lines of each kind the toxicity model learns from. What
// is rarer than that is repeated.
var toxicityLines = map[string]int{
	"tweets, abuse": 24_000, "tweets, clean": 12_000,
	"sentences, abuse": 18_000, "sentences, clean": 24_000, "comments": 8_000,
	"wikipedia-passages": 10_000, "c4-en-sample": 14_000, "fineweb-legal": 10_000, "web-pages-raw": 14_000, "onestop-english": 2_000, "udhr": 2_000,
}

// rareToxic is in how many different lines a word or a pair must stand to count.
const rareToxic = 4

func makeToxicity(ctx context.Context, data string) ([][]byte, error) {
	texts, err := toxicityTexts(data)
	if err != nil {
		return nil, err
	}
	lines := toxicityExamples(texts)
	o := classify.DefaultTraining()
	o.Loss, o.Dim, o.Epochs, o.Rate, o.WordNgrams, o.Buckets, o.MinCount, o.Batch, o.Threads = classify.OneVsAll, 8, 2, 0.2, 2, 1_000_000, 6, 8, 2
	o.Seed = 1
	m, err := classify.Train(ctx, lines, o)
	if err != nil {
		return nil, err
	}
	slices.Sort(lines)
	if m, err = classify.Forget(m, slices.Compact(lines), rareToxic); err != nil {
		return nil, err
	}
	if m, err = classify.Project(m, classify.ToxicityClasses[:]...); err != nil {
		return nil, err
	}
	if m, err = classify.Quantise(m, classify.QuantiseOptions{Width: 1}); err != nil {
		return nil, err
	}
	weights := weighToxicity(texts, m)
	settings, err := json.MarshalIndent(weights, "", "  ")
	if err != nil {
		return nil, err
	}
	model, err := packed(m.Bytes())
	return [][]byte{model, append(settings, '\n')}, err
}

// toxicityExamples writes the lines of training, each kind in the order of its hashes.
func toxicityExamples(texts []rated) (lines []string) {
	pools := map[string][]string{}
	for _, t := range texts {
		if t.side != trained || t.sexual == unknown || t.abuse == unknown {
			continue
		}
		line := ""
		for i, is := range []rating{t.sexual, t.abuse} {
			if is == yes {
				line += classify.LabelPrefix + classify.ToxicityClasses[i] + " "
			}
		}
		if line == "" {
			line = classify.LabelPrefix + "clean "
		}
		pools[t.kind] = append(pools[t.kind], line+classify.PlainText(strings.ReplaceAll(t.body, "\n", " ")))
	}
	kinds := make([]string, 0, len(pools))
	for kind := range pools {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		pool := pools[kind]
		slices.SortFunc(pool, func(a, b string) int {
			return cmp.Or(cmp.Compare(xxh3.HashString(a), xxh3.HashString(b)), strings.Compare(a, b))
		})
		for i := range toxicityLines[kind] {
			lines = append(lines, pool[i%len(pool)])
		}
		fmt.Printf("%-20s %6d different lines, %6d in training\n", kind, len(pool), toxicityLines[kind])
	}
	return lines
}

// A rated text is a stretch of text with what is known of it.
type rated struct {
	kind          string
	body          string
	side          part
	sexual, abuse rating
	read          rating // sexual, where nothing but the lexicon says it: by hand
	found         filters.Found
}

// A rating says whether a text is of a class.
type rating int8

const (
	no rating = iota
	yes
	unknown
)

// toxicityTexts reads all texts. The class sexual is what the lexicon makes of a text:
// a weight of 3 and more in a tweet or a comment, none where it finds nothing, and
// unknown in between.
func toxicityTexts(data string) ([]rated, error) {
	lexicon, err := filters.NewLexiconReader()
	if err != nil {
		return nil, err
	}
	var all []rated
	for _, read := range []func(string) ([]rated, error){tweets, comments, cleanTexts} {
		texts, err := read(data)
		if err != nil {
			return nil, err
		}
		all = append(all, texts...)
	}
	for i := range all {
		t := &all[i]
		t.found = lexicon.Read(t.body)
		if t.sexual == unknown {
			t.sexual = weak(t.found)
		}
		if t.read == unknown && t.found[0] == 0 {
			t.read = no
		}
	}
	return all, nil
}

// weak is the class sexual by the lexicon alone. Texts that train are short: a weight
// of 30 per 1,000 words is one term of weight 3 in at most 100 words.
func weak(found filters.Found) rating {
	switch w := found[0]; {
	case w == 0:
		return no
	case w >= 30:
		return yes
	}
	return unknown
}
