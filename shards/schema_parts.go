package shards

import (
	"slices"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A part says where a column of the output gets its values from in documents of one
// form.
type part struct {
	op    partOp
	from  *node // of the input's schema
	to    *node // of the output's
	shift byte  // added to definition levels: the output's column may be null, the input's not
}

// A partOp is how values become those of the output.
type partOp uint8

const (
	partNull  partOp = iota // the form does not have the column
	partText                // the document's text
	partCopy                // leaf by leaf
	partInt                 // one leaf of integers, widened
	partFloat               // one leaf of numbers, as doubles
	partID                  // one leaf of integers, as strings
	partJSON                // the values as JSON
	partShred               // JSON by the column's type
)

// lay builds the tree of the output and finds where its values come from.
func (o *OutputSchema) lay(s *settler) (err error) {
	if o.root, o.leaves, err = buildTree(o.elements); err != nil {
		return err
	}
	o.markJSON(s.single && len(s.schemas) == 1)
	o.under = len(o.leaves)
	if len(s.out.Columns) > 0 {
		o.under = o.root.kids[len(s.columns)].first
	}
	o.few = make([]bool, len(o.leaves))
	for i := range s.out.Columns {
		k := s.out.Columns[i].Kind
		o.few[o.under+i] = k == SourceColumn || k == LabelColumn
	}
	o.parts = make([][]part, len(s.schemas)+1)
	o.members = map[string]int{}
	for i, c := range s.columns {
		to := o.root.kids[i]
		o.parts[0] = append(o.parts[0], c.jsonPart(to))
		if c.member != "" {
			o.members[c.member] = i
		}
		for form := 1; form <= len(s.schemas); form++ {
			o.parts[form] = append(o.parts[form], c.part(form, to))
		}
		o.layColumn(s, c, to)
	}
	return nil
}

// markJSON notes which leaves hold JSON, and makes them strings, and those that hold
// nothing, where they are not an input's own columns.
func (o *OutputSchema) markJSON(own bool) {
	o.json = make([]bool, len(o.leaves))
	for i, leaf := range o.leaves {
		o.json[i] = leaf.value == kindJSON
		null := leaf.null() && leaf.elem.Type.V == format.ByteArray
		if !own && (o.json[i] || null) {
			leaf.value = kindString
			leaf.elem.ConvertedType = thrift.New(deprecated.UTF8)
			leaf.elem.LogicalType = format.LogicalType{Value: &format.StringType{}}
		}
	}
}

// layColumn notes where the text is, and which leaves of a column are worth a
// dictionary.
func (o *OutputSchema) layColumn(s *settler, c *settling, to *node) {
	switch {
	case c.text:
		o.text = to.first
	case s.single && len(s.schemas) == 1:
		from, schema := c.from[1], s.schemas[0]
		copy(o.few[to.first:to.last], schema.few[from.first:from.last])
		if from.first <= schema.text && schema.text < from.last {
			o.text = to.first + schema.text - from.first
			o.few[o.text] = false
		}
	case s.single:
		i := slices.IndexFunc(s.members, func(m Member) bool { return m.Name == c.member })
		if leaf := textLeaf(s.members[i].Type, to); leaf != nil {
			o.text = leaf.first
		}
	case to.leaf():
		o.few[to.first] = c.few && !c.json
	}
}

// textLeaf finds the text in a column that was made of a type.
func textLeaf(t Type, n *node) *node {
	if t.Text {
		return n
	}
	for i, m := range t.Members {
		if leaf := textLeaf(m.Type, n.kids[i]); leaf != nil {
			return leaf
		}
	}
	return nil
}

func (c *settling) jsonPart(to *node) part {
	switch {
	case c.text:
		return part{op: partText, to: to}
	case c.member == "":
		return part{op: partNull, to: to}
	case c.json:
		return part{op: partJSON, to: to}
	}
	return part{op: partShred, to: to}
}

func (c *settling) part(form int, to *node) part {
	from := c.from[form]
	p := part{from: from, to: to}
	switch {
	case from == nil:
		p.op = partNull
	case c.text:
		p.op = partText
	case c.json:
		p.op = partJSON
	case from.null():
		p.op = partNull
	case c.ids && from.value != kindString:
		p.op = partID
	case from.leaf() && to.leaf() && from.elem.Type.V != to.elem.Type.V:
		if p.op = partFloat; to.value == kindInt {
			p.op = partInt
		}
	default:
		p.op = partCopy
	}
	if from != nil && to.optional() && !from.optional() && !from.repeated() {
		p.shift = 1
	}
	return p
}
