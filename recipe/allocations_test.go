package recipe

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"tamis/document"
	"tamis/external"
	"tamis/filters"
	"tamis/plan"
	"tamis/step"
	"tamis/text"
)

const exampleSources = `sources:
  - {name: a, paths: testdata/corpus/web.jsonl.zst}
  - {name: b, paths: testdata/corpus/forum.jsonl.gz, fields: {text: content, id: post_id, url: link}}
`

// examples are what a recipe says of the steps that have to be told something: the lines
// below "steps:". Paths begin at the root of the repository; DIR is that of writeExamples.
var examples = map[string]string{
	"url":           "{url: {lists: [testdata/corpus/lists/blocked-hosts.txt]}}",
	"c4_bad_words":  "{c4_bad_words: {lists: [DIR/en]}}",
	"unigram":       "{unigram: {reference: DIR/counts}}",
	"decontaminate": "{decontaminate: {sets: [DIR/set.jsonl]}}",
	"votes":         "{votes: {fields: [kind, lang, score], list: votes}}",
	"where":         `{where: 'words / 2 > 10 and (field("lang") ?? "en") in ["en", "de"] and len(text) % 7 != 1'}`,
	"tag":           `{tag: {half: words / 2, long: len(text) > 500, lang: 'string(field("lang"))', begin: 'lower(text[:20])'}}`,
	"classify":      "{classify: {model: DIR/model.ftz}}",
	"perplexity":    "{perplexity: {model: lm/testdata/pruned.arpa}}",
	"importance":    "{importance: {target: [a]}}",
	"top":           "{quality: {}}\n  - {top: {share: 0.5}}",
	"tiers":         "{quality: {}}\n  - {tiers: {}}",
	"pareto":        "{quality: {}}\n  - {pareto: {}}",
}

// writeExamples writes the files that the examples name.
func writeExamples(t *testing.T, dir string) {
	t.Helper()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("en", []byte("damn\nnoisy neighbour\n"))
	write("set.jsonl", []byte(`{"id": "q", "question": "Who keeps a diary of the noise for two weeks, and what does the council do with it?", "answer": "a neighbour"}`+"\n"))
	counter := filters.NewWordCounter(text.Unicode, 1000)
	counter.Add("the ferry leaves the harbour")
	counter.Measure("the ferry leaves the harbour")
	var counts bytes.Buffer
	if err := counter.Write(&counts, 0); err != nil {
		t.Fatal(err)
	}
	write("counts", counts.Bytes())
	model, err := io.ReadAll(unpacked(t, filepath.Join("classify", "models", "quality.ftz.zst")))
	if err != nil {
		t.Fatal(err)
	}
	write("model.ftz", model)
}

func unpacked(t *testing.T, path string) io.Reader {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(z.Close)
	return z
}

// records are ordinary documents: those of the sample corpus, in eight languages, and,
// where they are, whole web pages and a text in many languages.
func records(t *testing.T) (all []*document.Document) {
	t.Helper()
	shared := filepath.Join("..", "shared", "data")
	for _, from := range []struct {
		path  string
		every int
	}{
		{filepath.Join("testdata", "corpus", "web.jsonl.zst"), 5},
		{filepath.Join(shared, "web-pages-raw", "pages.jsonl.zst"), 60},
		{filepath.Join(shared, "udhr", "udhr.jsonl.zst"), 30},
	} {
		if _, err := os.Stat(from.path); err != nil && strings.HasPrefix(from.path, shared) {
			continue
		}
		lines := bufio.NewScanner(unpacked(t, from.path))
		lines.Buffer(nil, 1<<28)
		for n := 0; lines.Scan(); n++ {
			if n%from.every != 0 {
				continue
			}
			var r struct{ ID, URL, Text, Lang, Kind string }
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			d := &document.Document{ID: r.ID, URL: r.URL, Fields: fields{
				"lang": {Kind: document.String, Str: r.Lang}, "kind": {Kind: document.String, Str: r.Kind},
				"score": {Kind: document.Number, Num: float64(n % 5)}, "votes": {Kind: document.Other, Str: `["good", 1, true, "1.0"]`},
			}}
			d.SetText(r.Text)
			all = append(all, d)
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

type fields map[string]document.Value

func (f fields) Lookup(_ *document.Document, path string) (document.Value, bool) {
	v, ok := f[path]
	return v, ok
}

// Once its buffers have grown, no step that judges documents by themselves allocates
// memory for one.
func TestStepsAllocateNothing(t *testing.T) {
	t.Chdir("..")
	dir := t.TempDir()
	writeExamples(t, dir)
	docs := records(t)
	for _, spec := range Steps {
		if spec == &external.Exec {
			continue // a program of the user judges
		}
		example, ok := examples[spec.Name]
		if !ok {
			example = "{" + spec.Name + ": {}}"
		}
		data := exampleSources + "steps:\n  - " + strings.ReplaceAll(example, "DIR", dir) + "\n"
		p, err := Compile("example.yaml", []byte(data), Options{})
		if err != nil {
			t.Errorf("%s: %v", spec.Name, err)
			continue
		}
		if last := p.Steps[len(p.Steps)-1]; last.Local != nil {
			t.Run(spec.Name, func(t *testing.T) { allocatesNothing(t, p, last, docs) })
		}
	}
}

// allocatesNothing lets a step judge documents, and their texts as conversations, until
// its buffers have grown, and then counts.
func allocatesNothing(t *testing.T, p *plan.Plan, s *plan.Step, docs []*document.Document) {
	local := s.Local
	if f, ok := local.(step.Forker); ok {
		local = f.Fork()
	}
	m := step.Meter{All: true}
	d := document.Document{Signals: make([]float64, len(p.Signals)), Labels: make([]string, len(p.Labels))}
	judge := func(from *document.Document, turns []document.Turn) {
		d.ID, d.URL, d.Fields = from.ID, from.URL, from.Fields
		d.SetTurns(from.Text(), append(d.Turns[:0], turns...))
		d.View().Use(s.Splitter)
		m.Reset(s.Rules, d.Signals[s.Signals:s.Signals+len(s.Rules)], d.Labels[s.Labels:])
		if v := local.Judge(&d, &m); !v.Removed && len(turns) == 0 {
			d.Rewrite(m.Edits)
		}
	}
	talks := make([][]document.Turn, len(docs))
	for i, from := range docs {
		talks[i] = turnsOf(from.Text())
	}
	each := func(f func(i int)) {
		for i := range docs {
			f(i)
		}
	}
	both := func(i int) { judge(docs[i], nil); judge(docs[i], talks[i]) }
	for range 2 {
		each(func(i int) { both(i); both(i) })
	}
	// What one pass in five allocates is what the collector took from a pool.
	if n := testing.AllocsPerRun(5, func() { each(both) }); n != 0 {
		t.Errorf("%v allocations", n)
		each(func(i int) {
			if n := testing.AllocsPerRun(1, func() { both(i) }); n != 0 {
				t.Logf("%s: %v allocations", docs[i].ID, n)
			}
		})
	}
}

// turnsOf cuts a text at its blank lines into turns of a user and a model.
func turnsOf(s string) (turns []document.Turn) {
	at := 0
	for part := range strings.SplitSeq(s, document.Gap) {
		turns = append(turns, document.Turn{Role: []document.Role{document.User, document.Assistant}[len(turns)%2], Start: at, End: at + len(part)})
		at += len(part) + len(document.Gap)
	}
	return turns
}
