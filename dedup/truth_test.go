package dedup

import (
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// bandHashes sketches texts and returns the band hashes of each.
func bandHashes(t testing.TB, m *minHash, texts []string) [][]uint64 {
	out := make([][]uint64, len(texts))
	s := m.Sketcher()
	for i, text := range texts {
		sketch := s.Sketch(nil, textDocument(text))
		for b := 0; len(sketch) > 0 && b < m.bands; b++ {
			out[i] = append(out[i], m.bandHash(sketch, b))
		}
	}
	return out
}

// sharedBands lists which bands two documents share.
func sharedBands(a, b []uint64) (out []int) {
	for i := range a {
		if len(b) > i && a[i] == b[i] {
			out = append(out, i)
		}
	}
	return out
}

type candidateRow struct {
	Hash       string
	Similarity float64
	A, B       int
	Buckets    []int
	Bands      []int
}

// The published programs' candidates, pair by pair and band by band.
func TestPublishedCandidates(t *testing.T) {
	versions := termsVersions(t)
	for _, c := range []struct {
		name, file string
		change     func(*MinHashSettings)
		of         func(candidateRow) bool
	}{
		{"datatrove xxh64", "datatrove-candidates", func(s *MinHashSettings) { s.Preset = "datatrove" },
			func(r candidateRow) bool { return r.Hash == "xxh64" }},
		{"datatrove sha1_64", "datatrove-candidates", func(s *MinHashSettings) { s.Preset, s.Hash = "datatrove", "sha1_64" },
			func(r candidateRow) bool { return r.Hash == "sha1_64" }},
		{"redpajama", "rpv2-candidates", func(s *MinHashSettings) { s.Preset = "redpajama" },
			func(r candidateRow) bool { return r.Similarity == 0.7 }},
		{"redpajama 0.9", "rpv2-candidates", func(s *MinHashSettings) { s.Preset, s.Threshold = "redpajama", 0.9 },
			func(r candidateRow) bool { return r.Similarity == 0.9 }},
		{"slimpajama", "slimpajama-candidates", func(s *MinHashSettings) { s.Preset, s.Threshold = "slimpajama", 0.8 },
			func(candidateRow) bool { return true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := map[pair][]int{}
			for _, r := range rows[candidateRow](t, "oracles", "minhash", c.file+".jsonl.zst") {
				if c.of(r) {
					want[pair{r.A, r.B}] = append(r.Buckets, r.Bands...)
				}
			}
			g := build(t, &MinHash, defaults(c.change), nil)
			few := versions[:150] // SHA-1 takes its time
			if c.name == "datatrove xxh64" {
				few = versions
			}
			hashes := bandHashes(t, g.(*minHash), few)
			for a := range hashes {
				for b := a + 1; b < len(hashes); b++ {
					if got := sharedBands(hashes[a], hashes[b]); !slices.Equal(got, want[pair{a, b}]) {
						t.Errorf("%d and %d share bands %v, want %v", a, b, got, want[pair{a, b}])
					}
				}
			}
		})
	}
}

// datatrove's clusters, which are not verified.
func TestDatatroveClusters(t *testing.T) {
	type cluster struct{ Rows []uint64 }
	type run struct {
		Run      string
		Removed  []uint64
		Clusters []cluster
	}
	versions := termsVersions(t)
	runs := rows[run](t, "oracles", "minhash", "datatrove-clusters.jsonl.zst")
	g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Preset, s.Verify, s.Keep = "datatrove", false, []string{"first"} }), nil)
	r := corpusOf(versions...).run(t, g, 1<<20)
	if runs[0].Run != "xxh64-1file" || len(r.removed) != len(runs[0].Removed) {
		t.Fatalf("%s: %d removed, want %d", runs[0].Run, len(r.removed), len(runs[0].Removed))
	}
	got := r.clusters(t)
	for _, c := range runs[0].Clusters {
		slices.Sort(c.Rows)
		mine := got[c.Rows[0]]
		slices.Sort(mine)
		if !slices.Equal(mine, c.Rows) {
			t.Errorf("the cluster of %d is %v, want %v", c.Rows[0], mine, c.Rows)
		}
	}
	if len(got) != len(runs[0].Clusters) {
		t.Errorf("%d clusters, want %d", len(got), len(runs[0].Clusters))
	}
}

