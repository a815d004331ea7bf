package filters

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tamis/document"
	"tamis/step"
)

// A bench of one step: what the engine does around it, for tests.
type harness struct {
	spec  *step.Spec
	step  step.Local
	meter step.Meter
	doc   document.Document
	vals  []float64
	words []string
}

// newHarness builds the step of spec with settings, nil for the defaults.
func newHarness(t testing.TB, spec *step.Spec, settings step.Settings, env step.Env) *harness {
	t.Helper()
	if settings == nil {
		settings = spec.New()
	}
	if env.Rules == nil {
		env.Rules = spec.Rules
	}
	built, err := settings.Build(&env)
	if err != nil {
		t.Fatal(err)
	}
	l := built.(step.Local)
	if f, ok := l.(step.Forker); ok {
		l = f.Fork()
	}
	return &harness{spec: spec, step: l, vals: make([]float64, len(spec.Rules)), words: make([]string, len(spec.Labels))}
}

// judge judges a text, and applies the edits where it stays.
func (h *harness) judge(text, url string) step.Verdict {
	h.doc.SetText(text)
	h.doc.URL = url
	h.meter.Reset(h.spec.Rules, h.vals, h.words)
	v := h.step.Judge(&h.doc, &h.meter)
	if !v.Removed {
		h.doc.Rewrite(h.meter.Edits)
	}
	return v
}

// normalizeSlow says what normalize means: the repairs one after the other over the
// whole text.
func normalizeSlow(s *normalizeSettings, text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if s.LineEnds {
		text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n",
			"\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	}
	if s.Controls {
		text = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\u0085", r) {
				return -1
			}
			return r
		}, text)
	}
	switch s.Form {
	case "nfc":
		text = norm.NFC.String(text)
	case "nfkc":
		text = norm.NFKC.String(text)
	}
	if s.TrailingBlanks {
		text = trimSlow(text)
	}
	return text
}

// trimSlow removes blanks before every line end and the end.
func trimSlow(text string) string {
	var out []rune
	trim := func() {
		for len(out) > 0 && (out[len(out)-1] == '\t' || unicode.Is(unicode.Zs, out[len(out)-1])) {
			out = out[:len(out)-1]
		}
	}
	for _, r := range text {
		if isLineEnd(r) {
			trim()
		}
		out = append(out, r)
	}
	trim()
	return string(out)
}

// everyNormalize lists all combinations of settings.
func everyNormalize() (all []*normalizeSettings) {
	for _, form := range []string{"nfc", "nfkc", "none"} {
		for bits := range 8 {
			all = append(all, &normalizeSettings{Form: form, Controls: bits&1 > 0, LineEnds: bits&2 > 0, TrailingBlanks: bits&4 > 0})
		}
	}
	return all
}

func TestNormalize(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"clean", "plain text\nin two lines\n", "plain text\nin two lines\n"},
		{"tab stays", "a\tb", "a\tb"},
		{"control goes", "a\x00b\x1b[0m\x7fc", "ab[0mc"},
		{"C1 goes", "a\u0080b\u009fc", "abc"},
		{"crlf", "a\r\nb\rc\n\rd", "a\nb\nc\n\nd"},
		{"unicode line ends", "a\u2028b\u2029c\u0085d\ve\ff", "a\nb\nc\nd\ne\nf"},
		{"composes", "e\u0301te\u0301", "été"},
		{"composes over a control", "e\x00\u0301", "é"},
		{"mark after a line end stays", "e\n\u0301", "e\n\u0301"},
		{"singleton", "\u212b", "Å"},
		{"marks are sorted", "a\u0301\u0323", "ạ́"},
		{"hangul", "\u1112\u1161\u11ab", "한"},
		{"bad bytes", "a\xff\xfeb\xc3", "a\uFFFDb\uFFFD"},
		{"ligature stays in nfc", "ﬁne", "ﬁne"},
		{"beyond the first plane", "\U0001d15e 😀", "\U0001d157\U0001d165 😀"},
	} {
		h := newHarness(t, &Normalize, nil, step.Env{})
		h.judge(c.in, "")
		if got := h.doc.Text(); got != c.want {
			t.Errorf("%s: %+q becomes %+q, want %+q", c.name, c.in, got, c.want)
		}
	}
}

