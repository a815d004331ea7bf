package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// An answer is a line for the step exec.
type answer struct {
	ID      string             `json:"id"`
	Keep    bool               `json:"keep"` // always true: what to keep, the recipe says
	Signals map[string]float32 `json:"signals"`
	Labels  map[string]string  `json:"labels,omitempty"`
}

// score answers for each document of in with its score: the probability of the label
// named, or of the likeliest one, or the number of a model that has one output.
func score(m *model, in io.Reader, out io.Writer, label string) error {
	at, err := m.config.outputOf(label)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	return eachWindow(in, func(window []record) error {
		rows, err := m.run(texts(window))
		if err != nil {
			return err
		}
		for i, d := range window {
			a := answer{ID: d.ID, Keep: true}
			if a.Signals, a.Labels, err = m.config.judge(rows[i], at); err != nil {
				return err
			}
			if err := lines.Encode(a); err != nil {
				return err
			}
		}
		return w.Flush()
	})
}

// outputOf returns the place of a label, -1 for no name.
func (c *config) outputOf(label string) (int, error) {
	if label == "" {
		return -1, nil
	}
	var names []string
	for i := range len(c.Labels) {
		if c.label(i) == label {
			return i, nil
		}
		names = append(names, c.label(i))
	}
	return 0, fmt.Errorf("the model has no label %q; it has %s", label, strings.Join(names, ", "))
}

// label returns the name of an output.
func (c *config) label(i int) string {
	if name, ok := c.Labels[fmt.Sprint(i)]; ok {
		return name
	}
	return fmt.Sprintf("LABEL_%d", i)
}

// judge turns the outputs of a classifier into a score and a label.
func (c *config) judge(logits []float32, at int) (map[string]float32, map[string]string, error) {
	switch {
	case len(logits) == 0 || at >= len(logits):
		return nil, nil, fmt.Errorf("the model has %d outputs, its config.json names more", len(logits))
	case len(logits) == 1 || c.Problem == "regression":
		return map[string]float32{"score": logits[max(at, 0)]}, nil, nil
	}
	best := 0 // the first one of equals
	for i, x := range logits {
		if x > logits[best] {
			best = i
		}
	}
	if at < 0 {
		at = best
	}
	p := softmax(logits)
	if c.Problem == "multi_label_classification" {
		p = sigmoid(logits)
	}
	return map[string]float32{"score": float32(p[at])}, map[string]string{"label": c.label(best)}, nil
}

func softmax(logits []float32) []float64 {
	most := float64(slices.Max(logits))
	p := make([]float64, len(logits))
	sum := 0.0
	for i, x := range logits {
		p[i] = math.Exp(float64(x) - most)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

func sigmoid(logits []float32) []float64 {
	p := make([]float64, len(logits))
	for i, x := range logits {
		p[i] = 1 / (1 + math.Exp(-float64(x)))
	}
	return p
}
