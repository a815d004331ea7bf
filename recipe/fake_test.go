package recipe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// The steps of these tests. None is a step of the product.
var fakes = []*step.Spec{
	{Name: "length", Doc: "Counts words.", Source: "these tests",
		Rules: []step.Rule{{Name: "words", Unit: "words", Doc: "Words.", Min: 1, Max: 10, Scale: step.Log,
			Measure: func(v *text.View) float64 { return float64(len(strings.Fields(v.Text()))) }}}},
	{Name: "mask", Doc: "Masks digits.", Source: "these tests",
		Rules: []step.Rule{{Name: "digits", Unit: "digits", Doc: "Digits masked.", Min: step.NoMin, Max: step.NoMax, Edit: true}},
		New:   func() step.Settings { return &maskSettings{With: "0"} }},
	{Name: "pick", Doc: "Keeps by a value.", Source: "these tests",
		Rules: []step.Rule{{Name: "holds", Unit: "0 or 1", Doc: "Whether it holds.", Min: 1, Max: 1}},
		New:   func() step.Settings { return new(pickSettings) }},
	{Name: "first", Doc: "Keeps the first.", Source: "these tests",
		Rules: []step.Rule{{Name: "copies", Unit: "documents", Doc: "Copies.", Min: step.NoMin, Max: step.NoMax, Column: true}},
		New:   func() step.Settings { return new(firstSettings) }},
	{Name: "tongue", Doc: "Names the language.", Source: "these tests",
		Rules:  []step.Rule{{Name: "score", Unit: "share", Doc: "Certainty.", Min: 0, Max: 1, Column: true}},
		Labels: []step.Label{{Name: "language", Doc: "The language.", Column: true}},
		New:    func() step.Settings { return new(tongueSettings) }},
}

type judging struct{}

func (judging) Judge(*document.Document, *step.Meter) step.Verdict { return step.Verdict{} }

type maskSettings struct {
	Quiet bool           `yaml:"quiet" doc:"whether nothing is said"`
	Lists []string       `yaml:"lists" doc:"paths of lists"`
	With  string         `yaml:"with" doc:"what stands in for a digit"`
	Per   map[string]int `yaml:"per" doc:"numbers by name"`
	Inner struct {
		Limit Size    `yaml:"limit" doc:"bytes"`
		Rate  float64 `yaml:"rate" doc:"a number"`
	} `yaml:"inner" doc:"more"`
}

func (s *maskSettings) Build(env *step.Env) (any, error) {
	for _, l := range s.Lists {
		f, err := env.Open(l)
		if err != nil {
			return nil, &step.Fault{Key: "lists", Err: err}
		}
		bufio.NewReader(f).ReadByte()
		f.Close()
	}
	return judging{}, nil
}

type pickSettings struct {
	Keep string `yaml:"keep" doc:"name of a value"`
}

func (s *pickSettings) UnmarshalScalar(v string) error {
	s.Keep = v
	if strings.HasSuffix(v, ">") {
		return fmt.Errorf("%q ends too early", v)
	}
	return nil
}

func (s *pickSettings) Build(env *step.Env) (any, error) {
	if _, ok := env.Signal(s.Keep); !ok {
		return nil, &step.Fault{Key: "keep", Err: fmt.Errorf("no earlier step measures %q", s.Keep)}
	}
	return judging{}, nil
}

type firstSettings struct {
	Keep  string `yaml:"keep" doc:"name of a value"`
	Cuts  bool   `yaml:"cuts" doc:"whether it changes texts"`
	Share Share  `yaml:"share" doc:"a share"`
}

func (s *firstSettings) Build(env *step.Env) (any, error) {
	g := first{edits: s.Cuts, slot: -1}
	if s.Keep != "" {
		slot, ok := env.Signal(s.Keep)
		if !ok {
			return nil, &step.Fault{Key: "keep", Err: fmt.Errorf("no step measures %q", s.Keep)}
		}
		g.slot = slot
	}
	return g, nil
}

type first struct {
	edits bool
	slot  int
}

func (first) Sketcher() step.Sketcher                         { return nil }
func (first) Resolve(context.Context, *step.Resolution) error { return errors.New("not here") }
func (first) Apply(*document.Document, []byte, *step.Meter) step.Verdict {
	return step.Verdict{}
}
func (g first) Edits() bool { return g.edits }

type tongueSettings struct {
	Model string `yaml:"model" doc:"path of a model"`
}

func (*tongueSettings) Build(*step.Env) (any, error) { return judging{}, nil }
