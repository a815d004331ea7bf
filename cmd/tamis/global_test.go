package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tamis/engine"
	"tamis/spool"
)

// Every step that needs all documents, in one recipe each: what a user may change without
// changing the result, and a disk that dies, must not show in a byte.
var globalSteps = []struct{ name, steps string }{
	{"exact", "[exact: {index: true}]"},
	{"minhash", "[minhash: {ngram: 2, index: true}]"},
	{"three in a row", "[exact: {}, minhash: {ngram: 2}, lines: {max: 3}]"},
	{"lines", "[lines: {max: 3, index: true}]"},
	{"lines of dolma", "[lines: {preset: dolma}]"},
	{"sentences", "[sentences: {span: 1, words_left: {min: 0}, sentences_left: {min: 0}, index: true}]"},
	{"paragraphs", "[paragraphs: {min_ngram: 2, max_ngram: 3, threshold: 0.5, index: true}]"},
	{"substring", "[substring: {words: 8, index: true}]"},
	{"semantic", "[semantic: {epsilon: 0.3, dimensions: 64, prototypes: 0.8}]"},
	{"top", "[{gopher_quality: {words: {min: 1}, mean_word_length: off, stop_words: off, alphabetic_words: off}}, {top: {by: gopher_quality.words, rank: {max: 0.5}}}]"},
	{"importance", "[importance: {target: [good], rank: {max: 0.5}}]"},
}

// globalCorpus writes two sources of which much repeats, and returns how many of their
// sentences begin with "The".
func globalCorpus(t *testing.T, dir string) (sentences int) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	words := strings.Fields("mill river barn bread wool cheese tower spring nest town field gate")
	var known []string
	for len(known) < 40 {
		var w []string
		for range 4 + r.IntN(10) {
			w = append(w, words[r.IntN(len(words))])
		}
		known = append(known, "The "+strings.Join(w, " ")+".")
	}
	for _, source := range []string{"good", "web"} {
		var b strings.Builder
		for i := range 400 {
			var text strings.Builder
			for range 1 + r.IntN(8) {
				if r.IntN(3) == 0 {
					fmt.Fprintf(&text, "Only %d has the %d. ", i, r.IntN(1000))
				}
				sentences++
				text.WriteString(known[r.IntN(len(known))])
				text.WriteByte(" \n"[r.IntN(2)])
			}
			raw, _ := json.Marshal(map[string]string{"id": fmt.Sprint(source, i), "text": text.String()})
			b.Write(append(raw, '\n'))
		}
		if err := os.WriteFile(filepath.Join(dir, source+".jsonl"), []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return sentences
}

func TestGlobalStepsGiveTheSameBytes(t *testing.T) {
	in := t.TempDir()
	sentences := globalCorpus(t, in)
	for _, s := range globalSteps {
		out := filepath.Join(t.TempDir(), "out")
		file := filepath.Join(t.TempDir(), "recipe.yaml")
		text := fmt.Sprintf("name: global\nsources: [{name: good, paths: [%q]}, {name: web, paths: [%q]}]\nsteps: %s\noutput: {dir: %q, format: jsonl}\n",
			filepath.Join(in, "good.jsonl"), filepath.Join(in, "web.jsonl"), s.steps, out)
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		all := &spool.Failing{Disk: spool.OS{}, At: -1}
		want := curated(t, file, out, "1GiB", engine.Options{Workers: 1, Disk: all, Restart: true})
		if n := strings.Count(want, "The "); n == 0 || n >= sentences {
			t.Errorf("%s: %d of %d sentences stay", s.name, n, sentences)
		}
		for _, o := range []engine.Options{{Workers: 7}, {Workers: 2, CommitEvery: 8 << 10}} {
			for _, memory := range []string{"192MiB", "1GiB"} {
				o.Restart = true
				if got := curated(t, file, out, memory, o); got != want {
					t.Errorf("%s: %d workers with %s give other bytes", s.name, o.Workers, memory)
				}
			}
		}
		for k := range int64(8) { // the disk dies at one operation, and the run goes on
			dies := &spool.Failing{Disk: spool.OS{}, At: all.Count() * (k + 1) / 9, Dead: true}
			if curated(t, file, out, "192MiB", engine.Options{Workers: 2, Disk: dies, Restart: true, CommitEvery: 8 << 10}) != "" {
				t.Fatalf("%s: the disk did not die at operation %d", s.name, dies.At)
			}
			if got := curated(t, file, out, "192MiB", engine.Options{Workers: 3}); got != want {
				t.Errorf("%s: other bytes after the disk died at operation %d", s.name, dies.At)
			}
		}
	}
}

// curated runs a recipe and returns what its run directory then holds of data and indexes,
// or "" where the run ended with an error.
func curated(t *testing.T, file, out, memory string, o engine.Options) string {
	t.Helper()
	_, p, err := new(app).load(file, memory)
	if err != nil {
		t.Fatal(err)
	}
	r, err := engine.Open(p, o)
	if err != nil {
		return ""
	}
	defer r.Close()
	if r.Do(context.Background(), engine.Events{}) != nil || r.Finish() != nil {
		return ""
	}
	var b strings.Builder
	for _, folder := range []string{"data", "index"} {
		files, _ := filepath.Glob(filepath.Join(out, folder, "*"))
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s\n%s\n", filepath.Base(f), raw)
		}
	}
	return b.String()
}
