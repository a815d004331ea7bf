package filters

import (
	"strings"
	"testing"

	"tamis/classify"
	"tamis/step"
)

// toxicitySpec is the step as the program has it.
var toxicitySpec = Toxicity(classify.ToxicityScorer)

// toxicityWith returns the default settings as changed by f.
func toxicityWith(f func(*toxicitySettings)) *toxicitySettings {
	s := toxicitySpec.New().(*toxicitySettings)
	f(s)
	return s
}

const (
	insult    = "You stupid idiot, shut up, you dumb bitch."
	obscenity = "Free porn videos of naked girls and horny milfs."
	thanks    = "Thank you all for your answers, they helped me a lot."
	garden    = "The garden was lovely in June and we stayed for a week."
	vampires  = "From Dusk till Dawn follows two brothers who take a family hostage. At a bar in the desert they meet a biker named Sex Machine " +
		"and a dancer who turns out to be a vampire; the guests barricade themselves, and only a few of them see the morning. " +
		"The film was shot in California and became a cult classic, with two sequels and a television series."
)

func TestToxicityVerdicts(t *testing.T) {
	h := newHarness(t, toxicitySpec, nil, step.Env{})
	for _, c := range []struct {
		name, text string
		rule       int // that removes it, -1 if none does
	}{
		{"adult page", adultPage, toxSexual},
		{"medical page", medicalPage, -1},
		{"sex education", sexEducation, -1},
		{"news about assault", newsPage, -1},
		{"names", names, -1},
		{"thanks", thanks, -1},
		{"a film with a vampire named Sex Machine", vampires, -1},
		{"slurs and threats", "You stupid bitch, shut up, you dumb cunt. Fuck off and kill yourself, you worthless whore.", toxAbuse},
		{"insults that no list has", "You are a complete idiot and a moron, and everybody here knows it.", toxAbuse},
		{"german", "Geile Fotzen, Titten und Muschi: kostenlose Pornofilme, Fickbilder und Sexcams.", toxSexual},
		{"russian", "Бесплатное порно: МИНЕТ, мокрая киска, трахает шлюху, порнозвезды и сиськи.", toxSexual},
		{"chinese", "免费黄片，三级片，色情网站，约炮，裸聊，群交，成人电影在线看", toxSexual},
		{"chinese news", "进出口交易额上升，女优秀运动员代表性交流活动在北京举行。", -1},
	} {
		switch v := h.judge(c.text, ""); {
		case v.Removed != (c.rule >= 0):
			t.Errorf("%s: removed is %v, %v", c.name, v.Removed, h.vals)
		case v.Removed && v.Rule != c.rule:
			t.Errorf("%s: removed by %s, %v", c.name, toxicitySpec.Rules[v.Rule].Name, h.vals)
		}
	}
}

// A line that is scored among others scores what it does alone, and what is cut is
// those lines that go by themselves.
func TestToxicityLines(t *testing.T) {
	alone := newHarness(t, toxicitySpec, nil, step.Env{})
	cut := newHarness(t, toxicitySpec, toxicityWith(func(s *toxicitySettings) { s.Level, s.Action = levelParagraph, actionCut }), step.Env{})
	all := newHarness(t, toxicitySpec, toxicityWith(func(s *toxicitySettings) { s.Level = levelParagraph }), step.Env{})
	lines := []string{garden, insult, thanks, obscenity, "", "f u c k you", "p0rn p0rn p0rn, naked girls"}
	every([]string{"0", "1", "2", "3", "4", "5", "6"}, 4, func(which string) {
		if which == "" {
			return
		}
		var text, want []string
		sexual, abuse, cuts, size := 0.0, 0.0, 0, 0
		for _, i := range which {
			line := lines[i-'0']
			text = append(text, line)
			removed := alone.judge(line, "").Removed
			if line == "" {
				removed = false
			} else {
				alone.meter.All = true
				alone.judge(line, "")
				alone.meter.All = false
				sexual, abuse = max(sexual, alone.vals[toxSexual]), max(abuse, alone.vals[toxAbuse])
			}
			if !removed {
				want = append(want, line)
			} else {
				cuts, size = cuts+1, size+len(line)+1
			}
		}
		whole := strings.Join(text, "\n") + "\n"
		all.meter.All = true
		all.judge(whole, "")
		if all.vals[toxSexual] != sexual || all.vals[toxAbuse] != abuse {
			t.Fatalf("%q: %v, want %v and %v", whole, all.vals, sexual, abuse)
		}
		v := cut.judge(whole, "")
		if gone := 2*size > len(whole); v.Removed != gone {
			t.Fatalf("%q: removed is %v, %v", whole, v.Removed, cut.vals)
		}
		if left := strings.Join(append(want, ""), "\n"); !v.Removed && cut.doc.Text() != left {
			t.Fatalf("%q: %q is left, want %q", whole, cut.doc.Text(), left)
		}
		if n := int(cut.vals[toxSexualCut] + cut.vals[toxAbuseCut]); n != cuts {
			t.Fatalf("%q: %d cuts, want %d", whole, n, cuts)
		}
	})
}

