package shards

import (
	"errors"
	"fmt"
	"strings"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// Bounds of a schema. No corpus comes near; hostile files do.
const (
	maxLeaves = 16 << 10
	maxNested = 64
	maxFixed  = 1 << 20 // bytes of a fixed-length value
)

// A node is one element of a Parquet schema with its place in the tree.
//
// A row is stored leaf by leaf. The definition level of a value counts how many of
// the optional and repeated elements above it are present, the repetition level says
// at which of the repeated ones the value begins a new element (Melnik et al. 2010,
// "Dremel", section 4).
type node struct {
	elem        *format.SchemaElement
	name        string
	parent      *node
	kids        []*node
	rep, def    byte // levels of a value that is present
	first, last int  // the leaves below it are [first, last)
	shape       shape
	value       valueKind // of a leaf
	width       int       // bytes of a leaf's value, 0 where they vary
}

// A shape is what a group of columns means.
type shape uint8

const (
	shapeLeaf shape = iota
	shapeStruct
	shapeList // its one child repeats
	shapeMap  // its one child repeats and has keys and perhaps values
)

// A valueKind is what the bytes of a leaf mean.
type valueKind uint8

const (
	kindBool valueKind = iota
	kindInt            // 4 or 8 bytes
	kindUint           // likewise
	kindFloat16
	kindFloat   // 4 or 8 bytes
	kindDecimal // big-endian bytes, or 4 or 8 bytes little-endian
	kindDate    // days
	kindTime    // since midnight
	kindTimestamp
	kindInt96 // deprecated timestamps
	kindUUID
	kindString
	kindJSON
	kindBinary // annotated or not
)

func (n *node) leaf() bool     { return n.shape == shapeLeaf }
func (n *node) repeated() bool { return n.elem.RepetitionType.V == format.Repeated }
func (n *node) optional() bool { return n.elem.RepetitionType.V == format.Optional }

// buildTree makes a tree of the elements, which lie in depth-first order, and returns
// its root and its leaves.
func buildTree(elements []format.SchemaElement) (*node, []*node, error) {
	b := treeBuilder{rest: elements}
	if len(elements) == 0 {
		return nil, nil, errors.New("the file has no schema")
	}
	root, err := b.node(nil, 0)
	switch {
	case err != nil:
		return nil, nil, err
	case len(b.rest) != 0:
		return nil, nil, fmt.Errorf("the schema has %d elements that belong to no group", len(b.rest))
	case root.leaf():
		return nil, nil, errors.New("the schema's root is a column")
	}
	return root, b.leaves, nil
}

type treeBuilder struct {
	rest   []format.SchemaElement
	leaves []*node
}

func (b *treeBuilder) node(parent *node, depth int) (*node, error) {
	if len(b.rest) == 0 {
		return nil, errors.New("the schema ends in the middle of a group")
	}
	if depth > maxNested {
		return nil, fmt.Errorf("columns are nested more than %d deep", maxNested)
	}
	e := &b.rest[0]
	b.rest = b.rest[1:]
	n := &node{elem: e, name: e.Name, parent: parent, first: len(b.leaves)}
	if parent != nil {
		n.rep, n.def = parent.rep, parent.def
		switch {
		case n.optional():
			n.def++
		case n.repeated():
			n.def++
			n.rep++
		}
	}
	if e.Type.Valid {
		return n, b.leaf(n)
	}
	n.shape = shapeStruct
	if e.NumChildren.V < 0 || int(e.NumChildren.V) > len(b.rest) {
		return nil, fmt.Errorf("group %q claims %d members, %d elements are left", n.path(), e.NumChildren.V, len(b.rest))
	}
	for range e.NumChildren.V {
		kid, err := b.node(n, depth+1)
		if err != nil {
			return nil, err
		}
		n.kids = append(n.kids, kid)
	}
	n.last = len(b.leaves)
	n.shape = groupShape(n)
	return n, nil
}

func (b *treeBuilder) leaf(n *node) error {
	if len(b.leaves) == maxLeaves {
		return fmt.Errorf("the schema has more than %d columns", maxLeaves)
	}
	b.leaves = append(b.leaves, n)
	n.last = len(b.leaves)
	switch n.elem.Type.V {
	case format.Boolean:
		n.width = 1
	case format.Int32, format.Float:
		n.width = 4
	case format.Int64, format.Double:
		n.width = 8
	case format.Int96:
		n.width = 12
	case format.ByteArray:
	case format.FixedLenByteArray:
		n.width = int(n.elem.TypeLength.V)
		if n.width <= 0 || n.width > maxFixed {
			return fmt.Errorf("column %q has values of %d bytes", n.path(), n.width)
		}
	default:
		return fmt.Errorf("column %q has the unknown type %d", n.path(), n.elem.Type.V)
	}
	n.value = leafKind(n)
	return nil
}

// groupShape recognises lists and maps, as the format's rules for old files have it.
func groupShape(n *node) shape {
	if len(n.kids) != 1 || !n.kids[0].repeated() {
		return shapeStruct
	}
	list, isMap := false, false
	switch n.elem.LogicalType.Value.(type) {
	case *format.ListType:
		list = true
	case *format.MapType:
		isMap = true
	case nil:
		if ct := n.elem.ConvertedType; ct.Valid {
			list = ct.V == deprecated.List
			isMap = ct.V == deprecated.Map || ct.V == deprecated.MapKeyValue
		}
	}
	switch kid := n.kids[0]; {
	case isMap && !kid.leaf() && (len(kid.kids) == 1 || len(kid.kids) == 2):
		return shapeMap
	case list:
		return shapeList
	}
	return shapeStruct
}

// element returns what a list repeats: below the repeated group of the three-level
// form, or that group itself in the two-level form of old writers.
func (n *node) element() *node {
	mid := n.kids[0]
	if mid.leaf() || len(mid.kids) != 1 || mid.shape != shapeStruct ||
		mid.name == "array" || mid.name == n.name+"_tuple" {
		return mid
	}
	return mid.kids[0]
}

// leafKind reads the meaning of a leaf from its annotations; one that does not fit
// its physical type counts for nothing.
func leafKind(n *node) valueKind {
	phys := n.elem.Type.V
	kind := annotated(n.elem)
	fits := false
	switch kind {
	case kindInt, kindUint:
		fits = phys == format.Int32 || phys == format.Int64
	case kindFloat16:
		fits = phys == format.FixedLenByteArray && n.width == 2
	case kindUUID:
		fits = phys == format.FixedLenByteArray && n.width == 16
	case kindDecimal:
		fits = phys == format.Int32 || phys == format.Int64 || phys == format.ByteArray || phys == format.FixedLenByteArray
	case kindDate:
		fits = phys == format.Int32
	case kindTime:
		fits = phys == format.Int32 || phys == format.Int64
	case kindTimestamp:
		fits = phys == format.Int64
	case kindString, kindJSON:
		fits = phys == format.ByteArray
	}
	if fits {
		return kind
	}
	switch phys {
	case format.Boolean:
		return kindBool
	case format.Int32, format.Int64:
		return kindInt
	case format.Int96:
		return kindInt96
	case format.Float, format.Double:
		return kindFloat
	}
	return kindBinary
}

// annotated returns what an element's annotations say, kindBinary for nothing.
func annotated(e *format.SchemaElement) valueKind {
	switch t := e.LogicalType.Value.(type) {
	case *format.StringType, *format.EnumType:
		return kindString
	case *format.JsonType:
		return kindJSON
	case *format.DecimalType:
		return kindDecimal
	case *format.DateType:
		return kindDate
	case *format.TimeType:
		return kindTime
	case *format.TimestampType:
		return kindTimestamp
	case *format.IntType:
		if t.IsSigned {
			return kindInt
		}
		return kindUint
	case *format.UUIDType:
		return kindUUID
	case *format.Float16Type:
		return kindFloat16
	}
	if !e.ConvertedType.Valid {
		return kindBinary
	}
	switch e.ConvertedType.V {
	case deprecated.UTF8, deprecated.Enum:
		return kindString
	case deprecated.Json:
		return kindJSON
	case deprecated.Decimal:
		return kindDecimal
	case deprecated.Date:
		return kindDate
	case deprecated.TimeMillis, deprecated.TimeMicros:
		return kindTime
	case deprecated.TimestampMillis, deprecated.TimestampMicros:
		return kindTimestamp
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return kindUint
	case deprecated.Int8, deprecated.Int16, deprecated.Int32, deprecated.Int64:
		return kindInt
	}
	return kindBinary
}

// path returns the names above a node and its own, joined by dots, as in the file.
func (n *node) path() string {
	var names []string
	for ; n != nil && n.parent != nil; n = n.parent {
		names = append([]string{n.name}, names...)
	}
	return strings.Join(names, ".")
}

// typeName says what a node is, in the words of the format.
func (n *node) typeName() string {
	switch n.shape {
	case shapeList:
		return "list of " + n.element().typeName()
	case shapeMap:
		return "map"
	case shapeStruct:
		return "struct"
	}
	name := strings.ToLower(n.elem.Type.V.String())
	if v := n.elem.LogicalType.Value; v != nil {
		name = strings.ToLower(v.String())
	} else if n.elem.ConvertedType.Valid {
		name = convertedNames[n.value]
	}
	if n.repeated() {
		return "list of " + name
	}
	return name
}

// convertedNames name what old files say without a logical type.
var convertedNames = [...]string{
	kindBool: "boolean", kindInt: "int", kindUint: "uint", kindFloat16: "float16", kindFloat: "float",
	kindDecimal: "decimal", kindDate: "date", kindTime: "time", kindTimestamp: "timestamp",
	kindInt96: "int96", kindUUID: "uuid", kindString: "string", kindJSON: "json", kindBinary: "binary",
}

// find returns the node at a path of names joined by dots, or nil. Names may contain
// dots themselves: the longest name that fits is taken. Lists and maps have no names.
func (n *node) find(path string) *node {
	if n.shape != shapeStruct || n.parent != nil && n.repeated() {
		return nil
	}
	for _, kid := range n.kids {
		if kid.name == path {
			return kid
		}
	}
	for _, kid := range n.kids {
		if rest, ok := strings.CutPrefix(path, kid.name+"."); ok && !kid.leaf() {
			if found := kid.find(rest); found != nil {
				return found
			}
		}
	}
	return nil
}

// decimalScale returns how many digits of a decimal stand behind the point.
func (n *node) decimalScale() int {
	if t, ok := n.elem.LogicalType.Value.(*format.DecimalType); ok {
		return int(t.Scale)
	}
	return int(n.elem.Scale.V)
}

// perSecond returns how many units of a time or timestamp make a second, and whether
// it is a point in time (UTC) rather than what a clock on some wall showed.
func (n *node) perSecond() (units int64, utc bool) {
	var unit format.TimeUnit
	switch t := n.elem.LogicalType.Value.(type) {
	case *format.TimestampType:
		unit, utc = t.Unit, t.IsAdjustedToUTC
	case *format.TimeType:
		unit, utc = t.Unit, t.IsAdjustedToUTC
	default:
		ct := n.elem.ConvertedType.V
		if ct == deprecated.TimeMillis || ct == deprecated.TimestampMillis {
			return 1e3, true
		}
		return 1e6, true
	}
	switch unit.Value.(type) {
	case *format.MilliSeconds:
		return 1e3, utc
	case *format.NanoSeconds:
		return 1e9, utc
	}
	return 1e6, utc
}
