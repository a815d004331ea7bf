package filters

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"tamis/document"
)

// An expressions makes random expressions, most of them of fitting types.
type expressions struct {
	*rand.Rand
	locals []string
}

func (e *expressions) of(choices ...string) string { return choices[e.IntN(len(choices))] }

// pick writes one of several forms; only that is made.
func (e *expressions) pick(forms ...func() string) string { return forms[e.IntN(len(forms))]() }

func (e *expressions) any(depth int) string {
	return e.pick(
		func() string { return e.number(depth) },
		func() string { return e.word(depth) },
		func() string { return e.truth(depth) },
		func() string { return e.field(depth) },
	)
}

func (e *expressions) field(depth int) string {
	name := e.of("whole", "part", "big", "lang", "digits", "draft", "absent", "none", "tags", "empty")
	forms := []func() string{
		func() string { return fmt.Sprintf("field(%q)", name) },
		func() string { return "nil" },
	}
	if depth > 0 {
		forms = append(forms,
			func() string { return fmt.Sprintf("field(%s)", e.word(depth-1)) },
			func() string { return fmt.Sprintf("(%s ?? %s)", e.field(depth-1), e.any(depth-1)) },
			func() string { return fmt.Sprintf("(%s ? %s : %s)", e.truth(depth-1), e.any(depth-1), e.any(depth-1)) },
			func() string { return e.let(depth-1, e.any) },
		)
	}
	return e.pick(forms...)
}

// let writes the declaration of a local, and an expression that may use it.
func (e *expressions) let(depth int, of func(int) string) string {
	name := fmt.Sprintf("v%d", len(e.locals))
	value := e.any(depth)
	e.locals = append(e.locals, name)
	in := of(depth)
	if e.IntN(2) == 0 {
		in = fmt.Sprintf("(%s ?? %s)", name, in)
	}
	e.locals = e.locals[:len(e.locals)-1]
	return fmt.Sprintf("(let %s = %s; %s)", name, value, in)
}

func (e *expressions) number(depth int) string {
	forms := []func() string{
		func() string { return e.of("words", "bytes", "quality", "mean_word_length") },
		func() string {
			return e.of("0", "1", "2", "3", "7", "-1", "-3", "1000000", "9007199254740993", "9223372036854775807")
		},
		func() string { return e.of("0.5", "2.0", "-1.5", "1e300", "0.1", "1e-7", "1e21", "123456789.0") },
	}
	if depth > 0 {
		forms = append(forms,
			func() string {
				return fmt.Sprintf("(%s %s %s)", e.number(depth-1), e.of("+", "-", "*", "/", "%", "**", "^"), e.number(depth-1))
			},
			func() string {
				return fmt.Sprintf("(%s %s %s)", e.number(depth-1), e.of("+", "-", "*", "/"), e.field(depth-1))
			},
			func() string {
				return fmt.Sprintf("%s(%s)", e.of("int", "float", "abs", "ceil", "floor", "round"), e.pick(
					func() string { return e.number(depth - 1) }, func() string { return e.any(depth - 1) }))
			},
			func() string { return fmt.Sprintf("%s(%s)", e.of("len", "words"), e.word(depth-1)) },
			func() string {
				return fmt.Sprintf("%s(%s, %s)", e.of("min", "max"), e.number(depth-1), e.pick(
					func() string { return e.number(depth - 1) }, func() string { return e.field(depth - 1) }))
			},
			func() string {
				return fmt.Sprintf("%s(%s, %s)", e.of("indexOf", "lastIndexOf"), e.word(depth-1), e.word(depth-1))
			},
			func() string { return fmt.Sprintf("(-%s)", e.number(depth-1)) },
			func() string {
				return fmt.Sprintf("(%s ? %s : %s)", e.truth(depth-1), e.number(depth-1), e.number(depth-1))
			},
			func() string { return e.let(depth-1, e.number) },
			func() string { return e.field(depth - 1) },
		)
	}
	return e.pick(forms...)
}

