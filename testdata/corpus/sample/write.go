package sample

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

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
)

// of returns the pages of a file: the base first, so that it is the copies that go,
// and otherwise in an order that mixes kinds, by hash of the id.
func (c *Corpus) of(file string) (list []page) {
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

func (c *Corpus) derived(p page) int {
	if slices.ContainsFunc(c.base, func(b page) bool { return b.ID == p.ID }) {
		return 0
	}
	return 1
}

// Write writes the files of the corpus into its folder.
func (c *Corpus) Write() {
	var web, forum bytes.Buffer
	for i, p := range c.of("web") {
		encode(&web, i, webRecord{p.ID, p.Text, p.URL, p.Date, p.Lang, p.Kind, p.Note, json.RawMessage(metadata(i, p))})
	}
	for i, p := range c.of("forum") {
		author := []string{"marten", "oak_and_ash", "Q.", "лиса", "tomate7", "小鱼", "kjersti", "anna-b"}[hash(p.ID)%8]
		encode(&forum, i, forumRecord{1000 + i, p.ID, p.Lang, p.URL, p.Date, author, p.Text, i % 17, p.Kind, p.Note})
	}
	must(os.WriteFile(filepath.Join(c.root, "web.jsonl.zst"), zstdOf(web.Bytes()), 0o644))
	must(os.WriteFile(filepath.Join(c.root, "forum.jsonl.gz"), gzipOf(forum.Bytes()), 0o644))
	must(os.WriteFile(filepath.Join(c.root, "broken.jsonl"), []byte(broken), 0o644))
	must(os.WriteFile(filepath.Join(c.root, "lists", "blocked-hosts.txt"), []byte("# hosts of the sample corpus whose pages the step url removes\n"+
		strings.Join(c.banks["blocked list"], "\n")+"\n"), 0o644))
	must(parquet.WriteFile(filepath.Join(c.root, "books.parquet"), books(c.of("books")), parquet.Compression(&parquet.Zstd), parquet.CreatedBy("testdata/corpus", "1", "")))
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
