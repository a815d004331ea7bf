package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// A chart is a histogram ready to be drawn: the template only places what is here.
//
//	     | top: labels of the bounds
//	grid | bars
//	     | bottom: ticks and unit
type chart struct {
	Width, Height int
	Left, Base    float64 // where the axes cross
	Right         float64
	Name          string // what it shows, for those who cannot see it
	Unit          string
	Bars          []bar
	Bounds        []boundLine
	Ticks         []tick
	Grid          []tick
	Whiskers      []whisker
	Curve         string // points of a line over the bars
}

// A bar is a rectangle with a text that is shown when it is pointed at.
type bar struct {
	X, Y, W, H   float64
	Class, Title string
}

// A boundLine is a bound of the rule.
type boundLine struct {
	X, Top, Bottom, LabelX, LabelY float64
	Label, Anchor                  string
}

// A tick is a label at a place of an axis.
type tick struct {
	At    float64
	Label string
}

const (
	chartWidth  = 440
	chartHeight = 196
	marginLeft  = 40
	marginRight = 10
	marginTop   = 30
	marginBelow = 36
)

// An axis places values of a scale. Buckets are equally wide; within a bucket values
// lie evenly, on the logarithmic scale by their logarithms. That scale has no place for
// 0: the first bucket, which holds it, stands alone with a gap behind it.
//
//	0 |   | 1  1.25  1.6  2 …
type axis struct {
	scale  string
	edges  []float64
	lo, hi int  // buckets that are shown: [lo, hi)
	zero   bool // and the first one, before them
}

// gap is how many buckets wide the place of 0 is, with what keeps it apart.
const gap = 2

// newAxis shows all buckets that hold something, and the bounds.
func newAxis(scale string, edges []float64, hs []Histogram, bounds ...*float64) axis {
	a := axis{scale: scale, edges: edges, lo: len(edges) + 1, hi: 0}
	for _, h := range hs {
		for i, n := range h.Counts {
			if n > 0 {
				a.show(h.First+i, h.First+i)
			}
		}
	}
	for _, b := range bounds {
		if b != nil {
			a.show(a.bucket(*b), a.bucket(*b))
			if i := a.bucket(*b); i > 0 {
				a.show(i-1, i+1)
			}
		}
	}
	a.widen()
	return a
}

// show makes room for buckets first to last.
func (a *axis) show(first, last int) {
	if a.scale == "log" && first == 0 {
		a.zero = true
		first = 1
	}
	if first <= last {
		a.lo, a.hi = min(a.lo, first), max(a.hi, last+1)
	}
}

// widen shows ten buckets at least and none that the scale does not have. Where only 0
// was seen, they are those around 1.
func (a *axis) widen() {
	least, most := 0, len(a.edges)+1
	if a.scale == "log" {
		least = 1
	}
	if a.hi == 0 {
		one := min(a.bucket(1), most-1)
		a.lo, a.hi = one, one+1
	}
	for a.hi-a.lo < 10 && (a.lo > least || a.hi < most) {
		a.lo, a.hi = max(a.lo-1, least), min(a.hi+1, most)
	}
	a.lo, a.hi = max(a.lo, least), min(a.hi, most)
}

// bucket returns the bucket that holds a value.
func (a *axis) bucket(v float64) int {
	i, found := slices.BinarySearch(a.edges, v)
	if found {
		i++
	}
	return i
}

// x returns where bucket i begins.
func (a *axis) x(i float64) float64 {
	slot, slots := i-float64(a.lo), float64(a.hi-a.lo)
	if a.zero {
		slots += gap
		slot += gap
		if i <= 1 {
			slot = i
		}
	}
	return marginLeft + slot/slots*(chartWidth-marginLeft-marginRight)
}

// place returns where a value lies.
func (a *axis) place(v float64) float64 {
	i := a.bucket(v)
	if i == 0 || i == len(a.edges) {
		return a.x(float64(i) + 0.5)
	}
	from, to := a.edges[i-1], a.edges[i]
	if a.scale == "log" {
		from, to, v = math.Log(from), math.Log(to), math.Log(v)
	}
	return a.x(float64(i) + (v-from)/(to-from))
}

// cut returns where a bound lies: place, but that 0, which has a bar of its own on the
// logarithmic scale, lies wholly on the side where it belongs. side is 0 for a lower
// bound and 1 for an upper one.
func (a *axis) cut(v float64, side int) float64 {
	if a.zero && a.bucket(v) == 0 {
		return a.x(float64(side) * gap / 2)
	}
	return a.place(v)
}

// ticks returns labels for round edges, few enough to be read.
func (a *axis) ticks() []tick {
	var out []tick
	if a.zero {
		out = append(out, tick{a.x(0.5), "0"})
	}
	keep := a.round()
	for i, e := range a.edges {
		if i+1 > a.lo && i+1 < a.hi && keep(i) {
			out = append(out, tick{a.x(float64(i + 1)), tickLabel(e)})
		}
	}
	return out
}

// round chooses the edges that carry labels.
func (a *axis) round() func(i int) bool {
	shown := a.hi - a.lo
	if a.scale == "log" {
		switch { // Renard's numbers: 10 to a decade, 2 is the fourth of them, 5 the eighth
		case shown <= 25:
			return func(i int) bool { return i%10 == 0 || i%10 == 3 || i%10 == 7 }
		case shown <= 75:
			return func(i int) bool { return i%10 == 0 }
		}
		return func(i int) bool { return i%20 == 10 }
	}
	step := 1
	for _, s := range []int{1, 5, 10, 20} { // 0.02, 0.1, 0.2, 0.4 of shares
		step = s
		if shown/s <= 12 {
			break
		}
	}
	return func(i int) bool { return i%step == 0 }
}

