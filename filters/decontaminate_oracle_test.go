package filters

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"unicode"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// benchmarkSets are the evaluation sets that datatrove's index was made of, in the
// order in which it reads them.
var benchmarkSets = []string{"arc-challenge.test", "commonsenseqa.val", "gsm8k.test", "hellaswag.val-1000", "humaneval", "mmlu.test",
	"openbookqa.test", "winogrande.val"}

func benchmarkFile(set string) string { return sharedFile("data", "benchmarks", set+".jsonl.zst") }

func benchmarkFiles(sets ...string) (files []string) {
	for _, s := range sets {
		files = append(files, benchmarkFile(s))
	}
	return files
}

func openFile(path string) (io.ReadCloser, error) { return os.Open(path) }

// needBenchmarks skips a test where the evaluation sets are absent.
func needBenchmarks(t testing.TB) {
	if _, err := os.Stat(benchmarkFile("mmlu.test")); err != nil {
		t.Skip("no evaluation sets at", sharedFile("data", "benchmarks"))
	}
}

// questionsOf reads the examples of a set.
func questionsOf(t testing.TB, set string) (all []question) {
	fields := Decontaminate.New().(*DecontaminateSettings).Fields
	err := eachRecord(openFile, benchmarkFile(set), func(record map[string]any, line int) error {
		q, ok := fields.read(record, line)
		if !ok {
			t.Errorf("%s: line %d has no question", set, line)
		}
		all = append(all, q)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// whole returns the question and its answer.
func (q question) whole() string {
	return strings.TrimSpace(q.text + " " + strings.Join(q.answers, " "))
}

// newDecontaminate builds the step.
func newDecontaminate(t testing.TB, set func(s *DecontaminateSettings)) *decontaminator {
	t.Helper()
	s := Decontaminate.New().(*DecontaminateSettings)
	set(s)
	built, err := s.Build(&step.Env{Open: openFile})
	if err != nil {
		t.Fatal(err)
	}
	return built.(*decontaminator)
}

// A decontaminated is what the step says of one text.
type decontaminated struct {
	verdict      step.Verdict
	values       []float64
	set, example string
	edits        []document.Edit
}

func (d *decontaminator) judge(s string) (got decontaminated) {
	var doc document.Document
	doc.SetText(s)
	var m step.Meter
	got.values = make([]float64, len(Decontaminate.Rules))
	labels := make([]string, len(Decontaminate.Labels))
	m.Reset(Decontaminate.Rules, got.values, labels)
	got.verdict = d.Judge(&doc, &m)
	got.set, got.example, got.edits = labels[0], labels[1], m.Edits
	return got
}

// The four settings of the recorded run.
var datatroveSettings = map[string]func(s *DecontaminateSettings){
	"default":    func(s *DecontaminateSettings) {},
	"query too":  func(s *DecontaminateSettings) { s.Parts = []string{partQuestion, partAnswer, partStraddling} },
	"label only": func(s *DecontaminateSettings) { s.Parts = []string{partAnswer} },
	"n=8, query too": func(s *DecontaminateSettings) {
		s.Parts, s.Ngram = []string{partQuestion, partAnswer, partStraddling}, 8
	},
}

func datatroveStep(t testing.TB, config string, sets ...string) *decontaminator {
	return newDecontaminate(t, func(s *DecontaminateSettings) {
		s.Method, s.Sets = "datatrove", benchmarkFiles(sets...)
		datatroveSettings[config](s)
	})
}

// datatrove's index of each set has as many different n-grams as ours.
func TestDatatroveIndex(t *testing.T) {
	needBenchmarks(t)
	sets := map[string][]question{}
	rows := 0
	eachLine(t, sharedFile("oracles", "decontamination", "index.jsonl.zst"), func(_ int, line []byte) {
		var want struct {
			Config, Task  string
			Items, Hashes int
		}
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		if sets[want.Task] == nil {
			sets[want.Task] = questionsOf(t, want.Task)
		}
		s := Decontaminate.New().(*DecontaminateSettings)
		s.Method = "datatrove"
		datatroveSettings[want.Config](s)
		full, err := s.withMethod()
		if err != nil {
			t.Fatal(err)
		}
		b := newGramBuilder(foldings[full.Normalize](), full.Ngram)
		b.set(want.Task)
		for _, q := range sets[want.Task] {
			b.example(q.id)
			b.addQuestion(q, newParts(full.Parts))
		}
		if ix := b.finish(0); len(ix.keys) != want.Hashes || len(ix.examples) != want.Items {
			t.Errorf("%s, %s: %d n-grams of %d examples, want %d of %d", want.Config, want.Task, len(ix.keys), len(ix.examples), want.Hashes, want.Items)
		}
		rows++
	})
	if rows != 32 {
		t.Errorf("%d rows, want 32", rows)
	}
}

// The tokens of recorded examples are as many as ours.
func TestDatatroveTokens(t *testing.T) {
	needBenchmarks(t)
	sets, rows := map[string][]question{}, 0
	eachLine(t, sharedFile("oracles", "decontamination", "items.jsonl.zst"), func(_ int, line []byte) {
		var want struct {
			Task   string
			Row    int
			Labels int `json:"label_tokens"`
			Query  int `json:"query_tokens"`
			Grams  int `json:"n_default"`
		}
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		if sets[want.Task] == nil {
			sets[want.Task] = questionsOf(t, want.Task)
		}
		q := sets[want.Task][want.Row]
		b := newGramBuilder(foldings[foldDatatrove](), 12)
		b.words.read(b.index.folding, q.text)
		query := len(b.words.hashes)
		b.words.read(b.index.folding, strings.Join(q.answers, " "))
		labels := len(b.words.hashes)
		b.set("")
		b.example("")
		b.addQuestion(q, newParts([]string{partAnswer, partStraddling}))
		if query != want.Query || labels != want.Labels || len(b.postings) != want.Grams {
			t.Errorf("%s, row %d: %d tokens and %d, %d n-grams, want %d, %d, %d", want.Task, want.Row, query, labels, len(b.postings), want.Query, want.Labels, want.Grams)
		}
		rows++
	})
	if rows != 200 {
		t.Errorf("%d rows, want 200", rows)
	}
}

// A planted is a document of the record.
type planted struct {
	ID, Form, Task string
	Host           struct{ Row int }
	Insert         *int   `json:"insert_at_code_point"`
	TaskRow        *int   `json:"task_row"`
	Edited         []int  `json:"edited_word_positions"`
	PassageSum     string `json:"passage_sha256"`
	DocumentSum    string `json:"document_sha256"`
	Verdict        map[string]*struct {
		Task  string
		Gram  string `json:"ngram_sha256"`
		First int    `json:"first_token"`
	}
	text string
}

// readPlanted puts the recorded documents together.
func readPlanted(t testing.TB) (docs []*planted) {
	var hosts []string
	eachLine(t, sharedFile("data", "fineweb-legal", "docs.jsonl.zst"), func(_ int, line []byte) {
		var r struct{ Text string }
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		hosts = append(hosts, r.Text)
	})
	sets := map[string][]question{}
	eachLine(t, sharedFile("oracles", "decontamination", "documents.jsonl.zst"), func(_ int, line []byte) {
		p := &planted{}
		if err := json.Unmarshal(line, p); err != nil {
			t.Fatal(err)
		}
		host, passage := hosts[p.Host.Row], ""
		if p.text = host; p.Insert != nil {
			if sets[p.Task] == nil {
				sets[p.Task] = questionsOf(t, p.Task)
			}
			passage = p.passage(sets[p.Task][*p.TaskRow])
			at := byteOf(host, *p.Insert)
			p.text = host[:at] + "\n\n" + passage + "\n\n" + host[at:]
		}
		if sum(passage) != p.PassageSum || sum(p.text) != p.DocumentSum {
			t.Errorf("%s (%s): the document that was put together is not the recorded one", p.ID, p.Form)
		}
		docs = append(docs, p)
	})
	return docs
}

func byteOf(s string, codePoint int) int {
	for i := range s {
		if codePoint == 0 {
			return i
		}
		codePoint--
	}
	return len(s)
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// passage writes an example in the form of the record.
func (p *planted) passage(q question) string {
	w := q.text + " " + q.answers[0]
	switch p.Form {
	case "upper":
		return strings.ToUpper(w)
	case "lower":
		return strings.ToLower(w)
	case "title":
		return pythonTitle(w)
	case "no punctuation":
		return replaceMarks(w, func(rune) string { return " " })
	case "punctuation doubled":
		return replaceMarks(w, func(r rune) string {
			if strings.ContainsRune(".,;:!?", r) {
				return string(r) + string(r) + " "
			}
			return string(r)
		})
	case "commas between words":
		return strings.Join(strings.Fields(w), ", ")
	case "newline wrapped":
		return strings.Join(strings.Fields(w), "\n")
	case "edit 5 %", "edit 10 %", "edit 20 %":
		words := strings.Split(w, " ")
		for _, i := range p.Edited {
			words[i] = fmt.Sprintf("qzx%d", i)
		}
		return strings.Join(words, " ")
	case "question only":
		return q.text
	case "answer only":
		return q.answers[0]
	case "half of the question and answer":
		words := strings.Fields(q.text)
		return strings.Join(words[len(words)/2:], " ") + " " + q.answers[0]
	}
	return w
}

func replaceMarks(s string, with func(rune) string) string {
	var out strings.Builder
	for _, r := range s {
		if strings.ContainsRune(".,;:!?'\"()-", r) {
			out.WriteString(with(r))
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// pythonTitle is Python's str.title.
func pythonTitle(s string) string {
	cased := false
	return strings.Map(func(r rune) rune {
		was := cased
		cased = unicode.IsUpper(r) || unicode.IsLower(r) || unicode.IsTitle(r)
		if was {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, s)
}

// The verdicts of datatrove, to the n-gram that it stopped at.
func TestDatatroveVerdicts(t *testing.T) {
	needBenchmarks(t)
	docs := readPlanted(t)
	if len(docs) != 155 {
		t.Fatalf("%d documents, want 155", len(docs))
	}
	removed := 0
	for config := range datatroveSettings {
		d := datatroveStep(t, config, benchmarkSets...)
		for _, p := range docs {
			got, want := d.judge(p.text), p.Verdict[config]
			if got.verdict.Removed != (want != nil) {
				t.Errorf("%s, %s (%s): removed is %v, want %v", config, p.ID, p.Form, got.verdict.Removed, want != nil)
				continue
			}
			if want == nil {
				continue
			}
			removed++
			first := d.finder.hits[0].word
			if gram := sum(simplified(p.text, d.finder.words.spans[first:first+d.finder.index.ngram])); got.set != want.Task || first != want.First || gram != want.Gram {
				t.Errorf("%s, %s (%s): %s at token %d, want %s at %d (the same n-gram: %v)", config, p.ID, p.Form, got.set, first, want.Task, want.First, gram == want.Gram)
			}
		}
	}
	if removed < 100 {
		t.Errorf("%d removals were compared", removed)
	}
}

// simplified writes the tokens of spans as simplify_text does, for texts without
// accents.
func simplified(s string, spans []text.Span) string {
	var tokens []string
	for _, p := range spans {
		token, number := "", false
		for _, r := range strings.ToLower(p.Of(s)) {
			digit := unicode.IsDigit(r) || number && (r == '.' || r == ',')
			if digit && !number {
				token += "0"
			}
			if !digit {
				token += string(r)
			}
			number = digit
		}
		tokens = append(tokens, token)
	}
	return strings.Join(tokens, " ")
}

// With its defaults the step finds in every form at least as many of the planted
// passages as datatrove with its own, and nothing in the documents without one.
func TestDefaultOnRecordedDocuments(t *testing.T) {
	needBenchmarks(t)
	d := newDecontaminate(t, func(s *DecontaminateSettings) { s.Sets = benchmarkFiles(benchmarkSets...) })
	type counts struct{ planted, theirs, ours int }
	forms := map[string]*counts{}
	var order []string
	for _, p := range readPlanted(t) {
		c := forms[p.Form]
		if c == nil {
			c = &counts{}
			forms[p.Form] = c
			order = append(order, p.Form)
		}
		c.planted++
		got := d.judge(p.text)
		if p.Verdict["default"] != nil {
			c.theirs++
		}
		if got.verdict.Removed {
			c.ours++
		} else if p.Insert != nil {
			t.Logf("%s (%s): %s, row %d is not found: %v", p.ID, p.Form, p.Task, *p.TaskRow, got.values)
		}
		if got.verdict.Removed && got.set != p.Task {
			t.Errorf("%s (%s) is removed for %s, %s", p.ID, p.Form, got.set, got.example)
		}
	}
	total := counts{}
	for _, form := range order {
		c := forms[form]
		total.theirs += c.theirs
		total.ours += c.ours
		t.Logf("%-32s %2d planted, %2d found by datatrove's default, %2d by ours", form, c.planted, c.theirs, c.ours)
		if c.ours < c.theirs {
			t.Errorf("%s: %d found, datatrove finds %d", form, c.ours, c.theirs)
		}
	}
	if want := (counts{theirs: 95, ours: 119}); total != want {
		t.Errorf("%+v are found, the documentation of the step says %+v", total, want)
	}
	if c := forms["nothing planted"]; c.ours != 0 {
		t.Errorf("%d documents without a passage are removed", c.ours)
	}
}
