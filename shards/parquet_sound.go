package shards

// Leaves are stored apart, so a damaged file can have a list that is longer in one
// leaf than in its neighbour, or a structure that is null in one and present in the
// other. Such a row has no meaning, and no program could read it again.

// sound reports whether the leaves of a row agree about what is above them.
func (a *assembler) sound(s *InputSchema, row []byte) bool {
	a.entries = resize(a.entries, len(s.leaves))
	a.textLeaf = s.text
	a.split(s, row)
	for _, kid := range s.root.kids {
		if kid.leaf() && kid.rep == 0 {
			continue
		}
		if !a.agree(kid) || !a.spent(kid) {
			return false
		}
	}
	return true
}

// agree passes over the next value of a node, whose parent is present, and reports
// whether its leaves agree about it.
func (a *assembler) agree(n *node) bool {
	if n.first == n.last {
		return true
	}
	switch {
	case n.repeated():
		return a.agreeList(n)
	case n.optional():
		present, same := a.presence(n)
		if !same {
			return false
		}
		if !present {
			a.drop(n)
			return true
		}
	}
	return a.agreePresent(n)
}

// agreePresent is agree for a node that is there.
func (a *assembler) agreePresent(n *node) bool {
	if n.leaf() {
		if n.first == a.textLeaf {
			return true
		}
		if _, _, ok := a.peek(n); !ok {
			return false
		}
		_, _, _, a.entries[n.first] = n.takeEntry(a.entries[n.first])
		return true
	}
	for _, kid := range n.kids {
		if !a.agree(kid) {
			return false
		}
	}
	return true
}

// presence reports whether a node is there, and whether all its leaves say the same.
func (a *assembler) presence(n *node) (present, same bool) {
	for i := n.first; i < n.last; i++ {
		_, def, ok := a.peek(leafAt(n, i))
		if !ok || i > n.first && def >= n.def != present {
			return false, false
		}
		present = def >= n.def
	}
	return present, true
}

// agreeList passes over the elements of a repeated node.
func (a *assembler) agreeList(mid *node) bool {
	present, same := a.presence(mid)
	if !same {
		return false
	}
	if !present {
		a.drop(mid)
		return true
	}
	for {
		if !a.agreePresent(mid) {
			return false
		}
		more := 0
		for i := mid.first; i < mid.last; i++ {
			if rep, _, ok := a.peek(leafAt(mid, i)); ok && rep == mid.rep {
				more++
			}
		}
		if more == 0 || more < mid.last-mid.first {
			return more == 0
		}
	}
}

// spent reports whether nothing is left of the leaves of a column.
func (a *assembler) spent(n *node) bool {
	for i := n.first; i < n.last; i++ {
		if i != a.textLeaf && len(a.entries[i]) > 0 {
			return false
		}
	}
	return true
}
