package classify

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
)

// build makes a step from settings; files are what Open finds.
func build(t testing.TB, spec *step.Spec, s step.Settings, files map[string][]byte) (step.Local, []step.Rule, error) {
	t.Helper()
	rules := append([]step.Rule{}, spec.Rules...)
	env := &step.Env{Name: spec.Name, Rules: rules, Open: func(path string) (io.ReadCloser, error) {
		if b, ok := files[path]; ok {
			return io.NopCloser(bytes.NewReader(b)), nil
		}
		return nil, fmt.Errorf("open %s: no such file", path)
	}, Bytes: func(path string) ([]byte, func() error, error) {
		if b, ok := files[path]; ok {
			return b, func() error { return nil }, nil
		}
		return nil, nil, fmt.Errorf("open %s: no such file", path)
	}}
	env.Label = func(string) (int, bool) { return 0, false }
	made, err := s.Build(env)
	if err != nil {
		return nil, nil, err
	}
	return made.(step.Local), rules, nil
}

// judged runs a step over one text and returns its values, labels and verdict.
func judged(t testing.TB, l step.Local, spec *step.Spec, rules []step.Rule, text string) ([]float64, []string, step.Verdict) {
	t.Helper()
	m, v := metered(l, spec, rules, text)
	return m.Values, m.Labels, v
}

// metered returns all that a step says of a text.
func metered(l step.Local, spec *step.Spec, rules []step.Rule, text string) (*step.Meter, step.Verdict) {
	d, m := &document.Document{}, &step.Meter{}
	d.SetText(text)
	m.Reset(rules, make([]float64, len(rules)), make([]string, len(spec.Labels)))
	return m, l.Judge(d, m)
}

const (
	goodText = "The court held that the contract was void because the parties had not agreed on its essential terms. " +
		"Under the statute a party who relies on a promise may recover damages, and the judge explained why the earlier decision did not apply."
	badText = "Click here to subscribe! Add to cart - free shipping on all orders. Home About Contact Login Register My account " +
		"Checkout Best price guaranteed buy now limited offer share on Facebook tweet pin it"
)

func TestQualityBuiltIn(t *testing.T) {
	l, rules, err := build(t, &Quality, Quality.New(), nil)
	if err != nil {
		t.Fatal(err)
	}
	good, _, keeps := judged(t, l, &Quality, rules, goodText)
	bad, _, removes := judged(t, l, &Quality, rules, badText)
	if keeps.Removed || !removes.Removed || good[0] < 0.8 || bad[0] > 0.2 {
		t.Errorf("good %v, bad %v", good, bad)
	}
	if v, _, _ := judged(t, l, &Quality, rules, ""); math.IsNaN(v[0]) {
		t.Error("the empty text has no score")
	}
}

// The score does not hang on what says nothing: the length of a text, its line ends,
// its capital letters.
func TestQualityIgnoresForm(t *testing.T) {
	l, rules, err := build(t, &Quality, Quality.New(), nil)
	if err != nil {
		t.Fatal(err)
	}
	score := func(s string) float64 {
		v, _, _ := judged(t, l, &Quality, rules, s)
		return v[0]
	}
	for _, text := range []string{goodText, badText} {
		once := score(text)
		for name, other := range map[string]string{
			"in lines": strings.ReplaceAll(text, " ", "\n"), "in capitals": strings.ToUpper(text),
			"ten times over": strings.Repeat(text+" ", 10)} {
			if far := math.Abs(score(other) - once); far > 0.03 {
				t.Errorf("%s: %v, was %v", name, score(other), once)
			}
		}
	}
}

