package classify

import (
	"math"
	"strings"
	"testing"
)

func builtinToxicityModel(t testing.TB) *Classifier {
	t.Helper()
	m, err := builtinToxicity()
	if err != nil {
		t.Fatal(err)
	}
	return m.classifier
}

// The folded model gives what its rows add up to one by one.
func TestToxicityReader(t *testing.T) {
	c := builtinToxicityModel(t)
	r, p := NewToxicityReader(c), NewPredictor(c.Model)
	p.f.whole = true
	for _, text := range []string{"", "word", goodText, badText, "You stupid idiot!", strings.Repeat(goodText+"\n"+badText, 50), "色情网站 порно", "qzxv wvut"} {
		got := r.Read(text)
		p.f.line(PlainText(text))
		p.mean()
		for class := range ToxicityClasses {
			if want := float64(c.Model.output.dot(p.hidden, class)); math.Abs(got[class]-want) > 1e-3 {
				t.Errorf("%.20q, %s: %v, want %v", text, ToxicityClasses[class], got[class], want)
			}
		}
	}
}

// A score never falls with what speaks for the class, and stays a probability.
func TestToxicityScore(t *testing.T) {
	m, err := builtinToxicity()
	if err != nil {
		t.Fatal(err)
	}
	for class, w := range m.weights {
		last := 0.0
		for output := -30.0; output <= 30; output += 0.5 {
			score := w.Score(output, 0)
			if !(last <= score && score <= 1) {
				t.Errorf("%s: %v after %v at output %v", ToxicityClasses[class], score, last, output)
			}
			last = score
			for found, before := 1.0, score; found < 1000; found *= 2 {
				more := w.Score(output, found)
				if !(before <= more && more <= 1) {
					t.Errorf("%s: %v after %v at weight %v", ToxicityClasses[class], more, before, found)
				}
				before = more
			}
		}
	}
}

// A projected model predicts what the model did, for the labels that it has left.
func TestProject(t *testing.T) {
	o := DefaultTraining()
	o.Loss, o.Dim, o.Buckets, o.WordNgrams, o.Seed = OneVsAll, 6, 1000, 2, 3
	lines := []string{"__label__a x y z", "__label__b x u v", "__label__a __label__b x y v", "__label__c q r s"}
	m, err := Train(t.Context(), lines, o)
	if err != nil {
		t.Fatal(err)
	}
	small, err := Project(m, "b", "a")
	if err != nil {
		t.Fatal(err)
	}
	was, is := NewPredictor(m), NewPredictor(small)
	for _, line := range append(lines, "x", "", "unseen words") {
		want := map[string]float32{}
		for _, p := range was.Predict(nil, line, All, -1) {
			want[m.Label(p.Label)] = p.P
		}
		got := is.Predict(nil, line, All, -1)
		if len(got) != 2 {
			t.Fatalf("%q: %v", line, got)
		}
		for _, p := range got {
			if far := math.Abs(float64(p.P - want[small.Label(p.Label)])); far > 1e-3 {
				t.Errorf("%q: %s %v, want %v", line, small.Label(p.Label), p.P, want[small.Label(p.Label)])
			}
		}
	}
	if _, err := Project(m, "d"); err == nil {
		t.Error("a label that is not there is projected")
	}
}

func BenchmarkToxicityModel(b *testing.B) {
	r := NewToxicityReader(builtinToxicityModel(b))
	var texts []string
	size := 0
	for _, row := range records[struct{ Text string }](b, shared(b, "data", "web-pages-raw", "pages.jsonl.zst")) {
		texts = append(texts, row.Text)
		size += len(row.Text)
		r.Read(row.Text)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, text := range texts {
			r.Read(text)
		}
	}
}
