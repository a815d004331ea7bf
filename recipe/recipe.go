// Package recipe reads recipes: YAML into a Recipe, which holds what the file says,
// and that into a plan, which holds every open question answered. All problems of a
// recipe are found at once, before any document is read.
package recipe

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// A Recipe is what a recipe's file says, with the defaults where it says nothing.
// Nothing outside of the file has been looked at. The yaml and doc tags of its
// types are the reference and the JSON Schema of recipes.
type Recipe struct {
	Name     string   `yaml:"name" doc:"name of the run; by default that of the recipe's file"`
	Seed     uint64   `yaml:"seed" doc:"what all sampling and shuffling depends on"`
	Memory   Size     `yaml:"memory" doc:"bytes that the run may hold; by default half of the machine's"`
	Splitter Splitter `yaml:"splitter" doc:"how words and sentences are found: unicode (UAX 29), whitespace, spacy or characters"`
	Errors   Errors   `yaml:"errors" doc:"budget of records that cannot be read; past both numbers the run stops"`
	Limits   Limits   `yaml:"limits" doc:"what is refused as too large"`
	Sources  []Source `yaml:"sources" doc:"what is read"`
	Steps    []Step   `yaml:"steps" doc:"what is done, from top to bottom; see the steps"`
	Output   Output   `yaml:"output" doc:"what is written, and where"`
	Audit    Audit    `yaml:"audit" doc:"which documents the report shows"`
	Tests    []Test   `yaml:"tests" doc:"cases that tamis check runs"`

	file string
	dec  *decoder
	root *yaml.Node
}

// Errors is the budget of records that cannot be read.
type Errors struct {
	MaxShare Share `yaml:"max_share" doc:"share of the records read that may be unreadable"`
	MaxCount int64 `yaml:"max_count" doc:"number of records that may be unreadable"`
}

// Limits keep hostile input from exhausting memory.
type Limits struct {
	Line Size `yaml:"line" doc:"bytes of a JSONL line; longer ones are quarantined. At most a sixteenth of memory, since a document has many forms on its way; where memory is below 1GiB, set it lower to keep within it whatever comes"`
}

// A Source is one named input.
type Source struct {
	Name   string   `yaml:"name" doc:"name of the source; it may be written beside each document"`
	Paths  []string `yaml:"paths" doc:"files, folders, globs, or \"-\" for standard input, in quotes within brackets"`
	Format Format   `yaml:"format" doc:"parquet, jsonl, jsonl.gz or jsonl.zst, where the names of the files do not say it"`
	Fields Fields   `yaml:"fields" doc:"where in a record the parts of a document are"`
	Weight float64  `yaml:"weight" doc:"how much of its documents is used: a number above 0, up to 1"`
	// License has the spelling that Hugging Face and Croissant give the key.
	License string `yaml:"license" doc:"licence of its documents for the dataset card, as Hugging Face names it: odc-by, cc-by-4.0, other"`
}

var defaultSource = Source{Fields: Fields{Text: "text", ID: "id", URL: "url"}, Weight: 1}

func (s *Source) readNode(d *decoder, n *yaml.Node, what string) {
	*s = defaultSource
	if n.Kind != yaml.MappingNode {
		d.fault(n, "write it as {name: …, paths: […]}", "a source is %s, not a mapping", kind(n))
		return
	}
	d.structure(n, reflect.ValueOf(s).Elem(), "source", nil, nil)
}

// Fields says where the parts of a document are: names, joined by dots.
type Fields struct {
	Text string `yaml:"text" doc:"the text"`
	ID   string `yaml:"id" doc:"the id; made from the place where a record has none"`
	URL  string `yaml:"url" doc:"the address; may be missing"`

	Messages string `yaml:"messages" doc:"the messages of a conversation, in place of a text: a list of {role, content} or {from, value}"`
	System   string `yaml:"system" doc:"with prompt: what the model is told beforehand; may be missing"`
	Prompt   string `yaml:"prompt" doc:"the instruction, in place of a text; with response"`
	Input    string `yaml:"input" doc:"with prompt: what the instruction is about; may be missing"`
	Response string `yaml:"response" doc:"with prompt: the answer"`
}

