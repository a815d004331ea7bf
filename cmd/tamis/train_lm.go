package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"tamis/classify"
	"tamis/document"
	"tamis/lm"
	"tamis/plan"
	"tamis/recipe"
	"tamis/shards"
	"tamis/spool"
)

// A languageTraining is one call of tamis train --lm.
type languageTraining struct {
	wanted    bool
	order     int
	memory    string
	pieces    string
	normalize string
	text      string
	fallback  bool
}

func (l *languageTraining) flags(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&l.wanted, "lm", false, "train an n-gram language model instead, for the step perplexity; its flags begin with --lm below")
	f.IntVar(&l.order, "order", 5, "--lm: longest n-gram, 2 to 5")
	f.StringVar(&l.memory, "memory", "1GiB", "--lm: memory beside the vocabulary, e.g. 8GiB; what outgrows it goes to disk, beside the model")
	f.StringVar(&l.pieces, "pieces", "", "--lm: a SentencePiece model (unigram), whose pieces are counted instead of words")
	f.BoolVar(&l.fallback, "discount-fallback", false, "--lm: take the discounts 0.5, 1 and 1.5 where a text is too small to tell its own")
}

// trainLM reads, counts and writes.
func (a *app) trainLM(ctx context.Context, l *languageTraining, inputs []string, file string) error {
	ctx, stop := a.interruptible(ctx, stopping)
	defer stop()
	if len(inputs) == 0 {
		return errors.New("no text: name files or folders of JSONL, Parquet or plain text (.txt)")
	}
	sentences, err := l.sentences()
	if err != nil {
		return err
	}
	var memory recipe.Size
	if err := memory.UnmarshalScalar(l.memory); err != nil {
		return fmt.Errorf("--memory: %w", err)
	}
	dir, err := spool.OpenDir(spool.OS{}, filepath.Dir(file))
	if err != nil {
		return err
	}
	scratch, err := dir.Sub("." + filepath.Base(file) + ".counts")
	if err != nil {
		return err
	}
	defer scratch.RemoveAll()
	o := lm.TrainOptions{Order: l.order, Memory: int64(memory), Dir: scratch, Check: ctx.Err, Say: a.say}
	if l.fallback {
		o.Fallback = &[3]float32{0.5, 1, 1.5}
	}
	t, err := lm.NewTrainer(o)
	if err != nil {
		return fmt.Errorf("--order: %w", err)
	}
	defer t.Close()
	for _, path := range inputs {
		if err := a.countText(ctx, path, l.text, sentences, t); err != nil {
			return err
		}
	}
	if err := dir.WriteWhole(filepath.Base(file), func(w io.Writer) error { return writeLM(t, w, file) }); err != nil {
		return err
	}
	tokens, types := t.Tokens()
	a.say("%s: %d-gram model of %s, %d different", file, l.order, plan.Count(int(tokens), "word"), types)
	if a.json {
		return a.printJSON(struct {
			Model     string `json:"model"`
			Order     int    `json:"order"`
			Words     int64  `json:"words"`
			Different int64  `json:"different"`
		}{file, l.order, int64(tokens), int64(types)})
	}
	return nil
}

// sentences prepares as the step is to.
func (l *languageTraining) sentences() (*classify.Sentences, error) {
	var pieces *lm.Pieces
	if l.pieces != "" {
		f, err := os.Open(l.pieces)
		if err != nil {
			return nil, fmt.Errorf("--pieces: %w", err)
		}
		defer f.Close()
		if pieces, err = lm.ReadPieces(f); err != nil {
			return nil, fmt.Errorf("--pieces: %s: %w", l.pieces, err)
		}
	}
	s, err := classify.NewSentences(l.normalize, pieces)
	if err != nil {
		return nil, fmt.Errorf("--normalize: %w", err)
	}
	return s, nil
}

// countText counts the sentences of all documents of a path. Empty ones say nothing of a
// language and are left out.
func (a *app) countText(ctx context.Context, path, field string, sentences *classify.Sentences, t *lm.Trainer) error {
	var failed error
	count := func(text string) {
		for more := text != ""; more && failed == nil; {
			var line string
			if line, text, more = sentences.Next(text); line != "" {
				failed = t.Sentence(line)
			}
		}
	}
	if strings.HasSuffix(path, ".txt") {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range bytes.Lines(data) {
			count(strings.TrimSuffix(string(line), "\n"))
		}
		return failed
	}
	files, err := shards.List([]string{path})
	if err != nil {
		return err
	}
	var unread unread
	for _, f := range files {
		err := eachDocument(ctx, f, shards.Mapping{Text: field}, func(d *document.Document) { count(d.Text()) },
			unread.note)
		if err = errors.Join(failed, err); err != nil {
			return err
		}
	}
	if unread.records > 0 {
		a.say("%s: %v", path, unread)
	}
	return nil
}

// writeLM writes what the name of the file asks for: a KenLM file (.bin, .binary or
// .klm), or ARPA text, packed where the name ends in .gz or .zst.
func writeLM(t *lm.Trainer, w io.Writer, file string) error {
	switch filepath.Ext(file) {
	case ".bin", ".binary", ".klm":
		var arpa bytes.Buffer
		if err := t.WriteARPA(&arpa); err != nil {
			return err
		}
		m, err := lm.Read(&arpa)
		if err != nil {
			return err
		}
		return m.WriteBinary(w)
	case ".gz":
		z := gzip.NewWriter(w)
		return errors.Join(t.WriteARPA(z), z.Close())
	case ".zst":
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return err
		}
		return errors.Join(t.WriteARPA(z), z.Close())
	}
	return t.WriteARPA(w)
}
