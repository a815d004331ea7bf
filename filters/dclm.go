package filters

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// DCLM keeps texts as the heuristic filters of DCLM-Baseline do.
var DCLM = step.Spec{
	Name: "dclm",
	Doc: "Keeps texts as the heuristic filters of DCLM-Baseline do, in its order and with its bounds. Every copy of what is repeated counts, the first one, too; a text of one line " +
		"or paragraph has the value 0 for their repetition, one of none 1. Words are found in three ways, as in the original, whatever the splitter: words counts what lies between ASCII white space " +
		"and begins with a letter or number, the sequences of words are made of segments of UAX 29 that begin so, and the other rules take what lies between white space. " +
		"A text without words has 1 where a rule has a maximum and 0 where it has a minimum. The rules from longest_line on are filters of DCLM that its recipe for the web does not have: " +
		"lines end as in Python's str.splitlines, and what is banned are strings, not regular expressions.",
	Source: "Li et al. 2024, arXiv:2406.11794, appendix; DCLM, baselines/mappers/filters/content_filters.py and dclm_baseline_refinedweb.yaml at 361714bd",
	Rules: []step.Rule{
		dclmWords:          {Name: "words", Unit: "words", Min: 50, Max: 100_000, Scale: step.Log, Doc: "Words that begin with a letter or number."},
		dclmMeanLength:     {Name: "mean_word_length", Unit: "characters", Min: 3, Max: 10, Scale: step.Log, Doc: "Mean length of what lies between white space."},
		dclmSymbols:        shareAtMost("symbols_per_word", "per word", 0.1, "Hash signs and ellipses in the text: \"#\", \"...\", \". . .\" and U+2026."),
		dclmBullets:        shareAtMost("bullet_lines", "share of lines", 0.9, "Lines that begin with U+25CF, U+2022, an asterisk or a hyphen; lines are stripped, and blank ones do not count."),
		dclmEllipses:       shareAtMost("ellipsis_lines", "share of lines", 0.3, "Lines that end in \"...\", \". . .\" or U+2026."),
		dclmNonAlphabetic:  shareAtMost("nonalphabetic_words", "share of words", 0.2, "Words without a letter."),
		dclmStopWords:      {Name: "stop_words", Unit: "words", Min: 2, Max: step.NoMax, Scale: step.Log, Doc: "Occurrences of the, be, to, of, and, that, have, with, in any case."},
		dclmLines:          shareAtMost("repeated_lines", "share of lines", 0.3, "Lines that occur more than once."),
		dclmParagraphs:     shareAtMost("repeated_paragraphs", "share of paragraphs", 0.3, "Paragraphs that occur more than once; they lie between pairs of newlines."),
		dclmLineChars:      shareAtMost("repeated_line_characters", "share of characters", 0.2, "Characters of the lines that occur more than once."),
		dclmParagraphChars: shareAtMost("repeated_paragraph_characters", "share of characters", 0.2, "Characters of the paragraphs that occur more than once."),
		dclmTop2:           dclmTop(2, 0.2),
		dclmTop3:           dclmTop(3, 0.18),
		dclmTop4:           dclmTop(4, 0.16),
		dclmAll5:           dclmAll(5, 0.15),
		dclmAll6:           dclmAll(6, 0.14),
		dclmAll7:           dclmAll(7, 0.13),
		dclmAll8:           dclmAll(8, 0.12),
		dclmAll9:           dclmAll(9, 0.11),
		dclmAll10:          dclmAll(10, 0.10),
		dclmLongest:        {Name: "longest_line", Unit: "characters", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Doc: "Characters of the longest line; for source code the original has 1000 as the maximum."},
		dclmMeanLine:       {Name: "mean_line_length", Unit: "characters", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Doc: "Characters of a line on average, empty ones included; for source code 100 is a usual maximum."},
		dclmAlphanumeric:   {Name: "alphanumeric", Unit: "share of characters", Min: step.NoMin, Max: step.NoMax, Scale: step.Share, Doc: "Letters and numbers; for source code the original has 0.25 as the minimum."},
		dclmBanned:         {Name: "banned_strings", Unit: "occurrences", Min: step.NoMin, Max: 0, Scale: step.Log, Doc: "Occurrences of what the settings ban; 0 where they ban nothing."},
	},
	New: func() step.Settings { return &dclmSettings{} },
}

