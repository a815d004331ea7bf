package dedup

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"tamis/document"
	"tamis/step"
)

// Semantic removes documents that say the same as another one, as far as vectors can
// tell.
var Semantic = step.Spec{
	Name: "semantic",
	Doc: "Removes documents whose vector points nearly where that of another one points. Vectors are brought into clusters (spherical k-means); within a cluster, " +
		"documents are gone through from the best to the worst by keep, and one whose cosine similarity with an earlier one is above 1 - epsilon goes. " +
		"Pairs that lie in two clusters are not seen. From 256 clusters on, centroids are searched in groups, which finds the nearest one of all nearly always. With prototypes, of the documents that are left only a share stays, those that are farthest from the centroid " +
		"of their cluster or those that are nearest to it. The built-in encoder counts hashed words, pairs of words and runs of letters: " +
		"it sees reordered and lightly edited text, and neither synonyms nor translations; for these, bring vectors of a language model. docs/semantic.md has what " +
		"each encoder was measured to see. " +
		"The cost grows with the square of a cluster's size.",
	Source: "Abbas et al. 2023 (SemDeDup), arXiv:2303.09540, section 3; prototypes: Tirumala et al. 2023 (D4), arXiv:2308.12284, section 3.2",
	Rules: append(clusterRules("cosine similarity", "Cosine similarity of a removed document with the best one before it that is near enough."),
		step.Rule{Name: "prototype", Unit: "cosine similarity", Min: step.NoMin, Max: step.NoMax, Scale: step.Share,
			Doc: "Cosine similarity with the centroid of its cluster of a document that prototypes remove."}),
	New: func() step.Settings {
		return &SemanticSettings{Vectors: "hashed", Dimensions: 256, Iterations: 10, Epsilon: 0.1, Prototypes: 1, Stay: "farthest", Copies: 1, Keep: []string{"longest", "first"}, Date: "date"}
	},
}

// SemanticSettings are what a recipe may set in semantic.
type SemanticSettings struct {
	Vectors    string   `yaml:"vectors" doc:"hashed (the built-in encoder), field:PATH (a list of numbers in each record), or file:PATH: vectors of the documents (.npy, float16, float32 or float64), or vectors of words: a model of fastText (.bin, .ftz), static embeddings (.safetensors, with vocabulary), or else the text format of word2vec, fastText or GloVe, most frequent word first"`
	IDs        string   `yaml:"ids" doc:"with a .npy file: a text file with the id of the document of each row, one in a line; without it there is a row for each document that reaches the step, in the order of the input"`
	Vocabulary string   `yaml:"vocabulary" doc:"with a .safetensors file: the tokens of its rows, as tokenizer.json or one in a line"`
	Dimensions int      `yaml:"dimensions" doc:"numbers in a vector of the built-in encoder"`
	Clusters   int      `yaml:"clusters" doc:"of k-means; 0 is the square root of the number of documents"`
	Iterations int      `yaml:"iterations" doc:"of k-means, at most; each looks at 64 documents for each cluster"`
	Epsilon    float64  `yaml:"epsilon" doc:"documents are copies where their cosine similarity is above 1 - epsilon"`
	Prototypes float64  `yaml:"prototypes" doc:"share of the documents left that stays, by how far they are from the centroid of their cluster; 1 is all"`
	Stay       string   `yaml:"prototypes_keep" doc:"which of them stay: farthest, as in D4, or nearest"`
	Copies     int      `yaml:"keep_copies" doc:"how many documents stay of those that are copies of each other; 0 removes them all, the best one too"`
	Keep       []string `yaml:"keep" doc:"which copy stays, by the first of these in which copies differ: hard (the farthest from the centroid of its cluster, as in SemDeDup) or easy (the nearest), at the beginning alone, source, longest, shortest, newest, oldest, field:PATH, a signal such as quality.score (with - before it for the least), first"`
	Date       string   `yaml:"date" doc:"field that newest and oldest look at"`

	Earlier
}

