package filters

import (
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// members is a record's members beside its text.
type members map[string]document.Value

func (f members) Lookup(_ *document.Document, path string) (document.Value, bool) {
	v, ok := f[path]
	return v, ok
}

// whereEnv has two table steps that share a rule, one signal and one label.
func whereEnv() step.Env {
	length := func(v *text.View) float64 { return float64(len(v.Text())) }
	table := func(name string, rules ...string) *step.Spec {
		s := &step.Spec{Name: name}
		for _, r := range rules {
			s.Rules = append(s.Rules, step.Rule{Name: r, Min: step.NoMin, Max: step.NoMax, Measure: length})
		}
		return s
	}
	find := func(name string) func(string) (int, bool) {
		return func(asked string) (int, bool) { return 0, asked == name }
	}
	return step.Env{
		Sources: []string{"web", "forum"},
		Specs:   []*step.Spec{table("one", "bytes", "shared"), table("two", "shared", "mean_word_length"), {Name: "below", Rules: []step.Rule{{Name: "score"}}}},
		Signal:  find("quality"),
		Label:   find("language"),
	}
}

func TestWhere(t *testing.T) {
	h := document.Document{
		ID: "d1", URL: "https://example.org/a", Source: 1,
		Signals: []float64{0.75}, Labels: []string{"en"},
		Fields: members{
			"metadata.lang":  {Kind: document.String, Str: "de"},
			"metadata.score": {Kind: document.Number, Num: 3},
			"draft":          {Kind: document.Bool, Num: 1},
			"none":           {Kind: document.Null},
			"tags":           {Kind: document.Other, Str: `["a","b"]`},
		},
	}
	h.SetText("four words of text")
	for _, c := range []struct {
		expr string
		want bool
	}{
		{"words > 3", true},
		{"words > 4", false},
		{"words == 4", true},
		{`words > 3 and source != "forum"`, false},
		{`source in ["web", "forum"]`, true},
		{"bytes == 18 && one.bytes == 18 && two.shared == 18", true},
		{"quality >= 0.75", true},
		{"quality > 0.75", false},
		{`language == "en"`, true},
		{`id == "d1" and url contains "example"`, true},
		{`field("metadata.lang") == "de"`, true},
		{`field("metadata.score") > 2.5`, true},
		{`field("draft")`, true},
		{`field("none") == nil and field("absent") == nil`, true},
		{`field("absent") > 3`, false},
		{`(field("absent") ?? 5) > 3`, true},
		{`field("tags") contains "\"a\""`, true},
		{`text matches "^four\\s"`, true},
		{`text matches "(?i)FIVE"`, false},
		{`not (text matches "z")`, true},
		{`field("metadata.lang") matches "^d"`, true},
		{`field("absent") matches "^d"`, false},
		{`lower("ÄB") == "äb" and len("äb") == 2`, true},
		{`words("a b c") == 3 and words(text) == words`, true},
		{`let n = words; n > 3 and n < 5`, true},
		{`any(["x", "four"], # in split(text, " "))`, true},
		{`text startsWith "four" or false`, true},
	} {
		s := new(whereSettings)
		if err := s.UnmarshalScalar(c.expr); err != nil {
			t.Fatal(err)
		}
		env := whereEnv()
		built, err := s.Build(&env)
		if err != nil {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		for _, l := range []step.Local{built.(step.Local), built.(step.Forker).Fork()} {
			var m step.Meter
			m.Reset(Where.Rules, make([]float64, 1), nil)
			if v := l.Judge(&h, &m); v.Removed == c.want {
				t.Errorf("%s: removed is %v", c.expr, v.Removed)
			}
			w := l.(*where)
			w.direct = nil
			if v := l.Judge(&h, &m); v.Removed == c.want {
				t.Errorf("%s: removed by the machine is %v", c.expr, v.Removed)
			}
		}
	}
}

// What most recipes have needs no machine, and nothing is allocated for it.
func TestWhereDirectly(t *testing.T) {
	for expr, direct := range map[string]bool{
		`words > 80 and source != "forum"`:                                      true,
		`quality >= 0.5 && (bytes < 9 || not (id == ""))`:                       true,
		`text contains "of" and !(text startsWith url)`:                         true,
		`source in ["web", "forum"] or words == -3`:                             true,
		`text matches "^four" or true`:                                          true,
		`words <= 4 and words != 5 and id endsWith "1"`:                         true,
		`words + 1 > 3 and -words / 2 < len(text) % 5 * 1.5`:                    true,
		`words(text) > 3`:                                                       true,
		`field("draft") == true`:                                                true,
		`bytes > 9007199254740993`:                                              true,
		`field("lang") in ["de", "en"] or words in 3..5`:                        true,
		`(field("score") ?? 0) >= 3 ? lower(url) contains "example" : id != ""`: true,
		`field("lang") startsWith "d" and field("lang") matches "^d"`:           true,
		`let long = len(text[2:-2]) > 9; long and max(words, 3, quality) > 2`:   true,
		`id + "-" + string(words) == "d1-4"`:                                    true,
		`float(field("digits")) > 3 and abs(int(field("score"))) == 3`:          true,
		`len(split(text, " ")) == 4`:                                            false,
		`any([1, 2], # > words)`:                                                false,
	} {
		h := newHarness(t, &Where, &whereSettings{Keep: expr}, whereEnv())
		h.doc = document.Document{ID: "d1", URL: "https://example.org", Signals: []float64{0.75}, Labels: []string{"en"}}
		h.doc.SetText("four words of text")
		h.doc.Fields = members{
			"draft": {Kind: document.Bool, Num: 1}, "lang": {Kind: document.String, Str: "de"},
			"score": {Kind: document.Number, Num: 3}, "digits": {Kind: document.String, Str: "12"},
		}
		judge := func() { h.meter.Reset(Where.Rules, h.vals, nil); h.step.Judge(&h.doc, &h.meter) }
		judge()
		if got := h.step.(*where).direct != nil; got != direct {
			t.Errorf("%s: the machine is not needed is %v", expr, got)
		}
		if n := testing.AllocsPerRun(20, judge); direct && n != 0 {
			t.Errorf("%s: %v allocations", expr, n)
		}
	}
}

func TestWhereRefuses(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{"", "the expression is empty"},
		{"words >", "column 7: unexpected"},
		{"wrods > 80", `column 1: unknown name "wrods": did you mean "words"? members of the record are written field("wrods")`},
		{"words > 80 and\n byte == 3", `line 2, column 2: unknown name "byte": did you mean "bytes"?`},
		{"shared > 1", `column 1: "shared" is a rule of several steps: write one of one.shared, two.shared`},
		{"one.byts > 1", `column 1: unknown name "one.byts": did you mean "one.bytes"?`},
		{"metadata.lang == 3", `unknown name "metadata.lang"; members of the record are written field("metadata.lang")`},
		{"äß < 3 or wrods > 1", `column 11: unknown name "wrods"`},
		{"below.score > 1", `column 1: unknown name "below.score": no step above has this value`},
		{"words", "expected bool, but got float64: its value is to be true or false"},
		{`words > "a"`, "column 7: invalid operation: > (mismatched types float64 and string)"},
		{`now() > 3`, `column 1: unknown function "now"`},
		{`fild("x") == 3`, `column 1: unknown function "fild": did you mean "field"?`},
		{`text matches url`, "column 14: the pattern of matches is no plain string"},
		{`text matches "("`, "column 14:"},
		{`$env.words > 3`, "unknown name"},
		{`field(3) == 1`, "column 7:"},
	} {
		env := whereEnv()
		_, err := (&whereSettings{Keep: c.expr}).Build(&env)
		if err == nil {
			t.Errorf("%s: is taken", c.expr)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q, want %q", c.expr, err, c.want)
		}
	}
}

func TestWhereAllFaultsAtOnce(t *testing.T) {
	env := whereEnv()
	_, err := (&whereSettings{Keep: "aa > 1 and bb < 3"}).Build(&env)
	if err == nil || !strings.Contains(err.Error(), `"aa"`) || !strings.Contains(err.Error(), `"bb"`) {
		t.Errorf("got %v", err)
	}
}

func TestWhereExplains(t *testing.T) {
	env := whereEnv()
	h := newHarness(t, &Where, &whereSettings{Keep: `words > 3 and field("x") > 1`}, env)
	var notes []string
	h.meter.Note = func(s string) { notes = append(notes, s) }
	h.judge("four words of text", "")
	all := strings.Join(notes, "; ")
	if !strings.Contains(all, "words = 4") || !strings.Contains(all, "invalid operation") {
		t.Errorf("notes are %q", all)
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"same", "same", 0}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func BenchmarkWhere(b *testing.B) {
	for _, e := range []string{
		`words > 80 and source != "forum"`,
		`quality > 0.5 and language == "en"`,
		`not (url matches "/tag/|/category/")`,
		`len(text) / words < 8 and words * 2 + 1 > 100`,
		`field("lang") == "en" or (field("score") ?? 0) > 0.5`,
	} {
		b.Run(strings.ReplaceAll(e, "/", "|"), func(b *testing.B) {
			h := newHarness(b, &Where, &whereSettings{Keep: e}, whereEnv())
			h.doc.Signals, h.doc.Labels = []float64{0.75}, []string{"en"}
			h.doc.SetText(strings.Repeat("word ", 100))
			h.doc.URL = "https://example.org/some/page.html"
			h.doc.Fields = members{"lang": {Kind: document.String, Str: "de"}, "score": {Kind: document.Number, Num: 3}}
			b.ReportAllocs()
			for b.Loop() {
				h.meter.Reset(Where.Rules, h.vals, nil)
				h.step.Judge(&h.doc, &h.meter)
			}
		})
	}
}
