package dedup

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// An epochStep is a step with the settings that earlier runs need.
type epochStep struct {
	name     string
	spec     *step.Spec
	settings func(against []string, index bool, keep ...string) step.Settings
}

func epochSteps() []epochStep {
	near := func(verify bool) func([]string, bool, ...string) step.Settings {
		return func(against []string, index bool, keep ...string) step.Settings {
			return defaults(func(s *MinHashSettings) {
				s.Ngram, s.Threshold, s.Verify, s.Against, s.Index, s.Keep = 2, 0.6, verify, against, index, keep
			})
		}
	}
	equal := func(verify bool) func([]string, bool, ...string) step.Settings {
		return func(against []string, index bool, keep ...string) step.Settings {
			s := Exact.New().(*ExactSettings)
			s.Verify, s.Against, s.Index, s.Keep = verify, against, index, keep
			return s
		}
	}
	return []epochStep{
		{"exact", &Exact, equal(false)},
		{"exact, verified", &Exact, equal(true)},
		{"minhash", &MinHash, near(true)},
		{"minhash, not verified", &MinHash, near(false)},
		{"semantic", &Semantic, func(against []string, index bool, keep ...string) step.Settings {
			return semanticSettings(func(s *SemanticSettings) {
				s.Clusters, s.Dimensions, s.Epsilon, s.Against, s.Index, s.Keep = 1, 64, 0.2, against, index, keep
			})
		}},
	}
}

// fileEnv opens files of the disk.
func fileEnv(spec *step.Spec) *step.Env {
	env := testEnv(spec)
	env.Open = func(path string) (io.ReadCloser, error) { return os.Open(path) }
	return env
}

// randomCorpus is texts of few words, many of them equal or nearly so, some empty; some
// documents are dead.
func randomCorpus(r *rand.Rand, n int) *corpus {
	words := strings.Fields("mill river barn bread wool cheese tower spring nest town field gate")
	var texts []string
	for range n {
		switch k := r.IntN(10); {
		case k == 0:
			texts = append(texts, "")
		case k < 4 && len(texts) > 0:
			texts = append(texts, texts[r.IntN(len(texts))])
		case k < 8 && len(texts) > 0:
			w := strings.Fields(texts[r.IntN(len(texts))])
			if len(w) > 0 {
				w[r.IntN(len(w))] = words[r.IntN(len(words))]
			}
			texts = append(texts, strings.Join(w, " "))
		default:
			var w []string
			for range 5 + r.IntN(20) {
				w = append(w, words[r.IntN(len(words))])
			}
			texts = append(texts, strings.Join(w, " "))
		}
	}
	c := corpusOf(texts...)
	for i := range texts {
		c.dead[uint64(i)] = r.IntN(15) == 0
	}
	return c
}

// part is documents [from, to) as a corpus of its own, in a run directory of its own.
func (c *corpus) part(t *testing.T, from, to int, name string) *corpus {
	p := &corpus{docs: slices.Clone(c.docs[from:to]), dead: map[uint64]bool{}, workers: c.workers, folder: filepath.Join(t.TempDir(), "run"), saveAs: name}
	for i := from; i < to; i++ {
		p.dead[uint64(i-from)] = c.dead[uint64(i)]
	}
	return p
}

// keepers gives for each document that has a decision the id of its best copy.
func (c *corpus) keepers(t *testing.T, r *result) map[string]string {
	t.Helper()
	out := map[string]string{}
	for o, raw := range r.decisions {
		d, err := readDecision(raw)
		if err != nil {
			t.Fatal(err)
		}
		id := string(d.earlier)
		if !d.isEarlier {
			id = c.docs[d.keeper].ID
		}
		out[c.docs[o].ID] = id
	}
	return out
}

func (c *corpus) kept(r *result) map[string]bool {
	out := map[string]bool{}
	for i := range c.docs {
		if !c.dead[uint64(i)] && !r.removed[uint64(i)] {
			out[c.docs[i].ID] = true
		}
	}
	return out
}

