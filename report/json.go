package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// StatsFile and PageFile are the names of the two files in a run directory.
const (
	StatsFile = "stats.json"
	PageFile  = "report.html"
)

// WriteJSON writes stats.json.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(r)
}

// ReadJSON reads what WriteJSON wrote, and refuses what report.html could not be made
// of.
func ReadJSON(from io.Reader) (*Report, error) {
	r := &Report{}
	if err := json.NewDecoder(from).Decode(r); err != nil {
		return nil, fmt.Errorf("read %s: %w", StatsFile, err)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("read %s: %w", StatsFile, err)
	}
	return r, nil
}

// check holds the parts of a report that was read against each other.
func (r *Report) check() error {
	hs := []Histogram{r.Lengths.Read, r.Lengths.Kept}
	for _, s := range r.Steps {
		if len(s.Sources) != len(r.Sources) {
			return fmt.Errorf("step %q counts %d sources, there are %d", s.Name, len(s.Sources), len(r.Sources))
		}
		for _, p := range s.Probes {
			if p.From < 0 || p.To > 1 || p.From >= p.To || p.Found > p.Planted {
				return fmt.Errorf("step %q has impossible probes from %v to %v", s.Name, p.From, p.To)
			}
		}
		for _, rule := range s.Rules {
			hs = append(hs, rule.Histogram)
			if n := len(rule.Sources); n > 0 && n != len(r.Sources) {
				return fmt.Errorf("rule %q of step %q counts %d sources, there are %d", rule.Name, s.Name, n, len(r.Sources))
			}
			for _, sh := range slices.Concat(rule.Samples.Inside, rule.Samples.Outside, rule.Samples.Removed, rule.Samples.Changed) {
				if sh.Document < 0 || sh.Document >= len(r.Documents) {
					return fmt.Errorf("rule %q of step %q shows document %d, there are %d", rule.Name, s.Name, sh.Document, len(r.Documents))
				}
			}
		}
	}
	for _, h := range hs {
		edges, ok := r.Scales[h.Scale]
		switch {
		case !ok:
			return fmt.Errorf("a histogram has the unknown scale %q", h.Scale)
		case h.First < 0 || h.First+len(h.Counts) > len(edges)+1:
			return fmt.Errorf("a histogram has buckets %d to %d, the scale %q has %d", h.First, h.First+len(h.Counts)-1, h.Scale, len(edges)+1)
		}
	}
	for _, h := range hs {
		for _, list := range [][]int64{h.Words, h.AtEdge, h.EdgeWords} {
			if len(list) > 0 && len(list) != len(h.Counts) {
				return fmt.Errorf("a histogram has %d buckets and %d counts beside them", len(h.Counts), len(list))
			}
		}
	}
	for name, edges := range r.Scales {
		if len(edges) < 2 || !slices.IsSorted(edges) {
			return errors.New("the edges of the scale " + name + " are not in order")
		}
	}
	return nil
}
