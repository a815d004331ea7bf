package shards

import (
	"slices"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A subtree is a column's elements in depth-first order, its own first.
type subtree []format.SchemaElement

func element(name string, r format.FieldRepetitionType) format.SchemaElement {
	return format.SchemaElement{Name: name, RepetitionType: thrift.New(r)}
}

func leafOf(name string, t format.Type) subtree {
	e := element(name, format.Optional)
	e.Type = thrift.New(t)
	return subtree{e}
}

// stringOf is a column of strings.
func stringOf(name string) subtree {
	s := leafOf(name, format.ByteArray)
	s[0].ConvertedType = thrift.New(deprecated.UTF8)
	s[0].LogicalType = format.LogicalType{Value: &format.StringType{}}
	return s
}

// jsonOf is a column of JSON. It is written as a column of strings, which all readers
// know; the annotation says so while columns are settled.
func jsonOf(name string) subtree {
	s := leafOf(name, format.ByteArray)
	s[0].LogicalType = format.LogicalType{Value: &format.JsonType{}}
	return s
}

// nullOf is a column in which nothing but null has been seen: any other type may take
// its place. It is written as a column of strings.
func nullOf(name string) subtree {
	s := leafOf(name, format.ByteArray)
	s[0].LogicalType = format.LogicalType{Value: &format.NullType{}}
	return s
}

// groupOf is a structure of members that have elements already.
func groupOf(name string, members []subtree) subtree {
	e := element(name, format.Optional)
	e.NumChildren = thrift.New(int32(len(members)))
	s := subtree{e}
	for _, m := range members {
		s = append(s, m...)
	}
	return s
}

// listOf is a list in the three-level form.
func listOf(name string, elem subtree) subtree {
	outer := element(name, format.Optional)
	outer.NumChildren = thrift.New[int32](1)
	outer.ConvertedType = thrift.New(deprecated.List)
	outer.LogicalType = format.LogicalType{Value: &format.ListType{}}
	mid := element("list", format.Repeated)
	mid.NumChildren = thrift.New[int32](1)
	return append(subtree{outer, mid}, elem...)
}

// columnOf makes a column of a type that JSON records have; ok is false where nothing
// is left of it without the text. Keep says that the text stays where it is.
func columnOf(m Member, keep bool) (s subtree, ok bool) {
	t := m.Type
	if t.Text && !t.Others {
		return stringOf(m.Name), keep
	}
	switch t.Kind {
	case BoolType:
		return leafOf(m.Name, format.Boolean), true
	case IntType:
		return leafOf(m.Name, format.Int64), true
	case FloatType:
		return leafOf(m.Name, format.Double), true
	case ListType:
		elem, _ := columnOf(Member{"element", *t.Elem}, true)
		return listOf(m.Name, elem), true
	case ObjectType:
		var members []subtree
		for _, kid := range t.Members {
			if c, ok := columnOf(kid, keep); ok {
				members = append(members, c)
			}
		}
		return groupOf(m.Name, members), len(members) > 0
	case JSONType:
		return jsonOf(m.Name), true
	case NullType:
		return nullOf(m.Name), true
	}
	return stringOf(m.Name), true
}

// elementsOf returns the elements of a node, without the leaf of the text, and without
// structures that held nothing else. Leaf -1 leaves nothing out.
func elementsOf(n *node, text int) subtree {
	if n.leaf() {
		if n.first == text {
			return nil
		}
		return subtree{*n.elem}
	}
	s := subtree{*n.elem}
	var kids int32
	for _, kid := range n.kids {
		if below := elementsOf(kid, text); below != nil {
			s = append(s, below...)
			kids++
		}
	}
	if kids == 0 && len(n.kids) > 0 {
		return nil
	}
	s[0].NumChildren = thrift.New(kids)
	return s
}

// tree makes nodes of a subtree below a root of its own.
func (s subtree) tree() *node {
	root := element("", format.Required)
	root.NumChildren = thrift.New[int32](1)
	top, _, err := buildTree(append(subtree{root}, s...))
	if err != nil {
		panic(err) // it was part of a tree before
	}
	return top.kids[0]
}

// unify finds the type that holds the values of two columns without loss, or returns
// false: they have JSON in common. Exact says that the integers of a JSON column are
// such as a double holds.
func unify(a, b subtree, exactA, exactB bool) (subtree, bool) {
	x, y := a.tree(), b.tree()
	switch {
	case sameNodes(x, y, true):
		if !x.optional() && y.optional() {
			return b.named(a[0].Name), true
		}
		return a, true
	case x.null():
		return b.named(a[0].Name).optional(), true
	case y.null():
		return a.optional(), true
	case !x.leaf() || !y.leaf() || x.rep > 0 || y.rep > 0:
		return nil, false
	case x.value == kindString && y.value == kindString:
		return stringOf(a[0].Name), true
	case x.wholeBits() > 0 && y.wholeBits() > 0 && max(x.wholeBits(), y.wholeBits()) <= 64:
		return leafOf(a[0].Name, format.Int64), true
	case x.fitsDouble(exactA) && y.fitsDouble(exactB):
		return leafOf(a[0].Name, format.Double), true
	}
	return nil, false
}

// null reports whether a column can hold nothing but null.
func (n *node) null() bool {
	_, null := n.elem.LogicalType.Value.(*format.NullType)
	return n.leaf() && null
}

// wholeBits is how many bits a signed integer needs to hold the column, 0 for others.
func (n *node) wholeBits() int {
	bits := 8 * n.width
	if t, ok := n.elem.LogicalType.Value.(*format.IntType); ok {
		bits = int(t.BitWidth)
	}
	switch n.value {
	case kindInt:
		return bits
	case kindUint:
		return bits + 1
	}
	return 0
}

// fitsDouble reports whether a double holds all values of a column exactly.
func (n *node) fitsDouble(exact bool) bool {
	if bits := n.wholeBits(); bits > 0 {
		return bits <= 53 || exact
	}
	return n.value == kindFloat || n.value == kindFloat16
}

// sameNodes reports whether values of two nodes have the same meaning and levels. At
// the top of a column one may be optional and the other required.
func sameNodes(a, b *node, top bool) bool {
	if a.shape != b.shape || len(a.kids) != len(b.kids) || a.repeated() != b.repeated() {
		return false
	}
	if !top && a.optional() != b.optional() {
		return false
	}
	if a.leaf() {
		return sameLeaf(a, b)
	}
	if a.shape == shapeList && (a.element() == a.kids[0]) != (b.element() == b.kids[0]) {
		return false
	}
	for i := range a.kids {
		if a.named() && a.kids[i].name != b.kids[i].name || !sameNodes(a.kids[i], b.kids[i], false) {
			return false
		}
	}
	return true
}

// named reports whether the names of a group's members mean something.
func (n *node) named() bool {
	if n.shape != shapeStruct {
		return false
	}
	inner := n.parent != nil && n.parent.shape != shapeStruct && n.repeated()
	return !inner || len(n.kids) > 1 && n.parent.shape == shapeList
}

func sameLeaf(a, b *node) bool {
	if a.elem.Type.V != b.elem.Type.V || a.width != b.width || a.value != b.value || a.null() != b.null() {
		return false
	}
	switch a.value {
	case kindInt, kindUint:
		return a.wholeBits() == b.wholeBits()
	case kindDecimal:
		return a.decimalScale() == b.decimalScale() && a.elem.Precision.V == b.elem.Precision.V
	case kindTime, kindTimestamp:
		unitA, utcA := a.perSecond()
		unitB, utcB := b.perSecond()
		return unitA == unitB && utcA == utcB
	}
	return true
}

// named returns the subtree under another name.
func (s subtree) named(name string) subtree {
	s = slices.Clone(s)
	s[0].Name = name
	return s
}

// optional returns the subtree as one that may be null. What repeats may be absent
// already.
func (s subtree) optional() subtree {
	if s[0].RepetitionType.V != format.Required {
		return s
	}
	s = slices.Clone(s)
	s[0].RepetitionType = thrift.New(format.Optional)
	return s
}
