package classify

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tamis/step"
)

// A paragraph is a line that is not empty. Its code is empty where it is not surely in
// one language.
type paragraph struct {
	start, end int
	Guess
}

// read names the language of each paragraph.
func (l *language) read(text string) {
	l.paragraphs = l.paragraphs[:0]
	for start := 0; start < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			end = start + i
		}
		if end > start {
			p := paragraph{start, end, l.guess(l.prepare.text(text[start:end]), 1)}
			if end-start < l.settings.ParagraphBytes || p.Score < l.settings.ParagraphScore || p.Code == Undetermined {
				p.Code = ""
			}
			l.paragraphs = append(l.paragraphs, p)
		}
		start = end + 1
	}
}

// A languageTally is the text that is surely in one language.
type languageTally struct {
	code  string
	bytes int
	score float64 // of each byte, added up
}

// mostOf returns the language that most of the text is surely in, among those to keep if
// any of it is, with its mean score; of equal ones the first.
func (l *language) mostOf() (Guess, bool) {
	l.tallies = l.tallies[:0]
	for _, p := range l.paragraphs {
		if p.Code == "" {
			continue
		}
		i := slices.IndexFunc(l.tallies, func(t languageTally) bool { return t.code == p.Code })
		if i < 0 {
			i = len(l.tallies)
			l.tallies = append(l.tallies, languageTally{code: p.Code})
		}
		l.tallies[i].bytes += p.end - p.start
		l.tallies[i].score += float64(float64(p.end-p.start) * p.Score)
	}
	var most languageTally
	for _, t := range l.tallies {
		keep, kept := slices.Contains(l.settings.Keep, t.code), slices.Contains(l.settings.Keep, most.code)
		if keep && !kept || keep == kept && t.bytes > most.bytes {
			most = t
		}
	}
	return Guess{most.code, most.score / float64(max(most.bytes, 1))}, most.bytes > 0
}

// sift asks for the cuts of paragraphs that are surely in another language than the
// document and none to keep, and returns their share of the text.
func (l *language) sift(code string, all int, m *step.Meter) float64 {
	foreign := 0
	for _, p := range l.paragraphs {
		if p.Code == "" || p.Code == code || slices.Contains(l.settings.Keep, p.Code) {
			continue
		}
		foreign += p.end - p.start
		if l.settings.Action == actionCut {
			m.Edit(ruleCut, p.start, min(p.end+1, all), "") // with the line end
		}
		if m.Note != nil {
			m.Note(fmt.Sprintf("paragraph at bytes %d to %d: %s %.3f", p.start, p.end, p.Code, p.Score))
		}
	}
	return step.Ratio(foreign, all)
}

// listed writes the paragraphs as the label has them.
func (l *language) listed() string {
	var b []byte
	for i, p := range l.paragraphs {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(strconv.AppendInt(b, int64(p.start), 10), '-')
		b = append(strconv.AppendInt(b, int64(p.end), 10), ' ')
		b = append(b, cmp.Or(p.Code, "?")...)
	}
	return string(b)
}
