package classify

import (
	"math"
	"testing"
)

// The vectors of words, known and unknown, are those that fastText prints.
func TestOracleWordVectors(t *testing.T) {
	type row struct {
		Word         string    `json:"word"`
		InVocabulary bool      `json:"in_vocabulary"`
		Vector       []float64 `json:"vector"`
	}
	words := NewWords(readModel(t, shared(t, "oracles", "fasttext", "models", "sg-wiki.bin")))
	n := 0
	for _, r := range records[row](t, shared(t, "oracles", "fasttext", "word-vectors.jsonl.zst")) {
		got, rank, ok := words.Vector(nil, r.Word)
		if ok && (rank < int(words.m.dict.nwords)) != r.InVocabulary || len(got) != len(r.Vector) {
			t.Errorf("%q: rank %d, %v, %d numbers", r.Word, rank, ok, len(got))
			continue
		}
		for i, want := range r.Vector {
			if math.Abs(float64(got[i])-want) > 5e-5*max(1, math.Abs(want)) {
				t.Errorf("%q: %v, want %v", r.Word, got, r.Vector)
				break
			}
		}
		n++
	}
	if n < 100 {
		t.Errorf("%d words were compared", n)
	}
}
