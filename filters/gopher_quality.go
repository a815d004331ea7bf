package filters

import (
	"fmt"
	"strings"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// gopherTogether is what dclm, dolma and nemo have in common.
const gopherTogether = "Words count with their punctuation, stop words as often as they occur; hashes_per_word has hash signs and ellipses together, and ellipses_per_word is 0. "

// GopherQuality keeps texts that read like prose.
var GopherQuality = step.Spec{
	Name:   "gopher_quality",
	Doc:    "Keeps texts that read like prose. A share of nothing is 0, so that an empty text goes for its words.",
	Source: "Rae et al. 2021, arXiv:2112.11446, section A1.1; datatrove, gopher_quality_filter.py at a649de79; dclm: content_filters.py at 361714bd; dolma: taggers/gopher.py at 669f5348; nemo: NeMo Curator, heuristic/string.py at 1e2e4275",
	Definitions: []step.Definition{
		{Name: "datatrove", Doc: "Words of nothing but punctuation do not count for words and mean_word_length, but for the other shares of words. Hash signs and ellipses are counted in the text. " +
			"Stop words are looked up as they are written, and different ones counted."},
		{Name: "dclm", Doc: gopherTogether + "Words begin with a letter or number, the other shares are of what lies between white space. Bullets are also U+25CF and asterisks, \". . .\" is an ellipsis, and stop words may be in any case."},
		{Name: "dolma", Doc: gopherTogether + "Words lie between white space; mean_word_length is the median length; hashes_per_word counts the words with a hash sign or U+2026. Lines are not stripped, bullets are asterisks and hyphens, " +
			"and an ellipsis at a line's end is U+2026."},
		{Name: "nemo", Doc: gopherTogether + "Words of the splitter; hashes_per_word counts words that are an ellipsis or mostly hash signs. Blank lines do not count; there are twelve bullets, without hyphen and asterisk, " +
			"and eight ellipses, with \"read more\" among them."},
	},
	Rules: []step.Rule{
		{Name: "words", Unit: "words", Min: 50, Max: 100_000, Scale: step.Log,
			Doc: "Words that are more than punctuation.", Measure: properWords},
		{Name: "mean_word_length", Unit: "characters", Min: 3, Max: 10, Scale: step.Log,
			Doc: "Mean length of the words that are more than punctuation.", Measure: meanWordLength},
		maxShare("hashes_per_word", "per word", 0.1, "Hash signs in the text.",
			func(v *text.View) float64 { return perWord(v, strings.Count(v.Text(), "#")) }),
		maxShare("ellipses_per_word", "per word", 0.1, "Ellipses in the text: \"...\" and U+2026.",
			func(v *text.View) float64 { return perWord(v, ellipses(v)) }),
		maxShare("bullet_lines", "share of lines", 0.9, "Lines that begin with a bullet (U+2022) or a hyphen, white space aside.", bulletLines),
		maxShare("ellipsis_lines", "share of lines", 0.3, "Lines that end with an ellipsis, white space aside.", ellipsisLines),
		{Name: "alphabetic_words", Unit: "share of words", Min: 0.8, Max: step.NoMax, Scale: step.Share,
			Doc:     "Words with at least one letter.",
			Measure: func(v *text.View) float64 { return perWord(v, v.WordTotals().Alphabetic) }},
		{Name: "stop_words", Unit: "words", Min: 2, Max: step.NoMax, Scale: step.Log,
			Doc: "Different stop words in the text, in the very letters of the list."},
	},
	New: func() step.Settings {
		return &gopherQualitySettings{Definition: "datatrove", StopWordList: []string{"the", "be", "to", "of", "and", "that", "have", "with"}}
	},
}

type gopherQualitySettings struct {
	Definition   string           `yaml:"definition" doc:"whose way of counting it is: datatrove, dclm, dolma or nemo"`
	StopWordList []string         `yaml:"stop_word_list" doc:"words of which a text needs some; those of the paper by default"`
	Languages    qualityLanguages `yaml:"languages" doc:"what documents are held to by the label of a language step above: auto for the stop words and word lengths in the program, or {de: {mean_word_length: {max: 14}, stop_word_list: […]}, pl: auto, fi: fi.yaml}; other documents are held to the step's own rules"`
}

// Build makes the step.
func (s *gopherQualitySettings) Build(env *step.Env) (any, error) {
	if len(s.StopWordList) > maxStopWords {
		return nil, &step.Fault{Key: "stop_word_list", Err: fmt.Errorf("%d words, at most %d are possible", len(s.StopWordList), maxStopWords)}
	}
	g := &gopherQuality{base: heldLanguage{rules: env.Rules, stop: newStopWords(s.StopWordList)}, stopRule: len(env.Rules) - 1}
	var err error
	if g.as, err = newQualityAs(s.Definition); err != nil {
		return nil, err
	}
	g.held, g.slot, err = holdLanguages(env, s.Languages, &g.base)
	return g, err
}

type gopherQuality struct {
	base     heldLanguage
	held     map[string]*heldLanguage // by label; nil without languages
	slot     int                      // of the label
	stopRule int
	as       *qualityAs // nil for datatrove's way, which needs no memory
}

// Fork returns the same step for another worker.
func (g *gopherQuality) Fork() step.Local {
	f := *g
	if g.as != nil {
		f.as = &qualityAs{definition: g.as.definition}
	}
	return &f
}

// Judge measures the rules in order until one fails. A document of a language with
// bounds of its own is held to those.
func (g *gopherQuality) Judge(d *document.Document, m *step.Meter) step.Verdict {
	v, held := d.View(), &g.base
	if g.held != nil {
		if own := g.held[d.Labels[g.slot]]; own != nil {
			held, m.Rules = own, own.rules
		}
	}
	var values [gqRules]float64
	if g.as != nil {
		values = g.as.measure(v, &held.stop)
	}
	for i := range m.Rules {
		r := &m.Rules[i]
		if r.Off && !m.All {
			continue
		}
		value := 0.0
		switch {
		case g.as != nil && (i != g.stopRule || held.inside == nil):
			value = values[i]
		case i == g.stopRule:
			value = float64(held.stopCount(d))
		default:
			value = r.Measure(v)
		}
		if !m.Hold(i, value) {
			break
		}
	}
	return m.Verdict()
}

func properWords(v *text.View) float64 {
	t := v.WordTotals()
	return float64(t.Words - t.Symbols)
}

func meanWordLength(v *text.View) float64 {
	t := v.WordTotals()
	return step.Ratio(t.Runes, t.Words-t.Symbols)
}

func perWord(v *text.View, n int) float64 { return step.Ratio(n, v.WordTotals().Words) }

func ellipses(v *text.View) int {
	n := text.CountTriple(v.Text(), "...")
	if !v.ASCII() {
		n += text.CountTriple(v.Text(), "\u2026")
	}
	return n
}

func bulletLines(v *text.View) float64 {
	lines, n := v.SplitLines(), 0
	for _, l := range lines {
		s := text.TrimSpace(l.Of(v.Text()))
		if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "\u2022") {
			n++
		}
	}
	return step.Ratio(n, len(lines))
}

