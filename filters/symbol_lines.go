package filters

import (
	"strings"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// SymbolLines drops the lines that are made of symbols.
var SymbolLines = step.Spec{
	Name: "symbol_lines",
	Doc: "Drops the lines that are made of nothing but symbols and spaces, such as rulers; lines of white space stay. Symbols are datatrove's punctuation signs, controls and marks that end sentences. " +
		"Lines end as in Python's str.splitlines, and newlines join those that stay, so that none is left behind the last. Removes no document. Follows datatrove's SymbolLinesFormatter; FineWeb-2 has {symbols: \"|\", gap: true}, for what is left of tables.",
	Source: "datatrove, formatters/symbol_lines_remover.py at a649de79",
	Rules: []step.Rule{
		symbolDropped:  editRule("dropped_lines", "lines", "Lines dropped."),
		symbolLineEnds: editRule("line_ends", "line ends", "Other line ends made a newline, and those behind the last line cut."),
	},
	New: func() step.Settings { return &symbolLinesSettings{} },
}

// The rules of symbol_lines by index.
const (
	symbolDropped = iota
	symbolLineEnds
)

type symbolLinesSettings struct {
	Symbols string `yaml:"symbols" doc:"the characters that are symbols, in place of datatrove's"`
	Gap     bool   `yaml:"gap" doc:"whether an empty line, and the end of one, take the place of lines dropped in a row, so that a paragraph ends there (datatrove's replace_char of a newline)"`
}

// Build makes the step.
func (s *symbolLinesSettings) Build(*step.Env) (any, error) { return symbolLines(*s), nil }

type symbolLines symbolLinesSettings

// Judge drops lines.
func (s symbolLines) Judge(d *document.Document, m *step.Meter) step.Verdict {
	m.Hold(symbolDropped, 0)
	m.Hold(symbolLineEnds, 0)
	v := d.View()
	page, lines := v.Text(), v.SplitLines()
	goes := func(line string) bool { return !m.Rules[symbolDropped].Off && s.isSymbolLine(line) }
	last := len(lines) - 1 // line that stays
	for last >= 0 && goes(lines[last].Of(page)) {
		last--
	}
	dropping := false
	for i, l := range lines {
		next := len(page)
		if i+1 < len(lines) {
			next = int(lines[i+1].Start)
		}
		if i < last && goes(l.Of(page)) || i > last {
			m.Edit(symbolDropped, int(l.Start), next, s.inPlace(dropping, i < last))
			dropping = true
			continue
		}
		dropping = false
		end := ""
		if i < last || s.Gap && i+1 < len(lines) {
			end = "\n"
		}
		if page[l.End:next] != end {
			m.Edit(symbolLineEnds, int(l.End), next, end)
		}
	}
	return m.Verdict()
}

// inPlace returns what takes the place of a line that is dropped: of the first in a row,
// and before one that stays, or behind all of them.
func (s symbolLines) inPlace(dropping, before bool) string {
	switch {
	case dropping || !s.Gap:
		return ""
	case before:
		return "\n\n"
	}
	return "\n"
}

// isSymbolLine reports whether a line has symbols, and nothing else but spaces.
func (s symbolLines) isSymbolLine(line string) bool {
	symbols := false
	for i := 0; i < len(line); {
		r, n := rune(line[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(line[i:])
		}
		switch {
		case r == ' ':
		case s.Symbols == "" && !text.IsPunctuation(r), s.Symbols != "" && !strings.ContainsRune(s.Symbols, r):
			return false
		default:
			symbols = symbols || !text.IsSpace(r)
		}
		i += n
	}
	return symbols
}
