package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/backends/simplego"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/gomlx/onnx-gomlx/onnx"
)

// A model is a transformer with its tokenizer. It is for one goroutine.
type model struct {
	path      string // of the ONNX file, for messages
	tokenizer *wordPiece
	config    config
	most      int // tokens of a text; the rest is cut off
	inputs    []string
	exec      *context.Exec
}

// A config is what is read of the files beside a model.
type config struct {
	Labels    map[string]string `json:"id2label"`
	Problem   string            `json:"problem_type"`
	Positions int               `json:"max_position_embeddings"` // config.json
	MaxTokens float64           `json:"model_max_length"`        // tokenizer_config.json; 1e30 for no limit
	CLS       bool              `json:"pooling_mode_cls_token"`  // 1_Pooling/config.json, of Sentence Transformers
}

// defaultMost is the limit of models that state none.
const defaultMost = 512

// openModel reads a folder as Hugging Face's tools export it: tokenizer.json, config.json
// and model.onnx or onnx/model.onnx; or the folder that a model file is in. A limit of
// tokens of 0 is the model's own.
func openModel(path string, limit int) (*model, error) {
	folder, file, err := find(path)
	if err != nil {
		return nil, err
	}
	m := &model{path: file}
	if m.tokenizer, err = readTokenizer(filepath.Join(folder, "tokenizer.json")); err != nil {
		return nil, err
	}
	if err := m.config.read(folder); err != nil {
		return nil, err
	}
	m.most = m.config.most()
	if limit > m.most {
		return nil, fmt.Errorf("--max-tokens %d: the model reads %d at most", limit, m.most)
	}
	m.most = cmp.Or(max(limit, 0), m.most)
	if err := m.load(); err != nil {
		return nil, err
	}
	if _, err := m.run([]string{""}); err != nil { // what the library cannot do shows here
		return nil, err
	}
	return m, nil
}

// find returns the folder of a model and its ONNX file.
func find(path string) (folder, file string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", "", err
	}
	if !info.IsDir() {
		folder = filepath.Dir(path)
		if filepath.Base(folder) == "onnx" {
			folder = filepath.Dir(folder)
		}
		return folder, path, nil
	}
	for _, name := range []string{"model.onnx", "onnx/model.onnx"} {
		file = filepath.Join(path, name)
		if _, err := os.Stat(file); err == nil {
			return path, file, nil
		}
	}
	return "", "", fmt.Errorf("%s has neither model.onnx nor onnx/model.onnx", path)
}

