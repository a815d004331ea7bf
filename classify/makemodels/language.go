package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A script whose languages are told apart by their letters' order. Languages that
// have a script to themselves need no statistics; package classify knows them.
var scripts = []struct {
	languages string
	states    int
	serbian   bool // Serbian is written in it, too, of which there are counts in Cyrillic letters
}{
	{"af az bs ca cs cy da de en eo es et eu fi fr ga hr hu id is it la lg lt lv mi ms nb nl nn pl pt ro sk sl sn so sq st sv sw tl tn tr ts vi xh yo zu", 100_000, true},
	{"be bg kk mk mn ru sr uk", 40_000, false},
	{"ar fa ur", 20_000, false},
	{"hi mr", 15_000, false},
}

// alike are languages whose differences are worth more room in the model.
const alike = "bs-hr sr-bs sr-hr id-ms nb-nn nb-da da-nn xh-zu st-tn cs-sk es-pt ca-es af-nl ts-zu sl-hr sl-bs ru-uk ru-be mk-bg mk-sr"

// How costs are made of counts: what is not in the counts of a language is as likely
// as unseen says; a count is trusted by half when the letters before it were seen
// believe times; a cost is 1/steps of a natural logarithm and ends at most.
const (
	unseenLetter = 1e-6
	unseen       = 0.02 // of what one letter less of context says
	believe      = 30
	steps        = 12
	most         = 63
	alikeWeight  = 3
)

func makeLanguage(ctx context.Context, _ string) ([][]byte, error) {
	folder, err := linguaFolder(ctx)
	if err != nil {
		return nil, err
	}
	out := append([]byte("TLID"), 1, byte(len(scripts)))
	for _, s := range scripts {
		letters, err := commonLetters(folder, strings.Fields(s.languages))
		if err != nil {
			return nil, err
		}
		var languages []*counts
		for _, code := range strings.Fields(s.languages) {
			c, err := readCounts(folder, code, letters)
			if err != nil {
				return nil, err
			}
			languages = append(languages, c)
		}
		if s.serbian {
			c, err := readSerbianLatin(folder, letters)
			if err != nil {
				return nil, err
			}
			languages = append(languages, c)
		}
		if len(letters) > 192 {
			return nil, fmt.Errorf("%d letters in %s: 192 are possible", len(letters), s.languages)
		}
		out = appendScript(out, languages, letters, choose(languages, s.states))
	}
	return one(packed(out))
}

// chance is how likely the last letter of g is after the others.
func (c *counts) chance(g gram) float64 {
	if g < 1<<letterBits {
		return max(c.of(g)/c.total, unseenLetter)
	}
	less := c.chance(g.tail())
	return max((c.of(g)+believe*less)/(c.of(g>>letterBits)+believe), unseen*less)
}

// choose returns the n-grams that say most, with all their beginnings: what the last
// letter costs more or less than one letter less of context lets expect, in the
// language where that matters most, or between two languages that are alike.
func choose(languages []*counts, states int) map[gram]bool {
	gain := map[gram]float64{}
	byCode := map[string]*counts{}
	for _, l := range languages {
		byCode[l.code] = l
		for i, g := range l.grams {
			share := l.n[i] / l.total
			switch {
			case g < 1<<letterBits:
				gain[g] = math.Inf(1)
			case share >= 2e-6:
				gain[g] = max(gain[g], share*math.Abs(math.Log(l.chance(g)/l.chance(g.tail()))))
			}
		}
	}
	for _, pair := range strings.Fields(alike) {
		one, two, _ := strings.Cut(pair, "-")
		if a, b := byCode[one], byCode[two]; a != nil && b != nil {
			gainBetween(gain, a, b)
		}
	}
	return best(gain, states)
}

func gainBetween(gain map[gram]float64, a, b *counts) {
	for g, old := range gain {
		share := max(a.of(g)/a.total, b.of(g)/b.total)
		if g < 1<<letterBits || share < 1e-6 {
			continue
		}
		less := g.tail()
		far := math.Log(a.chance(g)/b.chance(g)) - math.Log(a.chance(less)/b.chance(less))
		gain[g] = max(old, alikeWeight*share*math.Abs(far))
	}
}