// The true Jaccard similarities of all pairs, by datatrove's words.
func TestRecordedJaccard(t *testing.T) {
	type row struct{ A, B, Intersection, Union int }
	versions := termsVersions(t)
	g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Preset = "datatrove" }), nil).(*minHash)
	shingle := g.shingler(g.splitter)
	sets := make([][]uint64, len(versions))
	for i, s := range versions {
		sets[i] = sortedSet(shingle(nil, textDocument(s)))
	}
	want := map[pair]float64{}
	for _, r := range rows[row](t, "oracles", "minhash", "jaccard-terms-versions.jsonl.zst") {
		j := float64(r.Intersection) / float64(r.Union)
		want[pair{r.A, r.B}] = j
		if got := jaccard(sets[r.A], sets[r.B]); got != j {
			t.Errorf("%d and %d: %v, want %v", r.A, r.B, got, j)
		}
		for _, threshold := range []float64{0.5, 0.7, j, math.Nextafter(j, 2), 0.9, 1} {
			if reaches(sets[r.A], sets[r.B], threshold) != (j >= threshold) {
				t.Errorf("%d and %d: %v reaches %v is wrong", r.A, r.B, j, threshold)
			}
		}
	}
	// Every document that goes has exactly that similarity with the one that stays,
	// and clusters are those of pairs that share a band and reach the threshold.
	hashes := bandHashes(t, g, versions)
	root := components(len(versions), func(yield func(a, b int)) {
		for p, j := range want {
			if j >= g.threshold && len(sharedBands(hashes[p.a], hashes[p.b])) > 0 {
				yield(p.a, p.b)
			}
		}
	})
	r := corpusOf(versions...).run(t, build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Preset, s.Keep = "datatrove", nil }), nil), 1<<20)
	for i := range versions {
		if r.removed[uint64(i)] != (root[i] != i) {
			t.Errorf("document %d: removed is %v, its cluster begins with %d", i, r.removed[uint64(i)], root[i])
		}
		if d := r.decisions[uint64(i)]; d != nil {
			got, _ := readDecision(d)
			j, listed := want[pair{int(got.keeper), i}]
			if i != int(got.keeper) && listed && got.jaccard != j {
				t.Errorf("document %d: Jaccard %v with %d, want %v", i, got.jaccard, got.keeper, j)
			}
		}
	}
}

// With the defaults at least 0.995 of the 1,240 pairs of terms-versions at a Jaccard
// similarity of 0.8 share a band, and the clusters are the components of all of them.
func TestTermsVersionsRecall(t *testing.T) {
	versions := termsVersions(t)
	g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Keep = nil }), nil).(*minHash)
	hashes := bandHashes(t, g, versions)
	truth := bruteForce(versions)
	pairs, found := 0, 0
	for p, j := range truth {
		if j >= 0.8 {
			pairs++
			if len(sharedBands(hashes[p.a], hashes[p.b])) > 0 {
				found++
			}
		}
	}
	if pairs != 1240 {
		t.Errorf("%d pairs at 0.8, the README counts 1240", pairs)
	}
	if float64(found) < 0.995*float64(pairs) {
		t.Errorf("%d of %d pairs are candidates", found, pairs)
	}
	r := corpusOf(versions...).run(t, g, 8<<20)
	if clusters := len(versions) - len(r.removed); clusters != 121 {
		t.Errorf("%d components, the README counts 121", clusters)
	}
	for o := range r.removed {
		d, _ := readDecision(r.decisions[o])
		if best := nearest(truth, int(o)); best < 0.8 {
			t.Errorf("document %d was removed in favour of %d; its nearest copy has %v", o, d.keeper, best)
		}
	}
}

func nearest(truth map[pair]float64, i int) (best float64) {
	for p, j := range truth {
		if p.a == i || p.b == i {
			best = max(best, j)
		}
	}
	return best
}