// Three runs, each against those before it, remove of their documents what one run
// over all would remove with keep: [first], and name the same copies. What an earlier
// run kept stays; one run over all removes more of that only where a later document
// connects two clusters.
func TestAgainstIsOneRun(t *testing.T) {
	for _, s := range epochSteps() {
		for seed := range uint64(8) {
			r := rand.New(rand.NewPCG(seed, 7))
			all := randomCorpus(r, 30+r.IntN(200))
			all.workers = 1 + int(seed)%4
			memory := int64(64<<10) << (8 * (seed % 2))
			whole := all.run(t, build(t, s.spec, s.settings(nil, false, "first"), fileEnv(s.spec)), memory)
			wantKept, wantKeeper := all.kept(whole), all.keepers(t, whole)
			cuts := []int{0, r.IntN(len(all.docs)), len(all.docs), len(all.docs)}
			cuts[2] = cuts[1] + r.IntN(len(all.docs)-cuts[1])
			var against []string
			for i, to := range cuts[1:] {
				what := fmt.Sprintf("%s, seed %d, run %d", s.name, seed, i)
				p := all.part(t, cuts[i], to, s.spec.Name)
				g := build(t, s.spec, s.settings(against, true, "first"), fileEnv(s.spec))
				got := p.run(t, g, memory)
				against = append(against, p.folder)
				kept, keeper := p.kept(got), p.keepers(t, got)
				for _, d := range p.docs {
					later := wantKeeper[d.ID] != "" && keeper[d.ID] != wantKeeper[d.ID] && kept[d.ID]
					if kept[d.ID] != wantKept[d.ID] && (s.spec == &Exact || !later) {
						t.Fatalf("%s: document %s is kept: %v, in one run: %v", what, d.ID, kept[d.ID], wantKept[d.ID])
					}
					if kept[d.ID] || s.spec == &Semantic {
						continue
					}
					if s.spec == &Exact && keeper[d.ID] != wantKeeper[d.ID] {
						t.Fatalf("%s: document %s is a copy of %q, in one run of %q", what, d.ID, keeper[d.ID], wantKeeper[d.ID])
					}
				}
				if i == 2 && !maps.Equal(kept, only(wantKept, p)) {
					t.Fatalf("%s: the last run keeps other documents than one run over all", what)
				}
				checkSaved(t, what, p, g, s, got)
			}
		}
	}
}

func only(all map[string]bool, p *corpus) map[string]bool {
	out := map[string]bool{}
	for _, d := range p.docs {
		if all[d.ID] {
			out[d.ID] = true
		}
	}
	return out
}

// checkSaved reads back what a run has saved: every living document with a sketch, with
// its own id, or with that of the earlier document that it is a copy of.
func checkSaved(t *testing.T, what string, p *corpus, g step.Global, s epochStep, got *result) {
	t.Helper()
	x, err := readIndex(p.folder, s.spec.Name, fileEnv(s.spec), nil, false)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	keeper, sketcher := p.keepers(t, got), g.Sketcher()
	for i := range p.docs {
		if p.dead[uint64(i)] || len(sketcher.Sketch(nil, &p.docs[i])) == 0 {
			continue
		}
		id := p.docs[i].ID
		if d, err := readDecision(got.decisions[uint64(i)]); err == nil && d.isEarlier {
			id = keeper[id]
		}
		want = append(want, fmt.Sprint(id, !got.removed[uint64(i)]))
	}
	var have []string
	err = x.eachDocument(spool.OS{}, func(_ uint64, flags byte, id, _ []byte) error {
		have = append(have, fmt.Sprint(string(id), flags == flagKept))
		return nil
	})
	if err != nil || !slices.Equal(have, want) {
		t.Fatalf("%s: saved are %v (%v), want %v", what, have, err, want)
	}
}

// With another order of keeping, the documents of a run are chosen by that order where
// none of an earlier run is among their copies.
func TestAgainstKeepsTheEarlier(t *testing.T) {
	long, short := "one two three four five six seven eight nine ten", "one two three four five six seven eight nine"
	first := corpusOf(short, "apart from all that")
	first.folder, first.saveAs = filepath.Join(t.TempDir(), "run"), "minhash"
	settings := func(against []string, index bool) step.Settings {
		return defaults(func(s *MinHashSettings) {
			s.Ngram, s.Threshold, s.Against, s.Index = 1, 0.7, against, index
		})
	}
	first.run(t, build(t, &MinHash, settings(nil, true), fileEnv(&MinHash)), 1<<20)
	const pair = "a mill stands by the river and grinds the corn"
	second := corpusOf(long, pair, pair+" today", "nothing else")
	for i := range second.docs {
		second.docs[i].ID = fmt.Sprint("b", i)
	}
	g := build(t, &MinHash, settings([]string{first.folder}, false), fileEnv(&MinHash))
	r := second.run(t, g, 1<<20)
	if !maps.Equal(r.removed, map[uint64]bool{0: true, 1: true}) {
		t.Errorf("removed are %v", r.removed)
	}
	m, ok := g.(step.Clusterer).Member(r.decisions[0])
	if !ok || m.Earlier != "0" || m.Keeper < maxDocuments || m.Size != 2 || m.Kept || m.Similarity != 0.9 {
		t.Errorf("the copy of an earlier document is %+v", m)
	}
	m, _ = g.(step.Clusterer).Member(r.decisions[1])
	m.Band, m.Estimate = 0, 0
	if want := (step.Membership{Keeper: 2, Size: 2, Similarity: 0.9}); m != want {
		t.Errorf("the copy of a document of the run is %+v, want %+v", m, want)
	}
	if r.fact(t, factEarlier) != 2 || r.fact(t, factCopies) != 1 {
		t.Errorf("facts are %v", r.facts)
	}
}

