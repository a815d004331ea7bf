package recipe

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"tamis/step"
)

// Reference writes the reference of all steps as Markdown: docs/steps.md.
func Reference(w io.Writer) {
	fmt.Fprint(w, "# Steps\n\n"+
		"What a recipe may name below `steps:`, with every rule and setting and its default. This page is written by\n"+
		"`tamis steps --markdown` from the declarations that the program itself runs on.\n\n"+
		"A rule is one measured value held against bounds. `words: {min: 60}` changes one bound and keeps the other,\n"+
		"`words: off` switches the rule off: nothing is removed for it, and where it counts edits, none are made. Every step also\n"+
		"takes `as:`, a name of its own where a step is used twice, `splitter:`, how it finds words where that differs from the\n"+
		"recipe's `splitter:`, and `of:`, which turns of a [conversation](recipe.md#conversations) it looks at: all, prompt or\n"+
		"response. Steps that judge one document at a time take [`languages:`](recipe.md#languages), other bounds for documents of\n"+
		"some languages. Bounds belong to what is kept: a document whose value equals a bound stays.\n\n")
	for _, s := range Steps {
		fmt.Fprintf(w, "- [%s](#%s): %s\n", s.Name, s.Name, firstSentence(s.Doc))
	}
	for _, s := range Steps {
		Describe(w, s)
	}
}

// Describe writes the reference of one step as Markdown.
func Describe(w io.Writer, s *step.Spec) {
	fmt.Fprintf(w, "\n## %s\n\n%s\n", s.Name, s.Doc)
	if s.Source != "" {
		fmt.Fprintf(w, "\nSource: %s.\n", strings.TrimSuffix(s.Source, "."))
	}
	if len(s.Rules) > 0 {
		fmt.Fprint(w, "\n| rule | keeps | unit | what it measures |\n|---|---|---|---|\n")
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", r.Name, kept(r), cell(r.Unit), cell(r.Doc))
	}
	if len(s.Labels) > 0 {
		fmt.Fprint(w, "\n| label | what it says |\n|---|---|\n")
	}
	for _, l := range s.Labels {
		fmt.Fprintf(w, "| `%s` | %s |\n", l.Name, cell(l.Doc))
	}
	if len(s.Definitions) > 0 {
		fmt.Fprint(w, "\n| `definition` | how it counts |\n|---|---|\n")
	}
	for _, d := range s.Definitions {
		fmt.Fprintf(w, "| `%s` | %s |\n", d.Name, cell(d.Doc))
	}
	if s.New == nil {
		return
	}
	fmt.Fprint(w, "\n| setting | default | what it does |\n|---|---|---|\n")
	v := reflect.ValueOf(s.New()).Elem()
	settingRows(w, "", v)
	if m, doc := inlineOf(v); m.IsValid() {
		fmt.Fprintf(w, "| any other |  | %s |\n", cell(doc))
	}
}

// Keys writes the reference of a recipe's keys as Markdown: docs/recipe.md.
func Keys(w io.Writer) {
	fmt.Fprint(w, "# The keys of a recipe\n\n"+
		"A recipe is a YAML file. `sources` and `steps` must be there; everything else has a default. What the steps take is in\n"+
		"[steps.md](steps.md). Sizes are written as 512MiB, 8GiB or 1GB, shares as 0.01 or 1%. This page is written by\n"+
		"`tamis recipes --keys` from the declarations that the program itself runs on.\n\n"+
		"| key | default | meaning |\n|---|---|---|\n")
	settingRows(w, "", reflect.ValueOf(Defaults()).Elem())
	io.WriteString(w, conversations)
	io.WriteString(w, ofLanguages)
}

func settingRows(w io.Writer, prefix string, v reflect.Value) {
	for _, s := range settingsOf(prefix, v) {
		fmt.Fprintf(w, "| `%s` | %s | %s |\n", s.Key, cell(s.Default), cell(s.Doc))
	}
}

// settingsOf lists the keys of a struct and of those in it, the names above them joined
// by dots.
func settingsOf(prefix string, v reflect.Value) (all []SettingDoc) {
	for _, f := range fieldsOf(v.Type()) {
		value := v.FieldByIndex(f.index)
		usual := written(value)
		if strings.Contains(f.doc, "by default") {
			usual = "" // the doc says it
		}
		all = append(all, SettingDoc{prefix + f.key, usual, f.doc})
		switch {
		case f.typ == reflect.TypeFor[[]Source]():
			all = append(all, settingsOf(prefix+f.key+"[].", reflect.ValueOf(defaultSource))...)
		case f.typ == reflect.TypeFor[[]Test]():
			all = append(all, settingsOf(prefix+f.key+"[].", reflect.ValueOf(Test{}))...)
		case value.Kind() == reflect.Struct && !isScalarType(f.typ):
			all = append(all, settingsOf(prefix+f.key+".", value)...)
		}
	}
	return all
}

func isScalarType(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[scalar]())
}

// kept says which values a rule keeps.
func kept(r *step.Rule) string {
	switch {
	case r.Edit:
		return "edits"
	case r.Off:
		return "off"
	}
	return step.Bound(r.Min, r.Max)
}

// written writes a default as a recipe would; nothing for what is empty.
func written(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Struct:
		if !isScalarType(v.Type()) {
			return ""
		}
	case reflect.Pointer:
		if v.IsNil() {
			return ""
		}
		return written(v.Elem())
	case reflect.Map:
		if v.Len() == 0 {
			return ""
		}
		var entries []string
		for _, key := range v.MapKeys() {
			entries = append(entries, fmt.Sprintf("%v: %v", key, v.MapIndex(key)))
		}
		slices.Sort(entries)
		return "{" + strings.Join(entries, ", ") + "}"
	case reflect.Slice:
		if v.Len() == 0 {
			return ""
		}
		var words []string
		for i := range v.Len() {
			words = append(words, fmt.Sprint(v.Index(i)))
		}
		return "[" + strings.Join(words, ", ") + "]"
	}
	return fmt.Sprint(v)
}

// cell makes a text fit for a cell of a Markdown table.
func cell(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\n", " "), "|", "\\|")
}

// firstSentence cuts a text behind its first full stop.
func firstSentence(s string) string {
	if i := strings.Index(s, ". "); i >= 0 {
		return s[:i+1]
	}
	return s
}

// Summary writes one line for each step: its name and what it does.
func Summary(w io.Writer) {
	width := 0
	for _, s := range Steps {
		width = max(width, len(s.Name))
	}
	for _, s := range Steps {
		fmt.Fprintf(w, "%-*s  %s\n", width, s.Name, firstSentence(s.Doc))
	}
}

// Find returns the declaration of a step; the error names the nearest.
func Find(name string) (*step.Spec, error) {
	var names []string
	for _, s := range Steps {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return nil, fmt.Errorf("there is no step %q\n  %s", name, suggest(name, names))
}
