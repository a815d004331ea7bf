package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tamis/configs"
	"tamis/engine"
	"tamis/recipe"
	"tamis/shards"
)

// Every record of the sample conversations goes where its id says that it goes.
func TestChatRecipe(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	data, err := configs.Read("chat")
	if err != nil {
		t.Fatal(err)
	}
	p, err := recipe.Compile("chat.yaml", data, recipe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p.Output.Dir, p.Output.Format = t.TempDir(), shards.JSONL
	r, err := engine.Open(p, engine.Options{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Do(t.Context(), engine.Events{}); err != nil {
		t.Fatal(err)
	}
	var kept, review []string
	for _, rec := range chatRecords(t, p.Output.Dir, "data") {
		kept = append(kept, rec.ID)
	}
	if want := []string{"good-1", "good-2", "good-3", "good-4", "good-5", "good-6", "good-7", "good-8", "good-9"}; !slices.Equal(kept, want) {
		t.Errorf("kept: %v, want %v", kept, want)
	}
	for _, rec := range chatRecords(t, p.Output.Dir, "review") {
		review = append(review, rec.ID)
	}
	if want := []string{"votes.agreement-1", "votes.votes-1"}; !slices.Equal(review, want) {
		t.Errorf("sent back: %v, want %v", review, want)
	}
	removed := append(chatRecords(t, p.Output.Dir, "rejects"), chatRecords(t, p.Output.Dir, "review")...)
	for _, rec := range removed {
		if !strings.HasPrefix(rec.ID, rec.Tamis.RemovedBy+"-") {
			t.Errorf("%s is removed by %s", rec.ID, rec.Tamis.RemovedBy)
		}
	}
	bad := chatRecords(t, p.Output.Dir, "quarantine")
	for _, rec := range bad {
		if !strings.Contains(rec.Raw, `"id":"quarantined-`) {
			t.Errorf("quarantined: %s", rec.Raw)
		}
	}
	if n := len(kept) + len(removed) + len(bad); n != 27 || len(bad) != 3 {
		t.Errorf("%d kept, %d removed, %d quarantined: not 27", len(kept), len(removed), len(bad))
	}
}

// A chatRecord is what the test looks at in a line of any file of the run directory.
type chatRecord struct {
	ID, Raw string
	Tamis   struct {
		RemovedBy string `json:"removed_by"`
	}
}

func chatRecords(t *testing.T, dir, sub string) (out []chatRecord) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, sub, "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v, %v", sub, files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			var rec chatRecord
			if err := json.Unmarshal(line, &rec); err != nil {
				t.Fatal(err)
			}
			out = append(out, rec)
		}
	}
	return out
}
