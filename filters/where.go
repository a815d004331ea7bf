package filters

import (
	"errors"
	"reflect"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"tamis/document"
	"tamis/step"
	"tamis/text"
)

// Where keeps the documents of which an expression over their values and fields is true.
var Where = step.Spec{
	Name: "where",
	Doc: "Keeps the documents of which an expression is true. It may name text, id, url, source, words, every rule that measures a text alone, " +
		"the values and labels of steps before it (rule, or step.rule), and the record's other members by field(\"metadata.lang\"). " +
		"Patterns of `matches` are RE2. What cannot be evaluated, such as a comparison with a missing field, is not true.",
	Source: "expr-lang.org, the language's definition",
	Rules: []step.Rule{
		{Name: "holds", Unit: "0 or 1", Doc: "1 where the expression is true, 0 where it is not.", Min: 1, Max: 1, Scale: step.Share},
	},
	New: func() step.Settings { return new(whereSettings) },
}

type whereSettings struct {
	Keep string `yaml:"keep" doc:"expression that is true of the documents to keep; may be written as the step's value"`
}

// UnmarshalScalar takes the expression from the short form, `where: 'words > 80'`.
func (s *whereSettings) UnmarshalScalar(value string) error {
	s.Keep = value
	return nil
}

// Build compiles the expression.
func (s *whereSettings) Build(env *step.Env) (any, error) {
	w := &where{source: s.Keep, env: env}
	if err := w.compile(expr.AsBool()); err != nil {
		return nil, &step.Fault{Key: "keep", Err: err}
	}
	return w, nil
}

// where is an expression in one worker, and the step that keeps what it is true of. Its
// program calls back into it for each name, so
// that only what an evaluation reaches is measured.
type where struct {
	source  string
	env     *step.Env
	program *vm.Program
	machine vm.VM
	direct  func() bool    // the program without the machine, as a condition,
	value   func() operand // and as a value; nil where it needs that
	failed  bool           // what these gave is nothing: the program cannot be evaluated
	values  []whereValue   // the names that the expression uses, in their order

	// Of the document at hand:
	doc   *document.Document
	other text.View // for words(…) of something other than the text
}

// A whereValue is one name of an expression and what it stands for: a number or a
// string.
type whereValue struct {
	name   string
	number func() float64
	word   func() string
}

func (v *whereValue) get() any {
	if v.number != nil {
		return v.number()
	}
	return v.word()
}

// Fork returns the same step for another worker.
func (w *where) Fork() step.Local {
	fork := &where{source: w.source, env: w.env}
	if err := fork.compile(expr.AsBool()); err != nil {
		panic(err) // the same source compiled in Build
	}
	return fork
}

// Judge evaluates the expression.
func (w *where) Judge(d *document.Document, m *step.Meter) step.Verdict {
	w.doc = d
	yes, err := w.holds(m.Note == nil)
	m.Hold(0, float64(asInt(yes)))
	if m.Note != nil {
		w.explain(m.Note, err)
	}
	w.doc = nil
	return m.Verdict()
}

// holds evaluates the expression as a condition.
func (w *where) holds(directly bool) (bool, error) {
	if w.direct != nil && directly {
		w.failed = false
		return w.direct() && !w.failed, nil
	}
	o, err := w.run()
	return err == nil && o.kind == aTruth && o.whole != 0, err
}

// errNoValue says less than the machine does of what is wrong.
var errNoValue = errors.New("the expression cannot be evaluated")

// evaluate evaluates the expression.
func (w *where) evaluate(directly bool) (operand, error) {
	if w.value == nil || !directly {
		return w.run()
	}
	w.failed = false
	o := w.value()
	if w.failed {
		return operand{}, errNoValue
	}
	return o, nil
}

// run lets the machine evaluate the expression, which says what is wrong, and allocates
// memory for each number and string.
func (w *where) run() (operand, error) {
	out, err := w.machine.Run(w.program, nil)
	if err != nil {
		return operand{}, err
	}
	return unboxed(out), nil
}

// unboxed returns what the machine gives as an operand; nil of lists.
func unboxed(out any) operand {
	switch x := out.(type) {
	case bool:
		return ofTruth(x)
	case int:
		return ofWhole(x)
	case float64:
		return ofNumber(x)
	case string:
		return ofWord(x)
	}
	switch v := reflect.ValueOf(out); {
	case v.CanInt():
		return ofWhole(int(v.Int()))
	case v.CanUint():
		return ofWhole(int(v.Uint()))
	case v.CanFloat():
		return ofNumber(v.Float())
	}
	return operand{}
}
