package filters

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// FineWeb removes lists, menus and pages of repeated lines.
var FineWeb = step.Spec{
	Name: "fineweb",
	Doc: "Removes lists, menus and pages of repeated lines. Lines lie between line feeds, are not stripped, and those of white space alone do not count. " +
		"Follows datatrove's code where the paper differs: the paper has lines of less than 30 characters and 0.1 for duplicate_line_characters (0.01 in its " +
		"appendix), and no rule for newlines_per_word. FineWeb-2 has short_lines: off and duplicate_line_characters: {max: 0.1} for all languages.",
	Source: "Penedo et al. 2024, arXiv:2406.17557, section 3.6; datatrove, fineweb_quality_filter.py at a649de79",
	Rules: []step.Rule{
		{Name: "lines", Unit: "lines", Min: 1, Max: step.NoMax, Scale: step.Log,
			Doc: "Lines that are not blank.", Measure: func(v *text.View) float64 { return float64(countLines(v, isFull)) }},
		{Name: "punctuated_lines", Unit: "share of lines", Min: 0.12, Max: step.NoMax, Scale: step.Share,
			Doc:     "Lines whose very last character is a terminal mark; a space or quotation mark behind it hides it.",
			Measure: func(v *text.View) float64 { return lineShare(v, endsTerminated) }},
		maxShare("short_lines", "share of lines", 0.67, "Lines of at most `short_line` characters, 30 by default.",
			func(v *text.View) float64 { return lineShare(v, isShort) }),
		maxShare("duplicate_line_characters", "share of characters", 0.01,
			"Characters of the lines equal to an earlier one; line feeds are no characters here.", duplicateLineCharacters),
		maxShare("newlines_per_word", "per word", 0.3, "Line feeds in the text.",
			func(v *text.View) float64 { return perWord(v, len(v.Lines())-1) }),
	},
	New: func() step.Settings { return &fineWebSettings{ShortLine: 30} },
}

// Rules of fineweb by index that hang on settings.
const (
	fineWebPunctuated = 1
	fineWebShort      = 2
)

type fineWebSettings struct {
	ShortLine   int    `yaml:"short_line" doc:"characters that a short line has at most"`
	ExcludeZero bool   `yaml:"exclude_zero" doc:"whether texts without any punctuated line pass punctuated_lines, datatrove's line_punct_exclude_zero"`
	StopChars   string `yaml:"stop_chars" doc:"the terminal marks, all in one word; empty for those of all scripts"`
}

// Build makes the step.
func (s *fineWebSettings) Build(env *step.Env) (any, error) {
	if s.ShortLine < 0 {
		return nil, &step.Fault{Key: "short_line", Err: fmt.Errorf("%d characters: 0 and more are possible", s.ShortLine)}
	}
	return &fineWeb{*s}, nil
}

// fineWeb is the step; it holds nothing of a document.
type fineWeb struct{ fineWebSettings }

// Judge measures the rules in order until one fails.
func (f *fineWeb) Judge(d *document.Document, m *step.Meter) step.Verdict {
	v := d.View()
	for i := range m.Rules {
		r := &m.Rules[i]
		if r.Off && !m.All {
			continue
		}
		value := 0.0
		switch i {
		case fineWebPunctuated:
			value = f.punctuated(v)
			if f.ExcludeZero && value == 0 {
				m.Values[i] = value
				continue
			}
		case fineWebShort:
			value = f.short(v)
		default:
			value = r.Measure(v)
		}
		if !m.Hold(i, value) {
			break
		}
	}
	return m.Verdict()
}

// punctuated returns the share of lines that end in a terminal mark.
func (f *fineWeb) punctuated(v *text.View) float64 {
	if f.StopChars == "" {
		return lineShare(v, endsTerminated)
	}
	lines, full, n := v.Lines(), 0, 0
	for i := range lines {
		if l := &lines[i]; !l.Blank {
			full++
			r, _ := utf8.DecodeLastRuneInString(l.Of(v.Text()))
			n += asInt(strings.ContainsRune(f.StopChars, r))
		}
	}
	return step.Ratio(n, full)
}

// short returns the share of lines that are short.
func (f *fineWeb) short(v *text.View) float64 {
	lines, full, n := v.Lines(), 0, 0
	for i := range lines {
		if l := &lines[i]; !l.Blank {
			full++
			n += asInt(int(l.Runes) <= f.ShortLine)
		}
	}
	return step.Ratio(n, full)
}

func countLines(v *text.View, is func(v *text.View, l *text.Line) bool) int {
	lines, n := v.Lines(), 0
	for i := range lines {
		if l := &lines[i]; !l.Blank && is(v, l) {
			n++
		}
	}
	return n
}

func lineShare(v *text.View, is func(v *text.View, l *text.Line) bool) float64 {
	return step.Ratio(countLines(v, is), countLines(v, isFull))
}

func isFull(*text.View, *text.Line) bool { return true }

func isShort(_ *text.View, l *text.Line) bool { return l.Runes <= 30 }

func endsTerminated(v *text.View, l *text.Line) bool {
	r, _ := utf8.DecodeLastRuneInString(l.Of(v.Text()))
	return text.IsTerminal(r)
}

func duplicateLineCharacters(v *text.View) float64 {
	lines, n := v.Lines(), 0
	for i := range lines {
		if lines[i].Repeat {
			n += int(lines[i].Runes)
		}
	}
	return step.Ratio(n, v.Runes()-(len(lines)-1))
}
