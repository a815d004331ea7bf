package recipe

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"tamis/document"
	"tamis/plan"
	"tamis/shards"
	"tamis/step"
)

// settings lists the recipe resolved to the last default, in a fixed order. What
// changes no output is left out: the name, the folders, memory and the error budget.
func (c *compiler) settings() []plan.Setting {
	var f flat
	f.add("seed", c.r.Seed)
	f.add("limits.line", c.r.Limits.Line)
	f.add("sources", listed(c.r.Sources, func(s Source) string { return s.Name }))
	for _, s := range c.r.Sources {
		f.fields("sources."+s.Name, reflect.ValueOf(s), "name", "paths")
	}
	f.add("steps", listed(c.steps, func(p *placed) string { return p.name }))
	for i, p := range c.steps {
		f.step("steps."+p.name, p, c.plan.Steps[i].Splitter.String())
		if of := c.plan.Steps[i].Of; of != document.All {
			f.add("steps."+p.name+".of", of)
		}
	}
	f.fields("output", reflect.ValueOf(c.r.Output), "dir", "columns", "split")
	if by := c.plan.Output.Split; by != nil {
		f.add("output.split", by.Name)
	}
	f.add("output.columns", listed(c.plan.Output.Columns, func(col shards.Column) string { return col.Name }))
	f.fields("audit", reflect.ValueOf(c.r.Audit))
	return f.all
}

func listed[T any](items []T, name func(T) string) string {
	words := make([]string, len(items))
	for i, x := range items {
		words[i] = name(x)
	}
	return strings.Join(words, ", ")
}

// flat is a list of settings in the making.
type flat struct{ all []plan.Setting }

func (f *flat) add(key string, value any) {
	f.all = append(f.all, plan.Setting{Key: key, Value: fmt.Sprint(value)})
}

// step adds the settings of one step: its rules, then its own.
func (f *flat) step(key string, p *placed, splitter string) {
	if p.name != p.spec.Name {
		f.add(key, p.spec.Name)
	}
	f.add(key+".splitter", splitter)
	for i := range p.rules {
		f.rule(key, &p.rules[i])
	}
	f.languages(key, p)
	if p.settings != nil {
		f.fields(key, reflect.ValueOf(p.settings).Elem())
	}
}

func (f *flat) rule(key string, r *step.Rule) {
	key += "." + r.Name
	switch {
	case r.Off:
		f.add(key, "off")
	case !r.Edit:
		f.add(key+".min", bound(r.Min))
		f.add(key+".max", bound(r.Max))
	}
}

// bound writes a bound, or none where it is open.
func bound(b float64) any {
	if math.IsInf(b, 0) {
		return "none"
	}
	return b
}

// fields adds every field of a struct that a recipe can set.
func (f *flat) fields(key string, v reflect.Value, but ...string) {
	for _, x := range fieldsOf(v.Type()) {
		if !slices.Contains(but, x.key) {
			f.value(key+"."+x.key, v.FieldByIndex(x.index))
		}
	}
	if m, _ := inlineOf(v); m.IsValid() {
		f.value(key, m)
	}
}

// mapping adds the fields that a source is read by: those of a text, or those of a
// conversation that are named.
func (f *flat) mapping(key string, x Fields) {
	m := x.mapping()
	v := reflect.ValueOf(x)
	for _, s := range fieldsOf(v.Type()) {
		named := v.FieldByIndex(s.index).String()
		switch {
		case s.key == "text" && m.Conversation():
		case s.key == "text" || s.key == "id" || s.key == "url" || named != "":
			f.add(key+"."+s.key, named)
		}
	}
}

func (f *flat) value(key string, v reflect.Value) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	if x, ok := v.Interface().(Fields); ok {
		f.mapping(key, x)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		f.fields(key, v)
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		for _, k := range keys {
			f.value(key+"."+fmt.Sprint(k), v.MapIndex(k))
		}
	case reflect.Slice:
		words := make([]string, v.Len())
		for i := range words {
			words[i] = strconv.Quote(fmt.Sprint(v.Index(i)))
		}
		f.add(key, "["+strings.Join(words, ", ")+"]")
	default:
		f.add(key, v)
	}
}
