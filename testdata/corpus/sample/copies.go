package sample

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// copies adds exact and near copies, copies with a frame around them, and beginnings.
func (c *Corpus) copies() {
	for i, p := range c.halves(38, func(page) bool { return true }) {
		note := "exact copy of " + p.ID + ": exact removes one of the two"
		if i%5 == 4 {
			p.Text += "\n"
			note = "copy of " + p.ID + " with a line feed behind it: exact removes one of the two where it looks past white space"
		}
		c.add("copy", page{Lang: p.Lang, File: p.File, Text: p.Text, Kind: "exact_copy", Note: note})
	}
	for _, target := range []float64{0.95, 0.9, 0.85, 0.8, 0.7, 0.5} {
		long := func(p page) bool { return len(words(p.Text)) > 90 }
		for i, p := range c.halves(11, long) {
			text, how := c.replaced(p.Text, p.Lang, target), "words replaced"
			if i%4 == 3 {
				text, how = shortened(p.Text, target), "cut short"
			}
			c.add(fmt.Sprintf("near-%02.0f", target*100), page{Lang: p.Lang, File: p.File, Text: text, Kind: "near_copy",
				Note: fmt.Sprintf("near copy of %s, %s: true Jaccard %.3f of word 5-grams", p.ID, how, jaccard(p.Text, text))})
		}
	}
	for _, p := range c.halves(30, func(p page) bool { return p.File == "" }) {
		text := c.framed(p)
		c.add("framed", page{Lang: p.Lang, Text: text, Kind: "framed", Note: fmt.Sprintf(
			"%s between a menu, a cookie notice and links: c4 cuts the frame, what is left is a copy; true Jaccard %.3f of word 5-grams before the cut", p.ID, jaccard(p.Text, text))})
	}
	for _, p := range c.halves(20, func(p page) bool { return len(spans(p.Text)) > 60 }) {
		at := spans(p.Text)
		c.add("teaser", page{Lang: p.Lang, Text: p.Text[:at[14+c.below(26)][1]] + "… " + c.banks["more "+p.Lang][0],
			Note: "the beginning of " + p.ID + ": gopher_repetition or gopher_quality removes it, as it has few words"})
	}
}

func (c *Corpus) framed(p page) string {
	menu := c.some(6, c.banks["menu "+p.Lang])
	foot := c.some(3, c.banks["foot "+p.Lang])
	return strings.Join(menu, "\n") + "\n" + c.from("cookies "+p.Lang) + "\n\n" + p.Text + "\n\n" + strings.Join(foot, "\n")
}

// reencoded adds texts whose characters went wrong.
func (c *Corpus) reencoded() {
	accented := func(p page) bool { return p.ID != "en-travel-03" && norm.NFD.String(p.Text) != p.Text }
	french := c.pick(1, func(p page) bool { return p.ID == "en-travel-03" }) // English with many accents
	for i, p := range c.pick(16, func(p page) bool { return p.Lang != "en" }) {
		table, name := charmap.Windows1252, "Windows-1252"
		if i%3 == 2 {
			table, name = charmap.ISO8859_1, "Latin-1"
		}
		c.add("mojibake", page{Lang: p.Lang, Text: misread(p.Text, table), Note: p.ID + " written as UTF-8 and read as " + name + ": language, gopher_quality or quality removes it, or none where few letters went wrong"})
	}
	for _, p := range c.halves(10, func(p page) bool { return strings.Contains(p.Text, "\n") }) {
		c.add("crlf", page{Lang: p.Lang, File: p.File, Text: strings.ReplaceAll(p.Text, "\n", "\r\n"), Kind: "line_ends",
			Note: p.ID + " with CRLF line ends: normalize makes it a copy, exact removes one of the two"})
	}
	for _, p := range c.halves(10, func(page) bool { return true }) {
		c.add("control", page{Lang: p.Lang, File: p.File, Text: c.sprinkled(p.Text), Kind: "controls",
			Note: p.ID + " with control characters between its letters: normalize makes it a copy, exact removes one of the two"})
	}
	for _, p := range append(french, c.pick(11, accented)...) {
		c.add("decomposed", page{Lang: p.Lang, File: p.File, Text: norm.NFD.String(p.Text),
			Note: p.ID + " in Unicode form NFD: normalize makes it a copy, exact removes one of the two"})
	}
}

