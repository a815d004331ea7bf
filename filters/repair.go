package filters

import (
	"strings"
	"unicode/utf8"
	"unsafe"

	"tamis/document"
	"tamis/step"
)

// Repair gives a text back the characters that programs on its way have spoilt.
var Repair = step.Spec{
	Name: "repair",
	Doc: "Gives a text back the characters that programs on its way have spoilt, line by line, and removes no document. " +
		"UTF-8 that was read in another encoding, up to three times, is told by signs that stand where no language puts them and by being UTF-8 when it is written back; " +
		"entities stay in a text that has a less-than sign. Quotes, spaces and widths are a matter of taste and stay unless the recipe says otherwise.",
	Source: "Speer 2019, ftfy 6.3, doi:10.5281/zenodo.2591652, for what is repaired; the WHATWG encoding standard for the encodings",
	Rules: []step.Rule{
		repairMojibake:   editRule("mojibake", "readings", "Wrong readings undone: one for each line and each time that it was read in another encoding."),
		repairEntities:   editRule("entities", "entities", "Entities of HTML replaced by their characters."),
		repairInvisible:  editRule("invisible", "characters", "Zero-width, bidirectional and interlinear controls, and soft hyphens, removed; joiners stay."),
		repairLigatures:  editRule("ligatures", "characters", "Latin ligatures and digraphs written in letters."),
		repairQuotes:     editRule("quotes", "characters", "Curly and low quotation marks made straight."),
		repairSpaces:     editRule("spaces", "characters", "Blanks of other widths, and those that do not break, replaced by a space."),
		repairWidth:      editRule("width", "characters", "Full-width and half-width forms replaced by ordinary ones."),
		repairHyphenated: editRule("hyphenated", "words", "Words divided at a line end, joined."),
	},
	New: func() step.Settings {
		return &repairSettings{Mojibake: true, Entities: true, Invisible: true, Ligatures: true, Hyphens: "known"}
	},
}

// The rules of repair by index.
const (
	repairMojibake = iota
	repairEntities
	repairInvisible
	repairLigatures
	repairQuotes
	repairSpaces
	repairWidth
	repairHyphenated
)

type repairSettings struct {
	Mojibake  bool   `yaml:"mojibake" doc:"whether UTF-8 that was read in another encoding is decoded"`
	Entities  bool   `yaml:"entities" doc:"whether entities of HTML are replaced"`
	Invisible bool   `yaml:"invisible" doc:"whether invisible controls are removed"`
	Ligatures bool   `yaml:"ligatures" doc:"whether Latin ligatures are written in letters"`
	Quotes    bool   `yaml:"quotes" doc:"whether quotation marks are made straight"`
	Spaces    bool   `yaml:"spaces" doc:"whether other blanks become spaces"`
	Width     bool   `yaml:"width" doc:"whether full-width and half-width forms become ordinary ones; spoils Chinese and Japanese punctuation"`
	Hyphens   string `yaml:"hyphens" doc:"which words divided at line ends are joined: known (also written in one elsewhere in the text, or divided by a soft hyphen), all or none"`
}

// Build makes the step.
func (s *repairSettings) Build(*step.Env) (any, error) {
	if s.Hyphens != "known" && s.Hyphens != "all" && s.Hyphens != "none" {
		return nil, &step.Fault{Key: "hyphens", Err: errHyphens(s.Hyphens)}
	}
	return (&repairer{asked: *s, signs: s.signs()}).Fork(), nil
}

// without returns the settings without what is off by its rule, as for documents of some
// language.
func (s repairSettings) without(rules []step.Rule) repairSettings {
	for rule, on := range [...]*bool{
		repairMojibake: &s.Mojibake, repairEntities: &s.Entities, repairInvisible: &s.Invisible, repairLigatures: &s.Ligatures,
		repairQuotes: &s.Quotes, repairSpaces: &s.Spaces, repairWidth: &s.Width,
	} {
		*on = *on && !rules[rule].Off
	}
	if rules[repairHyphenated].Off {
		s.Hyphens = "none"
	}
	return s
}

type errHyphens string

func (e errHyphens) Error() string { return "\"" + string(e) + "\" is none of known, all and none" }

// A repairer is the step repair in one worker.
type repairer struct {
	asked repairSettings
	signs *signTable        // shared by all workers
	names map[string]string // entities seen so far

	// Of the document at hand:
	settings repairSettings // of what is asked for, what its rules do not leave out
	text     string
	meter    *step.Meter
	markup   bool   // it has a less-than sign
	arena    []byte // what edits put in; valid until the next document
	now, new []byte // a line as far as it is repaired
	encoded  []byte // the line in another encoding
	best     []byte // the best reading of it so far
	first    int    // the rule that repaired the line first; -1 for none
}

