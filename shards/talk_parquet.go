package shards

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/format"

	"tamis/document"
)

// A talkColumns says in which leaves the turns of conversations are: the members of a
// list of structures, or columns of their own. The row of a conversation travels whole.
type talkColumns struct {
	path     string // of the list, or ""
	mid      *node  // what the list repeats
	element  *node  // a message, below mid or mid itself
	who      *node
	what     *node
	calls    []*node // tool_calls, function_call: what the model asks for
	separate []talkLeaf
}

// A talkLeaf is a column of its own for what somebody says.
type talkLeaf struct {
	talkField
	leaf *node
}

// findTalk finds the columns of a conversation.
func (s *InputSchema) findTalk() (err error) {
	s.talk = &talkColumns{path: s.Mapping.Messages}
	if s.Mapping.Messages != "" {
		return s.findMessages()
	}
	for _, f := range s.Mapping.fields() {
		n := s.root.find(f.path)
		switch {
		case n == nil && f.optional:
			continue
		case n == nil:
			return fmt.Errorf("there is no column %q for the %s; the columns are: %s", f.path, f.what, s.columns())
		case !isString(n) || n.rep > 0:
			return fmt.Errorf("column %q, which the recipe names as the %s, has the type %s, not string; the columns are: %s", f.path, f.what, n.typeName(), s.columns())
		}
		s.talk.separate = append(s.talk.separate, talkLeaf{f, n})
	}
	return nil
}

func (s *InputSchema) findMessages() error {
	t := s.talk
	n := s.root.find(t.path)
	if n == nil {
		return fmt.Errorf("there is no column %q for the messages; the columns are: %s", t.path, s.columns())
	}
	if n.shape == shapeList && n.rep == 0 {
		t.mid, t.element = n.kids[0], n.element()
		for _, names := range [][2]string{{"role", "content"}, {"from", "value"}} {
			who, what := t.element.kid(names[0]), t.element.kid(names[1])
			if t.who == nil && isString(who) && isString(what) {
				t.who, t.what = who, what
			}
		}
		for _, name := range []string{"tool_calls", "function_call"} {
			if kid := t.element.kid(name); kid != nil && kid.first < kid.last {
				t.calls = append(t.calls, kid)
			}
		}
	}
	if t.who == nil {
		return fmt.Errorf("column %q, which the recipe names as the messages, is a %s, not a list of structs with the strings role and content, or from and value; the columns are: %s",
			t.path, n.typeName(), s.columns())
	}
	return nil
}

// kid returns a member of a structure, or nil.
func (n *node) kid(name string) *node {
	for _, kid := range n.kids {
		if kid.name == name && n.shape == shapeStruct {
			return kid
		}
	}
	return nil
}

func isString(n *node) bool {
	return n != nil && n.leaf() && !n.repeated() && n.elem.Type.V == format.ByteArray && isText(n.value)
}

// A parquetTalk reads conversations out of rows.
type parquetTalk struct {
	talk
	sections [][]byte // what is left of each leaf
}

// read finds the turns of a row.
func (p *parquetTalk) read(s *InputSchema, row []byte) error {
	p.reset()
	p.sections = resize(p.sections, len(s.leaves))
	for i, leaf := range s.leaves {
		p.sections[i], row = leaf.section(row)
	}
	if s.talk.path != "" {
		return p.messages(s.talk)
	}
	for _, c := range s.talk.separate {
		value := p.next(c.leaf)
		switch {
		case c.optional && len(value) == 0:
			continue
		case value == nil:
			return fmt.Errorf("the %s in column %q is null", c.what, c.path)
		}
		if err := p.add(c.role, value); err != nil {
			return fmt.Errorf("column %q %w", c.path, err)
		}
	}
	return nil
}

// next takes a value off a leaf; nil is null.
func (p *parquetTalk) next(leaf *node) (value []byte) {
	_, _, value, p.sections[leaf.first] = leaf.takeEntry(p.sections[leaf.first])
	return value
}

