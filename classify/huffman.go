package classify

// A huffman is the tree of hierarchical softmax: leaves 0 to n-1 are the labels,
// node n+i has output row i, and the last node is the root.
type huffman struct {
	labels int
	left   []int32 // of node labels+i
	right  []int32
}

// newHuffman builds the tree over counts in the order of the file, which is
// descending in sound files. Where a label and a node count alike the node goes
// first.
func newHuffman(counts []int64) *huffman {
	n := len(counts)
	t := &huffman{labels: n}
	if n < 2 {
		return t
	}
	sums := make([]int64, n-1)
	leaf, node := n-1, 0
	for i := range sums {
		pick := func() (int32, int64) {
			if leaf >= 0 && (node >= i || counts[leaf] < sums[node]) {
				leaf--
				return int32(leaf + 1), counts[leaf+1]
			}
			node++
			return int32(n + node - 1), sums[node-1]
		}
		left, a := pick()
		right, b := pick()
		t.left, t.right = append(t.left, left), append(t.right, right)
		sums[i] = a + b
	}
	return t
}

// root returns the last node.
func (t *huffman) root() int32 { return int32(t.labels + len(t.left) - 1) }

// A step is one node on the way from the root to a label.
type huffmanStep struct {
	row   int32
	right bool
}

// paths returns for each label its way from the leaf to the root.
func (t *huffman) paths() [][]huffmanStep {
	parent := make([]int32, t.labels+len(t.left))
	isRight := make([]bool, len(parent))
	for i := range t.left {
		parent[t.left[i]], parent[t.right[i]] = int32(i), int32(i)
		isRight[t.right[i]] = true
	}
	out := make([][]huffmanStep, t.labels)
	for label := range out {
		for at := int32(label); at != t.root(); at = int32(t.labels) + parent[at] {
			out[label] = append(out[label], huffmanStep{parent[at], isRight[at]})
		}
	}
	return out
}
