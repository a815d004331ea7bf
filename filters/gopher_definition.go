package filters

import (
	"fmt"
	"strings"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// errDefinition is the fault of a definition that there is not.
func errDefinition(name, possible string) error {
	return &step.Fault{Key: "definition", Err: fmt.Errorf("%q: %s are possible", name, possible)}
}

type gopherRepetitionSettings struct {
	Definition string `yaml:"definition" doc:"whose way of counting it is: datatrove, mask, dolma or nemo"`
}

// Build makes the step.
func (s *gopherRepetitionSettings) Build(*step.Env) (any, error) {
	switch s.Definition {
	case "datatrove":
		return step.Table{}, nil
	case "mask":
		return &measuredAs{measure: maskRepetition, dclm: &dclm{}}, nil
	case "dolma":
		return &measuredAs{measure: dolmaRepetition, dolma: &dolma{}}, nil
	case "nemo":
		return &measuredAs{measure: nemoRepetition, nemo: &nemo{}}, nil
	}
	return nil, errDefinition(s.Definition, "datatrove, mask, dolma and nemo")
}

// The rules of gopher_repetition by index.
const (
	grParagraphs = iota
	grParagraphChars
	grLines
	grLineChars
	grTop2
	grTop3
	grTop4
	grDup5
	grDup6
	grDup7
	grDup8
	grDup9
	grDup10
	grRules // how many there are
)

// The rules of gopher_quality by index.
const (
	gqWords = iota
	gqMeanLength
	gqHashes
	gqEllipses
	gqBulletLines
	gqEllipsisLines
	gqAlphabetic
	gqStopWords
	gqRules // how many there are
)

// measuredAs measures the rules of gopher_repetition as another program does: the
// cheaper half of them, up to the sequences of words, first.
type measuredAs struct {
	measure func(a *measuredAs, v *text.View, sequences bool)
	values  [grRules]float64
	dclm    *dclm
	dolma   *dolma
	nemo    *nemo
}

// Fork returns the same step for another worker.
func (a *measuredAs) Fork() step.Local {
	f := &measuredAs{measure: a.measure}
	switch {
	case a.dclm != nil:
		f.dclm = &dclm{}
	case a.dolma != nil:
		f.dolma = &dolma{}
	default:
		f.nemo = &nemo{}
	}
	return f
}

// Judge measures the rules in order until one fails.
func (a *measuredAs) Judge(d *document.Document, m *step.Meter) step.Verdict {
	v := d.View()
	for i := range m.Rules {
		if i == grParagraphs || i == grTop2 {
			a.measure(a, v, i == grTop2)
		}
		if m.Rules[i].Off && !m.All {
			continue
		}
		if !m.Hold(i, a.values[i]) {
			break
		}
	}
	return m.Verdict()
}

// hold sets values from a rule on.
func (a *measuredAs) hold(rule int, values ...float64) { copy(a.values[rule:], values) }

func maskRepetition(a *measuredAs, v *text.View, sequences bool) {
	c := a.dclm
	if sequences {
		c.grams(v.Text())
		a.hold(grTop2, c.values[dclmTop2:dclmAll10+1]...)
		return
	}
	c.segments(v.Text())
	a.hold(grParagraphs, c.values[dclmParagraphs], c.values[dclmParagraphChars], c.values[dclmLines], c.values[dclmLineChars])
}

func dolmaRepetition(a *measuredAs, v *text.View, sequences bool) {
	o := a.dolma
	if sequences {
		o.grams()
		a.hold(grTop2, o.values[dolmaTop2:dolmaTop4+1]...)
		a.hold(grDup5, o.values[dolmaDup5:dolmaDup10+1]...)
		return
	}
	o.split.Reset(v.Text())
	o.split.Use(text.Whitespace)
	o.lines(v.Text())
	a.hold(grParagraphs, 0, 0, o.values[dolmaLines], o.values[dolmaLineChars])
}

func nemoRepetition(a *measuredAs, v *text.View, sequences bool) {
	n := a.nemo
	n.view = v
	if sequences {
		n.grams()
		a.hold(grTop2, n.values[nemoTop2:nemoDup10+1]...)
		return
	}
	n.lines()
	n.paragraphs()
	a.hold(grParagraphs, n.repeated[nemoParagraphsOf], n.repeated[nemoParagraphCharsOf], n.repeated[nemoLinesOf], n.repeated[nemoLineCharsOf])
}

// qualityAs measures the rules of gopher_quality as another program does.
type qualityAs struct {
	definition string
	dclm       dclm
	dolma      dolma
	nemo       nemo
}

func newQualityAs(definition string) (*qualityAs, error) {
	switch definition {
	case "datatrove":
		return nil, nil
	case "dclm", "dolma", "nemo":
		return &qualityAs{definition: definition}, nil
	}
	return nil, errDefinition(definition, "datatrove, dclm, dolma and nemo")
}

// measure returns the values of all rules.
func (a *qualityAs) measure(v *text.View, stop *stopWords) (values [gqRules]float64) {
	switch a.definition {
	case "dclm":
		return a.asDCLM(v, stop)
	case "dolma":
		return a.asDolma(v, stop)
	}
	return a.asNeMo(v, stop)
}

func (a *qualityAs) asDCLM(v *text.View, stop *stopWords) (values [gqRules]float64) {
	c := &a.dclm
	c.stop = *stop
	c.split.Reset(v.Text())
	c.split.Use(text.Whitespace)
	c.words(v)
	c.lines(v)
	values[gqWords], values[gqMeanLength] = float64(properTokens(v.Text())), c.values[dclmMeanLength]
	values[gqHashes] = c.values[dclmSymbols]
	values[gqBulletLines], values[gqEllipsisLines] = c.values[dclmBullets], c.values[dclmEllipses]
	words, letters := c.split.Words(), 0
	for i := range words {
		letters += asInt(words[i].Kind&text.Alphabetic != 0)
	}
	values[gqAlphabetic], values[gqStopWords] = step.Ratio(letters, len(words)), c.values[dclmStopWords]
	return values
}

func (a *qualityAs) asDolma(v *text.View, stop *stopWords) (values [gqRules]float64) {
	o, s := &a.dolma, v.Text()
	o.required = *stop
	o.split.Reset(s)
	o.split.Use(text.Whitespace)
	o.words(s)
	values[gqWords], values[gqMeanLength], values[gqHashes] = o.values[dolmaWords], o.values[dolmaMedian], o.values[dolmaSymbols]
	values[gqAlphabetic], values[gqStopWords] = o.values[dolmaLetters], o.values[dolmaRequired]
	lines, bullets, ellipses := 0, 0, 0
	for line := range strings.SplitSeq(s, "\n") {
		lines++
		bullets += asInt(strings.HasPrefix(line, "*") || strings.HasPrefix(line, "-"))
		ellipses += asInt(strings.HasSuffix(line, "\u2026"))
	}
	values[gqBulletLines], values[gqEllipsisLines] = step.Ratio(bullets, lines), step.Ratio(ellipses, lines)
	return values
}

func (a *qualityAs) asNeMo(v *text.View, stop *stopWords) (values [gqRules]float64) {
	n := &a.nemo
	n.view, n.common = v, *stop
	n.words()
	n.lines()
	values[gqWords], values[gqMeanLength], values[gqHashes] = n.values[nemoWords], n.values[nemoMeanLength], n.values[nemoSymbols]
	values[gqBulletLines], values[gqEllipsisLines] = n.values[nemoBullets], n.values[nemoEllipsis]
	values[gqAlphabetic], values[gqStopWords] = n.values[nemoAlphabetic], n.values[nemoCommon]
	return values
}