// A million identical documents: one band record each and band, one comparison none.
func TestMillionIdentical(t *testing.T) {
	n := uint64(1_000_000)
	if testing.Short() {
		n = 50_000
	}
	g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Bands, s.Rows, s.Keep = 4, 8, []string{"first"} }), nil)
	sketch := g.Sketcher().Sketch(nil, textDocument(strings.Repeat("all the same text again ", 9)))
	r := corpusOf().resolve(t, g, 64<<20, n, func(uint64) []byte { return sketch })
	if uint64(len(r.removed)) != n-1 || r.removed[0] {
		t.Errorf("%d of %d removed", len(r.removed), n)
	}
	d, err := readDecision(r.decisions[n-1])
	if err != nil || d.keeper != 0 || d.size != n || d.jaccard != 1 {
		t.Errorf("the last one: %+v, %v", d, err)
	}
}

// Documents that are all shorter than a shingle, one in two a copy.
func TestAllShort(t *testing.T) {
	const n = 100_000
	g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Bands, s.Rows, s.Keep = 4, 8, []string{"first"} }), nil)
	s := g.Sketcher()
	var d document.Document
	var sketches []byte
	size := g.(*minHash).sketchBytes()
	for i := range n {
		d.SetText(fmt.Sprintf("no %d", i/2))
		sketches = s.Sketch(sketches, &d)
	}
	removed := 0
	r := bare(t, n, 64<<20, func(i uint64) []byte { return sketches[int(i)*size:][:size] })
	r.Decide = func(o uint64, gone bool, _ []byte) error {
		if gone != (o%2 == 1) {
			t.Fatalf("document %d: removed is %v", o, gone)
		}
		if gone {
			removed++
		}
		return nil
	}
	r.Read = func(want func(uint64) bool, _ func(uint64, *document.Document) error) error {
		for i := range uint64(n) {
			if want(i) {
				t.Fatalf("document %d is to be compared, and has no near-copies", i)
			}
		}
		return nil
	}
	if err := g.Resolve(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if removed != n/2 {
		t.Errorf("%d of %d removed", removed, n)
	}
}

// Resolving takes at most 24 bytes of memory for a document, and the room that little
// memory cannot go below.
func TestResidentBytes(t *testing.T) {
	const n, each, floor = 2_000_000, 24, 4 << 20
	g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Bands, s.Rows, s.Verify, s.Keep = 14, 8, false, nil }), nil)
	size := g.(*minHash).sketchBytes()
	sketch := make([]byte, size)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most := heap(), uint64(0)
	r := bare(t, n, each*n, func(i uint64) []byte {
		if i%(n/4) == n/8 {
			most = max(most, heap())
		}
		for at := range size / 8 {
			binary.BigEndian.PutUint64(sketch[8*at:], splitmix(i-i%5/4, uint64(at)))
		}
		return sketch
	})
	removed := 0
	r.Decide = func(o uint64, gone bool, _ []byte) error {
		if o%(n/4) == 4 {
			most = max(most, heap())
		}
		if gone {
			removed++
		}
		return nil
	}
	if err := g.Resolve(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if removed != n/5 {
		t.Errorf("%d removed", removed)
	}
	if most == 0 || most > before+each*n+floor {
		t.Errorf("%.1f bytes for a document", float64(most-before)/n)
	}
	t.Logf("%.1f bytes for a document", float64(most-before)/n)
}

// A chain in which each document differs from the one before it by a word: all are
// connected, though the ends have nothing in common.
func TestChain(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 5_000
	}
	words := make([]string, n+40)
	for i := range words {
		words[i] = fmt.Sprintf("w%d", i)
	}
	texts := make([]string, n)
	for i := range texts {
		texts[i] = strings.Join(words[i:i+40], " ")
	}
	g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Keep = []string{"first"} }), nil)
	r := corpusOf(texts...).run(t, g, 16<<20)
	if len(r.removed) != n-1 {
		t.Errorf("%d of %d removed", len(r.removed), n)
	}
	d, _ := readDecision(r.decisions[uint64(n-1)])
	if d.keeper != 0 || d.jaccard != 0 {
		t.Errorf("the last one: %+v", d)
	}
}

