package classify

import (
	"fmt"
	"strings"
)

// A Loss says how a model turns its outputs into probabilities.
type Loss int32

// The losses, by their numbers in the file.
const (
	HierarchicalSoftmax Loss = 1
	NegativeSampling    Loss = 2
	Softmax             Loss = 3
	OneVsAll            Loss = 4
)

var lossNames = map[Loss]string{HierarchicalSoftmax: "hs", NegativeSampling: "ns", Softmax: "softmax", OneVsAll: "ova"}

// String returns the name that fastText's program has for the loss.
func (l Loss) String() string {
	if name, ok := lossNames[l]; ok {
		return name
	}
	return fmt.Sprintf("loss %d", int32(l))
}

// ParseLoss finds a loss by its name: softmax, hs, ns, ova or one-vs-all.
func ParseLoss(name string) (Loss, error) {
	switch name {
	case "hs":
		return HierarchicalSoftmax, nil
	case "ns":
		return NegativeSampling, nil
	case "softmax":
		return Softmax, nil
	case "ova", "one-vs-all":
		return OneVsAll, nil
	}
	return 0, fmt.Errorf("no loss is called %q: softmax, hs, ns or ova", name)
}

// A Kind says what a model was trained for.
type Kind int32

// The kinds, by their numbers in the file.
const (
	CBOW       Kind = 1
	SkipGram   Kind = 2
	Supervised Kind = 3
)

// Args are the numbers that a model was trained with, as the file has them.
type Args struct {
	Dim        int32
	Window     int32
	Epochs     int32
	MinCount   int32
	Negatives  int32
	WordNgrams int32 // longest word n-gram
	Loss       Loss
	Kind       Kind
	Buckets    int32 // rows that n-grams of words and letters share
	MinN, MaxN int32 // lengths of letter n-grams; MaxN 0 is none
	UpdateRate int32
	Sampling   float64
}

// LabelPrefix begins every label in training text and in model files.
const LabelPrefix = "__label__"

// A Model is what a file holds. It is never changed after it has been read or
// trained, and may be shared.
type Model struct {
	Version int32
	Args    Args

	dict     dictionary
	prune    pruning
	quantIn  bool // the flags in the file; a quantised output needs both
	quantOut bool
	input    matrix
	output   matrix
	tree     *huffman // hierarchical softmax only
}

// pruning says which n-gram rows a model kept.
type pruning struct {
	size  int64 // -1: never pruned; 0: none kept
	pairs []prunePair
	kept  bitset  // buckets
	rows  []int32 // of the kept buckets, in their order
	few   map[int32]int32
}

type prunePair struct{ bucket, row int32 }

// A bit for every bucket is kept up to so many buckets, and beyond that up to so many
// for each that the model kept; past both a map takes less memory.
const (
	fewBuckets = 16 << 20
	perKept    = 64
)

// index makes the pairs ready to be looked up. Where a file has a bucket twice the
// last one counts.
func (p *pruning) index(buckets int32) {
	rows := make(map[int32]int32, len(p.pairs))
	for _, pair := range p.pairs {
		rows[pair.bucket] = pair.row
	}
	if int64(buckets) > max(fewBuckets, perKept*p.size) {
		p.few = rows
		return
	}
	p.kept = newBitset(int(buckets))
	for bucket := range rows {
		p.kept.set(int(bucket))
	}
	p.kept.count()
	p.kept.each(func(bucket int) { p.rows = append(p.rows, rows[int32(bucket)]) })
}

// lookup returns the row, counted behind the words, of an n-gram's bucket.
func (p *pruning) lookup(bucket int32) (int32, bool) {
	switch {
	case p.size < 0:
		return bucket, true
	case p.few != nil:
		row, ok := p.few[bucket]
		return row, ok
	case p.size == 0 || !p.kept.has(int(bucket)):
		return 0, false
	}
	return p.rows[p.kept.rank(int(bucket))], true
}

// Labels returns how many labels the model knows.
func (m *Model) Labels() int { return int(m.dict.nlabels) }

// Words returns how many words the model knows.
func (m *Model) Words() int { return int(m.dict.nwords) }

// Quantised reports whether the input matrix is quantised, as in .ftz files.
func (m *Model) Quantised() bool { return m.quantIn }

// Label returns label i without its prefix.
func (m *Model) Label(i int) string {
	return strings.TrimPrefix(m.dict.words[int(m.dict.nwords)+i], LabelPrefix)
}

// FullLabel returns label i as the file has it, with its prefix.
func (m *Model) FullLabel(i int) string { return m.dict.words[int(m.dict.nwords)+i] }

func (m *Model) labelNames() []string {
	names := make([]string, m.Labels())
	for i := range names {
		names[i] = m.Label(i)
	}
	return names
}

// LabelIndex finds a label by its name, with or without the prefix.
func (m *Model) LabelIndex(name string) (int, bool) {
	name = strings.TrimPrefix(name, LabelPrefix)
	for i := range m.Labels() {
		if m.Label(i) == name {
			return i, true
		}
	}
	return 0, false
}

// maxN is the longest letter n-gram in use: version 11 never used them in
// supervised models, whatever its files say.
func (m *Model) maxN() int {
	if m.Version == 11 && m.Args.Kind == Supervised {
		return 0
	}
	return int(m.Args.MaxN)
}
