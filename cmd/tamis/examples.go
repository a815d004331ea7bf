package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/zeebo/xxh3"

	"tamis/classify"
	"tamis/document"
	"tamis/plan"
	"tamis/shards"
)

// An exampleSet says where examples of a classifier are: inputs that carry their
// labels, and classes, each of which labels all documents of its paths, or of a source of
// a recipe.
type exampleSet struct {
	inputs    []string
	classes   []string // LABEL=PATH, or LABEL=SOURCE with a recipe
	recipe    string
	sources   []shards.Source // of the recipe
	each      int
	text      string
	label     string
	normalize string
	warn      func(format string, args ...any)
}

func (x *exampleSet) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&x.classes, "class", nil, "LABEL=PATH: every document of a file, folder or pattern is an example of the label; may be repeated")
	f.StringVar(&x.recipe, "recipe", "", "a recipe, so that --class is LABEL=SOURCE: sources of it, read as it says; its steps are not run")
	f.IntVar(&x.each, "each", 0, "documents of each class, chosen by their hash; 0 takes all")
	f.StringVar(&x.text, "text-field", "text", "field of the text in JSONL and Parquet")
	f.StringVar(&x.label, "label-field", "label", "field of the label, or of a list of labels, in JSONL and Parquet")
	f.StringVar(&x.normalize, "normalize", "datatrove", "how texts of JSONL and Parquet are prepared: datatrove, dclm, ccnet, nemo, openlid or plain; the step that uses the model must do the same")
}

// from sets what the command line gives beside flags, and reads the recipe if there is one.
func (x *exampleSet) from(a *app, inputs []string) error {
	x.inputs, x.warn = inputs, a.say
	if x.recipe == "" {
		return nil
	}
	_, p, err := a.load(x.recipe, "")
	if err == nil {
		x.sources = p.Sources
	}
	return err
}

// read returns all examples as lines in fastText's form.
func (x *exampleSet) read(ctx context.Context) ([]string, error) {
	how, err := classify.ParsePreparation(x.normalize)
	if err != nil {
		return nil, fmt.Errorf("--normalize: %w", err)
	}
	var lines []string
	for _, path := range x.inputs {
		more, err := x.input(ctx, path, how)
		if err != nil {
			return nil, err
		}
		lines = append(lines, more...)
	}
	for _, class := range x.classes {
		label, path, ok := strings.Cut(class, "=")
		if !ok || label == "" || path == "" {
			return nil, fmt.Errorf("--class %s: it is LABEL=PATH, e.g. hq=data/good.jsonl.zst", class)
		}
		source, err := x.class(path)
		if err != nil {
			return nil, err
		}
		more, err := x.documents(ctx, source, how, func(*document.Document) []string { return []string{label} })
		if err != nil {
			return nil, err
		}
		lines = append(lines, firstByHash(more, x.each)...)
	}
	if len(lines) == 0 {
		return nil, errors.New("no example: name files that carry labels, or --class LABEL=PATH")
	}
	return lines, nil
}

// firstByHash returns n lines, whatever their order was; all for 0.
func firstByHash(lines []string, n int) []string {
	if n <= 0 || n >= len(lines) {
		return lines
	}
	slices.SortFunc(lines, func(a, b string) int {
		return cmp.Or(cmp.Compare(xxh3.HashString(a), xxh3.HashString(b)), strings.Compare(a, b))
	})
	return lines[:n]
}

// input reads a file in fastText's form, which begins with a label, or documents that
// have their labels in a field.
func (x *exampleSet) input(ctx context.Context, path string, how classify.Preparation) ([]string, error) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r := bufio.NewReader(f)
		if head, _ := r.Peek(len(classify.LabelPrefix)); string(head) == classify.LabelPrefix {
			data, err := io.ReadAll(r)
			return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"), err
		}
	}
	source, err := x.files(path)
	if err != nil {
		return nil, err
	}
	return x.documents(ctx, source, how, x.labels)
}

// class finds the documents of a class: a path, or a source of the recipe.
func (x *exampleSet) class(name string) (shards.Source, error) {
	if x.recipe == "" {
		return x.files(name)
	}
	var names []string
	for _, s := range x.sources {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return shards.Source{}, fmt.Errorf("--class: %s has no source %q: it has %s", x.recipe, name, strings.Join(names, ", "))
}

// files makes a source of a file, a folder or a pattern.
func (x *exampleSet) files(path string) (shards.Source, error) {
	files, err := shards.List([]string{path})
	return shards.Source{Name: path, Files: files, Fields: shards.Mapping{Text: x.text}}, err
}

// labels returns what stands in the label field.
func (x *exampleSet) labels(d *document.Document) []string {
	v, ok := d.Fields.Lookup(d, x.label)
	switch {
	case !ok || v.Kind == document.Null:
		return nil
	case v.Kind == document.String:
		return []string{v.Str}
	case v.Kind == document.Other:
		var list []string
		if json.Unmarshal([]byte(v.Str), &list) == nil {
			return list
		}
		return nil
	}
	return []string{fmt.Sprint(v.Num)}
}

// documents makes a line of each document of a source that has a label.
func (x *exampleSet) documents(ctx context.Context, source shards.Source, how classify.Preparation, labels func(*document.Document) []string) ([]string, error) {
	var lines []string
	without, unread := 0, unread{}
	for _, f := range source.Files {
		err := eachDocument(ctx, f, source.Fields, func(d *document.Document) {
			if l := labels(d); len(l) > 0 {
				lines = append(lines, classify.Line(l, d.Text(), how))
			} else {
				without++
			}
		}, unread.note)
		if err != nil {
			return nil, err
		}
	}
	if without > 0 {
		x.warn("%s: %s without a label in %q", source.Name, plan.Count(without, "document"), x.label)
	}
	if unread.records > 0 {
		x.warn("%s: %v", source.Name, unread)
	}
	return lines, nil
}

// An unread is the records that could not be read, and why the first of them could not.
type unread struct {
	records int64
	reason  string
}

func (u *unread) note(b shards.Bad) {
	if u.records == 0 {
		u.reason = b.Reason
	}
	u.records += b.Lost
}

func (u unread) String() string {
	return fmt.Sprintf("%s cannot be read, the first because: %s", plan.Count(int(u.records), "record"), u.reason)
}

// eachDocument calls f for every document of a file.
func eachDocument(ctx context.Context, file shards.File, fields shards.Mapping, f func(*document.Document), bad func(shards.Bad)) error {
	limits := shards.DefaultLimits
	r, parser, found, err := openDocuments(file, fields, limits)
	if err != nil {
		return err
	}
	defer r.Close()
	var b shards.Block
	for ctx.Err() == nil {
		switch err := r.Next(&b); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		err := parser.Parse(&b, func(d *document.Document) error {
			d.Fields = found
			f(d)
			return nil
		}, func(x shards.Bad) error { bad(x); return nil })
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

func openDocuments(file shards.File, fields shards.Mapping, limits shards.Limits) (shards.Reader, shards.Parser, document.Fields, error) {
	if file.Format != shards.Parquet || file.Size == 0 {
		r, err := shards.OpenReader(file, 0, 0, limits)
		return r, shards.NewJSONParser(fields, limits), shards.JSONFields{}, err
	}
	schema, err := shards.OpenInputSchema(file, fields)
	if err != nil {
		return nil, nil, nil, err
	}
	r, err := shards.OpenParquetReader(file, schema, 0, 0, limits)
	return r, shards.NewParquetParser(schema, limits), schema, err
}
