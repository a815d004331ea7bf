package dedup

import (
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tamis/document"
	"tamis/step"
)

// keeping says which copy of a cluster stays: of each document it makes a key of
// fixed length, and the copy with the lowest key stays; of equal keys the one that
// comes first in the input.
type keeping struct {
	criteria []criterion
	size     int // bytes of a key
}

// A criterion appends its part of the key, lowest for the best document.
type criterion struct {
	size int
	key  func(dst []byte, d *document.Document) []byte
}

// lead puts a criterion before all others.
func (k *keeping) lead(c criterion) {
	k.criteria = append([]criterion{c}, k.criteria...)
	k.size += c.size
}

// newKeeping reads the setting keep. The date is a path to a field.
func newKeeping(names []string, date string, env *step.Env) (*keeping, error) {
	k := &keeping{}
	for i, name := range names {
		if name == "first" {
			if i < len(names)-1 {
				return nil, &step.Fault{Key: "keep", Err: fmt.Errorf("%q can decide nothing behind \"first\"", names[i+1])}
			}
			break
		}
		c, err := newCriterion(name, date, env)
		if err != nil {
			return nil, &step.Fault{Key: "keep", Err: err}
		}
		k.criteria = append(k.criteria, c)
		k.size += c.size
	}
	return k, nil
}

func newCriterion(name, date string, env *step.Env) (criterion, error) {
	switch name {
	case "source":
		return criterion{2, func(dst []byte, d *document.Document) []byte {
			return binary.BigEndian.AppendUint16(dst, uint16(d.Source))
		}}, nil
	case "url_md5":
		return criterion{md5.Size, func(dst []byte, d *document.Document) []byte {
			sum := md5.Sum([]byte(d.URL))
			return append(dst, sum[:]...)
		}}, nil
	case "longest", "shortest":
		long := name == "longest"
		return numeric(long, func(d *document.Document) float64 { return float64(len(d.Text())) }), nil
	case "newest", "oldest":
		return numeric(name == "newest", fieldNumber(date)), nil
	}
	bare, least := strings.CutPrefix(name, "-")
	if path, ok := strings.CutPrefix(bare, "field:"); ok && path != "" {
		return numeric(!least, fieldNumber(path)), nil
	}
	for _, signal := range []string{bare, bare + ".score"} {
		if slot, ok := env.Signal(signal); ok {
			return numeric(!least, func(d *document.Document) float64 { return d.Signals[slot] }), nil
		}
	}
	return criterion{}, fmt.Errorf("no step measures %q; possible are source, longest, shortest, newest, oldest, first, field:PATH, "+
		"and any rule of a step of this recipe as step.rule, with - before it for the least", name)
}

// numeric orders by a number, the greatest or the least first, and documents that
// have none behind all others.
func numeric(greatest bool, of func(*document.Document) float64) criterion {
	return criterion{8, func(dst []byte, d *document.Document) []byte {
		return binary.BigEndian.AppendUint64(dst, orderOf(of(d), greatest))
	}}
}

// orderOf maps numbers to integers of the same or the opposite order; NaN is above
// all others in both. The two zeros are one.
func orderOf(v float64, greatest bool) uint64 {
	if math.IsNaN(v) {
		return math.MaxUint64
	}
	b := math.Float64bits(v + 0)
	if v == 0 {
		b = 0
	}
	if b>>63 != 0 {
		b = ^b
	} else {
		b |= 1 << 63
	}
	if greatest {
		return ^b
	}
	return b
}

// fieldNumber reads a field as a number: numbers, dates, and text that is either.
func fieldNumber(path string) func(*document.Document) float64 {
	return func(d *document.Document) float64 {
		if d.Fields == nil {
			return math.NaN()
		}
		v, ok := d.Fields.Lookup(d, path)
		switch {
		case !ok:
			return math.NaN()
		case v.Kind == document.Number || v.Kind == document.Bool:
			return v.Num
		case v.Kind != document.String:
			return math.NaN()
		}
		if t, ok := parseDate(v.Str); ok {
			return t
		}
		if n, err := strconv.ParseFloat(v.Str, 64); err == nil {
			return n
		}
		return math.NaN()
	}
}

// append appends the key of d.
func (k *keeping) append(dst []byte, d *document.Document) []byte {
	for _, c := range k.criteria {
		dst = c.key(dst, d)
	}
	return dst
}
