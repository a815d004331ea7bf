package document

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"unsafe"
)

// Append appends d in the form in which the spool holds it:
//
//	file uvarint, record uvarint, source uvarint, form uvarint,
//	id, url, text, rest: each a uvarint length and its bytes,
//	number of turns uvarint, for each its length uvarint, role and 0x80 where it was edited,
//	the signals of the slots in carry: one bit each for "measured", then 8 bytes each,
//	all labels: each a uvarint length and its bytes
//
// Decode needs the same carry and the same number of labels.
func Append(dst []byte, d *Document, carry []int) []byte {
	dst = slices.Grow(dst, len(d.text)+len(d.Rest))
	dst = binary.AppendUvarint(dst, uint64(d.Place.File))
	dst = binary.AppendUvarint(dst, uint64(d.Place.Record))
	dst = binary.AppendUvarint(dst, uint64(d.Source))
	dst = binary.AppendUvarint(dst, uint64(d.Form))
	dst = appendString(dst, d.ID)
	dst = appendString(dst, d.URL)
	dst = appendString(dst, d.text)
	dst = binary.AppendUvarint(dst, uint64(len(d.Rest)))
	dst = append(dst, d.Rest...)
	dst = appendTurns(dst, d.Turns)
	return AppendValues(dst, d, carry)
}

// AppendValues appends what steps have said of d: the signals and labels with which the
// form of Append ends.
func AppendValues(dst []byte, d *Document, carry []int) []byte {
	dst = appendSignals(dst, d.Signals, carry)
	for _, l := range d.Labels {
		dst = appendString(dst, l)
	}
	return dst
}

// edited is set beside the role of a turn that was edited.
const edited = 0x80

func appendTurns(dst []byte, turns []Turn) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(turns)))
	for _, t := range turns {
		role := byte(t.Role)
		if t.Edited {
			role |= edited
		}
		dst = append(binary.AppendUvarint(dst, uint64(t.End-t.Start)), role)
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendSignals(dst []byte, signals []float64, carry []int) []byte {
	bits := len(dst)
	for range (len(carry) + 7) / 8 {
		dst = append(dst, 0)
	}
	for i, slot := range carry {
		v := signals[slot]
		if math.IsNaN(v) {
			continue
		}
		dst[bits+i/8] |= 1 << (i % 8)
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	}
	return dst
}

var errCut = errors.New("the spool's record of a document is cut short")

// Decode reads one document from src into d and returns what follows it. The
// document's strings and Rest alias src. Signals and Labels keep their lengths;
// signals that were not carried become NaN.
func Decode(src []byte, d *Document, carry []int) ([]byte, error) {
	r := decoder{src: src}
	d.Place.File = uint32(r.uvarint())
	d.Place.Record = int64(r.uvarint())
	d.Source = int(r.uvarint())
	d.Form = int(r.uvarint())
	d.ID = r.string()
	d.URL = r.string()
	d.SetText(r.string())
	d.Rest = r.bytes(int(r.uvarint()))
	d.Turns = r.turns(d.Turns[:0], len(d.text))
	r.values(d, carry)
	return r.src, r.err
}

// DecodeValues reads what AppendValues wrote from src into d and returns what follows it.
func DecodeValues(src []byte, d *Document, carry []int) ([]byte, error) {
	r := decoder{src: src}
	r.values(d, carry)
	return r.src, r.err
}

// decoder reads fields one after the other; its first error sticks.
type decoder struct {
	src []byte
	err error
}

func (r *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(r.src)
	if n <= 0 {
		r.err, r.src = errCut, nil
		return 0
	}
	r.src = r.src[n:]
	return v
}

func (r *decoder) bytes(n int) []byte {
	if n < 0 || n > len(r.src) {
		r.err, r.src = errCut, nil
		return nil
	}
	b := r.src[:n:n]
	r.src = r.src[n:]
	return b
}

func (r *decoder) string() string {
	b := r.bytes(int(r.uvarint()))
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// turns reads the turns of a text of some bytes.
func (r *decoder) turns(dst []Turn, size int) []Turn {
	n := r.uvarint()
	for at := 0; n > 0 && r.err == nil; n-- {
		length := r.uvarint()
		b := r.bytes(1)
		if r.err != nil || length > uint64(size-at) {
			r.err = errCut
			return dst[:0]
		}
		end := at + int(length)
		dst = append(dst, Turn{Role(b[0] &^ edited), b[0]&edited != 0, at, end})
		at = min(end+len(Gap), size)
	}
	return dst
}

func (r *decoder) values(d *Document, carry []int) {
	r.signals(d.Signals, carry)
	for i := range d.Labels {
		d.Labels[i] = r.string()
	}
}

func (r *decoder) signals(signals []float64, carry []int) {
	for i := range signals {
		signals[i] = math.NaN()
	}
	bits := r.bytes((len(carry) + 7) / 8)
	if r.err != nil {
		return
	}
	for i, slot := range carry {
		if bits[i/8]&(1<<(i%8)) == 0 {
			continue
		}
		if b := r.bytes(8); r.err == nil {
			signals[slot] = math.Float64frombits(binary.LittleEndian.Uint64(b))
		}
	}
}
