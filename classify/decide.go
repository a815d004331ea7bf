package classify

import (
	"cmp"
	"slices"
	"strings"
)

// Deciding are the features of lines that speak most for a label, and against it.
type Deciding struct {
	Label        string
	For, Against []Feature
}

// A Feature is a word or two words in a row.
type Feature struct {
	Text  string  `json:"text"`
	Lines int     `json:"lines"` // in which it stands
	Each  float64 `json:"each"`  // what it would add to the label's output if it stood alone
	Mean  float64 `json:"mean"`  // what it adds in the mean of all lines; features are ranked by that
}

// mostFeatures is how many different features are told apart; later ones are passed over.
const mostFeatures = 1 << 20

// Decide finds the n features that decide most for each of labels, and as many against
// it. A word speaks with its own row and its letter n-grams. With softmax only
// differences between labels count, so what a feature adds to all of them is taken off.
// One that stands in a single line is passed over where there are a hundred or more.
func Decide(m *Model, lines []string, labels []int, n int) []Deciding {
	d := &decider{m: m, f: newFeaturer(m), words: newFeaturer(m), seen: map[string]int{}, pairs: m.Args.WordNgrams > 1}
	for i, line := range lines {
		d.line(i, line)
	}
	least := 1
	if len(lines) >= 100 {
		least = 2
	}
	d.uses = slices.DeleteFunc(d.uses, func(u use) bool { return u.lines < least || len(u.rows) == 0 })
	out := make([]Deciding, len(labels))
	for i, label := range labels {
		out[i] = d.label(label, float64(len(lines)), n)
	}
	return out
}

type decider struct {
	m        *Model
	f, words *featurer
	seen     map[string]int // place in uses
	uses     []use
	pairs    bool
	center   []float32 // mean of the output rows, softmax only
}

// A use is where a feature stands.
type use struct {
	text  string
	rows  []int32
	lines int
	last  int     // line
	share float64 // sum over lines of how much of their features it is
}

func (d *decider) line(at int, line string) {
	d.f.line(line)
	if len(d.f.rows) == 0 {
		return
	}
	share := 1 / float64(len(d.f.rows))
	scan, before, beforeHash := scanner{s: line}, "", uint32(0)
	for {
		word, hash := scan.next()
		if entry := d.m.dict.find(word, hash); d.m.dict.isLabel(word, entry) {
			continue
		}
		d.use(at, word, share, func() []int32 {
			d.words.rows = d.words.rows[:0]
			d.words.token(word, hash)
			return slices.Clone(d.words.rows)
		})
		if before != "" && d.pairs {
			d.use(at, before+" "+word, share, func() []int32 {
				d.words.rows = d.words.rows[:0]
				d.words.emit(d.words.buckets.mod(uint64(int32(beforeHash))*wordNgramPrime + uint64(int32(hash))))
				return slices.Clone(d.words.rows)
			})
		}
		if word == EOS {
			return
		}
		before, beforeHash = word, hash
	}
}

func (d *decider) use(line int, text string, share float64, rows func() []int32) {
	i, ok := d.seen[text]
	if !ok {
		if len(d.uses) == mostFeatures {
			return
		}
		text = strings.Clone(text)
		i = len(d.uses)
		d.seen[text] = i
		d.uses = append(d.uses, use{text: text, rows: rows(), last: -1})
	}
	u := &d.uses[i]
	u.share += share
	if u.last != line {
		u.last, u.lines = line, u.lines+1
	}
}

// label ranks the features for one label.
func (d *decider) label(label int, lines float64, n int) Deciding {
	toward := d.direction(label)
	all := make([]Feature, len(d.uses))
	v := make([]float32, len(toward))
	for i, u := range d.uses {
		clear(v)
		for _, row := range u.rows {
			d.m.input.addRow(v, int(row))
		}
		each := 0.0
		for j, x := range v {
			each += float64(x * toward[j])
		}
		all[i] = Feature{u.text, u.lines, each, float64(each*u.share) / lines}
	}
	slices.SortFunc(all, func(a, b Feature) int { return cmp.Or(cmp.Compare(b.Mean, a.Mean), strings.Compare(a.Text, b.Text)) })
	out := Deciding{Label: d.m.Label(label)}
	for i := 0; i < min(n, len(all)) && all[i].Mean > 0; i++ {
		out.For = append(out.For, all[i])
	}
	for i := len(all) - 1; i >= max(len(all)-n, 0) && all[i].Mean < 0; i-- {
		out.Against = append(out.Against, all[i])
	}
	return out
}

// direction is what a hidden vector is multiplied with to give the label's output. Of
// hierarchical softmax it is the sum of the turns on the way to the label.
func (d *decider) direction(label int) []float32 {
	m := d.m
	v := make([]float32, m.Args.Dim)
	add := func(row int, factor float64) {
		x := make([]float32, m.Args.Dim)
		m.output.addRow(x, row)
		addScaled(v, x, float32(factor))
	}
	switch m.Args.Loss {
	case HierarchicalSoftmax:
		for _, s := range m.tree.paths()[label] {
			add(int(s.row), map[bool]float64{true: 1, false: -1}[s.right])
		}
	case Softmax:
		if d.center == nil {
			for i := range m.Labels() {
				add(i, -1/float64(m.Labels()))
			}
			d.center, v = v, make([]float32, m.Args.Dim)
		}
		add(label, 1)
		addTo(v, d.center)
	default:
		add(label, 1)
	}
	return v
}
