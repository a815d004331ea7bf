package stats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"tamis/document"
)

// The binary form is a mark of the shape and then, for each source in use, its number
// plus 1, the counts that are not 0 (distance to the one before, value), the reasons,
// the sampled documents, and the lists that name them; 0 ends it. All integers are
// varints.

// AppendBinary appends the counts in a compact form.
func (s *Stats) AppendBinary(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, s.shape.mark())
	for i, src := range s.sources {
		if src == nil || !src.used {
			continue
		}
		dst = binary.AppendUvarint(dst, uint64(i)+1)
		dst = appendCounts(dst, src.counts)
		dst = src.reasons.append(dst)
		dst = appendLists(dst, src.lists)
	}
	return binary.AppendUvarint(dst, 0)
}

// mark identifies a shape: counts are not read into another one.
func (p *Shape) mark() uint64 {
	h := uint64(2) // the layout's version
	add := func(s string) {
		h = mix(h ^ uint64(len(s)))
		for i := range len(s) {
			h = mix(h ^ uint64(s[i]))
		}
	}
	for _, name := range p.Sources {
		add(name)
	}
	for i := range p.Steps {
		add("step " + p.Steps[i].Name)
		for _, r := range p.Steps[i].Rules {
			add(fmt.Sprintf("rule %s %d", r.Name, r.Scale))
		}
	}
	add(fmt.Sprintf("%d %d", p.Samples, p.Seed))
	return h
}

func appendCounts(dst []byte, counts []int64) []byte {
	last := -1
	for i, n := range counts {
		if n != 0 {
			dst = binary.AppendUvarint(dst, uint64(i-last))
			dst = binary.AppendVarint(dst, n)
			last = i
		}
	}
	return binary.AppendUvarint(dst, 0)
}

func (r *reasons) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(r.list)))
	for _, x := range r.list {
		dst = appendString(dst, x.Text)
		dst = binary.AppendVarint(dst, x.Records)
		dst = binary.AppendUvarint(dst, uint64(len(x.Places)))
		for _, p := range x.Places {
			dst = appendPlace(dst, p)
		}
	}
	return binary.AppendVarint(dst, r.other)
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendPlace(dst []byte, p document.Place) []byte {
	return binary.AppendVarint(binary.AppendUvarint(dst, uint64(p.File)), p.Record)
}

func appendLists(dst []byte, lists [][]entry) []byte {
	number := map[*Sample]int{}
	var docs []*Sample
	for _, list := range lists {
		for _, e := range list {
			if _, ok := number[e.doc]; !ok {
				number[e.doc] = len(docs)
				docs = append(docs, e.doc)
			}
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(docs)))
	for _, d := range docs {
		dst = d.append(dst)
	}
	for _, list := range lists {
		dst = binary.AppendUvarint(dst, uint64(len(list)))
		for _, e := range list {
			dst = binary.AppendUvarint(dst, uint64(number[e.doc]))
			dst = appendFloat(dst, e.distance)
			dst = binary.LittleEndian.AppendUint64(dst, e.chance)
		}
	}
	return dst
}

func appendFloat(dst []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
}

func (d *Sample) append(dst []byte) []byte {
	dst = appendPlace(dst, d.Place)
	dst = appendString(appendString(appendString(dst, d.ID), d.URL), d.Text)
	cut := uint64(0)
	if d.Cut {
		cut = 1
	}
	dst = binary.AppendUvarint(dst, cut)
	for _, n := range []int64{d.Bytes, d.Words, int64(d.Step), int64(d.Rule)} {
		dst = binary.AppendVarint(dst, n)
	}
	dst = binary.AppendUvarint(dst, uint64(len(d.Signals)))
	for _, v := range d.Signals {
		dst = appendFloat(dst, v)
	}
	dst = binary.AppendUvarint(dst, uint64(len(d.Labels)))
	for _, l := range d.Labels {
		dst = appendString(dst, l)
	}
	return dst
}

