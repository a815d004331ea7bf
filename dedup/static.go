package dedup

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tamis/step"
)

// Static embeddings are a matrix of vectors of tokens in a safetensors file, beside the
// tokens: the vocabulary of a tokenizer, or a plain list.

// staticHeader is how many bytes of a header are read, at most: what the format allows.
const staticHeader = 100 << 20

// A tensor is one entry of a safetensors header.
type tensor struct {
	Type    string   `json:"dtype"`
	Shape   []uint64 `json:"shape"`
	Offsets []uint64 `json:"data_offsets"`
}

var tensorTypes = map[string]numeral{"F16": float16, "BF16": bfloat16, "F32": real32, "F64": real64}

// openStatic reads static embeddings and their vocabulary.
func openStatic(path, vocabulary string, env *step.Env) (*wordTable, error) {
	if vocabulary == "" {
		return nil, errors.New("a safetensors file does not say which tokens its rows are: name tokenizer.json, or a list of tokens, in vocabulary")
	}
	file, err := env.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	t := &wordTable{at: map[string]int32{}, plain: true}
	rows, err := t.readTensor(file, env.Memory/2)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	list, err := env.Open(vocabulary)
	if err != nil {
		return nil, err
	}
	defer list.Close()
	if err := t.readVocabulary(list, rows); err != nil {
		return nil, fmt.Errorf("%s: %w", vocabulary, err)
	}
	return t, nil
}

// readTensor reads the only matrix of a safetensors file, or the one that is named
// embeddings, and returns its rows.
func (t *wordTable) readTensor(r io.Reader, limit int64) (rows uint64, err error) {
	var length [8]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return 0, errShortHeader
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > staticHeader || int64(n) > limit {
		return 0, fmt.Errorf("a header of %d bytes, at most %d are read: this is no safetensors file", n, min(staticHeader, limit))
	}
	head, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && uint64(len(head)) < n {
		err = errShortHeader
	}
	if err != nil {
		return 0, err
	}
	x, err := chooseTensor(head)
	if err != nil {
		return 0, err
	}
	return x.Shape[0], t.readMatrix(r, x, limit)
}

// chooseTensor finds the matrix in a header.
func chooseTensor(head []byte) (*tensor, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(head, &all); err != nil {
		return nil, fmt.Errorf("the header is no JSON: %w", err)
	}
	delete(all, "__metadata__")
	var names []string
	var found *tensor
	for name, raw := range all {
		var x tensor
		if err := json.Unmarshal(raw, &x); err != nil {
			return nil, fmt.Errorf("tensor %.40q: %w", name, err)
		}
		if len(x.Shape) != 2 {
			continue
		}
		names = append(names, name)
		if found == nil || name == "embeddings" {
			found = &x
		}
	}
	slices.Sort(names)
	switch {
	case found == nil:
		return nil, errors.New("there is no matrix in it")
	case len(names) > 1 && !slices.Contains(names, "embeddings"):
		return nil, fmt.Errorf("it holds the matrices %s; call the one that is meant embeddings", strings.Join(names, ", "))
	}
	return found, found.check()
}

// check holds shape and place of a matrix against each other.
func (x *tensor) check() error {
	kind, ok := tensorTypes[x.Type]
	if !ok {
		return fmt.Errorf("numbers of type %.20q; F16, BF16, F32 and F64 are possible", x.Type)
	}
	rows, columns := x.Shape[0], x.Shape[1]
	if rows == 0 || rows > 1<<31-1 || columns == 0 || columns > mostValues {
		return fmt.Errorf("a matrix of %d x %d", rows, columns)
	}
	if len(x.Offsets) != 2 || x.Offsets[1] < x.Offsets[0] || x.Offsets[1]-x.Offsets[0] != rows*columns*uint64(kind.size) || x.Offsets[0] > 1<<62 {
		return fmt.Errorf("a matrix of %d x %d does not lie in bytes %v", rows, columns, x.Offsets)
	}
	return nil
}

