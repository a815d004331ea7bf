package filters

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"tamis/step"
)

// Broken strings are repaired as ftfy repairs them, and sound ones stay.
func TestRepairAgainstFtfy(t *testing.T) {
	file := sharedFile("oracles", "repair", "ftfy.jsonl.zst")
	if _, err := os.Stat(file); err != nil {
		t.Skip("the values are not there: ", err)
	}
	// Texts are compared without controls and in one form, which are not repair's business,
	// and without what is invisible, some of which ftfy leaves.
	all := &repairSettings{Mojibake: true, Entities: true, Invisible: true, Ligatures: true, Quotes: true, Width: true, Hyphens: "none"}
	everything := newHarness(t, &Repair, all, step.Env{})
	encoding := newHarness(t, &Repair, &repairSettings{Mojibake: true, Hyphens: "none"}, step.Env{})
	unseen := newHarness(t, &Repair, &repairSettings{Invisible: true, Hyphens: "none"}, step.Env{})
	usual := newHarness(t, &Repair, nil, step.Env{})
	formed := newHarness(t, &Normalize, nil, step.Env{})
	broken, asText, asEncoding, restored := 0, 0, 0, 0
	eachLine(t, file, func(_ int, line []byte) {
		var r struct {
			Class, How, Text string
			Source           string
			FixText          string `json:"fix_text"`
			FixEncoding      string `json:"fix_encoding"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		everything.judge(r.Text, "")
		encoding.judge(r.Text, "")
		if r.Class != "broken" {
			if usual.judge(r.Text, ""); usual.doc.Text() != r.Text {
				t.Errorf("a sound text is changed: %q becomes %q", r.Text, usual.doc.Text())
			}
			if encoding.doc.Text() != r.Text || r.Class == "clean" && everything.doc.Text() != r.Text {
				t.Errorf("a sound text is changed: %q becomes %q", r.Text, everything.doc.Text())
			}
			return
		}
		broken++
		unseen.judge(r.FixText, "")
		formed.judge(unseen.doc.Text(), "")
		want := strings.Clone(formed.doc.Text())
		formed.judge(everything.doc.Text(), "")
		if formed.doc.Text() == want {
			asText++
		} else {
			t.Logf("%s: %.60q becomes %.60q, with ftfy %.60q", r.How, r.Text, formed.doc.Text(), r.FixText)
		}
		switch encoding.doc.Text() {
		case r.FixEncoding:
			asEncoding++
		case r.Source:
			restored++
		}
	})
	t.Logf("of %d broken strings, %d are repaired as fix_text does and %d as fix_encoding does; %d more are as before the damage", broken, asText, asEncoding, restored)
	if asText*100 < broken*95 || asEncoding*100 < broken*95 || (asEncoding+restored)*100 < broken*98 {
		t.Errorf("fewer than before")
	}
}

// What is right in one language and looks like a wrong reading in another stays.
func TestRepairLeavesQuotedWords(t *testing.T) {
	h := newHarness(t, &Repair, nil, step.Env{})
	for _, s := range []string{"na „pláž“ a", "„BLÅ“ ja", "„JÄÄ“ ja", "„ЛЪВ“ е", "„ГРАД“ е", "MAÇÃ é", "Úžasný den", "der „Spaß“ ist", "IRMÃ mais velha", "25 °C", "la nº 5"} {
		if h.judge(s, ""); h.doc.Text() != s {
			t.Errorf("%q becomes %q", s, h.doc.Text())
		}
	}
	for text, want := range map[string]string{
		"Ã la carte": "à la carte", "Ã s trÃªs": "às três", "quÃ© Ã quele": "qué àquele", "â™¥": "♥", "âœ”": "✔", "ï»¿Hello": "Hello",
		"Ä°stanbul": "İstanbul", "ĂŠtĂŠ": "été", "aÅ¥e": "aťe",
	} {
		if h.judge(text, ""); h.doc.Text() != want {
			t.Errorf("%q becomes %q, want %q", text, h.doc.Text(), want)
		}
	}
}

// Words are joined over every kind of hyphen and both kinds of line ends.
func TestRepairJoinsWords(t *testing.T) {
	h := newHarness(t, &Repair, nil, step.Env{})
	for text, want := range map[string]string{
		"an ex-\nample, an example":            "an example, an example",
		"an ex-\r\nample, an example":          "an example, an example",
		"an ex\u2010\r\nample, an example":     "an example, an example",
		"an ex\u00ad\nample":                   "an example",
		"an ex\u00ad\r\nample":                 "an example",
		"an ex-\r\nample":                      "an ex-\r\nample",
		"an ex\u00adample\r\nand \u00adothers": "an example\r\nand others",
		"a well-\r\nKnown wellKnown":           "a well-\r\nKnown wellKnown",
	} {
		if h.judge(text, ""); h.doc.Text() != want {
			t.Errorf("%q becomes %q, want %q", text, h.doc.Text(), want)
		}
	}
}

// checkRepair holds a repair to what every edit must be.
func checkRepair(t *testing.T, h *harness, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		return
	}
	h.judge(text, "")
	for _, e := range h.meter.Edits {
		if !runeBoundary(text, e.Start) || !runeBoundary(text, e.End) || !utf8.ValidString(e.With) {
			t.Fatalf("%+q: edit %+v cuts a character", text, e)
		}
	}
	once := strings.Clone(h.doc.Text())
	if h.judge(once, ""); h.doc.Text() != once {
		t.Fatalf("%+q becomes %+q, and then %+q", text, once, h.doc.Text())
	}
}

func FuzzRepair(f *testing.F) {
	for _, s := range []string{"", "cafÃ©", "Ã la carte", "&amp;lt;", "РџСЂРёРІРµС‚", "ex-\nample, an example", "â€œHiâ€\u009d", "ﬁne\u200b"} {
		f.Add(s, false)
	}
	usual := newHarness(f, &Repair, nil, step.Env{})
	all := newHarness(f, &Repair, &repairSettings{Mojibake: true, Entities: true, Invisible: true, Ligatures: true, Quotes: true, Spaces: true, Width: true, Hyphens: "all"}, step.Env{})
	f.Fuzz(func(t *testing.T, text string, every bool) {
		if every {
			checkRepair(t, all, text)
			return
		}
		checkRepair(t, usual, text)
	})
}

func BenchmarkRepair(b *testing.B) {
	for name, unit := range map[string]string{
		"ascii":   "The quick brown fox jumps over the lazy dog, and nobody minds.\n",
		"french":  "Déjà vu : l'élève a été reçu à l'école après l'été.\n",
		"russian": "Съешь же ещё этих мягких французских булок, да выпей чаю.\n",
		"chinese": "天地玄黃，宇宙洪荒。日月盈昃，辰宿列張。寒來暑往，秋收冬藏。\n",
		"broken":  "DÃ©jÃ\u00a0 vu : l'Ã©lÃ¨ve a Ã©tÃ© reÃ§u &agrave; l'Ã©cole.\n",
	} {
		b.Run(name, func(b *testing.B) {
			benchTexts(b, newHarness(b, &Repair, nil, step.Env{}), []string{strings.Repeat(unit, 64)})
		})
	}
}
