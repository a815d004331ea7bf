package shards

import (
	"strings"

	"tamis/document"
)

// A Parquet row as JSON: structures and maps with keys of strings are objects, other
// maps are lists of {"key", "value"}, lists are lists. Integers are exact whatever
// their size; decimals are strings with all their digits, for readers of JSON round
// numbers; dates, times and timestamps are strings in the forms of RFC 3339, in UTC
// ("Z") where the column says so and without a zone where it does not; columns of the
// type JSON are the JSON they hold; binary values are base64 (RFC 4648); NaN and the
// infinities are null.

// AppendJSON appends the row of a document as a JSON object, members in the order of
// the columns, with the text as it is now.
func (s *InputSchema) AppendJSON(dst []byte, d *document.Document) ([]byte, error) {
	a := assembler{entries: make([][]byte, len(s.leaves)), text: d.Text(), textLeaf: s.text}
	a.split(s, s.row(new([]byte), d))
	return a.object(dst, s.root), nil
}

// An assembler puts the leaves of a row together again.
type assembler struct {
	entries  [][]byte // what is left of each leaf's entries
	text     string
	textLeaf int
	omitText bool // structures are written without the text
}

// split finds the leaves of a row.
func (a *assembler) split(s *InputSchema, row []byte) {
	for i, leaf := range s.leaves {
		if i != s.text {
			a.entries[i], row = leaf.section(row)
		}
	}
}

// peek returns the levels of the next entry of a leaf; ok is false behind its last one.
func (a *assembler) peek(leaf *node) (rep, def byte, ok bool) {
	if leaf.first == a.textLeaf {
		return 0, leaf.def, true
	}
	b := a.entries[leaf.first]
	if len(b) == 0 {
		return 0, 0, false
	}
	if leaf.rep > 0 {
		rep, b = b[0], b[1:]
	}
	if leaf.def > 0 {
		return rep, b[0], true
	}
	return rep, 0, true
}

// drop passes over one entry of every leaf below a node.
func (a *assembler) drop(n *node) {
	for i := n.first; i < n.last; i++ {
		if i != a.textLeaf {
			_, _, _, a.entries[i] = leafAt(n, i).takeEntry(a.entries[i])
		}
	}
}

// leafAt returns the leaf of a number below a node.
func leafAt(n *node, leaf int) *node {
	for !n.leaf() {
		for _, kid := range n.kids {
			if leaf < kid.last {
				n = kid
				break
			}
		}
	}
	return n
}

// value appends the next value of a node, whose parent is present.
func (a *assembler) value(dst []byte, n *node) []byte {
	if n.first == n.last {
		return append(dst, "{}"...)
	}
	switch {
	case n.repeated():
		return a.list(dst, n, n)
	case n.optional():
		if _, def, _ := a.peek(leafAt(n, n.first)); def < n.def {
			a.drop(n)
			return append(dst, "null"...)
		}
	}
	return a.present(dst, n)
}

// present appends a value that is there.
func (a *assembler) present(dst []byte, n *node) []byte {
	switch n.shape {
	case shapeList:
		return a.list(dst, n.kids[0], n.element())
	case shapeMap:
		return a.mapping(dst, n.kids[0])
	case shapeStruct:
		return a.object(dst, n)
	}
	if n.first == a.textLeaf {
		return AppendQuote(dst, a.text)
	}
	var b []byte
	_, _, b, a.entries[n.first] = n.takeEntry(a.entries[n.first])
	return n.appendValue(dst, b)
}

func (a *assembler) object(dst []byte, n *node) []byte {
	dst = append(dst, '{')
	start := len(dst)
	for _, kid := range n.kids {
		if a.omitText && kid.leaf() && kid.first == a.textLeaf {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(AppendQuote(dst, kid.name), ':')
		dst = a.value(dst, kid)
	}
	return append(dst, '}')
}

// each calls f for every element of the repeated node mid.
func (a *assembler) each(mid *node, f func(i int)) {
	first := leafAt(mid, mid.first)
	if _, def, _ := a.peek(first); def < mid.def {
		a.drop(mid)
		return
	}
	for i := 0; ; i++ {
		f(i)
		if rep, _, ok := a.peek(first); !ok || rep != mid.rep {
			return
		}
	}
}

func (a *assembler) list(dst []byte, mid, element *node) []byte {
	dst = append(dst, '[')
	a.each(mid, func(i int) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if element == mid {
			dst = a.present(dst, mid)
		} else {
			dst = a.value(dst, element)
		}
	})
	return append(dst, ']')
}