// read reads the files that say what a model's outputs and limits are. They may be absent.
func (c *config) read(folder string) error {
	for _, name := range []string{"config.json", "tokenizer_config.json", "1_Pooling/config.json"} {
		path := filepath.Join(folder, name)
		data, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = json.Unmarshal(data, c)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// most returns how many tokens the model reads of a text.
func (c *config) most() int {
	most := math.Inf(1)
	if c.Positions > 0 {
		most = float64(c.Positions)
	}
	if c.MaxTokens > 0 {
		most = min(most, c.MaxTokens)
	}
	if most > 1<<20 {
		return defaultMost
	}
	return int(most)
}

// load reads the ONNX file. The library panics where it finds a file that makes no
// sense, and so do the functions of its graphs.
func (m *model) load() (err error) {
	defer m.caught(&err)
	data, err := os.ReadFile(m.path)
	if err != nil {
		return err
	}
	file, err := onnx.Parse(data)
	if err != nil {
		return fmt.Errorf("%s is no ONNX model, or not whole: %w", m.path, err)
	}
	for _, w := range file.Proto.Graph.Initializer {
		if len(w.ExternalData) > 0 {
			return fmt.Errorf("%s: the weights of %q are in another file; export the model into one", m.path, w.Name)
		}
		if size := product(w.Dims); size < 0 || size > int64(len(data)) { // before the library allocates it
			return fmt.Errorf("%s: %q has the shape %v, which cannot be in %d bytes", m.path, w.Name, w.Dims, len(data))
		}
	}
	if err := m.checkInputs(file); err != nil {
		return err
	}
	ctx := context.New()
	if err := file.VariablesToContext(ctx); err != nil {
		return fmt.Errorf("%s: %w", m.path, err)
	}
	backend, err := simplego.New("")
	if err != nil {
		return err
	}
	output := file.OutputsNames[0]
	for _, name := range []string{"logits", "sentence_embedding"} { // several are there where one is a state
		if slices.Contains(file.OutputsNames, name) {
			output = name
		}
	}
	m.exec, err = context.NewExecAny(backend, ctx.Reuse(), func(ctx *context.Context, values []*graph.Node) []*graph.Node {
		named := map[string]*graph.Node{}
		for i, name := range m.inputs {
			named[name] = values[i]
		}
		return file.CallGraph(ctx, values[0].Graph(), named, output)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", m.path, err)
	}
	m.exec.SetMaxCache(-1) // padded keeps the number of graphs small
	return nil
}

// checkInputs sees whether the model asks for what a text can give.
func (m *model) checkInputs(file *onnx.Model) error {
	if len(file.OutputsNames) == 0 || len(file.InputsNames) == 0 {
		return fmt.Errorf("%s: a graph without inputs or outputs", m.path)
	}
	for i, name := range file.InputsNames {
		if !slices.Contains([]string{"input_ids", "attention_mask", "token_type_ids"}, name) || file.InputsShapes[i].DType != dtypes.Int64 {
			return fmt.Errorf("%s: it asks for %q of %s; input_ids, attention_mask and token_type_ids of Int64 are known", m.path, name, file.InputsShapes[i].DType)
		}
	}
	m.inputs = file.InputsNames
	return nil
}

// product returns the number of values of a shape, -1 where that is no number.
func product(shape []int64) int64 {
	size := int64(1)
	for _, n := range shape {
		if n < 0 || n > 0 && size > math.MaxInt64/n {
			return -1
		}
		size *= n
	}
	return size
}

// caught makes an error of a panic of the library.
func (m *model) caught(err *error) {
	if p := recover(); p != nil {
		first, _, _ := strings.Cut(fmt.Sprint(p), "\n")
		*err = fmt.Errorf("%s: %s", m.path, first)
	}
}

// atOnce is how many tokens are given to the model together, unless one text has more.
const atOnce = 1024

// run returns the outputs for each text: those of a classifier, or the vector.
//
// Texts are sorted by their padded length, and as many of one length run together as
// make atOnce tokens; the others run alone. So few graphs are made, and the numbers of a
// text depend on nothing but the text: padding is the same in any company.
func (m *model) run(texts []string) ([][]float32, error) {
	tokens := make([][]int64, len(texts))
	order := make([]int, len(texts))
	for i, text := range texts {
		tokens[i], order[i] = m.tokenizer.encode(text, m.most), i
	}
	length := func(i int) int { return padded(len(tokens[i]), m.most) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(length(a), length(b)) })
	out := make([][]float32, len(texts))
	for len(order) > 0 {
		n := length(order[0])
		rows := max(1, atOnce/n)
		if len(order) < rows || length(order[rows-1]) != n {
			rows = 1
		}
		if err := m.batch(out, tokens, order[:rows], n); err != nil {
			return nil, err
		}
		order = order[rows:]
	}
	return out, nil
}

// padded returns the length to which a text of n tokens is padded: a multiple of 16 up
// to 128, of 32 up to 256, and so on, so that at most an eighth of a long text is padding.
func padded(n, most int) int {
	step := 16
	for n > 8*step {
		step *= 2
	}
	return min((max(n, 1)+step-1)/step*step, most)
}

// batch runs the model over some texts, padded to n tokens.
func (m *model) batch(out [][]float32, tokens [][]int64, which []int, n int) (err error) {
	defer m.caught(&err)
	ids, mask := make([]int64, len(which)*n), make([]int64, len(which)*n)
	for row, i := range which {
		copy(ids[row*n:], tokens[i]) // padding is masked: its id is of no matter
		for j := range tokens[i] {
			mask[row*n+j] = 1
		}
	}
	values := map[string][]int64{"input_ids": ids, "attention_mask": mask, "token_type_ids": make([]int64, len(ids))}
	var args []any
	for _, name := range m.inputs {
		args = append(args, tensors.FromFlatDataAndDimensions(values[name], len(which), n))
	}
	results, err := m.exec.Exec(args...)
	if err != nil {
		return fmt.Errorf("%s: %w", m.path, err)
	}
	defer results[0].FinalizeAll()
	if results[0].DType() != dtypes.Float32 {
		return fmt.Errorf("%s: its output is %s, not Float32", m.path, results[0].DType())
	}
	flat, shape := tensors.MustCopyFlatData[float32](results[0]), results[0].Shape().Dimensions
	per := len(flat) / len(which)
	for row, i := range which {
		one := flat[row*per : (row+1)*per]
		switch {
		case len(shape) == 3 && shape[1] == n: // a vector for each token
			one = m.pool(one, len(tokens[i]), shape[2])
		case len(shape) != 2:
			return fmt.Errorf("%s: its output has the shape %v; a row for each text or for each token is known", m.path, shape)
		}
		out[i] = one
	}
	return nil
}

// pool returns the mean of the vectors of n tokens, or the first where the model was
// trained so.
func (m *model) pool(vectors []float32, n, dimensions int) []float32 {
	if m.config.CLS {
		return slices.Clone(vectors[:dimensions])
	}
	mean := make([]float32, dimensions)
	for j := range mean {
		sum := 0.0
		for i := range n {
			sum += float64(vectors[i*dimensions+j])
		}
		mean[j] = float32(sum / float64(max(n, 1)))
	}
	return mean
}
