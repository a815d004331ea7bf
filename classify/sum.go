package classify

// A sum is what the features of a text add up to in a prepared model. It is owned by
// one goroutine.
//
// Words and rows lie all over tables that are larger than the processor's caches. So that
// it fetches many at once, tokens go through three loops of few branches together:
//
//	text ─▶ tokens ─▶ find all in the dictionary ─▶ rows ─▶ add up all
type sum struct {
	*prepared
	buckets divisor
	letters *featurer // nil where the model has no letter n-grams, and recent too
	recent  *recentWords[recentSum, float64]
	tokens  []token // at most together
	fetched uint64  // kept so that what is read ahead has a purpose
	touched float32 // likewise
	rows    []int32 // to be added
	acc     []float64
	n       int       // features
	partial []uint64  // hashes of the word n-grams that end at the last word, by length
	before  int       // words before, at most len(partial)
	row     []float32 // of a quantised matrix
}

const together = 64

func (p *prepared) newSum() *sum {
	s := &sum{prepared: p, buckets: newDivisor(uint64(p.m.Args.Buckets)), tokens: make([]token, 0, together), acc: make([]float64, p.width)}
	if p.m.maxN() > 0 {
		s.letters, s.recent = newFeaturer(p.m), newRecentWords[recentSum, float64](p.width, recentBytes)
	}
	if n := int(p.m.Args.WordNgrams); n > 1 {
		s.partial = make([]uint64, n-1)
	}
	if !p.folded() && p.m.input.quant != nil {
		s.row = make([]float32, p.width)
	}
	return s
}

// text sums the features of a whole text, whose newlines part words.
func (s *sum) text(t string) { s.scan(scanner{s: t, whole: true}) }

// line sums the features of a line.
func (s *sum) line(t string) { s.scan(scanner{s: t}) }

func (s *sum) scan(t scanner) {
	clear(s.acc)
	s.n, s.before = 0, 0
	for more := true; more; {
		more = s.cut(&t)
		if s.recent == nil {
			s.fetched ^= s.m.dict.findAll(s.tokens)
		}
		for i := range s.tokens {
			s.token(&s.tokens[i])
		}
		s.addRows()
	}
}

// cut fills the list of tokens, and reports whether there are more.
func (s *sum) cut(t *scanner) (more bool) {
	tokens := s.tokens[:together]
	for i := range tokens {
		word := t.next()
		tokens[i].text, tokens[i].n = t.from(word), len(word)
		if word == EOS {
			s.tokens = tokens[:i+1]
			return false
		}
	}
	s.tokens = tokens
	return true
}

// token adds a word and the n-grams that end with it. Labels add nothing.
func (s *sum) token(t *token) {
	hash := t.hash
	if s.recent != nil {
		w := s.recall(t)
		if w.label {
			return
		}
		hash = w.hash
	} else if s.m.dict.isLabel(t.text[:t.n], t.entry) {
		return
	} else if t.entry >= 0 {
		s.rows = append(s.rows, t.entry)
	}
	if len(s.partial) > 0 {
		s.wordNgrams(uint64(int32(hash)))
	}
}

// A recentSum has the hash of a word and how many features that is, unless it is a label.
type recentSum struct {
	hash     uint32
	features int32
	label    bool
}

// recentBytes is about how much memory each goroutine spends on them.
const recentBytes = 16 << 20

// recall adds a word and its letter n-grams, and remembers what they add.
func (s *sum) recall(t *token) *recentSum {
	w, row, known := s.recent.find(t.text, t.n)
	if !known {
		s.learn(w, row, t)
	}
	s.n += int(w.features)
	acc := s.acc[:len(row)]
	for j, x := range row {
		acc[j] += x
	}
	return w
}

// learn sums in row what a word and its letter n-grams add.
func (s *sum) learn(w *recentSum, row []float64, t *token) {
	s.addRows()
	acc, count, word := s.acc, s.n, t.text[:t.n]
	clear(row)
	s.acc, s.n = row, 0
	entry, hash := s.m.dict.find(t.text, t.n)
	w.hash, w.label = hash, s.m.dict.isLabel(word, entry)
	if entry >= 0 && !w.label {
		s.rows = append(s.rows, entry)
	}
	if word != EOS && !w.label {
		s.letters.letterBuckets(word, s.gram)
	}
	s.addRows()
	w.features = int32(s.n)
	s.acc, s.n = acc, count
}

// wordNgrams adds the n-grams that end with the word of hash h:
//
//	partial[0]  a            ab = a*p + b
//	partial[1]  za           zab = za*p + b
func (s *sum) wordNgrams(h uint64) {
	for i := s.before - 1; i >= 0; i-- {
		g := s.partial[i]*wordNgramPrime + h
		s.gram(s.buckets.mod(g))
		if i+1 < len(s.partial) {
			s.partial[i+1] = g
		}
	}
	s.partial[0] = h
	s.before = min(s.before+1, len(s.partial))
}

// gram lists the row of an n-gram's bucket, if it was kept.
func (s *sum) gram(bucket uint64) {
	row := int32(bucket)
	switch {
	case !s.folded():
		var ok bool
		if row, ok = s.m.prune.lookup(row); !ok {
			return
		}
	case s.kept == nil:
	case s.kept.has(int(row)):
		row = int32(s.kept.rank(int(row)))
	default:
		s.n += s.counted
		for j, x := range s.common {
			s.acc[j] += x
		}
		return
	}
	s.rows = append(s.rows, s.m.dict.nwords+row)
}

// addRows adds the rows listed.
func (s *sum) addRows() {
	s.n += len(s.rows)
	switch {
	case s.width == 1 && s.folded():
		sum := s.acc[0]
		for _, row := range s.rows {
			sum += float64(s.outs[row])
		}
		s.acc[0] = sum
	case s.folded():
		s.addDense(s.outs)
	case s.row == nil:
		s.addDense(s.m.input.dense)
	default:
		for _, row := range s.rows {
			clear(s.row)
			s.m.input.addRow(s.row, int(row))
			s.add(s.row)
		}
	}
	s.rows = s.rows[:0]
}

// addDense adds the rows listed, after it has read from all, as findAll does.
func (s *sum) addDense(matrix []float32) {
	touched := float32(0)
	for _, row := range s.rows {
		touched += matrix[int(row)*s.width]
	}
	s.touched = touched
	for _, row := range s.rows {
		s.add(matrix[int(row)*s.width:][:s.width])
	}
}

func (s *sum) add(row []float32) {
	acc := s.acc[:len(row)]
	for j, x := range row {
		acc[j] += float64(x)
	}
}

// mean writes what a feature adds on average: outputs of a folded model, else the hidden
// vector.
func (s *sum) mean(dst []float32) {
	scale := 1 / float64(s.n)
	for j, x := range s.acc {
		dst[j] = float32(x * scale)
	}
}

// outputs writes one number per label into out. hidden is room for as many as a row has.
func (s *sum) outputs(out, hidden []float32) {
	switch {
	case s.pair:
		out[0], out[1] = 0, float32(s.acc[0]/float64(s.n))
	case s.folded():
		s.mean(out)
	default:
		s.mean(hidden)
		s.m.output.products(out, hidden)
	}
}