func (p *parquetTalk) add(role document.Role, content []byte) error {
	if !utf8.Valid(content) {
		at := invalidAt(content)
		return fmt.Errorf("has invalid UTF-8 at byte %d, after %q", at, content[max(0, at-16):at])
	}
	p.begin(role)
	p.text = append(p.text, content...)
	p.end()
	return nil
}

func (p *parquetTalk) messages(t *talkColumns) error {
	if _, def := t.who.levels(p.sections[t.who.first]); def < t.mid.def {
		return fmt.Errorf("%q is null or an empty list: nobody says anything", t.path)
	}
	for len(p.sections[t.who.first]) > 0 {
		if err := p.message(t); err != nil {
			return fmt.Errorf("message %d of %q %w", len(p.turns)+1, t.path, err)
		}
	}
	return nil
}

// levels returns the levels of the next of a leaf's repeated entries.
func (n *node) levels(b []byte) (rep, def byte) { return b[0], b[1] }

// message reads one turn.
func (p *parquetTalk) message(t *talkColumns) error {
	_, def := t.who.levels(p.sections[t.who.first])
	who, what, calls := p.next(t.who), p.next(t.what), p.calls(t)
	switch {
	case def < t.element.def:
		return errors.New("is null")
	case who == nil:
		return fmt.Errorf("has no %q", t.who.name)
	}
	role, err := roleOf(who)
	if err != nil {
		return err
	}
	if what == nil {
		if role != document.Assistant || !calls {
			return fmt.Errorf("has no %q", t.what.name)
		}
		role = document.Call
	}
	return p.add(role, what)
}

// calls passes over what the message asks of tools, and reports whether it asks.
func (p *parquetTalk) calls(t *talkColumns) (asks bool) {
	for _, n := range t.calls {
		there := n.def
		if n.shape == shapeList || n.shape == shapeMap {
			there = n.kids[0].def
		}
		leaf := leafAt(n, n.first)
		for first := true; len(p.sections[leaf.first]) > 0; first = false {
			rep, def := leaf.levels(p.sections[leaf.first])
			if !first && rep <= t.mid.rep {
				break
			}
			asks = asks || def >= there
			p.next(leaf)
		}
	}
	return asks
}

// row returns the row of a document, beside its text if it has one, as it is now: that
// which was read where no turn has been edited, or one that is written over into.
func (s *InputSchema) row(into *[]byte, d *document.Document) []byte {
	d = d.Whole()
	if s.talk == nil || !slices.ContainsFunc(d.Turns, func(t document.Turn) bool { return t.Edited }) {
		return d.Rest
	}
	row, buf := d.Rest, (*into)[:0]
	for _, leaf := range s.leaves {
		var own []byte
		own, row = leaf.section(row)
		switch {
		case leaf == s.talk.what:
			buf = leaf.appendContents(buf, own, d)
		case leaf.rep == 0 && s.talk.said(leaf, d) >= 0:
			if leaf.def > 0 {
				buf = append(buf, leaf.def)
			}
			buf = leaf.appendSized(buf, d.Content(s.talk.said(leaf, d)))
		default:
			if leaf.rep > 0 {
				buf = binary.LittleEndian.AppendUint32(buf, uint32(len(own)))
			}
			buf = append(buf, own...)
		}
	}
	*into = buf
	return buf
}

// said returns the turn that is in a column of its own, or -1.
func (t *talkColumns) said(leaf *node, d *document.Document) int {
	for _, c := range t.separate {
		if c.leaf == leaf {
			return slices.IndexFunc(d.Turns, func(t document.Turn) bool { return t.Role == c.role })
		}
	}
	return -1
}

func (n *node) appendSized(dst []byte, value string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(value))), value...)
}

// appendContents appends the section of the contents as they are now.
func (n *node) appendContents(dst, own []byte, d *document.Document) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for turn := 0; len(own) > 0; turn++ {
		var rep, def byte
		var value []byte
		rep, def, value, own = n.takeEntry(own)
		if dst = append(dst, rep, def); value != nil {
			dst = n.appendSized(dst, d.Content(turn))
		}
	}
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}
