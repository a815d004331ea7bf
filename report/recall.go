package report

import (
	"fmt"
	"strings"
)

// A whisker is an interval drawn over a bar.
type whisker struct{ X, Top, Bottom float64 }

// recallChart draws which share of the planted probes was found, by similarity, with its
// interval, and the share that theory expects as a line.
func recallChart(ranges []Probes) *chart {
	c := &chart{Width: chartWidth, Height: chartHeight, Left: marginLeft, Right: chartWidth - marginRight,
		Base: chartHeight - marginBelow, Name: "Share of planted probes found, by similarity", Unit: "Jaccard"}
	full := c.Base - marginTop
	place := func(share float64) float64 { return fixed(c.Base - full*share) }
	for _, quarter := range []float64{0.25, 0.5, 0.75, 1} {
		c.Grid = append(c.Grid, tick{place(quarter), value(quarter)})
	}
	slot := float64(chartWidth-marginLeft-marginRight) / float64(max(len(ranges), 1))
	var curve []string
	for i, p := range ranges {
		x := marginLeft + slot*float64(i)
		c.Ticks = append(c.Ticks, tick{fixed(x), value(p.From)})
		if p.Planted == 0 {
			continue
		}
		found := float64(p.Found) / float64(p.Planted)
		height := max(full*found, 1.5)
		c.Bars = append(c.Bars, bar{fixed(x + 2), fixed(c.Base - height), fixed(slot - 4), fixed(height), "in", p.title()})
		c.Whiskers = append(c.Whiskers, whisker{fixed(x + slot/2), place(p.High), place(p.Low)})
		curve = append(curve, fmt.Sprintf("%v,%v", fixed(x+slot/2), place(p.Expected)))
	}
	c.Curve = strings.Join(curve, " ")
	return c
}

// title says what became of the probes of a range.
func (p *Probes) title() string {
	return fmt.Sprintf("%s to %s: %s of %s found (%s to %s with a probability of 0.95), theory expects %s; %s confirmed",
		value(p.From), value(p.To), whole(p.Found), whole(p.Planted), value(fixed(p.Low*100)/100), value(fixed(p.High*100)/100), value(p.Expected), whole(p.Confirmed))
}
