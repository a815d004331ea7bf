package report

import (
	"math"
	"testing"
)

// TestAxis holds places against the edges: they ascend, edges lie where buckets meet,
// and values between them between them.
func TestAxis(t *testing.T) {
	for name, edges := range scales() {
		h := Histogram{Scale: name, First: 0, Counts: make([]int64, len(edges)+1)}
		for i := range h.Counts {
			h.Counts[i] = 1
		}
		a := newAxis(name, edges, []Histogram{h})
		if a.zero != (name == "log") || !a.zero && a.lo != 0 || a.zero && a.lo != 1 || a.hi != len(edges)+1 {
			t.Errorf("%s shows buckets %d to %d of %d", name, a.lo, a.hi, len(edges)+1)
		}
		last := a.place(math.Inf(-1))
		for i := 0; i < len(edges)-1; i++ {
			mid := (edges[i] + edges[i+1]) / 2
			at, between := a.place(edges[i]), a.place(mid)
			if math.Abs(at-a.x(float64(i+1))) > 1e-9 || at <= last || between <= at || between >= a.x(float64(i+2)) {
				t.Errorf("%s: %v lies at %v, %v at %v, the bucket is %v to %v", name, edges[i], at, mid, between, a.x(float64(i+1)), a.x(float64(i+2)))
			}
			last = between
		}
	}
}

// TestAxisShowsBounds wants every bound within the frame, wherever the values are.
func TestAxisShowsBounds(t *testing.T) {
	edges := scales()
	for _, c := range []struct {
		scale string
		bound float64
	}{{"log", 50}, {"log", 1e5}, {"log", 0}, {"log", 1e12}, {"share", 0}, {"share", 1}, {"share", 2}, {"linear", -30}, {"linear", 7.25}} {
		for first := range len(edges[c.scale]) {
			a := newAxis(c.scale, edges[c.scale], []Histogram{{Scale: c.scale, First: first, Counts: []int64{3}}}, &c.bound)
			if x := a.place(c.bound); x < marginLeft || x > chartWidth-marginRight || math.IsNaN(x) {
				t.Errorf("%s: the bound %v lies at %v", c.scale, c.bound, x)
			}
			if n := len(a.ticks()); n == 0 || n > 13 {
				t.Errorf("%s: %d ticks for buckets %d to %d", c.scale, n, a.lo, a.hi)
			}
		}
	}
}

// TestSplit wants what lies outside the bounds in another colour, to the bound itself.
func TestSplit(t *testing.T) {
	lo, hi := 50.0, 200.0
	r := &Report{Scales: scales()}
	rule := &Rule{Name: "words", Unit: "words", Min: &lo, Max: &hi, Histogram: Histogram{Scale: "log", First: 46, Counts: []int64{1, 4, 9, 16, 9, 4, 1, 1, 1, 1}}}
	c := r.ruleChart(rule)
	x := []float64{c.Bounds[0].X, c.Bounds[1].X}
	seen := map[string]int{}
	for _, b := range c.Bars {
		mid := b.X + b.W/2
		want := "in"
		if mid < x[0] || mid > x[1] {
			want = "out"
		}
		if b.Class != want {
			t.Errorf("the bar at %v to %v is %q, the bounds are %v", b.X, b.X+b.W, b.Class, x)
		}
		if b.W <= 0 || b.H <= 0 || b.X < marginLeft || b.X+b.W > chartWidth {
			t.Errorf("a bar of %+v", b)
		}
		seen[b.Class]++
	}
	if seen["in"] == 0 || seen["out"] == 0 {
		t.Errorf("bars: %v", seen)
	}
	rule.Off = true
	if c := r.ruleChart(rule); len(c.Bounds) != 0 || c.Bars[0].Class != "plain" {
		t.Error("a rule that is off shows bounds")
	}
	rule.Off, rule.Min = false, nil
	if c := r.ruleChart(rule); len(c.Bounds) != 1 || c.Bars[0].Class != "in" || c.Bars[len(c.Bars)-1].Class != "out" {
		t.Error("a rule with one bound is drawn as with two")
	}
}
