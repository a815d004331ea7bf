package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"tamis/shards"
)

// Two months of a crawl: the second is compared with what the first has saved, and the
// list of copies names documents of the first.
func TestAgainstEarlierRun(t *testing.T) {
	t.Chdir(t.TempDir())
	const page = "the mill at the river has been grinding corn for the villages of the valley since the year of the flood"
	write(t, "first.jsonl", fmt.Sprintf("{\"id\":\"jan-1\",\"text\":%q}\n{\"id\":\"jan-2\",\"text\":\"bread\"}\n", page))
	write(t, "second.jsonl", fmt.Sprintf("{\"id\":\"feb-1\",\"text\":\"bread\"}\n{\"id\":\"feb-2\",\"text\":%q}\n{\"id\":\"feb-3\",\"text\":\"cheese\"}\n", page+" came"))
	recipe := func(name, steps string) {
		write(t, name+".yaml", fmt.Sprintf("sources: [{name: crawl, paths: [%s.jsonl]}]\nmemory: 64MiB\nsteps:\n%s\noutput: {dir: %s, format: jsonl}\n", name, steps, name))
	}
	recipe("first", "  - exact: {index: true}\n  - minhash: {index: true, ngram: 2}")
	recipe("second", "  - exact: {against: [first], index: true}\n  - minhash: {against: [first/index/minhash], ngram: 2}")
	curateAll(t, "first.yaml", "second.yaml")
	if raw := readAll(t, "second/data"); strings.Count(raw, "\n") != 1 || !strings.HasPrefix(raw, `{"id":"feb-3",`) {
		t.Errorf("the second month keeps %s", raw)
	}
	rows, err := parquet.ReadFile[shards.Cluster]("second/clusters.parquet")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%s %s of %s, %d, %v", r.Step, r.ID, r.Keeper, r.Size, r.Kept))
	}
	if want := "exact feb-1 of jan-2, 2, false; minhash feb-2 of jan-1, 2, false"; strings.Join(got, "; ") != want {
		t.Errorf("copies are %q, want %q", got, want)
	}
	// A third month against the second alone: what the second has removed counts, under
	// the id of the document that somebody has.
	write(t, "third.jsonl", "{\"id\":\"mar-1\",\"text\":\"bread\"}\n")
	recipe("third", "  - exact: {against: [second]}")
	curateAll(t, "third.yaml")
	if rows, err = parquet.ReadFile[shards.Cluster]("third/clusters.parquet"); err != nil || len(rows) != 1 || rows[0].Keeper != "jan-2" {
		t.Errorf("copies are %+v, %v", rows, err)
	}
	// The index is a part of the plan.
	write(t, "first.jsonl", "{\"id\":\"jan-9\",\"text\":\"milk\"}\n")
	if code := run(context.Background(), []string{"run", "first.yaml", "--quiet", "--restart"}, nil, io.Discard, os.Stderr); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	var complaint bytes.Buffer
	if code := run(context.Background(), []string{"run", "second.yaml", "--quiet"}, nil, io.Discard, &complaint); code != 1 || !strings.Contains(complaint.String(), "changed") {
		t.Errorf("with another index: exit code %d, %s", code, complaint.String())
	}
	recipe("third", "  - minhash: {against: [second]}")
	complaint.Reset()
	if code := run(context.Background(), []string{"check", "third.yaml"}, nil, io.Discard, &complaint); code != 2 || !strings.Contains(complaint.String(), "second is neither an index nor a run directory") {
		t.Errorf("exit code %d, %s", code, complaint.String())
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func curateAll(t *testing.T, recipes ...string) {
	t.Helper()
	for _, r := range recipes {
		if code := run(context.Background(), []string{"run", r, "--quiet"}, nil, io.Discard, os.Stderr); code != 0 {
			t.Fatalf("%s: exit code %d", r, code)
		}
	}
}

// readAll is what the files of a folder hold, one behind the other.
func readAll(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, n := range names {
		raw, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, raw...)
	}
	return string(all)
}
