package shards

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tamis/document"
)

// A Shape is what the records of JSONL documents look like together: the members
// that occur and the types of their values. It settles the columns of a Parquet
// output. Shapes merge in any order to the same Shape. The zero Shape has seen
// nothing.
type Shape struct {
	root shapeNode
	name []byte // of the member under observation, where it has escapes
}

// Bounds of a Shape: an object with more members than these is a dictionary rather
// than a structure, and becomes JSON; so does what nests deeper.
const (
	maxMembers    = 256
	maxTopMembers = 4096
	maxShapeDepth = 16
)

// seen is the set of kinds of values that occurred at one path. Sets merge by union,
// which is why the order of merging does not matter; what type a set makes is
// settled at the end.
type seen uint16

const (
	seenNull       seen = 1 << iota
	seenBool            //
	seenInt             // an integer that a float64 holds exactly
	seenLongInt         // another one that an int64 holds
	seenFloat           // any other number that a float64 holds
	seenHugeNumber      // a number that neither holds
	seenString          //
	seenList            //
	seenObject          //
	seenText            // the text of documents
	seenDeep            // deeper than maxShapeDepth
	seenWide            // more than maxMembers
)

const (
	seenNumber = seenInt | seenLongInt | seenFloat | seenHugeNumber
	seenAny    = seenWide<<1 - 1
)

type shapeNode struct {
	seen    seen
	element *shapeNode
	members map[string]*shapeMember
}

type shapeMember struct {
	shapeNode
	first occurrence
}

// An occurrence is where a member was seen first. Members are ordered by it.
type occurrence struct {
	file   uint32
	record int64
	offset int // of the name in the record
}

func (o occurrence) compare(p occurrence) int {
	return cmp.Or(cmp.Compare(o.file, p.file), cmp.Compare(o.record, p.record), cmp.Compare(o.offset, p.offset))
}

// Observe adds a document of form 0; others are passed over.
func (s *Shape) Observe(d *document.Document) {
	if d.Form != 0 {
		return
	}
	record, hole := splitRest(d.Rest)
	if len(d.Turns) > 0 { // edits change no types
		record, hole = recordOf(d), -1
	}
	o := observer{s, record, hole, occurrence{d.Place.File, d.Place.Record, 0}}
	o.value(&s.root, span{0, len(record)}, 0)
}

type observer struct {
	shape *Shape
	b     []byte
	hole  int
	place occurrence
}

func (o *observer) value(n *shapeNode, at span, depth int) {
	if at.start == at.end {
		n.seen |= seenText
		return
	}
	switch o.b[at.start] {
	case '"':
		n.seen |= seenString
	case 'n':
		n.seen |= seenNull
	case 't', 'f':
		n.seen |= seenBool
	case '{':
		n.seen |= seenObject
		o.object(n, at.start, depth+1)
	case '[':
		n.seen |= seenList
		o.list(n, at.start, depth+1)
	default:
		n.seen |= numberSeen(at.of(o.b))
	}
}

func (o *observer) object(n *shapeNode, i, depth int) {
	if depth > maxShapeDepth {
		n.seen |= seenDeep
		return
	}
	w := walkMembers(o.b, i, o.hole)
	for {
		name, value, ok := w.next()
		if !ok {
			return
		}
		if m := o.member(n, name, depth); m != nil {
			o.value(&m.shapeNode, value, depth)
		}
	}
}

// member finds or makes a member of n; nil where n has too many.
func (o *observer) member(n *shapeNode, name span, depth int) *shapeMember {
	if n.seen&seenWide != 0 {
		return nil
	}
	raw := name.of(o.b)
	if slices.Contains(raw, '\\') {
		o.shape.name = unquote(o.shape.name[:0], raw)
		raw = o.shape.name
	}
	at := o.place
	at.offset = name.start
	if m := n.members[string(raw)]; m != nil {
		if at.compare(m.first) < 0 {
			m.first = at
		}
		return m
	}
	m := &shapeMember{first: at}
	n.add(string(raw), m, depth)
	return n.members[string(raw)]
}

// add adds a member to an object at a depth, 1 being the record.
func (n *shapeNode) add(name string, m *shapeMember, depth int) {
	if n.members == nil {
		n.members = map[string]*shapeMember{}
	}
	n.members[name] = m
	limit := maxMembers
	if depth == 1 {
		limit = maxTopMembers
	}
	if len(n.members) > limit {
		n.widen()
	}
}

