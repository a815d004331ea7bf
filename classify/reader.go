package classify

import "unicode/utf8"

// A Reader reads texts for an Identifier. It is owned by one goroutine and allocates
// nothing per text.
//
// A word costs the same wherever it stands, so most words of a text are read letter by
// letter only once:
//
//	text ─▶ words ─▶ recent ones ─▶ add up their costs ──────▶ tallies
//	          └─────▶ other ones ─▶ states of their letters ─────┘
type Reader struct {
	id      *Identifier
	recent  *recentWords[recentCosts, uint64]
	words   wordSum
	spelled lanes // room for what letters add
	tallies []tally
	alone   []int64 // letters of each script that tells the language
	states  [waiting]uint32
	rivals  []rival
	guesses []Guess
}

// A tally is what the letters of one script add up to.
type tally struct {
	costs   []int64 // of each lane of a row: the least ones, then each language's
	letters int64
}

// lanes are costs of 16 bits. For each word of 8 bytes in a row there are two: that of the
// even bytes, and that of the odd ones.
type lanes []uint64

// mostLetters is how many letters' costs sums of 16 bits hold.
const mostLetters = 1<<16/(mostCost+1) - 1

// waiting is how many states wait for their rows to be added, at most mostLetters.
const waiting = 256

// A wordSum is what words of one script add up to that are not in its tally yet.
type wordSum struct {
	sums            lanes
	script, letters int
}

// recentCosts are of a word with letters of one script, or of none.
type recentCosts struct {
	script, letters uint8
	several         bool // scripts, or one that tells the language by itself
}

// recentCostBytes is about how much memory each goroutine spends on them.
const recentCostBytes = 8 << 20

// Reader returns a reader for one goroutine.
func (id *Identifier) Reader() *Reader {
	r, widest := &Reader{id: id, alone: make([]int64, len(lone))}, 0
	for _, s := range id.shared {
		r.tallies = append(r.tallies, tally{costs: make([]int64, 8*s.width)})
		widest = max(widest, s.width)
	}
	r.recent = newRecentWords[recentCosts, uint64](2*widest, recentCostBytes)
	r.words.sums, r.spelled = make(lanes, 2*widest), make(lanes, 2*widest)
	return r
}

// read adds up the letters of a text.
func (r *Reader) read(text string) {
	r.reset()
	inWord := &r.id.inWord
	for i := 0; i < len(text); {
		if !inWord[text[i]] {
			i++
			continue
		}
		end := i + 1
		for end < len(text) && inWord[text[end]] {
			end++
		}
		if end-i < keyBytes {
			r.word(text[i:], end-i)
		} else {
			r.spell(text[i:end])
		}
		i = end
	}
	r.settle()
}

// word adds the word that is the first n bytes of text.
func (r *Reader) word(text string, n int) {
	w, row, known := r.recent.at(keyOf(text, n).small())
	if !known {
		r.learn(w, row, text[:n])
	}
	if w.several {
		r.spell(text[:n])
		return
	}
	if w.letters == 0 {
		return
	}
	if int(w.script) != r.words.script || r.words.letters+int(w.letters) > mostLetters {
		r.settle()
		r.words.script = int(w.script)
	}
	r.words.letters += int(w.letters)
	sums := r.words.sums[:len(row)]
	for i, x := range row {
		sums[i] += x
	}
}

// settle adds the sums of words to the tally of their script.
func (r *Reader) settle() {
	if w := &r.words; w.letters > 0 {
		r.tallies[w.script-1].add(w.sums, w.letters)
		clear(w.sums)
		w.letters = 0
	}
}

// learn finds out what a word costs.
func (r *Reader) learn(w *recentCosts, row lanes, word string) {
	*w = recentCosts{}
	clear(row)
	if w.several = r.ofSeveral(word); w.several {
		return
	}
	script, n := r.follow(word)
	w.script, w.letters = uint8(script), uint8(n)
	if n > 0 {
		r.id.shared[script-1].sum(row, r.states[:n])
	}
}

// ofSeveral reports whether a word's letters are of more scripts than one, or of one that
// tells the language by itself.
func (r *Reader) ofSeveral(word string) bool {
	script := 0
	for i := 0; i < len(word); {
		c, size := r.id.classOf(word, i)
		i += size
		switch of := int(c >> 8); {
		case of == 0 || of == skipped || of == script:
		case script > 0 || of > len(r.id.shared):
			return true
		default:
			script = of
		}
	}
	return false
}

// spell adds a text letter by letter.
func (r *Reader) spell(text string) { r.addStates(r.follow(text)) }

// follow moves along the tries. It adds up the states of all letters but the last ones, n
// of one script that wait until there are many.
func (r *Reader) follow(text string) (script, n int) {
	class, shared := r.id.class, len(r.id.shared)
	var s *sharedScript
	node := uint32(0)
	for i := 0; i < len(text); {
		var c uint16
		switch b := text[i]; {
		case b < utf8.RuneSelf:
			c = class[b]
			i++
		case b >= 0xC2 && b < 0xE0 && i+1 < len(text) && text[i+1]&0xC0 == 0x80: // two bytes
			c = class[uint(b&0x1f)<<6|uint(text[i+1]&0x3f)]
			i += 2
		default:
			var size int
			c, size = r.id.classOf(text, i)
			i += size
		}
		of := int(c >> 8)
		switch {
		case of == 0:
			node = 0
		case of <= shared:
			if of != script || n == waiting {
				if of != script {
					node = 0
				}
				r.addStates(script, n)
				script, n, s = of, 0, r.id.shared[of-1]
			}
			state := s.step(node, byte(c))
			node = s.node[state]
			r.states[n%waiting] = state
			n++
		case of != skipped:
			node = 0
			r.alone[of-shared-1]++
		}
	}
	return script, n
}

func (r *Reader) reset() {
	clear(r.alone)
	for i := range r.tallies {
		clear(r.tallies[i].costs)
		r.tallies[i].letters = 0
	}
}

// addStates adds the rows of the first n waiting states to the tally of their script.
func (r *Reader) addStates(script, n int) {
	if n > 0 {
		r.id.shared[script-1].sum(r.spelled, r.states[:n])
		r.tallies[script-1].add(r.spelled, n)
	}
}

const evenBytes = 0x00ff00ff00ff00ff

// sum adds up the rows of states, column by column. Costs are below 64, so that four
// rows add up in bytes before they need 16 bits.
func (s *sharedScript) sum(dst lanes, states []uint32) {
	for column := range s.width {
		rows, width := s.rows[column:], s.width
		var even, odd uint64
		i := 0
		for ; i+4 <= len(states); i += 4 {
			x := rows[int(states[i])*width] + rows[int(states[i+1])*width] + rows[int(states[i+2])*width] + rows[int(states[i+3])*width]
			even += x & evenBytes
			odd += x >> 8 & evenBytes
		}
		for ; i < len(states); i++ {
			x := rows[int(states[i])*width]
			even += x & evenBytes
			odd += x >> 8 & evenBytes
		}
		dst[2*column], dst[2*column+1] = even, odd
	}
}

// add adds what some letters of the script sum up to.
func (t *tally) add(sums lanes, letters int) {
	t.letters += int64(letters)
	for i := range t.costs {
		column, lane := i/8, i%8
		t.costs[i] += int64(sums[2*column+lane%2] >> (16 * (lane / 2)) & 0xffff)
	}
}
