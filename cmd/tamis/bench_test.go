package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// benchRecipes are whole runs over a large corpus: what it costs to copy it, and what
// each part of a recipe adds.
var benchRecipes = []struct{ name, steps string }{
	{"copy", "[]"},
	{"filters", "[gopher_repetition: {}, gopher_quality: {}, c4: {terminal_punctuation: false}, fineweb: {}]"},
	{"filters-exact-minhash-quality", "[gopher_repetition: {}, gopher_quality: {}, c4: {terminal_punctuation: false}, fineweb: {}, " +
		"exact: {}, minhash: {}, quality: {}]"},
	{"exact", "[exact: {}]"},
	{"minhash", "[minhash: {}]"},
}

// BenchmarkRun curates the corpus that TAMIS_CORPUS names (JSONL, any compression;
// 100 MB or more), or else the small one beside a checkout, with one worker and with two,
// into Parquet. MB/cpu-s are megabytes of
// text per second of processor time of the whole process, which is what a run costs;
// the rest is as of any benchmark.
func BenchmarkRun(b *testing.B) {
	corpus := os.Getenv("TAMIS_CORPUS")
	if corpus == "" {
		corpus, _ = filepath.Abs("../../../shared/data/fineweb-legal/docs.jsonl.zst")
	}
	if _, err := os.Stat(corpus); err != nil {
		b.Skip("TAMIS_CORPUS names no corpus, and there is none beside the checkout: ", err)
	}
	for _, r := range benchRecipes {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/workers=%d", r.name, workers), func(b *testing.B) { benchRun(b, corpus, r.steps, workers) })
		}
	}
}

func benchRun(b *testing.B, corpus, steps string, workers int) {
	dir := b.TempDir()
	recipe := filepath.Join(dir, "bench.yaml")
	text := fmt.Sprintf("name: bench\nseed: 1\nsplitter: whitespace\nmemory: 1GiB\nsources: [{name: corpus, paths: [%q]}]\nsteps: %s\n"+
		"output: {dir: %q, format: parquet, shard_size: 16MiB}\n", corpus, steps, filepath.Join(dir, "out"))
	if err := os.WriteFile(recipe, []byte(text), 0o666); err != nil {
		b.Fatal(err)
	}
	var bytes, cpu int64
	for b.Loop() {
		before := cpuNanos(b)
		args := []string{"run", recipe, "--quiet", "--restart", fmt.Sprintf("--workers=%d", workers)}
		if code := run(context.Background(), args, nil, io.Discard, os.Stderr); code != 0 {
			b.Fatalf("exit code %d", code)
		}
		cpu += cpuNanos(b) - before
		bytes += textBytes(b, filepath.Join(dir, "out", "stats.json"))
	}
	b.SetBytes(bytes / int64(b.N))
	b.ReportMetric(float64(bytes)/1e6/(float64(cpu)/1e9), "MB/cpu-s")
}

// cpuNanos returns the processor time of the process, garbage collection and system
// calls included.
func cpuNanos(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// textBytes returns how many bytes of text a run has read.
func textBytes(b *testing.B, stats string) int64 {
	raw, err := os.ReadFile(stats)
	if err != nil {
		b.Fatal(err)
	}
	var s struct {
		Sources []struct {
			Bytes int64 `json:"bytes_read"`
		} `json:"sources"`
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		b.Fatal(err)
	}
	return s.Sources[0].Bytes
}
