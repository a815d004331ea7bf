//go:build ignore

// Generate writes the sample corpus from the texts beside it:
//
//	go run testdata/corpus/generate.go
//
// It is run from the root of the repository and writes the same bytes every time.
// Chance comes from a counter with a fixed seed, so that no Go release changes it.
//
//	texts/<lang>.txt    well-written texts, the base of what is derived
//	texts/pages.txt     odd pages, written one by one
//	texts/banks.txt     lists of words and lines for what is assembled
//	lists/blocked-hosts.txt
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

const root = "testdata/corpus"

// A page is one document of the corpus.
type page struct {
	ID, URL, Date, Lang, Kind, File, Note, Text string
}

// A corpus grows page by page.
type corpus struct {
	pages []page
	base  []page // the well-written ones
	banks map[string][]string
	words map[string][]string // by language, of the base
	count map[string]int      // pages made, by prefix of their id
	state uint64              // of chance
}

var languages = []string{"en", "de", "fr", "es", "pt", "pl", "ru", "zh"}

func main() {
	log.SetFlags(0)
	if _, err := os.Stat(filepath.Join(root, "texts")); err != nil {
		log.Fatal("run this from the root of the repository: ", err)
	}
	c := &corpus{banks: map[string][]string{}, words: map[string][]string{}, count: map[string]int{}, state: 42}
	c.readBanks()
	c.readBase()
	c.readOdd()
	c.copies()
	c.reencoded()
	c.repetitive()
	c.assembled()
	c.check()
	c.write()
	c.print()
}