// widen forgets the members of an object that has too many: they are kept as JSON.
func (n *shapeNode) widen() {
	n.seen |= seenWide
	n.members = nil
}

func (o *observer) list(n *shapeNode, i, depth int) {
	if depth > maxShapeDepth {
		n.seen |= seenDeep
		return
	}
	if n.element == nil {
		n.element = &shapeNode{}
	}
	w := walkElements(o.b, i, o.hole)
	for {
		value, ok := w.next()
		if !ok {
			return
		}
		o.value(n.element, value, depth)
	}
}

// numberSeen says what holds a number.
func numberSeen(b []byte) seen {
	if !slices.ContainsFunc(b, func(c byte) bool { return c == '.' || c|0x20 == 'e' }) {
		v, err := strconv.ParseInt(view(b), 10, 64)
		switch {
		case err != nil:
			return seenHugeNumber
		case -1<<53 <= v && v <= 1<<53:
			return seenInt
		}
		return seenLongInt
	}
	if v, _ := strconv.ParseFloat(view(b), 64); math.IsInf(v, 0) {
		return seenHugeNumber
	}
	return seenFloat
}

// Merge adds what another Shape has seen. The other one is not changed, and
// shares nothing with s afterwards.
func (s *Shape) Merge(other *Shape) { s.root.merge(&other.root, 1) }

func (n *shapeNode) merge(other *shapeNode, depth int) {
	n.seen |= other.seen
	if other.element != nil {
		if n.element == nil {
			n.element = &shapeNode{}
		}
		n.element.merge(other.element, depth+1)
	}
	if n.seen&seenWide != 0 {
		n.members = nil
		return
	}
	for name, from := range other.members {
		m := n.members[name]
		if m == nil {
			m = &shapeMember{first: from.first}
			n.add(name, m, depth)
		}
		if n.seen&seenWide != 0 {
			return
		}
		if from.first.compare(m.first) < 0 {
			m.first = from.first
		}
		m.merge(&from.shapeNode, depth+1)
	}
}

// A TypeKind is what the values at one path have in common.
type TypeKind uint8

// The kinds of types.
const (
	NullType   TypeKind = iota // null alone, or nothing at all
	BoolType                   //
	IntType                    // 64 bits
	FloatType                  // 64 bits; integers among them are exact
	StringType                 //
	ListType                   // of Elem
	ObjectType                 // of Members
	JSONType                   // anything: values that have no type in common are kept as JSON
)

// A Type is the type of the values at one path. Every one of them may be null or
// absent.
type Type struct {
	Kind    TypeKind
	Elem    *Type
	Members []Member
	// Text marks the place of the text of some documents, a StringType. Others says
	// that other records have something else at this path, of the type that is given.
	Text, Others bool
}

// A Member is a named value of an object.
type Member struct {
	Name string
	Type Type
}

// Members settles the types of the records' members, in the order in which they
// were first seen.
func (s *Shape) Members() ([]Member, error) {
	if s.root.seen&seenWide != 0 {
		return nil, fmt.Errorf("the records have more than %d different members between them, too many for columns: write jsonl, or name fewer fields", maxTopMembers)
	}
	return s.root.settled(), nil
}

func (n *shapeNode) settled() []Member {
	names := make([]string, 0, len(n.members))
	for name := range n.members {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(n.members[a].first.compare(n.members[b].first), strings.Compare(a, b))
	})
	out := make([]Member, len(names))
	for i, name := range names {
		out[i] = Member{name, n.members[name].settle()}
	}
	return out
}

// settle turns what was seen into a type.
func (n *shapeNode) settle() Type {
	is := n.seen &^ seenNull
	switch {
	case is == seenText:
		return Type{Kind: StringType, Text: true}
	case is&seenText != 0:
		others := *n
		others.seen &^= seenText
		t := others.settle()
		t.Text, t.Others = true, true
		return t
	case is == 0:
		return Type{Kind: NullType}
	case is == seenBool:
		return Type{Kind: BoolType}
	case is == seenString:
		return Type{Kind: StringType}
	case is&^(seenInt|seenLongInt) == 0:
		return Type{Kind: IntType}
	case is&^(seenInt|seenFloat) == 0:
		return Type{Kind: FloatType}
	case is == seenList:
		elem := n.element.settle()
		return Type{Kind: ListType, Elem: &elem}
	case is == seenObject && len(n.members) > 0:
		return Type{Kind: ObjectType, Members: n.settled()}
	}
	return Type{Kind: JSONType}
}
