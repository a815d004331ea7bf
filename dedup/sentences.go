package dedup

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// The rules of sentences.
const (
	ruleSentencesRemoved = iota
	ruleSentencesLeft
	ruleWordsLeft
)

// Sentences removes runs of sentences that stood in the corpus before.
var Sentences = step.Spec{
	Name: "sentences",
	Doc: "Removes runs of sentences that stand in the corpus more than once: each span of so many sentences in a row is compared with all others by a hash " +
		"of 64 bits, and all sentences of a span go but where it is the best copy. What a sentence is says the splitter. A span of blank lines is left alone, " +
		"and so is a document with fewer sentences than a span. A document that loses sentences also loses the white space at its beginning, and goes where too " +
		"few sentences or words stay. With splitter: spacy it is the sentence deduplication of datatrove with its defaults.",
	Source: "Penedo et al. 2024, datatrove, sentence_dedup.py; Raffel et al. 2020 (C4), section 2.2: spans of three sentences",
	Rules: []step.Rule{
		{Name: "sentences_removed", Unit: "spans", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Edit: true,
			Doc: "Stretches of sentences removed from a document."},
		{Name: "sentences_left", Unit: "sentences", Min: 3, Max: step.NoMax, Scale: step.Log,
			Doc: "Sentences that stay in a document that has lost some."},
		{Name: "words_left", Unit: "words", Min: 50, Max: step.NoMax, Scale: step.Log,
			Doc: "Words that stay in a document that has lost sentences."},
	},
	New: func() step.Settings {
		return &SentenceSettings{Span: 3, Unit: unitSentences, Normalize: "datatrove", Keep: []string{"first"}, Date: "date"}
	},
}

// Units of spans.
const (
	unitSentences = "sentences"
	unitLines     = "lines"
)

// SentenceSettings are what a recipe may set in sentences.
type SentenceSettings struct {
	Span      int      `yaml:"span" doc:"sentences in a span"`
	Unit      string   `yaml:"unit" doc:"sentences, or lines in place of them"`
	Normalize string   `yaml:"normalize" doc:"how a sentence is prepared: datatrove, space, words, ccnet, c4, none"`
	Keep      []string `yaml:"keep" doc:"which copy of a span stays, as in minhash"`
	Date      string   `yaml:"date" doc:"field that newest and oldest look at"`

	Earlier
}

// Build makes the step.
func (s *SentenceSettings) Build(env *step.Env) (any, error) {
	units := map[string]bool{unitSentences: true, unitLines: true}
	switch {
	case s.Span < 1 || s.Span > 1000:
		return nil, &step.Fault{Key: "span", Err: fmt.Errorf("%d sentences, from 1 to 1000 are possible", s.Span)}
	case !units[s.Unit]:
		return nil, unknown("unit", s.Unit, units)
	case normalizers[s.Normalize] == nil:
		return nil, unknown("normalize", s.Normalize, normalizers)
	}
	keep, err := shortKeeping(s.Keep, s.Date, env)
	if err != nil {
		return nil, err
	}
	// Spans are resolved like lines of which one copy stays.
	l := lines{name: env.Name, LinesSettings: LinesSettings{Max: 1, Count: "occurrences", Mode: modeExact}, keep: keep, rules: unbounded}
	l.epoch = epoch{shared: []agreed{{"span", fmt.Sprint(s.Span)}, {"unit", s.Unit}, {"normalize", s.Normalize}, {"splitter", fmt.Sprint(env.Splitter)}}, keep: keep, leads: true}
	if err := l.epoch.open(env, s.Earlier); err != nil {
		return nil, err
	}
	return &sentences{lines: l, span: s.Span, unit: s.Unit, normalize: s.Normalize, splitter: env.Splitter}, nil
}

// unbounded lets the resolving remove no document: how much of it stays is known when
// it streams by again.
var unbounded = []step.Rule{{Off: true}, {Off: true}, {Off: true}}

// sentences is the step sentences, ready to run.
type sentences struct {
	lines
	span      int
	unit      string
	normalize string
	splitter  text.Splitter
}

// Sketcher returns what one worker sketches with.
func (s *sentences) Sketcher() step.Sketcher {
	return &spanSketcher{s: s, normalize: normalizers[s.normalize]()}
}

type spanSketcher struct {
	s         *sentences
	normalize normalizer
	cut       []int
	buf       []byte
	ends      []int // of the prepared sentences in buf
}

