// Tamis-neural scores and embeds documents with transformers in ONNX, on the processor,
// without cgo. It is a module and a program of its own so that tamis stays small: it
// speaks the lines of the step exec on its standard streams, and writes the matrices of
// vectors that the step semantic reads. docs/neural.md is its manual.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const usage = `Tamis-neural scores and embeds documents with transformers in ONNX.

  tamis-neural score --model DIR [--label NAME] [--max-tokens N] [FILE...]
      one line of JSON for each document, as the step exec wants it
  tamis-neural embed --model DIR --out vectors.npy [--ids ids.txt] [--max-tokens N] [FILE...]
      one row for each document, as the step semantic wants it

Documents are lines of JSON with id and text, of the files or of standard input. DIR is
a folder as Hugging Face exports it, or the model file in it.
`

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tamis-neural:", err)
		os.Exit(1)
	}
}

// run is the program: what it reads and writes beside files is in and out.
func run(args []string, in io.Reader, out io.Writer) error {
	verb := ""
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	var err error
	switch verb {
	case "score":
		err = runScore(args, in, out)
	case "embed":
		err = runEmbed(args, in)
	case "", "help", "-h", "--help":
		err = flag.ErrHelp
	default:
		err = fmt.Errorf("%q is neither score nor embed; help shows how", verb)
	}
	if errors.Is(err, flag.ErrHelp) {
		_, err = io.WriteString(out, usage)
	}
	return err
}

func runScore(args []string, in io.Reader, out io.Writer) error {
	flags := newFlags("score")
	label := flags.String("label", "", "")
	m, in, err := flags.open(args, in)
	if err != nil {
		return err
	}
	return score(m, in, out, *label)
}

func runEmbed(args []string, in io.Reader) error {
	flags := newFlags("embed")
	vectors := flags.String("out", "", "")
	ids := flags.String("ids", "", "")
	m, in, err := flags.open(args, in)
	if err != nil {
		return err
	}
	if *vectors == "" {
		return errors.New("embed: --out is missing: the .npy file that the vectors go to")
	}
	return embed(m, in, *vectors, *ids)
}

// A flagSet is the flags of a verb; those here are common to all.
type flagSet struct {
	*flag.FlagSet
	model *string
	most  *int
}

func newFlags(verb string) *flagSet {
	f := &flagSet{FlagSet: flag.NewFlagSet(verb, flag.ContinueOnError)}
	f.SetOutput(io.Discard)
	f.model = f.String("model", "", "")
	f.most = f.Int("max-tokens", 0, "")
	return f
}

// open reads the flags, the model, and what documents come from: the files that are
// named, one after the other, or else in.
func (f *flagSet) open(args []string, in io.Reader) (*model, io.Reader, error) {
	if err := f.Parse(args); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if *f.model == "" {
		return nil, nil, fmt.Errorf("%s: --model is missing: the folder of a model", f.Name())
	}
	m, err := openModel(*f.model, *f.most)
	if err != nil || f.NArg() == 0 {
		return m, in, err
	}
	var files []io.Reader
	for _, path := range f.Args() {
		file, err := os.Open(path) // open until the program ends
		if err != nil {
			return nil, nil, err
		}
		files = append(files, file)
	}
	return m, io.MultiReader(files...), nil
}

// A record is a document, as the step exec sends it.
type record struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// mostWaiting is how many documents are sorted by length together, at most.
const mostWaiting = 512

// eachWindow calls f with the records of r, as many at once as are there already: all of
// a buffer where r is a file, one where the other end waits for the answer, as exec does.
func eachWindow(r io.Reader, f func([]record) error) error {
	b := bufio.NewReaderSize(r, 1<<20)
	var window []record
	for n := 1; ; n++ {
		line, err := b.ReadBytes('\n')
		if len(strings.TrimSpace(string(line))) > 0 {
			var d record
			if err := json.Unmarshal(line, &d); err != nil {
				return fmt.Errorf("line %d is no document: %w", n, err)
			}
			window = append(window, d)
		}
		if err != nil && err != io.EOF {
			return err
		}
		if len(window) > 0 && (err == io.EOF || len(window) == mostWaiting || !lineWaits(b)) {
			if err := f(window); err != nil {
				return err
			}
			window = window[:0]
		}
		if err == io.EOF {
			return nil
		}
	}
}

// lineWaits reports whether a whole line can be read without waiting for it.
func lineWaits(b *bufio.Reader) bool {
	there, _ := b.Peek(b.Buffered())
	return slices.Contains(there, '\n')
}

// texts returns the texts of records.
func texts(window []record) []string {
	out := make([]string, len(window))
	for i, d := range window {
		out[i] = d.Text
	}
	return out
}
