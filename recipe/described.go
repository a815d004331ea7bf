package recipe

import (
	"reflect"

	"tamis/step"
)

// A StepDoc is the reference of a step for programs.
type StepDoc struct {
	Name        string       `json:"name"`
	Doc         string       `json:"doc"`
	Source      string       `json:"source,omitempty"`
	Rules       []RuleDoc    `json:"rules,omitempty"`
	Labels      []NamedDoc   `json:"labels,omitempty"`
	Definitions []NamedDoc   `json:"definitions,omitempty"`
	Settings    []SettingDoc `json:"settings,omitempty"`
}

// A RuleDoc is the reference of a rule; an end without a bound is left out.
type RuleDoc struct {
	Name  string   `json:"name"`
	Min   *float64 `json:"min,omitempty"`
	Max   *float64 `json:"max,omitempty"`
	Edits bool     `json:"edits,omitempty"`
	Off   bool     `json:"off,omitempty"`
	Unit  string   `json:"unit"`
	Doc   string   `json:"doc"`
}

// A NamedDoc says what a name means.
type NamedDoc struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

// A SettingDoc is the reference of one key, with its default as a recipe writes it.
type SettingDoc struct {
	Key     string `json:"key"`
	Default string `json:"default"`
	Doc     string `json:"doc"`
}

// Described is what Describe writes, for programs.
func Described(s *step.Spec) StepDoc {
	d := StepDoc{Name: s.Name, Doc: s.Doc, Source: s.Source}
	for i := range s.Rules {
		r := &s.Rules[i]
		out := RuleDoc{Name: r.Name, Edits: r.Edit, Off: r.Off, Unit: r.Unit, Doc: r.Doc}
		if r.Min != step.NoMin {
			out.Min = &r.Min
		}
		if r.Max != step.NoMax {
			out.Max = &r.Max
		}
		d.Rules = append(d.Rules, out)
	}
	for _, l := range s.Labels {
		d.Labels = append(d.Labels, NamedDoc{l.Name, l.Doc})
	}
	for _, x := range s.Definitions {
		d.Definitions = append(d.Definitions, NamedDoc{x.Name, x.Doc})
	}
	if s.New != nil {
		d.Settings = settingsOf("", reflect.ValueOf(s.New()).Elem())
	}
	return d
}
