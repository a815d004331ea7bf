package dedup

import (
	"math"
	"strings"
	"testing"

	"tamis/document"
)

// Probes are found as often as theory says, in ranges that many of them fall in, and
// change nothing of what is decided. Without memory for all, and behind documents of
// another order, they are the same.
func TestPlanted(t *testing.T) {
	texts := nearCopies(1500, 5)
	for i := range texts { // long enough for similarities to be fine-grained
		texts[i] += " " + strings.Join(strings.Fields(nearCopies(1, uint64(100+i))[0]), " ")
	}
	env := testEnv(&MinHash)
	without := corpusOf(texts...).run(t, build(t, &MinHash, defaults(), env), 64<<20)
	env.Planted = 1
	g := build(t, &MinHash, defaults(), env)
	with := corpusOf(texts...).run(t, g, 64<<20)
	sameResult(t, "probes", without, with)
	small := corpusOf(texts...).run(t, g, 100<<10)
	m := g.(*minHash)
	planted, filled := int64(0), 0
	for i, r := range with.recall {
		if r != small.recall[i] {
			t.Errorf("with little memory %+v, else %+v", small.recall[i], r)
		}
		planted += r.Planted
		if r.Found > r.Planted || r.Confirmed > r.Found {
			t.Errorf("impossible: %+v", r)
		}
		if r.To <= m.threshold && r.Confirmed > 0 || r.From >= m.threshold && r.Confirmed != r.Found {
			t.Errorf("confirmed is wrong at a threshold of %v: %+v", m.threshold, r)
		}
		if r.Planted < 30 {
			continue
		}
		filled++
		n, share := float64(r.Planted), float64(r.Found)/float64(r.Planted)
		if far := math.Abs(share - r.Expected); far > 4*math.Sqrt(r.Expected*(1-r.Expected)/n)+2/n {
			t.Errorf("from %v to %v: %v found, theory expects %v of %d", r.From, r.To, share, r.Expected, r.Planted)
		}
		if r.Low > share || r.High < share {
			t.Errorf("%v is not between %v and %v", share, r.Low, r.High)
		}
	}
	if planted < 1000 || filled < 6 {
		t.Errorf("%d probes in %d ranges: %+v", planted, filled, with.recall)
	}
	if len(without.recall) != 0 {
		t.Error("probes where none were asked for")
	}
}

// What keep asks of documents is known of probes, too; and of the documents of earlier runs,
// whose texts need not be there, no probe is made.
func TestPlantedBesideOthers(t *testing.T) {
	for _, verify := range []bool{true, false} {
		earlier := corpusOf(nearCopies(100, 1)...)
		earlier.folder, earlier.saveAs = t.TempDir(), "minhash"
		env := fileEnv(&MinHash)
		env.Signal = signals("quality.score")
		settings := func(change func(*MinHashSettings)) *MinHashSettings {
			return defaults(change, func(s *MinHashSettings) { s.Verify, s.Keep = verify, []string{"quality", "first"} })
		}
		c := corpusOf(nearCopies(80, 2)...)
		for _, docs := range [][]document.Document{earlier.docs, c.docs} {
			for i := range docs {
				docs[i].Signals = []float64{float64(i % 7)}
			}
		}
		earlier.run(t, build(t, &MinHash, settings(func(s *MinHashSettings) { s.Index = true }), env), 1<<20)
		against := settings(func(s *MinHashSettings) { s.Against = []string{earlier.folder} })
		without := c.run(t, build(t, &MinHash, against, env), 1<<20)
		env.Planted = 1
		with := c.run(t, build(t, &MinHash, against, env), 1<<20)
		sameResult(t, "probes", without, with)
		planted := int64(0)
		for _, r := range with.recall {
			planted += r.Planted
		}
		if planted == 0 || planted > 80 {
			t.Errorf("verify: %v: %d probes of 80 documents", verify, planted)
		}
	}
}

// Published values of the interval of Wilson, to four digits: Newcombe 1998, table I.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		hits, n   int64
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		low, high := wilson(c.hits, c.n)
		if math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%d of %d: %v to %v, want %v to %v", c.hits, c.n, low, high, c.low, c.high)
		}
	}
	if low, high := wilson(0, 0); low != 0 || high != 1 {
		t.Errorf("nothing: %v to %v", low, high)
	}
}
