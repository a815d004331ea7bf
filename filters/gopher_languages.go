package filters

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tamis/document"
	"tamis/step"
)

// A qualityLanguages says what gopher_quality holds documents of some languages to,
// by the label of the language step; `auto` alone takes every list in the program.
type qualityLanguages map[string]qualityLanguage

// autoLanguages stands for the lists in the program.
const autoLanguages = "auto"

// UnmarshalScalar reads `auto`.
func (l *qualityLanguages) UnmarshalScalar(v string) error {
	if v != autoLanguages {
		return fmt.Errorf("%q is neither auto nor a mapping of languages: write {de: {…}}", v)
	}
	*l = qualityLanguages{}
	for code := range builtinLanguages() {
		(*l)[code] = qualityLanguage{Path: autoLanguages}
	}
	return nil
}

// A qualityLanguage is one language of gopher_quality. What it leaves open is as the
// step has it.
type qualityLanguage struct {
	Path            string   // of a file that holds the fields below; auto for the list in the program
	StopWordList    []string `yaml:"stop_word_list" doc:"words of which a text needs some"`
	StopWordsInside bool     `yaml:"stop_words_inside" doc:"whether stop words are looked for anywhere in the text, for scripts without spaces"`
	Words           bounds   `yaml:"words" doc:"bounds of the rule, or off"`
	MeanWordLength  bounds   `yaml:"mean_word_length" doc:"bounds of the rule, or off"`
	HashesPerWord   bounds   `yaml:"hashes_per_word" doc:"bounds of the rule, or off"`
	EllipsesPerWord bounds   `yaml:"ellipses_per_word" doc:"bounds of the rule, or off"`
	BulletLines     bounds   `yaml:"bullet_lines" doc:"bounds of the rule, or off"`
	EllipsisLines   bounds   `yaml:"ellipsis_lines" doc:"bounds of the rule, or off"`
	Alphabetic      bounds   `yaml:"alphabetic_words" doc:"bounds of the rule, or off"`
	StopWords       bounds   `yaml:"stop_words" doc:"bounds of the rule, or off"`
}

// UnmarshalScalar reads the path of a file, or `auto`.
func (l *qualityLanguage) UnmarshalScalar(v string) error {
	l.Path = v
	return nil
}

// A bounds is what one language holds a rule to.
type bounds struct {
	Min *float64 `yaml:"min" doc:"least value that stays"`
	Max *float64 `yaml:"max" doc:"greatest value that stays"`
	off bool
}

// UnmarshalScalar reads `off`.
func (b *bounds) UnmarshalScalar(v string) error {
	if b.off = v == "off" || v == "false"; !b.off {
		return fmt.Errorf("%q is neither off nor bounds: write {min: …, max: …}", v)
	}
	return nil
}

// onto sets the rule's bounds.
func (b *bounds) onto(r *step.Rule) error {
	r.Off = r.Off || b.off
	if b.Min != nil {
		r.Min = *b.Min
	}
	if b.Max != nil {
		r.Max = *b.Max
	}
	if r.Min > r.Max {
		return fmt.Errorf("%s keeps nothing: its min %v is above its max %v", r.Name, r.Min, r.Max)
	}
	return nil
}

// A heldLanguage is what documents of one language are held to.
type heldLanguage struct {
	rules  []step.Rule
	stop   stopWords
	inside []string // stop words that are looked for anywhere in the text
}

// stopCount returns how many different stop words the document has.
func (h *heldLanguage) stopCount(d *document.Document) int {
	if h.inside == nil {
		return h.stop.count(d.View().Words())
	}
	n := 0
	for _, word := range h.inside {
		if strings.Contains(d.Text(), word) {
			n++
		}
	}
	return n
}