// below returns a number in [0, n), the next of a fixed sequence (splitmix64).
func (c *corpus) below(n int) int {
	c.state += 0x9e3779b97f4a7c15
	z := c.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

func (c *corpus) one(of []string) string { return of[c.below(len(of))] }

// from returns one entry of a bank.
func (c *corpus) from(bank string) string {
	if len(c.banks[bank]) == 0 {
		log.Fatalf("texts/banks.txt has no bank %q", bank)
	}
	return c.one(c.banks[bank])
}

// some returns n different entries of a list, in a new order.
func (c *corpus) some(n int, of []string) []string {
	list := slices.Clone(of)
	for i := range min(n, len(list)) {
		j := i + c.below(len(list)-i)
		list[i], list[j] = list[j], list[i]
	}
	return list[:min(n, len(list))]
}

// pick returns n base texts that fit, in a new order.
func (c *corpus) pick(n int, fits func(page) bool) []page {
	var all []page
	for _, p := range c.base {
		if fits(p) {
			all = append(all, p)
		}
	}
	for i := range all {
		j := i + c.below(len(all)-i)
		all[i], all[j] = all[j], all[i]
	}
	if len(all) < n {
		log.Fatalf("%d base texts fit, %d are wanted", len(all), n)
	}
	return all[:n]
}

// halves returns n base texts that fit, one half of them English.
func (c *corpus) halves(n int, fits func(page) bool) (list []page) {
	english := c.pick((n+1)/2, func(p page) bool { return p.Lang == "en" && fits(p) })
	for i, p := range c.pick(n/2, func(p page) bool { return p.Lang != "en" && fits(p) }) {
		list = append(list, english[i], p)
	}
	return append(list, english[n/2:]...)
}

// add appends a page and gives it an id, an address and a date if it has none.
func (c *corpus) add(prefix string, p page) {
	c.count[prefix]++
	if p.ID == "" {
		p.ID = fmt.Sprintf("%s-%02d", prefix, c.count[prefix])
	}
	if p.URL == "" {
		p.URL = fmt.Sprintf("https://%s/%s", c.from("hosts"), p.ID)
	}
	if p.Date == "" {
		p.Date = fmt.Sprintf("20%02d-%02d-%02d", 15+c.below(9), 1+c.below(12), 1+c.below(28))
	}
	if p.Kind == "" {
		p.Kind = strings.ReplaceAll(prefix, "-", "_")
	}
	if p.File == "" {
		p.File = "web"
	}
	c.pages = append(c.pages, p)
}

// sections reads a file of `=== header | header` lines and what stands below them.
func sections(name string, each func(header []string, body string)) {
	data, err := os.ReadFile(filepath.Join(root, "texts", name))
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range strings.Split("\n"+string(data), "\n=== ")[1:] {
		head, body, _ := strings.Cut(s, "\n")
		header := strings.Split(head, "|")
		for i := range header {
			header[i] = strings.TrimSpace(header[i])
		}
		each(header, strings.Trim(body, "\n"))
	}
}

func (c *corpus) readBanks() {
	sections("banks.txt", func(header []string, body string) { c.banks[header[0]] = strings.Split(body, "\n") })
}

// The kinds of base texts that are named in their own language, and the file in which
// forum posts and literature lie.
var (
	kinds = map[string]string{
		"artykul": "article", "articulo": "article", "artigo": "article", "statya": "article", "wenzhang": "article",
		"lexikon": "encyclopedia", "encyclopedie": "encyclopedia", "enciclopedia": "encyclopedia", "encyklopedia": "encyclopedia",
		"enciklopediya": "encyclopedia", "baike": "encyclopedia", "anleitung": "howto", "guide": "howto", "guia": "howto", "poradnik": "howto",
		"sovet": "howto", "zhinan": "howto", "rezept": "recipe", "recette": "recipe", "receta": "recipe", "receita": "recipe", "przepis": "recipe",
		"recept": "recipe", "caipu": "recipe", "foro": "forum", "luntan": "forum", "brief": "letter", "lettre": "letter", "carta": "letter",
		"list": "letter", "pismo": "letter", "xin": "letter", "geschichte": "story", "conte": "story", "cuento": "story", "conto": "story",
		"opowiadanie": "story", "rasskaz": "story", "gushi": "story", "wissen": "science", "ciencia": "science", "nauka": "science", "kexue": "science",
		"verein": "minutes", "deporte": "sports", "sport": "sports", "tagebuch": "diary", "diario": "diary", "dziennik": "diary", "dnevnik": "diary",
		"riji": "diary", "fabel": "fable", "fabula": "fable", "bajka": "fable", "basnya": "fable", "yuyan": "fable", "stelle": "job", "offre": "job",
		"anuncio": "job", "ogloszenie": "job", "zhaopin": "job", "leserbrief": "editor", "entretien": "interview", "museo": "museum", "discurso": "speech",
		"pravila": "rules",
	}
	fileOf = map[string]string{"forum": "forum", "story": "books", "letter": "books", "poem": "books", "fable": "books", "diary": "books",
		"history": "books", "speech": "books", "essay": "books"}
)

func (c *corpus) readBase() {
	for _, lang := range languages {
		sections(lang+".txt", func(header []string, body string) {
			if len(header) != 3 {
				log.Fatalf("texts/%s.txt: %q is no header: id | url | date", lang, header)
			}
			kind := strings.Split(header[0], "-")[1]
			if english := kinds[kind]; english != "" {
				kind = english
			}
			p := page{ID: header[0], URL: header[1], Date: header[2], Lang: lang, Kind: kind, File: fileOf[kind], Text: body,
				Note: "well written; stays"}
			if n := c.banks["note "+p.ID]; n != nil {
				p.Note = n[0]
			}
			c.base = append(c.base, p)
			c.words[lang] = append(c.words[lang], words(body)...)
			c.add(p.ID, p)
		})
	}
}

func (c *corpus) readOdd() {
	sections("pages.txt", func(header []string, body string) {
		if len(header) != 7 {
			log.Fatalf("texts/pages.txt: %q is no header: id | url | date | lang | kind | file | note", header)
		}
		c.add(header[0], page{ID: header[0], URL: header[1], Date: header[2], Lang: header[3], Kind: header[4], File: header[5], Note: header[6], Text: body})
	})
}

// words returns what Jaccard similarity is computed of: stretches of letters and
// digits in lower case, each Han character by itself.
func words(text string) []string {
	var list []string
	for _, s := range spans(text) {
		list = append(list, strings.ToLower(text[s[0]:s[1]]))
	}
	return list
}

// spans returns where the words of a text begin and end, in bytes.
func spans(text string) (list [][2]int) {
	inside := false
	for i, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			list = append(list, [2]int{i, i + utf8.RuneLen(r)})
			inside = false
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			inside = false
		case inside:
			list[len(list)-1][1] = i + utf8.RuneLen(r)
		default:
			list = append(list, [2]int{i, i + utf8.RuneLen(r)})
			inside = true
		}
	}
	return list
}