// Thousands of documents that share a band and are no copies: a common half, and
// each its own other one. The work stays linear.
func TestSharedBandWithoutCopies(t *testing.T) {
	n := 3000
	texts := make([]string, n)
	common := strings.Repeat("menu home about contact legal imprint search login basket ", 1)
	for i := range texts {
		own := ""
		for j := range 6 {
			own += fmt.Sprintf("own%d_%d ", i, j)
		}
		texts[i] = common + own
	}
	g := build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Bands, s.Rows, s.Threshold = 20, 1, 0.8 }), nil)
	if r := corpusOf(texts...).run(t, g, 4<<20); len(r.removed) != 0 {
		t.Errorf("%d removed", len(r.removed))
	}
}

func TestNothing(t *testing.T) {
	for _, c := range []*corpus{corpusOf(), corpusOf("", "", ""), corpusOf("one text alone")} {
		if r := c.run(t, build(t, &MinHash, defaults(), nil), 1<<20); len(r.decisions) != 0 {
			t.Errorf("decided %v", r.decisions)
		}
	}
}

func BenchmarkSketch(b *testing.B) {
	versions := termsVersions(b)
	for _, c := range []struct {
		name   string
		change func(*MinHashSettings)
	}{
		{"default", func(*MinHashSettings) {}},
		{"14x8", func(s *MinHashSettings) { s.Bands, s.Rows = 14, 8 }},
		{"permutations", func(s *MinHashSettings) { s.Bands, s.Rows, s.Family = 14, 8, familyPermutations }},
		{"splitter", func(s *MinHashSettings) { s.Normalize = "splitter" }},
		{"datatrove", func(s *MinHashSettings) { s.Preset = "datatrove" }},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := build(b, &MinHash, defaults(c.change), nil).Sketcher()
			docs := corpusOf(versions...).docs
			size := 0
			for _, v := range versions {
				size += len(v)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			var sketch []byte
			for b.Loop() {
				for i := range docs {
					sketch = s.Sketch(sketch[:0], &docs[i])
				}
			}
		})
	}
}

// Resolving 14 bands without verification; one document in ten is a copy, another one a
// near-copy. What the engine does for the step, reading sketches and writing decisions, is left out.
func BenchmarkResolve(b *testing.B) {
	const n = 1_000_000
	g := build(b, &MinHash, defaults(func(s *MinHashSettings) { s.Bands, s.Rows, s.Verify, s.Keep = 14, 8, false, nil }), nil)
	sketches, size := synthetic(g.(*minHash), n), g.(*minHash).sketchBytes()
	for b.Loop() {
		removed := 0
		r := bare(b, n, 256<<20, func(i uint64) []byte { return sketches[int(i)*size:][:size] })
		r.Decide = func(_ uint64, gone bool, _ []byte) error {
			if gone {
				removed++
			}
			return nil
		}
		if err := g.Resolve(b.Context(), r); err != nil || removed != n/5 {
			b.Fatalf("%d removed, %v", removed, err)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "documents/s")
}

// synthetic makes sketches of random bands. Of each ten documents one repeats the one
// before it, and one shares five bands with the one before it.
func synthetic(m *minHash, n uint64) []byte {
	size := uint64(m.sketchBytes())
	out := make([]byte, size*n)
	for i := range n {
		for at := range size / 8 {
			of := i
			if i%10 == 4 || i%10 == 9 && at < 5 {
				of--
			}
			binary.BigEndian.PutUint64(out[size*i+8*at:], splitmix(of, at))
		}
	}
	return out
}

// bare is a resolution that costs as good as nothing beside the step.
func bare(t testing.TB, n uint64, memory int64, sketch func(uint64) []byte) *step.Resolution {
	dir, err := spool.OpenDir(spool.OS{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &step.Resolution{
		Documents: n, Memory: memory, Dir: dir, Workers: 1,
		Alive: func(uint64) bool { return true },
		Note:  func(string, float64) {}, Progress: func(float64) {},
		Sketches: func(f func(uint64, []byte) error) error {
			for i := range n {
				if err := f(i, sketch(i)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

var _ step.Global = (*minHash)(nil)
