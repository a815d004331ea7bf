package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tamis/report"
)

// sweepRecipe runs the sample corpus through rules of several kinds; %s is what a case
// changes.
const sweepRecipe = `name: %s
sources:
  - {name: web, paths: ["%[2]s/web.jsonl.zst"]}
  - {name: books, paths: ["%[2]s/books.parquet"]}
  - {name: forum, paths: ["%[2]s/forum.jsonl.gz"], fields: {text: content, id: post_id, url: link}}
steps:
  - gopher_repetition: {}
  - gopher_quality: {%[3]s}
  - c4: {terminal_punctuation: false}
%[4]soutput: {dir: "%[1]s", format: jsonl}
audit: {signals: %[5]s}
`

// made runs a recipe and returns what stats.json says.
func made(t *testing.T, name, settings, behind, signals string) *report.Report {
	t.Helper()
	corpus, err := filepath.Abs(filepath.Join("..", "..", "testdata", "corpus"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), name)
	file := dir + ".yaml"
	if err := os.WriteFile(file, fmt.Appendf(nil, sweepRecipe, dir, corpus, settings, behind, signals), 0o666); err != nil {
		t.Fatal(err)
	}
	var out, problems bytes.Buffer
	if code := run(context.Background(), []string{"run", "--quiet", file}, nil, &out, &problems); code != 0 {
		t.Fatalf("exit %d: %s", code, problems.String())
	}
	rep, err := readReport(dir)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// swept asks a finished run on the command line.
func swept(t *testing.T, rep *report.Report, args ...string) *report.Sweep {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, report.StatsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := rep.WriteJSON(f); err != nil {
		t.Fatal(err)
	}
	var out, problems bytes.Buffer
	if code := run(context.Background(), append([]string{"sweep", "--json", dir}, args...), nil, &out, &problems); code != 0 {
		t.Fatalf("sweep %v: exit %d: %s", args, code, problems.String())
	}
	s := &report.Sweep{}
	if err := json.Unmarshal(out.Bytes(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

func holds(i report.Interval, n int64) bool { return i.Low <= n && n <= i.High }

// What a sweep says of a bound holds for the run with that bound.
func TestSweepAgainstRuns(t *testing.T) {
	const names = "gopher_quality.words"
	for _, signals := range []string{"none", "all"} {
		before := made(t, "before", "words: {min: 50}", "", signals)
		for _, c := range []struct {
			settings string
			args     []string
			exact    bool
		}{
			{"words: {min: 80}", []string{names, "--min", "80"}, true},
			{"words: {min: 16}", []string{names, "--min", "16"}, true},
			{"words: {min: 77}", []string{names, "--min", "77"}, false},
			{"words: {min: 23}", []string{names, "--min", "23"}, false},
			{"words: {min: 50, max: 160}", []string{names, "--max", "160"}, true},
			{"words: {min: 50, max: 170}", []string{names, "--max", "170"}, false},
			{"words: {min: 63, max: 400}", []string{names, "--min", "63", "--max", "400"}, true},
			{"words: off", []string{names, "--min", "none", "--max", "none"}, true},
			{"words: {min: 50}, mean_word_length: {max: 5}", []string{"gopher_quality.mean_word_length", "--max", "5"}, true},
			{"words: {min: 50}, mean_word_length: {min: 4.4}", []string{"gopher_quality.mean_word_length", "--min", "4.4"}, false},
		} {
			after := made(t, "after", c.settings, "", signals)
			row := swept(t, before, c.args...).Rows[0]
			agree(t, fmt.Sprint(signals, " ", c.args), row, c.args[0], c.exact, before, after)
		}
	}
}

// agree holds a row of a sweep against the run with its bounds.
func agree(t *testing.T, what string, row report.SweepRow, rule string, exact bool, before, after *report.Report) {
	t.Helper()
	moved := int64(0)
	for i, s := range row.Sources[:len(before.Sources)] {
		if !holds(s.Kept, after.Sources[i].Kept) {
			t.Errorf("%s, source %s: would keep %v, the run keeps %d", what, s.Source, s.Kept, after.Sources[i].Kept)
		}
		was, is := goneBy(before, rule, i), goneBy(after, rule, i)
		lost := report.Interval{Low: s.Lost.Low - s.Gained.High, High: s.Lost.High - s.Gained.Low}
		if !holds(lost, is.Removed-was.Removed) {
			t.Errorf("%s, source %s: the rule would remove %v more, it removes %d and then %d", what, s.Source, lost, was.Removed, is.Removed)
		}
		words := report.Interval{Low: s.LostWords.Low - s.GainedWords.High, High: s.LostWords.High - s.GainedWords.Low}
		if !holds(words, is.WordsRemoved-was.WordsRemoved) {
			t.Errorf("%s, source %s: the rule would remove %v words more, it removes %d and then %d", what, s.Source, words, was.WordsRemoved, is.WordsRemoved)
		}
		if exact && (lost.Low != lost.High || words.Low != words.High) {
			t.Errorf("%s, source %s: %v documents and %v words, want exact numbers", what, s.Source, lost, words)
		}
		moved += s.Lost.High + s.Gained.High
	}
	if moved == 0 {
		t.Errorf("%s: the case moves no document", what)
	}
}

func goneBy(r *report.Report, name string, source int) report.RuleSource {
	for _, s := range r.Steps {
		for _, rule := range s.Rules {
			if s.Name+"."+rule.Name == name {
				return rule.Sources[source]
			}
		}
	}
	return report.RuleSource{}
}

// Before a global step, a sweep says how many documents reach it.
func TestSweepStopsBeforeGlobalSteps(t *testing.T) {
	const minhash = "  - minhash: {}\n"
	before := made(t, "before", "words: {min: 50}", minhash, "sample")
	after := made(t, "after", "words: {min: 100}", minhash, "sample")
	s := swept(t, before, "gopher_quality.words", "--min", "100")
	if s.Until != "minhash" {
		t.Fatalf("the numbers stop before %q, want minhash", s.Until)
	}
	for i := range before.Sources {
		if got, reach := s.Rows[0].Sources[i], after.Steps[3].Sources[i].In; !holds(got.Kept, reach) || got.Now != before.Steps[3].Sources[i].In {
			t.Errorf("source %s: %+v, in the run %d reach minhash", got.Source, got, reach)
		}
	}
	if all := s.Rows[0].Sources[len(before.Sources)]; all.Source != "all" || all.Kept.Low > all.Kept.High {
		t.Errorf("the sum is %+v", all)
	}
}

// A range gives a row for each of its steps, and a tighter bound never keeps more.
func TestSweepRange(t *testing.T) {
	before := made(t, "before", "words: {min: 50}", "", "all")
	s := swept(t, before, "gopher_quality.words", "--min", "20..200", "--steps", "7")
	if len(s.Rows) != 7 || *s.Rows[0].Min != 20 || *s.Rows[6].Min != 200 {
		t.Fatalf("%d rows, from %v", len(s.Rows), s.Rows)
	}
	for i := 1; i < len(s.Rows); i++ {
		a, b := s.Rows[i-1].Sources[3], s.Rows[i].Sources[3]
		if b.Kept.High > a.Kept.High || b.Kept.Low > a.Kept.Low {
			t.Errorf("at least %v keeps %v, at least %v keeps %v", *s.Rows[i-1].Min, a.Kept, *s.Rows[i].Min, b.Kept)
		}
	}
}
