package classify

// A sum is what the features of a text add up to in a prepared model. It is owned by
// one goroutine.
type sum struct {
	*prepared
	buckets divisor
	letters *featurer // nil where the model has no letter n-grams, and recent too
	recent  *recentWords
	acc     []float64
	n       int       // features
	partial []uint64  // hashes of the word n-grams that end at the last word, by length
	before  int       // words before, at most len(partial)
	row     []float32 // of a quantised matrix
}

func (p *prepared) newSum() *sum {
	s := &sum{prepared: p, buckets: newDivisor(uint64(p.m.Args.Buckets)), acc: make([]float64, p.width)}
	if p.m.maxN() > 0 {
		s.letters, s.recent = newFeaturer(p.m), newRecentWords(p.width)
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
	add := s.word
	if s.recent != nil {
		add = s.recall
	}
	for {
		word := t.next()
		if hash, ok := add(t.from(word), len(word)); ok && len(s.partial) > 0 {
			s.wordNgrams(uint64(int32(hash)))
		}
		if word == EOS {
			return
		}
	}
}

// word adds the word that is the first n bytes of text, with its letter n-grams, and
// returns its hash, or false for a label, which adds nothing.
func (s *sum) word(text string, n int) (hash uint32, ok bool) {
	entry, hash := s.m.dict.find(text, n)
	if s.m.dict.isLabel(text[:n], entry) {
		return 0, false
	}
	if entry >= 0 {
		s.addWord(int(entry))
	}
	if s.letters != nil && text[:n] != EOS {
		s.letters.letterBuckets(text[:n], s.gram)
	}
	return hash, true
}

// recall adds a word as word does, and remembers what it added.
func (s *sum) recall(text string, n int) (hash uint32, ok bool) {
	place, known := s.recent.find(text, n)
	w, row := &s.recent.words[place], s.recent.row(place)
	if !known {
		acc, count := s.acc, s.n
		clear(row)
		s.acc, s.n = row, 0
		w.hash, ok = s.word(text, n)
		w.label, w.features = !ok, int32(s.n)
		s.acc, s.n = acc, count
	}
	if w.label {
		return 0, false
	}
	s.n += int(w.features)
	acc := s.acc[:len(row)]
	for j, x := range row {
		acc[j] += x
	}
	return w.hash, true
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

func (s *sum) addWord(entry int) {
	if s.folded() {
		s.add(s.words[entry*s.width:][:s.width])
		return
	}
	s.addInput(entry)
}

// gram adds the row of an n-gram's bucket, if it was kept.
func (s *sum) gram(bucket uint64) {
	row := int(bucket)
	switch {
	case !s.folded():
		if row, ok := s.m.prune.lookup(int32(bucket)); ok {
			s.addInput(s.m.Words() + int(row))
		}
		return
	case s.kept == nil:
	case s.kept.has(row):
		row = s.kept.rank(row)
	default:
		s.n += s.counted
		for j, x := range s.common {
			s.acc[j] += x
		}
		return
	}
	s.add(s.grams[row*s.width:][:s.width])
}

// addInput adds a row of a model that is not folded.
func (s *sum) addInput(row int) {
	if s.row == nil {
		s.add(s.m.input.dense[row*s.width:][:s.width])
		return
	}
	clear(s.row)
	s.m.input.addRow(s.row, row)
	s.add(s.row)
}

func (s *sum) add(row []float32) {
	s.n++
	if len(row) == 1 {
		s.acc[0] += float64(row[0])
		return
	}
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
