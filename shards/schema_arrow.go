package shards

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// Files written by Arrow carry their Arrow schema in the key-value metadata, under
// ARROW:schema: base64 of an IPC message, whose body is a flatbuffer (Arrow columnar
// format, Message.fbs and Schema.fbs). It knows what Parquet cannot say: large
// strings, time zones, dictionaries. When a run adds a column, its field is added
// there, or readers would find a schema that is short of a column.
//
// A flatbuffer refers forward by unsigned offsets, so whatever is new stands before
// what was there, and refers into it:
//
//	[ root | message | schema | list of fields | new fields ] [ the old flatbuffer ]
//	                              |    |   |                     ^      ^
//	                              |    |   +---------------------+      |
//	                              |    +--------------------------------+ old fields
//	                              +--> new fields

const (
	arrowKey     = "ARROW:schema"
	continuation = 0xFFFFFFFF // begins a message since Arrow 0.15
)

var errArrow = errors.New("the Arrow schema in the file's metadata is damaged")

// The numbers of Arrow's types in the union of Schema.fbs.
const (
	arrowInt    = 2
	arrowFloat  = 3
	arrowUTF8   = 5
	arrowBool   = 6
	arrowStruct = 13
)

// replaceArrowField returns an Arrow schema with a struct column of a name added at the
// end, in place of one of that name, if any.
func replaceArrowField(schema, name string, columns []Column) (_ string, err error) {
	raw, err := base64.StdEncoding.DecodeString(schema)
	if err != nil {
		return "", err
	}
	defer func() { // offsets that lead nowhere
		if recover() != nil {
			err = errArrow
		}
	}()
	old := flatbuffer(arrowBody(raw))
	message := old.root()
	table := old.ref(message, 2)
	if old.byte(message, 1) != 1 || table == 0 {
		return "", errArrow
	}
	b := &flatBuilder{}
	b.arrowMessage(old, message, table, name, columns)
	body := append(b.finish(), old...)
	for len(body)%8 != 0 {
		body = append(body, 0)
	}
	out := binary.LittleEndian.AppendUint32(nil, continuation)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(body)))
	return base64.StdEncoding.EncodeToString(append(out, body...)), nil
}

// arrowBody strips the frame of a message.
func arrowBody(raw []byte) []byte {
	if binary.LittleEndian.Uint32(raw) == continuation {
		raw = raw[4:]
	}
	n := binary.LittleEndian.Uint32(raw)
	return raw[4:][:n:n]
}

// A flatbuffer is read by the places of its tables. Reading past its end panics.
type flatbuffer []byte

func (f flatbuffer) u32(at int) int { return int(binary.LittleEndian.Uint32(f[at:])) }
func (f flatbuffer) root() int      { return f.u32(0) }

// slot returns where a field of a table is, 0 where it has its default.
func (f flatbuffer) slot(table, field int) int {
	vtable := table - int(int32(binary.LittleEndian.Uint32(f[table:])))
	if 4+2*field >= int(binary.LittleEndian.Uint16(f[vtable:])) {
		return 0
	}
	off := int(binary.LittleEndian.Uint16(f[vtable+4+2*field:]))
	if off == 0 {
		return 0
	}
	return table + off
}

// ref returns where a field refers to, 0 for nowhere.
func (f flatbuffer) ref(table, field int) int {
	at := f.slot(table, field)
	if at == 0 {
		return 0
	}
	return at + f.u32(at)
}

func (f flatbuffer) byte(table, field int) byte {
	if at := f.slot(table, field); at != 0 {
		return f[at]
	}
	return 0
}

func (f flatbuffer) short(table, field int) uint16 {
	if at := f.slot(table, field); at != 0 {
		return binary.LittleEndian.Uint16(f[at:])
	}
	return 0
}

// count returns how many offsets a vector holds.
func (f flatbuffer) count(vector int) int {
	n := f.u32(vector)
	if n > len(f)/4 {
		panic(errArrow)
	}
	return n
}

func (f flatbuffer) string(at int) string {
	n := f.u32(at)
	return string(f[at+4:][:n])
}

// flatBuilder writes a flatbuffer from its front on.
type flatBuilder struct {
	b   []byte
	old []int // where offsets into the old flatbuffer stand; they lack the length of b
}

// A flatField is a field of a table: size bytes with a value, or, of 4 bytes, an
// offset that is set later.
type flatField struct {
	field, size int
	value       uint64
}

func (b *flatBuilder) align(n int) {
	for len(b.b)%n != 0 {
		b.b = append(b.b, 0)
	}
}

// table writes a table and returns where each of its fields is.
func (b *flatBuilder) table(fields ...flatField) (table int, at map[int]int) {
	slots, size, most := map[int]int{}, 4, -1
	for _, f := range fields {
		size = (size + f.size - 1) / f.size * f.size
		slots[f.field] = size
		size += f.size
		most = max(most, f.field)
	}
	b.align(8)
	for (len(b.b)+4+2*(most+1))%8 != 0 { // so that the table behind it is aligned
		b.b = append(b.b, 0, 0)
	}
	vtable := len(b.b)
	b.u16(4 + 2*(most+1))
	b.u16(size)
	for i := 0; i <= most; i++ {
		b.u16(slots[i])
	}
	table = len(b.b)
	b.b = append(b.b, make([]byte, size)...)
	binary.LittleEndian.PutUint32(b.b[table:], uint32(table-vtable))
	at = map[int]int{}
	for _, f := range fields {
		at[f.field] = table + slots[f.field]
		var v [8]byte
		binary.LittleEndian.PutUint64(v[:], f.value)
		copy(b.b[at[f.field]:], v[:f.size])
	}
	return table, at
}