// jaccard returns the similarity of the sets of word 5-grams of two texts.
func jaccard(a, b string) float64 {
	x, y := grams(a), grams(b)
	both := 0
	for g := range x {
		if y[g] {
			both++
		}
	}
	return float64(both) / float64(len(x)+len(y)-both)
}

func grams(text string) map[string]bool {
	set, w := map[string]bool{}, words(text)
	for i := 0; i+5 <= len(w); i++ {
		set[strings.Join(w[i:i+5], " ")] = true
	}
	return set
}

// replaced returns a text with words replaced by others of its language until its
// similarity to the original is as near to the target as it gets.
func (c *corpus) replaced(text, lang string, target float64) string {
	at := spans(text)
	order := make([]int, len(at))
	for i := range order {
		j := c.below(i + 1)
		order[i] = order[j]
		order[j] = i
	}
	with := make([]string, len(at))
	for i, s := range at {
		with[i] = text[s[0]:s[1]]
	}
	best := text
	for _, i := range order {
		old := with[i]
		with[i] = c.one(c.words[lang])
		if try := splice(text, at, with); jaccard(text, try) >= target-0.004 {
			best = try
		} else {
			with[i] = old
		}
		if jaccard(text, best) <= target+0.004 {
			break
		}
	}
	return best
}

func splice(text string, at [][2]int, with []string) string {
	var b strings.Builder
	end := 0
	for i, s := range at {
		b.WriteString(text[end:s[0]])
		b.WriteString(with[i])
		end = s[1]
	}
	return b.String() + text[end:]
}

// shortened returns a text without its last words, as near to the target as it gets.
func shortened(text string, target float64) string {
	at := spans(text)
	n := len(at) - 4
	return text[:at[4+int(target*float64(n)+0.5)-1][1]] + "."
}

