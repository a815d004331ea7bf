package classify

import (
	"cmp"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// A Guess is a language and how sure the identifier is of it, 0 to 1.
type Guess struct {
	Code  string
	Score float64
}

// Undetermined is the code of a text in which no language can be seen.
const Undetermined = "und"

func ones(x uint64) int { return bits.OnesCount64(x) }

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

// waiting is how many states wait for their rows to be added. Sums of 16 bits hold
// the costs of a thousand.
const (
	waiting     = 256
	mostLetters = 1<<16/(mostCost+1) - 1
)

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

// leastScore is what the likeliest language must have to be named: below it, two of three
// names are wrong, such as those of single words.
const leastScore = 0.2

// determined returns the guess, undetermined where its score is too low.
func (g Guess) determined() Guess {
	if g.Score < leastScore {
		g.Code = Undetermined
	}
	return g
}

// Guess returns the likeliest language of a text, undetermined where no one is likely.
func (r *Reader) Guess(text string) Guess { return r.Guesses(text, 1)[0].determined() }

// Script returns the script of most letters of the text that was read last, by its ISO
// 15924 code; it is empty where there is no letter.
func (r *Reader) Script() string {
	script, share := r.script()
	shared := len(r.id.shared)
	switch {
	case share == 0:
		return ""
	case script < shared:
		return r.id.shared[script].name
	case r.loneCode(script-shared) == kana:
		return "Jpan"
	}
	return lone[script-shared].name
}

// Guesses returns the k likeliest languages, best first, however unlikely; their scores
// sum to at most 1. The slice is valid until the next call.
func (r *Reader) Guesses(text string, k int) []Guess {
	r.read(text)
	r.guesses = r.guesses[:0]
	script, share := r.script()
	shared := len(r.id.shared)
	switch {
	case share == 0:
		r.guesses = append(r.guesses, Guess{Undetermined, 0})
	case script >= shared:
		r.guesses = append(r.guesses, Guess{r.loneCode(script - shared), share})
	default:
		r.weigh(r.id.shared[script], &r.tallies[script], share, text)
	}
	return r.guesses[:min(k, len(r.guesses))]
}

// script returns the script that most of the text is written in, and its share.
func (r *Reader) script() (script int, share float64) {
	var total, most int64
	for i := range r.tallies {
		n := r.tallies[i].letters
		total += n
		if n > most {
			script, most = i, n
		}
	}
	for i, n := range r.alone {
		n *= int64(lone[i].weight)
		total += n
		if i < 2 {
			n = 3*r.alone[0] + 2*r.alone[1]
		}
		if n > most {
			script, most = len(r.tallies)+i, n
		}
	}
	if total == 0 {
		return 0, 0
	}
	return script, float64(most) / float64(total)
}

// loneCode names the language of a script. Chinese has hardly a kana, Japanese has at
// least one in twenty.
func (r *Reader) loneCode(i int) string {
	if i < 2 {
		if r.alone[1]*20 >= r.alone[0]+r.alone[1] {
			return kana
		}
		return han
	}
	return lone[i].code
}

// sharpness turns a difference of costs into one of logarithms of chances. It is less
// than 1/costSteps because the letters of a text hang together more than the model
// knows; it was set so that scores of 50-letter texts are right as often as they say.
const sharpness = 0.5 / costSteps

// weigh turns the costs of a script's languages into scores. What is like no language
// of the model is like the nearest one only a little: the likeliest one's score falls
// with what a letter costs it beyond its own text.
func (r *Reader) weigh(s *sharedScript, t *tally, share float64, text string) {
	costs := t.costs[1 : len(s.codes)+1]
	nearest := slices.Index(costs, slices.Min(costs))
	share *= likeness(float64(2*t.costs[0]+costs[nearest]) / float64(t.letters) / float64(s.own[nearest]))
	r.rivals = r.rivals[:0]
	for i, cost := range costs {
		r.rivals = append(r.rivals, rival{s.codes[i], cost})
	}
	r.tellTwins(s, s.codes[nearest], text, t.letters)
	least := slices.MinFunc(r.rivals, func(a, b rival) int { return cmp.Compare(a.cost, b.cost) }).cost
	sum := 0.0
	for _, l := range r.rivals {
		if x := float64(float64(l.cost-least) * sharpness); x < negligible {
			p := exp(-x)
			sum += p
			r.guesses = append(r.guesses, Guess{l.code, p})
		}
	}
	for i := range r.guesses {
		r.guesses[i].Score = float64(r.guesses[i].Score*share) / sum
	}
	slices.SortStableFunc(r.guesses, func(a, b Guess) int { return cmp.Compare(b.Score, a.Score) })
}

// A rival is a language that a text may be in, and what the text costs it.
type rival struct {
	code string
	cost int64
}

// twinWordCost is what a word costs a language that has it not and whose twins have it:
// of twenty such words one is in the language all the same.
const twinWordCost = 72

// twinLean is what ten letters cost a language beyond what its counts say: those of Malay
// take Indonesian for their own, those of Serbian, which are of news, Bosnian and Croatian.
// What sets that right was found on messages of Django's translations.
var twinLean = map[string]int64{"ms": 4, "sr": 4}

// tellTwins looks again where the nearest language has twins, at words.
func (r *Reader) tellTwins(s *sharedScript, nearest, text string, letters int64) {
	i := slices.IndexFunc(s.twins, func(t twins) bool { return slices.Contains(t.codes, nearest) })
	if i < 0 {
		return
	}
	group := &s.twins[i]
	lacks := group.lacks(text)
	for i := range r.rivals {
		code := r.rivals[i].code
		if twin := slices.Index(group.codes, code); twin >= 0 {
			r.rivals[i].cost += lacks[twin]*twinWordCost + letters*twinLean[code]/10
		}
	}
}

// negligible is how far behind a language is no longer a guess.
const negligible = 30

// A letter costs a language 0.8 to 1.3 times its own mean in 99 of 100 texts of it,
// web pages among them; in texts of a language that the model does not know, half are
// above 1.6, as are encoded files and noise.
const (
	likeOwn   = 1.3
	likeNoise = 1.9
)

// likeness falls from 1 to 0 between the two.
func likeness(cost float64) float64 {
	return min(1, max(0, (likeNoise-cost)/(likeNoise-likeOwn)))
}
