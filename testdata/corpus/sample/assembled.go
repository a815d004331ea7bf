package sample

import (
	"fmt"
	"strings"
)

// fill replaces each {bank} of a pattern by one entry of the bank, and {n-m} by a number.
func (c *Corpus) fill(pattern string) string {
	for {
		from := strings.IndexByte(pattern, '{')
		if from < 0 {
			return pattern
		}
		to := from + strings.IndexByte(pattern[from:], '}')
		var low, high int
		value := ""
		if n, _ := fmt.Sscanf(pattern[from+1:to], "%d-%d", &low, &high); n == 2 {
			value = fmt.Sprint(low + c.below(high-low+1))
		} else {
			value = c.from(pattern[from+1 : to])
		}
		pattern = pattern[:from] + value + pattern[to+1:]
	}
}

// lines fills n patterns of a bank, never the same line twice in a row.
func (c *Corpus) lines(n int, bank string) string {
	var list []string
	for len(list) < n {
		if l := c.fill(c.from(bank)); len(list) == 0 || l != list[len(list)-1] {
			list = append(list, l)
		}
	}
	return strings.Join(list, "\n")
}

// assembled adds pages that are put together from word lists, as such pages are.
func (c *Corpus) assembled() {
	for _, a := range []struct {
		prefix, lang, bank, file string
		pages, lines             int
		note                     string
	}{
		{"shop", "en", "shop en", "web", 12, 24, "a list of goods: gopher_quality removes it for words without letters, or gopher_repetition"},
		{"shop-de", "de", "shop de", "web", 6, 20, "a list of goods in German: gopher_repetition or gopher_quality removes it"},
		{"log", "en", "log", "web", 9, 30, "a log: gopher_repetition or gopher_quality removes it"},
		{"access-log", "en", "access", "forum", 5, 18, "an access log pasted into a post: gopher_repetition or gopher_quality removes it"},
		{"table", "en", "table", "web", 9, 28, "a table of measurements: gopher_quality removes it for words without letters"},
		{"results", "en", "results", "web", 8, 30, "a list of results: gopher_quality removes it for words without letters"},
		{"hashtags", "en", "hashtags", "forum", 6, 8, "hash signs before most words: gopher_quality removes it for hashes_per_word, unless repetition comes first"},
		{"bullets", "en", "bullet", "web", 8, 16, "every line a bullet: gopher_quality removes it for bullet_lines, unless repetition comes first"},
		{"long-words", "de", "long", "web", 5, 20, "long words only: gopher_quality removes it for mean_word_length"},
		{"spam", "en", "spam", "web", 10, 3, "a page on a blocked host: url removes it"},
		{"contents", "en", "contents", "books", 6, 22, "a table of contents: gopher_repetition removes it for its dots"},
		{"index", "en", "index", "books", 6, 26, "the index of a book: gopher_quality removes it for words without letters"},
	} {
		for range a.pages {
			p := page{Lang: a.lang, File: a.file, Text: c.lines(a.lines+c.below(6), a.bank), Note: a.note}
			if a.prefix == "spam" {
				p.URL = "https://" + c.from("blocked") + "/offer/" + fmt.Sprint(1000+c.below(9000))
				p.Text = strings.ReplaceAll(p.Text, "\n", " ")
			}
			c.add(a.prefix, p)
		}
	}
	c.menus()
	c.excerpts()
	c.keywords()
	c.omnibus()
}

func (c *Corpus) menus() {
	for _, lang := range languages {
		for range 3 {
			menu := c.some(9+c.below(6), c.banks["menu "+lang])
			text := strings.Join(menu, "\n") + "\n" + strings.Join(c.some(5, menu), "\n") + "\n" + strings.Join(c.some(3, c.banks["foot "+lang]), "\n")
			c.add("menu", page{Lang: lang, Text: text, Note: "nothing but a menu: gopher_repetition removes it for duplicate lines, or gopher_quality for its few words"})
		}
		c.add("cookies", page{Lang: lang, Text: strings.Join(c.some(2, c.banks["cookies "+lang]), " "),
			Note: "nothing but a cookie notice: gopher_repetition or gopher_quality removes it, as it has few words"})
	}
}

// excerpts adds front pages: beginnings of articles that break off.
func (c *Corpus) excerpts() {
	for range 8 {
		var list []string
		for _, p := range c.pick(12, func(p page) bool { return p.Lang == "en" && p.Kind != "poem" }) {
			w := strings.Fields(p.Text)
			list = append(list, strings.Join(w[:7+c.below(5)], " ")+"...")
		}
		c.add("front-page", page{Lang: "en", Text: strings.Join(list, "\n"), Note: "beginnings of twelve articles: gopher_quality removes it for lines that end in an ellipsis"})
	}
}

// keywords adds pages written for search engines.
func (c *Corpus) keywords() {
	for range 8 {
		list := c.some(40, c.banks["goods"])
		c.add("keywords", page{Lang: "en", Text: strings.Join(append(list, c.some(30, c.banks["adjectives"])...), " "),
			Note: "a heap of keywords: gopher_quality removes it for the lack of stop words"})
	}
	for range 14 {
		thing := c.from("goods")
		text := strings.Join(c.some(11, c.banks["praise"]), " ")
		c.add("praise", page{Lang: "en", Kind: "advertisement", Text: strings.ReplaceAll(text, "THING", thing),
			Note: "praise of " + thing + " written for search engines: quality removes it"})
	}
}

// omnibus adds the one long document: the base in three languages and a ship's log.
func (c *Corpus) omnibus() {
	var parts []string
	for _, p := range c.base {
		if p.Lang == "en" || p.Lang == "fr" || p.Lang == "de" {
			parts = append(parts, p.Text)
		}
	}
	for range 52 {
		parts = append(parts, strings.ReplaceAll(c.lines(4, "logbook"), "\n", " "))
	}
	c.add("omnibus", page{Lang: "en", File: "books", Text: strings.Join(parts, "\n\n"),
		Note: "all the English, German and French base texts and a ship's log in one volume: `where: 'words < 20000'` removes it"})
}