// copies adds exact and near copies, copies with a frame around them, and beginnings.
func (c *corpus) copies() {
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

func (c *corpus) framed(p page) string {
	menu := c.some(6, c.banks["menu "+p.Lang])
	foot := c.some(3, c.banks["foot "+p.Lang])
	return strings.Join(menu, "\n") + "\n" + c.from("cookies "+p.Lang) + "\n\n" + p.Text + "\n\n" + strings.Join(foot, "\n")
}

// reencoded adds texts whose characters went wrong.
func (c *corpus) reencoded() {
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
func (c *corpus) sprinkled(text string) string {
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
func (c *corpus) repetitive() {
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

// fill replaces each {bank} of a pattern by one entry of the bank, and {n-m} by a number.
func (c *corpus) fill(pattern string) string {
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
func (c *corpus) lines(n int, bank string) string {
	var list []string
	for len(list) < n {
		if l := c.fill(c.from(bank)); len(list) == 0 || l != list[len(list)-1] {
			list = append(list, l)
		}
	}
	return strings.Join(list, "\n")
}

// assembled adds pages that are put together from word lists, as such pages are.
func (c *corpus) assembled() {
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
		{"hashtags", "en", "hashtags", "forum", 8, 8, "hash signs before most words: gopher_quality removes it for hashes_per_word, unless repetition comes first"},
		{"bullets", "en", "bullet", "web", 8, 16, "every line a bullet: gopher_quality removes it for bullet_lines, unless repetition comes first"},
		{"long-words", "de", "long", "web", 5, 20, "long words only: gopher_quality removes it for mean_word_length"},
		{"spam", "en", "spam", "web", 12, 3, "a page on a blocked host: url removes it"},
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

func (c *corpus) menus() {
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
func (c *corpus) excerpts() {
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
func (c *corpus) keywords() {
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
func (c *corpus) omnibus() {
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

// check stops if a page lacks something or an id comes twice.
func (c *corpus) check() {
	seen := map[string]bool{}
	for _, p := range c.pages {
		switch {
		case seen[p.ID]:
			log.Fatalf("id %s comes twice", p.ID)
		case p.Note == "" || (p.Text == "") != (p.Kind == "empty") || !utf8.ValidString(p.Text):
			log.Fatalf("%s lacks a note or a text in UTF-8", p.ID)
		case p.File != "web" && p.File != "forum" && p.File != "books":
			log.Fatalf("%s is for no file: %q", p.ID, p.File)
		}
		seen[p.ID] = true
	}
}

// of returns the pages of a file: the base first, so that it is the copies that go,
// and otherwise in an order that mixes kinds, by hash of the id.
func (c *corpus) of(file string) (list []page) {
	for _, p := range c.pages {
		if p.File == file {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b page) int {
		return cmp.Or(cmp.Compare(c.derived(a), c.derived(b)), cmp.Compare(hash(a.ID), hash(b.ID)))
	})
	return list
}

func (c *corpus) derived(p page) int {
	if slices.ContainsFunc(c.base, func(b page) bool { return b.ID == p.ID }) {
		return 0
	}
	return 1
}

// hash is FNV-1a.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

func (c *corpus) write() {
	var web, forum bytes.Buffer
	for i, p := range c.of("web") {
		encode(&web, i, webRecord{p.ID, p.Text, p.URL, p.Date, p.Lang, p.Kind, p.Note, json.RawMessage(metadata(i, p))})
	}
	for i, p := range c.of("forum") {
		author := []string{"marten", "oak_and_ash", "Q.", "лиса", "tomate7", "小鱼", "kjersti", "anna-b"}[hash(p.ID)%8]
		encode(&forum, i, forumRecord{1000 + i, p.ID, p.Lang, p.URL, p.Date, author, p.Text, i % 17, p.Kind, p.Note})
	}
	must(os.WriteFile(filepath.Join(root, "web.jsonl.zst"), zstdOf(web.Bytes()), 0o644))
	must(os.WriteFile(filepath.Join(root, "forum.jsonl.gz"), gzipOf(forum.Bytes()), 0o644))
	must(os.WriteFile(filepath.Join(root, "broken.jsonl"), []byte(broken), 0o644))
	must(os.WriteFile(filepath.Join(root, "lists", "blocked-hosts.txt"), []byte("# hosts of the sample corpus whose pages the step url removes\n"+
		strings.Join(c.banks["blocked list"], "\n")+"\n"), 0o644))
	must(parquet.WriteFile(filepath.Join(root, "books.parquet"), books(c.of("books")), parquet.Compression(&parquet.Zstd), parquet.CreatedBy("testdata/corpus", "1", "")))
}

type webRecord struct {
	ID       string          `json:"id"`
	Text     string          `json:"text"`
	URL      string          `json:"url"`
	Date     string          `json:"date"`
	Lang     string          `json:"lang"`
	Kind     string          `json:"kind"`
	Note     string          `json:"note"`
	Metadata json.RawMessage `json:"metadata"`
}

type forumRecord struct {
	Serial  int    `json:"serial"`
	PostID  string `json:"post_id"`
	Lang    string `json:"lang"`
	Link    string `json:"link"`
	Posted  string `json:"posted"`
	Author  string `json:"author"`
	Content string `json:"content"`
	Likes   int    `json:"likes"`
	Kind    string `json:"kind"`
	Note    string `json:"note"`
}

type book struct {
	ID     string   `parquet:"id"`
	Text   string   `parquet:"text"`
	URL    string   `parquet:"url"`
	Year   int32    `parquet:"year"`
	Tags   []string `parquet:"tags,list"`
	Rights rights   `parquet:"rights"`
	Note   string   `parquet:"note"`
}

type rights struct {
	License string  `parquet:"license"`
	Holder  *string `parquet:"holder,optional"`
}

func books(pages []page) (list []book) {
	for i, p := range pages {
		var year int32
		fmt.Sscanf(p.Date, "%d", &year)
		b := book{ID: p.ID, Text: p.Text, URL: p.URL, Year: year, Tags: []string{p.Lang, p.Kind}, Rights: rights{License: "CC0-1.0"}, Note: p.Note}
		if i%3 == 0 {
			b.Rights.Holder = &p.Lang
		}
		if i%7 == 0 {
			b.Tags = nil
		}
		list = append(list, b)
	}
	return list
}

// metadata returns what a crawler might have noted, in different shapes.
func metadata(i int, p page) string {
	h := hash(p.ID)
	switch i % 6 {
	case 0:
		return fmt.Sprintf(`{"crawl":{"digest":%d,"status":200,"robots":null},"links":[["/",1],["/about",null],[]]}`, h|1<<63)
	case 1:
		return fmt.Sprintf(`{"fetched":"%sT06:%02d:00Z","score":%.6f,"charset":"UTF-8"}`, p.Date, h%60, float64(h%1000000)/1e6)
	case 2:
		return "null"
	case 3:
		return `{"headers":{"content-type":"text/html; charset=utf-8","x-empty":""},"tags":[],"note \u0022quoted\u0022":"a\\b"}`
	case 4:
		return fmt.Sprintf(`{"size":123456789012345678901234567890,"ratio":-1.5e-7,"bytes":%d,"flags":[true,false,null]}`, len(p.Text))
	}
	return fmt.Sprintf(`{"a":{"b":{"c":{"d":[{"e":null},{"f":[%d]}]}}}}`, h%100)
}

// encode appends a record as a line; every seventh has all but ASCII escaped.
func encode(b *bytes.Buffer, i int, record any) {
	start := b.Len()
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	must(e.Encode(record))
	if i%7 != 6 {
		return
	}
	line := string(b.Bytes()[start:])
	b.Truncate(start)
	for _, r := range line {
		switch {
		case r < 0x80:
			b.WriteByte(byte(r))
		case r < 0x10000:
			fmt.Fprintf(b, "\\u%04x", r)
		default:
			fmt.Fprintf(b, "\\u%04x\\u%04x", 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		}
	}
}

// broken is records that cannot be read, between two that can.
const broken = `{"id":"broken-good-1","text":"The first record of this file is whole, and so is the last. Between them there are eleven that cannot be read, each for a reason of its own, and each of them has to be put aside without taking its neighbours along. A reader that gives up at the first bad line would lose the rest of the file. A reader that says nothing would lose a line and never know it. There are many readers of both sorts. What we want to have is one that goes on, tells us where it stumbled, and keeps what it could not read."}
{"id":"broken-cut","text":"This record ends in the middle of a str
{"id":"broken-comma","text":"This record has a comma too many.",}
{"id":"broken-no-text","title":"This record has no text."}
{"id":"broken-null-text","text":null}
{"id":"broken-number-text","text":42}
` + "{\"id\":\"broken-utf8\",\"text\":\"This byte \xff is no UTF-8, and neither are these: \xc3\x28.\"}\n" + `{"id":"broken-surrogate","text":"Half of a character: \ud83d and no more."}
["broken-array","This line is a list and no record."]
not JSON at all
{"id":"broken-twice","text":"one"} {"id":"broken-twice","text":"two"}
{"id":"broken-control","text":"a raw	tab and a raw ` + "\x01" + ` within a string"}

{"id":"broken-good-2","text":"The last record of this file is whole again, and there is no line feed behind it, as is the case with many files that were written in a hurry. It should be counted like any other. Whoever doubts that this needs to be said has never had to find out why two programs count the lines of one file and do not agree. They differ by one, it is always the last one, and each of them is right in its own way. The quarrel can go on for hours."}`

func zstdOf(data []byte) []byte {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	must(err)
	return w.EncodeAll(data, nil)
}

func gzipOf(data []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	must(err)
	_, err = w.Write(data)
	must(errors.Join(err, w.Close()))
	return b.Bytes()
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// print shows what was written: documents of each kind by file.
func (c *corpus) print() {
	type counts struct{ web, forum, books, bytes int }
	by, total := map[string]*counts{}, counts{}
	var names []string
	for _, p := range c.pages {
		if by[p.Kind] == nil {
			by[p.Kind] = &counts{}
			names = append(names, p.Kind)
		}
		for _, n := range []*counts{by[p.Kind], &total} {
			n.bytes += len(p.Text)
			switch p.File {
			case "web":
				n.web++
			case "forum":
				n.forum++
			default:
				n.books++
			}
		}
	}
	slices.Sort(names)
	row := func(name string, n counts) {
		fmt.Printf("%-18s %5d %5d %5d %5d %8d\n", name, n.web, n.forum, n.books, n.web+n.forum+n.books, n.bytes)
	}
	fmt.Printf("%-18s %5s %5s %5s %5s %8s\n", "kind", "web", "forum", "books", "all", "bytes")
	for _, name := range names {
		row(name, *by[name])
	}
	row("all", total)
	languages := map[string]int{}
	for _, p := range c.pages {
		languages[p.Lang]++
	}
	fmt.Println(languages) // Go prints maps sorted
}
