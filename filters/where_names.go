package filters

import (
	"fmt"
	"math"
	"strings"

	"github.com/expr-lang/expr/conf"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// exprConfig is what an expr.Option changes.
type exprConfig = conf.Config

// find says how to get the value of a name.
func (w *where) find(name string) (whereValue, error) {
	if get := w.documentValue(name); get != nil {
		return whereValue{name: name, word: get}, nil
	}
	measure, ambiguous := w.measure(name)
	if slot, ok := w.signal(name); ok {
		return whereValue{name: name, number: func() float64 { return w.held(slot, measure) }}, nil
	}
	if slot, ok := w.label(name); ok {
		return whereValue{name: name, word: func() string { return w.doc.Labels[slot] }}, nil
	}
	if measure == nil && name == "words" {
		measure = properWordCount
	}
	if measure != nil {
		return whereValue{name: name, number: func() float64 { return measure(w.doc.View()) }}, nil
	}
	if len(ambiguous) > 0 {
		return whereValue{}, fmt.Errorf("%q is a rule of several steps: write one of %s", name, strings.Join(ambiguous, ", "))
	}
	return whereValue{}, w.unknown(name)
}

// documentValue returns what gives a part of the document, nil for other names.
func (w *where) documentValue(name string) func() string {
	switch name {
	case "text":
		return func() string { return w.doc.Text() }
	case "id":
		return func() string { return w.doc.ID }
	case "url":
		return func() string { return w.doc.URL }
	case "source":
		return func() string { return w.env.Sources[w.doc.Source] }
	}
	return nil
}

func (w *where) signal(name string) (slot int, ok bool) {
	if w.env.Signal == nil {
		return 0, false
	}
	return w.env.Signal(name)
}

func (w *where) label(name string) (slot int, ok bool) {
	if w.env.Label == nil {
		return 0, false
	}
	return w.env.Label(name)
}

// held returns the value that an earlier step measured. Where it measured nothing
// because the rule is off, it is measured now.
func (w *where) held(slot int, measure func(*text.View) float64) float64 {
	value := w.doc.Signals[slot]
	if math.IsNaN(value) && measure != nil {
		value = measure(w.doc.View())
	}
	return value
}

// measure finds the rule that a name means among those that measure the text alone.
// Where several steps have a rule of that name it lists their full names instead.
func (w *where) measure(name string) (measure func(*text.View) float64, ambiguous []string) {
	var found []string
	w.eachRule(func(s *step.Spec, r *step.Rule) {
		if full := s.Name + "." + r.Name; name == full || name == r.Name {
			found, measure = append(found, full), r.Measure
		}
	})
	if len(found) > 1 {
		return nil, found
	}
	return measure, nil
}

// eachRule calls f for all rules that measure the text alone.
func (w *where) eachRule(f func(*step.Spec, *step.Rule)) {
	for _, s := range w.env.Specs {
		for i := range s.Rules {
			if s.Rules[i].Measure != nil {
				f(s, &s.Rules[i])
			}
		}
	}
}

// unknown says that there is no such name, and which one is near.
func (w *where) unknown(name string) error {
	if w.measuredBy(name) {
		return fmt.Errorf("unknown name %q: no step above has this value, and a step sees those above it alone", name)
	}
	names := []string{"text", "id", "url", "source", "words"}
	full := strings.Contains(name, ".")
	w.eachRule(func(s *step.Spec, r *step.Rule) {
		if full {
			names = append(names, s.Name+"."+r.Name)
		} else {
			names = append(names, r.Name)
		}
	})
	hint := fmt.Sprintf("members of the record are written field(%q)", name)
	if near := nearest(name, names); near != "" {
		return fmt.Errorf("unknown name %q: did you mean %q? %s", name, near, hint)
	}
	return fmt.Errorf("unknown name %q; %s", name, hint)
}

// measuredBy reports whether name is step.rule of a step that a recipe could have.
func (w *where) measuredBy(name string) bool {
	for _, s := range w.env.Specs {
		for i := range s.Rules {
			if name == s.Name+"."+s.Rules[i].Name {
				return true
			}
		}
	}
	return false
}

// nearest returns the name that is fewest changes away, "" where none is near.
func nearest(name string, names []string) string {
	best, least := "", len(name)/3+2
	for _, n := range names {
		if d := editDistance(name, n); d < least {
			best, least = n, d
		}
	}
	return best
}

// editDistance counts the letters to insert, remove or replace.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// field is the function that looks up a member of the record, nil where it is missing.
func (w *where) field(args ...any) (any, error) {
	switch o := w.member(args[0].(string)); o.kind {
	case aTruth:
		return o.whole != 0, nil
	case aNumber:
		return o.number, nil
	case aWord:
		return o.word, nil
	}
	return nil, nil
}

// member looks up a member of the record.
func (w *where) member(path string) operand {
	if w.doc.Fields == nil {
		return operand{}
	}
	v, ok := w.doc.Fields.Lookup(w.doc, path)
	if !ok {
		return operand{}
	}
	switch v.Kind {
	case document.Bool:
		return ofTruth(v.Num != 0)
	case document.Number:
		return ofNumber(v.Num)
	case document.String, document.Other:
		return ofWord(v.Str)
	}
	return operand{}
}

// countWords is the function that counts the words of any string.
func (w *where) countWords(args ...any) (any, error) {
	return w.wordsOf(args[0].(string)), nil
}

func (w *where) wordsOf(s string) int {
	w.other.Reset(s)
	w.other.Use(w.env.Splitter)
	return int(properWordCount(&w.other))
}

// properWordCount counts the words that are more than punctuation.
func properWordCount(v *text.View) float64 {
	t := v.WordTotals()
	return float64(t.Words - t.Symbols)
}

// explain tells the values of all names, and what went wrong.
func (w *where) explain(note func(string), err error) {
	for _, v := range w.values {
		if v.name != "text" {
			note(fmt.Sprintf("%s = %v", v.name, v.get()))
		}
	}
	if err != nil {
		note(exprError(err).Error())
	}
}