func (b *flatBuilder) u16(v int) { b.b = binary.LittleEndian.AppendUint16(b.b, uint16(v)) }
func (b *flatBuilder) u32(v int) { b.b = binary.LittleEndian.AppendUint32(b.b, uint32(v)) }

// refer sets the offset at a place to a target in what is new.
func (b *flatBuilder) refer(at, target int) {
	binary.LittleEndian.PutUint32(b.b[at:], uint32(target-at))
}

// referOld sets the offset at a place to a target in the old flatbuffer.
func (b *flatBuilder) referOld(at, target int) {
	b.refer(at, target)
	b.old = append(b.old, at)
}

// vector writes n offsets that are set later and returns where they are.
func (b *flatBuilder) vector(n int) (vector int, at []int) {
	b.align(4)
	vector = len(b.b)
	b.u32(n)
	for range n {
		at = append(at, len(b.b))
		b.u32(0)
	}
	return vector, at
}

func (b *flatBuilder) string(s string) int {
	b.align(4)
	at := len(b.b)
	b.u32(len(s))
	b.b = append(append(b.b, s...), 0)
	return at
}

// finish returns what was written, ready to stand before the old flatbuffer.
func (b *flatBuilder) finish() []byte {
	b.align(8)
	for _, at := range b.old {
		v := binary.LittleEndian.Uint32(b.b[at:])
		binary.LittleEndian.PutUint32(b.b[at:], v+uint32(len(b.b)))
	}
	return b.b
}

// arrowMessage writes the message that holds the schema.
func (b *flatBuilder) arrowMessage(old flatbuffer, message, schema int, name string, columns []Column) {
	b.u32(0)
	root, at := b.table(flatField{0, 2, uint64(old.short(message, 0))}, flatField{1, 1, 1}, flatField{2, 4, 0}, flatField{3, 8, 0})
	b.refer(0, root)
	header := at[2]
	fields := []flatField{{0, 2, uint64(old.short(schema, 0))}, {1, 4, 0}}
	meta, features := old.ref(schema, 2), old.ref(schema, 3)
	if meta != 0 {
		fields = append(fields, flatField{2, 4, 0})
	}
	if features != 0 {
		fields = append(fields, flatField{3, 4, 0})
	}
	table, at := b.table(fields...)
	b.refer(header, table)
	if meta != 0 {
		vector, pairs := b.vector(old.count(meta))
		b.refer(at[2], vector)
		defer b.arrowMeta(old, meta, pairs, name, columns)
	}
	if features != 0 {
		b.referOld(at[3], features)
	}
	kept := old.otherFields(schema, name)
	vector, slots := b.vector(len(kept) + 1)
	b.refer(at[1], vector)
	for i, field := range kept {
		b.referOld(slots[i], field)
	}
	b.refer(slots[len(kept)], b.arrowField(name, arrowStruct, columns))
}

// arrowMeta sets the pairs of the schema's metadata: a copy of the file's, in which the
// features of datasets are replaced.
func (b *flatBuilder) arrowMeta(old flatbuffer, meta int, pairs []int, name string, columns []Column) {
	for i, slot := range pairs {
		at := meta + 4 + 4*i
		pair := at + old.u32(at)
		key, value := old.ref(pair, 0), old.ref(pair, 1)
		if key == 0 || value == 0 || old.string(key) != huggingfaceKey {
			b.referOld(slot, pair)
			continue
		}
		features, err := replaceFeature(old.string(value), name, columns)
		if err != nil {
			features = old.string(value)
		}
		table, fields := b.table(flatField{0, 4, 0}, flatField{1, 4, 0})
		b.refer(slot, table)
		b.refer(fields[0], b.string(huggingfaceKey))
		b.refer(fields[1], b.string(features))
	}
}

// otherFields returns the fields of a schema but for that of a name.
func (f flatbuffer) otherFields(schema int, name string) (fields []int) {
	vector := f.ref(schema, 1)
	if vector == 0 {
		return nil
	}
	for i := range f.count(vector) {
		at := vector + 4 + 4*i
		field := at + f.u32(at)
		if n := f.ref(field, 0); n != 0 && f.string(n) == name {
			continue
		}
		fields = append(fields, field)
	}
	return fields
}

// arrowField writes a nullable field; columns are its members, if it has any.
func (b *flatBuilder) arrowField(name string, typ uint64, columns []Column) int {
	field, at := b.table(flatField{0, 4, 0}, flatField{1, 1, 1}, flatField{2, 1, typ}, flatField{3, 4, 0}, flatField{5, 4, 0})
	b.refer(at[0], b.string(name))
	var table int
	switch typ {
	case arrowInt:
		table, _ = b.table(flatField{0, 4, 64}, flatField{1, 1, 1})
	case arrowFloat:
		table, _ = b.table(flatField{0, 2, 2})
	default:
		table, _ = b.table()
	}
	b.refer(at[3], table)
	vector, slots := b.vector(len(columns))
	b.refer(at[5], vector)
	for i, c := range columns {
		b.refer(slots[i], b.arrowField(c.Name, c.arrowType(), nil))
	}
	return field
}

func (c Column) arrowType() uint64 {
	switch c.Kind {
	case SignalColumn:
		return arrowFloat
	case CountColumn:
		return arrowInt
	case TruthColumn:
		return arrowBool
	}
	return arrowUTF8
}