// hold makes what documents of a language are held to.
func (l qualityLanguage) hold(base *heldLanguage) (*heldLanguage, error) {
	h := *base
	h.rules = slices.Clone(base.rules)
	of := []*bounds{&l.Words, &l.MeanWordLength, &l.HashesPerWord, &l.EllipsesPerWord, &l.BulletLines, &l.EllipsisLines, &l.Alphabetic, &l.StopWords}
	for i, b := range of {
		if err := b.onto(&h.rules[i]); err != nil {
			return nil, err
		}
	}
	if len(l.StopWordList) > maxStopWords {
		return nil, fmt.Errorf("%d stop words, at most %d are possible", len(l.StopWordList), maxStopWords)
	}
	switch {
	case l.StopWordsInside && l.StopWordList == nil:
		return nil, errors.New("stop_words_inside without a stop_word_list")
	case l.StopWordsInside:
		h.inside = slices.Compact(slices.Sorted(slices.Values(l.StopWordList)))
	case l.StopWordList != nil:
		h.stop, h.inside = newStopWords(l.StopWordList), nil
	}
	return &h, nil
}

// holdLanguages makes what documents are held to, by label, and finds the label.
func holdLanguages(env *step.Env, languages qualityLanguages, base *heldLanguage) (held map[string]*heldLanguage, slot int, err error) {
	if len(languages) == 0 {
		return nil, 0, nil
	}
	slot, ok := env.Label("language.label")
	if !ok {
		return nil, 0, &step.Fault{Key: "languages", Err: errors.New("no `language` step stands above, which would name the languages")}
	}
	held = map[string]*heldLanguage{}
	for _, code := range slices.Sorted(maps.Keys(languages)) {
		l, err := languages[code].read(env, code)
		if err == nil {
			held[code], err = l.hold(base)
		}
		if err != nil {
			return nil, 0, &step.Fault{Key: "languages", Err: fmt.Errorf("%s: %w", code, err)}
		}
	}
	return held, slot, nil
}

// read returns the language with what its path leads to.
func (l qualityLanguage) read(env *step.Env, code string) (qualityLanguage, error) {
	switch l.Path {
	case "":
		return l, nil
	case autoLanguages:
		own, ok := builtinLanguages()[code]
		if !ok {
			known := slices.Sorted(maps.Keys(builtinLanguages()))
			return l, fmt.Errorf("the program has no list of this language: it has %s", strings.Join(known, ", "))
		}
		return own, nil
	}
	var read qualityLanguage
	if err := env.Decode(l.Path, &read); err != nil {
		return l, err
	}
	if read.Path != "" {
		return l, fmt.Errorf("%s is no mapping with stop_word_list and bounds", l.Path)
	}
	return read, nil
}

// One file for each language: the bounds of mean_word_length, perhaps
// stop_words_inside, and the words. The words are function words, which nearly every
// text of some length has. The bounds are the English ones, 3 to 10, times the mean
// word of the language divided by the English one, both in the Universal Declaration
// of Human Rights, rounded away from each other; in scripts without spaces the rule
// is off.
//
//go:embed languages
var languageFiles embed.FS

// builtinLanguages returns the languages in the program by ISO 639-1 code. Norwegian
// is found as nb and as no, since identifiers use either.
func builtinLanguages() map[string]qualityLanguage {
	files, err := languageFiles.ReadDir("languages")
	if err != nil {
		panic(err) // it is part of the program
	}
	all := map[string]qualityLanguage{}
	for _, f := range files {
		data, err := languageFiles.ReadFile("languages/" + f.Name())
		if err != nil {
			panic(err)
		}
		all[strings.TrimSuffix(f.Name(), ".txt")] = parseLanguage(string(data))
	}
	all["no"] = all["nb"]
	return all
}

func parseLanguage(file string) (l qualityLanguage) {
	for line := range strings.Lines(file) {
		switch fields := strings.Fields(line); fields[0] {
		case "mean_word_length":
			l.MeanWordLength = parseBounds(fields[1:])
		case "stop_words_inside":
			l.StopWordsInside = true
		default:
			l.StopWordList = append(l.StopWordList, fields...)
		}
	}
	return l
}

// parseBounds reads "off", or least and greatest value.
func parseBounds(fields []string) (b bounds) {
	if fields[0] == "off" {
		return bounds{off: true}
	}
	for i, to := range []**float64{&b.Min, &b.Max} {
		value, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			panic(err) // it is part of the program
		}
		*to = &value
	}
	return b
}
