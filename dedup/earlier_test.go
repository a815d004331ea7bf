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
	env.Bytes = func(path string) ([]byte, func() error, error) {
		data, err := os.ReadFile(path)
		return data, func() error { return nil }, err
	}
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

// A cutStep is a step that cuts texts, with the settings that earlier runs need.
type cutStep struct {
	name     string
	spec     *step.Spec
	settings func(Earlier) step.Settings
	memory   int64 // the least that it works with, about
}

func cutSteps() []cutStep {
	line := func(change func(*LinesSettings)) func(Earlier) step.Settings {
		return func(e Earlier) step.Settings {
			s := Lines.New().(*LinesSettings)
			change(s)
			s.Earlier = e
			return s
		}
	}
	paragraph := func(mode string) func(Earlier) step.Settings {
		return func(e Earlier) step.Settings {
			return paragraphSettings(func(s *ParagraphSettings) {
				s.MinNgram, s.MaxNgram, s.Threshold, s.Mode, s.Earlier = 2, 3, 0.5, mode, e
			})
		}
	}
	passage := func(words, bytes int, keep string) func(Earlier) step.Settings {
		return func(e Earlier) step.Settings {
			return &SubstringSettings{Words: words, Bytes: bytes, Keep: keep, Earlier: e}
		}
	}
	return []cutStep{
		{"lines, llama3", &Lines, line(func(s *LinesSettings) { s.Normalize, s.Max = "space", 6 }), 96 << 10},
		{"lines, c4", &Lines, line(func(s *LinesSettings) { s.Normalize, s.Preset, s.Keep = "space", "c4", []string{"first"} }), 96 << 10},
		{"lines, dolma", &Lines, line(func(s *LinesSettings) { s.Preset = "dolma" }), 16 << 20},
		{"sentences", &Sentences, func(e Earlier) step.Settings {
			s := Sentences.New().(*SentenceSettings)
			s.Span, s.Earlier = 2, e
			return s
		}, 96 << 10},
		{"paragraphs, bloom", &Paragraphs, paragraph(modeBloom), 96 << 20},
		{"paragraphs, exact", &Paragraphs, paragraph(modeExact), 96 << 20},
		{"substring", &Substring, passage(8, 0, "first"), 96 << 10},
		{"substring, none stays", &Substring, passage(8, 0, "none"), 96 << 10},
		{"substring, bytes", &Substring, passage(50, 40, "first"), 96 << 10},
	}
}

// sentenceTexts are lines of sentences, most of which stand in many texts.
func sentenceTexts(r *rand.Rand, n int) (texts []string) {
	words := strings.Fields("mill river barn bread wool cheese tower spring nest town field gate")
	var known []string
	for len(known) < 30 {
		var w []string
		for range 4 + r.IntN(10) {
			w = append(w, words[r.IntN(len(words))])
		}
		known = append(known, "The "+strings.Join(w, " ")+".")
	}
	for i := range n {
		var b strings.Builder
		for range r.IntN(8) {
			if r.IntN(3) == 0 {
				fmt.Fprintf(&b, "Only %d has the %d. ", i, r.IntN(1000))
			}
			b.WriteString(known[r.IntN(len(known))])
			b.WriteByte(" \n"[r.IntN(2)])
		}
		texts = append(texts, b.String())
	}
	return texts
}

// Three runs, each against those before it, cut what one run over all documents so far
// cuts of theirs.
func TestCutsAgainst(t *testing.T) {
	for _, s := range cutSteps() {
		cut := 0
		for seed := range uint64(6) {
			r := rand.New(rand.NewPCG(seed, 9))
			all := corpusOf(sentenceTexts(r, 40+r.IntN(100))...)
			for i := range all.docs {
				all.dead[uint64(i)] = r.IntN(15) == 0
			}
			memory := []int64{160 << 20, s.memory}[seed%2]
			from := 0
			var against []string
			for _, to := range []int{r.IntN(len(all.docs)), len(all.docs) * 2 / 3, len(all.docs)} {
				to = max(from, to)
				whole := all.part(t, 0, to, s.spec.Name)
				want := whole.run(t, build(t, s.spec, s.settings(Earlier{}), fileEnv(s.spec)), memory)
				p := all.part(t, from, to, s.spec.Name)
				p.workers = 1 + int(seed)%3
				got := p.run(t, build(t, s.spec, s.settings(Earlier{Against: against, Index: true}), fileEnv(s.spec)), memory)
				against = append(against, filepath.Join(p.folder, indexFolder, s.spec.Name))
				for i := range p.docs {
					w, g := want.decisions[uint64(from+i)], got.decisions[uint64(i)]
					if !slices.Equal(g, w) || want.removed[uint64(from+i)] != got.removed[uint64(i)] {
						t.Fatalf("%s, seed %d: document %d loses %v, in one run %v", s.name, seed, from+i, g, w)
					}
					if from > 0 {
						cut += len(g)
					}
				}
				from = to
			}
		}
		if cut == 0 {
			t.Errorf("%s: nothing was cut", s.name)
		}
	}
}

// An index that is cut short at any byte, or in which any bit has changed, is refused.
func TestDamagedIndex(t *testing.T) {
	for _, s := range []cutStep{
		{name: "exact", spec: &Exact, settings: func(e Earlier) step.Settings {
			s := Exact.New().(*ExactSettings)
			s.Verify, s.Earlier = true, e
			return s
		}},
		{name: "paragraphs", spec: &Paragraphs, settings: func(e Earlier) step.Settings {
			return paragraphSettings(func(s *ParagraphSettings) { s.Earlier = e })
		}},
		{name: "substring", spec: &Substring, settings: func(e Earlier) step.Settings {
			return &SubstringSettings{Words: 4, Keep: "first", Earlier: e}
		}},
	} {
		c := corpusOf("a text of some words", "another text", "a text of some words", strings.Repeat("long ", 1000))
		c.folder, c.saveAs = filepath.Join(t.TempDir(), "run"), s.name
		c.run(t, build(t, s.spec, s.settings(Earlier{Index: true}), fileEnv(s.spec)), 128<<20)
		raw, err := os.ReadFile(filepath.Join(c.folder, indexFolder, s.name))
		if err != nil {
			t.Fatal(err)
		}
		damaged(t, s, raw)
	}
}

func damaged(t *testing.T, s cutStep, raw []byte) {
	t.Helper()
	read := func(b []byte) error {
		env := testEnv(s.spec)
		env.Open = func(path string) (io.ReadCloser, error) {
			if path != "saved" {
				return nil, os.ErrNotExist
			}
			return io.NopCloser(strings.NewReader(string(b))), nil
		}
		_, err := s.settings(Earlier{Against: []string{"saved"}}).Build(env)
		return err
	}
	if err := read(raw); err != nil {
		t.Fatal(err)
	}
	for n := range raw {
		err := read(raw[:n])
		if f, ok := err.(*step.Fault); !ok || f.Key != "against" || !strings.Contains(err.Error(), "saved: at byte ") || !strings.Contains(err.Error(), "cut short") {
			t.Fatalf("%s: %d of %d bytes: %v", s.name, n, len(raw), err)
		}
		b := slices.Clone(raw)
		b[n] ^= 1 << (n % 8)
		if read(b) == nil {
			t.Fatalf("%s: a changed bit in byte %d was not noticed", s.name, n)
		}
	}
	if err := read(append(slices.Clone(raw), 0)); err == nil || !strings.Contains(err.Error(), "follow the end block") {
		t.Errorf("%s: one byte more: %v", s.name, err)
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