func ellipsisLines(v *text.View) float64 {
	lines, n := v.SplitLines(), 0
	for _, l := range lines {
		s := text.TrimSpace(l.Of(v.Text()))
		if strings.HasSuffix(s, "...") || strings.HasSuffix(s, "\u2026") {
			n++
		}
	}
	return step.Ratio(n, len(lines))
}

// maxStopWords bounds a list of stop words, so that a document's can be marked
// without memory of its own.
const maxStopWords = 1024

// stopWords finds words of a list by their hashes, in an open-addressed table that
// holds the hash and one more than the place in the list.
type stopWords struct {
	hashes  []uint64
	places  []int16
	size    int
	longest int32      // bytes
	filter  [16]uint64 // bits of the hashes; most words of a text go no further
	alone   [16]uint64 // bits that one word of the list has
}

func newStopWords(list []string) stopWords {
	size := 16
	for size < 4*len(list) {
		size *= 2
	}
	s := stopWords{hashes: make([]uint64, size), places: make([]int16, size)}
	for _, word := range list {
		at := s.slot(text.Hash(word))
		if s.places[at] == 0 {
			s.size++
			s.longest = max(s.longest, int32(len(word)))
			s.hashes[at], s.places[at] = text.Hash(word), int16(s.size)
			bits, bit := text.Hash(word)>>60, uint64(1)<<(text.Hash(word)>>54&63)
			s.alone[bits] = s.alone[bits]&^bit | bit&^s.filter[bits]
			s.filter[bits] |= bit
		}
	}
	return s
}

// slot returns where the hash is, or an empty slot.
func (s *stopWords) slot(hash uint64) int {
	mask := len(s.hashes) - 1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		if s.places[i] == 0 || s.hashes[i] == hash {
			return i
		}
	}
}

// count returns how many different words of the list are among the words.
func (s *stopWords) count(words []text.Word) int {
	var found [maxStopWords/64 + 1]uint64
	filter, n := s.filter, 0
	for i := range words {
		w := &words[i]
		hash := w.Hash
		if filter[hash>>60]>>(hash>>54&63)&1 == 0 || w.End-w.Start > s.longest {
			continue
		}
		place := s.places[s.slot(hash)]
		if bit := uint64(1) << (place & 63); place > 0 && found[place>>6]&bit == 0 {
			found[place>>6] |= bit
			if n++; n == s.size {
				break
			}
			// It is not looked for again.
			filter[hash>>60] &^= s.alone[hash>>60] & (1 << (hash >> 54 & 63))
		}
	}
	return n
}
