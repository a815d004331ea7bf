package filters

import (
	"errors"
	"fmt"

	"tamis/document"
	"tamis/step"
)

// URL removes documents by where they are from.
var URL = step.Spec{
	Name: "url",
	Doc: "Removes documents by their URL: lists of hosts, which stand for all hosts below them, and of pages, and words in the URL. " +
		"Case, punycode, ports, dots at the end, user names and percent escapes do not get around a list. A document without a URL stays.",
	Source: "Penedo et al. 2023 (RefinedWeb), arXiv:2306.01116, section G.1; datatrove, url_filter.py at a649de79",
	Rules: []step.Rule{
		urlDomain: maxRule("domain", "0 or 1", 0, "1 where the registered domain is on a list."),
		urlHost:   maxRule("host", "0 or 1", 0, "1 where the host, or one above it and below the registered domain, is on a list."),
		urlPage:   maxRule("page", "0 or 1", 0, "1 where the very page is on a list."),
		urlHard:   maxRule("hard_words", "words", 0, "Different hard words that are whole words of the URL."),
		urlSoft:   maxRule("soft_words", "words", 1, "Different soft words that are whole words of the URL."),
		urlStrict: maxRule("strict_words", "0 or 1", 0, "1 where a strict word occurs anywhere in the URL without its punctuation."),
	},
	New: func() step.Settings { return &urlSettings{Words: true} },
}

// The rules of url by index.
const (
	urlDomain = iota
	urlHost
	urlPage
	urlHard
	urlSoft
	urlStrict
)

type urlSettings struct {
	Lists  []string `yaml:"lists" doc:"files or folders of hosts and pages to remove: one in a line, hosts files, Adblock rules of the form ||host^, UT1 folders; gzip or plain"`
	Allow  []string `yaml:"allow" doc:"lists of hosts and pages that stay whatever else is said of them"`
	Words  bool     `yaml:"words" doc:"whether the program's own words for URLs are looked for"`
	Hard   []string `yaml:"hard" doc:"files of further hard words"`
	Soft   []string `yaml:"soft" doc:"files of further soft words"`
	Strict []string `yaml:"strict" doc:"files of further strict words"`
	Compat string   `yaml:"compat" doc:"datatrove: lists and words are compared with the URL as it is written, as that program does; its lists may be given as lists, hard, soft and strict"`
}

// Build reads the lists.
func (s *urlSettings) Build(env *step.Env) (any, error) {
	u := &urlLists{}
	if s.Compat != "" {
		return s.buildCompat(env, u)
	}
	for _, path := range s.Lists {
		if err := u.readAddresses(env, path, &u.block, &u.allow); err != nil {
			return nil, &step.Fault{Key: "lists", Err: err}
		}
	}
	for _, path := range s.Allow {
		if err := u.readAddresses(env, path, &u.allow, nil); err != nil {
			return nil, &step.Fault{Key: "allow", Err: err}
		}
	}
	if fault := s.readWords(env, u); fault != nil {
		return nil, fault
	}
	if err := u.compile(); err != nil {
		return nil, &step.Fault{Key: "strict", Err: err}
	}
	return &urlJudge{urlLists: u}, nil
}

// buildCompat makes the step as another program has it.
func (s *urlSettings) buildCompat(env *step.Env, u *urlLists) (any, error) {
	if s.Compat != "datatrove" {
		return nil, &step.Fault{Key: "compat", Err: fmt.Errorf("%q is no program: datatrove is", s.Compat)}
	}
	if len(s.Allow) > 0 {
		return nil, &step.Fault{Key: "allow", Err: errors.New("datatrove has no lists of what stays")}
	}
	d := &datatroveURL{urlLists: u, listed: &hashSet{}}
	if err := d.readRaw(env, s.Lists); err != nil {
		return nil, &step.Fault{Key: "lists", Err: err}
	}
	if fault := s.readWords(env, u); fault != nil {
		return nil, fault
	}
	if err := u.compile(); err != nil {
		return nil, &step.Fault{Key: "strict", Err: err}
	}
	return &urlJudge{urlLists: u, compat: d}, nil
}

// urlJudge is the step in one worker.
type urlJudge struct {
	*urlLists
	canonical
	compat  *datatroveURL // nil but for compat
	seen    [][]byte      // words of the URL that have been counted
	squeeze []byte        // the URL without its punctuation
}

// Fork returns the same step for another worker.
func (u *urlJudge) Fork() step.Local {
	fork := &urlJudge{urlLists: u.urlLists}
	if u.compat != nil {
		fork.compat = &datatroveURL{urlLists: u.urlLists, listed: u.compat.listed}
	}
	return fork
}

// Judge looks up the document's URL.
func (u *urlJudge) Judge(d *document.Document, m *step.Meter) step.Verdict {
	var values [urlStrict + 1]float64
	switch {
	case d.URL == "":
	case u.compat != nil:
		u.compat.measure(d.URL, &values)
	case u.parse(d.URL):
		u.measure(&values, m)
	}
	for i, v := range values {
		if !m.Hold(i, v) {
			break
		}
	}
	return m.Verdict()
}

// measure fills in the values of a document that has a URL.
func (u *urlJudge) measure(values *[urlStrict + 1]float64, m *step.Meter) {
	if u.allow.match(&u.canonical) != matchNone {
		if m.Note != nil {
			m.Note(fmt.Sprintf("%s is on a list of what to allow", u.page))
		}
		return
	}
	switch u.block.match(&u.canonical) {
	case matchDomain:
		values[urlDomain] = 1
	case matchHost:
		values[urlHost] = 1
	case matchPage:
		values[urlPage] = 1
	}
	page := u.readable()
	values[urlHard] = u.count(page, u.hard, m.Note)
	values[urlSoft] = u.count(page, u.soft, m.Note)
	if u.strictly(page) {
		values[urlStrict] = 1
	}
}

// count returns how many different words of a set are words of a page: stretches of
// ASCII letters and digits, or of anything beyond ASCII.
func (u *urlJudge) count(page []byte, set map[string]bool, note func(string)) float64 {
	u.seen = u.seen[:0]
	if len(set) == 0 {
		return 0
	}
	for i := 0; i < len(page); {
		start := i
		for i < len(page) && isURLLetter(page[i]) {
			i++
		}
		if i > start && set[string(page[start:i])] {
			u.countOnce(page[start:i], note)
		}
		i++
	}
	return float64(len(u.seen))
}

func (u *urlJudge) countOnce(word []byte, note func(string)) {
	for _, s := range u.seen {
		if string(s) == string(word) {
			return
		}
	}
	if note != nil {
		note(fmt.Sprintf("%q is a word of the URL", word))
	}
	u.seen = append(u.seen, word)
}

func isURLLetter(b byte) bool { return b >= 0x80 || '0' <= b && b <= '9' || isASCIILetter(b) }

// strictly reports whether a strict word occurs in a page without its punctuation.
func (u *urlJudge) strictly(page []byte) bool {
	if u.strict == nil {
		return false
	}
	u.squeeze = u.squeeze[:0]
	for _, b := range page {
		if isURLLetter(b) {
			u.squeeze = append(u.squeeze, b)
		}
	}
	return u.strict.contains(u.squeeze)
}
