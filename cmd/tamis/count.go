package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tamis/document"
	"tamis/filters"
	"tamis/plan"
	"tamis/shards"
	"tamis/spool"
	"tamis/text"
)

// A counting is one call of tamis count.
type counting struct {
	field    string
	splitter string
	words    int
	outliers float64
}

func (a *app) countCommand() *cobra.Command {
	n := &counting{}
	c := &cobra.Command{
		Use: "count FILE INPUT …", Short: "Count the words of a corpus, for llama3 and unigram",
		Long: "Reads JSONL and Parquet and writes to FILE how often each word occurs in small letters, and how far texts of some\n" +
			"length usually diverge from the whole:\n\n" +
			"  tamis count words.count good/*.jsonl.zst\n\n" +
			"and in a recipe, with the same splitter:\n\n" +
			"  - llama3: {reference: words.count}\n" +
			"  - unigram: {reference: words.count}\n\n" +
			"The input is read twice. The same files in the same order give the same bytes.",
		Args: args(cobra.MinimumNArgs(2)),
	}
	c.RunE = func(c *cobra.Command, given []string) error {
		sp, ok := text.ParseSplitter(n.splitter)
		switch {
		case !ok:
			return usage(c, fmt.Errorf("--splitter %s: there are %s", n.splitter, strings.Join(text.Splitters(), ", ")))
		case n.words < 1:
			return usage(c, fmt.Errorf("--words %d: it is 1 or more", n.words))
		case !(n.outliers >= 0 && n.outliers < 1):
			return usage(c, fmt.Errorf("--outliers %v: it is a share, 0 or more and less than 1", n.outliers))
		}
		return a.count(c.Context(), n, sp, given[0], given[1:])
	}
	f := c.Flags()
	f.StringVar(&n.field, "text-field", "text", "field of the text")
	f.StringVar(&n.splitter, "splitter", text.Unicode.String(), "how words are found: unicode, whitespace, spacy or characters")
	f.IntVar(&n.words, "words", 500_000, "most frequent words to write; eight times as many are held while counting")
	f.Float64Var(&n.outliers, "outliers", 0.01, "share of the texts of each length that may diverge more than the bound written")
	return c
}

// count counts, measures and writes.
func (a *app) count(ctx context.Context, n *counting, sp text.Splitter, out string, paths []string) error {
	ctx, stop := a.interruptible(ctx, stopping)
	defer stop()
	files, err := shards.List(paths)
	if err != nil {
		return err
	}
	counter := filters.NewWordCounter(sp, n.words)
	var unread unread
	for _, f := range []func(string){counter.Add, counter.Measure} {
		if unread, err = eachText(ctx, files, n.field, f); err != nil {
			return err
		}
	}
	all, different := counter.Words()
	switch {
	case all == 0 && unread.records > 0:
		return fmt.Errorf("there is no word in the input: %v; --text-field names the field of the text", unread)
	case all == 0:
		return errors.New("there is no word in the input")
	case unread.records > 0:
		a.say("%v", unread)
	}
	dir, err := spool.OpenDir(spool.OS{}, filepath.Dir(out))
	if err != nil {
		return err
	}
	write := func(w io.Writer) error { return counter.Write(w, n.outliers) }
	if err := dir.WriteWhole(filepath.Base(out), write); err != nil {
		return err
	}
	a.say("%s: %s, %d different", out, plan.Count(int(all), "word"), different)
	if a.json {
		return a.printJSON(struct {
			Counts    string `json:"counts"`
			Words     int64  `json:"words"`
			Different int64  `json:"different"`
			Unread    int64  `json:"unread"`
		}{out, int64(all), int64(different), unread.records})
	}
	return nil
}

// eachText calls f for the text of each record that can be read.
func eachText(ctx context.Context, files []shards.File, field string, f func(string)) (not unread, err error) {
	for _, file := range files {
		err := eachDocument(ctx, file, shards.Mapping{Text: field},
			func(d *document.Document) { f(d.Text()) }, not.note)
		if err != nil {
			return not, err
		}
	}
	return not, nil
}
