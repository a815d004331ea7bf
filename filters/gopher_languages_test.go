package filters

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// The cases read their settings without a recipe, which knows what is short for what.

func (l *qualityLanguages) UnmarshalYAML(n *yaml.Node) error {
	type plain qualityLanguages
	return short(n, l.UnmarshalScalar, (*plain)(l))
}

func (l *qualityLanguage) UnmarshalYAML(n *yaml.Node) error {
	type plain qualityLanguage
	return short(n, l.UnmarshalScalar, (*plain)(l))
}

func (b *bounds) UnmarshalYAML(n *yaml.Node) error {
	type plain bounds
	return short(n, b.UnmarshalScalar, (*plain)(b))
}

func short(n *yaml.Node, scalar func(string) error, into any) error {
	if n.Kind == yaml.ScalarNode {
		return scalar(n.Value)
	}
	return n.Decode(into)
}

// Codes of the Universal Declaration for those of the lists.
var declarations = map[string]string{
	"ar": "arb", "bg": "bul", "bn": "ben", "cs": "ces", "da": "dan", "de": "deu", "el": "ell_monotonic", "en": "eng", "es": "spa", "fa": "pes_1",
	"fi": "fin", "fr": "fra", "he": "heb", "hi": "hin", "hu": "hun", "id": "ind", "it": "ita", "ja": "jpn", "ko": "kor", "nb": "nob", "nl": "nld",
	"pl": "pol", "pt": "por_BR", "ro": "ron_2006", "ru": "rus", "sk": "slk", "sv": "swe", "th": "tha", "tr": "tur", "uk": "ukr", "vi": "vie", "zh": "cmn_hans",
}

func TestBuiltinLanguages(t *testing.T) {
	all := builtinLanguages()
	if len(all) < 30 {
		t.Errorf("%d languages, want 30", len(all))
	}
	for code, l := range all {
		if declarations[code] == "" && code != "no" {
			t.Errorf("%s: nothing checks its list", code)
		}
		words := slices.Sorted(slices.Values(l.StopWordList))
		if len(slices.Compact(words)) != len(l.StopWordList) || len(words) < 12 {
			t.Errorf("%s: %d stop words, some of them twice, or fewer than 12", code, len(words))
		}
		if l.MeanWordLength.off != l.StopWordsInside {
			t.Errorf("%s: words without spaces, or not?", code)
		}
	}
}

// Every language's declaration is kept, in pieces of some hundred words too, and the
// bounds are as the files' description says.
func TestLanguagesAgainstTheDeclarations(t *testing.T) {
	file := sharedFile("data", "udhr", "udhr.jsonl.zst")
	if _, err := os.Stat(file); err != nil {
		t.Skip("the declarations are not there: ", err)
	}
	texts := map[string]string{}
	eachLine(t, file, func(_ int, line []byte) {
		var r struct{ Code, Text string }
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		texts[r.Code] = r.Text
	})
	if texts["ron_2006"] == "" {
		texts["ron_2006"] = texts["ron_1993"]
	}
	mean := func(code string) float64 {
		var d document.Document
		d.SetText(texts[declarations[code]])
		return meanWordLength(d.View())
	}
	english := mean("en")
	for code, l := range builtinLanguages() {
		if code == "no" {
			continue
		}
		if r := mean(code) / english; !l.MeanWordLength.off && (*l.MeanWordLength.Min != math.Floor(3*r) || *l.MeanWordLength.Max != math.Ceil(10*r)) {
			t.Errorf("%s: mean_word_length %v %v, the declaration gives %v %v", code, *l.MeanWordLength.Min, *l.MeanWordLength.Max, math.Floor(3*r), math.Ceil(10*r))
		}
		if kept, n := keptPieces(t, code, texts[declarations[code]]); kept < n {
			t.Errorf("%s: %d of %d pieces of the declaration have two stop words and words of a fitting length", code, kept, n)
		}
	}
}

// keptPieces cuts a text into pieces of 600 code points or more and returns how many
// pass the rules on words, their lengths and stop words.
func keptPieces(t *testing.T, code, all string) (kept, n int) {
	settings := GopherQuality.New().(*gopherQualitySettings)
	settings.Languages = qualityLanguages{code: {Path: autoLanguages}}
	h := newHarness(t, &GopherQuality, settings, step.Env{Label: func(string) (int, bool) { return 0, true }})
	h.doc.Labels = []string{code}
	piece := ""
	for line := range strings.Lines(all) {
		if piece += line; len([]rune(piece)) < 600 {
			continue
		}
		n++
		if v := h.judge(piece, ""); !v.Removed || v.Rule != 0 && v.Rule != 1 && v.Rule != len(GopherQuality.Rules)-1 {
			kept++
		} else {
			t.Logf("%s: %s %v in %.80q", code, GopherQuality.Rules[v.Rule].Name, v.Value, piece)
		}
		piece = ""
	}
	return kept, n
}

func TestLanguagesRefused(t *testing.T) {
	one := 1.0
	for want, s := range map[string]qualityLanguages{
		"no list of this language": {"xx": {Path: autoLanguages}},
		"without a stop_word_list": {"de": {StopWordsInside: true}},
		"keeps nothing":            {"de": {MeanWordLength: bounds{Max: &one}}},
		"at most 1024":             {"de": {StopWordList: make([]string, maxStopWords+1)}},
	} {
		settings := GopherQuality.New().(*gopherQualitySettings)
		settings.Languages = s
		env := &step.Env{Rules: GopherQuality.Rules, Splitter: text.Unicode, Label: func(string) (int, bool) { return 0, true }}
		if _, err := settings.Build(env); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
		env.Label = func(string) (int, bool) { return 0, false }
		var f *step.Fault
		if _, err := settings.Build(env); !errors.As(err, &f) || f.Key != "languages" {
			t.Errorf("error %v without a language step", err)
		}
	}
	for _, s := range []interface{ UnmarshalScalar(string) error }{new(qualityLanguages), new(bounds)} {
		if s.UnmarshalScalar("on") == nil {
			t.Errorf("%T takes anything", s)
		}
	}
}

func BenchmarkGopherQualityLanguages(b *testing.B) {
	for _, code := range slices.Sorted(maps.Keys(map[string]bool{"en": true, "de": true, "zh": true})) {
		b.Run(code, func(b *testing.B) {
			settings := GopherQuality.New().(*gopherQualitySettings)
			settings.Languages = qualityLanguages{code: {Path: autoLanguages}}
			h := newHarness(b, &GopherQuality, settings, step.Env{Label: func(string) (int, bool) { return 0, true }})
			h.doc.Labels = []string{code}
			text := strings.Repeat("The quick brown fox jumps over the lazy dog, and nobody minds.\n", 64)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				h.judge(text, "")
			}
		})
	}
}