func (e *expressions) word(depth int) string {
	forms := []func() string{
		func() string { return e.of("text", "id", "url", "source", "language") },
		func() string { return e.of(`"de"`, `"en"`, `""`, `"o"`, `"d1"`, `"web"`, `"12"`, `"lang"`, `"Ä"`) },
	}
	if depth > 0 {
		forms = append(forms,
			func() string { return fmt.Sprintf("(%s + %s)", e.word(depth-1), e.word(depth-1)) },
			func() string { return fmt.Sprintf("%s(%s)", e.of("lower", "upper", "trim"), e.word(depth-1)) },
			func() string {
				return fmt.Sprintf("%s(%s, %s)", e.of("trimPrefix", "trimSuffix"), e.word(depth-1), e.word(depth-1))
			},
			func() string { return fmt.Sprintf("string(%s)", e.any(depth-1)) },
			func() string {
				from, to := e.of("", "0", "1", "-2", "3", "100", "words"), e.of("", "1", "-1", "4", "100", `int(quality)`)
				return fmt.Sprintf("%s[%s:%s]", e.word(depth-1), from, to)
			},
			func() string {
				return fmt.Sprintf("(%s ? %s : %s)", e.truth(depth-1), e.word(depth-1), e.word(depth-1))
			},
			func() string { return fmt.Sprintf("(%s ?? %s)", e.field(depth-1), e.word(depth-1)) },
			func() string { return e.let(depth-1, e.word) },
		)
	}
	return e.pick(forms...)
}

func (e *expressions) truth(depth int) string {
	forms := []func() string{
		func() string { return e.of("true", "false", "words > 3", `language == "en"`) },
	}
	if len(e.locals) > 0 {
		forms = append(forms, func() string { return fmt.Sprintf("%s == %s", e.of(e.locals...), e.any(0)) })
	}
	if depth > 0 {
		ordered := func(of func(int) string) func() string {
			return func() string {
				return fmt.Sprintf("(%s %s %s)", of(depth-1), e.of("<", "<=", ">", ">=", "==", "!="), e.pick(
					func() string { return of(depth - 1) }, func() string { return e.field(depth - 1) }))
			}
		}
		forms = append(forms,
			ordered(e.number), ordered(e.word), ordered(e.field),
			func() string { return fmt.Sprintf("(%s %s %s)", e.any(depth-1), e.of("==", "!="), e.any(depth-1)) },
			func() string {
				return fmt.Sprintf("(%s %s %s)", e.truth(depth-1), e.of("and", "or", "&&", "||", "==", "!="), e.truth(depth-1))
			},
			func() string { return fmt.Sprintf("(%s %s %s)", e.truth(depth-1), e.of("and", "or"), e.field(depth-1)) },
			func() string {
				return fmt.Sprintf("not (%s)", e.pick(func() string { return e.truth(depth - 1) }, func() string { return e.field(depth - 1) }))
			},
			func() string {
				return fmt.Sprintf("(%s %s %s)", e.word(depth-1), e.of("contains", "startsWith", "endsWith"), e.pick(
					func() string { return e.word(depth - 1) }, func() string { return e.field(depth - 1) }))
			},
			func() string {
				return fmt.Sprintf("(%s matches %s)", e.pick(func() string { return e.word(depth - 1) }, func() string { return e.field(depth - 1) }), e.of(`"^f"`, `"[0-9]+"`, `"d|e"`))
			},
			func() string {
				return fmt.Sprintf("%s(%s, %s)", e.of("hasPrefix", "hasSuffix"), e.word(depth-1), e.word(depth-1))
			},
			func() string {
				return fmt.Sprintf("(%s %s [%s])", e.any(depth-1), e.of("in", "not in"), e.of(`"de", "en"`, `1, 2, 4`, `1, "de", 0.5, true`, `2.5, 4`, `""`, `0`, `-1, 2`, `"x", 1`))
			},
			func() string {
				return fmt.Sprintf("(%s in %s)", e.number(depth-1), e.of("1..5", "-3..0", "4..4", "5..1", "0..1000001"))
			},
		)
	}
	return e.pick(forms...)
}

