package dedup

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// Exact removes documents that are equal.
var Exact = step.Spec{
	Name: "exact",
	Doc: "Removes documents whose text, URL or field is equal to that of another one; one of them stays. They are compared by a hash of 128 bits " +
		"(XXH3): among ten billion different documents the chance of one false pair is below 2e-19. With verify the contents " +
		"themselves are compared, too, so that not even a text made to collide is removed. A document without a URL, or whose field is missing or empty, has no copies.",
	Source: "Penedo et al. 2023 (RefinedWeb), section 3.3; Lee et al. 2022, arXiv:2107.06499",
	Rules:  clusterRules("similarity", "Always 1: a removed document is equal to the copy that stays."),
	New: func() step.Settings {
		return &ExactSettings{By: "text", Normalize: "none", Copies: 1, Keep: []string{"first"}, Date: "date"}
	},
}

// ExactSettings are what a recipe may set in exact.
type ExactSettings struct {
	By        string   `yaml:"by" doc:"what is compared: text, url (in canonical form) or field:PATH"`
	Normalize string   `yaml:"normalize" doc:"how a text, or the text of a field, is prepared: none, space (white space collapsed), words (letters and digits alone, in lower case), datatrove, redpajama, slimpajama"`
	Verify    bool     `yaml:"verify" doc:"compare the contents where hashes are equal; only by text"`
	Copies    int      `yaml:"keep_copies" doc:"how many copies of a document stay; 0 removes them all, the best one too"`
	Keep      []string `yaml:"keep" doc:"which copy stays, by the first of these in which copies differ: source, longest, shortest, newest, oldest, field:PATH, a signal such as quality.score (with - before it for the least), first"`
	Date      string   `yaml:"date" doc:"field that newest and oldest look at"`

	Earlier
}

// Build makes the step.
func (s *ExactSettings) Build(env *step.Env) (any, error) {
	e := &exact{name: env.Name, verify: s.Verify, seed: env.Seed}
	if s.By == "text" {
		e.planted = env.Planted
	}
	var err error
	if e.content, err = s.contents(); err != nil {
		return nil, err
	}
	if e.keep, err = newKeeping(s.Keep, s.Date, env); err != nil {
		return nil, err
	}
	if e.policy, err = newPolicy(env, s.Copies); err != nil {
		return nil, err
	}
	e.epoch = epoch{shared: []agreed{{"by", s.By}, {"normalize", s.Normalize}}, texts: s.Verify, whole: true, keep: e.keep}
	if err := e.epoch.open(env, s.Earlier); err != nil {
		return nil, err
	}
	return e, nil
}

// contents returns what makes the function that appends what is compared.
func (s *ExactSettings) contents() (func() content, error) {
	path, field := strings.CutPrefix(s.By, "field:")
	switch {
	case normalizers[s.Normalize] == nil:
		return nil, unknown("normalize", s.Normalize, normalizers)
	case s.By == "url" && s.Normalize != "none":
		return nil, &step.Fault{Key: "normalize", Err: errors.New("not by url, which is compared in canonical form")}
	case s.By != "text" && s.Verify:
		return nil, &step.Fault{Key: "verify", Err: errors.New("only by text")}
	case s.By == "text":
		return func() content { return textContent(normalizers[s.Normalize]()) }, nil
	case s.By == "url":
		return func() content { return urlContent }, nil
	case field && path != "":
		return func() content { return fieldContent(path, normalizers[s.Normalize]()) }, nil
	}
	return nil, &step.Fault{Key: "by", Err: fmt.Errorf("%q; possible are text, url and field:PATH", s.By)}
}

// A content appends what of a document is compared, and reports whether there is
// anything. It is owned by one goroutine.
type content func(dst []byte, d *document.Document) ([]byte, bool)

func textContent(n normalizer) content {
	return func(dst []byte, d *document.Document) ([]byte, bool) { return n(dst, d.Text()), true }
}

func urlContent(dst []byte, d *document.Document) ([]byte, bool) {
	at := len(dst)
	dst = appendURL(dst, d.URL)
	return dst, len(dst) > at // a URL of white space is none
}

// fieldContent takes a number and a text of the same digits for different. Texts are
// prepared, and none where nothing is left of them; integers are compared by all of their
// digits, other numbers as float64.
func fieldContent(path string, n normalizer) content {
	return func(dst []byte, d *document.Document) ([]byte, bool) {
		if d.Fields == nil {
			return dst, false
		}
		v, ok := d.Fields.Lookup(d, path)
		if !ok || v.Kind == document.Null {
			return dst, false
		}
		dst = append(dst, byte(v.Kind))
		if v.Kind == document.Number || v.Kind == document.Bool {
			dst = appendUint64(dst, math.Float64bits(v.Num))
			if math.Abs(v.Num) >= 1<<53 { // where a float64 stands for several integers
				dst = append(dst, v.Str...)
			}
			return dst, true
		}
		if v.Kind == document.String {
			at := len(dst)
			dst = n(dst, v.Str)
			return dst, len(dst) > at
		}
		return append(dst, v.Str...), true
	}
}

