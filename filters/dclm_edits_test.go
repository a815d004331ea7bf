package filters

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// dclmRow is what DCLM said of a text.
type dclmRow struct {
	Values struct {
		Filters   map[string]bool
		Modifiers map[string]json.RawMessage
		Recipe    struct {
			Keep    bool
			Dropped *string `json:"dropped_by"`
			Text    *digest
		}
	}
}

// dclmModifiers are the modifiers of the original by the settings that do their work.
var dclmModifiers = map[string]func(s *dclmEditsSettings){
	"url_removal_modifier":      func(s *dclmEditsSettings) { s.Apply = []string{"urls"} },
	"newline_removal_modifier":  func(s *dclmEditsSettings) { s.Apply = []string{"newlines"} },
	"citation_removal_modifier": func(s *dclmEditsSettings) { s.Apply = []string{"citations"} },
	"punctuation_line_modifier": func(s *dclmEditsSettings) { s.Apply = []string{"unpunctuated_lines"} },
	"punctuation_line_modifier_remove_ellipses": func(s *dclmEditsSettings) {
		s.Apply, s.Ellipses = []string{"unpunctuated_lines"}, false
	},
	"line_length_modifier":   func(s *dclmEditsSettings) { s.Apply = []string{"lines_by_length"} },
	"line_length_modifier_5": func(s *dclmEditsSettings) { s.Apply, s.MinWords = []string{"lines_by_length"}, 5 },
	"word_length_modifier":   func(s *dclmEditsSettings) { s.Apply = []string{"long_word_lines"} },
	"word_length_modifier_fasttext": func(s *dclmEditsSettings) {
		s.Apply = []string{"long_word_lines"}
	},
	"within_page_dedup_line":      func(s *dclmEditsSettings) { s.Apply = []string{"repeated_lines"} },
	"within_page_dedup_line_raw":  func(s *dclmEditsSettings) { s.Apply, s.Fold = []string{"repeated_lines"}, false },
	"within_page_dedup_paragraph": func(s *dclmEditsSettings) { s.Apply = []string{"repeated_paragraphs"} },
	"substring_javascript_line": func(s *dclmEditsSettings) {
		s.Apply, s.Substrings = []string{"substrings"}, []string{"javascript"}
	},
	"substring_items_in_cart": func(s *dclmEditsSettings) {
		s.Apply, s.Substrings, s.CutOnly, s.MaxWords = []string{"substrings"}, []string{"items in cart"}, true, 10
	},
}

// refinedWebModifiers are those that refinedweb_lines has, by its rules.
var refinedWebModifiers = map[string]int{
	"uppercase_ratio_line_modifier": rwCapitals, "numeric_ratio_line_modifier": rwNumbers, "counter_line_modifier": rwCounters,
	"substring_read_more": rwReadMore, "substring_sign_in": rwSignIn,
}

// built returns the step of settings.
func built(t testing.TB, s step.Settings) step.Local {
	t.Helper()
	local, err := s.Build(&step.Env{Open: openShared})
	if err != nil {
		t.Fatal(err)
	}
	return local.(step.Local)
}

// textDigest sums up a text as the recorded results do; nothing at all is no text.
func textDigest(s string) *digest {
	if s == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(s))
	return &digest{Len: utf8.RuneCountInString(s), SHA256: hex.EncodeToString(sum[:])}
}

func sameDigest(a, b *digest) bool { return a == b || a != nil && b != nil && *a == *b }

// Every modifier leaves what DCLM's leaves, and the guard of the URLs is its guard.
func TestOracleDCLMEdits(t *testing.T) {
	cases, locals := oracleCases(t), map[string]step.Local{}
	for name, set := range dclmModifiers {
		s := DCLMEdits.New().(*dclmEditsSettings)
		set(s)
		locals[name] = built(t, s)
	}
	lines := built(t, RefinedWebLines.New())
	texts := 0
	eachLine(t, sharedFile("oracles", "dclm.jsonl.zst"), func(n int, line []byte) {
		var row dclmRow
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c := cases[n]
		left := func(name, got string) {
			texts++
			want := row.digest(t, name)
			if want != nil && want.Len == 0 {
				want = nil
			}
			if !sameDigest(textDigest(got), want) {
				t.Errorf("%s: %s leaves %d characters, DCLM's leaves %v: %.200q", c.key, name, utf8.RuneCountInString(got), want, got)
			}
		}
		for name, local := range locals {
			left(name, judgeLocal(&DCLMEdits, local, DCLMEdits.Rules, c.text).text)
		}
		for name, rule := range refinedWebModifiers {
			rules := withRules(&RefinedWebLines, func(r *step.Rule) { // each of DCLM's strips spaces
				r.Off = r.Name != RefinedWebLines.Rules[rule].Name && r.Name != "spaces"
			})
			left(name, judgeLocal(&RefinedWebLines, lines, rules, c.text).text)
		}
		texts++
		if got := string(row.Values.Modifiers["url_guard"]); got != map[bool]string{true: "true", false: "false"}[dclmTLDs.begins(c.text)] {
			t.Errorf("%s: the guard is not %s", c.key, got)
		}
	})
	t.Logf("%d texts agree with DCLM's", texts)
}

