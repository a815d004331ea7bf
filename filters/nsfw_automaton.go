package filters

import (
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"
)

// An automaton finds all occurrences of many strings in one pass over a text (Aho and
// Corasick 1975). Bytes that no pattern tells apart share a class; a state is the
// index of its row in one table, so that a step is one addition and two loads.
//
//	row of state s:  next[s+0] next[s+1] … next[s+classes-1]
//
// States that end a pattern come last, so that one comparison tells them.
type automaton struct {
	class  [256]uint8
	next   []uint32
	accept uint32   // the first state that ends a pattern
	stride uint32   // classes
	first  []uint32 // of accepting state i: where its patterns begin in ends; one more at the end
	ends   []int32  // patterns, longest first
	length []int32  // bytes, by pattern
	most   int      // bytes of the longest pattern
}

// An occurrence is a place where a pattern was found: bytes [start, end).
type occurrence struct {
	pattern    int32
	start, end int32
}

// halved is how long a text must be to be searched in two halves at once.
const halved = 512

// find appends all occurrences of all patterns in s: in a text shorter than halved by
// their ends, in longer ones those that begin in its first half and those that begin
// in its second are each by their ends, and mixed. A step waits for the one before it,
// so that two searches at a time take little longer than one.
func (a *automaton) find(dst []occurrence, s string) []occurrence {
	if len(s) < halved {
		return a.search(dst, s, 0, 0, len(s), len(s))
	}
	next, accept, mid := a.next, a.accept, len(s)/2
	one, two := s[:mid], s[mid:]
	x, y := uint32(0), uint32(0)
	for i := range len(one) {
		x = next[x+uint32(a.class[one[i]])]
		y = next[y+uint32(a.class[two[i]])]
		if x >= accept {
			dst = a.emit(dst, x, i+1, mid)
		}
		if y >= accept {
			dst = a.emit(dst, y, mid+i+1, len(s))
		}
	}
	dst = a.search(dst, s, x, mid, min(mid+a.most, len(s)), mid)
	return a.search(dst, s, y, 2*mid, len(s), len(s))
}

// search goes on from a state over bytes [from, to) of s and appends the occurrences
// that begin before a place.
func (a *automaton) search(dst []occurrence, s string, state uint32, from, to, before int) []occurrence {
	for i := from; i < to; i++ {
		state = a.next[state+uint32(a.class[s[i]])]
		if state >= a.accept {
			dst = a.emit(dst, state, i+1, before)
		}
	}
	return dst
}

// emit appends the patterns that end in a state and begin before a place.
func (a *automaton) emit(dst []occurrence, state uint32, end, before int) []occurrence {
	i := (state - a.accept) / a.stride
	for _, p := range a.ends[a.first[i]:a.first[i+1]] {
		if start := int32(end) - a.length[p]; int(start) < before {
			dst = append(dst, occurrence{p, start, int32(end)})
		}
	}
	return dst
}

// contains reports whether any pattern occurs in s.
func (a *automaton) contains(s []byte) bool {
	state := uint32(0)
	for i := 0; i < len(s); i++ {
		state = a.next[state+uint32(a.class[s[i]])]
		if state >= a.accept {
			return true
		}
	}
	return false
}

// maxAutomaton bounds the table: 128 MiB.
const maxAutomaton = 32 << 20

// newAutomaton builds the automaton of patterns in small letters. A cased letter
// beyond ASCII matches its other case, too, where that has as many bytes; fold says
// which byte a byte counts as.
//
//	    ┌ D0 BF ┐
//	n ──┤       ├── m     п and П lead from n to the same state
//	    └ D0 9F ┘
func newAutomaton(patterns []string, fold *[256]byte) (*automaton, error) {
	t := &trie{nodes: make([]trieNode, 1)}
	a := &automaton{}
	for _, p := range patterns {
		a.length, a.most = append(a.length, int32(len(p))), max(a.most, len(p))
		t.add(p, int32(len(a.length)-1), fold)
	}
	a.classify(t, fold)
	if size := len(t.nodes) * int(a.stride); size > maxAutomaton {
		return nil, fmt.Errorf("the lists have %d characters of different beginnings and %d different ones, which is too many: at most %d states are possible",
			len(t.nodes), a.stride, maxAutomaton/a.stride)
	}
	a.build(t)
	return a, nil
}

