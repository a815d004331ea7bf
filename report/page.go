package report

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"
)

// The page is one file with everything in it: nothing is loaded from elsewhere, and
// nothing in it runs.
var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string

	pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
		"whole": whole, "count": Plural, "short": short, "size": size, "percent": percent, "value": value, "bound": bound, "seconds": seconds,
		"css": func() template.CSS { return template.CSS(pageCSS) },
	}).Parse(pageHTML))
)

// WriteHTML writes report.html.
func (r *Report) WriteHTML(w io.Writer) error {
	return pageTemplate.Execute(w, r.page())
}

// A page is what the template shows.
type page struct {
	*Report
	Total    Source
	Funnel   []funnelRow
	Top      []topRule
	Steps    []stepView
	Lengths  *chart
	Samples  []documentView
	Timed    bool
	Bad      int64
	Several  bool // sources
	Settings []settingGroup
}

// A funnelRow is one step with a bar over all that was read.
type funnelRow struct {
	Index        int
	Step         *Step
	Kept, Gone   float64 // percent of all documents, for the bar
	Seconds      float64
	Most         string
	ShareRemoved string
}

// A topRule is a rule among those that removed most.
type topRule struct {
	Step, Rule int
	Name       string
	Removed    int64
	Of         string
	Width      float64
}

// A stepView is a step with its rules.
type stepView struct {
	Index   int
	Step    *Step
	Rules   []ruleView
	Sources []sourceCell
	Recall  *chart
	// Splitter is how the step finds words, and Languages are those that have bounds of
	// their own; both are "" where the settings say nothing.
	Splitter  string
	Languages string
}

// A sourceCell is what a step did to one source.
type sourceCell struct {
	Name  string
	Count Count
	Heat  int // 0 to 5: how much of what it met the step removed
}

// A ruleView is a rule with its chart and its samples.
type ruleView struct {
	Step, Index int
	Rule        *Rule
	Chart       *chart
	Groups      []sampleGroup
	Shown       int
}

// A sampleGroup is samples of one kind.
type sampleGroup struct {
	Title   string
	Samples []sampleView
}

// A sampleView is a sampled document beside a rule.
type sampleView struct {
	Number int
	Value  string
	*Document
}

// A documentView is a sampled document with all its signals.
type documentView struct {
	Number int
	Values []signalView
	*Document
}

// A signalView is a value as it is shown.
type signalView struct{ Name, Value string }

// A settingGroup is the settings of one part of the plan.
type settingGroup struct {
	Name string
	List []Setting
}

func (r *Report) page() *page {
	p := &page{Report: r, Total: r.Total(), Lengths: r.lengthChart(), Several: len(r.Sources) > 1}
	for i := range r.Steps {
		p.Funnel = append(p.Funnel, r.funnelRow(i, p.Total.Read))
		p.Steps = append(p.Steps, r.stepView(i))
		p.Timed = p.Timed || p.Funnel[i].Seconds > 0
	}
	p.Top = r.top(p.Total.Read)
	for _, q := range r.Quarantine {
		p.Bad += q.Records
	}
	for i := range r.Documents {
		p.Samples = append(p.Samples, r.documentView(i))
	}
	p.Settings = groups(r.Settings)
	return p
}

func (r *Report) funnelRow(i int, read int64) funnelRow {
	s := &r.Steps[i]
	return funnelRow{
		Index: i, Step: s, Kept: share(s.In-s.Removed, read), Gone: share(s.Removed, read),
		Seconds: r.Timing.Seconds[s.Name], Most: most(s), ShareRemoved: percent(s.Removed, s.In),
	}
}

// share returns percent for a bar.
func share(part, of int64) float64 {
	if of == 0 {
		return 0
	}
	return fixed(100 * float64(part) / float64(of))
}

// KeptShare returns percent for a bar.
func (s Source) KeptShare() float64 { return share(s.Kept, s.Read) }

