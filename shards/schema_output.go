package shards

import (
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// An OutputSchema is how the documents of a run are written. It is settled before the
// first one and is the same for every shard, so that the shards are one data set.
//
// Where all documents come from Parquet files of one schema, that schema is the
// output's: order, names, types, nullability and key-value metadata of the columns are
// those of the input. Where they come from several schemas, or from JSON:
//
//   - There is a column for every name: those of the Parquet schemas in the order of
//     the files, then those that JSON records alone have, in the order in which they
//     occurred first. A column that some sources lack is null in their documents.
//   - A column that has one type everywhere keeps it. Integers of several sizes become
//     64 bits wide; integers that a double holds become doubles where another source
//     has floating-point numbers; strings of any annotation become strings. All other
//     differences end in a column of strings that hold the values as JSON.
//   - The text of all sources is in one column, of the name that all of them have for
//     it, or "text" where they differ or where it lies within a structure. There it
//     does not occur a second time. A column of that name which is not the text is
//     written with "_" behind its name, or more of them where there is such a column.
//   - Conversations stay the columns that they were, and have no text.
//   - Ids and urls stay the columns that they were. A record without an id gets none.
//     Where all sources have ids in a column of one name, of numbers here and of strings
//     there, the numbers become strings.
//   - Of the key-value metadata stays what all Parquet files have in common, but for
//     what describes columns (ARROW:schema, huggingface, pandas).
//
// JSON records alone make columns of the types of their members, the text where it is.
// The columns that the run adds are in a struct, the last column; a column of its name in
// the input gives way.
type OutputSchema struct {
	out     Output
	sources []string
	forms   *Forms

	elements []format.SchemaElement
	meta     []format.KeyValue
	root     *node
	leaves   []*node
	text     int            // the leaf of the text, or -1
	under    int            // the first leaf of the run's columns
	json     []bool         // leaves whose values are JSON
	few      []bool         // leaves that are worth a dictionary
	parts    [][]part       // by form and column: where the values come from
	members  map[string]int // columns by the name of the member in JSON records
}

// Settle settles how documents are written: those of the Parquet schemas in forms, and
// those whose records shape has seen; shape may be nil.
func Settle(forms *Forms, shape *Shape, sources []Source, out Output) (*OutputSchema, error) {
	if out.Under == "" {
		out.Under = DefaultUnder
	}
	if out.RowGroup <= 0 {
		out.RowGroup = 32 << 20
	}
	o := &OutputSchema{out: out, forms: forms, text: -1}
	for _, s := range sources {
		o.sources = append(o.sources, s.Name)
	}
	if out.Format == JSONL {
		return o, nil
	}
	s := settler{out: out, schemas: forms.Schemas(), name: "text", id: commonID(sources)}
	if shape != nil {
		var err error
		if s.members, err = shape.Members(); err != nil {
			return nil, err
		}
		s.shape = shape
	}
	return o, s.settle(o)
}

// NewWriter returns a writer of one shard into w.
func (o *OutputSchema) NewWriter(w io.Writer) (Writer, error) {
	if o.out.Format == JSONL {
		return NewJSONLWriter(w, o.out, o.sources, o.forms)
	}
	return NewParquetWriter(w, o)
}

// A settler collects the columns of all sources.
type settler struct {
	out     Output
	schemas []*InputSchema
	shape   *Shape
	members []Member
	single  bool   // there is one form, whose text stays where it is
	name    string // of the column of the text
	id      string // of the column of ids, "" where sources differ
	columns []*settling
}

// A settling is one column on its way to the output.
type settling struct {
	name   string
	text   bool
	typ    subtree
	exact  bool // JSON integers of at most 53 bits
	json   bool // the types have JSON in common alone
	ids    bool // numbers are written as strings
	forms  int  // how many forms have it
	from   map[int]*node
	few    bool
	member string // the name in JSON records
}

func (s *settler) settle(o *OutputSchema) error {
	places := textPlaces(s.members, "")
	forms := len(s.schemas)
	if len(s.members) > 0 {
		forms++
	}
	s.single = forms == 1 && (len(s.schemas) == 1 || len(places) == 0 || len(places) == 1 && !places[0].others)
	s.name = s.textName(places)
	for _, schema := range s.schemas {
		if err := s.addSchema(schema); err != nil {
			return err
		}
	}
	for _, m := range s.members {
		if err := s.addMember(m); err != nil {
			return err
		}
	}
	if forms == 0 {
		s.addText(stringOf(s.name))
	}
	s.finish(o, forms)
	return o.lay(s)
}

// A textPlace is where the text is in some JSON records.
type textPlace struct {
	path   string
	top    bool
	others bool
}

func textPlaces(members []Member, above string) (places []textPlace) {
	for _, m := range members {
		path := above + m.Name
		if m.Type.Text {
			places = append(places, textPlace{path, above == "", m.Type.Others})
		}
		places = append(places, textPlaces(m.Type.Members, path+".")...)
	}
	return places
}

// textName is the name that all have for the text.
func (s *settler) textName(places []textPlace) string {
	for _, schema := range s.schemas {
		if schema.text < 0 {
			continue
		}
		leaf := schema.leaves[schema.text]
		places = append(places, textPlace{leaf.name, leaf.parent == schema.root, false})
	}
	for _, p := range places {
		if !p.top || p.path != places[0].path {
			return "text"
		}
	}
	if len(places) == 0 {
		return "text"
	}
	return places[0].path
}

func (s *settler) addSchema(schema *InputSchema) error {
	form := slices.Index(s.schemas, schema) + 1
	for _, kid := range schema.root.kids {
		holds := kid.first <= schema.text && schema.text < kid.last
		if s.replaced(kid.name) {
			if holds {
				return fmt.Errorf("column %q holds the text and has the name of the struct for the run's own columns: name that another one", kid.name)
			}
			continue
		}
		if holds && (kid.leaf() || !s.single) {
			s.addText(elementsOf(kid, -1)).from[form] = schema.leaves[schema.text]
			if kid.leaf() {
				continue
			}
		}
		leave := schema.text
		if s.single {
			leave = -1
		}
		if t := elementsOf(kid, leave); t != nil {
			few := kid.leaf() && schema.few[kid.first]
			s.add(s.free(kid.name), t, false, few).from[form] = kid
		}
	}
	return nil
}

func (s *settler) addMember(m Member) error {
	if s.replaced(m.Name) {
		if m.Type.Text {
			return fmt.Errorf("member %q is the text and has the name of the object for the run's own columns: name that another one", m.Name)
		}
		return nil
	}
	if m.Type.Text || !s.single && len(textPlaces(m.Type.Members, "")) > 0 {
		s.addText(stringOf(s.name))
	}
	if m.Name == s.id && m.Type.Kind == JSONType && s.shape.idsOnly(m.Name) {
		m.Type.Kind = StringType
	}
	if t, ok := columnOf(m, s.single && !m.Type.Text); ok && (!m.Type.Text || m.Type.Others) {
		s.add(s.free(m.Name), t, s.shape.exactIntegers(m.Name), false).member = m.Name
	}
	return nil
}

// commonID is the column of ids that all sources have in common.
func commonID(sources []Source) (name string) {
	for i, s := range sources {
		if i > 0 && s.Fields.ID != name {
			return ""
		}
		name = s.Fields.ID
	}
	return name
}

// isID reports whether a column is one of strings or integers.
func isID(t subtree) bool {
	n := t.tree()
	return n.leaf() && n.rep == 0 && (n.value == kindString || n.wholeBits() > 0)
}

// idsOnly reports whether a member is always a string or an integer.
func (s *Shape) idsOnly(member string) bool {
	m := s.root.members[member]
	return m != nil && m.seen&^(seenNull|seenString|seenInt|seenLongInt|seenHugeNumber) == 0
}

// exactIntegers reports whether all integers of a member are such as a double holds.
func (s *Shape) exactIntegers(member string) bool {
	m := s.root.members[member]
	return m != nil && m.seen&seenLongInt == 0
}

// replaced reports whether the run's own columns take the place of a column.
func (s *settler) replaced(name string) bool {
	return name == s.out.Under && len(s.out.Columns) > 0
}

// free returns the name of a column that is not the text, and no other column's.
func (s *settler) free(name string) string {
	if name != s.name || s.single {
		return name
	}
	for name += "_"; s.has(name); name += "_" {
	}
	return name
}

// has reports whether some form has a column of a name.
func (s *settler) has(name string) bool {
	return slices.ContainsFunc(s.schemas, func(in *InputSchema) bool { return in.root.kid(name) != nil }) ||
		slices.ContainsFunc(s.members, func(m Member) bool { return m.Name == name })
}

// addText adds the column of the text once. Alone, a Parquet column stays what it is.
func (s *settler) addText(t subtree) *settling {
	for _, c := range s.columns {
		if c.text {
			return c
		}
	}
	if !s.single || t[0].Type.V != format.ByteArray {
		t = stringOf(s.name)
	}
	c := &settling{name: t[0].Name, text: true, typ: t, from: map[int]*node{}}
	s.columns = append(s.columns, c)
	return c
}

// add adds a column of one form to that of its name.
func (s *settler) add(name string, t subtree, exact, few bool) *settling {
	for _, c := range s.columns {
		if c.name == name && !s.single {
			c.forms++
			c.few = c.few && few
			if c.json {
				return c
			}
			var ok bool
			before := c.typ
			if c.typ, ok = unify(before, t.named(name), c.exact, exact); ok {
				// found
			} else if name == s.id && isID(before) && isID(t) {
				c.typ, c.ids = stringOf(name), true
			} else {
				c.typ, c.json = jsonOf(name), true
			}
			c.exact = c.exact && exact
			return c
		}
	}
	c := &settling{name: name, typ: t.named(name), exact: exact, forms: 1, from: map[int]*node{}, few: few}
	s.columns = append(s.columns, c)
	return c
}

// finish makes columns that some form lacks optional, and the elements of the output.
func (s *settler) finish(o *OutputSchema, forms int) {
	var columns []subtree
	for _, c := range s.columns {
		if c.forms < forms && !c.text {
			c.typ = c.typ.optional()
		}
		columns = append(columns, c.typ)
	}
	if len(s.out.Columns) > 0 {
		columns = append(columns, s.out.subtree())
	}
	root := element("schema", format.Required)
	if len(s.schemas) == 1 && s.single {
		root = s.schemas[0].elements[0]
		o.meta = extendMeta(s.schemas[0].meta, s.out.Under, s.out.Columns)
	} else if len(s.schemas) > 0 {
		o.meta = commonMeta(s.schemas)
	}
	root.NumChildren = thrift.New(int32(len(columns)))
	o.elements = []format.SchemaElement{root}
	for _, c := range columns {
		o.elements = append(o.elements, c...)
	}
}

// subtree is the struct of the run's own columns.
func (out Output) subtree() subtree {
	var members []subtree
	for _, c := range out.Columns {
		switch c.Kind {
		case SignalColumn:
			members = append(members, leafOf(c.Name, format.Double))
		case CountColumn:
			members = append(members, leafOf(c.Name, format.Int64))
		case TruthColumn:
			members = append(members, leafOf(c.Name, format.Boolean))
		default:
			members = append(members, stringOf(c.Name))
		}
	}
	return groupOf(out.Under, members)
}
