package report

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// A Sweep says what other bounds of one rule would do to a finished run, as far as its
// counts tell.
//
// Documents that earlier steps, or earlier rules of the step, removed stay removed. What
// the rule would let go or keep follows from its histogram: exactly where the old and the
// new bounds lie on edges of its scale, else as an interval. What becomes of a document
// behind the rule is not known one by one, which widens the interval of those kept; and a
// global step behind decides anew over all documents, so that there only what reaches it
// can be said.
type Sweep struct {
	Rule  string     `json:"rule"` // step.rule
	Unit  string     `json:"unit"`
	Min   *float64   `json:"min"` // the bounds of the run; open ones are null
	Max   *float64   `json:"max"`
	Off   bool       `json:"off"`
	Until string     `json:"until"` // the global step that the numbers stop before; "" is the end of the run
	Rows  []SweepRow `json:"rows"`
}

// A SweepRow is one pair of bounds.
type SweepRow struct {
	Min     *float64      `json:"min"`
	Max     *float64      `json:"max"`
	Sources []SweepSource `json:"sources"` // the last one is all of them where there are several
}

// A SweepSource is what the bounds would do to the documents of one source. Words are
// those that a text has where the rule meets it.
type SweepSource struct {
	Source      string   `json:"source"`
	Now         int64    `json:"now"`          // documents that were kept, or reached Sweep.Until
	Lost        Interval `json:"lost"`         // pass the rule now, and would not
	LostWords   Interval `json:"lost_words"`   //
	Gained      Interval `json:"gained"`       // are removed by the rule now, and would pass it
	GainedWords Interval `json:"gained_words"` //
	Kept        Interval `json:"kept"`         // would be kept, or reach Sweep.Until
	// Of the sampled documents between the old bounds and the new ones, those that pass
	// all other rules that measured them. Samples lie near the old bounds.
	Sampled       int `json:"sampled"`
	SampledPasses int `json:"sampled_passes"`
}

// An Interval holds a number of which only limits are known; both are in it.
type Interval struct {
	Low  int64 `json:"low"`
	High int64 `json:"high"`
}

func (a Interval) add(b Interval) Interval { return Interval{a.Low + b.Low, a.High + b.High} }

// String writes the number, or its limits.
func (a Interval) String() string {
	if a.Low == a.High {
		return whole(a.Low)
	}
	return whole(a.Low) + " to " + whole(a.High)
}

// Bounds are what a rule allows; infinite where open. Both belong to what is allowed.
type Bounds struct{ Min, Max float64 }

// Bounds returns the bounds that a rule of the run had, named "step.rule".
func (r *Report) Bounds(name string) (Bounds, error) {
	_, _, rule, err := r.find(name)
	if err != nil {
		return Bounds{}, err
	}
	return boundsOf(rule), nil
}

func boundsOf(r *Rule) Bounds {
	b := Bounds{math.Inf(-1), math.Inf(1)}
	if r.Min != nil && !r.Off {
		b.Min = *r.Min
	}
	if r.Max != nil && !r.Off {
		b.Max = *r.Max
	}
	return b
}

// find finds a rule and refuses those whose bounds cannot be swept.
func (r *Report) find(name string) (i, k int, rule *Rule, err error) {
	known := []string{}
	for i := range r.Steps {
		s := &r.Steps[i]
		for k := range s.Rules {
			full := s.Name + "." + s.Rules[k].Name
			if full == name {
				return i, k, &s.Rules[k], sweepable(s, &s.Rules[k])
			}
			if strings.HasPrefix(name, s.Name+".") || name == s.Name {
				known = append(known, full)
			}
		}
	}
	if len(known) == 0 {
		for i := range r.Steps {
			known = append(known, r.Steps[i].Name)
		}
	}
	return 0, 0, nil, fmt.Errorf("the run has no rule %q; it has %s", name, strings.Join(known, ", "))
}

func sweepable(s *Step, r *Rule) error {
	switch name := s.Name + "." + r.Name; {
	case s.Global:
		return fmt.Errorf("%s is decided over all documents together: only a run can tell what another bound does", name)
	case r.Edit:
		return fmt.Errorf("%s counts edits and removes nothing", name)
	case r.OwnBounds > 0:
		return fmt.Errorf("%s held %s documents against the bounds of their language: only a run can tell what another bound does", name, whole(r.OwnBounds))
	}
	return nil
}

