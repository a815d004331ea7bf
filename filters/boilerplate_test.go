package filters

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"tamis/step"
)

// Of the segments that people marked on real pages, those of the text stay and those
// of the site go.
func TestBoilerplateAgainstMarkedPages(t *testing.T) {
	file := sharedFile("data", "web-pages-raw", "pages.jsonl.zst")
	if _, err := os.Stat(file); err != nil {
		t.Skip("the pages are not there: ", err)
	}
	h := newHarness(t, &Boilerplate, nil, step.Env{})
	var text, kept, site, cut int
	eachLine(t, file, func(_ int, line []byte) {
		var page struct {
			Text string
			Main []string `json:"main_segments"`
			Site []string `json:"boilerplate_segments"`
		}
		if err := json.Unmarshal(line, &page); err != nil {
			t.Fatal(err)
		}
		h.judge(page.Text, "")
		found, stay := segments(page.Main, page.Text, h.doc.Text())
		text, kept = text+found, kept+stay
		found, stay = segments(page.Site, page.Text, h.doc.Text())
		site, cut = site+found, cut+found-stay
	})
	t.Logf("main text kept: %d of %d segments (%.1f %%); boilerplate cut: %d of %d (%.1f %%)",
		kept, text, 100*step.Ratio(kept, text), cut, site, 100*step.Ratio(cut, site))
	if step.Ratio(kept, text) < 0.98 || step.Ratio(cut, site) < 0.53 {
		t.Error("less than before")
	}
}

// A last line that goes takes the line end before it along.
func TestBoilerplateAtTheEnd(t *testing.T) {
	h := newHarness(t, &Boilerplate, nil, step.Env{})
	for text, want := range map[string]string{
		"This is what it says.\nRead more":       "This is what it says.",
		"This is what it says.\r\nRead more":     "This is what it says.",
		"This is what it says.\r\nRead more\r\n": "This is what it says.\r\n",
		"Read more":                              "",
	} {
		if h.judge(text, ""); h.doc.Text() != want {
			t.Errorf("%q becomes %q, want %q", text, h.doc.Text(), want)
		}
	}
}

// segments returns how many of the segments are in a text, and in what is left of it.
func segments(all []string, text, left string) (found, stay int) {
	for _, s := range all {
		if strings.Contains(text, s) {
			found++
			if strings.Contains(left, s) {
				stay++
			}
		}
	}
	return found, stay
}

func FuzzBoilerplate(f *testing.F) {
	for _, s := range []string{"", "Home\nNews\nShop\nHelp\nA text.", "We use cookies\n\nText.\n12 Comments", "a\nb\n\n\nShare this\nc\nd", "\xff\n\n"} {
		f.Add(s)
	}
	h := newHarness(f, &Boilerplate, nil, step.Env{})
	f.Fuzz(func(t *testing.T, text string) {
		h.judge(text, "")
		for _, e := range h.meter.Edits {
			if !runeBoundary(text, e.Start) || !runeBoundary(text, e.End) {
				t.Fatalf("%+q: edit %+v cuts a character", text, e)
			}
		}
		once := strings.Clone(h.doc.Text())
		if h.judge(once, ""); h.doc.Text() != once {
			t.Fatalf("%+q becomes %+q, and then %+q", text, once, h.doc.Text())
		}
	})
}

func TestBoilerplateRefused(t *testing.T) {
	for _, n := range []int{-1, 1} {
		if _, err := (&boilerplateSettings{MenuLines: n}).Build(nil); err == nil {
			t.Errorf("%d lines are taken for a row", n)
		}
	}
}

func BenchmarkBoilerplate(b *testing.B) {
	docs, _ := prose(b, 1<<20)
	benchTexts(b, newHarness(b, &Boilerplate, nil, step.Env{}), docs)
}