// machineDocuments are documents for expressions: most members are of every type.
func machineDocuments() []*document.Document {
	fields := []members{
		{
			"whole": {Kind: document.Number, Num: 3}, "part": {Kind: document.Number, Num: 0.5}, "big": {Kind: document.Number, Num: 1e21},
			"lang": {Kind: document.String, Str: "de"}, "digits": {Kind: document.String, Str: "12"}, "draft": {Kind: document.Bool, Num: 1},
			"none": {Kind: document.Null}, "tags": {Kind: document.Other, Str: `["a","b"]`}, "empty": {Kind: document.String},
		},
		{
			"whole": {Kind: document.Number, Num: math.Inf(1)}, "part": {Kind: document.String, Str: "0x1p-2"}, "big": {Kind: document.Bool},
			"lang": {Kind: document.Null}, "digits": {Kind: document.Number, Num: 12}, "de": {Kind: document.Number, Num: -4},
		},
		nil,
	}
	var docs []*document.Document
	for i, text := range []string{"four words of text", "ÄÖ I \xff\u1e9e straße ﬁ \u0130", ""} {
		d := &document.Document{
			ID: "d1", URL: "https://example.org/a", Source: i % 2,
			Signals: []float64{[]float64{0.75, math.NaN(), 4}[i]}, Labels: []string{[]string{"en", "", "de"}[i]},
		}
		if fields[i] != nil {
			d.Fields = fields[i]
		}
		d.SetText(text)
		docs = append(docs, d)
	}
	return docs
}

// asTheMachine holds what an expression gives directly against what the machine of expr
// gives, and reports whether it is one that is evaluated directly.
func asTheMachine(t *testing.T, source string, docs []*document.Document) bool {
	t.Helper()
	env := whereEnv()
	w := &where{source: source, env: &env}
	if err := w.compile(); err != nil || w.value == nil {
		return false
	}
	for i, d := range docs {
		w.doc = d
		got, err1 := w.evaluate(true)
		want, err2 := w.evaluate(false)
		if (err1 == nil) != (err2 == nil) {
			t.Errorf("%s of document %d: the error is %v, of the machine %v", source, i, err1, err2)
		} else if !sameOperands(got, want) {
			t.Errorf("%s of document %d: %+v, with the machine %+v", source, i, got, want)
		}
		if w.direct == nil {
			t.Errorf("%s: has a value and is no condition", source)
			continue
		}
		yes, _ := w.holds(true)
		if want, _ := w.holds(false); yes != want {
			t.Errorf("%s of document %d: holds is %v, with the machine %v", source, i, yes, want)
		}
	}
	return true
}

func sameOperands(a, b operand) bool {
	if math.IsNaN(a.number) && math.IsNaN(b.number) {
		a.number, b.number = 0, 0
	}
	return a == b && math.Signbit(a.number) == math.Signbit(b.number)
}

// Random expressions give directly what they give on the machine of expr.
func TestWhereAsTheMachine(t *testing.T) {
	docs := machineDocuments()
	e := &expressions{Rand: rand.New(rand.NewPCG(11, 13))}
	direct, n := 0, 6000
	for range n {
		if asTheMachine(t, e.any(1+e.IntN(4)), docs) {
			direct++
		}
		if t.Failed() {
			break
		}
	}
	if direct < n/3 {
		t.Errorf("of %d expressions %d are evaluated directly", n, direct)
	}
	t.Logf("%d of %d expressions are evaluated directly", direct, n)
}

// Any expression that compiles gives directly what it gives on the machine.
func FuzzWhereDirect(f *testing.F) {
	for _, source := range []string{
		`words + 1 > 3 and field("lang") in ["de"]`, `len(text) % 2 == 0 ? lower(text) : string(quality)`, `let x = field("whole") ?? 3; -x ** 2`,
		`(true ? nil : 1) != 1`, `text[1:-1] matches "o" or words in 1..5`, `min(words, 2, 1.5) == max(1, quality)`,
	} {
		f.Add(source, uint64(0))
	}
	docs := machineDocuments()
	f.Fuzz(func(t *testing.T, source string, seed uint64) {
		e := &expressions{Rand: rand.New(rand.NewPCG(seed, 1))}
		asTheMachine(t, strings.ReplaceAll(source, "field()", e.any(3)), docs)
		asTheMachine(t, e.any(1+e.IntN(5)), docs)
	})
}
