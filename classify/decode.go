package classify

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"unsafe"
)

// A decoder reads a model file from memory. Its first error sticks; nothing is
// allocated for a number that the rest of the file cannot hold.
type decoder struct {
	data []byte
	lent bool // numbers may stay where they are in data
	off  int
	err  error
}

// fail notes an error about the bytes that begin at off.
func (d *decoder) fail(off int, format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("at byte %d: %s", off, fmt.Sprintf(format, args...))
	}
}

// take returns the next n bytes, or nil after an error.
func (d *decoder) take(what string, n int) []byte {
	if d.err != nil {
		return nil
	}
	if left := len(d.data) - d.off; n > left {
		d.fail(d.off, "the file ends within %s: %d bytes are left of %d", what, left, n)
		return nil
	}
	b := d.data[d.off : d.off+n]
	d.off += n
	return b
}

func (d *decoder) u8(what string) byte {
	if b := d.take(what, 1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) u16(what string) int {
	if b := d.take(what, 2); b != nil {
		return int(binary.LittleEndian.Uint16(b))
	}
	return 0
}

func (d *decoder) i32(what string) int32 {
	if b := d.take(what, 4); b != nil {
		return int32(binary.LittleEndian.Uint32(b))
	}
	return 0
}

func (d *decoder) i64(what string) int64 {
	if b := d.take(what, 8); b != nil {
		return int64(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// flag reads a byte that is 0 or 1.
func (d *decoder) flag(what string) bool {
	b := d.u8(what)
	if b > 1 {
		d.fail(d.off-1, "%s is %d, only 0 and 1 are possible", what, b)
	}
	return b == 1
}

// between reads an i32 that lies within bounds.
func (d *decoder) between(what string, min, max int32) int32 {
	n := d.i32(what)
	if d.err == nil && (n < min || n > max) {
		d.fail(d.off-4, "%s is %d, only %d to %d are possible", what, n, min, max)
		return min
	}
	return n
}

// fits refuses n things of at least size bytes each, read at off, that the rest of
// the file cannot hold.
func (d *decoder) fits(off int, what string, n, size int64) bool {
	if d.err != nil {
		return false
	}
	if most := int64(len(d.data)-d.off) / size; n < 0 || n > most {
		d.fail(off, "%d %s, at most %d are possible", n, what, most)
		return false
	}
	return true
}

// word returns the bytes up to a zero byte, which it skips.
func (d *decoder) word() []byte {
	if d.err != nil {
		return nil
	}
	n := bytes.IndexByte(d.data[d.off:], 0)
	if n < 0 {
		d.fail(d.off, "the file ends within a word")
		return nil
	}
	w := d.data[d.off : d.off+n]
	d.off += n + 1
	return w
}

// An arena holds many strings in few allocations.
type arena struct{ free []byte }

const arenaBytes = 1 << 16

// string copies b.
func (a *arena) string(b []byte) string {
	if len(b) > len(a.free) {
		if len(b) > arenaBytes/4 {
			return string(b)
		}
		a.free = make([]byte, arenaBytes)
	}
	n := copy(a.free, b)
	s := unsafe.String(unsafe.SliceData(a.free), n)
	a.free = a.free[n:]
	return s
}

// floats reads n numbers.
func (d *decoder) floats(what string, n int64) []float32 {
	if !d.fits(d.off, what, n, 4) {
		return nil
	}
	b := d.take(what, int(n)*4)
	if d.lent && n > 0 && littleEndian && (anyAddress || uintptr(unsafe.Pointer(&b[0]))%4 == 0) {
		return unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), n)
	}
	out := makeLarge[float32](int(n))
	if n > 0 && littleEndian {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&out[0])), len(b)), b)
		return out
	}
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}

// anyAddress is true of processors that read numbers from any address.
const anyAddress = runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64"

// littleEndian is how nearly all processors have their numbers, and files theirs.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1