// top returns the rules that removed most.
func (r *Report) top(read int64) []topRule {
	var list []topRule
	for i := range r.Steps {
		for k := range r.Steps[i].Rules {
			rule := &r.Steps[i].Rules[k]
			if rule.Removed > 0 {
				list = append(list, topRule{Step: i, Rule: k, Name: r.Steps[i].Name + "." + rule.Name, Removed: rule.Removed})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b topRule) int {
		switch {
		case a.Removed > b.Removed:
			return -1
		case a.Removed < b.Removed:
			return 1
		}
		return 0
	})
	list = list[:min(len(list), 20)]
	for i := range list {
		list[i].Width, list[i].Of = share(list[i].Removed, list[0].Removed), percent(list[i].Removed, read)
	}
	return list
}

func (r *Report) stepView(i int) stepView {
	s := &r.Steps[i]
	v := stepView{Index: i, Step: s}
	if len(s.Probes) > 0 {
		v.Recall = recallChart(s.Probes)
	}
	v.Splitter, v.Languages = r.wording(s.Name)
	for k := range s.Rules {
		v.Rules = append(v.Rules, r.ruleView(i, k))
	}
	for k, c := range s.Sources {
		cell := sourceCell{Name: r.Sources[k].Name, Count: c}
		if c.In > 0 && c.Removed > 0 {
			cell.Heat = 1 + int(min(4, 8*c.Removed/c.In))
		}
		v.Sources = append(v.Sources, cell)
	}
	return v
}

// wording finds in the settings how a step finds words, and the languages for which it
// has bounds of their own.
func (r *Report) wording(step string) (splitter, languages string) {
	var list []string
	for _, s := range r.Settings {
		key, ok := strings.CutPrefix(s.Key, "steps."+step+".")
		if !ok {
			continue
		}
		if key == "splitter" {
			splitter = s.Value
		}
		rest, ok := strings.CutPrefix(key, "languages.")
		if l, _, _ := strings.Cut(rest, "."); ok && !slices.Contains(list, l) {
			list = append(list, l)
		}
	}
	return splitter, strings.Join(list, ", ")
}

func (r *Report) ruleView(i, k int) ruleView {
	rule := &r.Steps[i].Rules[k]
	v := ruleView{Step: i, Index: k, Rule: rule}
	if rule.Measured > 0 {
		v.Chart = r.ruleChart(rule)
	}
	for _, g := range []struct {
		title string
		list  []Shown
	}{
		{"Just inside the bounds", rule.Samples.Inside},
		{"Just outside the bounds", rule.Samples.Outside},
		{"Removed by this rule, chosen by chance", rule.Samples.Removed},
		{"Edited by this rule, chosen by chance", rule.Samples.Changed},
	} {
		if len(g.list) > 0 {
			v.Groups = append(v.Groups, sampleGroup{g.title, r.sampleViews(g.list)})
			v.Shown += len(g.list)
		}
	}
	return v
}

func (r *Report) sampleViews(list []Shown) []sampleView {
	var out []sampleView
	for _, s := range list {
		v := sampleView{Number: s.Document, Document: &r.Documents[s.Document]}
		if s.Value != nil {
			v.Value = value(*s.Value)
		}
		out = append(out, v)
	}
	return out
}

func (r *Report) documentView(i int) documentView {
	v := documentView{Number: i, Document: &r.Documents[i]}
	for _, l := range v.Labels {
		v.Values = append(v.Values, signalView(l))
	}
	for _, s := range v.Signals {
		v.Values = append(v.Values, signalView{s.Name, value(s.Value)})
	}
	return v
}

// groups puts settings together that have the first part of their key in common, and of
// steps the second, too, in the order in which the parts begin.
func groups(settings []Setting) []settingGroup {
	var out []settingGroup
	for _, s := range settings {
		parts := strings.Split(s.Key, ".")
		n := min(1, len(parts)-1)
		if parts[0] == "steps" || parts[0] == "sources" {
			n = min(2, len(parts)-1)
		}
		name := strings.Join(parts[:n], " › ")
		at := slices.IndexFunc(out, func(g settingGroup) bool { return g.Name == name })
		if at < 0 {
			at = len(out)
			out = append(out, settingGroup{Name: name})
		}
		g := &out[at]
		g.List = append(g.List, Setting{strings.Join(parts[n:], "."), s.Value})
	}
	return out
}
