package dedup

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"unsafe"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
	"tamis/text"
)

// A corpus is what a global step is run over in tests: documents in memory.
type corpus struct {
	docs []document.Document
	dead map[uint64]bool // removed by an earlier step
	// workers is how many there are; 0 is one.
	workers int
	// folder is the run directory, for what a step of the name saves.
	folder, saveAs string
	// equal is how many documents there are beside docs, all of one text.
	equal uint64
	// mayFail lets Resolve return an error, which failed then is.
	mayFail bool
	failed  error
}

func corpusOf(texts ...string) *corpus {
	c := &corpus{docs: make([]document.Document, len(texts)), dead: map[uint64]bool{}}
	for i, s := range texts {
		c.docs[i].SetText(s)
		c.docs[i].ID = fmt.Sprint(i)
	}
	return c
}

// fields are the fields beside a document, by path.
type fields map[string]document.Value

func (f fields) Lookup(_ *document.Document, path string) (document.Value, bool) {
	v, ok := f[path]
	return v, ok
}

// signals is an Env.Signal over names, whose slots are their positions.
func signals(names ...string) func(string) (int, bool) {
	return func(name string) (int, bool) {
		for i, n := range names {
			if n == name {
				return i, true
			}
		}
		return 0, false
	}
}

func testEnv(spec *step.Spec) *step.Env {
	return &step.Env{Name: spec.Name, Rules: spec.Rules, Seed: 42, Splitter: text.Unicode, Memory: 1 << 30, Signal: signals(), Label: signals()}
}

func build(t testing.TB, spec *step.Spec, settings step.Settings, env *step.Env) step.Global {
	t.Helper()
	if env == nil {
		env = testEnv(spec)
	}
	s, err := settings.Build(env)
	if err != nil {
		t.Fatal(err)
	}
	return s.(step.Global)
}

// result is what a step decided.
type result struct {
	removed   map[uint64]bool
	decisions map[uint64][]byte
	facts     []fact
	recall    []step.Recall
}

type fact struct {
	name  string
	value float64
}

// fact returns the value of a fact that was noted.
func (r *result) fact(t testing.TB, name string) float64 {
	t.Helper()
	for _, f := range r.facts {
		if f.name == name {
			return f.value
		}
	}
	t.Fatalf("no fact %q among %v", name, r.facts)
	return 0
}

// run sketches all documents and lets the step resolve them with the memory given.
func (c *corpus) run(t testing.TB, g step.Global, memory int64) *result {
	t.Helper()
	s := g.Sketcher()
	sketches := make([][]byte, len(c.docs))
	for i := range c.docs {
		sketches[i] = s.Sketch(nil, &c.docs[i])
	}
	return c.resolve(t, g, memory, uint64(len(c.docs)), func(i uint64) []byte { return sketches[i] })
}

// resolve lets the step resolve sketches that are given by ordinal, and checks what
// the engine relies on.
func (c *corpus) resolve(t testing.TB, g step.Global, memory int64, n uint64, sketch func(uint64) []byte) *result {
	t.Helper()
	dir, err := spool.OpenDir(spool.OS{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	out := &result{removed: map[uint64]bool{}, decisions: map[uint64][]byte{}}
	last, share := int64(-1), 0.0
	r := &step.Resolution{
		Documents: n, Memory: memory, Dir: dir, Workers: max(1, c.workers),
		Alive: func(o uint64) bool { return !c.dead[o] },
		Sketches: func(f func(uint64, []byte) error) error {
			for i := range n {
				if err := f(i, sketch(i)); err != nil {
					return err
				}
			}
			return nil
		},
		Read: c.read,
		Decide: func(o uint64, removed bool, decision []byte) error {
			if int64(o) <= last || c.dead[o] {
				t.Fatalf("document %d was decided after %d, dead: %v", o, last, c.dead[o])
			}
			last = int64(o)
			if removed {
				out.removed[o] = true
			}
			out.decisions[o] = append([]byte(nil), decision...)
			return nil
		},
		Save: func(write func(func([]byte) error) error) error {
			saved, err := spool.OpenDir(spool.OS{}, filepath.Join(c.folder, indexFolder))
			if err != nil {
				return err
			}
			return saved.WriteBlocks(c.saveAs, write)
		},
		Note:   func(name string, value float64) { out.facts = append(out.facts, fact{name, value}) },
		Probed: func(p []step.Recall) { out.recall = p },
		Progress: func(s float64) {
			if s < share || s > 1 {
				t.Errorf("progress went from %v to %v", share, s)
			}
			share = s
		},
	}
	if c.failed = g.Resolve(context.Background(), r); c.failed != nil {
		if !c.mayFail {
			t.Fatal(c.failed)
		}
		return out
	}
	left, err := dir.List()
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	return out
}

// try is run for a step that may refuse to resolve.
func (c *corpus) try(t testing.TB, g step.Global) error {
	c.mayFail = true
	defer func() { c.mayFail = false }()
	c.run(t, g, 1<<30)
	return c.failed
}

// read hands over a scratch document whose text is overwritten afterwards, so that what
// a step keeps of it is noticed.
func (c *corpus) read(want func(uint64) bool, f func(uint64, *document.Document) error) error {
	var d document.Document
	var buf []byte
	for i := range c.docs {
		if !want(uint64(i)) {
			continue
		}
		buf = append(buf[:0], c.docs[i].Text()...)
		d.SetText(unsafe.String(unsafe.SliceData(buf), len(buf)))
		d.ID, d.URL, d.Fields, d.Signals = c.docs[i].ID, c.docs[i].URL, c.docs[i].Fields, c.docs[i].Signals
		if err := f(uint64(i), &d); err != nil {
			return err
		}
		for k := range buf {
			buf[k] = 0xcc
		}
	}
	return c.readEqual(want, f)
}

// many gives the corpus so many more documents of one text.
func (c *corpus) many(n uint64) { c.equal = n }

func (c *corpus) readEqual(want func(uint64) bool, f func(uint64, *document.Document) error) error {
	var d document.Document
	d.SetText("the same words again")
	for i := range c.equal {
		o := i + uint64(len(c.docs))
		if !want(o) {
			continue
		}
		d.ID = strconv.FormatUint(o, 10)
		if err := f(o, &d); err != nil {
			return err
		}
	}
	return nil
}

// apply carries the decisions out and returns verdicts and values by document.
func (c *corpus) apply(g step.Global, rules []step.Rule, r *result) (verdicts []step.Verdict, values [][]float64) {
	for i := range c.docs {
		m := &step.Meter{}
		v := make([]float64, len(rules))
		m.Reset(rules, v, nil)
		verdicts = append(verdicts, g.Apply(&c.docs[i], r.decisions[uint64(i)], m))
		values = append(values, v)
	}
	return verdicts, values
}

// clusters groups the documents by the copy that stays.
func (r *result) clusters(t testing.TB) map[uint64][]uint64 {
	t.Helper()
	out := map[uint64][]uint64{}
	for o := range r.decisions {
		d, err := readDecision(r.decisions[o])
		if err != nil {
			t.Fatal(err)
		}
		out[d.keeper] = append(out[d.keeper], o)
	}
	return out
}
