package lm

import (
	"io"
	"strconv"
)

// An arpaWriter writes ARPA text. Its first error stays.
type arpaWriter struct {
	w     io.Writer
	buf   []byte
	first bool // no word stands on the line yet
	err   error
}

// newARPAWriter writes the counts.
func newARPAWriter(w io.Writer, counts []uint64) *arpaWriter {
	a := &arpaWriter{w: w, buf: []byte("\\data\\\n")}
	for i, c := range counts {
		a.buf = append(a.buf, "ngram "...)
		a.buf = strconv.AppendInt(a.buf, int64(i+1), 10)
		a.buf = append(a.buf, '=')
		a.buf = append(strconv.AppendUint(a.buf, c, 10), '\n')
	}
	a.flush(0)
	return a
}

// order begins the n-grams of an order.
func (a *arpaWriter) order(n int) {
	a.buf = append(a.buf, "\n\\"...)
	a.buf = strconv.AppendInt(a.buf, int64(n), 10)
	a.buf = append(a.buf, "-grams:\n"...)
}

func (a *arpaWriter) number(v float32) {
	a.buf = strconv.AppendFloat(a.buf, float64(v), 'f', -1, 32)
	a.first = true
}

func (a *arpaWriter) word(w string) {
	if a.first {
		a.buf = append(a.buf, '\t')
	} else {
		a.buf = append(a.buf, ' ')
	}
	a.buf, a.first = append(a.buf, w...), false
}

func (a *arpaWriter) backoff(v float32) {
	a.buf = append(a.buf, '\t')
	a.number(v)
}

func (a *arpaWriter) line() {
	a.buf = append(a.buf, '\n')
	a.flush(64 << 10)
}

// flush writes what is more than least bytes.
func (a *arpaWriter) flush(least int) {
	if len(a.buf) < least {
		return
	}
	if a.err == nil {
		_, a.err = a.w.Write(a.buf)
	}
	a.buf = a.buf[:0]
}

func (a *arpaWriter) finish() error {
	a.buf = append(a.buf, "\n\\end\\\n"...)
	a.flush(0)
	return a.err
}
