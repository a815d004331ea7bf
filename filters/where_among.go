package filters

import (
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
)

// among returns what gives `value in list`, nil where the machine is needed.
func (c *whereCompiler) among(n *ast.BinaryNode) func() bool {
	if set := wordSet(n.Right); set != nil {
		if word := c.word(n.Left); word != nil {
			return func() bool { _, ok := set[word()]; return ok }
		}
	}
	value, has := c.operand(n.Left), c.where.members(n.Right)
	if value == nil || has == nil {
		return nil
	}
	return func() bool { return has(value()) }
}

func wordSet(list ast.Node) map[string]struct{} {
	if n, ok := list.(*ast.ConstantNode); ok {
		set, _ := n.Value.(map[string]struct{})
		return set
	}
	return nil
}

// members returns what looks for a value in a list of constants. A list of strings, and
// one of whole numbers in which a whole number is looked for, are sets: what is of another
// kind cannot be looked for in them, and nil is their empty value.
func (w *where) members(list ast.Node) func(operand) bool {
	if span, ok := list.(*ast.BinaryNode); ok {
		return inSpan(span)
	}
	fixed, ok := list.(*ast.ConstantNode)
	if !ok {
		return nil
	}
	switch of := fixed.Value.(type) {
	case map[string]struct{}:
		return func(o operand) bool {
			if o.kind != aNil && o.kind != aWord {
				w.fail()
			}
			_, ok := of[o.word]
			return ok
		}
	case map[int]struct{}:
		return func(o operand) bool {
			if o.kind != aNil && o.kind != aWhole {
				w.fail()
			}
			_, ok := of[o.whole]
			return ok
		}
	case []any:
		return inList(of)
	}
	return nil
}

// inList returns what looks for a value in a list of numbers, strings and truths.
func inList(list []any) func(operand) bool {
	values := make([]operand, len(list))
	for i, v := range list {
		if values[i] = unboxed(v); values[i].kind == aNil {
			return nil
		}
	}
	return func(o operand) bool {
		return slices.ContainsFunc(values, func(v operand) bool { return equals(v, o) })
	}
}

// inSpan returns what looks for a number among the whole ones of `from..to`. The machine
// refuses lists that are too long for its memory.
func inSpan(n *ast.BinaryNode) func(operand) bool {
	from, ok1 := n.Left.(*ast.IntegerNode)
	to, ok2 := n.Right.(*ast.IntegerNode)
	if !ok1 || !ok2 || n.Operator != ".." || to.Value-from.Value >= int(conf.DefaultMemoryBudget)-1 {
		return nil
	}
	low, high := from.Value, to.Value
	return func(o operand) bool {
		x, ok := o.float()
		return ok && float64(low) <= x && x <= float64(high) && x == float64(int(x))
	}
}
