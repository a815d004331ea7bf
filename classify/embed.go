package classify

import (
	"math"
	"strings"
)

// An Embedder turns words and lines into vectors, with models of any kind: those with
// labels, too. It is owned by one goroutine.
type Embedder struct {
	m    *Model
	f    *featurer
	word []float32
}

// NewEmbedder returns an embedder.
func NewEmbedder(m *Model) *Embedder {
	return &Embedder{m: m, f: newFeaturer(m), word: make([]float32, m.Args.Dim)}
}

// Word writes the vector of a word into dst, which has the model's dim numbers: the mean
// of the word's own row, if the model knows it, and those of its letter n-grams. It
// reports whether there was any; otherwise the vector is 0.
func (e *Embedder) Word(dst []float32, word string) bool {
	clear(dst)
	f := e.f
	f.rows = f.rows[:0]
	if entry := e.m.dict.find(word, hashOf(word)); entry >= 0 && entry < e.m.dict.nwords {
		f.rows = append(f.rows, entry)
	}
	if !f.wordOnly && word != EOS {
		f.letterNgrams(word)
	}
	return e.mean(dst)
}

// mean adds up the rows of the featurer.
func (e *Embedder) mean(dst []float32) bool {
	for _, row := range e.f.rows {
		e.m.input.addRow(dst, int(row))
	}
	if len(e.f.rows) == 0 {
		return false
	}
	scaleBy(dst, float32(1/float64(len(e.f.rows))))
	return true
}

// Sentence writes the vector of the first line of text into dst. Of a model with labels
// it is the mean of all features, what the labels are told from. Of others it is the
// mean of the words' vectors, each brought to length 1; words without any do not count.
// It reports whether the line has a vector; otherwise it is 0.
func (e *Embedder) Sentence(dst []float32, text string) bool {
	clear(dst)
	if e.m.Args.Kind == Supervised {
		e.f.line(text)
		return e.mean(dst)
	}
	line, _, _ := strings.Cut(text, "\n")
	n := 0
	for word := range strings.FieldsFuncSeq(line, blank) {
		if !e.Word(e.word, word) {
			continue
		}
		sum := 0.0
		for _, x := range e.word {
			sum += float64(float32(x * x))
		}
		if sum > 0 {
			scaleBy(e.word, float32(1/math.Sqrt(sum)))
			addTo(dst, e.word)
			n++
		}
	}
	if n == 0 {
		return false
	}
	scaleBy(dst, float32(1/float64(n)))
	return true
}

// blank is what parts words where the original reads them from a stream.
func blank(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' }
