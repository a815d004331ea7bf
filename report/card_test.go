package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v4"

	"tamis/shards"
)

var carded = []shards.Shard{{File: "data/train-00000-of-00001.jsonl.zst", Rows: 7, Bytes: 99, SHA256: strings.Repeat("ab", 32)}}

// The front matter is YAML whatever the run is called, and the tables stay tables.
func TestCard(t *testing.T) {
	run := madeRun(240, "commoncrawl", hostile+" | a\nb")
	run.Name = hostile
	var b bytes.Buffer
	if err := Build(run).WriteCard(&b, carded); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(b.String(), "---\n")
	front, body, _ := strings.Cut(rest, "---\n")
	var got struct {
		PrettyName string   `yaml:"pretty_name"`
		Sizes      []string `yaml:"size_categories"`
		Configs    []struct {
			Name      string                    `yaml:"config_name"`
			DataFiles []struct{ Path []string } `yaml:"data_files"`
		}
	}
	if err := yaml.Load([]byte(front), &got); err != nil {
		t.Fatalf("%v:\n%s", err, front)
	}
	if got.PrettyName != hostile || got.Sizes[0] != "n<1K" || len(got.Configs) != 1 || got.Configs[0].DataFiles[0].Path[0] != "data/*.jsonl.zst" {
		t.Errorf("front matter: %+v", got)
	}
	if strings.Contains(body, "<script>") {
		t.Error("a name brings its own HTML")
	}
	for line := range strings.Lines(body) {
		if n := strings.Count(line, "|") - strings.Count(line, `\|`); n != 0 && n != 5 && n != 7 {
			t.Errorf("a row of another width: %q", line)
		}
	}
	split := cardOf(t, madeRun(240, "a"), []shards.Shard{{File: "data/de/train-0.parquet"}, {File: "data/en/train-0.parquet"}, {File: "data/en/train-1.parquet"}})
	if !strings.Contains(split, `- config_name: "default"
  data_files:
  - split: train
    path:
    - "data/de/*.parquet"
    - "data/en/*.parquet"
- config_name: "de"
  data_files:
  - split: train
    path:
    - "data/de/*.parquet"
- config_name: "en"
`) {
		t.Errorf("the card of a split output:\n%s", split)
	}
	if none := cardOf(t, madeRun(0, "a"), nil); strings.Contains(none, "configs:") {
		t.Error("a run without shards has data files")
	}
}

func cardOf(t *testing.T, run *Run, list []shards.Shard) string {
	t.Helper()
	var b bytes.Buffer
	if err := Build(run).WriteCard(&b, list); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCroissant(t *testing.T) {
	var b bytes.Buffer
	if err := Build(madeRun(240, "a")).WriteCroissant(&b, carded); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Type         string `json:"@type"`
		ConformsTo   string
		Name         string
		Distribution []struct{ ContentURL, SHA256, EncodingFormat string }
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if f := got.Distribution[0]; got.Type != "sc:Dataset" || f.ContentURL != carded[0].File || f.SHA256 != carded[0].SHA256 || f.EncodingFormat != "application/zstd" {
		t.Errorf("%+v", got)
	}
}

// The card names the licences that the recipe names, and says where it names none.
func TestLicenses(t *testing.T) {
	r := &Report{Sources: []Source{{Name: "web", License: "odc-by"}, {Name: "books", License: "cc0-1.0"}, {Name: "more", License: "odc-by"}}}
	written := func() (card, croissant string) {
		var a, b bytes.Buffer
		if err := errors.Join(r.WriteCard(&a, nil), r.WriteCroissant(&b, nil)); err != nil {
			t.Fatal(err)
		}
		return a.String(), strings.Join(strings.Fields(b.String()), " ")
	}
	card, croissant := written()
	for _, want := range []string{"license:\n- \"cc0-1.0\"\n- \"odc-by\"\n", "as the recipe names them: cc0-1.0, odc-by.\n"} {
		if !strings.Contains(card, want) {
			t.Errorf("the card has no %q:\n%s", want, card)
		}
	}
	if !strings.Contains(croissant, `"license": [ "cc0-1.0", "odc-by" ]`) {
		t.Error(croissant)
	}
	r.Sources[2].License = ""
	if card, croissant = written(); !strings.Contains(card, "cc0-1.0, odc-by; it names none for more.") || strings.Contains(croissant, "license") {
		t.Errorf("one source without a licence:\n%s\n%s", card, croissant)
	}
	r.Sources = r.Sources[2:]
	if card, _ = written(); !strings.Contains(card, "the recipe names none.") || strings.Contains(card, "license:") {
		t.Errorf("no licence:\n%s", card)
	}
}

func TestSizeCategory(t *testing.T) {
	for rows, want := range map[int64]string{0: "n<1K", 999: "n<1K", 1000: "1K<n<10K", 9_999_999: "1M<n<10M", 10_000_000: "10M<n<100M", 1 << 50: "n>1T"} {
		if got := sizeCategory(rows); got != want {
			t.Errorf("%d rows are %s, want %s", rows, got, want)
		}
	}
}

// The page says of each step how it finds words, and which languages have bounds.
func TestWording(t *testing.T) {
	r := &Report{Settings: []Setting{{"steps.a.splitter", "unicode"}, {"steps.ab.splitter", "spacy"}, {"steps.a.languages.de.words.min", "9"},
		{"steps.a.languages.de.words.max", "99"}, {"steps.a.languages.fr.words.min", "9"}}}
	if splitter, languages := r.wording("a"); splitter != "unicode" || languages != "de, fr" {
		t.Errorf("%q, %q", splitter, languages)
	}
	if splitter, languages := r.wording("b"); splitter+languages != "" {
		t.Errorf("%q, %q of a step without settings", splitter, languages)
	}
}
