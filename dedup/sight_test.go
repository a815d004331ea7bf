package dedup

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"testing"
)

// A measured is an encoder whose sight is measured, and what it must reach at least.
type measured struct {
	name    string
	encoder encoder
	least   float64 // rank correlation on pairs of sentences
}

// encoders are what the measurements below compare.
func encoders(t *testing.T) []measured {
	out := []measured{
		{"hashed, 64 dimensions", hashEncoder(64), 0.55},
		{"hashed, 256 dimensions", hashEncoder(256), 0.6},
		{"hashed, 1024 dimensions", hashEncoder(1024), 0.6},
	}
	for _, file := range []string{"glove.6B.50d.5k.vec.zst", "glove.twitter.25d.12k.vec.zst"} {
		raw, err := io.ReadAll(shared(t, "data", "glove-subset", file))
		if err != nil {
			t.Fatal(err)
		}
		w, err := readTable(bytes.NewReader(raw), 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, measured{file, tableEncoder(w), 0.4})
	}
	m, _, err := openModel(filepath.Join("..", "..", "shared", "oracles", "fasttext", "models", "sg-wiki.bin"), fileEnv(&Semantic))
	if err != nil {
		t.Skip(err)
	}
	return append(out, measured{"fastText, 12 dimensions, trained on a few articles", modelEncoder(m), 0.2})
}

// What the encoders see of the similarity of sentences that people rated. Plain means
// of the two tables of words give rank correlations of 0.33 and 0.31 on the test part
// of the set, says the README beside them.
func TestRealSentences(t *testing.T) {
	type row struct {
		Text1, Text2 string
		Score        float64
	}
	for _, part := range []string{"dev", "train"} {
		pairs := rows[row](t, "data", "sts-benchmark", part+".jsonl.zst")
		for _, e := range encoders(t) {
			var cosines, scores []float64
			without := 0
			for _, p := range pairs {
				c := cosine(encode(e.encoder, p.Text1), encode(e.encoder, p.Text2))
				if math.IsNaN(c) {
					c = 0
					without++
				}
				cosines, scores = append(cosines, c), append(scores, p.Score)
			}
			s := spearman(cosines, scores)
			t.Logf("%s: %s: Spearman %.3f over %d pairs, %d of them with a text without a vector", part, e.name, s, len(pairs), without)
			if s < e.least {
				t.Errorf("%s: %s: Spearman %.3f, was at least %v", part, e.name, s, e.least)
			}
		}
	}
}

func spearman(a, b []float64) float64 {
	x, y := ranks(a), ranks(b)
	mean := float64(len(a)+1) / 2
	for i := range x {
		x[i], y[i] = x[i]-mean, y[i]-mean
	}
	return cosine(x, y)
}

// ranks gives equal values the mean of their ranks.
func ranks(v []float64) []float64 {
	order, out := make([]int, len(v)), make([]float64, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(v[i], v[j]) })
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && v[order[j]] == v[order[i]] {
			j++
		}
		for _, o := range order[i:j] {
			out[o] = float64(i+j+1) / 2
		}
		i = j
	}
	return out
}

// What the encoders see of articles that were rewritten in three levels of difficulty:
// the share of the pairs of one article that are found, where 99 in 100 found pairs
// are right.
func TestRealArticles(t *testing.T) {
	type row struct{ Family, Text string }
	docs := rows[row](t, "data", "onestop-english", "docs.jsonl.zst")
	for _, e := range encoders(t) {
		var pairs []scored
		vectors := make([][]float32, len(docs))
		for i, d := range docs {
			vectors[i], _ = e.encoder(nil, textDocument(d.Text))
			normalize(vectors[i])
		}
		all := 0
		for i := range docs {
			for j := range i {
				same := docs[i].Family == docs[j].Family
				pairs = append(pairs, scored{float64(dot(vectors[i], vectors[j])), same})
				if same {
					all++
				}
			}
		}
		slices.SortFunc(pairs, func(a, b scored) int { return cmp.Compare(b.cosine, a.cosine) })
		found, usual, wrong := atPrecisions(pairs), 0, 0
		for _, p := range pairs {
			switch {
			case p.cosine <= 0.9:
			case p.same:
				usual++
			default:
				wrong++
			}
		}
		t.Logf("%s: of %d pairs %d above 0.9, and %d wrong ones; %v", e.name, all, usual, wrong, found)
		if best := found[0].pairs; e.name == "hashed, 256 dimensions" && float64(best) < 0.8*float64(all) {
			t.Errorf("%s finds %d of %d pairs", e.name, best, all)
		}
	}
}

// A found is how many pairs are found where so large a share of what is found is right.
type found struct {
	precision float64
	pairs     int
	bound     float64 // the cosine from which on pairs are found
}

func (f found) String() string {
	return fmt.Sprintf("%d at a precision of %v, from a cosine of %.3f on", f.pairs, f.precision, f.bound)
}

// founds are written one behind the other.
type founds []found

func (f founds) String() string { return fmt.Sprintf("%v; %v", f[0], f[1]) }

// atPrecisions looks for the lowest bounds that reach the precisions.
func atPrecisions(pairs []scored) founds {
	slices.SortFunc(pairs, func(a, b scored) int { return cmp.Compare(b.cosine, a.cosine) })
	out := founds{{precision: 0.99}, {precision: 0.9}}
	right := 0
	for n, p := range pairs {
		if p.same {
			right++
		}
		for i := range out {
			if float64(right) >= out[i].precision*float64(n+1) {
				out[i].pairs, out[i].bound = right, p.cosine
			}
		}
	}
	return out
}

type scored struct {
	cosine float64
	same   bool
}
