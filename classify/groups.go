package classify

import (
	"fmt"
	"math"
	"strings"

	"github.com/zeebo/xxh3"

	"tamis/document"
	"tamis/step"
)

// A grouping says among which documents one is ranked.
type grouping struct {
	source, label bool // neither: among all of the corpus
	slot          int  // of the label
}

// newGrouping reads the setting within: corpus, source, or the name of a label.
func newGrouping(env *step.Env, within string) (g grouping, err error) {
	switch within {
	case "corpus":
	case "source":
		g.source = true
	default:
		if g.slot, g.label = env.Label(within); !g.label {
			return g, &step.Fault{Key: "within", Err: fmt.Errorf("%q is none of corpus, source, and no label of a step above, such as language.label", within)}
		}
	}
	return g, nil
}

// of returns a number for the group of a document.
func (g grouping) of(d *document.Document) uint64 {
	switch {
	case g.source:
		return uint64(d.Source)
	case g.label:
		return xxh3.HashString(d.Labels[g.slot])
	}
	return 0
}

// totals are the sizes of groups.
type totals map[uint64]uint64

// mostGroups bounds totals to some megabytes.
const mostGroups = 1 << 16

func (t totals) add(group, weight uint64) error {
	if _, seen := t[group]; !seen && len(t) == mostGroups {
		return fmt.Errorf("the label that `within` names has more than %d values: name one with fewer", mostGroups)
	}
	t[group] += weight
	return nil
}

// A signal is what documents are ranked by.
type signal struct {
	slot   int
	lowest bool // the lowest value is best
}

// newSignal finds a value of a step above by its name; with - before it the lowest is
// best.
func newSignal(env *step.Env, name string) (s signal, err error) {
	bare, lowest := strings.CutPrefix(name, "-")
	slot, ok := env.Signal(bare)
	if !ok {
		return s, &step.Fault{Key: "by", Err: fmt.Errorf("no step above measures %q", bare)}
	}
	return signal{slot, lowest}, nil
}

// of returns the value of a document, the higher the better; NaN is not measured.
func (s signal) of(d *document.Document) float64 {
	if s.lowest {
		return -d.Signals[s.slot]
	}
	return d.Signals[s.slot]
}

// falling orders numbers as integers, the highest first; both zeros are one.
func falling(score float64) uint64 {
	b := math.Float64bits(score + 0)
	if b>>63 == 0 {
		return ^(b | 1<<63)
	}
	return b
}
