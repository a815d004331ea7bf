package filters

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// Dolma measures what Dolma's taggers of Gopher's and C4's rules do, with the bounds
// of its mix.
var Dolma = step.Spec{
	Name: "dolma",
	Doc: "Measures what Dolma's taggers gopher_v1, gopher_v2, c4_v1 and c4_v2 do, and keeps what the mix of Dolma 1.6 keeps. Words lie between white space, whatever the splitter; characters are those " +
		"of words. Every copy of a line counts, and the shares of repeated n-grams are of all n-grams, so that a word counts as often as n-grams have it. The rules for the most frequent n-grams have no " +
		"bounds: the published ones name attributes that the tagger does not write, and never remove a text. The rules from lines_without_end_mark on are signals without bounds.",
	Source: "Soldaini et al. 2024, arXiv:2402.00159; dolma, python/dolma/taggers/gopher.py and c4.py and configs/dolma-v1_6/mixing/cc-head.yaml at 669f5348",
	Rules: []step.Rule{
		dolmaWords:     {Name: "word_count", Unit: "words", Min: 50, Max: 100_000, Scale: step.Log, Doc: "What lies between white space."},
		dolmaMedian:    {Name: "median_word_length", Unit: "characters", Min: 3, Max: 10, Scale: step.Log, Doc: "Median length of the words; between the middle two where their number is even."},
		dolmaSymbols:   shareAtMost("symbol_to_word_ratio", "share of words", 0.1, "Words with a hash sign or U+2026; \"...\" does not count."),
		dolmaLetters:   shareAtLeast("fraction_of_words_with_alpha_character", "share of words", 0.8, "Words with a letter."),
		dolmaRequired:  {Name: "required_word_count", Unit: "words", Min: 2, Max: step.NoMax, Scale: step.Log, Doc: "Occurrences of the, be, to, of, and, that, have, with, as they are written."},
		dolmaBullets:   shareAtMost("fraction_of_lines_starting_with_bullet_point", "share of lines", 0.9, "Lines whose first character is an asterisk or a hyphen."),
		dolmaEllipses:  shareAtMost("fraction_of_lines_ending_with_ellipsis", "share of lines", 0.3, "Lines whose last character is U+2026."),
		dolmaLines:     shareAtMost("fraction_of_duplicate_lines", "share of lines", 0.3, "Lines that occur more than once, empty ones too."),
		dolmaLineChars: shareAtMost("fraction_of_characters_in_duplicate_lines", "share of characters", 0.3, "Characters of the lines that occur more than once, spaces included, by those of words: it may exceed 1."),
		dolmaDup5:      dolmaDup(5, 0.15),
		dolmaDup6:      dolmaDup(6, 0.14),
		dolmaDup7:      dolmaDup(7, 0.13),
		dolmaDup8:      dolmaDup(8, 0.12),
		dolmaDup9:      dolmaDup(9, 0.11),
		dolmaDup10:     dolmaDup(10, 0.10),
		dolmaTop2:      dolmaTop(2),
		dolmaTop3:      dolmaTop(3),
		dolmaTop4:      dolmaTop(4),
		dolmaOpen:      dolmaSignal("lines_without_end_mark", "lines", "Lines that do not end in one of . ? ! \", white space aside (lines_with_no_ending_punctuation)."),
		dolmaShort:     dolmaSignal("lines_with_too_few_words", "lines", "Lines of less than three words."),
		dolmaScript:    dolmaSignal("lines_with_javascript_word", "lines", "Lines with the word \"javascript\", in any case (has_javascript of c4_v1)."),
		dolmaScriptIn:  dolmaSignal("lines_with_javascript", "lines", "Lines that have \"javascript\" anywhere, in any case (has_javascript of c4_v2)."),
		dolmaLorem:     dolmaSignal("lines_with_lorem_ipsum", "lines", "Lines with \"lorem ipsum\", in any case."),
		dolmaCurly:     dolmaSignal("lines_with_curly_brace", "lines", "Lines with an opening curly bracket."),
		dolmaNaughty:   dolmaSignal("lines_with_naughty_word", "lines", "Lines with a word or phrase of the list naughty_words (has_naughty_word); 0 without a list."),
		dolmaLineCount: dolmaSignal("line_count", "lines", "Lines between newlines, empty ones too."),
		dolmaLength:    dolmaSignal("character_count", "characters", "Characters of the text (char_length_v1)."),
		dolmaStripped:  dolmaSignal("stripped_length", "characters", "Characters without the white space at the ends (char_length_strip_ws_v1)."),
		dolmaBytes:     dolmaSignal("bytes", "bytes", "Bytes of the text in UTF-8 (bytes_length_v1)."),
	},
	New: func() step.Settings { return &dolmaSettings{Gopher: "v1"} },
}

