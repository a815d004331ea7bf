package filters

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tamis/document"
	"tamis/step"
)

// files are what the settings of a test can open.
type files map[string]string

func (f files) open(path string) (io.ReadCloser, error) {
	content, ok := f[path]
	if !ok {
		return nil, &os.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return io.NopCloser(strings.NewReader(content)), nil
}

// build builds the step with files.
func (f files) build(set func(s *DecontaminateSettings)) (*decontaminator, error) {
	s := Decontaminate.New().(*DecontaminateSettings)
	set(s)
	built, err := s.Build(&step.Env{Open: f.open, Memory: 1 << 30})
	if err != nil {
		return nil, err
	}
	return built.(*decontaminator), nil
}

func (f files) mustBuild(t testing.TB, set func(s *DecontaminateSettings)) *decontaminator {
	t.Helper()
	d, err := f.build(set)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// saved returns the file of the index of a step.
func (f files) saved(t testing.TB, set func(s *DecontaminateSettings)) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.mustBuild(t, set).WriteIndex(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// countedWords writes words that stand nowhere else.
func countedWords(prefix string, n int) string {
	var words []string
	for i := range n {
		words = append(words, fmt.Sprintf("%s%c%c", prefix, 'a'+i/26, 'a'+i%26))
	}
	return strings.Join(words, " ")
}

// record writes one record of a set.
func record(fields map[string]any) string {
	b, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(b) + "\n"
}

// Which n-grams count is what the parts say.
func TestPartsOfExamples(t *testing.T) {
	q, a, wrong := countedWords("q", 20), countedWords("a", 20), countedWords("w", 20)
	f := files{"e.jsonl": record(map[string]any{"id": "1", "question": q, "choices": []string{wrong, a}, "gold": 1})}
	words := strings.Fields(q + " " + a)
	straddling := strings.Join(words[14:26], " ")
	for _, c := range []struct {
		parts                             []string
		question, answer, across, choices bool
	}{
		{nil, true, true, true, false},
		{[]string{partQuestion}, true, false, false, false},
		{[]string{partAnswer}, false, true, false, false},
		{[]string{partStraddling}, false, false, true, false},
		{[]string{partChoices}, false, false, false, true},
		{[]string{partQuestion, partAnswer}, true, true, false, false},
		{partNames, true, true, true, true},
	} {
		d := f.mustBuild(t, func(s *DecontaminateSettings) {
			s.Sets, s.Parts, s.Ngram, s.MinMatch = []string{"e.jsonl"}, c.parts, 8, 8
		})
		for text, want := range map[string]bool{q: c.question, a: c.answer, straddling: c.across, wrong: c.choices} {
			if got := d.judge("Before. " + text + " After.").verdict.Removed; got != want {
				t.Errorf("parts %v: a text with %q is removed: %v, want %v", c.parts, text, got, want)
			}
		}
	}
}

// A verbatim copy covers all that n-grams can find of an example, whatever the parts.
func TestRatioOfCopies(t *testing.T) {
	q, a, wrong := countedWords("q", 30), countedWords("a", 5), countedWords("w", 20)
	f := files{"e.jsonl": record(map[string]any{"question": q, "choices": []string{a, wrong}, "gold": "A"})}
	for _, parts := range [][]string{{partQuestion}, {partStraddling}, {partAnswer, partStraddling}, {partQuestion, partStraddling, partAnswer}, partNames} {
		d := f.mustBuild(t, func(s *DecontaminateSettings) { s.Sets, s.Parts = []string{"e.jsonl"}, parts })
		if got := d.judge(q + " " + a + "\n" + wrong); got.values[overlapRatio] != 1 {
			t.Errorf("parts %v: ratio %v of a copy", parts, got.values[overlapRatio])
		}
	}
}

// Fields are found by paths; several make one text; gold is a number or a letter.
func TestFieldsOfRecords(t *testing.T) {
	a, b, c := countedWords("a", 13), countedWords("b", 13), countedWords("c", 13)
	for name, r := range map[string]map[string]any{
		"nested":  {"in": map[string]any{"q": a}},
		"letter":  {"opts": map[string]any{"text": []string{c, b}}, "key": "B"},
		"list":    {"ans": []string{"x", b}},
		"two":     {"ctx": strings.Join(strings.Fields(a)[:7], " "), "in": map[string]any{"q": strings.Join(strings.Fields(a)[7:], " ")}},
		"zero":    {"opts": map[string]any{"text": []string{a, c}}, "key": "0"},
		"answers": {"ans": a},
	} {
		d := files{"e.jsonl": record(r)}.mustBuild(t, func(s *DecontaminateSettings) {
			s.Sets = []string{"e.jsonl"}
			s.Fields = EvaluationFields{ID: "id", Question: []string{"ctx", "in.q"}, Answer: []string{"ans"}, Choices: "opts.text", Gold: "key"}
		})
		removed := func(text string) bool { return d.judge(text).verdict.Removed }
		if !removed(a) && !removed(b) || removed(c) {
			t.Errorf("%s: a %v, b %v, c %v", name, removed(a), removed(b), removed(c))
		}
		if got := d.judge(a + " " + b); got.set != "e" || got.example != "line 1" {
			t.Errorf("%s: set %q, example %q", name, got.set, got.example)
		}
	}
}

func pack(t testing.TB, ending, s string) string {
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if ending == ".zst" {
		w, _ = zstd.NewWriter(&b)
	}
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Sets are unpacked by their endings and named by their files, by more of the path
// where that does not tell them apart.
func TestSetFiles(t *testing.T) {
	plain := "\ufeff" + record(map[string]any{"question": countedWords("p", 13)}) + "\n  \r\n"
	f := files{
		"evals/mmlu/test.jsonl":      plain,
		"evals/gsm8k/test.jsonl.gz":  pack(t, ".gz", record(map[string]any{"question": countedWords("g", 13)})),
		"evals/piqa.valid.jsonl.zst": pack(t, ".zst", record(map[string]any{"question": countedWords("z", 13)})),
	}
	d := f.mustBuild(t, func(s *DecontaminateSettings) {
		s.Sets = []string{"evals/mmlu/test.jsonl", "evals/gsm8k/test.jsonl.gz", "evals/piqa.valid.jsonl.zst"}
	})
	for prefix, want := range map[string]string{"p": "evals/mmlu/test", "g": "evals/gsm8k/test", "z": "piqa.valid"} {
		if got := d.judge(countedWords(prefix, 13)); got.set != want {
			t.Errorf("set %q, want %q", got.set, want)
		}
	}
}

// What a recipe can do wrong is said with the setting, the file and the remedy.
func TestDecontaminateFaults(t *testing.T) {
	good := record(map[string]any{"question": countedWords("q", 20)})
	saved := func(method string) string {
		return string(files{"good.jsonl": good}.saved(t, func(s *DecontaminateSettings) { s.Sets, s.Method = []string{"good.jsonl"}, method }))
	}
	f := files{"good.jsonl": good, "empty.jsonl": "\n", "other.jsonl": record(map[string]any{"ctx": "x", "label": 1}), "array.jsonl": "[{}]\n",
		"cut.jsonl.gz": pack(t, ".gz", good)[:30], "plain.jsonl.zst": good, "short.jsonl": record(map[string]any{"question": "too short"}),
		"gpt3.index": saved("gpt3"), "either.index": saved("either"), "old.index": "tamis n-gram index 0\nxxxxxxx", "cut.index": saved("either")[:60]}
	sets := func(names ...string) func(*DecontaminateSettings) {
		return func(s *DecontaminateSettings) { s.Sets = names }
	}
	with := func(change func(*DecontaminateSettings)) func(*DecontaminateSettings) {
		return func(s *DecontaminateSettings) { s.Sets = []string{"good.jsonl"}; change(s) }
	}
	for _, c := range []struct {
		name string
		set  func(*DecontaminateSettings)
		want string
	}{
		{"none", sets(), "sets: no evaluation sets: name their files, or an index"},
		{"missing", sets("gone.jsonl"), "sets: open gone.jsonl: file does not exist"},
		{"empty", sets("empty.jsonl"), "sets: empty.jsonl has no records"},
		{"other fields", sets("other.jsonl"), "sets: no record of other.jsonl has a question or an answer: set fields; its first record has ctx, label"},
		{"array", sets("array.jsonl"), "sets: array.jsonl: line 1 is no JSON object"},
		{"cut", sets("cut.jsonl.gz"), "sets: cut.jsonl.gz: unexpected EOF"},
		{"not packed", sets("plain.jsonl.zst"), "sets: plain.jsonl.zst: invalid input: magic number mismatch"},
		{"short", sets("short.jsonl"), "sets: no example has 8 words in the parts that count (question, answer, straddling)"},
		{"method", with(func(s *DecontaminateSettings) { s.Method = "gpt4" }), `method: there is no "gpt4"; possible are datatrove, either, gpt3, llama3, longest`},
		{"action", with(func(s *DecontaminateSettings) { s.Action = "drop" }), `action: there is no "drop"; possible are remove, cut, tag`},
		{"parts", with(func(s *DecontaminateSettings) { s.Parts = []string{"label"} }), `parts: there is no "label"; possible are question, answer, straddling, choices`},
		{"normalize", with(func(s *DecontaminateSettings) { s.Normalize = "nfc" }), `normalize: there is no "nfc"; possible are datatrove, gpt3, words`},
		{"ngram", with(func(s *DecontaminateSettings) { s.Ngram = -1 }), "ngram: -1, from 1 to 1000 are possible"},
		{"match", with(func(s *DecontaminateSettings) { s.MinMatch = 7 }), "min_match: 7 is impossible: it is 8 or more"},
		{"ratio", with(func(s *DecontaminateSettings) { s.MinRatio = 1.5 }), "min_ratio: 1.5, from 0 to 1 are possible"},
		{"window", with(func(s *DecontaminateSettings) { s.Window = -1 }), "window: -1 is impossible: it is 0 or more"},
		{"corpus", with(func(s *DecontaminateSettings) { s.Corpus = []string{"other.jsonl"} }), `corpus: no record has a text in "text": set corpus_field`},
		{"both", with(func(s *DecontaminateSettings) { s.Index = "either.index" }), "index: an index stands in place of sets, corpus, parts and max_examples: give one or the other"},
		{"other method", func(s *DecontaminateSettings) { s.Index = "gpt3.index" },
			"index: gpt3.index holds 13-grams of normalize: gpt3, the recipe asks for 8-grams of normalize: words: set ngram and normalize, or write the index again"},
		{"old index", func(s *DecontaminateSettings) { s.Index = "old.index" }, "index: old.index: no index of this version"},
		{"cut index", func(s *DecontaminateSettings) { s.Index = "cut.index" }, "index: cut.index: the index is damaged or cut short"},
	} {
		_, err := f.build(c.set)
		var fault *step.Fault
		if !errors.As(err, &fault) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
	}
}

// Words around two overlaps: what is cut, what stays, and when the document goes.
func TestCutting(t *testing.T) {
	q := countedWords("q", 13)
	f := files{"e.jsonl": record(map[string]any{"question": q})}
	d := f.mustBuild(t, func(s *DecontaminateSettings) { s.Sets, s.Method = []string{"e.jsonl"}, "gpt3" })
	long := strings.Repeat("é is here. ", 40) // 440 characters
	start := func(n int) string { return string([]rune(long)[:n]) }
	end := func(n int) string { return string([]rune(long)[440-n:]) }
	for _, c := range []struct {
		name, text, want string
		pieces           float64
	}{
		{"nothing", long, long, 1},
		{"a short text", "short", "short", 1},
		{"two pieces", long + q + " " + long, start(240) + "\n\n" + end(241), 2},
		{"alone", q, "", 0},
		{"at the start", q + " " + long, end(241), 1},
		{"at the end", long + q, start(240), 1},
		{"pieces at the bound", start(400) + " " + q + " " + end(399), start(201) + "\n\n" + end(200), 2},
		{"pieces below it", start(398) + " " + q + " " + end(398), "", 0},
		{"windows that meet", long + q + " " + start(400) + " " + q + " " + long, start(240) + "\n\n" + end(241), 2},
	} {
		got := d.judge(c.text)
		var doc document.Document
		doc.SetText(c.text)
		doc.Rewrite(got.edits)
		if doc.Text() != c.want || got.values[overlapPieces] != c.pieces || got.verdict.Removed != (c.pieces < 1) {
			t.Errorf("%s: %v pieces, removed %v, text %q, want %v pieces, %q", c.name, got.values[overlapPieces], got.verdict.Removed, doc.Text(), c.pieces, c.want)
		}
	}
	for _, n := range []int{9, 10, 11} {
		if got := d.judge(strings.Repeat(strings.Repeat("x ", 400)+q+" ", n)); got.verdict.Removed != (n > 10) {
			t.Errorf("%v pieces: removed %v", got.values[overlapPieces], got.verdict.Removed)
		}
	}
}

// An n-gram of too many documents of the corpus is no evidence; one of as many as may
// be is.
func TestCorpusCounts(t *testing.T) {
	q := countedWords("q", 13)
	corpus := ""
	for range 3 {
		corpus += record(map[string]any{"body": q + " " + q})
	}
	f := files{"e.jsonl": record(map[string]any{"question": q}), "corpus.jsonl": corpus}
	for most, want := range map[int]bool{2: false, 3: true} {
		d := f.mustBuild(t, func(s *DecontaminateSettings) {
			s.Sets, s.Method, s.Corpus, s.CorpusField, s.MaxDocuments = []string{"e.jsonl"}, "gpt3", []string{"corpus.jsonl"}, "body", most
		})
		if got := d.judge(q).values[overlapExamples] > 0; got != want {
			t.Errorf("in 3 documents of at most %d: overlap is %v, want %v", most, got, want)
		}
	}
}

// Tagging keeps the text and says what it has.
func TestTagging(t *testing.T) {
	q := countedWords("q", 20)
	f := files{"e.jsonl": record(map[string]any{"id": "e7", "question": q})}
	d := f.mustBuild(t, func(s *DecontaminateSettings) { s.Sets, s.Action = []string{"e.jsonl"}, actionTag })
	got := d.judge("See: " + q)
	if got.verdict.Removed || len(got.edits) > 0 || got.set != "e" || got.example != "e7" || got.values[overlapLongest] != 20 || got.values[overlapRatio] != 1 {
		t.Errorf("%+v", got)
	}
	if got := d.judge("Nothing to see."); got.set != "" || got.example != "" || got.values[overlapHits] != 0 {
		t.Errorf("the text after it: %+v", got)
	}
}

// `explain` hears of set, example, words, share and place.
func TestOverlapNotes(t *testing.T) {
	q := countedWords("q", 20)
	f := files{"e.jsonl": record(map[string]any{"id": "e7", "question": q}) + record(map[string]any{"id": "e8", "question": "short"})}
	d := f.mustBuild(t, func(s *DecontaminateSettings) { s.Sets = []string{"e.jsonl"} })
	var doc document.Document
	doc.SetText("See: " + q)
	var notes []string
	m := step.Meter{All: true, Note: func(n string) { notes = append(notes, n) }}
	m.Reset(Decontaminate.Rules, make([]float64, len(Decontaminate.Rules)), make([]string, 2))
	d.Judge(&doc, &m)
	want := []string{
		"evaluation sets: 1, examples: 2, of which without 8 words in a row, so that they cannot be found: 1",
		fmt.Sprintf("overlaps e, e7: 20 words in a row, 1.00 of its words; the longest in bytes 5 to 84: %q", q),
	}
	if !slices.Equal(notes, want) {
		t.Errorf("%q, want %q", notes, want)
	}
}

// An index that was saved and read again judges as the one that was made, and any
// change of a byte or an end that comes early is noticed.
func TestIndexFile(t *testing.T) {
	f := files{"a.jsonl": "", "b.jsonl": ""}
	for i := range 40 {
		name := []string{"a.jsonl", "b.jsonl"}[i%2]
		f[name] += record(map[string]any{"id": fmt.Sprint(i), "question": countedWords(fmt.Sprint("w", i%13), 9+i), "answer": countedWords("common", 12)})
	}
	both := func(s *DecontaminateSettings) { s.Sets = []string{"a.jsonl", "b.jsonl"} }
	made, whole := f.mustBuild(t, both), f.saved(t, both)
	f["saved"], f["saved.zst"] = string(whole), pack(t, ".zst", string(whole))
	for _, name := range []string{"saved", "saved.zst"} {
		read := f.mustBuild(t, func(s *DecontaminateSettings) { s.Index = name })
		for i := range 14 {
			text := "Some " + countedWords(fmt.Sprint("w", i), 30) + " more " + countedWords("common", 12)
			x, y := made.judge(text), read.judge(text)
			if fmt.Sprintf("%+v", x) != fmt.Sprintf("%+v", y) {
				t.Errorf("%s: %+v, want %+v", name, y, x)
			}
		}
	}
	for n := range whole {
		if _, err := readIndex(whole[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes are an index", n, len(whole))
		}
		broken := slices.Clone(whole)
		broken[n] ^= 1 << (n % 8)
		if _, err := readIndex(broken); err == nil {
			t.Fatalf("byte %d can be changed", n)
		}
	}
	if again := f.saved(t, both); !bytes.Equal(again, whole) {
		t.Error("a second index of the same sets differs")
	}
}

// Nothing is allocated for a document once buffers have grown, with overlaps and
// without.
func TestDecontaminateAllocatesNothing(t *testing.T) {
	q := countedWords("q", 40)
	f := files{"e.jsonl": strings.Repeat(record(map[string]any{"question": q}), 20)}
	for _, method := range []string{"either", "longest", "gpt3", "datatrove", "llama3"} {
		d := f.mustBuild(t, func(s *DecontaminateSettings) {
			s.Sets, s.Method, s.MaxExamples, s.Parts = []string{"e.jsonl"}, method, 100, []string{partQuestion}
		})
		text := strings.Repeat("Ærø, ﬁne ½ 1,000 words 你好. ", 50) + q + strings.Repeat(" and more", 200) + q
		var doc document.Document
		var m step.Meter
		values, labels := make([]float64, len(Decontaminate.Rules)), make([]string, 2)
		judge := func() {
			doc.SetText(text)
			m.Reset(Decontaminate.Rules, values, labels)
			d.Judge(&doc, &m)
		}
		judge()
		if labels[0] != "e" {
			t.Errorf("%s: nothing was found", method)
		}
		if n := testing.AllocsPerRun(20, judge); n != 0 {
			t.Errorf("%s: %v allocations for a document", method, n)
		}
	}
}

// A text that holds nothing but what all examples have costs no more than it is long.
func TestWorstCaseOfDecontaminate(t *testing.T) {
	q, set := countedWords("q", 14), ""
	for i := range 2000 {
		set += record(map[string]any{"question": fmt.Sprintf("%s own%d %s", q, i, q)})
	}
	f := files{"e.jsonl": set}
	for _, method := range []string{"either", "gpt3", "llama3"} {
		d := f.mustBuild(t, func(s *DecontaminateSettings) { s.Sets, s.Method = []string{"e.jsonl"}, method })
		for _, size := range []int{10 << 10, 100 << 10, 1 << 20} {
			d.judge(strings.Repeat(q+". It. ", size/len(q)))
			hits, runs := len(d.finder.hits), len(d.finder.runs)
			if stretches := size / len(q); hits < stretches || runs > maxPlaces*stretches {
				t.Errorf("%s: %d hits, %d runs in %d stretches", method, hits, runs, stretches)
			}
		}
	}
}

func FuzzDecontaminate(f *testing.F) {
	for _, s := range wordTexts {
		f.Add(s, 0)
		f.Add(countedWords("q", 20)+s+countedWords("q", 20), 1)
	}
	set := files{"e.jsonl": record(map[string]any{"question": countedWords("q", 20)}) + record(map[string]any{"question": "a b c a b c a b c 0 1 é 你 好"})}
	methods := []string{"longest", "gpt3", "datatrove", "either"}
	var steps []*decontaminator
	for _, method := range methods {
		steps = append(steps, set.mustBuild(f, func(s *DecontaminateSettings) {
			s.Sets, s.Method, s.Action, s.Ngram, s.Window, s.MinPiece, s.Parts = []string{"e.jsonl"}, method, actionCut, 3, 5, 4, []string{partQuestion}
		}))
	}
	f.Fuzz(func(t *testing.T, s string, which int) {
		which &= 3
		checkWords(t, steps[which].finder.index.folding.name, s)
		got := steps[which].judge(s)
		var doc document.Document
		doc.SetText(s)
		doc.Rewrite(got.edits) // panics where edits overlap
		if utf8.ValidString(s) && !utf8.ValidString(doc.Text()) {
			t.Errorf("%s: %q is cut inside a character: %q", methods[which], s, doc.Text())
		}
		for i, v := range got.values {
			if !(v >= 0) || i == overlapRatio && v > 1 {
				t.Errorf("%s: %s is %v", methods[which], Decontaminate.Rules[i].Name, v)
			}
		}
	})
}

func FuzzDecontaminationIndex(f *testing.F) {
	set := files{"e.jsonl": record(map[string]any{"question": countedWords("q", 20)}) + record(map[string]any{"question": countedWords("q", 15)})}
	index := set.saved(f, func(s *DecontaminateSettings) { s.Sets = []string{"e.jsonl"} })
	f.Add(index[len(indexMagic) : len(index)-4])
	f.Fuzz(func(t *testing.T, body []byte) {
		ix, err := readIndex(withChecksum(append([]byte(indexMagic), body...)))
		if err != nil {
			return
		}
		finder := gramFinder{index: ix, needs: overlapNeeds{match: ix.ngram}}
		finder.find(countedWords("q", 20))
		var again bytes.Buffer
		if err := ix.write(&again); err != nil {
			t.Fatal(err)
		}
		if _, err := readIndex(again.Bytes()); err != nil {
			t.Errorf("an index that was read is written so that it cannot be: %v", err)
		}
	})
}

// BenchmarkDecontaminate judges real prose against all nine benchmark sets.
func BenchmarkDecontaminate(b *testing.B) {
	needBenchmarks(b)
	docs, size := prose(b, 8<<20)
	for _, method := range []string{"either", "longest", "gpt3", "datatrove", "llama3"} {
		b.Run(method, func(b *testing.B) {
			d := benchmarkStep(b, method)
			var doc document.Document
			var m step.Meter
			values, labels := make([]float64, len(Decontaminate.Rules)), make([]string, 2)
			pass := func() {
				for _, s := range docs {
					doc.SetText(s)
					m.Reset(Decontaminate.Rules, values, labels)
					d.Judge(&doc, &m)
				}
			}
			pass() // buffers grow
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				pass()
			}
		})
	}
}