// Sweep says what each of the bounds would do.
func (r *Report) Sweep(name string, list []Bounds) (*Sweep, error) {
	i, k, rule, err := r.find(name)
	if err != nil {
		return nil, err
	}
	old := boundsOf(rule)
	out := &Sweep{Rule: name, Unit: rule.Unit, Min: rule.Min, Max: rule.Max, Off: rule.Off, Rows: []SweepRow{}}
	until := r.until(i)
	if until < len(r.Steps) {
		out.Until = r.Steps[until].Name
	}
	for _, b := range list {
		row := SweepRow{Min: finite(b.Min), Max: finite(b.Max)}
		all := SweepSource{Source: "all"}
		for src := range r.Sources {
			w := r.sweeper(i, k, src, old)
			if !w.agrees() {
				return nil, fmt.Errorf("%s does more with its bounds than removing documents beyond them: only a run can tell what another bound does", name)
			}
			s := r.sweepSource(w, b, i, k, src, until)
			all.add(&s)
			row.Sources = append(row.Sources, s)
		}
		if len(r.Sources) > 1 {
			row.Sources = append(row.Sources, all)
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// until returns the first global step behind step i.
func (r *Report) until(i int) int {
	for i++; i < len(r.Steps) && !r.Steps[i].Global; i++ {
	}
	return i
}

func (a *SweepSource) add(b *SweepSource) {
	a.Now += b.Now
	a.Lost, a.LostWords = a.Lost.add(b.Lost), a.LostWords.add(b.LostWords)
	a.Gained, a.GainedWords = a.Gained.add(b.Gained), a.GainedWords.add(b.GainedWords)
	a.Kept = a.Kept.add(b.Kept)
	a.Sampled, a.SampledPasses = a.Sampled+b.Sampled, a.SampledPasses+b.SampledPasses
}

func (r *Report) sweepSource(w *sweeper, b Bounds, i, k, src, until int) SweepSource {
	s := SweepSource{Source: r.Sources[src].Name, Now: r.Sources[src].Kept}
	if until < len(r.Steps) {
		s.Now = r.Steps[until].Sources[src].In
	}
	s.Lost, s.LostWords = w.between(w.old, b, w.unmeasured)
	s.Gained, s.GainedWords = w.between(b, w.old, [2]int64{})
	s.Gained.High, s.GainedWords.High = min(s.Gained.High, w.removed[0]), min(s.GainedWords.High, w.removed[1])
	later := r.removedBehind(i, k, src, until)
	s.Kept.Low = s.Now - min(s.Lost.High, s.Now)
	s.Kept.High = s.Now - max(0, s.Lost.Low-later) + s.Gained.High
	if !r.mayRemove(i, k, until) {
		s.Kept.Low += s.Gained.Low
	}
	s.Sampled, s.SampledPasses = r.sampledBetween(w.old, b, i, k, s.Source)
	return s
}

// removedBehind counts the documents that other rules removed, in the step and in those
// behind it. Rules of one step need not be held in their order, so that all others count.
func (r *Report) removedBehind(i, k, src, until int) int64 {
	n := r.Steps[i].Sources[src].Removed - r.ofSource(i, k, src).Removed
	for _, s := range r.Steps[i+1 : until] {
		n += s.Sources[src].Removed
	}
	return n
}

// mayRemove reports whether another rule can remove what the rule lets through.
func (r *Report) mayRemove(i, k, until int) bool {
	for at := i; at < until; at++ {
		for n, rule := range r.Steps[at].Rules {
			if (at != i || n != k) && !rule.Off && !rule.Edit && (rule.Min != nil || rule.Max != nil || rule.Removed > 0) {
				return true
			}
		}
	}
	return false
}

// ofSource returns what a rule did to one source.
func (r *Report) ofSource(i, k, src int) RuleSource {
	rule := &r.Steps[i].Rules[k]
	if len(rule.Sources) > 0 {
		return rule.Sources[src]
	}
	return RuleSource{Removed: rule.Removed, WordsRemoved: rule.WordsRemoved, Histogram: rule.Histogram}
}

// A cell is documents whose values lie in one range; both ends belong to it.
type cell struct {
	low, high float64
	n         [2]int64 // documents, words
}

// A sweeper knows the values of one rule for one source.
type sweeper struct {
	cells      []cell
	old        Bounds
	removed    [2]int64 // by the rule: documents, words
	unmeasured [2]int64 // that the rule, switched off, has not measured
}

func (r *Report) sweeper(i, k, src int, old Bounds) *sweeper {
	rule, one := &r.Steps[i].Rules[k], r.ofSource(i, k, src)
	w := &sweeper{old: old, removed: [2]int64{one.Removed, one.WordsRemoved}}
	w.cells = cells(one.Histogram, r.Scales[one.Histogram.Scale])
	if rule.Off || rule.Min == nil && rule.Max == nil {
		count := r.Steps[i].Sources[src]
		w.unmeasured = [2]int64{count.In, count.WordsIn}
		for _, c := range w.cells {
			w.unmeasured[0], w.unmeasured[1] = w.unmeasured[0]-c.n[0], w.unmeasured[1]-c.n[1]
		}
	}
	w.split()
	return w
}

// cells takes the values at the lower edge of each bucket apart from the others.
func cells(h Histogram, edges []float64) []cell {
	out := []cell{}
	at := func(list []int64, i int) int64 {
		if len(list) == 0 {
			return 0
		}
		return list[i]
	}
	for i, n := range h.Counts {
		low, edge, high := -math.MaxFloat64, 0.0, math.MaxFloat64
		if b := h.First + i; b > 0 {
			edge = edges[b-1]
			low = above(edge)
		}
		if b := h.First + i; b < len(edges) {
			high = below(edges[b])
		}
		exact := [2]int64{at(h.AtEdge, i), at(h.EdgeWords, i)}
		rest := [2]int64{n - exact[0], at(h.Words, i) - exact[1]}
		if exact[0] > 0 {
			out = append(out, cell{edge, edge, exact})
		}
		if rest[0] > 0 {
			out = append(out, cell{low, high, rest})
		}
	}
	return out
}

// split cuts the cell in which one old bound lies in two: how many values lie outside is
// known from what the rule removed, where there is only one such cell.
func (w *sweeper) split() {
	certain, _ := w.outside()
	at := slices.IndexFunc(w.cells, w.torn)
	if at < 0 || slices.ContainsFunc(w.cells[at+1:], w.torn) {
		return
	}
	c := w.cells[at]
	out := [2]int64{w.removed[0] - certain[0], w.removed[1] - certain[1]}
	if out[0] < 0 || out[0] > c.n[0] || out[1] < 0 || out[1] > c.n[1] {
		return
	}
	in := [2]int64{c.n[0] - out[0], c.n[1] - out[1]}
	switch over, under := c.high > w.old.Max, c.low < w.old.Min; {
	case over && under:
	case over:
		w.cells = slices.Replace(w.cells, at, at+1, cell{c.low, w.old.Max, in}, cell{above(w.old.Max), c.high, out})
	case under:
		w.cells = slices.Replace(w.cells, at, at+1, cell{c.low, below(w.old.Min), out}, cell{w.old.Min, c.high, in})
	}
}

// above and below return the next number in their direction.
func above(v float64) float64 { return math.Nextafter(v, math.Inf(1)) }
func below(v float64) float64 { return math.Nextafter(v, math.Inf(-1)) }

// torn reports whether an old bound lies within a cell.
func (w *sweeper) torn(c cell) bool { return !c.all(w.old) && c.any(w.old) }

// outside counts the values outside the old bounds: at least and at most.
func (w *sweeper) outside() (low, high [2]int64) {
	for _, c := range w.cells {
		for x := range c.n {
			if !c.any(w.old) {
				low[x] += c.n[x]
			}
			if !c.all(w.old) {
				high[x] += c.n[x]
			}
		}
	}
	return low, high
}

// agrees reports whether what the rule removed is what its values say.
func (w *sweeper) agrees() bool {
	low, high := w.outside()
	return low[0] <= w.removed[0] && w.removed[0] <= high[0]
}

// between counts the values within in and outside out; more may be among them at most.
func (w *sweeper) between(in, out Bounds, more [2]int64) (documents, words Interval) {
	if out.Min <= in.Min && in.Max <= out.Max {
		return
	}
	var iv [2]Interval
	for _, c := range w.cells {
		for x := range c.n {
			if c.all(in) && !c.any(out) {
				iv[x].Low += c.n[x]
			}
			if c.any(Bounds{in.Min, min(in.Max, below(out.Min))}) || c.any(Bounds{max(in.Min, above(out.Max)), in.Max}) {
				iv[x].High += c.n[x]
			}
		}
	}
	iv[0].High += max(0, more[0])
	iv[1].High += max(0, more[1])
	return iv[0], iv[1]
}

// all reports whether every value of the cell lies within bounds.
func (c cell) all(b Bounds) bool { return c.low >= b.Min && c.high <= b.Max }

// any reports whether a value of the cell may lie within bounds.
func (c cell) any(b Bounds) bool { return max(c.low, b.Min) <= min(c.high, b.Max) }

// sampledBetween counts the sampled documents of a source that other bounds would treat
// otherwise, and those of them that no other rule is against.
func (r *Report) sampledBetween(old, b Bounds, i, k int, source string) (n, passes int) {
	name := r.Steps[i].Name + "." + r.Steps[i].Rules[k].Name
	for d := range r.Documents {
		doc := &r.Documents[d]
		at := slices.IndexFunc(doc.Signals, func(s Signal) bool { return s.Name == name })
		if doc.Source != source || at < 0 || doc.Removed != "" && doc.Removed != name && r.before(doc.Removed, i) {
			continue
		}
		if v := doc.Signals[at].Value; within(old, v) == within(b, v) {
			continue
		}
		n++
		if (doc.Removed == "" || doc.Removed == name) && r.passesOthers(doc, name) {
			passes++
		}
	}
	return n, passes
}

func within(b Bounds, v float64) bool { return b.Min <= v && v <= b.Max }

// before reports whether a rule belongs to a step before step i.
func (r *Report) before(name string, i int) bool {
	return slices.ContainsFunc(r.Steps[:i], func(s Step) bool { return strings.HasPrefix(name, s.Name+".") })
}

// passesOthers reports whether all values of a document but one lie within their bounds.
func (r *Report) passesOthers(d *Document, but string) bool {
	for i := range r.Steps {
		for k := range r.Steps[i].Rules {
			rule := &r.Steps[i].Rules[k]
			name := r.Steps[i].Name + "." + rule.Name
			if name == but || rule.Edit || rule.Off {
				continue
			}
			for _, s := range d.Signals {
				if s.Name == name && !within(boundsOf(rule), s.Value) {
					return false
				}
			}
		}
	}
	return true
}

// Range returns n bounds evenly from one to another, both included.
func Range(from, to Bounds, n int) ([]Bounds, error) {
	if n < 2 {
		return nil, errors.New("a range has 2 steps or more")
	}
	at := func(a, b float64, i int) float64 {
		if a == b {
			return a
		}
		v := a + float64((b-a)*float64(i))/float64(n-1)
		return math.Round(v*1e9) / 1e9
	}
	out := []Bounds{}
	for i := range n {
		out = append(out, Bounds{at(from.Min, to.Min, i), at(from.Max, to.Max, i)})
	}
	return out, nil
}

// Print writes a sweep as a table.
func (s *Sweep) Print(w io.Writer) error {
	old := Rule{Min: s.Min, Max: s.Max, Off: s.Off}
	until := "kept"
	note := ""
	if s.Until != "" {
		until = "reach " + s.Until
		note = fmt.Sprintf("\n%s decides over all documents together: what it would keep of these, only a run can tell.", s.Until)
	}
	t := &table{}
	t.row("bounds", "source", "now "+until, "lost", "words lost", "gained", "words gained", "would be", "  samples between")
	for _, row := range s.Rows {
		name := bound(&Rule{Min: row.Min, Max: row.Max})
		for _, src := range row.Sources {
			t.row(name, src.Source, whole(src.Now), src.Lost.String(), src.LostWords.String(), src.Gained.String(), src.GainedWords.String(),
				src.Kept.String(), fmt.Sprintf("  %d of %d pass all else", src.SampledPasses, src.Sampled))
			name = ""
		}
	}
	_, err := fmt.Fprintf(w, "%s (%s), in this run %s\n\n%s%s\n"+
		"Lost and gained are documents that pass the rule now or would pass it; where a range stands, a bound lies between\n"+
		"edges of the histogram. How many would be %s depends on the rules behind, too. Documents that earlier steps or\n"+
		"rules removed stay removed. Samples are those nearest to the old bounds.\n", s.Rule, s.Unit, bound(&old), t.String(), note, until)
	return err
}