// The rules of dolma by index.
const (
	dolmaWords = iota
	dolmaMedian
	dolmaSymbols
	dolmaLetters
	dolmaRequired
	dolmaBullets
	dolmaEllipses
	dolmaLines
	dolmaLineChars
	dolmaDup5
	dolmaDup6
	dolmaDup7
	dolmaDup8
	dolmaDup9
	dolmaDup10
	dolmaTop2
	dolmaTop3
	dolmaTop4
	dolmaOpen
	dolmaShort
	dolmaScript
	dolmaScriptIn
	dolmaLorem
	dolmaCurly
	dolmaNaughty
	dolmaLineCount
	dolmaLength
	dolmaStripped
	dolmaBytes
	dolmaRules // how many there are
)

func dolmaDup(n int, max float64) step.Rule {
	return shareAtMost(fmt.Sprintf("fraction_of_characters_in_duplicate_%dgrams", n), "share of characters of n-grams", max,
		fmt.Sprintf("Sequences of %d words that occur more than once.", n))
}

func dolmaTop(n int) step.Rule {
	return step.Rule{Name: fmt.Sprintf("fraction_of_characters_in_most_common_%dgrams", n), Unit: "share of characters", Min: step.NoMin, Max: step.NoMax, Scale: step.Share,
		Doc: fmt.Sprintf("Length times occurrences of the most frequent sequence of %d words, the first of equally frequent ones, even if it occurs once.", n)}
}

func dolmaSignal(name, unit, doc string) step.Rule {
	return step.Rule{Name: name, Unit: unit, Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Doc: doc}
}

type dolmaSettings struct {
	Gopher       string `yaml:"gopher" doc:"how lines are found for the rules of Gopher: v1, between newlines, or v2, between runs of newlines"`
	NaughtyWords string `yaml:"naughty_words" doc:"path of a list of words and phrases, one in a line, such as the English file of LDNOOBW; words are looked for between white space, phrases anywhere in a line, both in lower case"`
}

// Build makes the step.
func (s *dolmaSettings) Build(env *step.Env) (any, error) {
	if s.Gopher != "v1" && s.Gopher != "v2" {
		return nil, &step.Fault{Key: "gopher", Err: fmt.Errorf("%q: v1 and v2 are possible", s.Gopher)}
	}
	o := &dolma{runs: s.Gopher == "v2", required: newStopWords([]string{"the", "be", "to", "of", "and", "that", "have", "with"})}
	if s.NaughtyWords != "" {
		if err := o.readNaughty(env, s.NaughtyWords); err != nil {
			return nil, &step.Fault{Key: "naughty_words", Err: err}
		}
	}
	return o, nil
}

func (o *dolma) readNaughty(env *step.Env, path string) (err error) {
	terms, err := readTerms(env, path)
	if err != nil {
		return err
	}
	var words, phrases []string
	for _, term := range terms {
		if strings.Contains(term, " ") {
			phrases = append(phrases, term)
		} else {
			words = append(words, term)
		}
	}
	o.naughty = newStopWords(words)
	if len(phrases) > 0 {
		o.phrases, err = newAutomaton(phrases, &foldASCII)
	}
	return err
}

// dolma is the step in one worker.
type dolma struct {
	runs     bool // lines lie between runs of newlines
	required stopWords
	naughty  stopWords
	phrases  *automaton // nil where there are none

	values  [dolmaRules]float64
	split   text.View
	cover   text.Coverage
	lengths []int32 // how many words have each length
	repeats segmentCounts
	low     []byte
}

// Fork returns the same step for another worker.
func (o *dolma) Fork() step.Local {
	return &dolma{runs: o.runs, required: o.required, naughty: o.naughty, phrases: o.phrases}
}

// Judge measures the rules in order until one fails.
func (o *dolma) Judge(d *document.Document, m *step.Meter) step.Verdict {
	v := d.View()
	o.split.Reset(v.Text())
	o.split.Use(text.Whitespace)
	for i := range m.Rules {
		switch i { // where a group of rules begins
		case dolmaWords:
			o.words(v.Text())
		case dolmaBullets:
			o.lines(v.Text())
		case dolmaDup5:
			o.grams()
		case dolmaOpen:
			o.c4(v)
		}
		if m.Rules[i].Off && !m.All {
			continue
		}
		if !m.Hold(i, o.values[i]) {
			break
		}
	}
	return m.Verdict()
}

func (o *dolma) words(s string) {
	words := o.split.Words()
	longest, symbols, letters, required := int32(0), 0, 0, 0
	hash, ellipsis := strings.IndexByte(s, '#') >= 0, strings.Contains(s, "\u2026")
	for i := range words {
		w := &words[i]
		longest = max(longest, w.Runes)
		letters += asInt(w.Kind&text.Alphabetic != 0)
		required += asInt(o.required.hasHash(w))
		symbols += asInt(hash && strings.IndexByte(w.Of(s), '#') >= 0 || ellipsis && strings.Contains(w.Of(s), "\u2026"))
	}
	o.values[dolmaWords] = float64(len(words))
	o.values[dolmaMedian] = o.median(words, longest)
	o.values[dolmaSymbols] = step.Ratio(symbols, len(words))
	o.values[dolmaLetters] = step.Ratio(letters, len(words))
	o.values[dolmaRequired] = float64(required)
}

