package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tamis/plan"
	"tamis/shards"
)

// The same documents give the same shards, whether they lie in JSONL, in Parquet or
// in some of both.
func TestSameBytesForAnyFormat(t *testing.T) {
	jsonl := plainCorpus(t)
	parquet := t.TempDir()
	for f := range 3 {
		convert(t, filepath.Join(jsonl, fmt.Sprintf("in-%d.jsonl", f)), filepath.Join(parquet, fmt.Sprintf("in-%d.parquet", f)))
	}
	mixed := t.TempDir()
	link(t, filepath.Join(jsonl, "in-0.jsonl"), mixed)
	link(t, filepath.Join(parquet, "in-1.parquet"), mixed)
	link(t, filepath.Join(jsonl, "in-2.jsonl"), mixed)
	for _, format := range []shards.Format{shards.Parquet, shards.JSONL} {
		var want map[string]string
		for _, in := range []string{jsonl, parquet, mixed} {
			out := filepath.Join(t.TempDir(), "out")
			p := testPlan(t, in, out)
			p.Output.Format, p.Output.Shuffle, p.Output.Rejects = format, true, plan.RejectNone
			if err := curate(p, Options{Workers: 2}, context.Background()); err != nil {
				t.Fatal(err)
			}
			got := tree(t, out)
			delete(got, "manifest.json") // it has the hash of the plan, which names the input
			if want == nil {
				want = got
			}
			sameTree(t, fmt.Sprintf("%s to %s", in, shards.Ending(format, shards.Plain)), got, want)
		}
	}
}

// plainCorpus writes three files of records whose JSON is what tamis itself writes.
func plainCorpus(t *testing.T) string {
	dir := t.TempDir()
	for f := range 3 {
		var b strings.Builder
		for i := range 300 {
			text := fmt.Sprintf("document %d of file %d has * stars *", i, f)
			if i%9 == 0 {
				text = "the same text comes again and again"
			}
			fmt.Fprintf(&b, `{"id":"d%d-%d","text":"%s","n":%d,"share":%v,"good":%v,"tags":["a","b%d"]}`+"\n", f, i, text, i, float64(i)/8+0.5/16, i%2 == 0, i)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("in-%d.jsonl", f)), []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// convert copies one file of JSONL to one of Parquet by a run without steps.
func convert(t *testing.T, from, to string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	p := testPlan(t, filepath.Dir(from), out)
	files, err := shards.List([]string{from})
	if err != nil {
		t.Fatal(err)
	}
	p.Sources = []shards.Source{{Name: "one", Files: files, Fields: p.Sources[0].Fields}}
	p.Stages, p.Steps, p.Signals, p.Carried = nil, nil, nil, nil
	p.Output = plan.Output{Dir: out, Output: shards.Output{Format: shards.Parquet}}
	if err := curate(p, Options{}, context.Background()); err != nil {
		t.Fatal(err)
	}
	link(t, filepath.Join(out, "data", "train-00000-of-00001.parquet"), filepath.Dir(to))
	if err := os.Rename(filepath.Join(filepath.Dir(to), "train-00000-of-00001.parquet"), to); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, file, dir string) {
	t.Helper()
	if err := os.Link(file, filepath.Join(dir, filepath.Base(file))); err != nil {
		t.Fatal(err)
	}
}
