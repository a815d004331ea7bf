package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"

	"tamis/shards"
)

// truePair is a copy that was put into a corpus, with the Jaccard similarity of word
// 5-grams that it has with its original.
type truePair struct {
	ID      string  `json:"id"`
	Of      string  `json:"of"`
	Jaccard float64 `json:"jaccard5"`
}

// The share of known pairs that minhash finds, by their similarity, in the corpus
// that the folder TAMIS_CORPUS_TRUTH holds: all.jsonl and truth.jsonl. The corpus has
// its own idea of a word, so that a few of its pairs above 0.6 lie below it here.
func TestRecall(t *testing.T) {
	corpus := os.Getenv("TAMIS_CORPUS_TRUTH")
	if corpus == "" {
		t.Skip("TAMIS_CORPUS_TRUTH names no folder")
	}
	dir := t.TempDir()
	recipe, out := filepath.Join(dir, "recall.yaml"), filepath.Join(dir, "out")
	text := fmt.Sprintf("name: recall\nseed: 42\nmemory: 256MiB\nsources: [{name: corpus, paths: [%q]}]\nsteps: [minhash: {threshold: 0.6}]\noutput: {dir: %q}\n",
		filepath.Join(corpus, "all.jsonl"), out)
	if err := os.WriteFile(recipe, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if code := run(context.Background(), []string{"run", recipe, "--quiet"}, nil, io.Discard, os.Stderr); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	cluster := clustersOf(t, filepath.Join(out, "clusters.parquet"))
	var found, all [11]int
	for _, p := range truePairs(t, filepath.Join(corpus, "truth.jsonl")) {
		tenth := int(p.Jaccard * 10)
		all[tenth]++
		if c, ok := cluster[p.ID]; ok && c == cluster[p.Of] {
			found[tenth]++
		}
	}
	for tenth, least := range [11]float64{6: 0.85, 7: 0.97, 8: 0.995, 9: 0.995, 10: 1} {
		if all[tenth] == 0 {
			continue
		}
		recall := float64(found[tenth]) / float64(all[tenth])
		t.Logf("Jaccard from %.1f: %d of %d pairs, %.4f", float64(tenth)/10, found[tenth], all[tenth], recall)
		if recall < least {
			t.Errorf("Jaccard from %.1f: %.4f of the pairs are found, at least %v must be", float64(tenth)/10, recall, least)
		}
	}
}

// clustersOf returns the cluster of each document that has copies.
func clustersOf(t *testing.T, name string) map[string]int64 {
	rows, err := parquet.ReadFile[shards.Cluster](name)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, r := range rows {
		out[r.ID] = r.Cluster
	}
	return out
}

func truePairs(t *testing.T, name string) (out []truePair) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var p truePair
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
