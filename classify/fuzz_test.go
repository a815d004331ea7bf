package classify

import (
	"bytes"
	"context"
	"testing"
)

// seedModels are small sound models of every kind.
func seedModels(t testing.TB) [][]byte {
	out := [][]byte{golden(t)}
	for _, loss := range []Loss{Softmax, HierarchicalSoftmax, NegativeSampling, OneVsAll} {
		o := DefaultTraining()
		o.Loss, o.Dim, o.Epochs, o.WordNgrams, o.Buckets = loss, 3, 1, 2, 300
		if loss == OneVsAll {
			o.MinN, o.MaxN = 2, 3
		}
		m, err := Train(context.Background(), toyLines()[:20], o)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m.Bytes())
		for _, q := range []QuantiseOptions{{Width: 2}, {Width: 1, Norms: true, Cutoff: 280}} {
			small, err := Quantise(m, q)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, small.Bytes())
		}
	}
	return out
}

// FuzzModel holds that any bytes are refused or read, that what was read can be asked
// and, but for a bucket that stands in it twice, is written as it was.
func FuzzModel(f *testing.F) {
	for _, b := range seedModels(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Read(data)
		if err != nil {
			return
		}
		if !bytes.Equal(m.Bytes(), data) {
			t.Error("written otherwise than it was read")
		}
		ask(m)
	})
}

// Every kind of model that the trainer and the quantiser make is read back and written
// with the same bytes, and predicts the same.
func TestOwnModelsReadBack(t *testing.T) {
	for i, b := range seedModels(t) {
		m, err := Read(b)
		if err != nil {
			t.Fatalf("model %d: %v", i, err)
		}
		if !bytes.Equal(m.Bytes(), b) {
			t.Errorf("model %d: %v is written otherwise", i, m)
		}
		ask(m)
	}
}

// Quantised models say much the same as the dense ones they come from.
func TestQuantisedModelsAgree(t *testing.T) {
	o := DefaultTraining()
	o.Dim, o.Epochs, o.Rate, o.WordNgrams, o.Buckets = 8, 30, 0.5, 2, 1000
	lines := toyLines()
	m, err := Train(context.Background(), lines, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []QuantiseOptions{{Width: 2}, {Width: 3, Norms: true}, {Width: 2, Norms: true, Cutoff: 400}} {
		small, err := Quantise(m, q)
		if err != nil {
			t.Fatal(err)
		}
		if r := precision(small, lines); r < precision(m, lines)-0.02 {
			t.Errorf("%+v: precision %v", q, r)
		}
		if q.Cutoff > 0 && small.input.rows != int64(q.Cutoff) {
			t.Errorf("%d rows are left, not %d", small.input.rows, q.Cutoff)
		}
	}
	if _, err := Quantise(m, QuantiseOptions{Width: 2, Output: true}); err == nil {
		t.Error("an output of 4 rows was quantised")
	}
}