// Output says what is written.
type Output struct {
	Dir          string   `yaml:"dir" doc:"run directory; by default out/ and the name"`
	Format       Format   `yaml:"format" doc:"parquet, jsonl.zst, jsonl.gz or jsonl"`
	ShardSize    Size     `yaml:"shard_size" doc:"bytes of records in one shard before compression; 0 is no limit"`
	MaxDocuments int64    `yaml:"max_documents" doc:"documents in one shard; 0 is no limit"`
	RowGroup     Size     `yaml:"row_group" doc:"bytes of text in a row group of Parquet"`
	Shuffle      bool     `yaml:"shuffle" doc:"whether documents are put in an order that depends on the seed"`
	Split        string   `yaml:"split" doc:"the value by which documents go to shards of their own, data/VALUE/: source, a label, or a whole or true-or-false value, by its name"`
	Columns      []string `yaml:"columns" doc:"what is written beside each document: source, step.rule, step.label; by default the source and what the steps mark"`
	Under        string   `yaml:"under" doc:"name of the struct or object that holds the columns"`
	Rejects      Rejects  `yaml:"rejects" doc:"which removed documents are written to rejects/: none, sample or all"`
	RejectsRate  Share    `yaml:"rejects_rate" doc:"share of the removed documents that is a sample"`
}

// Audit says which documents the report shows, and what it measures.
type Audit struct {
	Signals    Signals `yaml:"signals" doc:"which documents carry all their values into the report: none, sample or all"`
	SampleRate Share   `yaml:"sample_rate" doc:"share of the documents that is a sample"`
	Samples    int     `yaml:"samples" doc:"documents shown as text for each rule and each source, at most"`
	Planted    Share   `yaml:"planted" doc:"share of the documents of which minhash and exact make altered copies, to measure how many of these they find; they are never written and decide about no document"`
}

// Format is the name of a file format with its compression.
type Format string

var formats = []string{"parquet", "jsonl.zst", "jsonl.gz", "jsonl"}

// UnmarshalScalar reads the name of a format.
func (f *Format) UnmarshalScalar(v string) error {
	*f = Format(v)
	return oneOf("format", v, formats)
}

// Rejects names which removed documents are kept.
type Rejects string

// Signals names which documents carry their values.
type Signals string

var howMany = []string{"none", "sample", "all"}

// UnmarshalScalar reads none, sample or all.
func (r *Rejects) UnmarshalScalar(v string) error {
	*r = Rejects(v)
	return oneOf("choice", v, howMany)
}

// UnmarshalScalar reads none, sample or all.
func (s *Signals) UnmarshalScalar(v string) error {
	*s = Signals(v)
	return oneOf("choice", v, howMany)
}

// A Step is one entry of the recipe's steps, its settings not yet read: what they
// are depends on the step.
type Step struct {
	Use      string // name of the Spec
	settings *yaml.Node
	key      *yaml.Node // where Use stands
}

func (s *Step) readNode(d *decoder, n *yaml.Node, what string) {
	if n.Kind == yaml.ScalarNode && !isNull(n) {
		s.Use, s.key = n.Value, n
		return
	}
	if n.Kind != yaml.MappingNode {
		d.fault(n, "write it as `- name: {settings}`", "a step is %s, not a name with its settings", kind(n))
		return
	}
	d.entries(n, "a step", func(key, value *yaml.Node) {
		if s.key != nil {
			d.fault(key, "begin each step with `- `; indent its settings deeper than its name", "step %q has a second name, %q", s.Use, key.Value)
			return
		}
		s.Use, s.settings, s.key = key.Value, value, key
	})
	if len(n.Content) == 0 {
		d.fault(n, "write it as `- name: {settings}`", "a step without a name")
	}
}

// A Test is one case of a recipe's own.
type Test struct {
	Name string `yaml:"name" doc:"what the case shows"`
	Text string `yaml:"text" doc:"text of the document"`
	URL  string `yaml:"url" doc:"address of the document"`
	Want Want   `yaml:"want" doc:"keep, or {remove: step.rule}"`
}

// A Want is the verdict that a test expects.
type Want struct {
	Remove string // the step, or step.rule, that removes the document; "" is keep
}

