package filters

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
)

// operand returns a function for the value of any part of an expression, nil where the
// machine is needed: for lists, and what makes them.
func (c *whereCompiler) operand(n ast.Node) func() operand {
	if n, ok := n.(*ast.BinaryNode); ok && isJoint(n.Operator) {
		return c.joint(n)
	}
	if c.isTest(n) {
		if yes := c.condition(n); yes != nil {
			return func() operand { return ofTruth(yes()) }
		}
		return nil
	}
	switch n := n.(type) {
	case *ast.NilNode:
		return constant(operand{})
	case *ast.IntegerNode:
		return constant(ofWhole(n.Value))
	case *ast.FloatNode:
		return constant(ofNumber(n.Value))
	case *ast.StringNode:
		return constant(ofWord(n.Value))
	case *ast.IdentifierNode:
		if at := c.slots[n.Value]; at != nil {
			return func() operand { return *at }
		}
	case *ast.VariableDeclaratorNode:
		return c.let(n)
	case *ast.UnaryNode:
		return c.signed(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ConditionalNode:
		return c.choice(n)
	case *ast.SliceNode:
		return c.slice(n)
	case *ast.CallNode:
		return c.called(n)
	case *ast.BuiltinNode:
		return c.builtin(n)
	}
	return nil
}

// joint returns what gives the value of "a and b" or "a or b", which is that of b where a
// does not decide, whatever b is.
func (c *whereCompiler) joint(n *ast.BinaryNode) func() operand {
	a, b := c.condition(n.Left), c.operand(n.Right)
	if a == nil || b == nil {
		return nil
	}
	decides := n.Operator == "or" || n.Operator == "||"
	return func() operand {
		if a() == decides {
			return ofTruth(decides)
		}
		return b()
	}
}

func isJoint(operator string) bool {
	switch operator {
	case "and", "&&", "or", "||":
		return true
	}
	return false
}

func constant(o operand) func() operand { return func() operand { return o } }

// operands returns what gives the values of several parts, nil where one of them needs
// the machine.
func (c *whereCompiler) operands(nodes ...ast.Node) (of []func() operand) {
	for _, n := range nodes {
		value := c.operand(n)
		if value == nil {
			return nil
		}
		of = append(of, value)
	}
	return of
}

// let returns what gives an expression behind `let name = value;`.
func (c *whereCompiler) let(n *ast.VariableDeclaratorNode) func() operand {
	value := c.operand(n.Value)
	at, outer := new(operand), c.slots[n.Name]
	c.slots[n.Name] = at
	in := c.operand(n.Expr)
	c.slots[n.Name] = outer
	if value == nil || in == nil {
		return nil
	}
	return func() operand { *at = value(); return in() }
}

// signed returns what gives a number with a sign before it.
func (c *whereCompiler) signed(n *ast.UnaryNode) func() operand {
	of := c.operand(n.Node)
	switch {
	case of == nil:
		return nil
	case n.Operator == "+":
		return of
	case n.Operator == "-":
		return func() operand { return c.where.negative(of()) }
	}
	return nil
}

// binary returns what gives the value of an operator between two others.
func (c *whereCompiler) binary(n *ast.BinaryNode) func() operand {
	of := c.operands(n.Left, n.Right)
	if of == nil {
		return nil
	}
	a, b := of[0], of[1]
	if n.Operator == "??" {
		return func() operand {
			if o := a(); o.kind != aNil {
				return o
			}
			return b()
		}
	}
	calculate := c.where.arithmetic(n.Operator)
	if calculate == nil {
		return nil
	}
	return func() operand { return calculate(a(), b()) }
}

// choice returns what gives `condition ? a : b`.
func (c *whereCompiler) choice(n *ast.ConditionalNode) func() operand {
	yes, of := c.condition(n.Cond), c.operands(n.Exp1, n.Exp2)
	if yes == nil || of == nil {
		return nil
	}
	a, b := of[0], of[1]
	return func() operand {
		if yes() {
			return a()
		}
		return b()
	}
}

// slice returns what gives `text[from:to]`.
func (c *whereCompiler) slice(n *ast.SliceNode) func() operand {
	of, from, to := c.operand(n.Node), constant(ofWhole(0)), constant(ofWhole(math.MaxInt))
	if n.From != nil {
		from = c.operand(n.From)
	}
	if n.To != nil {
		to = c.operand(n.To)
	}
	if of == nil || from == nil || to == nil {
		return nil
	}
	return func() operand { return c.where.slice(of(), from(), to()) }
}

// called returns what gives the value of a name, or of a function of ours.
func (c *whereCompiler) called(n *ast.CallNode) func() operand {
	name, w := callee(n), c.where
	if v, ok := c.values[name]; ok {
		if v.number != nil {
			return func() operand { return ofNumber(v.number()) }
		}
		return func() operand { return ofWord(v.word()) }
	}
	of := c.operands(n.Arguments...)
	if len(of) != 1 {
		return nil
	}
	switch name {
	case "int":
		return func() operand { return w.toWhole(of[0]()) }
	case "field":
		return func() operand { return w.member(w.text(of[0]())) }
	case "words":
		return func() operand { return ofWhole(w.wordsOf(w.text(of[0]()))) }
	}
	return nil
}

// builtin returns what gives the value of a function of the language.
func (c *whereCompiler) builtin(n *ast.BuiltinNode) func() operand {
	of := c.operands(n.Arguments...)
	if len(of) == 0 {
		return nil
	}
	if n.Name == "min" || n.Name == "max" {
		return c.where.extreme(n.Name, of)
	}
	if len(of) == 2 {
		return c.where.ofTwoWords(n.Name, of[0], of[1])
	}
	one := c.where.ofOne(n.Name)
	if len(of) != 1 || one == nil {
		return nil
	}
	return func() operand { return one(of[0]()) }
}

// extreme returns what gives the least or the greatest of numbers: the first of equal
// ones.
func (w *where) extreme(name string, of []func() operand) func() operand {
	beats := w.order(map[string]string{"min": "<", "max": ">"}[name])
	return func() operand {
		best := of[0]()
		if _, ok := best.float(); !ok {
			return w.fail()
		}
		for _, next := range of[1:] {
			if o := next(); beats(o, best) {
				best = o
			}
		}
		return best
	}
}

// ofTwoWords returns what gives the value of a function of two strings.
func (w *where) ofTwoWords(name string, a, b func() operand) func() operand {
	var of func(a, b string) operand
	switch name {
	case "indexOf":
		of = func(a, b string) operand { return ofWhole(strings.Index(a, b)) }
	case "lastIndexOf":
		of = func(a, b string) operand { return ofWhole(strings.LastIndex(a, b)) }
	case "hasPrefix":
		of = func(a, b string) operand { return ofTruth(strings.HasPrefix(a, b)) }
	case "hasSuffix":
		of = func(a, b string) operand { return ofTruth(strings.HasSuffix(a, b)) }
	case "trimPrefix":
		of = func(a, b string) operand { return ofWord(strings.TrimPrefix(a, b)) }
	case "trimSuffix":
		of = func(a, b string) operand { return ofWord(strings.TrimSuffix(a, b)) }
	default:
		return nil
	}
	return func() operand { return of(w.text(a()), w.text(b())) }
}

// ofOne returns the function of that name of one value.
func (w *where) ofOne(name string) func(operand) operand {
	switch name {
	case "len":
		return func(o operand) operand { return ofWhole(utf8.RuneCountInString(w.text(o))) }
	case "trim":
		return func(o operand) operand { return ofWord(strings.TrimSpace(w.text(o))) }
	case "lower":
		low := lowering()
		return func(o operand) operand { return ofWord(low(w.text(o))) }
	case "upper":
		up := uppering()
		return func(o operand) operand { return ofWord(up(w.text(o))) }
	case "string":
		written := printing()
		return func(o operand) operand { return ofWord(written(o)) }
	case "float":
		return w.toNumber
	case "abs":
		return w.abs
	case "ceil":
		return w.rounding(math.Ceil)
	case "floor":
		return w.rounding(math.Floor)
	case "round":
		return w.rounding(math.Round)
	}
	return nil
}

// toWhole makes a whole number of a number or a string.
func (w *where) toWhole(o operand) operand {
	if o.kind != aWord {
		return ofWhole(w.index(o))
	}
	if !beginsNumber(o.word) {
		return w.fail()
	}
	x, err := strconv.Atoi(o.word)
	if err != nil {
		return w.fail()
	}
	return ofWhole(x)
}

// wholeOf is the function int for the machine.
func wholeOf(args ...any) (any, error) {
	o := unboxed(args[0])
	x, ok := o.whole, o.kind == aWhole
	switch o.kind {
	case aNumber:
		x, ok = withoutFraction(o.number)
	case aWord:
		var err error
		x, err = strconv.Atoi(o.word)
		ok = err == nil
	}
	if !ok {
		return nil, fmt.Errorf("int(%v): it is no whole number of 64 bits", args[0])
	}
	return x, nil
}

// toNumber makes a number that may have fractions of a number or a string.
func (w *where) toNumber(o operand) operand {
	if x, ok := o.float(); ok {
		return ofNumber(x)
	}
	if !beginsNumber(w.text(o)) {
		return w.fail()
	}
	x, err := strconv.ParseFloat(o.word, 64)
	if err != nil {
		return w.fail()
	}
	return ofNumber(x)
}

// beginsNumber reports whether a string may be a number. Most that are none are known by
// how they begin: parsers allocate memory for their complaints.
func beginsNumber(s string) bool {
	s = strings.TrimLeft(s, "+-")
	return s != "" && (isDigit(s[0]) || strings.IndexByte(".iInN", s[0]) >= 0) // infinities, and what is no number
}

func (w *where) abs(o operand) operand {
	if o.kind == aWhole && o.whole < 0 || o.kind == aNumber && o.number < 0 {
		return w.negative(o)
	}
	if _, ok := o.float(); !ok {
		return w.fail()
	}
	return o
}

// rounding returns what makes a number without fractions of one with them.
func (w *where) rounding(round func(float64) float64) func(operand) operand {
	return func(o operand) operand {
		x, ok := o.float()
		if !ok {
			return w.fail()
		}
		if o.kind == aNumber {
			x = round(x)
		}
		return ofNumber(x)
	}
}
