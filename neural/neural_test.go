package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const threeLabels = `{"id2label": {"0": "good", "1": "bad", "2": "ugly"}, "max_position_embeddings": 40}`

func tinyModel(t *testing.T, m tiny, config string) *model {
	t.Helper()
	opened, err := openModel(m.write(t, config), 0)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// samples are texts of all lengths, with words that the vocabulary has.
func samples() []string {
	words := []string{"the", "dog", "walks", "a", "cheap", "river", "strange", ".", "watches", "and", "Café", "中"}
	out := []string{"", "good", "bad."}
	for n := range 60 {
		var text []string
		for i := range n {
			text = append(text, words[(i*n+i/3)%len(words)])
		}
		out = append(out, strings.Join(text, " "))
	}
	return out
}

// The words and pieces are those that Hugging Face's tokenizers 0.23 gives.
func TestWordPiece(t *testing.T) {
	tokenizer := tinyModel(t, tiny{outputs: 1}, "{}").tokenizer
	for text, want := range map[string]string{
		"":                         "[CLS] [SEP]",
		"Good WATCHES, unknown":    "[CLS] good watch ##es , un ##known [SEP]",
		"watcher watchable":        "[CLS] watch ##er [UNK] [SEP]",
		"Café cafe\u0301teria":     "[CLS] cafe cafe ##teria [SEP]",
		"dog\u200b\x00s\ufffd cat": "[CLS] dog ##s cat [SEP]",
		"dog\vcat dog\u2028cat":    "[CLS] [UNK] dog cat [SEP]",
		"中中dog":                    "[CLS] 中 中 dog [SEP]",
		"a$5":                      "[CLS] a [UNK] 5 [SEP]",
		"[SEP]":                    "[CLS] [UNK] [UNK] [UNK] [SEP]", // there, it is the token
		"the " + strings.Repeat("a", 101) + " dog": "[CLS] the [UNK] dog [SEP]",
	} {
		if got := pieces(tokenizer.encode(text, 100)); got != want {
			t.Errorf("%q is cut into %s, want %s", text, got, want)
		}
	}
	if got, want := pieces(tokenizer.encode("the dog walks and walks", 5)), "[CLS] the dog walk [SEP]"; got != want {
		t.Errorf("of 5 tokens: %s, want %s", got, want)
	}
}

func pieces(ids []int64) string {
	var out []string
	for _, id := range ids {
		out = append(out, vocabulary[id])
	}
	return strings.Join(out, " ")
}

// What the model answers is what plain loops compute.
func TestNumbers(t *testing.T) {
	made := tiny{outputs: 3}
	m := tinyModel(t, made, threeLabels)
	got, err := m.run(samples())
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range samples() {
		want := made.logits(m.tokenizer.encode(text, 40))
		for j := range want {
			if math.Abs(float64(got[i][j])-want[j]) > 1e-5 {
				t.Errorf("%.40q: output %d is %g, want %g", text, j, got[i][j], want[j])
			}
		}
	}
}

// The numbers of a text do not depend on its company, to the last bit.
func TestCompany(t *testing.T) {
	m := tinyModel(t, tiny{outputs: 3}, threeLabels)
	var many []string
	for range 20 { // more than run together
		many = append(many, samples()...)
	}
	together, err := m.run(many)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range many {
		alone, err := m.run([]string{text})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(alone[0], together[i]) {
			t.Fatalf("%.40q: alone %v, in a batch %v", text, alone[0], together[i])
		}
	}
}

func TestPadded(t *testing.T) {
	for n, want := range map[int]int{0: 16, 1: 16, 16: 16, 17: 32, 128: 128, 129: 160, 256: 256, 257: 320, 500: 512, 513: 600, 600: 600} {
		if got := padded(n, 600); got != want {
			t.Errorf("%d tokens are padded to %d, want %d", n, got, want)
		}
	}
}

func TestJudge(t *testing.T) {
	labels := map[string]string{"0": "no", "1": "yes"}
	for _, c := range []struct {
		config config
		label  string
		logits []float32
		want   string // score and label
	}{
		{config{Labels: labels}, "", []float32{0, float32(math.Log(3))}, "0.75 yes"},
		{config{Labels: labels}, "no", []float32{0, float32(math.Log(3))}, "0.25 yes"},
		{config{Labels: labels}, "", []float32{1000, 1000}, "0.5 no"},
		{config{Labels: labels, Problem: "multi_label_classification"}, "no", []float32{0, 3}, "0.5 yes"},
		{config{Labels: map[string]string{"0": "LABEL_0"}}, "", []float32{3.25}, "3.25 "},
		{config{Labels: labels, Problem: "regression"}, "yes", []float32{1, -2}, "-2 "},
		{config{}, "", []float32{-1000, 0}, "1 LABEL_1"},
	} {
		at, err := c.config.outputOf(c.label)
		if err != nil {
			t.Fatal(err)
		}
		signals, names, err := c.config.judge(c.logits, at)
		if got := fmt.Sprintf("%.6g %s", signals["score"], names["label"]); err != nil || got != c.want {
			t.Errorf("%+v of %v: %s (%v), want %s", c.config, c.logits, got, err, c.want)
		}
	}
	c := config{Labels: labels}
	if _, err := c.outputOf("maybe"); err == nil || !strings.Contains(err.Error(), `"maybe"; it has no, yes`) {
		t.Errorf("a label that is not there: %v", err)
	}
}

// A program that waits for each answer gets it, and one that sends many lines has the
// answers in their order.
func TestDialogue(t *testing.T) {
	dir := tiny{outputs: 1}.write(t, `{"id2label": {"0": "LABEL_0"}}`)
	in, send := io.Pipe()
	receive, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		defer out.Close()
		ended <- run([]string{"score", "--model", filepath.Join(dir, "model.onnx")}, in, out)
	}()
	answers := bufio.NewScanner(receive)
	read := func(id string) {
		if !answers.Scan() || !strings.HasPrefix(answers.Text(), `{"id":"`+id+`","keep":true,"signals":{"score":`) {
			t.Fatalf("on %s the answer is %s", id, answers.Text())
		}
	}
	for i := range 3 {
		fmt.Fprintf(send, `{"id":"%d","url":"","text":"good dog","source":"web"}`+"\n", i)
		read(fmt.Sprint(i))
	}
	var many strings.Builder
	for i, text := range samples() {
		fmt.Fprintf(&many, `{"id":"m%d","text":%q}`+"\n", i, text)
	}
	go func() { io.WriteString(send, many.String()); send.Close() }()
	for i := range samples() {
		read(fmt.Sprintf("m%d", i))
	}
	if answers.Scan() {
		t.Errorf("a line too many: %s", answers.Text())
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// The matrix is as numpy.save writes it, a row for each document, in order.
func TestEmbed(t *testing.T) {
	made := tiny{outputs: 1, rows: true}
	for name, pool := range map[string]func([][]float64, int) float64{
		"mean": func(v [][]float64, j int) (mean float64) {
			for i := range v {
				mean += v[i][j] / float64(len(v))
			}
			return mean
		},
		"cls": func(v [][]float64, j int) float64 { return v[0][j] },
	} {
		dir := made.write(t, `{"max_position_embeddings": 40}`)
		if err := os.Mkdir(filepath.Join(dir, "1_Pooling"), 0o777); err != nil {
			t.Fatal(err)
		}
		put(t, dir, "1_Pooling/config.json", fmt.Sprintf(`{"pooling_mode_cls_token": %t}`, name == "cls"))
		vectors, ids := filepath.Join(dir, "vectors.npy"), filepath.Join(dir, "ids.txt")
		var docs bytes.Buffer
		for i, text := range samples() {
			fmt.Fprintf(&docs, `{"id":"d%d","text":%q}`+"\n", i, text)
		}
		if err := run([]string{"embed", "--model", dir, "--out", vectors, "--ids", ids}, &docs, io.Discard); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(vectors)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", len(samples()), dimensions)
		if got := strings.TrimRight(string(data[:128]), " \n"); got != want {
			t.Errorf("the header is %q, want %q", got, want)
		}
		got := make([]float32, len(samples())*dimensions)
		if _, err := binary.Decode(data[128:], binary.LittleEndian, got); err != nil {
			t.Fatal(err)
		}
		tokenizer, _ := readTokenizer(filepath.Join(dir, "tokenizer.json"))
		for i, text := range samples() {
			states := made.states(tokenizer.encode(text, 40))
			for j := range dimensions {
				if want := pool(states, j); math.Abs(float64(got[i*dimensions+j])-want) > 1e-5 {
					t.Fatalf("%s, %.40q: number %d is %g, want %g", name, text, j, got[i*dimensions+j], want)
				}
			}
		}
		if list, err := os.ReadFile(ids); err != nil || !strings.HasPrefix(string(list), "d0\nd1\n") || strings.Count(string(list), "\n") != len(samples()) {
			t.Errorf("the ids are %.40q (%v)", list, err)
		}
	}
}

// Each fault of a folder has a message that says where it is.
func TestFaults(t *testing.T) {
	whole, err := json.Marshal(tokenizerJSON())
	if err != nil {
		t.Fatal(err)
	}
	model := string(tiny{outputs: 3}.onnx())
	for _, c := range []struct{ file, data, want string }{
		{"model.onnx", "", "model.onnx"},
		{"model.onnx", "no model", "is no ONNX model, or not whole"},
		{"model.onnx", model[:len(model)/2], "is no ONNX model, or not whole"},
		{"model.onnx", strings.ReplaceAll(model, "attention_mask", "attention_math"), `it asks for "attention_math" of Int64`},
		{"model.onnx", strings.Replace(model, "Softmax", "Hardmax", 1), `unimplemented ONNX op "Hardmax"`},
		{"model.onnx", strings.Replace(model, "\x08\x1e\x08\x04", "\x08\x7f\x08\x7f", 1), `"embedding" has the shape [127 127], which cannot be in`},
		{"tokenizer.json", "{", "tokenizer.json: unexpected end of JSON input"},
		{"tokenizer.json", strings.Replace(string(whole), "WordPiece", "Unigram", 1), `a tokenizer of the type "Unigram"; WordPiece`},
		{"tokenizer.json", strings.Replace(string(whole), "BertPreTokenizer", "Metaspace", 1), "pre_tokenizer is not BertPreTokenizer"},
		{"tokenizer.json", strings.Replace(string(whole), `"[UNK]":1`, `"unk":1`, 1), `lacks the piece for what is unknown, "[UNK]"`},
		{"config.json", "[]", "config.json: json: cannot unmarshal array"},
	} {
		dir := tiny{outputs: 3}.write(t, threeLabels)
		put(t, dir, c.file, c.data)
		_, err := openModel(dir, 0)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %.20q: %v\nwant %s", c.file, c.data, err, c.want)
		}
	}
	for _, c := range []struct{ args, want string }{
		{"scores", `"scores" is neither score nor embed`},
		{"score", "score: --model is missing"},
		{"score --out x.npy", "score: flag provided but not defined: -out"},
		{"embed --model " + tiny{outputs: 3}.write(t, threeLabels), "embed: --out is missing"},
	} {
		if err := run(strings.Fields(c.args), strings.NewReader(""), io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.args, err, c.want)
		}
	}
	if _, err := openModel(t.TempDir(), 0); err == nil || !strings.Contains(err.Error(), "has neither model.onnx nor onnx/model.onnx") {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := openModel(tiny{outputs: 3}.write(t, threeLabels), 41); err == nil || !strings.Contains(err.Error(), "reads 40 at most") {
		t.Errorf("too many tokens: %v", err)
	}
}

// A file cut anywhere, or with a byte that is another, gives an error or a model.
func TestDamage(t *testing.T) {
	dir := tiny{outputs: 3}.write(t, threeLabels)
	whole := tiny{outputs: 3}.onnx()
	for n := 0; n < len(whole); n += 7 {
		put(t, dir, "model.onnx", string(whole[:n]))
		if _, err := openModel(dir, 0); err == nil {
			t.Errorf("cut at byte %d, it is taken for a whole model", n)
		}
		changed := slices.Clone(whole)
		changed[n] ^= 1 << (n % 7)
		put(t, dir, "model.onnx", string(changed))
		openModel(dir, 0)
	}
}

// The two programs together: scores as columns that a step below uses, and vectors that
// semantic reads.
func TestWithTamis(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two programs")
	}
	dir := tiny{outputs: 3}.write(t, threeLabels)
	for program, from := range map[string]string{"tamis": "..", "tamis-neural": "."} {
		what := map[string]string{"tamis": "./cmd/tamis", "tamis-neural": "."}[program]
		if out, err := exec.Command("go", "build", "-C", from, "-o", filepath.Join(dir, program), what).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	put(t, dir, "docs.jsonl", `{"id":"a","text":"good dog"}`+"\n"+`{"id":"b","text":"the bad cat walks , the bad cat walks ."}`+"\n"+`{"id":"c","text":"good dog"}`+"\n")
	put(t, dir, "recipe.yaml", `
name: demo
sources: [{name: web, paths: [docs.jsonl]}]
steps:
  - exec: {command: [./tamis-neural, score, --model, model.onnx, --label, bad], signals: [score], labels: [label]}
  - where: exec.score >= 0 and exec.label != ""
  - semantic: {vectors: "file:vectors.npy", ids: ids.txt}
output: {dir: out, format: jsonl}
`)
	for _, args := range [][]string{
		{"./tamis-neural", "embed", "--model", ".", "--out", "vectors.npy", "--ids", "ids.txt", "docs.jsonl"},
		{"./tamis", "run", "--allow-exec", "recipe.yaml"},
	} {
		c := exec.Command(args[0], args[1:]...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
	}
	shards, _ := filepath.Glob(filepath.Join(dir, "out/data/*.jsonl"))
	if len(shards) != 1 {
		t.Fatalf("%d shards", len(shards))
	}
	data, err := os.ReadFile(shards[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := string(data); strings.Count(got, "\n") != 2 || strings.Count(got, `"exec_score":0.`) != 2 || strings.Count(got, `"exec_label":"`) != 2 || strings.Contains(got, `"id":"c"`) {
		t.Errorf("the output is\n%s", got)
	}
}
