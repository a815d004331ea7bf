package filters

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// DolmaRepetitions finds what follows on itself, as Dolma's taggers of repetitions do.
var DolmaRepetitions = step.Spec{
	Name: "dolma_repetitions",
	Doc: "Finds stretches that repeat a block of words or characters again and again, as Dolma's taggers of repetitions do, and removes what has a block a hundred times in a row. " +
		"The tokenizer taggers look for blocks of 1 to 13 words that stand three times or more in a row; where the original has the tokens of GPT-NeoX, here are words between white space, so that the bounds of its mix mean about as much but not the same. " +
		"tokenizer_repetitions_v1 counts a stretch once for every length of a block that fits, tokenizer_repetitions_v2r2 leaves out stretches inside others and looks at 100,000 characters at a time; " +
		"repetitions_v1 looks for any stretch of characters that stands four times or more in a row, with at most one character of white space between two, blocks of up to 4,096 bytes; the taggers that begin with paragraph do the same line by line.",
	Source: "Soldaini et al. 2024, arXiv:2402.00159; dolma, python/dolma/taggers/repetitions/ and configs/dolma-v1_6/mixing/cc-head.yaml at 669f5348",
	Rules: []step.Rule{
		drScore:  {Name: "max_score", Unit: "times", Min: step.NoMin, Max: 99, Scale: step.Log, Doc: "How often the block stands in a row that does so most often (doc_max_score_repetition)."},
		drLength: {Name: "max_length", Unit: "characters", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Doc: "Characters of the longest such stretch (doc_max_length_repetition)."},
		drShare: {Name: "share", Unit: "per character", Min: step.NoMin, Max: step.NoMax, Scale: step.Share,
			Doc: "Characters of all stretches by those of the text; above 1 where they overlap (doc_frac_repetition)."},
	},
	New: func() step.Settings { return &dolmaRepetitionsSettings{Tagger: "tokenizer_repetitions_v2r2"} },
}

// The rules of dolma_repetitions by index.
const (
	drScore = iota
	drLength
	drShare
)

// dolmaTaggers are the taggers and what is peculiar to them.
var dolmaTaggers = map[string]dolmaTagger{
	"repetitions_v1":                     {characters: true},
	"paragraph_repetitions_v1":           {characters: true, byLine: true},
	"tokenizer_repetitions_v1":           {},
	"paragraph_tokenizer_repetitions_v1": {byLine: true},
	"tokenizer_repetitions_v2r2":         {outermost: true},
}

type dolmaTagger struct{ characters, byLine, outermost bool }

type dolmaRepetitionsSettings struct {
	Tagger string `yaml:"tagger" doc:"repetitions_v1, paragraph_repetitions_v1, tokenizer_repetitions_v1, paragraph_tokenizer_repetitions_v1 or tokenizer_repetitions_v2r2"`
}

// Build makes the step.
func (s *dolmaRepetitionsSettings) Build(*step.Env) (any, error) {
	tagger, ok := dolmaTaggers[s.Tagger]
	if !ok {
		return nil, &step.Fault{Key: "tagger", Err: fmt.Errorf("%q: repetitions_v1, paragraph_repetitions_v1, tokenizer_repetitions_v1, paragraph_tokenizer_repetitions_v1 and tokenizer_repetitions_v2r2 are possible", s.Tagger)}
	}
	return &dolmaRepetitions{dolmaTagger: tagger}, nil
}

// dolmaRepetitions is the step in one worker.
type dolmaRepetitions struct {
	dolmaTagger
	view  text.View
	found []repetition
	chars charRepeats
}

// A repetition is a stretch of a text and how often its block stands in it.
type repetition struct {
	start, end int32 // bytes
	times      int32
}

// Fork returns the same step for another worker.
func (r *dolmaRepetitions) Fork() step.Local { return &dolmaRepetitions{dolmaTagger: r.dolmaTagger} }

// Judge measures the repetitions.
func (r *dolmaRepetitions) Judge(d *document.Document, m *step.Meter) step.Verdict {
	v := d.View()
	s := v.Text()
	r.found = r.found[:0]
	switch {
	case r.byLine:
		start := 0
		for line := range strings.SplitAfterSeq(s, "\n") {
			r.find(line, start)
			start += len(line)
		}
	case r.outermost:
		for start := 0; start < len(s); {
			end := start + bytesOfRunes(s[start:], dolmaChunk)
			r.find(s[start:end], start)
			start = end
		}
	default:
		r.find(s, 0)
	}
	score, longest, all := 0, 0, 0
	for _, f := range r.found {
		n := utf8.RuneCountInString(s[f.start:f.end])
		score, longest = max(score, int(f.times)), max(longest, n)
		all += n
	}
	for i, value := range [...]float64{float64(score), float64(longest), step.Ratio(all, v.Runes())} {
		if !m.Rules[i].Off && !m.Hold(i, value) {
			break
		}
	}
	return m.Verdict()
}

// dolmaChunk is how much of a text tokenizer_repetitions_v2r2 sees at once.
const dolmaChunk = 100_000

// bytesOfRunes returns how many bytes the first n code points of s have.
func bytesOfRunes(s string, n int) int {
	if len(s) <= n {
		return len(s)
	}
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// find appends the repetitions of a part of the text, which begins at a byte of it.
func (r *dolmaRepetitions) find(part string, start int) {
	first := len(r.found)
	if r.characters {
		r.found = r.chars.find(r.found, part)
	} else {
		r.view.Reset(part)
		r.view.Use(text.Whitespace)
		r.found = appendPeriodic(r.found, r.view.Words())
	}
	if r.outermost {
		r.found = append(r.found[:first], outermost(r.found[first:])...)
	}
	for i := first; i < len(r.found); i++ {
		r.found[i].start += int32(start)
		r.found[i].end += int32(start)
	}
}

// appendPeriodic appends the stretches of words that repeat a block of 1 to 13 words
// three times or more.
func appendPeriodic(dst []repetition, words []text.Word) []repetition {
	for period := 1; period <= 13 && 3*period <= len(words); period++ {
		run := 0 // words up to here that are equal to the ones a period before
		for i := period; ; i++ {
			if i < len(words) && words[i].Hash == words[i-period].Hash {
				run++
				continue
			}
			if run >= 2*period {
				dst = append(dst, repetition{start: words[i-run-period].Start, end: words[i-1].End, times: int32((run + period) / period)})
			}
			if run = 0; i >= len(words) {
				break
			}
		}
	}
	return dst
}

// outermost leaves out the stretches that lie in one before.
func outermost(found []repetition) []repetition {
	slices.SortFunc(found, func(a, b repetition) int {
		switch {
		case a.start != b.start:
			return int(a.start - b.start)
		case a.end != b.end:
			return int(b.end - a.end)
		}
		return int(b.times - a.times)
	})
	kept, last := found[:0], repetition{start: -1, end: -1}
	for _, f := range found {
		if f.start < last.start || f.end > last.end {
			kept, last = append(kept, f), f
		}
	}
	return kept
}
