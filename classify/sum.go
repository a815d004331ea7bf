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
	hashes  []uint64  // of the words at hand, behind those of the words before that n-grams need
	grams   []uint64  // their n-grams
	row     []float32 // of a quantised matrix that is too large to be unpacked
}

const together = 64

func (p *prepared) newSum() *sum {
	s := &sum{prepared: p, buckets: newDivisor(uint64(p.m.Args.Buckets)), tokens: make([]token, 0, together), rows: make([]int32, 0, together), acc: make([]float64, p.width)}
	if p.m.maxN() > 0 {
		s.letters, s.recent = newFeaturer(p.m), newRecentWords[recentSum, float64](p.width, recentBytes)
	}
	if !p.folded() && p.m.input.quant != nil && p.unpacked == nil {
		s.row = make([]float32, p.width)
	}
	return s
}

// text sums the features of a whole text, whose newlines part words, up to a word "</s>".
func (s *sum) text(text string) {
	clear(s.acc)
	s.n, s.hashes = 0, s.hashes[:0]
	t := newScanner(text, true)
	for more := true; more; {
		more = s.cut(&t)
		before := len(s.hashes)
		if s.recent == nil {
			s.words()
		} else {
			s.recallWords()
		}
		s.wordNgrams(before)
		s.addRows()
	}
}

// cut fills the list of tokens, and reports whether there are more.
func (s *sum) cut(t *scanner) (more bool) {
	n, more := t.cut(s.tokens[:together])
	s.tokens = s.tokens[:n]
	return more
}

// words lists the rows and the hashes of the tokens. Labels add nothing.
func (s *sum) words() {
	d := &s.m.dict
	s.fetched ^= d.findAll(s.tokens)
	rows, n := s.rows[:together], 0
	for i := range s.tokens {
		t := &s.tokens[i]
		if t.entry >= d.nwords || t.key.a == labelKey && d.isLabel(t.text[:t.n], t.entry) {
			continue
		}
		s.hashes = append(s.hashes, wordHash(t.hash))
		rows[n] = t.entry // stays only if there is one: most branches here would be guessed wrong
		n += int(1 + t.entry>>31)
	}
	s.rows = rows[:n]
}

// labelKey begins the key of whatever looks like a label.
var labelKey = eightBytes(LabelPrefix)

// wordHash is what n-grams are hashed from: the original extends the sign.
func wordHash(hash uint32) uint64 { return uint64(int32(hash)) }

// recallWords adds the tokens with their letter n-grams, and lists their hashes.
func (s *sum) recallWords() {
	for i := range s.tokens {
		if w := s.recall(&s.tokens[i]); !w.label {
			s.hashes = append(s.hashes, wordHash(w.hash))
		}
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
	w, row, known := s.recent.find(t.key, t.n)
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
	d := &s.m.dict
	t.at = d.home(t.key)
	d.look(t)
	w.hash, w.label = t.hash, d.isLabel(word, t.entry)
	if t.entry >= 0 && !w.label {
		s.rows = append(s.rows, t.entry)
	}
	if word != EOS && !w.label {
		s.letters.letterBuckets(word, s.gram)
	}
	s.addRows()
	w.features = int32(s.n)
	s.acc, s.n = acc, count
}

// wordNgrams lists the n-grams that end with the words whose hashes came after the first
// ones, and keeps the last hashes for n-grams to come:
//
//	hashes   …  y    z    a    b
//	pairs       xy   yz   za   ab      ab = a*p + b
//	triples     …    xyz  yza  zab    zab = za*p + b
func (s *sum) wordNgrams(before int) {
	longest, h := int(s.m.Args.WordNgrams), s.hashes
	grams := append(s.grams[:0], h...)
	for n := 2; n <= longest; n++ {
		for i := len(h) - 1; i >= n-1; i-- {
			grams[i] = grams[i-1]*wordNgramPrime + h[i]
		}
		s.listGrams(grams[min(max(before, n-1), len(h)):])
	}
	s.grams = grams
	kept := min(len(h), max(longest, 1)-1)
	s.hashes = h[:copy(h, h[len(h)-kept:])]
}

// listGrams lists the rows of n-grams of words.
func (s *sum) listGrams(grams []uint64) {
	if !s.folded() || s.common != nil {
		for _, g := range grams {
			s.gram(s.buckets.mod(g))
		}
		return
	}
	if s.kept == nil {
		for _, g := range grams {
			s.rows = append(s.rows, s.m.dict.nwords+int32(s.buckets.mod(g)))
		}
		return
	}
	kept := 0
	for _, g := range grams {
		if b := int(s.buckets.mod(g)); s.kept.has(b) {
			s.rows = append(s.rows, s.m.dict.nwords+int32(s.kept.rank(b)))
			kept++
		}
	}
	s.n += (len(grams) - kept) * s.counted
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
	case s.unpacked != nil:
		s.addDense(s.unpacked)
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
