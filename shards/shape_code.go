package shards

import (
	"encoding/binary"
	"errors"
	"slices"
)

var errShape = errors.New("the shape of the records is damaged")

// AppendBinary appends the Shape as UnmarshalBinary reads it. Equal Shapes have equal
// bytes: each node is
//
//	seen uvarint, element (0, or 1 and a node), number of members uvarint,
//	members by name: name length uvarint, name, file, record, offset uvarint, node
func (s *Shape) AppendBinary(dst []byte) ([]byte, error) { return s.root.append(dst), nil }

func (n *shapeNode) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(n.seen))
	if n.element == nil {
		dst = append(dst, 0)
	} else {
		dst = n.element.append(append(dst, 1))
	}
	names := make([]string, 0, len(n.members))
	for name := range n.members {
		names = append(names, name)
	}
	slices.Sort(names)
	dst = binary.AppendUvarint(dst, uint64(len(names)))
	for _, name := range names {
		m := n.members[name]
		dst = append(binary.AppendUvarint(dst, uint64(len(name))), name...)
		dst = binary.AppendUvarint(dst, uint64(m.first.file))
		dst = binary.AppendUvarint(dst, uint64(m.first.record))
		dst = binary.AppendUvarint(dst, uint64(m.first.offset))
		dst = m.append(dst)
	}
	return dst
}

// UnmarshalBinary replaces the Shape by what AppendBinary has written.
func (s *Shape) UnmarshalBinary(src []byte) error {
	r := shapeReader{src: src}
	r.node(&s.root, 0)
	if len(r.src) > 0 {
		r.bad = true
	}
	if r.bad {
		s.root = shapeNode{}
		return errShape
	}
	return nil
}

// shapeReader reads one thing after the other; its first error sticks.
type shapeReader struct {
	src []byte
	bad bool
}

func (r *shapeReader) uvarint(limit uint64) uint64 {
	v, n := binary.Uvarint(r.src)
	if n <= 0 || v > limit {
		r.bad, r.src = true, nil
		return 0
	}
	r.src = r.src[n:]
	return v
}

func (r *shapeReader) string() string {
	n := int(r.uvarint(uint64(len(r.src))))
	if r.bad || n > len(r.src) {
		r.bad, r.src = true, nil
		return ""
	}
	s := string(r.src[:n])
	r.src = r.src[n:]
	return s
}

func (r *shapeReader) node(n *shapeNode, depth int) {
	*n = shapeNode{seen: seen(r.uvarint(uint64(seenAny)))}
	if depth > maxShapeDepth+1 {
		r.bad = true
	}
	if r.uvarint(1) == 1 && !r.bad {
		n.element = &shapeNode{}
		r.node(n.element, depth+1)
	}
	count := r.uvarint(maxTopMembers)
	for ; count > 0 && !r.bad; count-- {
		if n.members == nil {
			n.members = map[string]*shapeMember{}
		}
		name := r.string()
		m := &shapeMember{first: occurrence{
			file:   uint32(r.uvarint(1<<32 - 1)),
			record: int64(r.uvarint(1<<63 - 1)),
			offset: int(r.uvarint(1<<63 - 1)),
		}}
		n.members[name] = m
		r.node(&m.shapeNode, depth+1)
	}
}
