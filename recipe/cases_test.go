package recipe

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tamis/classify"
	"tamis/dedup"
	"tamis/external"
	"tamis/step"
)

// Every step that judges one text by itself has cases, which the tests of its package
// hold to be complete, and no case is of a step that no longer exists. What exec says is
// its child program's business.
func TestStepsHaveCases(t *testing.T) {
	others := []*step.Spec{&external.Exec, &dedup.Exact, &dedup.MinHash, &dedup.Lines, &dedup.Sentences, &dedup.Paragraphs, &dedup.Substring, &dedup.Semantic, &classify.Top, &classify.Tiers, &classify.Pareto, &classify.Importance}
	files, err := filepath.Glob(filepath.Join("..", "testdata", "steps", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range Steps {
		if slices.Contains(others, spec) {
			continue
		}
		if _, err := os.Stat(filepath.Join("..", "testdata", "steps", spec.Name+".txt")); err != nil {
			t.Errorf("%s has no cases: %v", spec.Name, err)
		}
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		if !slices.ContainsFunc(Steps, func(s *step.Spec) bool { return s.Name == name }) {
			t.Errorf("%s is of no step", file)
		}
	}
}
