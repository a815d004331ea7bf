package filters

import (
	"slices"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// LineLengths measures how long the lines of a text are.
var LineLengths = step.Spec{
	Name: "line_lengths",
	Doc: "Measures how long the lines of a text are, and removes nothing unless it is given bounds. Lines end as in Python's str.splitlines and are not stripped; " +
		"empty ones count, but for one after the last line end. Without a line all values are 0.",
	Source: "the usual statistics; mean and maximum as RedPajama-v1's rules for code have them (Dolma, code_taggers.py at 669f5348; DCLM, content_filters.py at 361714bd)",
	Rules: []step.Rule{
		lineLines:   openRule("lines", "lines", "Lines of the text."),
		lineMean:    openRule("mean", "characters", "Mean length of a line."),
		lineMedian:  openRule("median", "characters", "Median length of a line; between the two in the middle, their mean."),
		lineMinimum: openRule("minimum", "characters", "Length of the shortest line."),
		lineMaximum: openRule("maximum", "characters", "Length of the longest line."),
	},
	New: func() step.Settings { return &lineLengthsSettings{} },
}

// The rules of line_lengths by index.
const (
	lineLines = iota
	lineMean
	lineMedian
	lineMinimum
	lineMaximum
)

// openRule declares a rule that removes nothing unless a recipe sets a bound.
func openRule(name, unit, doc string) step.Rule {
	return step.Rule{Name: name, Unit: unit, Doc: doc, Min: step.NoMin, Max: step.NoMax, Scale: step.Log}
}

type lineLengthsSettings struct{}

// Build makes the step.
func (*lineLengthsSettings) Build(*step.Env) (any, error) { return &lineLengths{}, nil }

// lineLengths is the step in one worker.
type lineLengths struct{ lengths []int32 }

// Fork returns the same step for another worker.
func (*lineLengths) Fork() step.Local { return &lineLengths{} }

// Judge measures all lines.
func (l *lineLengths) Judge(d *document.Document, m *step.Meter) step.Verdict {
	for i, value := range l.measure(d.View()) {
		if !m.Hold(i, value) {
			break
		}
	}
	return m.Verdict()
}

func (l *lineLengths) measure(v *text.View) (values [lineMaximum + 1]float64) {
	l.lengths = l.lengths[:0]
	total := 0
	for _, p := range v.SplitLines() {
		n := v.RunesIn(int(p.Start), int(p.End))
		l.lengths = append(l.lengths, int32(n))
		total += n
	}
	n := len(l.lengths)
	if n == 0 {
		return values
	}
	slices.Sort(l.lengths)
	values[lineLines] = float64(n)
	values[lineMean] = step.Ratio(total, n)
	values[lineMedian] = float64(l.lengths[(n-1)/2]+l.lengths[n/2]) / 2
	values[lineMinimum], values[lineMaximum] = float64(l.lengths[0]), float64(l.lengths[n-1])
	return values
}
