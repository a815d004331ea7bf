package main

import (
	_ "embed" // what was read by hand
	"fmt"
	"html"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"tamis/classify"
)

//go:embed sexual.txt
var readByHand string

// sexualByHand returns the ratings of sexual.txt by id.
func sexualByHand() map[string]rating {
	ratings := map[string]rating{}
	for _, line := range strings.Split(readByHand, "\n") {
		f := strings.Fields(line)
		for i := 1; i < len(f) && f[0] != "#"; i++ {
			ratings[f[i]] = no
			if f[0] == "+" {
				ratings[f[i]] = yes
			}
		}
	}
	return ratings
}

// readRating is what was read, unknown where nobody read it.
func readRating(hand map[string]rating, id string) rating {
	if r, ok := hand[id]; ok {
		return r
	}
	return unknown
}

// ofTwitter is what tells tweets from other texts and says nothing of their content.
var ofTwitter = regexp.MustCompile(`\bRT\b|@\w+:?|https?://\S+|^[\s"!:.]+`)

// tweetText takes that off, and resolves entities, which stand there twice over.
func tweetText(s string) string {
	return strings.Join(strings.Fields(ofTwitter.ReplaceAllString(html.UnescapeString(html.UnescapeString(s)), " ")), " ")
}

// tweets reads hate-offensive-tweets: hate and offensive are abuse.
func tweets(data string) (out []rated, err error) {
	rows, err := readJSON[struct{ ID, Text, Label string }](filepath.Join(data, "hate-offensive-tweets", "tweets.jsonl.zst"))
	hand := sexualByHand()
	for _, r := range rows {
		t := rated{kind: "tweets, abuse", body: tweetText(r.Text), side: side(r.ID), abuse: yes, sexual: unknown, read: readRating(hand, r.ID)}
		if r.Label == "neither" {
			t.kind, t.abuse = "tweets, clean", no
		}
		out = append(out, t)
	}
	return out, err
}

// A comment is a record of toxic-comments.
type comment struct {
	ID, Text   string
	Annotators int
	Spans      [][]any // reader, type, start, end in code points
}

// comments reads toxic-comments. A sentence is abuse where two readers and half of
// them marked some of it, clean where none did, else unknown, as is a comment of which
// nobody marked a part: readers then meant all of it, or nothing.
func comments(data string) (out []rated, err error) {
	rows, err := readJSON[comment](filepath.Join(data, "toxic-comments", "comments.jsonl.zst"))
	hand := sexualByHand()
	for _, c := range rows {
		if len(c.Spans) == 0 {
			continue
		}
		whole := no
		for _, s := range sentences(c.Text) {
			t := rated{kind: "sentences, abuse", body: s.text, side: side(c.ID), sexual: unknown, read: unknown, abuse: c.rate(s)}
			switch t.abuse {
			case unknown:
				continue
			case yes:
				whole = yes
			case no:
				t.kind = "sentences, clean"
			}
			out = append(out, t)
		}
		if whole == yes {
			out = append(out, rated{kind: "comments", body: c.Text, side: side(c.ID), sexual: unknown, read: readRating(hand, c.ID), abuse: yes})
		}
	}
	return out, err
}

// rate counts the readers who marked some of a sentence.
func (c *comment) rate(s sentence) rating {
	readers := map[any]bool{}
	for _, span := range c.Spans {
		if int(span[2].(float64)) < s.end && int(span[3].(float64)) > s.start {
			readers[span[0]] = true
		}
	}
	switch n := len(readers); {
	case n == 0:
		return no
	case n >= 2 && 2*n >= c.Annotators:
		return yes
	}
	return unknown
}

// A sentence is code points [start, end) of a text.
type sentence struct {
	text       string
	start, end int
}

var sentenceEnd = regexp.MustCompile(`[.!?]+["')\]]*\s+|\n+`)

func sentences(s string) (out []sentence) {
	at := 0
	add := func(piece string) {
		end := at + utf8.RuneCountInString(piece)
		if strings.TrimSpace(piece) != "" {
			out = append(out, sentence{strings.TrimSpace(piece), at, end})
		}
		at = end
	}
	from := 0
	for _, cut := range sentenceEnd.FindAllStringIndex(s, -1) {
		add(s[from:cut[1]])
		from = cut[1]
	}
	add(s[from:])
	return out
}

// cleanTexts reads sets that hold next to nothing toxic, whole and in pieces of 4 to
// 200 words. What the lexicon finds in them is not what it seems.
func cleanTexts(data string) (out []rated, err error) {
	for _, set := range []struct{ kind, file string }{
		{"wikipedia-passages", "passages.jsonl.zst"}, {"c4-en-sample", "c4.jsonl.zst"}, {"c4-en-sample", "c4-truncated.jsonl.zst"},
		{"fineweb-legal", "docs.jsonl.zst"}, {"web-pages-raw", "pages.jsonl.zst"}, {"onestop-english", "docs.jsonl.zst"}, {"udhr", "udhr.jsonl.zst"},
	} {
		rows, err := readRecords(data, set.kind, set.file)
		if err != nil {
			return nil, err
		}
		for i, r := range rows {
			family := cleanFamily(r, i)
			t := rated{kind: set.kind, body: r.Text, side: side(family)}
			if t.side != trained {
				out = append(out, t)
				continue
			}
			for _, piece := range pieces(r.Text) {
				t.body = piece
				out = append(out, t)
			}
		}
	}
	return out, nil
}

// cleanFamily groups what must not be on both sides of the split.
func cleanFamily(r record, i int) string {
	switch {
	case r.Title != "":
		return r.Title
	case r.URL != "":
		return host(r.URL)
	case r.Family != nil:
		return fmt.Sprint(r.Family)
	case r.ID != "":
		return r.ID
	}
	return fmt.Sprint(r.Code, i)
}

// pieces cuts a text into pieces of 4 to 200 words, short ones as often as long ones.
func pieces(s string) (out []string) {
	words := strings.Fields(classify.PlainText(s))
	for i := uint64(0); len(words) > 0; i++ {
		h := xxh3.HashStringSeed(s, i)
		n := 4 + int(h>>8%197)
		if h&1 == 0 {
			n = 4 + int(h>>8%27)
		}
		n = min(n, len(words))
		out = append(out, strings.Join(words[:n], " "))
		words = words[n:]
	}
	return out
}