func (s *SemanticSettings) check() error {
	switch {
	case s.Dimensions < 8 || s.Dimensions > 1<<14:
		return &step.Fault{Key: "dimensions", Err: fmt.Errorf("%d, from 8 to 16384 are possible", s.Dimensions)}
	case s.Clusters < 0 || s.Clusters > maxCentroids:
		return &step.Fault{Key: "clusters", Err: fmt.Errorf("%d, from 0 to %d are possible", s.Clusters, maxCentroids)}
	case s.Iterations < 1 || s.Iterations > 1000:
		return &step.Fault{Key: "iterations", Err: fmt.Errorf("%d, from 1 to 1000 are possible", s.Iterations)}
	case s.Epsilon <= 0 || s.Epsilon >= 1:
		return &step.Fault{Key: "epsilon", Err: fmt.Errorf("%v, more than 0 and less than 1 is possible", s.Epsilon)}
	case s.Prototypes <= 0 || s.Prototypes > 1:
		return &step.Fault{Key: "prototypes", Err: fmt.Errorf("%v, more than 0 and at most 1 is possible", s.Prototypes)}
	case s.Stay != "farthest" && s.Stay != "nearest":
		return &step.Fault{Key: "prototypes_keep", Err: fmt.Errorf("%q; possible are farthest and nearest", s.Stay)}
	case s.IDs != "" && !strings.HasSuffix(s.Vectors, ".npy"):
		return &step.Fault{Key: "ids", Err: errors.New("only with vectors: file:….npy")}
	case s.Vocabulary != "" && !strings.HasSuffix(s.Vectors, ".safetensors"):
		return &step.Fault{Key: "vocabulary", Err: errors.New("only with vectors: file:….safetensors")}
	}
	return nil
}

// Build makes the step.
func (s *SemanticSettings) Build(env *step.Env) (any, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	m := &semantic{name: env.Name, seed: env.Seed, clusters: s.Clusters, iterations: s.Iterations, nearest: 1 - s.Epsilon,
		prototypes: s.Prototypes, stay: s.Stay, rules: env.Rules}
	if err := s.encoders(env, m); err != nil {
		return nil, err
	}
	var err error
	if m.keep, m.central, err = s.keeping(env); err != nil {
		return nil, err
	}
	if m.policy, err = newPolicy(env, s.Copies); err != nil {
		return nil, err
	}
	m.epoch.whole, m.epoch.keep = true, m.keep
	if err := m.epoch.open(env, s.Earlier); err != nil {
		return nil, err
	}
	return m, nil
}

// keeping reads the setting keep. Where copies differ in their distance from the
// centroid first, that is not known before the vectors are in clusters: the key has
// room for it at its beginning.
func (s *SemanticSettings) keeping(env *step.Env) (k *keeping, central string, err error) {
	names := s.Keep
	if len(names) > 0 && (names[0] == "hard" || names[0] == "easy") {
		central, names = names[0], names[1:]
	}
	if k, err = newKeeping(names, s.Date, env); err == nil && central != "" {
		k.lead(criterion{8, func(dst []byte, _ *document.Document) []byte { return appendUint64(dst, 0) }})
	}
	return k, central, err
}

// encoders gives the step what makes an encoder for one goroutine, and says what its
// vectors depend on.
func (s *SemanticSettings) encoders(env *step.Env, m *semantic) (err error) {
	kind, path, _ := strings.Cut(s.Vectors, ":")
	depends := ""
	switch {
	case s.Vectors == "hashed":
		n := s.Dimensions
		m.encoder, depends = func() encoder { return hashEncoder(n) }, fmt.Sprintf("hashed, %d dimensions", n)
	case kind == "field" && path != "":
		m.encoder, depends = func() encoder { return fieldEncoder(path) }, "brought along"
	case kind == "file" && path != "":
		depends, err = s.openFile(path, env, m)
	default:
		err = fmt.Errorf("%q; possible are hashed, field:PATH and file:PATH", s.Vectors)
	}
	if err != nil {
		return &step.Fault{Key: "vectors", Err: err}
	}
	m.epoch.shared = []agreed{{"vectors", depends}}
	return nil
}

// openFile opens a file of vectors, whose name says what it is.
func (s *SemanticSettings) openFile(path string, env *step.Env, m *semantic) (depends string, err error) {
	switch filepath.Ext(path) {
	case ".npy":
		m.rows, err = openRows(path, s.IDs, env)
		return "brought along", err
	case ".bin", ".ftz":
		model, print, err := openModel(path, env)
		m.encoder = func() encoder { return modelEncoder(model) }
		return print, err
	}
	var t *wordTable
	if filepath.Ext(path) == ".safetensors" {
		t, err = openStatic(path, s.Vocabulary, env)
	} else {
		t, err = openTable(path, env)
	}
	if err != nil {
		return "", err
	}
	m.encoder = func() encoder { return tableEncoder(t) }
	return "of words, " + t.print(), nil
}