// exact is the step exact, ready to run.
type exact struct {
	name    string
	content func() content
	verify  bool
	keep    *keeping
	policy  policy
	epoch   epoch
	planted float64 // share of documents of which probes are made
	seed    uint64
}

// Apply removes d where it is not the copy that stays.
func (e *exact) Apply(_ *document.Document, decision []byte, m *step.Meter) step.Verdict {
	return applyDecision(decision, m)
}

// Member says which cluster a document is in.
func (e *exact) Member(decision []byte) (step.Membership, bool) { return e.policy.memberOf(decision) }

// Edits reports that no text changes.
func (e *exact) Edits() bool { return false }

// Sketcher returns what one worker sketches with.
func (e *exact) Sketcher() step.Sketcher { return &exactSketcher{e: e, content: e.content()} }

type exactSketcher struct {
	e       *exact
	content content
	buf     []byte
}

// Sketch appends a hash of 128 bits and the keep key, or nothing where d has no
// content.
func (s *exactSketcher) Sketch(dst []byte, d *document.Document) []byte {
	b, ok := s.content(s.buf[:0], d)
	s.buf = b
	if !ok {
		return dst
	}
	h := xxh3.Hash128(b).Bytes()
	return s.e.keep.append(append(dst, h[:]...), d)
}

// Resolve finds the copies and decides who stays.
func (e *exact) Resolve(ctx context.Context, r *step.Resolution) error {
	if err := e.epoch.resolve(ctx, r, e.resolve); err != nil {
		return err
	}
	return e.plant(ctx, r)
}

// resolve groups equal hashes by an external sort of (hash, keep key, ordinal), whose
// first record in a group is the copy that stays.
func (e *exact) resolve(ctx context.Context, r *step.Resolution) error {
	if err := tooMany(e.name, r.Documents, 0, r.Memory); err != nil {
		return err
	}
	v := &equals{exact: e, r: r, ctx: ctx}
	groups, err := v.sort()
	if err != nil {
		return err
	}
	defer groups.Close()
	v.r.Progress(0.6)
	v.copies = v.sorter("copies", copyBytes, 0)
	defer v.copies.Close()
	g := &equalGroup{v: v, prefix: hashBytes, ordinal: hashBytes + e.keep.size}
	if e.verify {
		if groups, err = v.contents(groups); err != nil {
			return err
		}
		defer groups.Close()
		g = &equalGroup{v: v, prefix: hashBytes, skip: 8, ordinal: 8 + hashBytes, content: 8 + hashBytes + ordinalBytes}
	}
	if err := groups.Each(g.add); err != nil {
		return err
	}
	if err := g.end(); err != nil {
		return err
	}
	v.r.Progress(0.8)
	return v.decide()
}

const hashBytes = 16

// equals is one resolving of exact.
type equals struct {
	*exact
	r      *step.Resolution
	ctx    context.Context
	copies *spool.Sorter
}

func (v *equals) sorter(name string, record, key int) *spool.Sorter {
	return spool.NewSorter(v.r.Dir, name, spool.SortOptions{Record: record, Key: key, Memory: v.r.Memory / 4, Check: v.ctx.Err})
}

// sort sorts the sketches that are not certain to be alone.
func (v *equals) sort() (*spool.Sorter, error) {
	s := newSieve(v.r.Documents, int64(min(v.r.Documents, uint64(v.r.Memory/4))))
	if err := v.sketches(func(_ uint64, sketch []byte) error { s.add(leading(sketch)); return nil }); err != nil {
		return nil, err
	}
	v.r.Progress(0.2)
	sorter := v.sorter("equal", hashBytes+v.keep.size+ordinalBytes, 0)
	var rec []byte
	err := v.sketches(func(ordinal uint64, sketch []byte) error {
		if !s.repeated(leading(sketch)) {
			return nil
		}
		rec = appendOrdinal(append(rec[:0], sketch...), ordinal)
		return sorter.Add(rec)
	})
	if err != nil {
		sorter.Close()
		return nil, err
	}
	return sorter, nil
}

func (v *equals) sketches(f func(ordinal uint64, sketch []byte) error) error {
	return v.r.Sketches(func(ordinal uint64, sketch []byte) error {
		if ordinal%4096 == 0 && v.ctx.Err() != nil {
			return v.ctx.Err()
		}
		if len(sketch) == 0 || !v.r.Alive(ordinal) {
			return nil
		}
		if len(sketch) != hashBytes+v.keep.size {
			return fmt.Errorf("document %d: a sketch of %d bytes, all have %d", ordinal, len(sketch), hashBytes+v.keep.size)
		}
		return f(ordinal, sketch)
	})
}
