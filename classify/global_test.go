package classify

import (
	"context"
	"slices"
	"testing"

	"tamis/document"
	"tamis/spool"
	"tamis/step"
)

// buildGlobal makes a global step, and the rules that it holds.
func buildGlobal(t *testing.T, spec *step.Spec, s step.Settings) (step.Global, []step.Rule) {
	t.Helper()
	env := scoresEnv()
	env.Rules = slices.Clone(spec.Rules)
	made, err := s.Build(env)
	if err != nil {
		t.Fatal(err)
	}
	return made.(step.Global), env.Rules
}

// ranksOf runs a global step over documents in memory, in little memory, and returns what
// it measured. What Resolve decides and what Apply says must agree.
func ranksOf(t *testing.T, g step.Global, rules []step.Rule, docs []*document.Document, dead func(uint64) bool) (values [][]float64, labels []string, removed []bool) {
	t.Helper()
	dir, err := spool.OpenDir(spool.OS{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	sketcher, last := g.Sketcher(), -1
	var sketches [][]byte
	for _, d := range docs {
		sketches = append(sketches, sketcher.Sketch(nil, d))
	}
	values, labels, removed = make([][]float64, len(docs)), make([]string, len(docs)), make([]bool, len(docs))
	apply := func(o int, decision []byte) bool {
		m := &step.Meter{}
		values[o] = make([]float64, len(rules))
		name := make([]string, 1)
		m.Reset(rules, values[o], name)
		removed[o] = g.Apply(docs[o], decision, m).Removed
		labels[o] = name[0]
		return removed[o]
	}
	for o := range docs {
		apply(o, nil)
	}
	err = g.Resolve(context.Background(), &step.Resolution{Documents: uint64(len(docs)), Memory: 4096, Dir: dir, Progress: func(float64) {},
		Note:  func(string, float64) {},
		Alive: func(o uint64) bool { return !dead(o) },
		Sketches: func(f func(uint64, []byte) error) error {
			for i, sk := range sketches {
				if err := f(uint64(i), sk); err != nil {
					return err
				}
			}
			return nil
		},
		Decide: func(o uint64, gone bool, decision []byte) error {
			if int(o) <= last {
				t.Fatalf("decision on %d after %d", o, last)
			}
			last = int(o)
			if apply(last, decision) != gone {
				t.Fatalf("document %d: decided %v, applied otherwise", o, gone)
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	return values, labels, removed
}