// A trie holds the patterns while the automaton is built. Other cases of a letter
// make it a graph without cycles, all of whose paths to a node have one length.
type trie struct {
	nodes []trieNode
	used  [256]bool
	class [256]uint8 // of folded bytes
}

type trieNode struct {
	children []trieEdge
	ends     []int32
}

type trieEdge struct {
	by byte
	to uint32
}

// add enters one pattern.
func (t *trie) add(pattern string, id int32, fold *[256]byte) {
	at := uint32(0)
	for i := 0; i < len(pattern); {
		r, size := utf8.DecodeRuneInString(pattern[i:])
		if r < utf8.RuneSelf || r == utf8.RuneError {
			at = t.step(at, fold[pattern[i]], 0)
			i++
			continue
		}
		to := t.walk(at, pattern[i:i+size], 0)
		if upper := string(unicode.ToUpper(r)); len(upper) == size {
			t.walk(at, upper, to)
		}
		at = to
		i += size
	}
	t.nodes[at].ends = append(t.nodes[at].ends, id)
}

// walk follows the bytes of s from a node and returns the last node, which is to if
// that is not 0.
func (t *trie) walk(at uint32, s string, to uint32) uint32 {
	for i := range len(s) - 1 {
		at = t.step(at, s[i], 0)
	}
	return t.step(at, s[len(s)-1], to)
}

// step follows one byte, by a new edge if there is none: to the node to, or to a new
// one if that is 0.
func (t *trie) step(at uint32, by byte, to uint32) uint32 {
	t.used[by] = true
	for _, e := range t.nodes[at].children {
		if e.by == by {
			return e.to
		}
	}
	if to == 0 {
		to = uint32(len(t.nodes))
		t.nodes = append(t.nodes, trieNode{})
	}
	t.nodes[at].children = append(t.nodes[at].children, trieEdge{by, to})
	return to
}

// classify gives each byte that occurs in a pattern a class, and all others class 0.
func (a *automaton) classify(t *trie, fold *[256]byte) {
	a.stride = 1
	for b, used := range t.used {
		if used {
			t.class[b] = uint8(a.stride) // UTF-8 has no more than 243 bytes
			a.stride++
		}
	}
	for b := range a.class {
		a.class[b] = t.class[fold[b]]
	}
}

// build fills the table, breadth first.
func (a *automaton) build(t *trie) {
	n := len(t.nodes)
	stride := int(a.stride)
	table := make([]uint32, n*stride)
	fail := make([]uint32, n)
	seen := make([]bool, n)
	order := make([]uint32, 1, n)
	for i := 0; i < len(order); i++ {
		s := order[i]
		if s != 0 {
			copy(table[int(s)*stride:(int(s)+1)*stride], table[int(fail[s])*stride:])
			t.nodes[s].ends = append(t.nodes[s].ends, t.nodes[fail[s]].ends...)
		}
		for _, e := range t.nodes[s].children {
			cell := int(s)*stride + int(t.class[e.by])
			if !seen[e.to] {
				seen[e.to] = true
				if s != 0 {
					fail[e.to] = table[cell]
				}
				order = append(order, e.to)
			}
			table[cell] = e.to
		}
	}
	a.renumber(t, table, order)
}

// renumber puts the states that end patterns last, keeps their order otherwise, and
// multiplies all by the stride.
func (a *automaton) renumber(t *trie, table, order []uint32) {
	ends := func(s uint32) bool { return len(t.nodes[s].ends) > 0 }
	sorted := slices.Clone(order)
	slices.SortStableFunc(sorted, func(x, y uint32) int {
		switch {
		case ends(x) == ends(y):
			return 0
		case ends(y):
			return -1
		}
		return 1
	})
	number := make([]uint32, len(sorted))
	a.accept = uint32(len(sorted)) * a.stride
	for i, s := range sorted {
		number[s] = uint32(i) * a.stride
		if ends(s) {
			a.accept = min(a.accept, number[s])
			a.first = append(a.first, uint32(len(a.ends)))
			a.ends = append(a.ends, t.nodes[s].ends...)
		}
	}
	a.first = append(a.first, uint32(len(a.ends)))
	a.next = make([]uint32, len(table))
	for i, s := range sorted {
		for c := range int(a.stride) {
			a.next[i*int(a.stride)+c] = number[table[int(s)*int(a.stride)+c]]
		}
	}
}
