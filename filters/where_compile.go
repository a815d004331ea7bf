package filters

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/wasilibs/go-re2"
)

// What depends on a clock, on the order of a map or on the processor has no place in an
// expression.
var whereWithout = []string{"now", "date", "duration", "timezone", "keys", "values", "toPairs", "int"}

// whereFunctions are ours. The language's own int gives other numbers on other processors.
var whereFunctions = []string{"field", "int", "words"}

// compile turns the source into a program whose names are calls of w's own functions:
//
//	words > 80 and dup.ratio < f("a")   →   ‹words›() > 80 and ‹dup.ratio›() < f("a")
//
// The options say what its value must be.
func (w *where) compile(as ...expr.Option) error {
	if strings.TrimSpace(w.source) == "" {
		return errors.New("the expression is empty: write one, such as 'words > 80'")
	}
	c := &whereCompiler{
		where: w, locals: map[string]bool{}, callees: map[ast.Node]bool{},
		values: map[string]whereValue{}, patterns: map[string]func(string) bool{}, slots: map[string]*operand{},
	}
	c.options = []expr.Option{
		expr.Function("field", w.field, new(func(string) any)),
		expr.Function("words", w.countWords, new(func(string) int)),
		expr.Function("int", wholeOf, new(func(any) int)),
	}
	for _, name := range whereWithout {
		c.options = append(c.options, expr.DisableBuiltin(name))
	}
	// The functions for names are known only once the visitors have seen them; they
	// go into the table that the checker and the compiler read afterwards.
	functions := func(conf *exprConfig) { c.conf = conf }
	visitors := []expr.Option{expr.Patch(visit(c.collect)), expr.Patch(visit(c.join)), expr.Patch(visit(c.resolve)), functions}
	program, err := expr.Compile(w.source, slices.Concat(as, c.options, visitors)...)
	if len(c.faults) > 0 {
		return errors.Join(c.faults...)
	}
	if err != nil {
		return exprError(err)
	}
	w.program, w.value = program, c.operand(program.Node())
	if w.value != nil {
		w.direct = c.condition(program.Node())
	}
	return nil
}

// visit makes a visitor of a function.
type visit func(*ast.Node)

// Visit calls the function.
func (f visit) Visit(n *ast.Node) { f(n) }

// A whereCompiler resolves the names of one expression.
type whereCompiler struct {
	where   *where
	options []expr.Option
	conf    *exprConfig
	locals  map[string]bool   // declared by let
	callees map[ast.Node]bool // identifiers that are called
	faults  []error

	// What stands behind the names of functions.
	values   map[string]whereValue
	patterns map[string]func(string) bool
	slots    map[string]*operand // values of locals, while what they are declared for is compiled
}

// collect notes the names that are no values.
func (c *whereCompiler) collect(n *ast.Node) {
	switch n := (*n).(type) {
	case *ast.VariableDeclaratorNode:
		c.locals[n.Name] = true
	case *ast.CallNode:
		c.callees[n.Callee] = true
	}
}

// join makes one name of step.rule.
func (c *whereCompiler) join(n *ast.Node) {
	member, ok := (*n).(*ast.MemberNode)
	if !ok {
		return
	}
	step, ok1 := member.Node.(*ast.IdentifierNode)
	rule, ok2 := member.Property.(*ast.StringNode)
	if ok1 && ok2 && !c.locals[step.Value] {
		joined := &ast.IdentifierNode{Value: step.Value + "." + rule.Value}
		joined.SetLocation(step.Location())
		*n = joined
	}
}

// resolve makes a call of each name.
func (c *whereCompiler) resolve(n *ast.Node) {
	switch node := (*n).(type) {
	case *ast.IdentifierNode:
		switch {
		case c.callees[node]:
			if !slices.Contains(whereFunctions, node.Value) {
				c.fault(node, fmt.Sprintf("unknown function %q", node.Value), nearest(node.Value, c.functionNames()))
			}
		case !c.locals[node.Value]:
			c.call(n, node.Value)
		}
	case *ast.BinaryNode:
		if node.Operator == "matches" {
			c.pattern(n, node)
		}
	}
}

// functionNames lists what can be called, sorted.
func (c *whereCompiler) functionNames() []string {
	names := slices.Clone(whereFunctions)
	for name := range c.conf.Builtins {
		if !c.conf.Disabled[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// call replaces a name by the call of a function that gives its value.
func (c *whereCompiler) call(n *ast.Node, name string) {
	v, err := c.where.find(name)
	if err != nil {
		c.faults = append(c.faults, fmt.Errorf("%s: %w", c.place((*n).Location()), err))
		return
	}
	if !slices.ContainsFunc(c.where.values, func(v whereValue) bool { return v.name == name }) {
		c.where.values = append(c.where.values, v)
	}
	label := "the value of " + name
	typ := any(new(func() string))
	if v.number != nil {
		typ = new(func() float64)
	}
	c.values[label] = v
	expr.Function(label, func(...any) (any, error) { return v.get(), nil }, typ)(c.conf)
	ast.Patch(n, &ast.CallNode{Callee: &ast.IdentifierNode{Value: label}})
}

// pattern compiles the pattern of `matches` once, by RE2.
func (c *whereCompiler) pattern(n *ast.Node, node *ast.BinaryNode) {
	source, ok := node.Right.(*ast.StringNode)
	if !ok {
		c.fault(node.Right, "the pattern of matches is no plain string", "")
		return
	}
	// RE2 prints its complaints on standard error; Go's parser has the same syntax.
	_, err := syntax.Parse(source.Value, syntax.Perl)
	if err != nil {
		c.fault(source, err.Error(), "")
		return
	}
	re, err := re2.Compile(source.Value)
	if err != nil {
		c.fault(source, err.Error(), "")
		return
	}
	label := "matches " + source.Value
	c.patterns[label] = re.MatchString
	expr.Function(label, func(args ...any) (any, error) {
		s, ok := args[0].(string)
		return ok && re.MatchString(s), nil
	}, new(func(string) bool))(c.conf)
	ast.Patch(n, &ast.CallNode{Callee: &ast.IdentifierNode{Value: label}, Arguments: []ast.Node{node.Left}})
}

// fault notes what is wrong with a node, and the nearest valid name if there is one.
func (c *whereCompiler) fault(n ast.Node, what, near string) {
	if near != "" {
		what += fmt.Sprintf(": did you mean %q?", near)
	}
	c.faults = append(c.faults, fmt.Errorf("%s: %s", c.place(n.Location()), what))
}

// place writes a location as people count: from 1, in characters.
func (c *whereCompiler) place(at file.Location) string {
	before := []rune(c.where.source)
	before = before[:min(at.From, len(before))]
	return linePlace(string(before))
}

// linePlace says where the text after before begins.
func linePlace(before string) string {
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	if line := strings.Count(before, "\n") + 1; line > 1 {
		return fmt.Sprintf("line %d, column %d", line, column)
	}
	return fmt.Sprintf("column %d", column)
}

// exprError gives an error of expr its place in our form. Its columns count from 0.
func exprError(err error) error {
	var e *file.Error
	if strings.HasPrefix(err.Error(), "expected bool") {
		return fmt.Errorf("%w: its value is to be true or false, as that of 'words > 80'", err)
	}
	if !errors.As(err, &e) {
		return err
	}
	if e.Line > 1 {
		return fmt.Errorf("line %d, column %d: %s", e.Line, e.Column+1, e.Message)
	}
	return fmt.Errorf("column %d: %s", e.Column+1, e.Message)
}
