package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"tamis/configs"
	"tamis/document"
	"tamis/engine"
	"tamis/plan"
	"tamis/recipe"
)

var slow = flag.Bool("slow", false, "run the ready recipes over the real texts beside a checkout")

// realSets are the sets that shares are measured on.
var realSets = []struct{ name, file string }{
	{"web-pages-raw", "pages.jsonl.zst"}, {"c4-en-sample", "c4.jsonl.zst"}, {"fineweb-legal", "docs.jsonl.zst"},
}

// A realText is one document of a set.
type realText struct{ ID, URL, Text string }

// eachReal calls f with every line of a packed file beside the checkout.
func eachReal(t *testing.T, f func(line []byte), path ...string) {
	t.Helper()
	in, err := os.Open(filepath.Join(append([]string{"..", "..", "..", "shared"}, path...)...))
	if err != nil {
		t.Skip("the real texts are not there: ", err)
	}
	defer in.Close()
	z, err := zstd.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<28)
	for lines.Scan() {
		f(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

func readRealSets(t *testing.T) [][]realText {
	all := make([][]realText, len(realSets))
	for i, set := range realSets {
		eachReal(t, func(line []byte) {
			var r realText
			if err := json.Unmarshal(line, &r); err != nil {
				t.Fatal(err)
			}
			all[i] = append(all[i], r)
		}, "data", set.name, set.file)
	}
	return all
}

// keptLocally counts the texts that all local steps of a plan keep, and those that
// all but the step language keep.
func keptLocally(p *plan.Plan, texts []realText) (kept, inAnyLanguage int) {
	for i := range texts {
		d := document.Document{ID: texts[i].ID, URL: texts[i].URL}
		d.SetText(texts[i].Text)
		ex := engine.Explain(p, &d)
		other := false
		for _, s := range ex.Steps {
			other = other || s.Verdict == "remove" && s.Name != "language"
		}
		if !other {
			inAnyLanguage++
		}
		if ex.Verdict == "keep" {
			kept++
		}
	}
	return kept, inAnyLanguage
}

// The share of three real sets that the local steps of each ready recipe keep.
func TestRealPresets(t *testing.T) {
	if !*slow {
		t.Skip("takes half a minute; -slow runs it")
	}
	sets := readRealSets(t)
	inFolderWithData(t)
	for _, name := range []string{"gopher", "c4", "fineweb", "fineweb2", "refinedweb", "dclm", "dolma", "redpajama", "madlad", "llama3", "nemo"} {
		data, err := configs.Read(name)
		if err != nil {
			t.Logf("%s: no such recipe", name)
			continue
		}
		p, err := recipe.Compile(name+".yaml", data, recipe.Options{})
		if err != nil {
			t.Fatal(err)
		}
		row := fmt.Sprintf("%-10s", name)
		for i, texts := range sets {
			kept, any := keptLocally(p, texts)
			row += fmt.Sprintf(" | %s %4d of %4d (%5.1f %%), but for language %5.1f %%", realSets[i].name, kept, len(texts), share(kept, len(texts)), share(any, len(texts)))
			if name == "redpajama" && kept != len(texts) {
				t.Errorf("redpajama keeps %d of %d, but has no bounds", kept, len(texts))
			}
			if realSets[i].name == "fineweb-legal" && name == "fineweb" && share(kept, len(texts)) < 75 {
				t.Errorf("fineweb keeps %d of %d documents of FineWeb", kept, len(texts))
			}
		}
		t.Log(row)
	}
}

func share(n, of int) float64 { return 100 * float64(n) / float64(of) }

// publishedSteps are steps as datatrove has them by default, by their names in the
// recorded verdicts.
var publishedSteps = []struct{ name, step string }{
	{"gopher_repetition", "gopher_repetition: {}"},
	{"gopher_quality", "gopher_quality: {}"},
	{"c4_quality", "c4: {}"},
	{"c4_quality_fineweb", "c4: {terminal_punctuation: false}"},
	{"fineweb_quality", "fineweb: {}"},
}

// The share of each set that single steps keep, and on the documents of the set that
// datatrove has judged, what both keep.
func TestRealStepsBesideDatatrove(t *testing.T) {
	if !*slow {
		t.Skip("takes half a minute; -slow runs it")
	}
	sets, judged := readRealSets(t), judgedByDatatrove(t)
	inFolderWithData(t)
	for _, s := range publishedSteps {
		data := "name: x\nsplitter: spacy\nsources: [{name: web, paths: [data/]}]\nsteps:\n  - " + s.step + "\noutput: {dir: out}\n"
		p, err := recipe.Compile("x.yaml", []byte(data), recipe.Options{})
		if err != nil {
			t.Fatal(err)
		}
		row := fmt.Sprintf("%-18s", s.name)
		for i, texts := range sets {
			all, _ := keptLocally(p, texts)
			var sample []realText
			theirs := 0
			for _, v := range judged[realSets[i].name] {
				sample = append(sample, texts[v.row])
				if v.keeps[s.name] {
					theirs++
				}
			}
			ours, _ := keptLocally(p, sample)
			row += fmt.Sprintf(" | %s %5.1f %%; of %d both saw: %d, datatrove %d", realSets[i].name, share(all, len(texts)), len(sample), ours, theirs)
			if ours != theirs {
				t.Errorf("%s keeps %d of %d of %s, datatrove %d", s.name, ours, len(sample), realSets[i].name, theirs)
			}
		}
		t.Log(row)
	}
}

// A judgement is what datatrove's filters, with its words of spaCy, said of one row.
type judgement struct {
	row   int
	keeps map[string]bool
}

// judgedByDatatrove reads the recorded verdicts, by set.
func judgedByDatatrove(t *testing.T) map[string][]judgement {
	type place struct {
		Key, Set string
		Row      int
	}
	places := map[string]place{}
	eachReal(t, func(line []byte) {
		var p place
		if err := json.Unmarshal(line, &p); err != nil {
			t.Fatal(err)
		}
		places[p.Key] = p
	}, "oracles", "inputs.jsonl.zst")
	judged := map[string][]judgement{}
	eachReal(t, func(line []byte) {
		var r struct {
			Key    string
			Values struct{ Spacy map[string]json.RawMessage }
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		p := places[r.Key]
		j := judgement{p.Row, map[string]bool{}}
		for _, s := range publishedSteps {
			j.keeps[s.name] = strings.Contains(string(r.Values.Spacy[s.name]), `"keep":true`)
		}
		judged[p.Set] = append(judged[p.Set], j)
	}, "oracles", "datatrove.jsonl.zst")
	return judged
}