func (a *assembler) mapping(dst []byte, mid *node) []byte {
	key := mid.kids[0]
	named := key.leaf() && !key.repeated() && (key.value == kindString || key.value == kindJSON)
	open, end := byte('['), byte(']')
	if named {
		open, end = '{', '}'
	}
	dst = append(dst, open)
	a.each(mid, func(i int) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if !named {
			dst = a.object(dst, mid)
			return
		}
		if dst = a.name(dst, key); len(mid.kids) == 1 {
			dst = append(dst, "null"...)
		} else {
			dst = a.value(dst, mid.kids[1])
		}
	})
	return append(dst, end)
}

// name appends the next key of a map as the name of a member.
func (a *assembler) name(dst []byte, key *node) []byte {
	var b []byte
	_, _, b, a.entries[key.first] = key.takeEntry(a.entries[key.first])
	return append(AppendQuote(dst, view(b)), ':')
}

// Lookup returns the value at a path of names joined by dots: booleans, numbers and
// strings as they are, dates, times, decimals and binary values as the strings that
// AppendJSON makes of them, lists, maps and structures as JSON. It implements
// document.Fields.
func (s *InputSchema) Lookup(d *document.Document, path string) (document.Value, bool) {
	n, row := s.root.find(path), s.row(new([]byte), d)
	switch {
	case n == nil:
		return document.Value{}, false
	case n.first == s.text && n.leaf():
		return document.Value{Kind: document.String, Str: d.Text()}, true
	case n.leaf() && n.rep == 0:
		return n.lookup(s.flat(row, n.first)), true
	}
	a := assembler{entries: make([][]byte, len(s.leaves)), text: d.Text(), textLeaf: s.text}
	a.split(s, row)
	json := view(a.value(nil, n))
	switch {
	case json == "null" || n.absent(s, row):
		return document.Value{}, true
	case strings.HasPrefix(json, "{") || strings.HasPrefix(json, "["):
		return document.Value{Kind: document.Other, Str: json}, true
	}
	return valueOf([]byte(json)), true
}

// absent reports whether something above a node is null.
func (n *node) absent(s *InputSchema, row []byte) bool {
	if n.first == n.last || n.parent == nil || n.first <= s.text && s.text < n.last {
		return false
	}
	leaf := s.leaves[n.first]
	var own []byte
	for i := 0; i <= n.first; i++ {
		if i != s.text {
			own, row = s.leaves[i].section(row)
		}
	}
	if leaf.def == 0 {
		return false
	}
	if leaf.rep > 0 {
		own = own[1:]
	}
	return own[0] < n.parent.def
}

// flat returns the value of a flat leaf of a row, nil for null.
func (s *InputSchema) flat(row []byte, leaf int) []byte {
	var own []byte
	for i := 0; i <= leaf; i++ {
		if i != s.text {
			own, row = s.leaves[i].section(row)
		}
	}
	_, _, value, _ := s.leaves[leaf].takeEntry(own)
	return value
}

// exactIntegers is how far a float64 has all integers.
const exactIntegers = 1 << 53

// lookup reads a value as steps see it.
func (n *node) lookup(b []byte) document.Value {
	if b == nil {
		return document.Value{}
	}
	switch n.value {
	case kindBool:
		return document.Value{Kind: document.Bool, Num: float64(b[0])}
	case kindString:
		return document.Value{Kind: document.String, Str: view(b)}
	case kindInt:
		if x := n.int(b); -exactIntegers < x && x < exactIntegers {
			return document.Value{Kind: document.Number, Num: float64(x)}
		}
	case kindUint:
		if x := n.uint(b); x < exactIntegers {
			return document.Value{Kind: document.Number, Num: float64(x)}
		}
	case kindFloat, kindFloat16:
		return document.Value{Kind: document.Number, Num: n.float(b)}
	}
	return valueOf(n.appendValue(nil, b))
}
