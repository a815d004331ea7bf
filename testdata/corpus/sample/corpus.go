// Package sample makes the sample corpus from texts, pages and word lists: it derives
// copies, assembles what is repetitive by nature, and writes the files. Chance comes
// from a counter with a fixed seed, so that no Go release changes it.
//
//	texts/<lang>.txt    well-written texts, the base of what is derived
//	texts/pages.txt     odd pages, written one by one
//	texts/banks.txt     lists of words and lines for what is assembled
//
// It runs at a desk, so that it stops the program where something is wrong.
package sample

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// A page is one document of the corpus.
type page struct {
	ID, URL, Date, Lang, Kind, File, Note, Text string
}

// A Corpus grows page by page.
type Corpus struct {
	root  string
	pages []page
	base  []page // the well-written ones
	banks map[string][]string
	words map[string][]string // by language, of the base
	count map[string]int      // pages made, by prefix of their id
	state uint64              // of chance
}

// Make makes the corpus of a folder that has texts/.
func Make(root string) *Corpus {
	c := &Corpus{root: root, banks: map[string][]string{}, words: map[string][]string{}, count: map[string]int{}, state: 42}
	c.readBanks()
	c.readBase()
	c.readOdd()
	c.copies()
	c.reencoded()
	c.repetitive()
	c.assembled()
	c.check()
	return c
}

var languages = []string{"en", "de", "fr", "es", "pt", "pl", "ru", "zh"}

// below returns a number in [0, n), the next of a fixed sequence (splitmix64).
func (c *Corpus) below(n int) int {
	c.state += 0x9e3779b97f4a7c15
	z := c.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

func (c *Corpus) one(of []string) string { return of[c.below(len(of))] }

// from returns one entry of a bank.
func (c *Corpus) from(bank string) string {
	if len(c.banks[bank]) == 0 {
		log.Fatalf("texts/banks.txt has no bank %q", bank)
	}
	return c.one(c.banks[bank])
}

// some returns n different entries of a list, in a new order.
func (c *Corpus) some(n int, of []string) []string {
	list := slices.Clone(of)
	for i := range min(n, len(list)) {
		j := i + c.below(len(list)-i)
		list[i], list[j] = list[j], list[i]
	}
	return list[:min(n, len(list))]
}

// pick returns n base texts that fit, in a new order.
func (c *Corpus) pick(n int, fits func(page) bool) []page {
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
func (c *Corpus) halves(n int, fits func(page) bool) (list []page) {
	english := c.pick((n+1)/2, func(p page) bool { return p.Lang == "en" && fits(p) })
	for i, p := range c.pick(n/2, func(p page) bool { return p.Lang != "en" && fits(p) }) {
		list = append(list, english[i], p)
	}
	return append(list, english[n/2:]...)
}

// add appends a page and gives it an id, an address and a date if it has none.
func (c *Corpus) add(prefix string, p page) {
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
func (c *Corpus) sections(name string, each func(header []string, body string)) {
	data, err := os.ReadFile(filepath.Join(c.root, "texts", name))
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

func (c *Corpus) readBanks() {
	c.sections("banks.txt", func(header []string, body string) { c.banks[header[0]] = strings.Split(body, "\n") })
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

func (c *Corpus) readBase() {
	for _, lang := range languages {
		c.sections(lang+".txt", func(header []string, body string) {
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

func (c *Corpus) readOdd() {
	c.sections("pages.txt", func(header []string, body string) {
		if len(header) != 7 {
			log.Fatalf("texts/pages.txt: %q is no header: id | url | date | lang | kind | file | note", header)
		}
		c.add(header[0], page{ID: header[0], URL: header[1], Date: header[2], Lang: header[3], Kind: header[4], File: header[5], Note: header[6], Text: body})
	})
}

// check stops if a page lacks something or an id comes twice.
func (c *Corpus) check() {
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

// hash is FNV-1a.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
