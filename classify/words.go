package classify

// Words gives the vectors of single words of a model, those that fastText's
// print-word-vectors prints, and of lines. It is owned by one goroutine.
type Words struct {
	m    *Model
	f    *featurer
	word []float32 // of a sentence
}

// NewWords returns the words of a model.
func NewWords(m *Model) *Words { return &Words{m: m, f: newFeaturer(m)} }

// Dimensions returns the numbers in a vector.
func (w *Words) Dimensions() int { return int(w.m.Args.Dim) }

// Vector appends the vector of a word: the mean of its row and those of its letter
// n-grams. The rank is its place in the dictionary, most frequent word first, or the
// number of words where it is not in it. A word without a row has no vector.
func (w *Words) Vector(dst []float32, word string) (vector []float32, rank int, ok bool) {
	d := &w.m.dict
	rank = int(d.nwords)
	w.f.rows = w.f.rows[:0]
	if entry, _ := d.find(word, len(word)); entry >= 0 && entry < d.nwords {
		rank = int(entry)
		w.f.rows = append(w.f.rows, entry)
	}
	if !w.f.wordOnly && word != EOS {
		w.f.letterNgrams(word)
	}
	if len(w.f.rows) == 0 {
		return dst, rank, false
	}
	from := len(dst)
	dst = append(dst, make([]float32, w.Dimensions())...)
	for _, row := range w.f.rows {
		w.m.input.addRow(dst[from:], int(row))
	}
	scaleBy(dst[from:], 1/float32(len(w.f.rows)))
	return dst, rank, true
}
