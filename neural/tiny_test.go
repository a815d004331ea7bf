package main

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// The tiny model: one layer of attention over embeddings of 4 dimensions, and a linear
// layer over the first token. What it must answer is computed by tiny.logits, which
// shares nothing with the file but the weights.

const dimensions = 4

var vocabulary = []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "cheap", "watch", "##es", "##er", "the", "a", "of",
	"walk", "##ing", "##s", "un", "##known", "river", "dog", "cat", "and", ".", ",", "!", "中", "cafe", "##teria", "time", "5"}

// A tiny is what the model is made of.
type tiny struct {
	outputs int
	rows    bool // the output is a vector for each token
}

// weight is a number between -1 and 1, another one for each place and matrix.
func weight(matrix, row, column int) float32 {
	return float32(math.Sin(float64(97*matrix + 13*row + 5*column + 1)))
}

func matrix(which, rows, columns int) []float32 {
	var out []float32
	for i := range rows {
		for j := range columns {
			out = append(out, weight(which, i, j))
		}
	}
	return out
}

// The matrices of the model.
const (
	embedding = iota
	query
	key
	value
	head
)

// states are the vectors of tokens behind the layer.
func (tiny) states(ids []int64) [][]float64 {
	project := func(which int) [][]float64 {
		out := make([][]float64, len(ids))
		for i, id := range ids {
			out[i] = make([]float64, dimensions)
			for j := range dimensions {
				for k := range dimensions {
					out[i][j] += float64(weight(embedding, int(id), k)) * float64(weight(which, k, j))
				}
			}
		}
		return out
	}
	q, k, v := project(query), project(key), project(value)
	out := make([][]float64, len(ids))
	for i := range ids {
		out[i] = make([]float64, dimensions)
		sum := 0.0
		for j := range ids {
			dot := 0.0
			for d := range dimensions {
				dot += q[i][d] * k[j][d]
			}
			e := math.Exp(dot)
			sum += e
			for d := range dimensions {
				out[i][d] += e * v[j][d]
			}
		}
		for d := range dimensions {
			out[i][d] /= sum
		}
	}
	return out
}

func (m tiny) logits(ids []int64) []float64 {
	first := m.states(ids)[0]
	out := make([]float64, m.outputs)
	for j := range out {
		out[j] = float64(weight(head+1, 0, j))
		for d := range dimensions {
			out[j] += first[d] * float64(weight(head, d, j))
		}
	}
	return out
}

// write writes the folder of the model.
func (m tiny) write(t *testing.T, config string) string {
	t.Helper()
	dir := t.TempDir()
	tokenizer, err := json.Marshal(tokenizerJSON())
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"model.onnx": string(m.onnx()), "tokenizer.json": string(tokenizer), "config.json": config} {
		put(t, dir, name, data)
	}
	return dir
}

func put(t *testing.T, dir, name, data string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o666); err != nil {
		t.Fatal(err)
	}
}

func tokenizerJSON() map[string]any {
	pieces := map[string]int{}
	for i, piece := range vocabulary {
		pieces[piece] = i
	}
	special := func(s string) any { return map[string]any{"SpecialToken": map[string]any{"id": s, "type_id": 0}} }
	return map[string]any{
		"normalizer":    map[string]any{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil, "lowercase": true},
		"pre_tokenizer": map[string]any{"type": "BertPreTokenizer"},
		"post_processor": map[string]any{"type": "TemplateProcessing",
			"single":         []any{special("[CLS]"), map[string]any{"Sequence": map[string]any{"id": "A"}}, special("[SEP]")},
			"special_tokens": map[string]any{"[CLS]": map[string]any{"ids": []int{2}}, "[SEP]": map[string]any{"ids": []int{3}}}},
		"model": map[string]any{"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": pieces},
	}
}

// A message is a protocol buffer that is being written.
type message []byte

func (m message) bytes(field protowire.Number, b []byte) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), b)
}

func (m message) string(field protowire.Number, s string) message { return m.bytes(field, []byte(s)) }