// The rules of dclm by index, in the order of DCLM-Baseline.
const (
	dclmWords = iota
	dclmMeanLength
	dclmSymbols
	dclmBullets
	dclmEllipses
	dclmNonAlphabetic
	dclmStopWords
	dclmLines
	dclmParagraphs
	dclmLineChars
	dclmParagraphChars
	dclmTop2
	dclmTop3
	dclmTop4
	dclmAll5
	dclmAll6
	dclmAll7
	dclmAll8
	dclmAll9
	dclmAll10
	dclmLongest
	dclmMeanLine
	dclmAlphanumeric
	dclmBanned
	dclmRules // how many there are
)

func dclmTop(n int, max float64) step.Rule {
	return shareAtMost(fmt.Sprintf("top_%d_gram", n), "share of characters of words", max,
		fmt.Sprintf("Length times occurrences of the most frequent sequence of %d words, if it occurs twice; the longest of equally frequent ones.", n))
}

func dclmAll(n int, max float64) step.Rule {
	return shareAtMost(fmt.Sprintf("repeated_%d_grams", n), "share of characters of words", max,
		fmt.Sprintf("Words in sequences of %d words that occur more than once.", n))
}

// dclm is the step in one worker.
type dclm struct {
	stop   stopWords
	banned *automaton // nil where nothing is
	whole  bool       // it counts as whole words

	values  [dclmRules]float64
	split   text.View // of the text, between white space
	proper  text.View // of the segments that begin with a letter or number
	found   []text.Span
	joined  []byte // the text of proper
	low     []byte
	repeats segmentCounts
	cover   text.Coverage
	hits    []occurrence
}

// Fork returns the same step for another worker.
func (c *dclm) Fork() step.Local { return &dclm{stop: c.stop, banned: c.banned, whole: c.whole} }

// Judge measures the rules in order until one fails.
func (c *dclm) Judge(d *document.Document, m *step.Meter) step.Verdict {
	v := d.View()
	c.split.Reset(v.Text())
	c.split.Use(text.Whitespace)
	for i := range m.Rules {
		switch i { // where a group of rules begins
		case dclmWords:
			c.values[dclmWords] = float64(properTokens(v.Text()))
		case dclmMeanLength:
			c.words(v)
		case dclmBullets:
			c.lines(v)
		case dclmLines:
			c.segments(v.Text())
		case dclmTop2:
			c.grams(v.Text())
		case dclmLongest:
			c.shape(v)
		}
		if m.Rules[i].Off && !m.All {
			continue
		}
		if !m.Hold(i, c.values[i]) {
			break
		}
	}
	return m.Verdict()
}

// properTokens counts the tokens of fastText, which lie between ASCII white space and
// zeros, that begin with a letter or number.
func properTokens(s string) (n int) {
	inside := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ', '\n', '\r', '\t', '\v', '\f', 0:
			inside = false
			continue
		}
		if !inside {
			n += asInt(beginsProperly(s[i:]))
			inside = true
		}
	}
	return n
}

// beginsProperly reports whether a word begins with a letter or number.
func beginsProperly(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return r != '_' && text.IsWordRune(r)
}

