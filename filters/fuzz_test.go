package filters

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// fuzzHeads are the steps that FuzzSteps runs, as the first lines of cases: every step
// with its usual settings, and those that change how it edits or reads.
func fuzzHeads() (heads []string) {
	for _, spec := range caseSteps {
		heads = append(heads, spec.Name+" {splitter: unicode"+neededSettings[spec.Name]+"}")
	}
	return append(heads,
		"c4 {splitter: spacy, split: sentences, sentences: off}",
		"c4 {splitter: whitespace, split: sentences, terminal_punctuation: false, min_words: 0, sentences: off}",
		"c4 {splitter: characters, definition: tfds, sentences: off}",
		"symbol_lines {gap: true}",
		"normalize {form: nfkc}",
		"boilerplate {menu_lines: 2}",
		"dclm_edits {apply: [urls, newlines, citations, unpunctuated_lines, long_word_lines, lines_by_length, repeated_lines, repeated_paragraphs, substrings], everywhere: true, min_words: 2, substrings: [a b, Read more...]}",
		"dclm_edits {apply: [substrings, repeated_paragraphs, repeated_lines, citations], fold: true, cut_only: true, location: suffix, substrings: [a b, Read more...]}",
		"dclm_edits {apply: [substrings, newlines], cut_only: true, location: prefix, substrings: [The, '-']}",
		"refinedweb_lines {removed_words: off}",
		"madlad {sentences: off, questionable: off}",
		"llama3 {ngram: 2, copies: 2, coverage: 0.5}",
		"toxicity {action: cut, level: sentence}",
		"toxicity {action: cut, level: paragraph}",
		"pii {compat: datatrove}",
		"pii {compat: dolma}",
		"code {comments: hash}",
		"code {comments: slash}",
		"gopher_quality {definition: dclm, splitter: characters}",
		"gopher_quality {definition: nemo, splitter: spacy}",
		"gopher_repetition {definition: mask}",
		"gopher_repetition {definition: dolma}",
		"gopher_repetition {definition: nemo}",
	)
}

// againEqual are the editors whose result they leave alone. The others follow programs
// that do not: C4 joins what a citation has parted to another one, and datatrove finds
// its own e-mail address.
var againEqual = map[string]bool{"normalize": true, "repair": true, "boilerplate": true}

// Every step judges every text: it has all values, its edits lie in order between
// characters, they make valid text of valid text, and with what they cut the original
// can be put together again.
func FuzzSteps(f *testing.F) {
	heads := fuzzHeads()
	built := make([]*fuzzed, len(heads))
	for i := range heads {
		for _, s := range fuzzTexts {
			f.Add(uint16(i), s)
		}
	}
	f.Fuzz(func(t *testing.T, which uint16, s string) {
		i := int(which) % len(heads)
		if built[i] == nil {
			built[i] = newFuzzed(t, heads[i])
		}
		if !utf8.ValidString(s) && !strings.HasPrefix(heads[i], "normalize") {
			s = strings.ToValidUTF8(s, "\uFFFD") // as readers hand it over
		}
		built[i].check(t, s)
	})
}

// fuzzTexts are the texts that fuzzing begins with, for every step.
var fuzzTexts = []string{
	"",
	"The first line has [12] a citation[edit].\r\n\r\n- a menu\n- Read more...\n12 likes\u2028Use cookies, a b a b a b a b a b...\n***\n",
	"\u4e2d\u6587\u3002 e\u0301te\u0301 \u0e2a\u0e27\u0e31\u0e2a \U0001f600\u200d \u00c3\u00a9 &amp;amp; ex-\nample\u200b { javascript lorem ipsum",
	"Mail a.b@c.org, 8.8.8.8, +49 30 901820, https://u:p@x.org/a?b=c or x [1[2]3] fuck you f u c k.\n\n/* Copyright */ # x <b>&lt;</b><!-- -->",
}

