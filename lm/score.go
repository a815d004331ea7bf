package lm

import "math"

// A State is what a model remembers of the words before.
type State struct {
	words   [MaxOrder - 1]uint32 // the last one first
	backoff [MaxOrder - 1]float32
	n       int
}

// Begin returns the state at the beginning of a sentence.
func (m *Model) Begin() State {
	s := State{n: 1}
	s.words[0], s.backoff[0] = m.bos, f32(m.unigram(m.bos)[4:])
	if m.Order() == 1 {
		s.n = 0
	}
	return s
}

// extends reports whether an n-gram with this backoff begins a longer one.
func extends(backoff float32) bool { return math.Float32bits(backoff) != signBit }

// score returns the log10 probability of a word behind a state, and puts the state
// behind it into out, another one. It adds what KenLM adds, in its order, in 32 bits.
func (m *Model) score(in *State, word uint32, out *State) float32 {
	u := m.unigram(word)
	out.words[0], out.backoff[0], out.n = word, f32(u[4:]), 0
	if m.Order() == 1 {
		return negative(f32(u))
	}
	if extends(out.backoff[0]) {
		out.n = 1
	}
	prob, length := f32(u), 1
	key := uint64(word)
	for i := 0; i < in.n && !math.Signbit(float64(prob)); i++ {
		key = extendKey(key, in.words[i])
		if i == len(m.middle) {
			if e := m.longest.find(key); e != nil {
				prob, length = f32(e[8:]), i+2
			}
			break
		}
		e := m.middle[i].find(key)
		if e == nil {
			break
		}
		prob, length = f32(e[8:]), i+2
		out.words[i+1], out.backoff[i+1] = in.words[i], f32(e[12:])
		if extends(out.backoff[i+1]) {
			out.n = i + 2
		}
	}
	prob = negative(prob)
	for i := length - 1; i < in.n; i++ {
		prob += in.backoff[i]
	}
	return prob
}

// negative takes the sign of a probability for what it is, not for the mark it bears.
func negative(p float32) float32 { return math.Float32frombits(math.Float32bits(p) | signBit) }

// spaces are what KenLM parts words by: those of isspace in the locale C. A zero, which
// ends a text in C, parts words as well.
var spaces = func() (t [256]bool) {
	for _, c := range "\x00\t\n\v\f\r " {
		t[c] = true
	}
	return t
}()

// Line returns the log10 probability of a sentence and its end, given its beginning,
// and the number of its words, the end among them. It allocates nothing.
func (m *Model) Line(s string) (log10 float32, words int) {
	var states [2]State
	states[0] = m.Begin()
	in, out := &states[0], &states[1]
	for i := 0; i < len(s); {
		for i < len(s) && spaces[s[i]] {
			i++
		}
		start := i
		for i < len(s) && !spaces[s[i]] {
			i++
		}
		if i > start {
			log10 += m.score(in, m.word(s[start:i]), out)
			in, out = out, in
			words++
		}
	}
	return log10 + m.score(in, m.eos, out), words + 1
}