// Sketch appends the keep key of d and a hash for each span: 0 for those that are left
// alone, and one 0 where there is none.
func (k *spanSketcher) Sketch(dst []byte, d *document.Document) []byte {
	dst = k.s.keep.append(dst, d)
	k.cut = k.s.cuts(k.cut[:0], d)
	k.buf, k.ends = k.buf[:0], append(k.ends[:0], 0)
	at := 0
	for _, end := range k.cut {
		k.buf = append(k.normalize(k.buf, strings.TrimSuffix(d.Text()[at:end], "\n")), ' ')
		k.ends = append(k.ends, len(k.buf))
		at = end
	}
	n := len(k.cut) - k.s.span + 1
	for i := range n {
		dst = appendUint64(dst, spanHash(k.buf[k.ends[i]:k.ends[i+k.s.span]]))
	}
	if n <= 0 {
		dst = appendUint64(dst, 0)
	}
	return dst
}

// cuts appends where the sentences of d end: each has the white space before it. What
// stands behind the last one belongs to none.
func (s *sentences) cuts(dst []int, d *document.Document) []int {
	if s.unit == unitSentences {
		d.View().Use(s.splitter)
		for _, x := range d.View().Sentences() {
			dst = append(dst, int(x.End))
		}
		return dst
	}
	for at, t := 0, d.Text(); at < len(t); {
		at += lineLength(t[at:])
		dst = append(dst, at)
	}
	return dst
}

// Apply removes sentences from d, and d where too little of it stays.
func (s *sentences) Apply(d *document.Document, decision []byte, m *step.Meter) step.Verdict {
	m.Values[ruleSentencesRemoved] = 0
	if len(decision) == 0 {
		return m.Verdict()
	}
	ends := s.cuts(nil, d)
	gone := s.gone(decision, ends)
	if s.unit == unitSentences {
		gone = append(gone, stretch{ends[len(ends)-1], len(d.Text())}) // what no sentence has is lost, too
	}
	gone = tidy(gone, d.Text(), s.unit == unitLines)
	for _, g := range gone {
		m.Edit(ruleSentencesRemoved, g.from, g.to, "")
	}
	left, words := s.count(gone, d.Text())
	if m.Hold(ruleSentencesLeft, float64(left)) {
		m.Hold(ruleWordsLeft, float64(words))
	}
	return m.Verdict()
}

// A rest is what stays of a text, and the view of it.
type rest struct {
	buf  []byte
	view text.View
}

var rests = sync.Pool{New: func() any { return new(rest) }}

// count counts the sentences and words of what stays.
func (s *sentences) count(gone []stretch, all string) (left, words int) {
	r := rests.Get().(*rest)
	defer rests.Put(r)
	at := 0
	r.buf = r.buf[:0]
	for _, g := range gone {
		r.buf = append(r.buf, all[at:g.from]...)
		at = g.to
	}
	kept := string(append(r.buf, all[at:]...))
	r.view.Reset(kept)
	r.view.Use(s.splitter)
	return r.view.CountSentences(0, len(kept)), len(r.view.Words())
}

// A stretch is bytes [from, to) of a text.
type stretch struct{ from, to int }

// gone returns the stretches that the spans of a decision cover.
func (s *sentences) gone(decision []byte, ends []int) (out []stretch) {
	for c := (cuts{buf: decision}); ; {
		first, ok := c.line()
		if !ok {
			return out
		}
		from := 0
		if first > 0 {
			from = ends[first-1]
		}
		to := ends[min(first+s.span, len(ends))-1]
		if n := len(out); n > 0 && from <= out[n-1].to {
			out[n-1].to = to
			continue
		}
		out = append(out, stretch{from, to})
	}
}

// tidy joins stretches that touch, takes the white space at the beginning of what stays
// to them, and, where lines go, the line feed at its end.
func tidy(gone []stretch, s string, lines bool) (out []stretch) {
	at := behindSpace(s, 0) // what stays begins here
	for len(gone) > 0 && gone[0].from <= at {
		at = behindSpace(s, max(at, gone[0].to))
		gone = gone[1:]
	}
	if at > 0 {
		out = append(out, stretch{0, at})
	}
	for _, g := range gone {
		if n := len(out); n > 0 && g.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, g.to)
		} else if g.from < g.to {
			out = append(out, g)
		}
	}
	if n := len(out); lines && n > 0 && out[n-1].to == len(s) && out[n-1].from > 0 && s[out[n-1].from-1] == '\n' {
		out[n-1].from--
	}
	return out
}

// behindSpace returns the end of the white space at a byte.
func behindSpace(s string, at int) int { return len(s) - len(strings.TrimLeftFunc(s[at:], space)) }

// spanHash is the hash of a prepared span, 0 where it is blank.
func spanHash(span []byte) uint64 {
	if len(bytes.TrimSpace(span)) == 0 {
		return 0
	}
	return max(xxh3.Hash(span), 1)
}