// A rule that counts edits makes none where it is off, as it can be for documents of one
// language, whatever the settings beside it.
func TestNothingIsEditedThatIsOff(t *testing.T) {
	texts := append([]string{
		"Cookie notice: we use cookies, accept all cookies.\nShare this on Facebook\nRead more\n12 comments\nMenu\nHome\nAbout\n" +
			strings.Repeat("A long line of prose, which says what it has to say. ", 3) + "Write to bob@example.com.\nan ex-\nample of an example   \n***\nFUCK YOU\n",
		"caf\u00c3\u00a9 &amp; \ufb01ne \u201cquoted\u201d\u3000\uff21\x07\r\nfuck you, you stupid bitch and whore, cunt. A line again and again\nA line again and again\n",
	}, fuzzTexts...)
	edited := map[string]bool{} // rules that are seen to edit where they are on
	for _, head := range fuzzHeads() {
		z := newFuzzed(t, head)
		name, _, _ := strings.Cut(head, " ")
		on := z.c.rules
		for i := range on {
			if !on[i].Edit {
				continue
			}
			z.c.rules = slices.Clone(on)
			z.c.rules[i].Off = true
			for _, s := range texts {
				z.judge(s)
				if slices.ContainsFunc(z.meter.Edits, func(e document.Edit) bool { return e.Rule == i }) {
					t.Errorf("%s: %s is off, and edits %q", head, on[i].Name, s)
				}
			}
			z.c.rules = on
			for _, s := range texts {
				z.judge(s)
				if slices.ContainsFunc(z.meter.Edits, func(e document.Edit) bool { return e.Rule == i }) {
					edited[name+"."+on[i].Name] = true
				}
			}
		}
	}
	if len(edited) < 30 {
		t.Errorf("only %d rules edit where they are on: %v", len(edited), slices.Sorted(maps.Keys(edited)))
	}
}

// A fuzzed is a step with the memory of one worker.
type fuzzed struct {
	c     *stepCase
	local step.Local
	sp    text.Splitter
	doc   document.Document
	meter step.Meter
}

func newFuzzed(t *testing.T, head string) *fuzzed {
	t.Helper()
	name, _, _ := strings.Cut(head, " ")
	for _, spec := range caseSteps {
		if spec.Name == name {
			c := &stepCase{head: head}
			local, settings := c.build(t, spec)
			sp, ok := text.ParseSplitter(settings.Splitter)
			if !ok {
				t.Fatalf("%s: no splitter", head)
			}
			return &fuzzed{c: c, local: local, sp: sp}
		}
	}
	t.Fatalf("%s: no such step", head)
	return nil
}

// judge judges a text with all values measured, and applies the edits.
func (z *fuzzed) judge(s string) step.Verdict {
	z.doc.SetText(s)
	z.doc.View().Use(z.sp)
	z.doc.Labels = []string{""}
	z.meter.All = true
	z.meter.Reset(z.c.rules, make([]float64, len(z.c.rules)), make([]string, len(z.c.labels)))
	return z.local.Judge(&z.doc, &z.meter)
}

func (z *fuzzed) check(t *testing.T, s string) {
	t.Helper()
	verdict := z.judge(s)
	for i, v := range z.meter.Values {
		if math.IsNaN(v) && !z.meter.Rules[i].Off {
			t.Fatalf("%s: %s of %q is not measured", z.c.head, z.meter.Rules[i].Name, s)
		}
	}
	if r := &z.meter.Rules[verdict.Rule]; verdict.Removed && (r.Edit || r.Off || r.Keeps(verdict.Value)) {
		t.Fatalf("%s: %s removes %q, and keeps %v", z.c.head, r.Name, s, verdict.Value)
	}
	edits := append([]document.Edit(nil), z.meter.Edits...)
	z.doc.Rewrite(z.meter.Edits)
	after := strings.Clone(z.doc.Text())
	checkEdits(t, z.c.head, s, after, edits)
	if name, _, _ := strings.Cut(z.c.head, " "); againEqual[name] {
		z.judge(after)
		z.doc.Rewrite(z.meter.Edits)
		if z.doc.Text() != after {
			t.Fatalf("%s: %q becomes %q, and then %q", z.c.head, s, after, z.doc.Text())
		}
	}
}

// checkEdits holds edits against the text before them and after them.
func checkEdits(t *testing.T, head, before, after string, edits []document.Edit) {
	t.Helper()
	var original strings.Builder
	at, done := 0, 0 // in the text before and after
	for _, e := range edits {
		if e.Start < at || e.End < e.Start || e.End > len(before) {
			t.Fatalf("%s: the edit %+v of %q lies behind %d, or beyond the text", head, e, before, at)
		}
		if utf8.ValidString(before) && (!runeBoundary(before, e.Start) || !runeBoundary(before, e.End) || !utf8.ValidString(e.With)) {
			t.Fatalf("%s: the edit %+v of %q cuts a character", head, e, before)
		}
		same := e.Start - at
		if done+same+len(e.With) > len(after) || after[done+same:done+same+len(e.With)] != e.With {
			t.Fatalf("%s: the edit %+v of %q is not in %q", head, e, before, after)
		}
		original.WriteString(after[done:done+same] + before[e.Start:e.End])
		at, done = e.End, done+same+len(e.With)
	}
	original.WriteString(after[done:])
	if original.String() != before {
		t.Fatalf("%s: %q cannot be put together again of %q", head, before, after)
	}
	if utf8.ValidString(before) && !utf8.ValidString(after) {
		t.Fatalf("%s: %q becomes %q", head, before, after)
	}
}