// One strict term is enough, and of a text that has it explain hears nothing else.
func TestToxicityStrict(t *testing.T) {
	env := step.Env{Open: opener(map[string]string{"strict.txt": "secret word\n"})}
	h := newHarness(t, toxicitySpec, toxicityWith(func(s *toxicitySettings) { s.Strict = []string{"strict.txt"} }), env)
	var notes []string
	h.meter.All, h.meter.Note = true, func(s string) { notes = append(notes, s) }
	for _, text := range []string{"a S3CRET-WORD", insult + " secret word", "s e c r e t secret word: " + obscenity} {
		notes = nil
		if v := h.judge(text, ""); v.Rule != toxStrict || v.Value != 1 || !v.Removed {
			t.Errorf("%q: %+v", text, v)
		}
		if len(notes) != 1 || notes[0] != "different strict terms, not shown: 1" {
			t.Errorf("%q: explain hears %q", text, notes)
		}
	}
	notes = nil
	h.judge(obscenity, "")
	for _, want := range []string{`sexual, weight 5: "naked girls", found 1×, at bytes 20 to 31`, "document at bytes 0 to 48: sexual 0.99"} {
		if !strings.Contains(strings.Join(notes, "\n"), want) {
			t.Errorf("explain hears %q, want %q", notes, want)
		}
	}
}

func TestToxicityRefuses(t *testing.T) {
	for want, f := range map[string]func(*toxicitySettings){
		`level: "word" is none of document, paragraph, sentence`: func(s *toxicitySettings) { s.Level = "word" },
		`action: "mask" is none of remove, cut`:                  func(s *toxicitySettings) { s.Action = "mask" },
		"action: a whole document can only be removed":           func(s *toxicitySettings) { s.Action = actionCut },
		`languages: there is no lexicon for "xx"`:                func(s *toxicitySettings) { s.Languages = []string{"xx"} },
		"list_weight: 9 is outside 1 to 5":                       func(s *toxicitySettings) { s.ListWeight = 9 },
	} {
		if _, err := toxicityWith(f).Build(&step.Env{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Without a lexicon the classifier judges alone.
func TestToxicityWithoutLexicon(t *testing.T) {
	h := newHarness(t, toxicitySpec, toxicityWith(func(s *toxicitySettings) { s.Languages = []string{} }), step.Env{})
	if !h.judge("You are a stupid, pathetic idiot.", "").Removed || h.judge(garden, "").Removed {
		t.Error(h.vals)
	}
}

func FuzzToxicity(f *testing.F) {
	f.Add(garden + " " + insult + "\n" + obscenity + "\r\n\n色情网站。f u c k")
	var harnesses []*harness
	for _, level := range []string{levelParagraph, levelSentence} {
		s := toxicityWith(func(s *toxicitySettings) { s.Level, s.Action = level, actionCut })
		harnesses = append(harnesses, newHarness(f, toxicitySpec, s, step.Env{}))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, h := range harnesses {
			h.meter.All = true
			h.judge(text, "")
			at := 0
			for _, e := range h.meter.Edits {
				if e.Start < at || e.End <= e.Start || !runeBoundary(text, e.Start) || !runeBoundary(text, e.End) {
					t.Fatalf("edit [%d, %d) behind %d", e.Start, e.End, at)
				}
				at = e.End
			}
			for i, v := range h.vals {
				if !(v >= 0) || (i == toxSexual || i == toxAbuse || i == toxShare) && v > 1 {
					t.Fatalf("%s is %v", toxicitySpec.Rules[i].Name, v)
				}
			}
		}
	})
}

// The step allocates nothing per text, at any level.
func BenchmarkToxicity(b *testing.B) {
	for _, path := range []string{"data/web-pages-raw/pages.jsonl.zst", "data/fineweb-legal/docs.jsonl.zst"} {
		texts := sharedTexts(b, path)
		for _, level := range []string{levelDocument, levelParagraph, levelSentence} {
			b.Run(strings.Split(path, "/")[1]+"/"+level, func(b *testing.B) {
				h := newHarness(b, toxicitySpec, toxicityWith(func(s *toxicitySettings) { s.Level = level }), step.Env{})
				benchTexts(b, h, texts)
			})
		}
	}
}
