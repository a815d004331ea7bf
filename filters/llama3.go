package filters

import (
	"fmt"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// Llama3 drops lines of repeated n-grams, and pages of dirty words or of odd ones.
var Llama3 = step.Spec{
	Name: "llama3",
	Doc: "Drops lines that repeated n-grams cover, such as those of logs and error messages, and removes pages with many dirty words and pages whose words are distributed unlike those of a corpus. " +
		"The paper names these three and prints no numbers: all bounds are ours. Dirty words are counted as `nsfw` counts its density, by its lexicon or by lists. The corpus is what `tamis count` has counted; " +
		"since short texts diverge more, the file has a bound for each length, which few texts of the corpus exceed. Without a reference the divergence is 0 and removes nothing. " +
		"The paper's lines seen more than six times in 30 million documents are the step `lines`. N-grams are counted within a text, and none reaches over the end of a line.",
	Source: "Grattafiori et al. 2024, arXiv:2407.21783, section 3.1.1, heuristic filtering; the bounds: ours",
	Rules: []step.Rule{
		llamaLines:   editRule("covered_lines", "lines", "Lines dropped because repeated n-grams cover them."),
		llamaCovered: maxShare("covered_words", "share of characters", step.NoMax, "Characters of words in those lines, among all of words.", nil),
		llamaDirty:   maxRule("dirty_words", "terms per 1,000 words", 20, "Terms of the lexicon and of the lists; a text has at least 100 words for this."),
		llamaDivergence: {Name: "divergence", Unit: "nats", Min: step.NoMin, Max: step.NoMax, Scale: step.Linear,
			Doc: "Kullback-Leibler divergence of the distribution of words from that of the reference."},
		llamaExcess: {Name: "divergence_excess", Unit: "nats", Min: step.NoMin, Max: 0, Scale: step.Linear,
			Doc: "The divergence above the reference's bound for texts of that length; 0 where it has none."},
	},
	New: func() step.Settings {
		return &llama3Settings{Ngram: 8, Copies: 3, Coverage: 0.8, DirtyLanguages: append([]string(nil), lexiconLanguages...)}
	},
}

// The rules of llama3 by index.
const (
	llamaLines = iota
	llamaCovered
	llamaDirty
	llamaDivergence
	llamaExcess
)

type llama3Settings struct {
	Ngram          int      `yaml:"ngram" doc:"words of an n-gram"`
	Copies         int      `yaml:"copies" doc:"times that an n-gram occurs in the text to be a repeated one"`
	Coverage       float64  `yaml:"coverage" doc:"share of a line's characters of words, from which on repeated n-grams cover it"`
	DirtyLanguages []string `yaml:"dirty_languages" doc:"languages of the program's own lexicon; an empty list leaves it out"`
	DirtyLists     []string `yaml:"dirty_lists" doc:"files of further dirty words, one in a line, or folders as LDNOOBW has them"`
	Reference      string   `yaml:"reference" doc:"path of a file of word counts, which tamis count writes; empty for none"`
}

// Build reads the lists and the reference.
func (s *llama3Settings) Build(env *step.Env) (any, error) {
	switch {
	case s.Ngram < 1:
		return nil, &step.Fault{Key: "ngram", Err: fmt.Errorf("%d words: 1 and more are possible", s.Ngram)}
	case s.Copies < 2:
		return nil, &step.Fault{Key: "copies", Err: fmt.Errorf("%d times is no repetition: 2 and more are", s.Copies)}
	case !(s.Coverage > 0 && s.Coverage <= 1):
		return nil, &step.Fault{Key: "coverage", Err: fmt.Errorf("%v is no share of a line: more than 0 and at most 1 are", s.Coverage)}
	}
	l := &llama3{llama3Settings: *s}
	if len(s.DirtyLanguages)+len(s.DirtyLists) > 0 {
		dirty, err := (&nsfwSettings{Languages: s.DirtyLanguages, Lists: s.DirtyLists, ListClass: "sexual", ListWeight: 3}).Build(env)
		if err != nil {
			return nil, &step.Fault{Key: "dirty_lists", Err: err}
		}
		l.dirty = dirty.(*nsfw)
	}
	if s.Reference != "" {
		t, err := openWordTable(env, s.Reference)
		if err != nil {
			return nil, &step.Fault{Key: "reference", Err: err}
		}
		l.table = t
	}
	return l.Fork(), nil
}

// llama3 is the step in one worker.
type llama3 struct {
	llama3Settings
	dirty *nsfw      // nil without dirty words
	table *wordTable // nil without a reference
	lower lowerView
	doc   wordCounts

	grams  []uint64 // keys of the n-grams, in order
	spans  []gramSpan
	counts gramCounts
}

// Fork returns the same step for another worker.
func (l *llama3) Fork() step.Local {
	fork := &llama3{llama3Settings: l.llama3Settings, table: l.table}
	if l.dirty != nil {
		fork.dirty = newNSFW(l.dirty.lexicon)
	}
	return fork
}

// Judge drops lines, then judges the page.
func (l *llama3) Judge(d *document.Document, m *step.Meter) step.Verdict {
	m.Hold(llamaLines, 0)
	covered := 0.0
	if !m.Rules[llamaLines].Off {
		covered = l.dropLines(d.View(), m)
	}
	if !m.Hold(llamaCovered, covered) || !m.Hold(llamaDirty, l.dirtyWords(d)) {
		return m.Verdict()
	}
	divergence, excess := l.diverge(d)
	if m.Hold(llamaDivergence, divergence) {
		m.Hold(llamaExcess, excess)
	}
	return m.Verdict()
}

// dirtyWords returns the density of dirty words.
func (l *llama3) dirtyWords(d *document.Document) float64 {
	if l.dirty == nil {
		return 0
	}
	n := l.dirty
	n.text = d.Text()
	defer func() { n.text = "" }()
	n.search()
	if len(n.hits) == 0 {
		return 0
	}
	n.drop(nil)
	s := n.score(d)
	return s.values[nsfwDensity]
}

// diverge returns the divergence, and by how much it is above the bound.
func (l *llama3) diverge(d *document.Document) (divergence, excess float64) {
	if l.table == nil {
		return 0, 0
	}
	words := l.lower.of(d.Text(), l.table.splitter).Words()
	divergence = l.doc.divergence(words, l.table)
	if bound := l.table.bounds[lengthBucket(len(words))]; bound > 0 {
		excess = divergence - bound
	}
	return divergence, excess
}

// A gramSpan is a line as the n-grams see it: its words, and its first n-gram.
type gramSpan struct{ words, end, grams int }

// dropLines drops the lines that repeated n-grams cover, and returns the share of
// characters of words in them.
func (l *llama3) dropLines(v *text.View, m *step.Meter) float64 {
	lines := v.SplitLines()
	l.findGrams(v, lines)
	words, all, gone, kept := v.Words(), 0, 0, false
	for i := range lines {
		runes, covered := l.cover(words, l.spans[i])
		all += runes
		if runes == 0 || float64(covered) < l.Coverage*float64(runes) {
			kept = true
			continue
		}
		gone += runes
		dropLine(m, llamaLines, lines, i, kept, len(v.Text()))
	}
	return step.Ratio(gone, all)
}

// dropLine asks for the cut of line i with one line end: the one before it where a
// line stays before, the one behind it otherwise.
func dropLine(m *step.Meter, rule int, lines []text.Span, i int, kept bool, end int) {
	switch {
	case kept:
		m.Edit(rule, int(lines[i-1].End), int(lines[i].End), "")
	case i+1 < len(lines):
		m.Edit(rule, int(lines[i].Start), int(lines[i+1].Start), "")
	default:
		m.Edit(rule, int(lines[i].Start), end, "")
	}
}

// findGrams counts the n-grams of all lines.
func (l *llama3) findGrams(v *text.View, lines []text.Span) {
	words := v.Words()
	l.grams, l.spans = l.grams[:0], l.spans[:0]
	at := 0
	for _, line := range lines {
		for at < len(words) && words[at].Start < line.Start {
			at++
		}
		span := gramSpan{words: at, grams: len(l.grams)}
		for at < len(words) && words[at].Start < line.End {
			at++
		}
		span.end = at
		for i := span.words; i+l.Ngram <= at; i++ {
			l.grams = append(l.grams, gramKey(words[i:i+l.Ngram]))
		}
		l.spans = append(l.spans, span)
	}
	l.counts.count(l.grams)
}

// gramKey makes one key of the hashes of words.
func gramKey(words []text.Word) (key uint64) {
	for i := range words {
		key = (key ^ words[i].Hash) * 0x9E3779B97F4A7C15
		key ^= key >> 29
	}
	return key
}

// cover returns the characters of the words of a line, and of those in repeated
// n-grams.
func (l *llama3) cover(words []text.Word, p gramSpan) (runes, covered int) {
	done := p.words // the words up to which characters have been counted as covered
	for i := p.words; i < p.end; i++ {
		runes += int(words[i].Runes)
		if i+l.Ngram > p.end || l.counts.of(l.grams[p.grams+i-p.words]) < int32(l.Copies) {
			continue
		}
		for done = max(done, i); done < i+l.Ngram; done++ {
			covered += int(words[done].Runes)
		}
	}
	return runes, covered
}

// gramCounts counts keys, in an open-addressed table.
type gramCounts struct {
	keys   []uint64
	counts []int32
}

func (c *gramCounts) count(keys []uint64) {
	size := 16
	for size < 2*len(keys) {
		size *= 2
	}
	if cap(c.keys) < size {
		c.keys, c.counts = make([]uint64, size), make([]int32, size)
	}
	c.keys, c.counts = c.keys[:size], c.counts[:size]
	clear(c.counts)
	for _, k := range keys {
		at := c.slot(k)
		c.keys[at] = k
		c.counts[at]++
	}
}

func (c *gramCounts) slot(key uint64) uint64 {
	mask := uint64(len(c.keys) - 1)
	at := key & mask
	for c.counts[at] > 0 && c.keys[at] != key {
		at = (at + 1) & mask
	}
	return at
}

func (c *gramCounts) of(key uint64) int32 { return c.counts[c.slot(key)] }