func TestNormalizeCounts(t *testing.T) {
	h := newHarness(t, &Normalize, &normalizeSettings{Form: "nfkc", Controls: true, LineEnds: true, TrailingBlanks: true}, step.Env{})
	h.judge("ﬁ\x00n \x01\u00a0\r\ne\x02\u0301\x03 x\xff\xff\n", "")
	want := []float64{normInvalid: 1, normControls: 3, normLineEnds: 1, normForm: 2, normTrailing: 1}
	for i, w := range want {
		if h.vals[i] != w {
			t.Errorf("%s = %v, want %v", Normalize.Rules[i].Name, h.vals[i], w)
		}
	}
	if got := h.doc.Text(); got != "fin\né x\uFFFD\n" {
		t.Errorf("text is %q", got)
	}
}

func TestNormalizeRefuses(t *testing.T) {
	_, err := (&normalizeSettings{Form: "nfd"}).Build(&step.Env{})
	if err == nil || !strings.Contains(err.Error(), `form: "nfd" is no Unicode form`) {
		t.Errorf("got %v", err)
	}
}

// alphabet has one character of each class that normalize tells apart.
var alphabet = []string{"a", " ", "\n", "\r", "\x00", "\u0301", "\u0085", "\u00a0", "\u212b", "\xff"}

func TestNormalizeAgainstSlow(t *testing.T) {
	for _, s := range everyNormalize() {
		h := newHarness(t, &Normalize, s, step.Env{})
		every(alphabet, 4, func(text string) { checkNormalize(t, h, s, text) })
	}
}

// every calls f for all concatenations of up to n pieces.
func every(pieces []string, n int, f func(string)) {
	f("")
	if n == 0 {
		return
	}
	for _, p := range pieces {
		every(pieces, n-1, func(rest string) { f(p + rest) })
	}
}

// checkNormalize compares a text's repair with the slow one, and repairs it again.
func checkNormalize(t *testing.T, h *harness, s *normalizeSettings, text string) {
	t.Helper()
	want := normalizeSlow(s, text)
	h.judge(text, "")
	for _, e := range h.meter.Edits {
		if !runeBoundary(text, e.Start) || !runeBoundary(text, e.End) {
			t.Fatalf("%+v: %+q: edit [%d, %d) cuts a code point", *s, text, e.Start, e.End)
		}
	}
	got := strings.Clone(h.doc.Text())
	if got != want || !utf8.ValidString(got) {
		t.Fatalf("%+v: %+q becomes %+q, want %+q", *s, text, got, want)
	}
	h.judge(got, "")
	if len(h.meter.Edits) > 0 {
		t.Fatalf("%+v: %+q becomes %+q, and then %+q", *s, text, got, h.doc.Text())
	}
}

// runeBoundary reports whether i is between two code points. Bytes that are no
// UTF-8 stand alone.
func runeBoundary(s string, i int) bool {
	for at := range s {
		if at == i {
			return true
		}
	}
	return i == len(s)
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"", "a\r\nb", "e\u0301\x00\u0323 \n", "\u1100\u1161\u11a8", "\u0f71\u0f72\u0f80", strings.Repeat("\u0301", 40)} {
		f.Add(s, uint8(0))
	}
	all := everyNormalize()
	hs := make([]*harness, len(all))
	for i, s := range all {
		hs[i] = newHarness(f, &Normalize, s, step.Env{})
	}
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		i := int(which) % len(all)
		checkNormalize(t, hs[i], all[i], text)
	})
}

func BenchmarkNormalize(b *testing.B) {
	for name, unit := range map[string]string{
		"ascii":    "The quick brown fox jumps over the lazy dog, and nobody minds.\n",
		"french":   "Déjà vu : l'élève a été reçu à l'école après l'été.\n",
		"russian":  "Съешь же ещё этих мягких французских булок, да выпей чаю.\n",
		"chinese":  "天地玄黃，宇宙洪荒。日月盈昃，辰宿列張。寒來暑往，秋收冬藏。\n",
		"repaired": "Cafe\u0301 and the rest of a line that is plain,\r\nand then more.\r\n",
	} {
		b.Run(name, func(b *testing.B) {
			benchTexts(b, newHarness(b, &Normalize, nil, step.Env{}), []string{strings.Repeat(unit, 64)})
		})
	}
}
