package classify

import (
	"math"
	"strings"
)

// Sentence appends the vector of the first line of text: what fastText's
// print-sentence-vectors prints. Of a model with labels it is the mean of all features,
// what the labels are told from; a word "</s>" ends a line, too. Of others it is the mean
// of the words' vectors, each brought to length 1; words without any do not count. A line
// without features or words has no vector. Rest is what follows the line.
func (w *Words) Sentence(dst []float32, text string) (vector []float32, rest string, ok bool) {
	from := len(dst)
	dst = append(dst, make([]float32, w.Dimensions())...)
	sum := dst[from:]
	n := 0
	if w.m.Args.Kind == Supervised {
		end := endOfLine(text)
		w.f.line(text[:end])
		rest = text[end:]
		for _, row := range w.f.rows {
			w.m.input.addRow(sum, int(row))
		}
		n = len(w.f.rows)
	} else {
		var line string
		line, rest, _ = strings.Cut(text, "\n")
		for word := range strings.FieldsFuncSeq(line, blank) {
			if w.addUnit(sum, word) {
				n++
			}
		}
	}
	if n == 0 {
		return dst[:from], rest, false
	}
	scaleBy(sum, 1/float32(n))
	return dst, rest, true
}

// addUnit adds the vector of a word, brought to length 1.
func (w *Words) addUnit(sum []float32, word string) bool {
	var ok bool
	if w.word, _, ok = w.Vector(w.word[:0], word); !ok {
		return false
	}
	square := 0.0
	for _, x := range w.word {
		square += float64(float32(x * x))
	}
	if square == 0 {
		return false
	}
	scaleBy(w.word, float32(1/math.Sqrt(square)))
	addTo(sum, w.word)
	return true
}

// blank is what parts words where the original reads them from a stream.
func blank(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' }
