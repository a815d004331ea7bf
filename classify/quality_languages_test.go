package classify

import (
	"math"
	"testing"

	"tamis/document"
	"tamis/step"
)

// A model judges only the languages that it is said to know.
func TestQualityOfSomeLanguages(t *testing.T) {
	s := Quality.New().(*QualitySettings)
	s.Languages = []string{"en"}
	rules := append([]step.Rule{}, Quality.Rules...)
	made, err := s.Build(&step.Env{Rules: rules, Label: func(name string) (int, bool) { return 1, name == "language.label" }})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		label   string
		removed bool
	}{{"en", true}, {"de", false}, {"", false}} {
		d := &document.Document{Labels: []string{"other", c.label}}
		d.SetText(badText)
		m, value := &step.Meter{}, make([]float64, 1)
		m.Reset(rules, value, nil)
		v := made.(step.Local).Judge(d, m)
		if v.Removed != c.removed || math.IsNaN(value[0]) == c.removed {
			t.Errorf("language %q: removed %v, score %v", c.label, v.Removed, value[0])
		}
	}
}

func TestQualityNeedsLanguageStep(t *testing.T) {
	s := Quality.New().(*QualitySettings)
	s.Languages = []string{"en"}
	_, err := s.Build(&step.Env{Rules: append([]step.Rule{}, Quality.Rules...), Label: func(string) (int, bool) { return 0, false }})
	if f, ok := err.(*step.Fault); !ok || f.Key != "languages" {
		t.Errorf("got %v", err)
	}
}