// Fork returns the same step for another worker.
func (r *repairer) Fork() step.Local {
	return &repairer{asked: r.asked, signs: r.signs, names: map[string]string{}}
}

// Judge asks for the edits that repair the text. It keeps every document.
func (r *repairer) Judge(d *document.Document, m *step.Meter) step.Verdict {
	for i := range m.Values {
		m.Hold(i, 0)
	}
	r.settings = r.asked.without(m.Rules)
	r.text, r.meter, r.arena = d.Text(), m, r.arena[:0]
	r.markup = strings.IndexByte(r.text, '<') >= 0
	for at := r.suspect(0); at < len(r.text); at = r.suspect(at) {
		start := strings.LastIndexByte(r.text[:at], '\n') + 1
		end := len(r.text)
		if i := strings.IndexByte(r.text[at:], '\n'); i >= 0 {
			end = at + i
		}
		r.line(start, end)
		at = end
	}
	if r.settings.Hyphens != "none" {
		r.join()
	}
	r.text, r.meter = "", nil
	return m.Verdict()
}

// suspect returns the first place from i on that may want repair: a place in the line
// is enough. Plain text is passed eight bytes at a time.
func (r *repairer) suspect(i int) int {
	s := r.text
	before := plainSign
	for i < len(s) {
		if i+8 <= len(s) {
			w := load8(s, i)
			amp := w ^ '&'*ones
			if (w|(amp-ones)&^amp)&highs == 0 {
				i, before = i+8, signOf(s[i+7])
				continue
			}
		}
		for end := min(i+8, len(s)); i < end; {
			c := s[i]
			if c < utf8.RuneSelf {
				if c == '&' && r.settings.Entities && !r.markup {
					return i
				}
				before = signOf(c)
				i++
				continue
			}
			char, size := utf8.DecodeRuneInString(s[i:])
			sign := r.signs.of(char)
			if sign.replaced() || r.settings.Mojibake && (sign.oddAfter(before) || sign == firstSign && graveAlone(before, s[i:])) {
				return i
			}
			before = sign
			i += size
		}
	}
	return i
}

// line repairs the line of bytes [start, end).
func (r *repairer) line(start, end int) {
	r.now, r.first = append(r.now[:0], r.text[start:end]...), -1
	for range 8 { // what one repair sets free may want another
		changed := r.settings.Entities && !r.markup && r.unescape()
		for range 4 {
			if !r.settings.Mojibake || !r.decode() {
				break
			}
			changed = true
		}
		changed = r.replace() || changed
		if !changed {
			break
		}
	}
	r.edit(start, end)
}

// swap takes what has been made for what there is, and reports whether it differs.
func (r *repairer) swap() bool {
	changed := string(r.now) != string(r.new)
	r.now, r.new = r.new, r.now
	return changed
}

// count adds to the value of a rule.
func (r *repairer) count(rule, n int) {
	r.meter.Values[rule] += float64(n)
	if r.first < 0 {
		r.first = rule
	}
}

// edit asks for what makes the line of bytes [start, end) the repaired one: an edit
// for each word that changed where the words can be told, otherwise one.
func (r *repairer) edit(start, end int) {
	old, to := r.text[start:end], unsafe.String(unsafe.SliceData(r.now), len(r.now))
	if strings.Count(old, " ") != strings.Count(to, " ") {
		r.editPart(start, old, to)
		return
	}
	for {
		a, restA, more := strings.Cut(old, " ")
		b, restB, _ := strings.Cut(to, " ")
		r.editPart(start, a, b)
		if !more {
			return
		}
		start, old, to = start+len(a)+1, restA, restB
	}
}

// editPart asks for one edit from the first to the last character that differs.
func (r *repairer) editPart(start int, old, to string) {
	if old == to {
		return
	}
	front := 0
	for front < len(old) && front < len(to) && old[front] == to[front] {
		front++
	}
	for front > 0 && !(boundary(old, front) && boundary(to, front)) {
		front--
	}
	back := 0
	for back < len(old)-front && back < len(to)-front && old[len(old)-1-back] == to[len(to)-1-back] {
		back++
	}
	for back > 0 && !(boundary(old, len(old)-back) && boundary(to, len(to)-back)) {
		back--
	}
	from := len(r.arena)
	r.arena = append(r.arena, to[front:len(to)-back]...)
	with := unsafe.String(unsafe.SliceData(r.arena[from:]), len(r.arena)-from)
	// The values count repairs, of which one edit may hold several.
	r.meter.Edits = append(r.meter.Edits, document.Edit{Start: start + front, End: start + len(old) - back, With: with, Rule: max(r.first, 0)})
}

func boundary(s string, i int) bool { return i == len(s) || utf8.RuneStart(s[i]) }