func (c *dclm) words(v *text.View) {
	s, words := v.Text(), c.split.Words()
	runes, letterless, stop := 0, 0, 0
	for i := range words {
		w := &words[i]
		runes += int(w.Runes)
		letterless += asInt(w.Kind&text.Alphabetic == 0)
		if w.End-w.Start <= c.stop.longest {
			c.low = text.AppendLowerASCII(c.low[:0], w.Of(s))
			stop += asInt(c.stop.has(asString(c.low)))
		}
	}
	symbols := strings.Count(s, "#") + ellipses(v) + strings.Count(s, ". . .")
	c.values[dclmMeanLength] = step.Ratio(runes, len(words))
	c.values[dclmSymbols] = ratioOrOne(symbols, len(words))
	c.values[dclmNonAlphabetic] = ratioOrOne(letterless, len(words))
	c.values[dclmStopWords] = float64(stop)
}

// ratioOrOne returns a/b, and 1 where b is 0.
func ratioOrOne(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return step.Ratio(a, b)
}

func (c *dclm) lines(v *text.View) {
	s, lines := v.Text(), v.Lines()
	all, bullets, ellipses := 0, 0, 0
	for i := range lines {
		if lines[i].Blank {
			continue
		}
		all++
		line := text.TrimSpace(lines[i].Of(s))
		switch r, _ := utf8.DecodeRuneInString(line); r {
		case '\u25CF', '\u2022', '*', '-':
			bullets++
		}
		ellipses += asInt(strings.HasSuffix(line, "...") || strings.HasSuffix(line, ". . .") || strings.HasSuffix(line, "\u2026"))
	}
	c.values[dclmBullets], c.values[dclmEllipses] = step.Ratio(bullets, all), step.Ratio(ellipses, all)
}

func (c *dclm) segments(s string) {
	c.values[dclmLines], c.values[dclmLineChars] = c.repeats.measure(s, "\n")
	c.values[dclmParagraphs], c.values[dclmParagraphChars] = c.repeats.measure(s, "\n\n")
}

func (c *dclm) grams(s string) {
	c.proper.Reset(s)
	c.joined, c.found = c.joined[:0], c.proper.AppendSegments(c.found[:0])
	for _, w := range c.found {
		if word := w.Of(s); beginsProperly(word) {
			c.joined = append(append(c.joined, word...), ' ')
		}
	}
	c.proper.Reset(asString(c.joined))
	c.proper.Use(text.Whitespace)
	c.proper.Cover(&c.cover)
	g := &c.cover
	for n := 2; n <= 4; n++ {
		c.values[dclmTop2+n-2] = step.Ratio(g.TopLongest[n]*g.Top[n], g.Runes)
	}
	for n := 5; n <= 10; n++ {
		c.values[dclmAll5+n-5] = step.Ratio(g.Covered[n], g.Runes)
	}
}

// segmentCounts finds the segments of a text that occur more than once.
type segmentCounts struct {
	segments []segment
	counts   wordCounts
}

type segment struct {
	hash  uint64
	runes int
}

// measure returns the share of the segments between separators that occur more than
// once, and the share of their characters. Segments are stripped, and empty ones do
// not count; of a single one it is 0, of none 1.
func (c *segmentCounts) measure(s, separator string) (share, characters float64) {
	c.segments = c.segments[:0]
	runes := 0
	for rest, more := s, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, separator)
		if part = text.TrimSpace(part); part != "" {
			n := utf8.RuneCountInString(part)
			runes += n
			c.segments = append(c.segments, segment{xxh3.HashString(part), n})
		}
	}
	if len(c.segments) < 2 {
		none := float64(1 - len(c.segments))
		return none, none
	}
	repeated, repeatedRunes := c.repeated()
	return step.Ratio(repeated, len(c.segments)), step.Ratio(repeatedRunes, runes)
}

func (c *segmentCounts) repeated() (repeated, runes int) {
	c.counts.reset(len(c.segments))
	for i := range c.segments {
		c.counts.counts[c.counts.slot(c.segments[i].hash)]++
	}
	for i := range c.segments {
		if s := &c.segments[i]; c.counts.counts[c.counts.slot(s.hash)] > 1 {
			repeated++
			runes += s.runes
		}
	}
	return repeated, runes
}