func (m message) int(field protowire.Number, n int) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(n))
}

// The numbers of the fields and types are those of onnx.proto.
const (
	typeFloat = 1
	typeInt64 = 7
)

func tensor(name string, data []float32, shape ...int) message {
	var m message
	for _, n := range shape {
		m = m.int(1, n)
	}
	raw, _ := binary.Append(nil, binary.LittleEndian, data)
	return m.int(2, typeFloat).string(8, name).bytes(9, raw)
}

func numbers(name string, data ...int64) message {
	raw, _ := binary.Append(nil, binary.LittleEndian, data)
	return message(nil).int(1, len(data)).int(2, typeInt64).string(8, name).bytes(9, raw)
}

func variable(name string, kind int, shape ...string) message {
	var dims message
	for _, s := range shape {
		dims = dims.bytes(1, message(nil).string(2, s))
	}
	return message(nil).string(1, name).bytes(2, message(nil).bytes(1, message(nil).int(1, kind).bytes(2, dims)))
}

func node(op, output string, inputs ...string) message {
	var m message
	for _, in := range inputs {
		m = m.string(1, in)
	}
	return m.string(2, output).string(4, op)
}

// with adds an attribute that is a number.
func (m message) with(name string, n int) message {
	return m.bytes(5, message(nil).string(1, name).int(3, n).int(20, 2))
}

// turned adds the attribute of Transpose.
func (m message) turned(axes ...int) message {
	a := message(nil).string(1, "perm")
	for _, n := range axes {
		a = a.int(8, n)
	}
	return m.bytes(5, a.int(20, 7))
}

func (m tiny) onnx() []byte {
	var g message
	for _, w := range []message{
		tensor("embedding", matrix(embedding, len(vocabulary), dimensions), len(vocabulary), dimensions),
		tensor("query", matrix(query, dimensions, dimensions), dimensions, dimensions),
		tensor("key", matrix(key, dimensions, dimensions), dimensions, dimensions),
		tensor("value", matrix(value, dimensions, dimensions), dimensions, dimensions),
		tensor("head", matrix(head, dimensions, m.outputs), dimensions, m.outputs),
		tensor("bias", matrix(head+1, 1, m.outputs), m.outputs),
		tensor("one", []float32{1}, 1), tensor("far", []float32{-1e9}, 1), numbers("axis", 1), numbers("first", 0),
	} {
		g = g.bytes(5, w)
	}
	for _, n := range []message{
		node("Gather", "x", "embedding", "input_ids"),
		node("MatMul", "q", "x", "query"), node("MatMul", "k", "x", "key"), node("MatMul", "v", "x", "value"),
		node("Transpose", "kt", "k").turned(0, 2, 1),
		node("MatMul", "dots", "q", "kt"),
		node("Cast", "here", "attention_mask").with("to", typeFloat),
		node("Sub", "gone", "one", "here"), node("Mul", "low", "gone", "far"),
		node("Unsqueeze", "lows", "low", "axis"), node("Add", "masked", "dots", "lows"),
		node("Softmax", "attention", "masked").with("axis", 2),
		node("MatMul", "last_hidden_state", "attention", "v"),
		node("Gather", "start", "last_hidden_state", "first").with("axis", 1),
		node("Squeeze", "cls", "start", "axis"),
		node("MatMul", "scores", "cls", "head"), node("Add", "logits", "scores", "bias"),
	} {
		g = g.bytes(1, n)
	}
	g = g.string(2, "tiny").bytes(11, variable("input_ids", typeInt64, "b", "s")).bytes(11, variable("attention_mask", typeInt64, "b", "s"))
	if m.rows {
		g = g.bytes(12, variable("last_hidden_state", typeFloat, "b", "s", "d"))
	} else {
		g = g.bytes(12, variable("logits", typeFloat, "b", "l"))
	}
	return message(nil).int(1, 8).bytes(8, message(nil).int(2, 14)).bytes(7, g)
}