// tickLabel writes a round number shortly.
func tickLabel(v float64) string {
	unit := ""
	for _, u := range []string{"k", "M", "G"} {
		if math.Abs(v) < 1000 {
			break
		}
		v, unit = v/1000, u
	}
	return strconv.FormatFloat(v, 'g', 4, 64) + unit
}

// ruleChart draws the histogram of a rule with its bounds.
func (r *Report) ruleChart(rule *Rule) *chart {
	lo, hi := rule.Min, rule.Max
	if rule.Off || rule.Edit {
		lo, hi = nil, nil
	}
	a := newAxis(rule.Histogram.Scale, r.Scales[rule.Histogram.Scale], []Histogram{rule.Histogram}, lo, hi)
	c := newChart(&a, fmt.Sprintf("Histogram of %s, %s", rule.Name, bound(rule)), rule.Unit)
	cuts := []float64{}
	for i, b := range []*float64{lo, hi} {
		if b != nil {
			cuts = append(cuts, a.cut(*b, i))
		}
	}
	height := c.heights(rule.Histogram)
	for i, n := range rule.Histogram.Counts {
		if n > 0 {
			c.split(&a, rule.Histogram.First+i, height(n), cuts, side(lo, hi), a.title(rule.Histogram.First+i, n, rule.Unit))
		}
	}
	c.bounds(&a, lo, hi)
	return c
}

// side returns the class of what lies behind so many cuts.
func side(lo, hi *float64) func(cuts int) string {
	return func(cuts int) string {
		switch {
		case lo == nil && hi == nil:
			return "plain"
		case lo != nil && cuts == 0, hi != nil && lo == nil && cuts == 1, cuts == 2:
			return "out"
		}
		return "in"
	}
}

// lengthChart draws the lengths of documents before and after.
func (r *Report) lengthChart() *chart {
	before, after := r.Lengths.Read, r.Lengths.Kept
	a := newAxis(before.Scale, r.Scales[before.Scale], []Histogram{before, after})
	c := newChart(&a, "Histogram of words per document, before and after", "words")
	height := c.heights(before, after)
	for _, h := range []struct {
		Histogram
		class, what string
	}{{before, "before", "read"}, {after, "in", "kept"}} {
		for i, n := range h.Counts {
			if n > 0 {
				c.split(&a, h.First+i, height(n), nil, func(int) string { return h.class }, a.title(h.First+i, n, "words")+" "+h.what)
			}
		}
	}
	return c
}

func newChart(a *axis, name, unit string) *chart {
	return &chart{
		Width: chartWidth, Height: chartHeight, Left: marginLeft, Right: chartWidth - marginRight,
		Base: chartHeight - marginBelow, Name: name, Unit: unit, Ticks: a.ticks(),
	}
}

// heights returns how high a bar is: it grows with the square root of the count, so
// that the tails near the bounds can be seen. It draws the grid, too.
func (c *chart) heights(hs ...Histogram) func(n int64) float64 {
	most := int64(1)
	for _, h := range hs {
		for _, n := range h.Counts {
			most = max(most, n)
		}
	}
	full := c.Base - marginTop
	height := func(n int64) float64 { return full * math.Sqrt(float64(n)/float64(most)) }
	last := int64(0)
	for _, n := range []int64{most / 16, most / 4, most} {
		if n > last {
			c.Grid = append(c.Grid, tick{fixed(c.Base - height(n)), short(n)})
			last = n
		}
	}
	return height
}

// split draws the bar of a bucket, cut where bounds cross it.
func (c *chart) split(a *axis, i int, height float64, cuts []float64, class func(cuts int) string, title string) {
	from, end := a.x(float64(i)), a.x(float64(i))+a.x(float64(a.hi))-a.x(float64(a.hi-1))
	air := min(0.5, (end-from)/8)
	from, end = from+air, end-air
	height = max(height, 1.5)
	for k := 0; k <= len(cuts); k++ {
		to := end
		if k < len(cuts) {
			to = min(max(cuts[k], from), end)
		}
		if to > from {
			c.Bars = append(c.Bars, bar{fixed(from), fixed(c.Base - height), fixed(to - from), fixed(height), class(k), title})
		}
		from = max(from, to)
	}
}

// bounds draws the lines of the bounds. The labels have a line each, so that they
// never meet.
func (c *chart) bounds(a *axis, lo, hi *float64) {
	for i, b := range []*float64{lo, hi} {
		if b == nil {
			continue
		}
		x := a.cut(*b, i)
		l := boundLine{X: fixed(x), Bottom: c.Base, LabelY: 11 + 13*float64(i), Label: [...]string{"min ", "max "}[i] + value(*b)}
		l.Top, l.LabelX, l.Anchor = l.LabelY-8, fixed(x+4), "start"
		if x > chartWidth/2 {
			l.LabelX, l.Anchor = fixed(x-4), "end"
		}
		c.Bounds = append(c.Bounds, l)
	}
}

// title says what a bar stands for.
func (a *axis) title(i int, n int64, unit string) string {
	where := ""
	switch {
	case i == 0 && a.scale == "log":
		where = "0"
	case i == 0:
		where = "below " + value(a.edges[0])
	case i == len(a.edges):
		where = value(a.edges[i-1]) + " and more"
	default:
		where = value(a.edges[i-1]) + " to " + value(a.edges[i])
	}
	return fmt.Sprintf("%s %s: %s", where, unit, Plural(n, "document"))
}

// fixed rounds to a hundredth, which is finer than any screen and the same on every
// machine.
func fixed(v float64) float64 { return math.Round(v*100) / 100 }
