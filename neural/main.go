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
	if len(args) == 0 || !slices.Contains([]string{"score", "embed"}, args[0]) {
		return errors.New("the first word is score or embed\n\n" + usage)
	}
	verb := args[0]
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	folder := flags.String("model", "", "")
	label := flags.String("label", "", "")
	vectors := flags.String("out", "", "")
	ids := flags.String("ids", "", "")
	most := flags.Int("max-tokens", 0, "")
	if err := flags.Parse(args[1:]); err != nil {
		return fmt.Errorf("%w\n\n%s", err, usage)
	}
	if *folder == "" || verb == "embed" && *vectors == "" {
		return errors.New("--model is missing, or --out of embed\n\n" + usage)
	}
	m, err := openModel(*folder, *most)
	if err != nil {
		return err
	}
	in, err = open(flags.Args(), in)
	if err != nil {
		return err
	}
	if verb == "embed" {
		return embed(m, in, *vectors, *ids)
	}
	return score(m, in, out, *label)
}

// open returns the files one after the other, standard input where there are none.
func open(paths []string, in io.Reader) (io.Reader, error) {
	var all []io.Reader
	for _, path := range paths {
		f, err := os.Open(path) // open until the program ends
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	if len(all) == 0 {
		return in, nil
	}
	return io.MultiReader(all...), nil
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
