package filters

import (
	"cmp"
	"reflect"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// An expression is made a function of ours, which allocates nothing: tests of names
// against numbers and strings for what these are, all else over operands. It gives what
// the machine of expr gives, which is left with lists and rare functions.

// condition returns a function for something true or false, nil where the machine is
// needed.
func (c *whereCompiler) condition(n ast.Node) func() bool {
	if !c.isTest(n) {
		value := c.operand(n)
		if value == nil {
			return nil
		}
		return func() bool { return c.where.truth(value()) }
	}
	switch n := n.(type) {
	case *ast.BoolNode:
		return func() bool { return n.Value }
	case *ast.UnaryNode:
		if of := c.condition(n.Node); of != nil {
			return func() bool { return !of() }
		}
	case *ast.CallNode:
		return c.match(n)
	case *ast.BinaryNode:
		return c.test(n)
	}
	return nil
}

// isTest reports whether what a node gives is true or false whatever it is about.
func (c *whereCompiler) isTest(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BoolNode:
		return true
	case *ast.UnaryNode:
		return n.Operator == "not" || n.Operator == "!"
	case *ast.CallNode:
		return c.patterns[callee(n)] != nil
	case *ast.BinaryNode:
		switch n.Operator {
		case "==", "!=", "<", "<=", ">", ">=", "in", "contains", "startsWith", "endsWith":
			return true
		}
		return isJoint(n.Operator)
	}
	return false
}

// test returns what gives the value of an operator that is true or false.
func (c *whereCompiler) test(n *ast.BinaryNode) func() bool {
	if isJoint(n.Operator) {
		if a, b := c.condition(n.Left), c.condition(n.Right); a != nil && b != nil {
			return joined(n.Operator, a, b)
		}
		return nil
	}
	if n.Operator == "in" {
		return c.among(n)
	}
	if a, b := c.number(n.Left), c.number(n.Right); a != nil && b != nil {
		return comparison(n.Operator, a, b)
	}
	if a, b := c.word(n.Left), c.word(n.Right); a != nil && b != nil {
		return wordComparison(n.Operator, a, b)
	}
	of := c.operands(n.Left, n.Right)
	if of == nil {
		return nil
	}
	a, b := of[0], of[1]
	if n.Operator == "==" || n.Operator == "!=" {
		return c.equality(n, a, b)
	}
	if holds := c.where.order(n.Operator); holds != nil {
		return func() bool { return holds(a(), b()) }
	}
	return c.where.wordTest(n.Operator, a, b)
}

// equality returns what gives a == b or a != b. Where both are whole numbers, or both
// strings, as far as is known beforehand, they have to be.
func (c *whereCompiler) equality(n *ast.BinaryNode, a, b func() operand) func() bool {
	must, equal := aNil, n.Operator == "=="
	if kind := n.Left.Type().Kind(); kind == n.Right.Type().Kind() {
		must = map[reflect.Kind]operandKind{reflect.Int: aWhole, reflect.String: aWord}[kind]
	}
	return func() bool {
		x, y := a(), b()
		if must != aNil && (x.kind != must || y.kind != must) {
			c.where.fail()
		}
		return equals(x, y) == equal
	}
}

// wordTest returns what looks for one string in another. Nothing is in nil.
func (w *where) wordTest(operator string, a, b func() operand) func() bool {
	holds := map[string]func(a, b string) bool{"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix}[operator]
	if holds == nil {
		return nil
	}
	return func() bool {
		x, y := a(), b()
		return x.kind != aNil && y.kind != aNil && holds(w.text(x), w.text(y))
	}
}

// match returns what holds a pattern against the argument of a call. What is no string
// does not match.
func (c *whereCompiler) match(n *ast.CallNode) func() bool {
	matches := c.patterns[callee(n)]
	if text := c.argument(n); text != nil {
		return func() bool { return matches(text()) }
	}
	if of := c.operands(n.Arguments...); len(of) == 1 {
		return func() bool { o := of[0](); return o.kind == aWord && matches(o.word) }
	}
	return nil
}

// callee returns the name of the function that is called.
func callee(n *ast.CallNode) string {
	if name, ok := n.Callee.(*ast.IdentifierNode); ok {
		return name.Value
	}
	return ""
}

// argument returns what gives the only argument of a call, nil where that is no string.
func (c *whereCompiler) argument(n *ast.CallNode) func() string {
	if len(n.Arguments) != 1 {
		return nil
	}
	return c.word(n.Arguments[0])
}

// joined returns what gives "a and b" or "a or b".
func joined(operator string, a, b func() bool) func() bool {
	switch operator {
	case "and", "&&":
		return func() bool { return a() && b() }
	case "or", "||":
		return func() bool { return a() || b() }
	}
	return nil
}

// comparison returns what gives a comparison of ordered values.
func comparison[T cmp.Ordered](operator string, a, b func() T) func() bool {
	switch operator {
	case "==":
		return func() bool { return a() == b() }
	case "!=":
		return func() bool { return a() != b() }
	case "<":
		return func() bool { return a() < b() }
	case "<=":
		return func() bool { return a() <= b() }
	case ">":
		return func() bool { return a() > b() }
	case ">=":
		return func() bool { return a() >= b() }
	}
	return nil
}

// wordComparison is comparison for strings, which can also be looked for in each other.
func wordComparison(operator string, a, b func() string) func() bool {
	switch operator {
	case "contains":
		return func() bool { return strings.Contains(a(), b()) }
	case "startsWith":
		return func() bool { return strings.HasPrefix(a(), b()) }
	case "endsWith":
		return func() bool { return strings.HasSuffix(a(), b()) }
	}
	return comparison(operator, a, b)
}

// exactInteger bounds the integers that a float64 holds exactly.
const exactInteger = 1 << 53

// number returns what gives a number: the value of a name or a constant.
func (c *whereCompiler) number(n ast.Node) func() float64 {
	switch n := n.(type) {
	case *ast.IntegerNode:
		if value := n.Value; -exactInteger <= value && value <= exactInteger {
			return func() float64 { return float64(value) }
		}
	case *ast.FloatNode:
		return func() float64 { return n.Value }
	case *ast.CallNode:
		return c.values[callee(n)].number
	}
	return nil
}

// word returns what gives a string: the value of a name or a constant.
func (c *whereCompiler) word(n ast.Node) func() string {
	switch n := n.(type) {
	case *ast.StringNode:
		return func() string { return n.Value }
	case *ast.CallNode:
		return c.values[callee(n)].word
	}
	return nil
}
