package recipe

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tamis/plan"
	"tamis/shards"
	"tamis/text"
)

const oneSource = "sources: [{name: a, paths: data/one.jsonl}]\n"

func mustCompile(t *testing.T, data string) *plan.Plan {
	t.Helper()
	p, err := compileIn(t, "dir/demo.yaml", oneSource+data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDefaults(t *testing.T) {
	p := mustCompile(t, "steps: []\n")
	if p.Name != "demo" || p.Output.Dir != filepath.Join("out", "demo") || p.Memory != machineMemory()/2 {
		t.Errorf("name %q, folder %q, memory %d", p.Name, p.Output.Dir, p.Memory)
	}
	if len(p.Stages) != 1 || len(p.Sources) != 1 || p.Sources[0].Fields != (shards.Mapping{Text: "text", ID: "id", URL: "url"}) {
		t.Errorf("%d stages, sources %+v", len(p.Stages), p.Sources)
	}
	if o := p.Output; o.Format != shards.Parquet || o.Under != "tamis" || len(o.Columns) != 1 || o.Columns[0].Kind != shards.SourceColumn {
		t.Errorf("output %+v", o)
	}
	if p.Limits != shards.DefaultLimits || p.Errors != (plan.Errors{MaxShare: 0.01, MaxCount: 1000}) {
		t.Errorf("limits %+v, errors %+v", p.Limits, p.Errors)
	}
}

func TestWordsOfTheRecipe(t *testing.T) {
	p := mustCompile(t, `
name: x
seed: 7
memory: 1GiB
splitter: whitespace
errors: {max_share: 5%, max_count: 3}
limits: {line: 1MiB}
steps:
  - length: {words: {min: 4}}
  - length: {as: short, splitter: spacy, words: off}
output: {dir: run, format: jsonl.gz, shard_size: 1GB, max_documents: 9, shuffle: true, rejects: all, columns: [short.words]}
audit: {signals: all, samples: 2}
`)
	if p.Seed != 7 || p.Memory != 1<<30 || p.Errors.MaxShare != 0.05 || p.Limits.Line != 1<<20 || p.Audit.SampleRate != 1 {
		t.Errorf("%+v", p)
	}
	if o := p.Output; o.Compression != shards.Gzip || o.ShardSize != 1e9 || o.MaxDocuments != 9 || !o.Shuffle || o.Rejects != plan.RejectAll {
		t.Errorf("output %+v", o)
	}
	a, b := p.Steps[0], p.Steps[1]
	if a.Rules[0].Min != 4 || a.Rules[0].Max != 10 || a.Splitter != text.Whitespace {
		t.Errorf("first step %+v", a)
	}
	if b.Name != "short" || !b.Rules[0].Off || b.Splitter != text.Spacy || b.Signals != 1 {
		t.Errorf("second step %+v", b)
	}
	if want := []string{"length.words", "short.words"}; !slices.Equal(p.Signals, want) {
		t.Errorf("signals %v, want %v", p.Signals, want)
	}
	if want := []shards.Column{{Name: "short_words", Slot: 1}}; !slices.Equal(p.Output.Columns, want) {
		t.Errorf("columns %+v, want %+v", p.Output.Columns, want)
	}
	if fakes[0].Rules[0].Min != 1 || fakes[0].Rules[0].Off {
		t.Error("a recipe has changed a Spec")
	}
}

// stages writes the stages of a plan as people read them: local | global (early).
func stages(p *plan.Plan) string {
	names := func(steps []*plan.Step) string {
		var all []string
		for _, s := range steps {
			all = append(all, s.Name)
		}
		return strings.Join(all, " ")
	}
	var all []string
	for _, s := range p.Stages {
		line := names(s.Local) + " | " + names(s.Global)
		if len(s.Early) > 0 {
			line += " (" + names(s.Early) + ")"
		}
		all = append(all, strings.TrimSpace(line))
	}
	return strings.Join(all, "; ")
}

func TestStages(t *testing.T) {
	for _, c := range []struct{ steps, stages, carried string }{
		{"[length]", "length |", ""},
		{"[length, mask, first]", "length mask | first", "first.copies"},
		{"[first, length]", "| first; length |", "first.copies"},
		{"[first: {as: a}, first: {as: b}, length]", "| a b; length |", "a.copies b.copies"},
		{"[first: {as: a, cuts: true}, first: {as: b}]", "| a; | b", "a.copies b.copies"},
		{"[first: {keep: tongue.score}, length, tongue]", "| first (tongue); length tongue |", "first.copies tongue.score"},
		{"[first: {as: a, keep: words}, first: {as: b, keep: length.words}, length]", "| a b (length); length |", "a.copies b.copies"},
		{"[first: {keep: holds}, length, pick: words]", "| first (length pick); length pick |", "first.copies"},
		{"[length, first: {keep: holds}, pick: words]", "length | first (pick); pick |", "length.words first.copies"},
		{"[first: {keep: holds}, pick: copies]", "| first (pick); pick |", "first.copies"},
		{"[length, first, pick: words]", "length | first; pick |", "length.words first.copies"},
		{"[length, first, pick: copies]", "length | first; pick |", "first.copies"},
		{"[length, pick: words]", "length pick |", ""},
		{"[first: {as: a, cuts: true}, first: {as: b, keep: a.copies}]", "| a; | b", "a.copies b.copies"},
		{"[first: {as: a}, first: {as: b}, first: {as: c, keep: a.copies}]", "| a b; | c", "a.copies b.copies c.copies"},
	} {
		t.Run(c.steps, func(t *testing.T) {
			p := mustCompile(t, "steps: "+c.steps+"\n")
			if got := stages(p); got != c.stages {
				t.Errorf("stages %q, want %q", got, c.stages)
			}
			var carried []string
			for _, slot := range p.Carried {
				carried = append(carried, p.Signals[slot])
			}
			if got := strings.Join(carried, " "); got != c.carried {
				t.Errorf("carried %q, want %q", got, c.carried)
			}
		})
	}
}

// A file is read once, by whatever names a recipe leads to it.
func TestFilesOfManyNames(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "a.jsonl"), filepath.Join(dir, "linked")
	if err := errors.Join(os.WriteFile(file, []byte(`{"text":"a"}`), 0o666), os.Symlink(dir, link)); err != nil {
		t.Fatal(err)
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	near, err := filepath.Rel(wd, file)
	if err != nil {
		t.Fatal(err)
	}
	recipe := fmt.Sprintf("sources: [{name: one, paths: [%q, %q, %q]}]\nsteps: []\n", file, near, filepath.Join(link, "a.jsonl"))
	p, err := Compile("recipe.yaml", []byte(recipe), Options{Steps: fakes})
	if err != nil || len(p.Sources[0].Files) != 1 || p.Sources[0].Files[0].Path != file {
		t.Fatalf("%+v, %v", p, err)
	}
	recipe = fmt.Sprintf("sources: [{name: one, paths: [%q]}, {name: two, paths: [%q]}]\nsteps: []\n", file, near)
	if _, err = Compile("recipe.yaml", []byte(recipe), Options{Steps: fakes}); err == nil || !strings.Contains(err.Error(), `is read by source "one" already`) {
		t.Errorf("in two sources: %v", err)
	}
	recipe = fmt.Sprintf("sources: [{name: one, paths: [%q]}]\nsteps: []\noutput: {dir: %q}\n", link, filepath.Join(dir, "out"))
	if _, err = Compile("recipe.yaml", []byte(recipe), Options{Steps: fakes}); err == nil || !strings.Contains(err.Error(), "overlap") {
		t.Errorf("the run directory below what a link leads to: %v", err)
	}
}

// A file of no bytes has no records in any format.
func TestEmptyFilesOfANamedFormat(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.parquet", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	recipe := fmt.Sprintf("sources: [{name: one, format: parquet, paths: [%q, %q]}]\nsteps: []\n", dir, filepath.Join(dir, "b"))
	p, err := Compile("recipe.yaml", []byte(recipe), Options{Steps: fakes})
	if err != nil || len(p.Sources[0].Files) != 2 || p.Sources[0].Files[1].Format != shards.JSONL {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestColumnsThatStepsMark(t *testing.T) {
	p := mustCompile(t, "steps: [tongue, first, length]\n")
	want := []shards.Column{
		{Name: "source", Kind: shards.SourceColumn},
		{Name: "tongue_score", Kind: shards.SignalColumn, Slot: 0},
		{Name: "tongue_language", Kind: shards.LabelColumn, Slot: 0},
		{Name: "first_copies", Kind: shards.CountColumn, Slot: 1},
	}
	if !slices.Equal(p.Output.Columns, want) {
		t.Errorf("got %+v\nwant %+v", p.Output.Columns, want)
	}
}

func TestSettingsOfSteps(t *testing.T) {
	p := mustCompile(t, `steps: [mask: {quiet: yes, lists: data/list.txt, with: 7, per: {b: 2, a: 1}, inner: {limit: 1KiB, rate: 2.5}}]`)
	var got []string
	for _, s := range p.Settings {
		if strings.HasPrefix(s.Key, "steps.mask") {
			got = append(got, s.Key+"="+s.Value)
		}
	}
	want := []string{"steps.mask.splitter=unicode", "steps.mask.quiet=true", `steps.mask.lists=["data/list.txt"]`, "steps.mask.with=7",
		"steps.mask.per.a=1", "steps.mask.per.b=2", "steps.mask.inner.limit=1KiB", "steps.mask.inner.rate=2.5"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	// printf 'bad\n' | sha256sum
	sum := "1d7a363ce12430881ec56c9cf1409c49c491043618e598c356e2959040872f5a"
	data, err := os.ReadFile("data/list.txt")
	if err != nil || string(data) != "bad\n" {
		t.Fatal(string(data), err)
	}
	if len(p.Reads) != 1 || p.Reads[0].Path != "data/list.txt" || p.Reads[0].Sum != sum {
		t.Errorf("reads %+v, want %s", p.Reads, sum)
	}
}

// A preset is a part of the plan, and gives way to what the recipe sets beside it, be that
// a step's default.
func TestPresets(t *testing.T) {
	t.Chdir(filepath.Join("testdata", "recipes"))
	compile := func(settings string) *plan.Plan {
		t.Helper()
		p, err := Compile("f", []byte(oneSource+"steps: ["+settings+"]\n"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for recipe, wants := range map[string][]string{
		"minhash: {preset: redpajama}":                    {"minhash.ngram=13", "minhash.bands=14", "minhash.hash=sha1_32"},
		"minhash: {preset: redpajama, ngram: 5}":          {"minhash.ngram=5", "minhash.bands=14"},
		"minhash: {preset: datatrove, bands: 0, rows: 0}": {"minhash.ngram=5", "minhash.bands=0", "minhash.family=datatrove"},
		"lines: {preset: ccnet}":                          {"lines.max=1", "lines.repeats=true"},
		"lines: {preset: ccnet, max: 6, repeats: no}":     {"lines.max=6", "lines.repeats=false", "lines.blank=true"},
		"lines: {preset: dolma, mode: exact}":             {"lines.mode=exact", `lines.keep=["first"]`},
		"lines: {preset: c4, keep: [none]}":               {`lines.keep=["none"]`},
	} {
		p := compile(recipe)
		for _, want := range wants {
			if !slices.ContainsFunc(p.Settings, func(s plan.Setting) bool { return s.Key+"="+s.Value == "steps."+want }) {
				t.Errorf("%s: no %s in %v", recipe, want, p.Settings)
			}
		}
	}
	if compile("minhash: {preset: redpajama}").Hash() == compile("minhash: {preset: redpajama, ngram: 5}").Hash() {
		t.Error("another shingle does not change the hash")
	}
}

// What changes the output changes the hash; what does not, does not.
func TestHash(t *testing.T) {
	t.Chdir(filepath.Join("testdata", "recipes"))
	hash := func(data string) string {
		t.Helper()
		p, err := Compile("f", []byte(data), Options{Steps: fakes})
		if err != nil {
			t.Fatal(err)
		}
		return p.Hash()
	}
	const base = oneSource + "steps: [length, tongue]\n"
	was := hash(base)
	for _, same := range []string{
		"name: other\n" + base, "memory: 64MiB\n" + base, base + "output: {dir: elsewhere}\n", base + "errors: {max_count: 1}\n",
		"seed: 0\n" + base, oneSource + "steps: [length: {words: {min: 1}}, tongue: {}]\n",
	} {
		if hash(same) != was {
			t.Errorf("changes the hash:\n%s", same)
		}
	}
	for _, other := range []string{
		"seed: 1\n" + base, base + "output: {shuffle: true}\n", base + "output: {columns: []}\n", "splitter: spacy\n" + base,
		oneSource + "steps: [tongue, length]\n", oneSource + "steps: [length: {words: {min: 2}}, tongue]\n",
		oneSource + "steps: [length: {words: off}, tongue]\n", oneSource + "steps: [length, tongue: {as: x}]\n",
		oneSource + "steps: [length, tongue: {model: x}]\n", strings.Replace(base, "one.jsonl", "two.jsonl", 1),
		strings.Replace(base, "name: a", "name: b", 1), strings.Replace(base, "name: a", "name: a, weight: 0.5", 1),
	} {
		if hash(other) == was {
			t.Errorf("does not change the hash:\n%s", other)
		}
	}
}

func TestCompileTwiceGivesTheSame(t *testing.T) {
	t.Chdir(filepath.Join("testdata", "recipes"))
	r, err := Parse("f", []byte(oneSource+"steps: [length: {words: {min: x}}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, first := r.Compile(Options{Steps: fakes})
	_, second := r.Compile(Options{Steps: fakes})
	if first == nil || !reflect.DeepEqual(first, second) {
		t.Errorf("first\n%v\nthen\n%v", first, second)
	}
}

func TestMemoryOfTheCommandLineGoesFirst(t *testing.T) {
	t.Chdir(filepath.Join("testdata", "recipes"))
	p, err := Compile("f", []byte("memory: 1GiB\n"+oneSource+"steps: []\n"), Options{Steps: fakes, Memory: 1 << 26})
	if err != nil || p.Memory != 1<<26 {
		t.Errorf("got %v, %v", p, err)
	}
}

func TestNames(t *testing.T) {
	ns := names{
		signals: []name{{0, "length", "words", 0, "length"}, {1, "short", "words", 1, "length"}, {2, "tongue", "score", 2, "language"}, {2, "tongue", "other", 3, "language"},
			{3, "quality", "score", 4, "quality"}, {3, "quality", "lines", 5, "quality"}, {4, "one", "value", 6, "one"}},
		labels: []name{{2, "tongue", "label", 0, "language"}, {2, "tongue", "script", 3, "language"}, {5, "kinds", "first", 1, "classify"},
			{5, "kinds", "second", 2, "classify"}, {6, "classes", "label", 4, "classify"}},
	}
	everything := func(int) bool { return true }
	for want, slot := range map[string]int{
		"length.words": 0, "short.words": 1, "words": -1, "other": 3, "quality": 4, "quality.lines": 5, "one": 6, "tongue": -1, "kinds": -1, "nothing": -1,
	} {
		if n, ok := ns.signal(want, everything); ok != (slot >= 0) || ok && n.slot != slot {
			t.Errorf("signal %q is %+v, %v; want slot %d", want, n, ok, slot)
		}
	}
	for want, slot := range map[string]int{"tongue": 0, "tongue.label": 0, "language.label": 0, "script": 3, "classify.second": 2, "classify.label": 4, "language": -1, "kinds.first": 1, "second": 2, "classes": 4, "label": -1, "kinds": -1, "quality": -1} {
		if n, ok := ns.label(want, everything); ok != (slot >= 0) || ok && n.slot != slot {
			t.Errorf("label %q is %+v, %v; want slot %d", want, n, ok, slot)
		}
	}
	if n, ok := ns.signal("words", func(step int) bool { return step > 0 }); !ok || n.slot != 1 {
		t.Errorf("words of what is visible is %+v, %v", n, ok)
	}
}