// Lines of earlier runs count as if they stood before those of the run.
func TestLinesAgainst(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	var texts []string
	for range 120 {
		var lines []string
		for range 1 + r.IntN(6) {
			lines = append(lines, fmt.Sprintf("line %c of the page", 'a'+rune(r.IntN(26)*r.IntN(26)/26)))
		}
		texts = append(texts, strings.Join(lines, "\n"))
	}
	all := corpusOf(texts...)
	for _, change := range []func(*LinesSettings){
		func(s *LinesSettings) { s.Normalize, s.Max = "space", 6 },
		func(s *LinesSettings) { s.Normalize, s.Preset = "space", "c4"; s.Keep = []string{"first"} },
		func(s *LinesSettings) { s.Preset = "dolma" },
	} {
		settings := func(against []string, index bool) step.Settings {
			s := Lines.New().(*LinesSettings)
			change(s)
			s.Against, s.Index = against, index
			return s
		}
		whole := all.run(t, build(t, &Lines, settings(nil, false), fileEnv(&Lines)), 64<<20)
		first := all.part(t, 0, 70, "lines")
		first.run(t, build(t, &Lines, settings(nil, true), fileEnv(&Lines)), 64<<20)
		second := all.part(t, 70, len(texts), "lines")
		got := second.run(t, build(t, &Lines, settings([]string{filepath.Join(first.folder, indexFolder, "lines")}, false), fileEnv(&Lines)), 64<<20)
		for i := range second.docs {
			if want := whole.decisions[uint64(70+i)]; !slices.Equal(got.decisions[uint64(i)], want) {
				t.Fatalf("%+v: document %d loses %v, in one run %v", settings(nil, false), 70+i, got.decisions[uint64(i)], want)
			}
		}
	}
}

// savedIndex saves a small index of exact with texts.
func savedIndex(t *testing.T) (folder string, raw []byte) {
	t.Helper()
	c := corpusOf("a text", "another text", "a text", strings.Repeat("long ", 1000))
	c.folder, c.saveAs = filepath.Join(t.TempDir(), "run"), "exact"
	s := Exact.New().(*ExactSettings)
	s.Verify, s.Index = true, true
	c.run(t, build(t, &Exact, s, fileEnv(&Exact)), 1<<20)
	raw, err := os.ReadFile(filepath.Join(c.folder, indexFolder, "exact"))
	if err != nil {
		t.Fatal(err)
	}
	return c.folder, raw
}

// An index that is cut short at any byte, or in which any bit has changed, is refused.
func TestDamagedIndex(t *testing.T) {
	_, raw := savedIndex(t)
	read := func(b []byte) error {
		env := testEnv(&Exact)
		env.Open = func(path string) (io.ReadCloser, error) {
			if path != "saved" {
				return nil, os.ErrNotExist
			}
			return io.NopCloser(strings.NewReader(string(b))), nil
		}
		s := Exact.New().(*ExactSettings)
		s.Verify, s.Against = true, []string{"saved"}
		_, err := s.Build(env)
		return err
	}
	if err := read(raw); err != nil {
		t.Fatal(err)
	}
	for n := range raw {
		err := read(raw[:n])
		if f, ok := err.(*step.Fault); !ok || f.Key != "against" || !strings.Contains(err.Error(), "saved: at byte ") || !strings.Contains(err.Error(), "cut short") {
			t.Fatalf("%d of %d bytes: %v", n, len(raw), err)
		}
		b := slices.Clone(raw)
		b[n] ^= 1 << (n % 8)
		if read(b) == nil {
			t.Fatalf("a changed bit in byte %d was not noticed", n)
		}
	}
	if err := read(append(slices.Clone(raw), 0)); err == nil || !strings.Contains(err.Error(), "follow the end block") {
		t.Errorf("one byte more: %v", err)
	}
}

