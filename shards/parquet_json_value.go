package shards

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/parquet-go/parquet-go/format"
)

// int returns an integer of 4 or 8 bytes.
func (n *node) int(b []byte) int64 {
	if n.width == 4 {
		return int64(int32(binary.LittleEndian.Uint32(b)))
	}
	return int64(binary.LittleEndian.Uint64(b))
}

func (n *node) uint(b []byte) uint64 {
	if n.width == 4 {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

func (n *node) float(b []byte) float64 {
	switch n.width {
	case 2:
		return float16(binary.LittleEndian.Uint16(b))
	case 4:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// float16 reads a number of half precision (IEEE 754, binary16).
func float16(h uint16) float64 {
	exp, frac := int(h>>10&31), float64(h&1023)
	var v float64
	switch exp {
	case 0:
		v = math.Ldexp(frac, -24)
	case 31:
		if v = math.Inf(1); frac != 0 {
			return math.NaN()
		}
	default:
		v = math.Ldexp(1024+frac, exp-25)
	}
	if h>>15 != 0 {
		return -v
	}
	return v
}

// appendValue appends a leaf's value as JSON.
func (n *node) appendValue(dst, b []byte) []byte {
	switch n.value {
	case kindBool:
		return strconv.AppendBool(dst, b[0] != 0)
	case kindInt:
		return strconv.AppendInt(dst, n.int(b), 10)
	case kindUint:
		return strconv.AppendUint(dst, n.uint(b), 10)
	case kindFloat, kindFloat16:
		return n.appendFloat(dst, n.float(b))
	case kindString:
		return AppendQuote(dst, view(b))
	case kindJSON:
		return appendJSON(dst, b)
	case kindBinary:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), b), '"')
	}
	return append(n.appendPlain(append(dst, '"'), b), '"')
}

// appendJSON appends JSON that a column holds, on one line, or a string if it is none.
func appendJSON(dst, b []byte) []byte {
	v := jsontext.Value(bytes.TrimSpace(b))
	if !v.IsValid(jsontext.AllowDuplicateNames(true)) {
		return AppendQuote(dst, view(b))
	}
	if bytes.ContainsAny(v, "\r\n") {
		if v = v.Clone(); v.Compact() != nil {
			return AppendQuote(dst, view(b))
		}
	}
	return append(dst, v...)
}

func (n *node) appendFloat(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(dst, "null"...)
	}
	if n.width <= 4 {
		return jsontext.AppendFloat(dst, v, 32)
	}
	return jsontext.AppendFloat(dst, v, 64)
}

// appendPlain appends a value whose form in JSON is a string without escapes.
func (n *node) appendPlain(dst, b []byte) []byte {
	switch n.value {
	case kindDecimal:
		return n.appendDecimal(dst, b)
	case kindUUID:
		return appendUUID(dst, b)
	case kindDate:
		return appendTime(dst, time.Unix(n.int(b)*86400, 0), time.DateOnly)
	case kindTime:
		per, utc := n.perSecond()
		v := n.int(b)
		return appendTime(dst, time.Unix(floorDiv(v, per)), clockLayout(per, utc))
	case kindTimestamp:
		per, utc := n.perSecond()
		return appendTime(dst, time.Unix(floorDiv(n.int(b), per)), "2006-01-02T"+clockLayout(per, utc))
	default: // kindInt96: nanoseconds of a day, then the Julian day
		nanos, day := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint32(b[8:])
		const epoch = 2440588 // the Julian day that began at noon of 1970-01-01
		t := time.Unix((int64(int32(day))-epoch)*86400+int64(nanos/1e9), int64(nanos%1e9))
		return appendTime(dst, t, "2006-01-02T15:04:05.000000000") // whose clock is not said
	}
}

// floorDiv splits a number of units into seconds and nanoseconds, the latter from 0 on.
func floorDiv(v, per int64) (sec, nsec int64) {
	sec, nsec = v/per, v%per
	if nsec < 0 {
		sec--
		nsec += per
	}
	return sec, nsec * (1e9 / per)
}

// clockLayout shows as many digits of a second as its column can hold.
func clockLayout(per int64, utc bool) string {
	layout := "15:04:05.000000"
	switch per {
	case 1e3:
		layout = "15:04:05.000"
	case 1e9:
		layout = "15:04:05.000000000"
	}
	if utc {
		layout += "Z"
	}
	return layout
}

// appendTime appends a time of the Gregorian calendar. Years beyond four digits have
// as many as they need and a sign, as ISO 8601 allows.
func appendTime(dst []byte, t time.Time, layout string) []byte {
	t = t.UTC()
	year := t.Year()
	if year >= 0 && year <= 9999 {
		return t.AppendFormat(dst, layout)
	}
	if year > 0 {
		dst = append(dst, '+')
	}
	return t.AppendFormat(dst, layout)
}

func appendUUID(dst, b []byte) []byte {
	for i, end := range []int{4, 6, 8, 10, 16} {
		start := 0
		if i > 0 {
			dst = append(dst, '-')
			start = []int{4, 6, 8, 10}[i-1]
		}
		dst = hex.AppendEncode(dst, b[start:end])
	}
	return dst
}

// appendDecimal appends a decimal with all digits of its scale: 100 of scale 2 is 1.00.
func (n *node) appendDecimal(dst, b []byte) []byte {
	v := new(big.Int)
	if t := n.elem.Type.V; t == format.Int32 || t == format.Int64 {
		v.SetInt64(n.int(b))
	} else if v.SetBytes(b); len(b) > 0 && b[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(len(b))*8))
	}
	if v.Sign() < 0 {
		dst = append(dst, '-')
		v.Neg(v)
	}
	digits := v.Append(nil, 10)
	scale := min(max(n.decimalScale(), 0), 1<<10)
	if scale == 0 {
		return append(dst, digits...)
	}
	for len(digits) <= scale {
		digits = append([]byte{'0'}, digits...)
	}
	point := len(digits) - scale
	dst = append(dst, digits[:point]...)
	return append(append(dst, '.'), digits[point:]...)
}
