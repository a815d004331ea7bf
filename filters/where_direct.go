package filters

import (
	"cmp"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// Most expressions are comparisons of names with numbers and strings, put together by
// and, or and not. These are made functions of ours, which allocate nothing; they give
// what the machine of expr gives.

// condition returns a function for something true or false, nil where the machine is
// needed.
func (c *whereCompiler) condition(n ast.Node) func() bool {
	switch n := n.(type) {
	case *ast.BoolNode:
		return func() bool { return n.Value }
	case *ast.UnaryNode:
		if of := c.condition(n.Node); of != nil && (n.Operator == "not" || n.Operator == "!") {
			return func() bool { return !of() }
		}
	case *ast.CallNode:
		matches, text := c.patterns[callee(n)], c.argument(n)
		if matches != nil && text != nil {
			return func() bool { return matches(text()) }
		}
	case *ast.BinaryNode:
		if a, b := c.condition(n.Left), c.condition(n.Right); a != nil && b != nil {
			return joined(n.Operator, a, b)
		}
		if a, b := c.number(n.Left), c.number(n.Right); a != nil && b != nil {
			return comparison(n.Operator, a, b)
		}
		if a, b := c.word(n.Left), c.word(n.Right); a != nil && b != nil {
			return wordComparison(n.Operator, a, b)
		}
		return c.amongWords(n)
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

// amongWords returns what gives `name in ["a", "b"]`, nil for anything else.
func (c *whereCompiler) amongWords(n *ast.BinaryNode) func() bool {
	list, ok := n.Right.(*ast.ConstantNode)
	if !ok || n.Operator != "in" {
		return nil
	}
	set, ok := list.Value.(map[string]struct{})
	word := c.word(n.Left)
	if !ok || word == nil {
		return nil
	}
	return func() bool { _, ok := set[word()]; return ok }
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