func misread(text string, as *charmap.Charmap) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteRune(as.DecodeByte(text[i]))
	}
	return b.String()
}

// sprinkled puts control characters behind some letters.
func (c *Corpus) sprinkled(text string) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteRune(r)
		if unicode.IsLetter(r) && c.below(40) == 0 {
			b.WriteString(c.one([]string{"\x00", "\x02", "\x08", "\x1b", "\x7f"}))
		}
	}
	return b.String()
}

// sentences splits at full stops, roughly.
func sentences(text string) (list []string) {
	for _, line := range strings.Split(text, "\n") {
		for _, s := range strings.SplitAfter(line, ". ") {
			if s = strings.TrimSpace(s); s != "" {
				list = append(list, s)
			}
		}
	}
	return list
}

// repetitive adds texts that say things more than once.
func (c *Corpus) repetitive() {
	for _, p := range c.pick(8, func(p page) bool { return len(sentences(p.Text)) > 5 }) {
		s := sentences(p.Text)
		lines := append(s, s[1], s[3], s[1], s[2], s[0], s[1])
		c.add("same-lines", page{Lang: p.Lang, Text: strings.Join(lines, "\n"), Note: "lines of " + p.ID + " come again: gopher_repetition removes it for duplicate lines"})
	}
	for _, p := range c.pick(8, func(p page) bool { return strings.Count(p.Text, "\n\n") >= 1 }) {
		c.add("same-paragraphs", page{Lang: p.Lang, Text: p.Text + "\n\n" + p.Text,
			Note: p.ID + " twice over: gopher_repetition removes it for duplicate paragraphs"})
	}
	for _, p := range c.pick(4, func(p page) bool { return strings.Count(p.Text, "\n\n") >= 1 && p.Lang == "en" }) {
		first, rest, _ := strings.Cut(p.Text, "\n\n")
		text := first + "\n\n" + strings.Join(sentences(rest), "\n\n") + "\n\n" + first
		c.add("same-long-paragraph", page{Lang: p.Lang, Text: text,
			Note: "the first paragraph of " + p.ID + " comes again at its end: gopher_repetition removes it for the characters of duplicate paragraphs"})
	}
	for i, p := range c.pick(10, func(p page) bool { return p.Lang == "en" && len(p.Text) > 900 }) {
		share := 0.143 - 0.006*float64(i%5)
		c.add("same-passage", page{Lang: p.Lang, Text: again(p.Text, share), Note: fmt.Sprintf(
			"the first words of %s come again, %.1f %% of all characters: gopher_repetition removes it for duplicate n-grams, n from 6 to 10", p.ID, 100*share)})
	}
	for _, p := range c.pick(7, func(p page) bool { return p.Lang == "en" }) {
		w := strings.Fields(p.Text)
		n := 2 + c.count["same-words"]%4
		at := c.below(len(w) - n)
		phrase := " " + strings.Join(w[at:at+n], " ")
		text := strings.Join(w[:40], " ")
		for i := range 14 {
			text += phrase + " " + strings.Join(w[40+2*i:42+2*i], " ")
		}
		c.add("same-words", page{Lang: p.Lang, Text: text + ".", Note: fmt.Sprintf(
			"the beginning of %s with one stretch of %d words again and again: gopher_repetition removes it for its n-grams", p.ID, n)})
	}
}

// again returns a text with its first words once more behind it, so that these, without
// their spaces, have a share of all characters.
func again(text string, share float64) string {
	passage, letters := "", 0
	for _, w := range strings.Fields(text) {
		if float64(letters+utf8.RuneCountInString(w)) > share*float64(utf8.RuneCountInString(text+passage+w)+2) {
			break
		}
		passage, letters = passage+" "+w, letters+utf8.RuneCountInString(w)
	}
	return text + passage
}
