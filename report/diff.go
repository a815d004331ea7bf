package report

import (
	"fmt"
	"io"
	"strings"

	"tamis/shards"
)

// A Diff is two runs side by side: what is not the same in them. Timing is left out.
type Diff struct {
	Same     bool         `json:"same"` // nothing below differs
	Runs     [2]RunName   `json:"runs"`
	Settings []TextChange `json:"settings"`
	Reads    []TextChange `json:"reads"`   // lists and models, by their SHA-256
	Sources  []RowChange  `json:"sources"` // what was read, kept and could not be read
	Steps    []RowChange  `json:"steps"`
	Rules    []RowChange  `json:"rules"`
	Output   []RowChange  `json:"output"`
	Shards   ShardsDiff   `json:"shards"`
}

// A RunName says which run it is.
type RunName struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	PlanHash string `json:"plan_hash"`
}

// A TextChange is a setting that is another one; null where a run does not have it.
type TextChange struct {
	Key string  `json:"key"`
	Old *string `json:"old"`
	New *string `json:"new"`
}

// A RowChange is counts of which some are others; null where a run does not have the row.
type RowChange struct {
	Name string           `json:"name"`
	Old  map[string]int64 `json:"old"`
	New  map[string]int64 `json:"new"`
}

// A ShardsDiff compares shards by their content.
type ShardsDiff struct {
	Old    int `json:"old"`
	New    int `json:"new"`
	Common int `json:"common"` // with equal bytes
}

// Compare puts two runs side by side; shards are those of their manifests.
func Compare(a, b *Report, aShards, bShards []shards.Shard) *Diff {
	d := &Diff{Runs: [2]RunName{{a.Name, a.Version, a.PlanHash}, {b.Name, b.Version, b.PlanHash}}}
	d.Settings = textChanges(settingRows(a), settingRows(b))
	d.Reads = textChanges(readRows(a), readRows(b))
	d.Sources = rowChanges(sourceRows(a), sourceRows(b))
	d.Steps = rowChanges(stepRows(a), stepRows(b))
	d.Rules = rowChanges(ruleRows(a), ruleRows(b))
	d.Output = rowChanges(outputRows(a), outputRows(b))
	d.Shards = shardsDiff(aShards, bShards)
	d.Same = a.Version == b.Version && len(d.Settings)+len(d.Reads)+len(d.Sources)+len(d.Steps)+len(d.Rules)+len(d.Output) == 0 &&
		d.Shards.Common == d.Shards.Old && d.Shards.Common == d.Shards.New
	return d
}

// A row is named counts, in the order in which they are shown.
type row struct {
	name   string
	counts []namedCount
}

type namedCount struct {
	name string
	n    int64
}

func (r *row) counted() map[string]int64 {
	if r == nil {
		return nil
	}
	out := map[string]int64{}
	for _, c := range r.counts {
		out[c.name] = c.n
	}
	return out
}

func sourceRows(r *Report) []row {
	var out []row
	for _, s := range r.Sources {
		out = append(out, row{s.Name, []namedCount{{"files", int64(s.Files)}, {"read", s.Read}, {"bytes_read", s.BytesRead}, {"words_read", s.WordsRead},
			{"kept", s.Kept}, {"bytes_kept", s.BytesKept}, {"words_kept", s.WordsKept}, {"quarantined", s.Quarantined}, {"not_drawn", s.NotDrawn}}})
	}
	return out
}

func stepRows(r *Report) []row {
	var out []row
	for _, s := range r.Steps {
		out = append(out, row{s.Name, []namedCount{{"in", s.In}, {"removed", s.Removed}, {"edited", s.Edited}, {"words_in", s.WordsIn}, {"words_removed", s.WordsRemoved}}})
	}
	return out
}

func ruleRows(r *Report) []row {
	var out []row
	for _, s := range r.Steps {
		for _, k := range s.Rules {
			out = append(out, row{s.Name + "." + k.Name, []namedCount{{"removed", k.Removed}, {"edits", k.Edits}, {"edited", k.Edited}}})
		}
	}
	return out
}

func outputRows(r *Report) []row {
	return []row{{"output", []namedCount{{"shards", r.Output.Shards}, {"rows", r.Output.Rows}, {"bytes", r.Output.Bytes}}}}
}

func settingRows(r *Report) []Setting { return r.Settings }

func readRows(r *Report) []Setting {
	var out []Setting
	for _, x := range r.Reads {
		out = append(out, Setting{x.Path, x.SHA256})
	}
	return out
}