// Decode takes the counts that AppendBinary wrote in place of its own. It refuses those
// of another shape, and damaged ones; the counts are then empty.
func (s *Stats) Decode(data []byte) error {
	s.Reset()
	r := &decoder{data: data}
	if mark := r.u64(); r.err == nil && mark != s.shape.mark() {
		return errors.New("the counts are those of another plan")
	}
	for r.err == nil {
		i := r.count(uint64(len(s.sources)))
		if i == 0 {
			break
		}
		s.decodeSource(r, s.source(i-1))
	}
	if r.err == nil && len(r.data) > 0 {
		r.fail("%d bytes follow the counts", len(r.data))
	}
	if r.err != nil {
		s.Reset()
	}
	return r.err
}

func (s *Stats) decodeSource(r *decoder, src *source) {
	for at := -1; ; {
		skip := r.count(uint64(len(src.counts) - 1 - at))
		if skip == 0 || r.err != nil {
			break
		}
		at += skip
		src.counts[at] = r.varint()
	}
	src.reasons.decode(r)
	s.decodeLists(r, src)
}

func (x *reasons) decode(r *decoder) {
	n := r.count(maxReasons)
	x.list = nil
	for range n {
		reason := Reason{Text: r.string(), Records: r.varint()}
		for range r.count(maxPlaces) {
			reason.Places = append(reason.Places, r.place())
		}
		x.list = append(x.list, reason)
	}
	x.other = r.varint()
}

func (s *Stats) decodeLists(r *decoder, src *source) {
	docs := make([]*Sample, r.count(uint64(len(r.data))))
	for i := range docs {
		if docs[i] = s.decodeSample(r); r.err != nil {
			return
		}
	}
	for i := range src.lists {
		for range r.count(uint64(s.shape.Samples)) {
			number, e := r.count(uint64(len(docs))), entry{distance: r.float(), chance: r.u64()}
			if number >= len(docs) {
				r.fail("sample %d of %d", number, len(docs))
			}
			if r.err != nil {
				return
			}
			e.doc = docs[number]
			e.place = e.doc.Place
			e.doc.held++
			src.lists[i] = append(src.lists[i], e)
		}
	}
}

func (s *Stats) decodeSample(r *decoder) *Sample {
	d := &Sample{Place: r.place(), ID: r.string(), URL: r.string(), Text: r.string(), Cut: r.count(1) == 1}
	d.Bytes, d.Words, d.Step, d.Rule = r.varint(), r.varint(), int(r.varint()), int(r.varint())
	if d.Step < -1 || d.Step >= len(s.shape.Steps) || d.Step >= 0 && (d.Rule < 0 || d.Rule >= len(s.shape.Steps[d.Step].Rules)) {
		r.fail("a sample removed by rule %d of step %d", d.Rule, d.Step)
	}
	for range r.count(uint64(len(r.data)) / 8) {
		d.Signals = append(d.Signals, r.float())
	}
	for range r.count(uint64(len(r.data))) {
		d.Labels = append(d.Labels, r.string())
	}
	return d
}

// A decoder reads the binary form. The first error stays; behind it all is zero.
type decoder struct {
	data []byte
	err  error
}

func (r *decoder) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format+", %d bytes before the end", append(args, len(r.data))...)
	}
	r.data = nil
}

func (r *decoder) uvarint() uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 {
		r.fail("a number is cut short")
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *decoder) varint() int64 {
	n, size := binary.Varint(r.data)
	if size <= 0 {
		r.fail("a number is cut short")
		return 0
	}
	r.data = r.data[size:]
	return n
}

// count reads a number of things and refuses one that is not possible, before
// anything is allocated for it.
func (r *decoder) count(limit uint64) int {
	n := r.uvarint()
	if n > limit {
		r.fail("%d things, at most %d are possible", n, limit)
		return 0
	}
	return int(n)
}

func (r *decoder) u64() uint64 {
	if len(r.data) < 8 {
		r.fail("a number is cut short")
		return 0
	}
	n := binary.LittleEndian.Uint64(r.data)
	r.data = r.data[8:]
	return n
}

func (r *decoder) float() float64 { return math.Float64frombits(r.u64()) }

func (r *decoder) string() string {
	n := r.uvarint()
	if n > uint64(len(r.data)) {
		r.fail("a string of %d bytes is cut short", n)
		return ""
	}
	s := string(r.data[:n])
	r.data = r.data[n:]
	return s
}

func (r *decoder) place() document.Place {
	return document.Place{File: uint32(r.uvarint()), Record: r.varint()}
}
