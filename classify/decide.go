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
	Gain  float64 `json:"gain"`  // what it adds in lines of the label more than in all lines, in the mean; features are ranked by that
}

// mostFeatures is how many different features are told apart; later ones are passed over.
const mostFeatures = 1 << 18

// Decide finds the n features that decide most for each of labels, and as many against
// it: for it speak those that add to its output and stand in its lines more than
// elsewhere, against it those that take from it and stand elsewhere. A word speaks with its own row and its letter n-grams. With softmax only
// differences between labels count, so what a feature adds to all of them is taken off.
// One that stands in a single line is passed over where there are a hundred or more.
func Decide(m *Model, lines []string, labels []int, n int) []Deciding {
	d := &decider{m: m, f: newFeaturer(m), words: newFeaturer(m), seen: map[string]int{}, asked: map[int32]int{}, own: make([]int, len(labels)), pairs: m.Args.WordNgrams > 1}
	for i, label := range labels {
		d.asked[int32(label)] = i
	}
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
		out[i] = d.label(label, i, n)
	}
	return out
}

type decider struct {
	m        *Model
	f, words *featurer
	seen     map[string]int // place in uses
	uses     []use
	pairs    bool
	asked    map[int32]int // place among the labels that were asked for
	lines    int           // with a feature
	own      []int         // of those, lines of each label asked for
	center   []float32     // mean of the output rows, softmax only
}

// A use is where a feature stands.
type use struct {
	text  string
	rows  []int32
	lines int
	last  int       // line
	share float64   // sum over lines of how much of their features it is
	own   []float64 // the same over lines of each label asked for
}

func (d *decider) line(at int, line string) {
	d.f.line(line)
	if len(d.f.rows) == 0 {
		return
	}
	share := 1 / float64(len(d.f.rows))
	d.lines++
	for _, label := range d.f.labels {
		if i, ok := d.asked[label]; ok {
			d.own[i]++
		}
	}
	scan, before, beforeHash := newScanner(line, false), "", uint32(0)
	for {
		text, n := scan.next()
		word := text[:n]
		entry, hash := d.m.dict.find(text, n)
		if d.m.dict.isLabel(word, entry) {
			continue
		}
		d.use(at, word, share, func() []int32 {
			d.words.rows = d.words.rows[:0]
			d.words.token(&token{text: text, n: n, entry: entry, hash: hash})
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
		d.uses = append(d.uses, use{text: text, rows: rows(), last: -1, own: make([]float64, len(d.own))})
	}
	u := &d.uses[i]
	u.share += share
	for _, label := range d.f.labels {
		if i, ok := d.asked[label]; ok {
			u.own[i] += share
		}
	}
	if u.last != line {
		u.last, u.lines = line, u.lines+1
	}
}

// label ranks the features for one label, the i-th that was asked for.
func (d *decider) label(label, i, n int) Deciding {
	toward := d.direction(label)
	v := make([]float32, len(toward))
	out := Deciding{Label: d.m.Label(label)}
	for _, u := range d.uses {
		clear(v)
		for _, row := range u.rows {
			d.m.input.addRow(v, int(row))
		}
		each := 0.0
		for j, x := range v {
			each += float64(x * toward[j])
		}
		more := u.own[i]/float64(max(d.own[i], 1)) - u.share/float64(d.lines)
		switch f := (Feature{u.text, u.lines, each, float64(each * more)}); {
		case each > 0 && more > 0:
			out.For = append(out.For, f)
		case each < 0 && more < 0:
			out.Against = append(out.Against, f)
		}
	}
	out.For, out.Against = first(out.For, n), first(out.Against, n)
	return out
}

// first returns the n features of the highest gain.
func first(f []Feature, n int) []Feature {
	slices.SortFunc(f, func(a, b Feature) int { return cmp.Or(cmp.Compare(b.Gain, a.Gain), strings.Compare(a.Text, b.Text)) })
	return slices.Clone(f[:min(n, len(f))])
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