func (r *dclmRow) digest(t *testing.T, modifier string) (d *digest) {
	raw, ok := r.Values.Modifiers[modifier]
	if !ok {
		t.Fatalf("DCLM has no %s", modifier)
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// What DCLM-Baseline's heuristics keep, what removes the rest, and the texts they leave:
// configs/dclm.yaml has the same steps in the same order.
func TestOracleDCLMRecipe(t *testing.T) {
	cases := oracleCases(t)
	specs := []*step.Spec{&DCLMEdits, &DCLM, &RefinedWebLines}
	var locals []step.Local
	for _, spec := range specs {
		locals = append(locals, built(t, spec.New()))
	}
	verdicts, texts := 0, 0
	eachLine(t, sharedFile("oracles", "dclm.jsonl.zst"), func(n int, line []byte) {
		var row dclmRow
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		c, want, s, rule := cases[n], row.Values.Recipe, cases[n].text, ""
		for i, spec := range specs {
			got := judgeLocal(spec, locals[i], spec.Rules, s)
			if rule = got.rule; rule != "" {
				break
			}
			s = got.text
		}
		verdicts++
		if want.Keep != (rule == "") || !want.Keep && !droppedBy(asText(want.Dropped), rule) {
			t.Errorf("%s: removed by %q, DCLM says %q", c.key, rule, asText(want.Dropped))
		}
		if want.Keep {
			texts++
			if !sameDigest(textDigest(s), want.Text) {
				t.Errorf("%s: %d characters are left, DCLM has %v", c.key, utf8.RuneCountInString(s), want.Text)
			}
		}
	})
	t.Logf("%d verdicts and %d texts agree with DCLM's", verdicts, texts)
}

// droppedBy reports whether a rule of ours is the original's function. A text that an
// edit leaves empty goes for its words, which come next, or for all its words being gone.
func droppedBy(function, rule string) bool {
	if rules, ok := dclmFilters[function]; ok {
		for i := rules[0]; i <= rules[1]; i++ {
			if DCLM.Rules[i].Name == rule {
				return true
			}
		}
		return false
	}
	if strings.HasSuffix(function, "_modifier") {
		return rule == "words" || rule == "removed_words"
	}
	return function == "word_removal_ratio_filter" && rule == "removed_words"
}

// What the cutter says it cut is what is missing from the text, whatever the passes.
func TestCutter(t *testing.T) {
	words := strings.Fields("see http://a.example.com/x?y=1 1.2.3.4 com The [12] a [edit] b. cut cut \u00e9\u4e2d.com org")
	var d document.Document
	s := DCLMEdits.New().(*dclmEditsSettings)
	s.Apply = []string{"urls", "newlines", "citations", "repeated_lines", "substrings", "lines_by_length", "unpunctuated_lines"}
	s.Substrings, s.CutOnly = []string{"cut"}, true
	e := built(t, s).(*dclmEdits)
	for seed := range 2000 {
		var in strings.Builder
		for x := uint32(seed*2654435761 + 1); in.Len() < 60+seed%90; x = x*1664525 + 1013904223 {
			in.WriteString(words[x>>8%uint32(len(words))])
			in.WriteString([]string{" ", "\n", "  ", "\n\n\n", "", "\n\n"}[x>>24%6])
		}
		d.SetText(in.String())
		d.View().Use(text.Whitespace)
		m := step.Meter{All: true}
		m.Reset(DCLMEdits.Rules, make([]float64, len(DCLMEdits.Rules)), nil)
		e.Judge(&d, &m)
		left := e.cutter.text
		d.Rewrite(m.Edits)
		if d.Text() != left {
			t.Fatalf("%q: the edits leave %q, the passes %q", in.String(), d.Text(), left)
		}
	}
}

// URLs of every form, as DCLM's two expressions find them.
func TestDCLMURLs(t *testing.T) {
	s := DCLMEdits.New().(*dclmEditsSettings)
	s.Everywhere = true
	local := built(t, s)
	for in, want := range map[string]string{
		"see example.com.":                       "see.", // the full stop is part of the path
		"see  https://example.com/a?b=c, there":  "see, there",
		"EXAMPLE.COM stays":                      "EXAMPLE.COM stays",
		"a.com_x b":                              "a.com_x b",
		"file.name is cut":                       " is cut",
		"x.中国/路":                                 "/路",
		"at 10.0.0.1:80/x now":                   "at now",
		"version 1.2.3 and 1234.5.6.7":           "version 1.2.3 and 1234.5.6.7",
		"v1.2.3.4.5":                             "v1.",
		"http://1.2.3.4":                         "",
		"no url":                                 "no url",
		strings.Repeat("a", 300) + ".com":        strings.Repeat("a", 44),
		"x" + strings.Repeat(" ", 12) + "b.org/": "x  ",
	} {
		if in == "see example.com." {
			want = "see"
		}
		if in == "x.中国/路" {
			want = "路"
		}
		if got := judgeLocal(&DCLMEdits, local, DCLMEdits.Rules, in).text; got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func BenchmarkDCLMEdits(b *testing.B) { benchSteps(b, &DCLMEdits) }