func (w *Want) readNode(d *decoder, n *yaml.Node, what string) {
	if n.Kind == yaml.ScalarNode && !isNull(n) {
		if n.Value != "keep" {
			d.fault(n, "write keep, or {remove: step.rule}", "%s is %s", what, kind(n))
		}
		return
	}
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		d.fault(n, "write keep, or {remove: step.rule}", "%s is %s", what, kind(n))
		return
	}
	d.entries(n, what, func(key, value *yaml.Node) {
		if key.Value != "remove" {
			d.fault(key, suggest(key.Value, []string{"remove"}), "%s has no setting %q", what, key.Value)
			return
		}
		d.basic(value, reflect.ValueOf(&w.Remove).Elem(), what+".remove")
		d.written[&w.Remove] = value
	})
}

// Defaults returns the recipe that a file without a word in it gives.
func Defaults() *Recipe {
	return &Recipe{
		Splitter: "unicode",
		Errors:   Errors{MaxShare: 0.01, MaxCount: 1000},
		Limits:   Limits{Line: 64 << 20},
		Output: Output{Format: "parquet", ShardSize: 512 << 20, RowGroup: 32 << 20,
			Under: "tamis", Rejects: "none", RejectsRate: 0.01},
		Audit: Audit{Signals: "sample", SampleRate: 0.01, Samples: 8},
	}
}

// Parse reads a recipe; file names it in problems. It returns an error where the
// YAML itself is broken; other problems wait for Compile, which adds its own.
func Parse(file string, data []byte) (*Recipe, error) {
	r := Defaults()
	r.file = file
	r.dec = newDecoder(file, data)
	doc, err := r.dec.load(data, "a recipe is a YAML mapping with sources, steps and output; `tamis recipes` has examples")
	if err != nil {
		return nil, err
	}
	r.root = resolve(doc)
	r.dec.structure(r.root, reflect.ValueOf(r).Elem(), "recipe", nil, nil)
	return r, nil
}

func newDecoder(file string, data []byte) *decoder {
	return &decoder{file: file, lines: strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n"), written: map[any]*yaml.Node{}}
}

// load reads the YAML, and returns what is wrong with it as Problems.
func (d *decoder) load(data []byte, remedy string) (*yaml.Node, error) {
	place, message := &yaml.Node{Line: 1, Column: 1}, ""
	var doc yaml.Node
	if at := invalidAt(data); at >= 0 {
		place.Line = 1 + strings.Count(string(data[:at]), "\n")
		message = "the file is not UTF-8"
	} else if err := yaml.Load(data, &doc); err != nil {
		message = yamlMessage(err, place)
		remedy = cmp.Or(d.yamlRemedy(place), remedy)
	}
	if message == "" {
		if len(doc.Content) == 1 {
			return doc.Content[0], nil
		}
		message = "no recipe in this file"
	}
	d.fault(place, remedy, "%s", message)
	return nil, d.problems
}

// invalidAt returns the first byte that is not UTF-8, or -1.
func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		c, n := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// yamlMessage says what the YAML library found, and where.
func yamlMessage(err error, place *yaml.Node) string {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return fmt.Sprintf("not YAML: %v", err)
	}
	if load.Mark.Line > 0 {
		place.Line, place.Column = load.Mark.Line, max(load.Mark.Column, 1)
	}
	message := strings.TrimPrefix(load.Message, "yaml: ")
	if message == "no documents in stream" {
		return "the file holds no recipe"
	}
	return "not YAML: " + strings.TrimSpace(load.ContextMsg+" "+message)
}

// yamlRemedy says what to do about a character that no YAML begins with; "" where the
// place tells nothing.
func (d *decoder) yamlRemedy(at *yaml.Node) string {
	if at.Line > len(d.lines) {
		return ""
	}
	switch line := []rune(d.lines[at.Line-1]); {
	case at.Column > len(line):
	case line[at.Column-1] == '\t':
		return "indent with blanks: YAML takes no tabs there"
	case line[at.Column-1] == '-':
		return `standard input is written in quotes within brackets: ["-"]`
	}
	return ""
}
