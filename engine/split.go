package engine

import (
	"context"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"tamis/document"
	"tamis/shards"
	"tamis/spool"
)

// Where a recipe splits its output by a value, each value has a folder of shards of its
// own. The spool is read once for the values; a sort then brings the documents of each
// together, in the order that they would have without.

// mostParts is how many folders an output may be split into, longestPart how many bytes
// a value may have that names one.
const (
	mostParts   = 1000
	longestPart = 100
)

// unvalued is the folder of documents that have no value.
const unvalued = "none"

// A part is the documents of one value, in the order of the values.
type part struct {
	Name      string `json:"name"` // of the folder
	Documents int64  `json:"documents"`
}

// parts are those of one output; of one that is not split there are none.
type parts struct {
	all     []part
	numbers map[string]uint16 // by value
}

// findParts reads the spool of a stage for the values by which the output is split.
func (r *Run) findParts(ctx context.Context, stage int) (*parts, error) {
	p := &parts{}
	by := r.plan.Output.Split
	if by == nil {
		return p, nil
	}
	counts := map[string]*int64{} // to a pointer: adding under a known key would put the reader's string in the key's place
	all := func(uint64) bool { return true }
	err := r.readSpool(ctx, stage, all, func(_ uint64, d *document.Document) error {
		v := r.valueOf(by, d)
		if _, known := counts[v]; !known {
			if v = strings.Clone(v); len(v) > longestPart || len(counts) == mostParts {
				return fmt.Errorf("output.split: there are more than %d values of %s, or one of more than %d bytes, such as %.60q: make fewer of them with the step tag",
					mostParts, by.Name, longestPart, v)
			}
			counts[v] = new(int64)
		}
		*counts[v]++
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.numbers = map[string]uint16{}
	for i, v := range slices.Sorted(maps.Keys(counts)) {
		p.numbers[v] = uint16(i)
		p.all = append(p.all, part{folderOf(v), *counts[v]})
	}
	return p, nil
}

// number returns which part a document belongs to.
func (p *parts) number(r *Run, d *document.Document) uint16 {
	if p.numbers == nil {
		return 0
	}
	return p.numbers[r.valueOf(r.plan.Output.Split, d)]
}

// valueOf writes a value as a word; "" where there is none.
func (r *Run) valueOf(c *shards.Column, d *document.Document) string {
	switch c.Kind {
	case shards.SourceColumn:
		return r.plan.Sources[d.Source].Name
	case shards.LabelColumn:
		return d.Labels[c.Slot]
	}
	switch v := d.Signals[c.Slot]; {
	case math.IsNaN(v):
		return ""
	case c.Kind == shards.TruthColumn:
		return strconv.FormatBool(v != 0)
	default:
		return strconv.FormatInt(int64(v), 10)
	}
}

// folderOf makes a folder's name of a value: what is no letter, digit, - or _ of ASCII, or
// a dot behind the first character, is written as %XX. No two values have the same.
func folderOf(value string) string {
	switch value {
	case "":
		return unvalued
	case unvalued:
		return "%6Eone"
	}
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '-', c == '_', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// parts returns what the last spool consists of; nil where the output is not split.
func (r *Run) parts() []part {
	if r.state.shuffled == nil {
		return nil
	}
	return r.state.shuffled.Parts
}

// A cutter walks over the documents of the last spool and finds where parts begin.
type cutter struct {
	parts []part
	part  int
	left  int64 // documents of the part
	begun bool
}

// next takes one more document, and reports whether it is the first of its part.
func (c *cutter) next() bool {
	first := !c.begun
	switch {
	case first && len(c.parts) > 0:
		c.left = c.parts[0].Documents
	case c.left == 0 && len(c.parts) > 0:
		c.part++
		c.left, first = c.parts[c.part].Documents, true
	}
	c.begun = true
	c.left--
	return first
}

// nameShards numbers the shards of each part.
func nameShards(plans []shardPlan, parts []part, ending string) {
	for from, to := 0, 0; from < len(plans); from = to {
		for to = from; to < len(plans) && plans[to].part == plans[from].part; to++ {
		}
		folder := dataName
		if len(parts) > 0 {
			folder = path.Join(dataName, parts[plans[from].part].Name)
		}
		for i := from; i < to; i++ {
			plans[i].name = fmt.Sprintf("%s/train-%05d-of-%05d%s", folder, i-from, to-from, ending)
		}
	}
}

// folders opens the folders that the shards lie in, by path.
func (r *Run) folders(plans []shardPlan) (map[string]*spool.Dir, error) {
	data, err := r.dir.Sub(dataName)
	if err != nil {
		return nil, err
	}
	all := map[string]*spool.Dir{dataName: data}
	for i := range plans {
		folder := path.Dir(plans[i].name)
		if all[folder] != nil {
			continue
		}
		if all[folder], err = data.Sub(path.Base(folder)); err != nil {
			return nil, err
		}
	}
	return all, nil
}