// semantic is the step semantic, ready to run.
type semantic struct {
	name       string
	seed       uint64
	encoder    func() encoder
	clusters   int
	iterations int
	rows       *rowVectors // in place of an encoder
	nearest    float64     // the cosine similarity above which documents are copies
	central    string      // the distance from the centroid that keep asks for first, if any
	prototypes float64     // share that stays
	stay       string
	rules      []step.Rule
	keep       *keeping
	policy     policy
	epoch      epoch
}

// Apply removes d where it is not the copy that stays.
func (s *semantic) Apply(_ *document.Document, decision []byte, m *step.Meter) step.Verdict {
	if c, err := readDecision(decision); err == nil && c.prototype {
		m.Hold(rulePrototype, c.jaccard)
		return step.Verdict{Removed: true, Rule: rulePrototype, Value: c.jaccard}
	}
	return applyDecision(decision, m)
}

// Member says which copies a document has.
func (s *semantic) Member(decision []byte) (step.Membership, bool) {
	return s.policy.memberOf(decision)
}

// Edits reports that no text changes.
func (s *semantic) Edits() bool { return false }

// Sketcher returns what one worker sketches with.
func (s *semantic) Sketcher() step.Sketcher {
	if s.rows != nil {
		return rowSketcher{s}
	}
	return &semanticSketcher{s: s, encode: s.encoder()}
}

type semanticSketcher struct {
	s      *semantic
	encode encoder
	vector []float32
}

// Sketch appends the vector of d, of length 1, and the keep key; nothing where d has
// no vector.
func (k *semanticSketcher) Sketch(dst []byte, d *document.Document) []byte {
	var ok bool
	if k.vector, ok = k.encode(k.vector[:0], d); !ok || !normalize(k.vector) {
		return dst
	}
	return k.s.keep.append(appendVector(dst, k.vector), d)
}

// Vectors are kept as little-endian float32.

func appendVector(dst []byte, v []float32) []byte {
	for _, x := range v {
		b := math.Float32bits(x)
		dst = append(dst, byte(b), byte(b>>8), byte(b>>16), byte(b>>24))
	}
	return dst
}

// readVector fills v.
func readVector(v []float32, b []byte) {
	for i := range v {
		v[i] = math.Float32frombits(uint32(b[4*i]) | uint32(b[4*i+1])<<8 | uint32(b[4*i+2])<<16 | uint32(b[4*i+3])<<24)
	}
}

// appendRead appends the numbers of a vector.
func appendRead(dst []float32, b []byte) []float32 {
	at, n := len(dst), len(b)/4
	dst = slices.Grow(dst, n)[:at+n]
	readVector(dst[at:], b)
	return dst
}

// A drawn document is told by a number that its ordinal and the seed give.
type drawn struct{ hash, ordinal uint64 }

// A lowest holds the n drawn documents of the lowest hashes, the highest of them on
// top.
type lowest struct {
	n    int
	heap []drawn
}

func (l *lowest) add(s drawn) {
	if len(l.heap) == l.n {
		if s.hash >= l.heap[0].hash {
			return
		}
		l.heap[0] = s
		l.sink()
		return
	}
	l.heap = append(l.heap, s)
	if len(l.heap) == l.n {
		slices.SortFunc(l.heap, func(a, b drawn) int { return compareHashes(b, a) }) // a heap, too
	}
}

func (l *lowest) sink() {
	for i := 0; ; {
		c := 2*i + 1
		if c >= len(l.heap) {
			return
		}
		if c+1 < len(l.heap) && l.heap[c+1].hash > l.heap[c].hash {
			c++
		}
		if l.heap[c].hash <= l.heap[i].hash {
			return
		}
		l.heap[c], l.heap[i] = l.heap[i], l.heap[c]
		i = c
	}
}

// sorted returns the ordinals by their hashes.
func (l *lowest) sorted() []drawn {
	slices.SortFunc(l.heap, compareHashes)
	return l.heap
}

func compareHashes(a, b drawn) int {
	switch {
	case a.hash < b.hash:
		return -1
	case a.hash > b.hash:
		return 1
	}
	return 0
}
