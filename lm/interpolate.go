package lm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"tamis/spool"
)

// probabilities makes of the counts of one order, which are sorted by context, what an
// n-gram has before it is interpolated: its discounted probability and the weight of the
// shorter one. It also returns the weights by their contexts. Both are sorted by the
// words from the last to the first.
func (t *Trainer) probabilities(n int, counts *spool.Sorter, d discount) (probs, weights *spool.Sorter, err error) {
	probs = t.sorter(fmt.Sprintf("%d-probabilities", n), 4*n+8)
	if n > 1 {
		weights = t.sorter(fmt.Sprintf("%d-weights", n-1), 4*(n-1)+4)
	}
	g := &group{n: n, d: d, probs: probs, weights: weights}
	if err := counts.Each(g.next); err != nil {
		return nil, nil, err
	}
	if err := g.end(); err != nil {
		return nil, nil, err
	}
	return probs, weights, counts.Close()
}

// A group is all n-grams of one context; it is at most as large as the vocabulary.
type group struct {
	n              int
	d              discount
	probs, weights *spool.Sorter
	context        []byte
	words          []uint32
	counts         []uint64
	rec            []byte
}

// next takes in the next n-gram with its count.
func (g *group) next(rec []byte) error {
	context := rec[:4*(g.n-1)]
	if len(g.words) > 0 && !bytes.Equal(context, g.context) {
		if err := g.end(); err != nil {
			return err
		}
	}
	g.context = append(g.context[:0], context...)
	g.words = append(g.words, binary.BigEndian.Uint32(rec[len(context):]))
	g.counts = append(g.counts, binary.BigEndian.Uint64(rec[len(context)+4:]))
	return nil
}

// end works out the group. All is done in 32 bits and in lmplz's order.
func (g *group) end() error {
	sum, seen := uint64(0), [4]uint64{}
	for _, c := range g.counts {
		sum += c
		seen[min(c, 3)]++
	}
	whole, weight := float32(sum), float32(0)
	for i := 1; i <= 3; i++ {
		weight += float32(g.d[i] * float32(seen[i]))
	}
	weight /= whole
	for i, word := range g.words {
		prob, gamma := (float32(g.counts[i])-g.d.of(g.counts[i]))/whole, weight
		switch {
		case g.n == 1 && word == bosID:
			prob, gamma = 1, 0
		case g.n == 1 && word == unkID:
			prob = 0
		}
		g.rec = append(binary.BigEndian.AppendUint32(g.rec[:0], word), g.context...)
		if err := g.probs.Add(appendF32(g.rec, prob, gamma)); err != nil {
			return err
		}
	}
	if g.weights != nil {
		g.rec = append(g.rec[:0], g.context...)
		if err := g.weights.Add(appendF32(g.rec, weight)); err != nil {
			return err
		}
	}
	g.words, g.counts = g.words[:0], g.counts[:0]
	return nil
}

func appendF32(b []byte, values ...float32) []byte {
	for _, v := range values {
		b = append(b, 0, 0, 0, 0)
		putF32(b[len(b)-4:], v)
	}
	return b
}

// interpolate writes the n-grams of one order. probs has their own share, shorter the
// probabilities of the order below, nil below the first, and weights the backoffs of
// those that are contexts, nil above the last. It returns their probabilities, and
// closes what it was given.
func (t *Trainer) interpolate(out *arpaWriter, n int, probs, shorter, weights *spool.Sorter, uniform float32) (*spool.Sorter, error) {
	own, below, backoffs := pull(probs), pull(shorter), pull(weights)
	defer func() { own.stop(); below.stop(); backoffs.stop() }()
	var made *spool.Sorter
	if n < t.o.Order {
		made = t.sorter(fmt.Sprintf("%d-made", n), 4*n+4)
	}
	out.order(n)
	rec := make([]byte, 0, 4*n+4)
	for ; own.rec != nil; own.advance() {
		key, lower := own.rec[:4*n], uniform
		if n > 1 {
			if !below.seek(key[:4*(n-1)]) {
				return nil, errors.Join(below.err, fmt.Errorf("train: an end of a %d-gram is missing", n))
			}
			lower = f32(below.rec[4*(n-1):])
		}
		prob := f32(own.rec[4*n:]) + float32(f32(own.rec[4*n+4:])*lower)
		backoff := float32(1)
		if backoffs.seek(key) {
			backoff = f32(backoffs.rec[4*n:])
		}
		t.write(out, n, key, min(0, log10(prob)), log10(backoff))
		if made != nil {
			if err := made.Add(appendF32(append(rec[:0], key...), prob)); err != nil {
				return nil, err
			}
		}
	}
	err := errors.Join(own.err, below.err, backoffs.err, out.err)
	for _, s := range []*spool.Sorter{probs, shorter, weights} {
		if s != nil {
			err = errors.Join(err, s.Close())
		}
	}
	return made, err
}

// write writes an n-gram, whose key has the last word first.
func (t *Trainer) write(out *arpaWriter, n int, key []byte, prob, backoff float32) {
	out.number(prob)
	for i := n - 1; i >= 0; i-- {
		out.word(t.words[binary.BigEndian.Uint32(key[4*i:])])
	}
	if n < t.o.Order {
		out.backoff(backoff)
	}
	out.line()
}

// A stream is at one record of a sorter; rec is nil behind the last one.
type stream struct {
	rec  []byte
	err  error
	next func() ([]byte, bool)
	stop func()
}

// errStopped ends an Each that nobody listens to any more.
var errStopped = errors.New("stopped")

// pull begins a stream; one without a sorter is empty.
func pull(s *spool.Sorter) *stream {
	st := &stream{stop: func() {}, next: func() ([]byte, bool) { return nil, false }}
	if s != nil {
		st.next, st.stop = iter.Pull(func(yield func([]byte) bool) {
			err := s.Each(func(rec []byte) error {
				if !yield(rec) {
					return errStopped
				}
				return nil
			})
			if !errors.Is(err, errStopped) {
				st.err = err
			}
		})
	}
	st.advance()
	return st
}

func (s *stream) advance() {
	if rec, ok := s.next(); ok {
		s.rec = rec
	} else {
		s.rec = nil
	}
}

// seek goes to the record of a key, or past where it would be, and reports whether it is
// there.
func (s *stream) seek(key []byte) bool {
	for s.rec != nil {
		switch c := bytes.Compare(s.rec[:len(key)], key); {
		case c == 0:
			return true
		case c > 0:
			return false
		}
		s.advance()
	}
	return false
}
