package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"unsafe"

	"github.com/spf13/cobra"

	"tamis/classify"
	"tamis/spool"
)

func (a *app) predictCommand() *cobra.Command {
	p := prediction{}
	c := &cobra.Command{
		Use: "predict MODEL [INPUT …]", Short: "Print the likeliest labels of lines",
		Long: "Asks a model in fastText's format, .bin or .ftz, about each line of the files, or of standard input, and prints what\n" +
			"fasttext predict-prob does: the k likeliest labels of the line, each with its probability. A line without a feature\n" +
			"has no label and is printed empty; a word \"</s>\" ends a line, too. Models of few labels are added up in 64 bits, so that\n" +
			"the last printed digits can differ, and those of lines of thousands of words by up to 0.0002; --exact adds as the original does.\n" +
			"With --vectors it prints the vector of each line instead, as fasttext print-sentence-vectors does; models without labels\n" +
			"have vectors, too.",
		Args: args(cobra.MinimumNArgs(1)),
	}
	c.RunE = func(c *cobra.Command, given []string) error {
		if p.k < 1 {
			return usage(c, errors.New("-k is at least 1"))
		}
		if p.vectors && (c.Flags().Changed("k") || c.Flags().Changed("threshold") || p.exact) {
			return usage(c, errors.New("-k, --threshold and --exact are of labels: leave them or --vectors away"))
		}
		if err := p.open(given[0]); err != nil {
			return err
		}
		p.json, p.out = a.json, bufio.NewWriterSize(a.out, 1<<16)
		inputs := given[1:]
		if len(inputs) == 0 {
			inputs = []string{"-"}
		}
		for _, file := range inputs {
			if err := p.file(a, file); err != nil {
				return err
			}
		}
		return p.out.Flush()
	}
	c.Flags().IntVarP(&p.k, "k", "k", 1, "likeliest labels to print")
	c.Flags().Float32Var(&p.threshold, "threshold", 0, "print no label that is less likely")
	c.Flags().BoolVar(&p.exact, "exact", false, "add up in 32 bits, as the original does; slower")
	c.Flags().BoolVar(&p.vectors, "vectors", false, "print vectors in place of labels")
	return c
}

// open reads the model.
func (p *prediction) open(path string) error {
	if p.vectors {
		m, err := classify.ReadFile(path)
		if err != nil {
			return fmt.Errorf("model %s: %w", path, bare(err))
		}
		p.words = classify.NewWords(m)
		return nil
	}
	classifier, err := readClassifier(path, p.exact)
	if err == nil {
		p.model, p.scorer = classifier.Model, classifier.Scorer()
	}
	return err
}

// readClassifier prepares a model for speed, or to the original's order of additions.
func readClassifier(path string, exact bool) (*classify.Classifier, error) {
	if exact {
		m, err := readModel(path)
		return &classify.Classifier{Model: m}, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", path, bare(err))
	}
	defer f.Close()
	data, release, err := spool.Map(f)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", path, err)
	}
	c, err := classify.LoadClassifier(data)
	if err = errors.Join(err, release()); err != nil {
		return nil, fmt.Errorf("model %s: %w", path, err)
	}
	return c, nil
}

// A prediction prints the labels of lines, or their vectors.
type prediction struct {
	k                    int
	threshold            float32
	exact, vectors, json bool

	model  *classify.Model
	scorer *classify.Scorer
	words  *classify.Words // of vectors
	vector []float32
	out    *bufio.Writer
	labels []classify.Prediction
	number []byte
}

func (p *prediction) file(a *app, file string) error {
	in := a.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return fmt.Errorf("input %s: %w", file, bare(err))
		}
		defer f.Close()
		in = f
	}
	if err := p.lines(bufio.NewReaderSize(in, 1<<18)); err != nil {
		return fmt.Errorf("input %s: %w", file, bare(err))
	}
	return nil
}

// lines predicts line by line; a line that is longer than the reader's buffer is put
// together.
func (p *prediction) lines(in *bufio.Reader) error {
	var long []byte
	for {
		line, err := in.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			long = append(long, line...)
			continue
		}
		if err != nil && err != io.EOF {
			return err
		}
		if len(long) > 0 {
			long = append(long, line...)
			line = long
		}
		if e := p.line(unsafe.String(unsafe.SliceData(line), len(line))); e != nil || err == io.EOF {
			return e
		}
		long = long[:0]
	}
}

// line prints the labels of a line, and of those that it is cut into, or its vector.
func (p *prediction) line(text string) (err error) {
	for len(text) > 0 && err == nil {
		if p.words != nil {
			text, err = p.printVector(text)
			continue
		}
		p.labels, text = p.scorer.Line(p.labels[:0], text, p.k, p.threshold)
		if p.json {
			err = p.printJSON()
		} else {
			err = p.print()
		}
	}
	return err
}

func (p *prediction) print() error {
	for i, l := range p.labels {
		if i > 0 {
			p.out.WriteByte(' ')
		}
		p.out.WriteString(p.model.FullLabel(l.Label))
		p.out.WriteByte(' ')
		p.number = strconv.AppendFloat(p.number[:0], float64(l.P), 'g', 6, 64)
		p.out.Write(p.number)
	}
	return p.out.WriteByte('\n')
}

func (p *prediction) printJSON() error {
	type labelJSON struct {
		Label string  `json:"label"`
		P     float32 `json:"p"`
	}
	labels := []labelJSON{}
	for _, l := range p.labels {
		labels = append(labels, labelJSON{p.model.Label(l.Label), l.P})
	}
	return json.NewEncoder(p.out).Encode(labels)
}

// printVector prints the vector of a line, of zeros where it has none, and returns what
// follows the line.
func (p *prediction) printVector(text string) (rest string, err error) {
	var ok bool
	if p.vector, rest, ok = p.words.Sentence(p.vector[:0], text); !ok {
		p.vector = make([]float32, p.words.Dimensions())
	}
	if p.json {
		return rest, json.NewEncoder(p.out).Encode(p.vector)
	}
	for i, x := range p.vector {
		if i > 0 {
			p.out.WriteByte(' ')
		}
		p.number = strconv.AppendFloat(p.number[:0], float64(x), 'g', 5, 32)
		p.out.Write(p.number)
	}
	return rest, p.out.WriteByte('\n')
}
