package filters

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"tamis/step"
)

// ldnoobwNames are the files of LDNOOBW, a folder with a file for each language, and
// the same with an ending.
var ldnoobwNames = newLDNOOBWNames()

func newLDNOOBWNames() (names []string) {
	for _, code := range strings.Fields("ar cs da de en eo es fa fi fil fr fr-CA-u-sd-caqc hi hu it ja kab ko nl no pl pt ru sv th tlh tr zh") {
		names = append(names, code, code+".txt")
	}
	return names
}

// list takes the terms of a file, or of the files in a folder: one in a line, or CSV.
func (l *lexicon) list(env *step.Env, path string, t nsfwTerm) error {
	return eachList(env, path, ldnoobwNames, func(name string, r *bufio.Reader) error {
		before := len(l.terms)
		var err error
		if strings.HasSuffix(strings.TrimSuffix(name, ".gz"), ".csv") {
			err = l.listCSV(r, t)
		} else {
			err = listLines(r, func(line string) { l.listed(line, t) })
		}
		if err == nil && len(l.terms) == before {
			err = errors.New("there is no term in it: write one in a line")
		}
		return err
	})
}

// listed takes one term of a list; a hash sign begins a comment.
func (l *lexicon) listed(line string, t nsfwTerm) {
	if line[0] != '#' {
		l.add(strings.ReplaceAll(strings.ToValidUTF8(line, ""), "|", " "), t)
	}
}

// listCSV takes the column text, term, word or phrase of a CSV file, and the weights
// and classes of the columns weight (or severity_rating) and class where they are.
func (l *lexicon) listCSV(r io.Reader, t nsfwTerm) error {
	c := csv.NewReader(r)
	c.FieldsPerRecord, c.LazyQuotes = -1, true
	head, err := c.Read()
	if err != nil {
		return err
	}
	column := func(names ...string) int {
		return slices.IndexFunc(head, func(h string) bool {
			return slices.Contains(names, strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff"))))
		})
	}
	text, weight, class := column("text", "term", "word", "phrase"), column("weight", "severity_rating"), column("class")
	if text < 0 {
		return fmt.Errorf("there is no column text, term, word or phrase, but %s", strings.Join(head, ", "))
	}
	for {
		row, err := c.Read()
		if err != nil {
			return endOrError(err)
		}
		if text < len(row) && strings.TrimSpace(row[text]) != "" {
			l.listed(strings.TrimSpace(row[text]), t.as(cell(row, weight), cell(row, class)))
		}
	}
}

func endOrError(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// cell returns a field of a row, "" where there is none.
func cell(row []string, i int) string {
	if i < 0 || i >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[i])
}

// as returns the term with a weight and a class where they are given.
func (t nsfwTerm) as(weight, class string) nsfwTerm {
	if w, err := strconv.ParseFloat(weight, 64); err == nil && w >= 1 && w <= 5 {
		t.weight = int64(w)
	}
	if t.class != classStrict {
		switch class {
		case "sexual":
			t.class = classSexual
		case "abuse":
			t.class = classAbuse
		}
	}
	return t
}

// urlWords counts the different sexual terms of weight 3 and more that are words of a
// URL. Digits end a word there.
func (n *nsfw) urlWords(url string) float64 {
	if url == "" || !n.url.parse(url) {
		return 0
	}
	page := asString(n.url.readable())
	n.found = n.find.find(n.found[:0], page)
	n.touched = n.touched[:0]
	for _, o := range n.found {
		f := &n.forms[o.pattern]
		t := &n.terms[f.term]
		if t.class == classSexual && t.weight >= 3 && !t.doubtful && !t.clinical && isURLWord(page, o) && !slices.Contains(n.touched, f.term) {
			n.touched = append(n.touched, f.term)
		}
	}
	return float64(len(n.touched))
}

// isURLWord reports whether an occurrence is made of letters alone and has none
// beside it.
func isURLWord(page string, o occurrence) bool {
	letter := func(b byte) bool { return b >= 0x80 || isASCIILetter(b) }
	if o.start > 0 && letter(page[o.start-1]) || int(o.end) < len(page) && letter(page[o.end]) {
		return false
	}
	for _, b := range []byte(page[o.start:o.end]) {
		if isLeet(b) {
			return false
		}
	}
	return true
}
