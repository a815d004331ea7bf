package filters

import (
	"math"
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
)

// tagging builds the step and what it measures into.
func tagging(t *testing.T, values map[string]string) (step.Local, *step.Meter) {
	t.Helper()
	env := whereEnv()
	s := &tagSettings{Values: values}
	rules, labels, err := s.Declare(&env)
	if err != nil {
		t.Fatal(err)
	}
	built, err := s.Build(&env)
	if err != nil {
		t.Fatal(err)
	}
	m := new(step.Meter)
	m.Reset(rules, make([]float64, len(rules)), make([]string, len(labels)))
	return built.(step.Forker).Fork(), m
}

// The type of a column is that of its expression.
func TestTagTypes(t *testing.T) {
	env := whereEnv()
	s := &tagSettings{Values: map[string]string{"a": "quality", "b": "quality > 0.5", "c": "len(text)", "d": "language", "e": "len(text) / 2",
		"f": `int(field("n"))`, "g": `quality > 1 ? 1 : 2`, "h": `field("n") in [1, 2]`}}
	rules, labels, err := s.Declare(&env)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, r := range rules {
		got += r.Name + [...]string{step.Number: " number ", step.Whole: " whole ", step.Truth: " truth "}[r.Kind]
	}
	if want := "a number b truth c whole e number f whole g whole h truth "; got != want || len(labels) != 1 || labels[0].Name != "d" {
		t.Errorf("signals are %s, want %s; labels are %v", got, want, labels)
	}
}

// What was not measured is null, and so is what cannot be evaluated; nothing is removed.
func TestTagNulls(t *testing.T) {
	l, m := tagging(t, map[string]string{"a": "quality", "b": `float(field("absent"))`, "c": `int("x")`, "d": `text[100:] + string(field("absent") ?? "")`})
	d := document.Document{Signals: []float64{math.NaN()}, Labels: []string{""}}
	d.SetText("text")
	if v := l.Judge(&d, m); v.Removed || v.Bad || v.Err != nil {
		t.Errorf("the verdict is %+v", v)
	}
	for i, v := range m.Values {
		if !math.IsNaN(v) {
			t.Errorf("%s is %v", m.Rules[i].Name, v)
		}
	}
	if m.Labels[0] != "" {
		t.Errorf("the label is %q", m.Labels[0])
	}
}

// A label that is a part of the text outlives the edits of steps behind.
func TestTagOutlivesEdits(t *testing.T) {
	l, m := tagging(t, map[string]string{"first": "text[:5]", "all": "text"})
	d := document.Document{Signals: []float64{1}, Labels: []string{"en"}}
	d.SetText("Hello world")
	d.Rewrite([]document.Edit{{Start: 0, End: 1, With: "J"}})
	l.Judge(&d, m)
	for range 3 {
		d.Rewrite([]document.Edit{{Start: 0, End: 5, With: strings.Repeat("-", 5)}})
	}
	if got := strings.Join(m.Labels, "|"); got != "Jello world|Jello" {
		t.Errorf("the labels are %q", got)
	}
}