func best(gain map[gram]float64, states int) map[gram]bool {
	order := make([]gram, 0, len(gain))
	for g := range gain {
		order = append(order, g)
	}
	slices.SortFunc(order, func(a, b gram) int { return cmp.Or(cmp.Compare(gain[b], gain[a]), cmp.Compare(a, b)) })
	chosen := map[gram]bool{}
	for _, g := range order {
		if len(chosen) >= states-1 {
			break
		}
		for ; g > 0; g >>= letterBits {
			chosen[g] = true
		}
	}
	return chosen
}

// appendScript writes a script as package classify reads it.
func appendScript(out []byte, languages []*counts, letters map[rune]gram, chosen map[gram]bool) []byte {
	out = append(out, byte(len(languages)))
	for _, l := range languages {
		out = append(append(out, byte(len(l.code))), l.code...)
	}
	out = binary.LittleEndian.AppendUint16(out, uint16(len(letters)))
	runes := make([]rune, len(letters))
	for r, n := range letters {
		runes[n-1] = r
	}
	for _, r := range runes {
		out = binary.LittleEndian.AppendUint32(out, uint32(r))
	}
	order := breadthFirst(chosen, len(letters))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(order)))
	for _, g := range order {
		from := len(out)
		out = append(out, 0)
		if g.length() == len(linguaFiles) {
			continue
		}
		for n := gram(1); n <= gram(len(letters)); n++ {
			if chosen[g<<letterBits|n] {
				out = append(out, byte(n-1))
			}
		}
		out[from] = byte(len(out) - from - 1)
	}
	return appendCosts(out, languages, order)
}

// breadthFirst returns the chosen grams by length, then by their letters, after the
// empty one: the children of each lie together.
func breadthFirst(chosen map[gram]bool, letters int) []gram {
	order := []gram{0}
	for g := range chosen {
		order = append(order, g)
	}
	slices.SortFunc(order, func(a, b gram) int { return cmp.Or(a.length()-b.length(), cmp.Compare(a, b)) })
	return order
}

// appendCosts writes what the last letter of each gram costs: the least cost of all
// languages, then by how much each language's is higher. One column follows the other,
// which compresses better. At the end stands what a letter of its own text costs each
// language on average.
func appendCosts(out []byte, languages []*counts, order []gram) []byte {
	columns := make([][]byte, len(languages)+1)
	for i := range columns {
		columns[i] = make([]byte, len(order))
	}
	costs := make([]float64, len(languages))
	place := map[gram]int{}
	for s, g := range order {
		place[g] = s
		if g == 0 {
			continue
		}
		for i, l := range languages {
			costs[i] = -math.Log(l.chance(g)) * steps
		}
		least := slices.Min(costs)
		columns[0][s] = byte(min(math.Round(least/2), most))
		for i, c := range costs {
			columns[i+1][s] = byte(min(math.Round(c-least), most))
		}
	}
	for _, c := range columns {
		out = append(out, c...)
	}
	for i, l := range languages {
		out = binary.LittleEndian.AppendUint16(out, uint16(math.Round(ownCost(l, columns, i, place))))
	}
	return out
}

// ownCost is the mean cost of a letter of a language's own text. A letter has as many
// before it as its place in the word allows, at most four: the share of letters in
// place k is what the k-grams add up to less what the longer ones do.
func ownCost(l *counts, columns [][]byte, i int, place map[gram]int) float64 {
	longest := len(linguaFiles)
	costs, shares := make([]float64, longest+2), make([]float64, longest+2)
	for at, g := range l.grams {
		k := g.length()
		for !has(place, g) {
			g = g.tail()
		}
		s := place[g]
		costs[k] += l.n[at] * (2*float64(columns[0][s]) + float64(columns[i+1][s]))
		shares[k] += l.n[at]
	}
	sum := 0.0
	for k := 1; k <= longest; k++ {
		if shares[k] > 0 {
			sum += costs[k] / shares[k] * (shares[k] - shares[k+1]) / shares[1]
		}
	}
	return sum
}

func has(place map[gram]int, g gram) bool {
	_, ok := place[g]
	return ok
}
