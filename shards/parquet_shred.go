package shards

import (
	"fmt"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"tamis/document"
)

// A shredder takes JSON records apart into the columns of the output (Melnik et al.
// 2010, "Dremel", appendix A).
type shredder struct {
	p     *ParquetWriter
	kids  map[*node]map[string]int // members of structures, by name
	top   []span                   // the value of each column
	spans []span                   // those of the members of structures above the one at hand
	b     []byte                   // the record
	hole  int
	text  string
	talk  bool // a conversation, whose record as it is now is in record

	record []byte
}

// init lists the members of all structures.
func (s *shredder) init(p *ParquetWriter) {
	s.p, s.kids = p, map[*node]map[string]int{}
	s.list(p.schema.root)
}

func (s *shredder) list(n *node) {
	names := make(map[string]int, len(n.kids))
	for i, kid := range n.kids {
		names[kid.name] = i
		s.list(kid)
	}
	if n.shape == shapeStruct {
		s.kids[n] = names
	}
}

// document adds the values of a document of form 0.
func (s *shredder) document(d *document.Document) error {
	s.talk = len(d.Turns) > 0
	if s.talk {
		s.record = appendTalk(s.record[:0], d)
		s.b, s.hole = s.record, -1
	} else {
		s.b, s.hole = splitRest(d.Rest)
	}
	s.text = d.Text()
	parts := s.p.schema.parts[0]
	s.top = resize(s.top, len(parts))
	clear(s.top)
	for w := walkMembers(s.b, 0, s.hole); ; {
		name, value, ok := w.next()
		if !ok {
			break
		}
		if i, ok := s.p.schema.members[string(plainName(name.of(s.b)))]; ok {
			s.top[i] = value
		}
	}
	for i := range parts {
		if err := s.part(&parts[i], s.top[i]); err != nil {
			return err
		}
	}
	return nil
}

// part adds one column. A value that is not there has no place, which begins at 0,
// where the record itself begins.
func (s *shredder) part(part *part, at span) error {
	switch {
	case part.op == partText && !s.talk:
		s.p.putText(part.to, s.text)
	case part.op == partNull || part.op == partText || s.absent(at):
		s.p.null(part.to, 0, 0)
	case part.op == partJSON:
		s.json(part.to, at)
	default:
		if err := s.value(part.to, at, 0, 0); err != nil {
			return fmt.Errorf("column %q: %w", part.to.path(), err)
		}
	}
	return nil
}

// absent reports whether a value is missing, null, or the text, which has a column of
// its own.
func (s *shredder) absent(at span) bool {
	return at.start == 0 || at.start == at.end || s.b[at.start] == 'n'
}

// json adds a value as it is written, without the text.
func (s *shredder) json(to *node, at span) {
	if at.start > s.hole || s.hole > at.end {
		s.p.put(to, 0, to.def, parquet.ByteArrayValue(at.of(s.b)))
		return
	}
	start := len(s.p.arena)
	s.p.arena = s.without(s.p.arena, at)
	s.p.put(to, 0, to.def, parquet.ByteArrayValue(s.p.arena[start:]))
}

// without appends an object that has the hole in it, or below it, without the text's
// member.
func (s *shredder) without(dst []byte, at span) []byte {
	dst = append(dst, '{')
	first := true
	for w := walkMembers(s.b, at.start, s.hole); ; {
		name, value, ok := w.next()
		if !ok {
			return append(dst, '}')
		}
		if value.start == value.end {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(append(append(dst, '"'), name.of(s.b)...), `":`...)
		if value.start < s.hole && s.hole < value.end {
			dst = s.without(dst, value)
		} else {
			dst = append(dst, value.of(s.b)...)
		}
	}
}

// value adds a value to a node whose parent is present; rep is the level at which it
// repeats, def that of the parent.
func (s *shredder) value(n *node, at span, rep, def byte) error {
	if at.start == at.end && at.start != 0 && n.first == s.p.schema.text && n.leaf() {
		s.p.put(n, rep, n.def, parquet.ByteArrayValue(bytesOf(s.text)))
		return nil
	}
	if s.absent(at) {
		s.p.null(n, rep, def)
		return nil
	}
	switch n.shape {
	case shapeStruct:
		return s.object(n, at, rep)
	case shapeList:
		return s.elements(n, at, rep)
	case shapeMap:
		return s.wrong(n, at)
	}
	return s.leaf(n, at, rep)
}

func (s *shredder) wrong(n *node, at span) error {
	return fmt.Errorf("%s where the records before had a %s", typeName(at.of(s.b)), n.typeName())
}

func (s *shredder) object(n *node, at span, rep byte) error {
	if s.b[at.start] != '{' {
		return s.wrong(n, at)
	}
	base := len(s.spans)
	for range n.kids {
		s.spans = append(s.spans, span{})
	}
	names := s.kids[n]
	for w := walkMembers(s.b, at.start, s.hole); ; {
		name, value, ok := w.next()
		if !ok {
			break
		}
		if i, ok := names[string(plainName(name.of(s.b)))]; ok {
			s.spans[base+i] = value
		}
	}
	for i, kid := range n.kids {
		if err := s.value(kid, s.spans[base+i], rep, n.def); err != nil {
			return err
		}
	}
	s.spans = s.spans[:base]
	return nil
}

func (s *shredder) elements(n *node, at span, rep byte) error {
	if s.b[at.start] != '[' {
		return s.wrong(n, at)
	}
	mid, elem := n.kids[0], n.element()
	w := walkElements(s.b, at.start, s.hole)
	for i := 0; ; i++ {
		value, ok := w.next()
		switch {
		case !ok && i == 0:
			s.p.null(n, rep, n.def)
			return nil
		case !ok:
			return nil
		case i > 0:
			rep = mid.rep
		}
		if elem == mid {
			return s.wrong(n, at) // no column of JSON becomes a list of the old form
		}
		if err := s.value(elem, value, rep, mid.def); err != nil {
			return err
		}
	}
}

// leaf adds a value that is not null.
func (s *shredder) leaf(n *node, at span, rep byte) error {
	b := at.of(s.b)
	var v parquet.Value
	switch n.elem.Type.V {
	case format.Boolean:
		v = parquet.BooleanValue(b[0] == 't')
		if b[0] != 't' && b[0] != 'f' {
			return s.wrong(n, at)
		}
	case format.Int64:
		i, err := strconv.ParseInt(view(b), 10, 64)
		if err != nil {
			return s.wrong(n, at)
		}
		v = parquet.Int64Value(i)
	case format.Double:
		f, err := strconv.ParseFloat(view(b), 64)
		if err != nil {
			return s.wrong(n, at)
		}
		v = parquet.DoubleValue(f)
	default:
		v = parquet.ByteArrayValue(s.string(n, b))
	}
	s.p.put(n, rep, n.def, v)
	return nil
}

// string returns what a string means, and JSON of other types as it is written: such
// columns hold what has no type in common.
func (s *shredder) string(n *node, b []byte) []byte {
	if s.p.schema.json[n.first] {
		return b
	}
	if b[0] != '"' {
		return b
	}
	raw := b[1 : len(b)-1]
	start := len(s.p.arena)
	s.p.arena = unquote(s.p.arena, raw)
	return s.p.arena[start:]
}