// blocksOf packs payloads into a block file.
func blocksOf(t *testing.T, payloads ...string) string {
	t.Helper()
	dir := &spool.Dir{Disk: spool.OS{}, Path: t.TempDir()}
	err := dir.WriteBlocks("x", func(block func([]byte) error) error {
		for _, p := range payloads {
			if err := block(spool.Pack(nil, []byte(p))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir.Join("x")
}

// Files whose checksums are right and whose content is not are refused with what is
// wrong.
func TestForeignIndex(t *testing.T) {
	head := "h" + indexFormat + "by=text\nnormalize=none\n"
	one, foot := "d\x01\x01a\x02hh", "f\x00\x00\x00\x00\x00\x00\x00\x01"
	for want, path := range map[string]string{
		"":                              blocksOf(t, head, one, "t\x01x", foot),
		"was saved without texts":       blocksOf(t, head, one, foot),
		"is no index of tamis":          blocksOf(t, "something else"),
		"the foot is missing":           blocksOf(t, head, one),
		"is what can be read":           blocksOf(t, "htamis index 2\nby=text\n"),
		"with by: url, this step has":   blocksOf(t, "h"+indexFormat+"by=url\nnormalize=none\n"),
		"does not say which normalize":  blocksOf(t, "h"+indexFormat+"by=text\n"),
		"ends within a document":        blocksOf(t, head, "d\x01\x01a\x09hh"),
		"does not fit to 1 documents":   blocksOf(t, head, one, "f\x00\x00\x00\x00\x00\x00\x00\x02"),
		"0 texts":                       blocksOf(t, head, one, "t", foot),
		"a block of kind 't' behind":    blocksOf(t, head, "t\x01x"),
		"a block of kind 'f' behind":    blocksOf(t, head, one, "t\x01x", foot, foot),
		"neither an index nor a run di": filepath.Join(t.TempDir(), "nothing"),
	} {
		s := Exact.New().(*ExactSettings)
		s.Verify, s.Against = true, []string{path}
		_, err := s.Build(fileEnv(&Exact))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

// Every setting on which sketches depend must agree.
func TestIndexSettings(t *testing.T) {
	c := corpusOf("one two three", "four five six")
	c.folder, c.saveAs = filepath.Join(t.TempDir(), "run"), "minhash"
	c.run(t, build(t, &MinHash, defaults(func(s *MinHashSettings) { s.Index = true }), fileEnv(&MinHash)), 1<<20)
	for name, change := range map[string]func(*MinHashSettings, *step.Env){
		"ngram":     func(s *MinHashSettings, _ *step.Env) { s.Ngram = 4 },
		"unit":      func(s *MinHashSettings, _ *step.Env) { s.Unit = unitCharacters },
		"normalize": func(s *MinHashSettings, _ *step.Env) { s.Normalize = "none" },
		"hash":      func(s *MinHashSettings, _ *step.Env) { s.Hash = "xxh64" },
		"family":    func(s *MinHashSettings, _ *step.Env) { s.Family = familyOPH },
		"bands":     func(s *MinHashSettings, _ *step.Env) { s.Threshold = 0.5 },
		"seed":      func(_ *MinHashSettings, e *step.Env) { e.Seed++ },
		"":          func(s *MinHashSettings, _ *step.Env) { s.Keep = []string{"first"}; s.Copies = 2 },
	} {
		s, env := defaults(func(s *MinHashSettings) { s.Against = []string{c.folder} }), fileEnv(&MinHash)
		change(s, env)
		_, err := s.Build(env)
		want := fmt.Sprintf("was made with %s: ", name)
		if name == "" && err != nil || name != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Many equal documents, and as many equal ones in an index, are compared within the
// memory.
func TestAgainstEqualDocuments(t *testing.T) {
	const n = 200_000
	var d document.Document
	d.SetText("the same words again")
	c := &corpus{dead: map[uint64]bool{}, folder: filepath.Join(t.TempDir(), "run"), saveAs: "exact"}
	s := Exact.New().(*ExactSettings)
	s.Index = true
	g := build(t, &Exact, s, fileEnv(&Exact))
	sketch := g.Sketcher().Sketch(nil, &d)
	c.many(n)
	r := c.resolve(t, g, 16<<20, n, func(uint64) []byte { return sketch })
	if len(r.removed) != n-1 {
		t.Fatalf("%d of %d equal documents were removed", len(r.removed), n)
	}
	s.Index, s.Against = false, []string{c.folder}
	g = build(t, &Exact, s, fileEnv(&Exact))
	sketch = g.Sketcher().Sketch(nil, &d)
	r = c.resolve(t, g, 16<<20, n, func(uint64) []byte { return sketch })
	if len(r.removed) != n {
		t.Errorf("%d of %d copies of an earlier document were removed", len(r.removed), n)
	}
}