// median returns the median length of words, of which the longest is given.
func (o *dolma) median(words []text.Word, longest int32) float64 {
	if len(words) == 0 {
		return 0
	}
	if cap(o.lengths) <= int(longest) {
		o.lengths = make([]int32, 2*longest+64)
	}
	o.lengths = o.lengths[:longest+1]
	clear(o.lengths)
	for i := range words {
		o.lengths[words[i].Runes]++
	}
	low, high := o.nth((len(words)-1)/2), o.nth(len(words)/2)
	return float64(low+high) / 2
}

// nth returns the length of the word that has n shorter or equal ones before it.
func (o *dolma) nth(n int) int {
	for length, count := range o.lengths {
		if n -= int(count); n < 0 {
			return length
		}
	}
	return 0
}

func (o *dolma) lines(s string) {
	o.repeats.segments = o.repeats.segments[:0]
	bullets, ellipses := 0, 0
	for rest, more := s, s != ""; more; {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		if o.runs {
			rest = strings.TrimLeft(rest, "\n")
		}
		bullets += asInt(strings.HasPrefix(line, "*") || strings.HasPrefix(line, "-"))
		ellipses += asInt(strings.HasSuffix(line, "\u2026"))
		o.repeats.segments = append(o.repeats.segments, segment{xxh3.HashString(line), utf8.RuneCountInString(line)})
	}
	all := len(o.repeats.segments)
	repeated, runes := o.repeats.repeated()
	o.split.Cover(&o.cover)
	o.values[dolmaBullets], o.values[dolmaEllipses] = step.Ratio(bullets, all), step.Ratio(ellipses, all)
	o.values[dolmaLines] = step.Ratio(repeated, all)
	o.values[dolmaLineChars] = float64(runes) / float64(max(o.cover.Runes, 1))
}

func (o *dolma) grams() {
	c := &o.cover
	for n := 5; n <= 10; n++ {
		o.values[dolmaDup5+n-5] = step.Ratio(c.Repeated[n], c.All[n])
	}
	for n := 2; n <= 4; n++ {
		o.values[dolmaTop2+n-2] = step.Ratio(c.TopRunes[n]*c.Top[n], c.Runes)
	}
}

var dolmaPhrases = newPhrases("javascript", "lorem ipsum")

func (o *dolma) c4(v *text.View) {
	s, lines := v.Text(), v.Lines()
	suspect := dolmaPhrases.in(s) != 0 || o.naughty.size > 0 || o.phrases != nil
	var counts [dolmaLineCount + 1 - dolmaOpen]int
	note := func(rule int, is bool) { counts[rule-dolmaOpen] += asInt(is) }
	for i := range lines {
		line := text.TrimSpace(lines[i].Of(s))
		note(dolmaOpen, line == "" || strings.IndexByte(".?!\"", line[len(line)-1]) < 0)
		note(dolmaShort, !hasWords(line, 3))
		note(dolmaCurly, strings.IndexByte(line, '{') >= 0)
		if !suspect {
			continue
		}
		o.low = text.AppendLower(o.low[:0], line)
		note(dolmaScript, hasWord(o.low, "javascript"))
		note(dolmaScriptIn, bytes.Contains(o.low, []byte("javascript")))
		note(dolmaLorem, bytes.Contains(o.low, []byte("lorem ipsum")))
		note(dolmaNaughty, o.isNaughty())
	}
	for i, n := range counts {
		o.values[dolmaOpen+i] = float64(n)
	}
	o.values[dolmaLineCount] = float64(len(lines))
	o.values[dolmaLength] = float64(v.Runes())
	o.values[dolmaStripped], o.values[dolmaBytes] = float64(utf8.RuneCountInString(text.TrimSpace(s))), float64(len(s))
}

// isNaughty reports whether the line in low has one of the words or phrases.
func (o *dolma) isNaughty() bool {
	line := asString(o.low)
	for start := 0; o.naughty.size > 0 && start < len(line); {
		end := start
		for end < len(line) && text.SpaceAt(line, end) == 0 {
			end++
		}
		if end > start && o.naughty.has(line[start:end]) {
			return true
		}
		start = end + max(1, text.SpaceAt(line, min(end, len(line)-1)))
	}
	return o.phrases != nil && o.phrases.contains(o.low)
}

// hasWord reports whether a word stands in the line between white space.
func hasWord(line []byte, word string) bool {
	s := asString(line)
	for from := 0; ; {
		at := strings.Index(s[from:], word)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(word)
		before := at == 0 || endsInSpace(s[:at])
		if before && (end == len(s) || text.SpaceAt(s, end) > 0) {
			return true
		}
		from = at + 1
	}
}

// endsInSpace reports whether the last character is white space.
func endsInSpace(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return text.IsSpace(r)
}
