package shards

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"tamis/document"
)

// An InputSchema is what the columns of a Parquet file are, and which of them hold the
// text, the id and the url of documents. It finds the fields of the documents that
// were read by it, and is safe to use from several goroutines.
type InputSchema struct {
	Mapping  Mapping
	elements []format.SchemaElement // as in the file
	meta     []format.KeyValue      // of the file, in its order
	root     *node
	leaves   []*node
	text     int          // the leaf of the text; -1 where the mapping names none
	talk     *talkColumns // of conversations, which have no text
	id, url  int          // leaves, or -1
	form     int
	few      []bool // leaves whose values are few and far between: a dictionary pays
}

// Form returns the number that Forms gave to the schema, 0 before.
func (s *InputSchema) Form() int { return s.form }

// newInputSchema reads the schema of a file. Errors name the column, its type, and the
// columns there are.
func newInputSchema(meta *format.FileMetaData, m Mapping) (*InputSchema, error) {
	root, leaves, err := buildTree(meta.Schema)
	if err != nil {
		return nil, err
	}
	s := &InputSchema{Mapping: m, elements: meta.Schema, meta: meta.KeyValueMetadata, root: root, leaves: leaves}
	if s.text = -1; m.Text != "" {
		err = s.findText()
	} else if m.Conversation() {
		err = s.findTalk()
	}
	if err != nil {
		return nil, err
	}
	s.id = s.findPlain(m.ID, kindString, kindBinary, kindInt, kindUint, kindUUID)
	s.url = s.findPlain(m.URL, kindString)
	s.few = fewValues(meta, leaves)
	return s, nil
}

func (s *InputSchema) findText() error {
	n := s.root.find(s.Mapping.Text)
	switch {
	case n == nil:
		return fmt.Errorf("there is no column %q for the text; the columns are: %s", s.Mapping.Text, s.columns())
	case !n.leaf() || n.rep > 0 || n.elem.Type.V != format.ByteArray || !isText(n.value):
		return fmt.Errorf("column %q, which the recipe names as the text, has the type %s, not string; the columns are: %s",
			s.Mapping.Text, n.typeName(), s.columns())
	}
	s.text = n.first
	return nil
}

// isText says whether values of a byte array may be text. Of binary values it shows
// only when they are read.
func isText(k valueKind) bool { return k == kindString || k == kindJSON || k == kindBinary }

// findPlain returns the leaf at a path if its type is one of some, or -1.
func (s *InputSchema) findPlain(path string, kinds ...valueKind) int {
	if path == "" {
		return -1
	}
	n := s.root.find(path)
	if n == nil || !n.leaf() || n.rep > 0 || !slices.Contains(kinds, n.value) || n.first == s.text {
		return -1
	}
	return n.first
}

// columns lists the columns with their types, the first forty.
func (s *InputSchema) columns() string {
	var list []string
	for _, kid := range s.root.kids {
		list = append(list, kid.describe()...)
	}
	if len(list) > 40 {
		list = append(list[:40], fmt.Sprintf("… (%d in all)", len(list)))
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

func (n *node) describe() []string {
	if n.shape != shapeStruct || n.repeated() {
		return []string{n.path() + " (" + n.typeName() + ")"}
	}
	var list []string
	for _, kid := range n.kids {
		list = append(list, kid.describe()...)
	}
	return list
}

// fewValues finds the leaves whose bytes in the file, before compression, are so few
// for their number of values that most values must be repetitions.
func fewValues(meta *format.FileMetaData, leaves []*node) []bool {
	few := make([]bool, len(leaves))
	for i, leaf := range leaves {
		var size, values int64
		for _, g := range meta.RowGroups {
			size += g.Columns[i].MetaData.TotalUncompressedSize
			values += g.Columns[i].MetaData.NumValues
		}
		few[i] = leaf.elem.Type.V == format.ByteArray && values >= 16 && size <= 6*values
	}
	return few
}

// same reports whether two files have the same columns and the same mapping, so that
// their documents have the same form. Their key-value metadata may differ.
func (s *InputSchema) same(o *InputSchema) bool {
	return s.Mapping == o.Mapping && bytes.Equal(encodeElements(s.elements), encodeElements(o.elements))
}

func encodeElements(elements []format.SchemaElement) []byte {
	b, err := thrift.Marshal(new(thrift.CompactProtocol), &format.FileMetaData{Schema: elements})
	if err != nil {
		panic(err) // they were decoded by the same package
	}
	return b
}

// Forms numbers the distinct schemas of a run. Form 0 is JSON; the Parquet schemas
// count from 1 in the order in which they are added.
type Forms struct{ schemas []*InputSchema }

// Add returns the number of a schema: that of an equal one that is there, or a new
// one. Which of a group of equal schemas comes first decides on the key-value metadata
// of the output.
func (f *Forms) Add(s *InputSchema) int {
	for _, have := range f.schemas {
		if have.same(s) {
			s.form = have.form
			return have.form
		}
	}
	f.schemas = append(f.schemas, s)
	s.form = len(f.schemas)
	return s.form
}

// Schema returns the schema of a form, nil for form 0.
func (f *Forms) Schema(form int) *InputSchema {
	if form == 0 {
		return nil
	}
	return f.schemas[form-1]
}

// Schemas returns all schemas by their number, form 1 first.
func (f *Forms) Schemas() []*InputSchema { return f.schemas }

// Fields returns what finds the fields of documents of a form.
func (f *Forms) Fields(form int) document.Fields {
	if form == 0 {
		return JSONFields{}
	}
	return f.schemas[form-1]
}