// readMatrix reads the numbers row by row.
func (t *wordTable) readMatrix(r io.Reader, x *tensor, limit int64) error {
	kind := tensorTypes[x.Type]
	if size := x.Shape[0] * (4*x.Shape[1] + 64); size > uint64(max(limit, 0)) {
		return tableTooLarge(limit)
	}
	if _, err := io.CopyN(io.Discard, r, int64(x.Offsets[0])); err != nil {
		return errors.New("the file ends before the matrix")
	}
	t.dimensions = int(x.Shape[1])
	raw := make([]byte, t.dimensions*kind.size)
	for row := range x.Shape[0] {
		if _, err := io.ReadFull(r, raw); err != nil {
			return fmt.Errorf("the file ends in row %d of %d", row, x.Shape[0])
		}
		from := len(t.values)
		if t.values = kind.appendAll(t.values, raw); !finite(t.values[from:]) {
			return fmt.Errorf("row %d has a number that is none, or not finite", row)
		}
	}
	return nil
}

// readVocabulary reads the tokens of the rows: tokenizer.json of Hugging Face's
// tokenizers, or one token in each line.
func (t *wordTable) readVocabulary(r io.Reader, rows uint64) error {
	raw, err := io.ReadAll(io.LimitReader(r, 1<<30))
	if err != nil {
		return err
	}
	tokens, err := tokensOf(raw)
	if err != nil {
		return err
	}
	if uint64(len(tokens)) != rows {
		return fmt.Errorf("%d tokens for a matrix of %d rows", len(tokens), rows)
	}
	for i, token := range tokens {
		if _, twice := t.at[token]; !twice {
			t.at[token] = int32(i)
		}
		t.pieces = t.pieces || strings.HasPrefix(token, "##")
		for _, mark := range []string{"\u2581", "\u0120"} { // of a word's beginning: SentencePiece's, GPT-2's
			if strings.HasPrefix(token, mark) {
				t.mark = mark
			}
		}
	}
	return nil
}

// tokensOf lists the tokens by their rows.
func tokensOf(raw []byte) ([]string, error) {
	if text := strings.ReplaceAll(string(raw), "\r\n", "\n"); !strings.HasPrefix(text, "{") {
		return strings.Split(strings.TrimSuffix(text, "\n"), "\n"), nil
	}
	var file struct {
		Model struct{ Vocab json.RawMessage }
		Vocab json.RawMessage
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	vocab := file.Model.Vocab
	if vocab == nil {
		vocab = file.Vocab
	}
	var byToken map[string]uint64
	if json.Unmarshal(vocab, &byToken) == nil && len(byToken) > 0 {
		return inRows(byToken)
	}
	var scored [][]any // of a unigram model: token and score
	if json.Unmarshal(vocab, &scored) != nil || len(scored) == 0 {
		return nil, errors.New("there is no vocabulary in it: model.vocab is looked for")
	}
	tokens := make([]string, len(scored))
	for i, s := range scored {
		token, ok := any(nil), false
		if len(s) > 0 {
			token = s[0]
		}
		if tokens[i], ok = token.(string); !ok {
			return nil, fmt.Errorf("entry %d of model.vocab is no token with its score", i)
		}
	}
	return tokens, nil
}

// inRows brings tokens to their rows, each of which has one.
func inRows(rows map[string]uint64) ([]string, error) {
	tokens, seen := make([]string, len(rows)), make([]bool, len(rows))
	for token, row := range rows {
		if row >= uint64(len(tokens)) || seen[row] {
			return nil, fmt.Errorf("the %d tokens do not have the rows 0 to %d, each once", len(tokens), len(tokens)-1)
		}
		tokens[row], seen[row] = token, true
	}
	return tokens, nil
}

// wordPieces appends the rows of the longest pieces that make up a word, from its
// beginning; nothing where there are none.
func (t *wordTable) wordPieces(dst []int32, word []byte) []int32 {
	from := len(dst)
	for at := 0; at < len(word); {
		end, row := len(word), int32(0)
		for ok := false; ; {
			piece := string(word[at:end])
			if at > 0 {
				piece = "##" + piece
			}
			if row, ok = t.at[piece]; ok {
				break
			}
			if end--; end == at {
				return dst[:from]
			}
		}
		dst, at = append(dst, row), end
	}
	return dst
}
