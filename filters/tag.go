package filters

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"unicode/utf8"

	"tamis/document"
	"tamis/step"
)

// Tag writes the values of expressions beside each document.
var Tag = step.Spec{
	Name: "tag",
	Doc: "Writes values beside each document: each key is the name of a column, and its value an expression in the language of `where`, " +
		"such as `tag: {score: quality.score, long: 'words > 500', lang: language.label}`. An expression gives a number, true or false, or a text, and " +
		"so the column's type is settled before a document is read; what has no type before, such as field(\"lang\"), is given one by string(field(\"lang\") ?? \"\"), " +
		"float(…), int(…) or a comparison. Where an expression cannot be evaluated, its value was not measured, or a text is empty, the column is null. Steps below know the values by their names; true is 1 there. Removes nothing.",
	Source: "this project",
	New:    func() step.Settings { return new(tagSettings) },
}

type tagSettings struct {
	Values map[string]string `yaml:",inline" doc:"an expression, whose value is written as the column of that name"`
}

// Declare compiles the expressions for the types of their values: numbers and truths
// are signals, texts are labels.
func (s *tagSettings) Declare(env *step.Env) (rules []step.Rule, labels []step.Label, err error) {
	tags, err := s.compile(env)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range tags {
		doc := "The value of " + t.where.source + "."
		if t.word {
			labels = append(labels, step.Label{Name: t.name, Doc: doc, Column: true, Own: true})
			continue
		}
		r := step.Rule{Name: t.name, Unit: "as the expression has it", Doc: doc, Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Column: true, Own: true, Kind: t.kind}
		if t.kind == step.Truth {
			r.Unit, r.Scale = "0 or 1", step.Share
		}
		rules = append(rules, r)
	}
	return rules, labels, nil
}

// Build compiles the expressions.
func (s *tagSettings) Build(env *step.Env) (any, error) {
	tags, err := s.compile(env)
	return &tag{settings: s, env: env, tags: tags}, err
}

// compile compiles the expressions in the order of their names.
func (s *tagSettings) compile(env *step.Env) (tags []tagged, err error) {
	if len(s.Values) == 0 {
		return nil, errors.New("there is nothing to write: write names and expressions, such as {long: 'words > 500'}")
	}
	rules, labels := 0, 0
	for _, name := range slices.Sorted(maps.Keys(s.Values)) {
		t := tagged{name: name, where: &where{source: s.Values[name], env: env}}
		if err := t.where.compile(); err != nil {
			return nil, &step.Fault{Key: name, Err: err}
		}
		if err := t.settle(); err != nil {
			return nil, &step.Fault{Key: name, Err: err}
		}
		next := &rules
		if t.word {
			next = &labels
		}
		t.slot, *next = *next, *next+1
		tags = append(tags, t)
	}
	return tags, nil
}

// A tagged value is one column.
type tagged struct {
	name  string
	where *where
	word  bool      // a label; the others are signals,
	kind  step.Kind // of these
	slot  int       // among the step's rules, or labels
	kept  []byte    // the label of the document at hand
}

// settle finds the type of the value.
func (t *tagged) settle() error {
	typ := t.where.program.Node().Type()
	if typ == nil {
		return errors.New("it is nil: there is nothing to write")
	}
	switch kind := typ.Kind(); {
	case kind == reflect.String:
		t.word = true
	case kind == reflect.Bool:
		t.kind = step.Truth
	case kind >= reflect.Int && kind <= reflect.Uint64:
		t.kind = step.Whole
	case kind == reflect.Float64 || kind == reflect.Float32:
		t.kind = step.Number
	case kind == reflect.Interface:
		return fmt.Errorf("its type is not known before a document is read: write float(%[1]s), int(%[1]s), string(%[1]s ?? \"\") or a comparison", t.where.source)
	default:
		return fmt.Errorf("it gives a %s: a column is a number, true or false, or a text", kind)
	}
	return nil
}

// tag is the step in one worker.
type tag struct {
	settings *tagSettings
	env      *step.Env
	tags     []tagged
}

// Fork returns the same step for another worker.
func (t *tag) Fork() step.Local {
	tags, err := t.settings.compile(t.env)
	if err != nil {
		panic(err) // the same sources compiled in Build
	}
	return &tag{settings: t.settings, env: t.env, tags: tags}
}

// Judge evaluates the expressions and keeps the document.
func (t *tag) Judge(d *document.Document, m *step.Meter) step.Verdict {
	for i := range t.tags {
		t.tags[i].write(d, m)
	}
	return step.Verdict{}
}

// write evaluates one expression.
func (t *tagged) write(d *document.Document, m *step.Meter) {
	t.where.doc = d
	out, err := t.where.evaluate(m.Note == nil)
	if m.Note != nil {
		t.where.explain(m.Note, err)
	}
	switch {
	case err != nil:
	case t.word:
		m.Labels[t.slot] = t.keep(out.word)
	default:
		m.Values[t.slot] = measured(out)
	}
	t.where.doc = nil
}

// keep returns a text that outlives the edits of steps behind, until the next document.
func (t *tagged) keep(s string) string {
	t.kept = t.kept[:0]
	for len(s) > 0 {
		good, bad := invalidAt(s)
		if t.kept = append(t.kept, s[:good]...); bad > good {
			t.kept = utf8.AppendRune(t.kept, utf8.RuneError)
		}
		s = s[bad:]
	}
	return asString(t.kept)
}

// invalidAt returns where the first bytes that are no UTF-8 begin and end: a slice may
// have cut a character.
func invalidAt(s string) (start, end int) {
	for start < len(s) {
		r, size := utf8.DecodeRuneInString(s[start:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		start += size
	}
	for end = start; end < len(s); end++ {
		if r, size := utf8.DecodeRuneInString(s[end:]); r != utf8.RuneError || size != 1 {
			break
		}
	}
	return start, end
}

// measured makes a signal of a number or a truth; NaN of anything else.
func measured(o operand) float64 {
	if o.kind == aTruth {
		return float64(o.whole)
	}
	if x, ok := o.float(); ok {
		return x
	}
	return math.NaN()
}