func TestQualityByPath(t *testing.T) {
	files := map[string][]byte{"q.bin": golden(t), "bad.bin": golden(t)[:100]}
	s := Quality.New().(*QualitySettings)
	s.Model, s.Label, s.MinScore = "q.bin", "__label__p", 0.6
	l, rules, err := build(t, &Quality, s, files)
	if err != nil {
		t.Fatal(err)
	}
	if rules[0].Min != 0.6 || Quality.Rules[0].Min != 0.5 {
		t.Errorf("bound %v; the declaration has %v", rules[0].Min, Quality.Rules[0].Min)
	}
	if v, _, verdict := judged(t, l, &Quality, rules, "good bad"); math.Abs(v[0]-.58905) > 1e-6 || !verdict.Removed {
		t.Errorf("%v %v", v, verdict)
	}
	for _, c := range []struct {
		set  func(*QualitySettings)
		want string
	}{
		{func(s *QualitySettings) { s.Label = "hq" }, `label: the model has no label "hq": it has p, n`},
		{func(s *QualitySettings) { s.Model = "none.bin" }, "model: open none.bin: no such file"},
		{func(s *QualitySettings) { s.Model = "bad.bin" }, "model: bad.bin: at byte 64: 5 entries, at most 0"},
		{func(s *QualitySettings) { s.MinScore = 1.5 }, "min_score: 1.5 is no probability"},
		{func(s *QualitySettings) { s.Normalize = "x" }, `normalize: "x" is none of datatrove`},
		{func(s *QualitySettings) { s.MaxBytes = -2 }, "max_bytes: "},
	} {
		s := &QualitySettings{Model: "q.bin", Label: "p", MinScore: unsetScore}
		c.set(s)
		_, _, err := build(t, &Quality, s, files)
		var fault *step.Fault
		if !errors.As(err, &fault) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

func TestLanguageStep(t *testing.T) {
	s := Language.New().(*LanguageSettings)
	s.Keep, s.MinScore = []string{"en", "fr"}, 0.65
	l, rules, err := build(t, &Language, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text, label string
		removed     bool
		rule        int
	}{
		{goodText, "en", false, 0},
		{"Der Vertrag war nichtig, weil sich die Parteien nicht geeinigt hatten.", "de", true, ruleOther},
		{"", Undetermined, true, ruleOther},
		{"ok", "", true, -1},
	} {
		v, labels, verdict := judged(t, l, &Language, rules, c.text)
		if c.label != "" && labels[0] != c.label || verdict.Removed != c.removed || c.rule >= 0 && verdict.Rule != c.rule || math.IsNaN(v[1]) {
			t.Errorf("%q: %v %v %v", c.text, v, labels, verdict)
		}
	}
	s.Keep = []string{"english"}
	if _, _, err := build(t, &Language, s, nil); err == nil || !strings.HasPrefix(err.Error(), `keep: no language is called "english": af, am, ar, az`) {
		t.Errorf("%v", err)
	}
}

func TestLanguageByPath(t *testing.T) {
	s := Language.New().(*LanguageSettings)
	s.Model, s.Keep = "m.bin", []string{"p"}
	l, rules, err := build(t, &Language, s, map[string][]byte{"m.bin": golden(t)})
	if err != nil {
		t.Fatal(err)
	}
	if v, labels, verdict := judged(t, l, &Language, rules, "good\ngood"); labels[0] != "p" || verdict.Removed || math.Abs(v[ruleScore]-.940486) > 1e-6 {
		t.Errorf("%v %v %v", v, labels, verdict)
	}
	if _, labels, verdict := judged(t, l, &Language, rules, "bad"); labels[0] != "n" || !verdict.Removed || verdict.Rule != ruleOther {
		t.Errorf("%v %v", labels, verdict)
	}
}

func TestClassifyStep(t *testing.T) {
	files := map[string][]byte{"m.bin": golden(t)}
	s := Classify.New().(*ClassifySettings)
	s.Model, s.Drop, s.Label, s.MinScore = "m.bin", []string{"n"}, "p", 0.9
	l, rules, err := build(t, &Classify, s, files)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]struct {
		label   string
		score   float64
		removed bool
	}{"good good": {"p", .940486, false}, "bad": {"n", .231485, true}, "good bad": {"p", .58905, true}} {
		v, labels, verdict := judged(t, l, &Classify, rules, text)
		if labels[0] != want.label || math.Abs(v[ruleScore]-want.score) > 1e-6 || verdict.Removed != want.removed {
			t.Errorf("%q: %v %v %v", text, v, labels, verdict)
		}
	}
	for _, c := range []struct {
		set  func(*ClassifySettings)
		want string
	}{
		{func(s *ClassifySettings) { s.Model = "" }, "model: the step needs the path"},
		{func(s *ClassifySettings) { s.Keep = []string{"x"} }, `keep: the model has no label "x": it has p, n`},
		{func(s *ClassifySettings) { s.Drop = []string{"p", "n"} }, "drop: no label is left"},
	} {
		s := &ClassifySettings{Model: "m.bin", MinScore: unsetScore}
		c.set(s)
		if _, _, err := build(t, &Classify, s, files); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

func TestPreparations(t *testing.T) {
	for _, c := range []struct {
		how        Preparation
		most       int
		text, want string
	}{
		{Datatrove, 0, "a\nb", "a\nb"}, // a Scorer parts words at newlines
		{CCNet, 0, "a\nb\n", "ab"},
		{DCLM, 0, "\u00a0 a\u2028b\x1cc \u3000", "a b c"},
		{NeMo, 0, "a __label__hq b", "a  hq b"},
		// What Python's clean_line of OpenLID gives.
		{OpenLID, 0, "  Hello,  World!\n2nd line\tof_text - ÉTÉ ", "hello world nd lineof_text  été"},
		{OpenLID, 0, "ΟΔΟΣ ΣΟΦΙΑΣ", "οδος σοφιας"},
		{OpenLID, 0, "İstanbul'da", "i\u0307stanbulda"},
		{OpenLID, 0, "हिन्दी १२", "हिन्दी "},
		{OpenLID, 0, "a\r\nb\rc", "a bc"},
		{OpenLID, 0, "\u00a0x\u00a0y", "x\u00a0y"},
		{Plain, 0, "Don't! In 1999é", "don ' t !  in 0000é"},
		{Datatrove, 7, "alpha beta gamma", "alpha"},
		{Datatrove, 3, "ééé", "é"},
		{Datatrove, 3, "abc", "abc"},
	} {
		p := preparer{how: c.how, most: c.most}
		if got := p.text(c.text); got != c.want {
			t.Errorf("%s: %q, want %q", c.how, got, c.want)
		}
	}
}

// A step that allocates per document is slow for everybody.
func TestStepsAllocateNothing(t *testing.T) {
	l, rules, err := build(t, &Quality, Quality.New(), nil)
	if err != nil {
		t.Fatal(err)
	}
	d, m := &document.Document{}, &step.Meter{}
	values := make([]float64, len(rules))
	d.SetText(strings.Repeat(goodText, 10))
	if n := testing.AllocsPerRun(20, func() { m.Reset(rules, values, nil); l.Judge(d, m) }); n > 0 {
		t.Errorf("%v allocations per document", n)
	}
}

func BenchmarkQuality(b *testing.B) {
	l, rules, err := build(b, &Quality, Quality.New(), nil)
	if err != nil {
		b.Fatal(err)
	}
	texts, size := benchTexts(b)
	d, m, values := &document.Document{}, &step.Meter{}, make([]float64, len(rules))
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, t := range texts {
			d.SetText(t)
			m.Reset(rules, values, nil)
			l.Judge(d, m)
		}
	}
}
