package filters

import (
	"strings"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// NeMoCode keeps source code as NeMo Curator's filters for it do.
var NeMoCode = step.Spec{
	Name: "nemo_code",
	Doc: "Keeps source code as the filters of NeMo Curator for it do; the rules bear the names of its filters. Lines lie between newlines. " +
		"max_line_length, mean_line_length and alphanum_fraction are what its filter by extension looks at, with the bounds that its table has for most languages (for Markdown it has none for lines); texts without characters have 0. " +
		"html_boilerplate takes a text for HTML: tags, comments, declarations, scripts and styles are not shown; a text that shows less than 100 characters has 0. " +
		"Not here: its share of comments in Python, which asks Python's own parser, its share of comments in other languages, and its characters per token, which asks a tokenizer.",
	Source: "NVIDIA NeMo Curator, nemo_curator/stages/text/filters/heuristic/code/code.py at 1e2e4275; Li et al. 2023 (StarCoder), arXiv:2305.06161, section 3",
	Rules: []step.Rule{
		ncLines:        {Name: "num_lines", Unit: "lines", Min: 10, Max: 20_000, Scale: step.Log, Doc: "Lines, the last one also where it is empty."},
		ncXML:          {Name: "xml_header", Unit: "0 or 1", Min: step.NoMin, Max: 0, Scale: step.Share, Doc: "1 where the first 100 characters have \"<?xml version=\"."},
		ncAlphabetic:   shareAtLeast("alpha_filter", "share of characters", 0.25, "Alphabetic characters, vowel signs and Roman numerals among them."),
		ncHTML:         shareAtLeast("html_boilerplate", "share of characters", 0.2, "Characters that HTML shows."),
		ncLongest:      {Name: "max_line_length", Unit: "characters", Min: step.NoMin, Max: 1000, Scale: step.Log, Doc: "Characters of the longest line."},
		ncMean:         {Name: "mean_line_length", Unit: "characters", Min: step.NoMin, Max: 100, Scale: step.Log, Doc: "Characters of a line on average."},
		ncAlphanumeric: shareAtLeast("alphanum_fraction", "share of characters", 0.25, "ASCII letters and digits, newlines, and ? ! , and the full stop."),
	},
	New: func() step.Settings { return &nemoCodeSettings{} },
}

// The rules of nemo_code by index.
const (
	ncLines = iota
	ncXML
	ncAlphabetic
	ncHTML
	ncLongest
	ncMean
	ncAlphanumeric
	ncRules // how many there are
)

type nemoCodeSettings struct{}

// Build makes the step.
func (*nemoCodeSettings) Build(*step.Env) (any, error) { return &nemoCode{references{}}, nil }

// nemoCode is the step in one worker.
type nemoCode struct{ references }

// Fork returns the same step for another worker.
func (*nemoCode) Fork() step.Local { return &nemoCode{references{}} }

// Judge measures the rules in order until one fails.
func (n *nemoCode) Judge(d *document.Document, m *step.Meter) step.Verdict {
	v := d.View()
	var values [ncRules]float64
	s, all := v.Text(), v.Runes()
	lines, longest := v.Lines(), 0
	for i := range lines {
		longest = max(longest, int(lines[i].Runes))
	}
	alphabetic, kept := sourceLetters(s)
	values[ncLines] = float64(len(lines))
	values[ncXML] = float64(asInt(strings.Contains(s[:bytesOfRunes(s, 100)], "<?xml version=")))
	values[ncAlphabetic], values[ncAlphanumeric] = step.Ratio(alphabetic, all), step.Ratio(kept, all)
	if shown := n.shownByHTML(s); shown >= 100 {
		values[ncHTML] = step.Ratio(shown, all)
	}
	values[ncLongest] = float64(longest)
	values[ncMean] = float64(all+1)/float64(len(lines)) - 1
	for i, value := range values {
		if m.Rules[i].Off && !m.All {
			continue
		}
		if !m.Hold(i, value) {
			break
		}
	}
	return m.Verdict()
}

// sourceLetters counts the alphabetic characters, and those that count as alphanumeric.
func sourceLetters(s string) (alphabetic, kept int) {
	for i := 0; i < len(s); {
		if b := s[i]; b < utf8.RuneSelf {
			alphabetic += asInt(b|0x20 >= 'a' && b|0x20 <= 'z')
			kept += int(nemoClasses[b] & nemoKept)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		alphabetic += asInt(text.IsAlphabetic(r))
		i += n
	}
	return alphabetic, kept
}
