package lm

import (
	"encoding/binary"
	"errors"
)

// Kinds of fields of a protocol buffer.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// fields goes through the fields of one message.
type fields struct {
	data  []byte
	base  int // place of data in the file
	off   int
	start int // place of the field in the file
	err   error

	number uint64
	wire   int
	value  uint64 // of numbers
	bytes  []byte
	inside int // place of bytes in the file
}

// next reads the next field and reports false behind the last one, or where err says
// what is wrong.
func (f *fields) next() bool {
	if f.err != nil || f.off == len(f.data) {
		return false
	}
	f.start = f.base + f.off
	tag := f.varint()
	f.number, f.wire = tag>>3, int(tag&7)
	switch f.wire {
	case wireVarint:
		f.value = f.varint()
	case wire64:
		if b := f.take(8); b != nil {
			f.value = binary.LittleEndian.Uint64(b)
		}
	case wire32:
		if b := f.take(4); b != nil {
			f.value = uint64(binary.LittleEndian.Uint32(b))
		}
	case wireBytes:
		n := f.varint()
		f.inside = f.base + f.off
		f.bytes = f.take(n)
	default:
		f.fail(errors.New("this is no protocol buffer"))
	}
	return f.err == nil
}

// sub returns the fields of the message that the field holds.
func (f *fields) sub() fields { return fields{data: f.bytes, base: f.inside, start: f.inside} }

func (f *fields) fail(err error) {
	if f.err == nil {
		f.err = at(uint64(f.base+f.off), "%w", err)
	}
}

func (f *fields) varint() uint64 {
	v, n := binary.Uvarint(f.data[f.off:])
	if n <= 0 {
		f.fail(errors.New("a number of a protocol buffer does not end"))
		return 0
	}
	f.off += n
	return v
}

func (f *fields) take(n uint64) []byte {
	if f.err != nil || n > uint64(len(f.data)-f.off) {
		f.fail(errors.New("a field of a protocol buffer reaches beyond its end"))
		return nil
	}
	b := f.data[f.off : f.off+int(n) : f.off+int(n)]
	f.off += int(n)
	return b
}