// rowChanges lists the rows that differ: those of a in its order, then those that b alone
// has. Equal names are told apart by their order.
func rowChanges(a, b []row) []RowChange {
	out := []RowChange{}
	pairs(len(a), len(b), func(i int) string { return a[i].name }, func(i int) string { return b[i].name }, func(i, k int) {
		var x, y *row
		if i >= 0 {
			x = &a[i]
		}
		if k >= 0 {
			y = &b[k]
		}
		if x != nil && y != nil && equalCounts(x, y) {
			return
		}
		name := y
		if x != nil {
			name = x
		}
		out = append(out, RowChange{name.name, x.counted(), y.counted()})
	})
	return out
}

func equalCounts(a, b *row) bool {
	for i := range a.counts {
		if a.counts[i] != b.counts[i] {
			return false
		}
	}
	return true
}

func textChanges(a, b []Setting) []TextChange {
	out := []TextChange{}
	pairs(len(a), len(b), func(i int) string { return a[i].Key }, func(i int) string { return b[i].Key }, func(i, k int) {
		switch {
		case i < 0:
			out = append(out, TextChange{b[k].Key, nil, &b[k].Value})
		case k < 0:
			out = append(out, TextChange{a[i].Key, &a[i].Value, nil})
		case a[i].Value != b[k].Value:
			out = append(out, TextChange{a[i].Key, &a[i].Value, &b[k].Value})
		}
	})
	return out
}

// pairs calls with for each name of a with its place in b, -1 where there is none, and
// then for what b alone has.
func pairs(a, b int, nameA, nameB func(int) string, with func(i, k int)) {
	places := map[string][]int{}
	for k := range b {
		places[nameB(k)] = append(places[nameB(k)], k)
	}
	used := make([]bool, b)
	for i := range a {
		k := -1
		if left := places[nameA(i)]; len(left) > 0 {
			k, places[nameA(i)] = left[0], left[1:]
			used[k] = true
		}
		with(i, k)
	}
	for k := range b {
		if !used[k] {
			with(-1, k)
		}
	}
}

func shardsDiff(a, b []shards.Shard) ShardsDiff {
	d := ShardsDiff{Old: len(a), New: len(b)}
	sums := map[string]int{}
	for _, s := range a {
		sums[s.SHA256]++
	}
	for _, s := range b {
		if sums[s.SHA256] > 0 {
			sums[s.SHA256]--
			d.Common++
		}
	}
	return d
}

// Print writes the differences as text.
func (d *Diff) Print(w io.Writer) error {
	var b strings.Builder
	if d.Same {
		b.WriteString("the runs are the same: plan, counts and the bytes of all shards\n")
	}
	if d.Runs[0].Version != d.Runs[1].Version {
		fmt.Fprintf(&b, "version: %s, %s\n", d.Runs[0].Version, d.Runs[1].Version)
	}
	texts := func(title string, list []TextChange) {
		if len(list) == 0 {
			return
		}
		t := &table{}
		for _, c := range list {
			t.row("  "+c.Key, orDash(c.Old), " → "+orDash(c.New))
		}
		fmt.Fprintf(&b, "%s\n%s\n", title, t)
	}
	texts("settings", d.Settings)
	texts("lists and models", d.Reads)
	for _, part := range []struct {
		title string
		list  []RowChange
		order []namedCount
	}{
		{"sources", d.Sources, sourceRows(&Report{Sources: []Source{{}}})[0].counts},
		{"steps", d.Steps, stepRows(&Report{Steps: []Step{{}}})[0].counts},
		{"rules", d.Rules, ruleRows(&Report{Steps: []Step{{Rules: []Rule{{}}}}})[0].counts},
		{"output", d.Output, outputRows(&Report{})[0].counts},
	} {
		if len(part.list) > 0 {
			fmt.Fprintf(&b, "%s\n%s\n", part.title, changeTable(part.list, part.order))
		}
	}
	if !d.Same {
		fmt.Fprintf(&b, "shards with equal bytes: %d of %d and %d\n", d.Shards.Common, d.Shards.Old, d.Shards.New)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func orDash(s *string) string {
	if s == nil {
		return "–"
	}
	return *s
}

// changeTable has a line for each count that differs.
func changeTable(list []RowChange, order []namedCount) *table {
	t := &table{}
	for _, c := range list {
		name := "  " + c.Name
		for _, o := range order {
			before, after := c.Old[o.name], c.New[o.name]
			if before == after { // where a run lacks the row, 0 is no news either
				continue
			}
			change := fmt.Sprintf("  %+d", after-before)
			old, now := whole(before), whole(after)
			if c.Old == nil {
				old, change = "–", ""
			}
			if c.New == nil {
				now, change = "–", ""
			}
			t.row(name, strings.ReplaceAll(o.name, "_", " "), old, now, change)
			name = ""
		}
	}
	return t
}
