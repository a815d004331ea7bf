package filters

import (
	"fmt"
	"strings"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// RedPajama measures the quality signals of RedPajama-V2.
var RedPajama = step.Spec{
	Name: "redpajama",
	Doc: "Measures the quality signals of RedPajama-V2 that need no model, and removes nothing until a recipe gives a signal bounds. Those of models are signals of other steps: " +
		"language.score, perplexity.perplexity and its bucket (CCNet), importance.weight, and the score of classify or quality with a classifier by path. Signals of the document bear " +
		"their published names without rps_; those of lines are summed up over all lines, empty ones included, as their mean, minimum, maximum or sum. " +
		"The normalized text is the text without ASCII punctuation, in lower case, with single spaces and in normal form D; raw words are runs of letters, digits and " +
		"underscores and runs of other marks, whatever the splitter. Values are not rounded (the original rounds to 8 decimals), and a text without words has 0 where " +
		"the original has none.",
	Source: "Weber et al. 2024, arXiv:2411.12372; RedPajama-Data, app/src/core/quality_signals at 6d2cee9d",
	Rules: []step.Rule{
		rpWords:      rpSignal("doc_word_count", "words", step.Log, "Words of the normalized text."),
		rpSentences:  rpSignal("doc_num_sentences", "sentences", step.Log, "Stretches between the marks . ! ? with a letter, digit or underscore."),
		rpWordLength: rpSignal("doc_mean_word_length", "characters", step.Log, "Mean length of the words of the normalized text."),
		rpUnique:     rpSignal("doc_frac_unique_words", "share of words", step.Share, "Different words of the normalized text, by all of them."),
		rpEntropy:    rpSignal("doc_unigram_entropy", "nats", step.Linear, "Entropy of the words of the normalized text."),
		rpStopWords:  rpSignal("doc_stop_word_fraction", "share of raw words", step.Share, "Raw words that are stop words, in the very letters of the list."),
		rpSymbols:    rpSignal("doc_symbol_to_word_ratio", "per raw word", step.Share, "Hash signs and ellipses: \"#\", \"...\" and U+2026."),
		rpCaps:       rpSignal("doc_frac_all_caps_words", "share of raw words", step.Share, "Raw words in upper case; a single capital is one."),
		rpNoLetters:  rpSignal("doc_frac_no_alph_words", "share of raw words", step.Share, "Raw words without a letter from A to Z."),
		rpEllipses:   rpSignal("doc_frac_lines_end_with_ellipsis", "share of lines", step.Share, "Lines that end with an ellipsis, white space aside."),
		rpCurly:      rpSignal("doc_curly_bracket", "per character", step.Share, "Curly brackets, opening and closing."),
		rpLorem:      rpSignal("doc_lorem_ipsum", "per character", step.Share, "Occurrences of \"lorem ipsum\" in the normalized text."),
		rpBadWords:   rpSignal("doc_ldnoobw_words", "words and phrases", step.Log, "Entries of the list bad_words in the normalized text; 0 without a list."),
		rpUT1:        rpSignal("doc_ut1_blacklist", "category", step.Log, "The first of the lists ut1 that has the host of the document's address, or a domain above it, counted from 1; 0 if none has, or there is no address."),
		rpLength:     rpSignal("ccnet_length", "characters", step.Log, "Characters of the text. A second redpajama, as: original, above a step that cuts lines has what CCNet calls original_length and original_nlines."),
		rpTop2:       rpTop(2),
		rpTop3:       rpTop(3),
		rpTop4:       rpTop(4),
		rpDupe5:      rpDupe(5),
		rpDupe6:      rpDupe(6),
		rpDupe7:      rpDupe(7),
		rpDupe8:      rpDupe(8),
		rpDupe9:      rpDupe(9),
		rpDupe10:     rpDupe(10),
		rpLines:      rpSignal("lines", "lines", step.Log, "Lines, empty ones included; a line ends after a newline. CCNet's nlines."),
		rpTerminal: rpSignal("lines_ending_with_terminal_punctuation_mark", "share of lines", step.Share,
			"Lines that end with one of . ! ? or U+201D, white space aside."),
		rpBullets: rpSignal("lines_start_with_bulletpoint", "share of lines", step.Share,
			"Lines that begin with U+2013, a bullet, a square or a triangle, white space aside."),
		rpScripts:        rpSignal("lines_javascript_counts_sum", "words", step.Log, "Words \"javascript\" of the normalized lines."),
		rpScriptsMax:     rpSignal("lines_javascript_counts_max", "words", step.Log, "Words \"javascript\" of the line that has most."),
		rpLineWords:      rpSignal("lines_num_words_mean", "words", step.Log, "Words of a normalized line on average."),
		rpLineWordsMin:   rpSignal("lines_num_words_min", "words", step.Log, "Words of the line that has fewest."),
		rpLineWordsMax:   rpSignal("lines_num_words_max", "words", step.Log, "Words of the line that has most."),
		rpLineNumbers:    rpSignal("lines_numerical_chars_fraction_mean", "share of characters", step.Share, "Numbers in a normalized line on average."),
		rpLineNumbersMin: rpSignal("lines_numerical_chars_fraction_min", "share of characters", step.Share, "The least share of numbers that a normalized line has."),
		rpLineNumbersMax: rpSignal("lines_numerical_chars_fraction_max", "share of characters", step.Share, "The greatest share of numbers that a normalized line has."),
		rpLineUpper:      rpSignal("lines_uppercase_letter_fraction_mean", "share of characters", step.Share, "Capitals in a line on average, its newline being a character of it."),
		rpLineUpperMin:   rpSignal("lines_uppercase_letter_fraction_min", "share of characters", step.Share, "The least share of capitals that a line has."),
		rpLineUpperMax:   rpSignal("lines_uppercase_letter_fraction_max", "share of characters", step.Share, "The greatest share of capitals that a line has."),
	},
	New: func() step.Settings { return &redpajamaSettings{} },
}

// The rules of redpajama by index.
const (
	rpWords = iota
	rpSentences
	rpWordLength
	rpUnique
	rpEntropy
	rpStopWords
	rpSymbols
	rpCaps
	rpNoLetters
	rpEllipses
	rpCurly
	rpLorem
	rpBadWords
	rpUT1
	rpLength
	rpTop2
	rpTop3
	rpTop4
	rpDupe5
	rpDupe6
	rpDupe7
	rpDupe8
	rpDupe9
	rpDupe10
	rpLines
	rpTerminal
	rpBullets
	rpScripts
	rpScriptsMax
	rpLineWords
	rpLineWordsMin
	rpLineWordsMax
	rpLineNumbers
	rpLineNumbersMin
	rpLineNumbersMax
	rpLineUpper
	rpLineUpperMin
	rpLineUpperMax
	rpRules // how many there are
)

// rpSignal declares a signal: a rule that any value keeps.
func rpSignal(name, unit string, scale step.Scale, doc string) step.Rule {
	return step.Rule{Name: name, Unit: unit, Doc: doc, Min: step.NoMin, Max: step.NoMax, Scale: scale, Column: true}
}

func rpTop(n int) step.Rule {
	return rpSignal(fmt.Sprintf("doc_frac_chars_top_%dgram", n), "share of characters of words", step.Share,
		fmt.Sprintf("Length times occurrences of the most frequent sequence of %d normalized words, if it occurs twice; the first of equally frequent ones.", n))
}

func rpDupe(n int) step.Rule {
	return rpSignal(fmt.Sprintf("doc_frac_chars_dupe_%dgrams", n), "share of characters of words", step.Share,
		fmt.Sprintf("Normalized words in sequences of %d words that occur more than once, the first occurrence included.", n))
}

type redpajamaSettings struct {
	BadWords  string   `yaml:"bad_words" doc:"path of a list of words and phrases, one in a line, such as a file of LDNOOBW"`
	StopWords string   `yaml:"stop_words" doc:"path of a list of stop words, one in a line; without one, the eight of Gopher"`
	UT1       []string `yaml:"ut1" doc:"paths of lists of hosts by category, in their order: files, or folders of UT1, the block list of the Université Toulouse 1 Capitole"`
}

// Build makes the step.
func (s *redpajamaSettings) Build(env *step.Env) (any, error) {
	stop := []string{"the", "be", "to", "of", "and", "that", "have", "with"}
	var bad []string
	for key, list := range map[string]struct {
		path string
		into *[]string
	}{"bad_words": {s.BadWords, &bad}, "stop_words": {s.StopWords, &stop}} {
		if list.path == "" {
			continue
		}
		words, err := readTerms(env, list.path)
		if err != nil {
			return nil, &step.Fault{Key: key, Err: err}
		}
		*list.into = words
	}
	r := &redpajama{stop: newStopWords(stop), bad: newPhraseSet(bad), categories: make([]addressSet, len(s.UT1))}
	for i, path := range s.UT1 {
		if err := (*urlLists)(nil).readAddresses(env, path, &r.categories[i], nil); err != nil {
			return nil, &step.Fault{Key: "ut1", Err: err}
		}
	}
	return r, nil
}

// redpajama is the step in one worker.
type redpajama struct {
	stop stopWords
	bad  phraseSet

	categories []addressSet // of hosts
	url        canonical
	rpText
}

// Fork returns the same step for another worker.
func (r *redpajama) Fork() step.Local {
	return &redpajama{stop: r.stop, bad: r.bad, categories: r.categories}
}

// Judge measures all signals.
func (r *redpajama) Judge(d *document.Document, m *step.Meter) step.Verdict {
	var values [rpRules]float64
	r.read(d.View(), &r.stop)
	r.document(d.View(), &values)
	r.repetition(&values)
	r.ofLines(&values)
	values[rpUT1] = r.category(d.URL)
	values[rpLength] = float64(d.View().Runes())
	for i := range values {
		if m.Rules[i].Off && !m.All {
			continue
		}
		if !m.Hold(i, values[i]) {
			break
		}
	}
	return m.Verdict()
}

// category returns the first category that a URL is in, from 1, or 0.
func (r *redpajama) category(url string) float64 {
	if len(r.categories) == 0 || url == "" || !r.url.parse(url) {
		return 0
	}
	for i := range r.categories {
		if r.categories[i].match(&r.url) != matchNone {
			return float64(i + 1)
		}
	}
	return 0
}

// document measures what concerns the text as a whole.
func (r *redpajama) document(v *text.View, values *[rpRules]float64) {
	s, words := v.Text(), r.normal.Words()
	values[rpWords] = float64(len(words))
	values[rpSentences] = float64(r.sentences)
	values[rpWordLength] = step.Ratio(r.cover.Runes, len(words))
	values[rpUnique], values[rpEntropy] = r.counts.measure(words)
	if len(words) > 0 {
		values[rpStopWords] = step.Ratio(r.stopWords, r.rawWords)
	}
	values[rpSymbols] = step.Ratio(strings.Count(s, "#")+ellipses(v), r.rawWords)
	values[rpCaps] = step.Ratio(r.caps, r.rawWords)
	if r.rawWords > 0 {
		values[rpNoLetters] = 1 - step.Ratio(r.lettered, r.rawWords)
	}
	values[rpCurly] = step.Ratio(strings.Count(s, "{")+strings.Count(s, "}"), v.Runes())
	values[rpLorem] = step.Ratio(strings.Count(r.normal.Text(), "lorem ipsum"), r.normal.Runes())
	values[rpBadWords] = float64(r.bad.count(&r.normal))
}

func (r *redpajama) repetition(values *[rpRules]float64) {
	c := &r.cover
	for n := 2; n <= 4; n++ {
		if c.Top[n] > 1 {
			values[rpTop2+n-2] = step.Ratio(c.TopRunes[n]*c.Top[n], c.Runes)
		}
	}
	for n := 5; n <= 10; n++ {
		values[rpDupe5+n-5] = step.Ratio(c.Covered[n], c.Runes)
	}
}

func (r *redpajama) ofLines(values *[rpRules]float64) {
	n := len(r.lines)
	values[rpLines] = float64(n)
	if n == 0 {
		return
	}
	terminal, bullets, ellipses, scripts, words := 0, 0, 0, 0, 0
	most, fewest, scriptsMax := 0, int(r.lines[0].words), 0
	numbers, upper := newSpread(), newSpread()
	for i := range r.lines {
		l := &r.lines[i]
		terminal += asInt(l.terminal)
		bullets += asInt(l.bullet)
		ellipses += asInt(l.ellipsis)
		scripts += int(l.scripts)
		scriptsMax = max(scriptsMax, int(l.scripts))
		words += int(l.words)
		fewest, most = min(fewest, int(l.words)), max(most, int(l.words))
		numbers.add(step.Ratio(int(l.numbers), int(l.normalRunes)))
		upper.add(step.Ratio(int(l.upper), int(l.runes)))
	}
	values[rpEllipses], values[rpTerminal], values[rpBullets] = step.Ratio(ellipses, n), step.Ratio(terminal, n), step.Ratio(bullets, n)
	values[rpScripts], values[rpScriptsMax] = float64(scripts), float64(scriptsMax)
	values[rpLineWords], values[rpLineWordsMin], values[rpLineWordsMax] = step.Ratio(words, n), float64(fewest), float64(most)
	values[rpLineNumbers], values[rpLineNumbersMin], values[rpLineNumbersMax] = numbers.sum/float64(n), numbers.min, numbers.max
	values[rpLineUpper], values[rpLineUpperMin], values[rpLineUpperMax] = upper.sum/float64(n), upper.min, upper.max
}

func asInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A spread sums up shares.
type spread struct{ sum, min, max float64 }

func newSpread() spread { return spread{min: 1} }

func (s *spread) add(x float64) {
	s.sum += x
	s.min, s.max = min(s.min, x), max(s.max, x)
}
