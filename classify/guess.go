package classify

import (
	"cmp"
	"slices"
)

// A Guess is a language and how sure the identifier is of it, 0 to 1.
type Guess struct {
	Code  string
	Score float64
}

// Undetermined is the code of a text in which no language can be seen.
const Undetermined = "und"

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
