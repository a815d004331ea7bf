package engine

import (
	"context"
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
)

// A source may have a name that is none of a file.
func TestQuarantineOfAnySource(t *testing.T) {
	in, out := corpus(t), filepath.Join(t.TempDir(), "out")
	p := testPlan(t, in, out)
	p.Sources[0].Name, p.Sources[1].Name = "crawl/2024-10", "../two"
	if err := curate(p, Options{}, context.Background()); err != nil {
		t.Fatal(err)
	}
	files := tree(t, out)
	for _, name := range []string{"quarantine/crawl%2F2024-10.jsonl", "quarantine/%2E.%2Ftwo.jsonl"} {
		if strings.Count(files[name], "\n") < 8 {
			t.Errorf("%s: %q", name, files[name])
		}
	}
}

// A value that is no number has none in JSON.
func TestRejectsAreJSON(t *testing.T) {
	for _, value := range []float64{math.NaN(), math.Inf(1), 3} {
		p := testPlan(t, corpus(t), filepath.Join(t.TempDir(), "out"))
		p.Stages[0].Local[0].Local = refusing(value)
		if err := curate(p, Options{}, context.Background()); err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(tree(t, p.Output.Dir)["rejects/short.jsonl"], "\n")
		if len(lines) < 1000 {
			t.Fatalf("%d lines", len(lines))
		}
		for _, line := range lines[:len(lines)-1] {
			var got struct{ Tamis struct{ Value *float64 } }
			if err := json.Unmarshal([]byte(line), &got); err != nil || (got.Tamis.Value != nil) != (value == 3) {
				t.Fatalf("%v: %s", err, line)
			}
		}
	}
}

// refusing removes every document for a value.
type refusing float64

func (r refusing) Judge(*document.Document, *step.Meter) step.Verdict {
	return step.Verdict{Removed: true, Value: float64(r)}
}
