package recipe

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// A decoder turns YAML nodes into Go values by the yaml tags of structs, notes all
// problems, and remembers where each value was written, for those who find more
// problems later.
type decoder struct {
	file     string
	lines    []string
	problems Problems
	written  map[any]*yaml.Node // by pointer to the value
	broken   map[place]bool     // where nothing more is said, since what stands there could not be read
}

// A place is a line and a column.
type place struct{ line, column int }

// A scalar reads its own value out of one YAML scalar.
type scalar interface{ UnmarshalScalar(string) error }

// A nodeReader reads its own value out of any node; what names it in messages.
type nodeReader interface {
	readNode(d *decoder, n *yaml.Node, what string)
}

// fault notes a problem at a node.
func (d *decoder) fault(n *yaml.Node, remedy, format string, args ...any) {
	if d.broken[place{n.Line, n.Column}] {
		return
	}
	p := &Problem{File: d.file, Line: max(n.Line, 1), Column: max(n.Column, 1), Message: fmt.Sprintf(format, args...), Remedy: remedy}
	if p.Line <= len(d.lines) {
		p.source = d.lines[p.Line-1]
	}
	if width := utf8.RuneCountInString(p.source); p.Column > width+1 {
		p.Column = width + 1
	}
	p.width = markWidth(n, string([]rune(p.source)[p.Column-1:]))
	d.problems = append(d.problems, p)
}

// markWidth returns how many characters of the rest of a line belong to the node.
func markWidth(n *yaml.Node, rest string) int {
	end := len(rest)
	switch {
	case n.Kind != yaml.ScalarNode:
	case strings.HasPrefix(rest, n.Value) && n.Value != "":
		end = len(n.Value)
	case rest != "" && (rest[0] == '"' || rest[0] == '\''):
		if i := strings.IndexByte(rest[1:], rest[0]); i >= 0 {
			end = i + 2
		}
	}
	return max(1, utf8.RuneCountInString(strings.TrimRight(rest[:end], " \t")))
}

// wrong notes what a scalar of a type of its own had to say.
func (d *decoder) wrong(n *yaml.Node, what string, err error) {
	var u *unknownWord
	if errors.As(err, &u) {
		d.fault(n, suggest(u.word, u.words), "%s: %v", what, err)
		return
	}
	d.fault(n, "", "%s: %v", what, err)
}

// resolve follows aliases.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// entries calls f for each entry of a mapping whose key is a word and new.
func (d *decoder) entries(n *yaml.Node, what string, f func(key, value *yaml.Node)) {
	n = resolve(n)
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.fault(n, "write it as {key: value, …}", "%s is %s, not a mapping", what, kind(n))
		return
	}
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := resolve(n.Content[i])
		if key.Kind != yaml.ScalarNode {
			d.fault(key, "", "a key of %s is %s, not a word", what, kind(key))
			continue
		}
		if first := seen[key.Value]; first != nil {
			d.fault(key, "keep one of them", "%s has %q twice, first in line %d", what, key.Value, first.Line)
			continue
		}
		seen[key.Value] = key
		f(key, resolve(n.Content[i+1]))
	}
}

// kind names what a node is, for messages.
func kind(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "empty"
	}
	return strconv.Quote(n.Value)
}

// structure decodes a mapping into a struct. A key without a field goes to other,
// which says whether it knows it; names are those that other knows.
func (d *decoder) structure(n *yaml.Node, v reflect.Value, what string, names []string, other func(key, value *yaml.Node) bool) {
	fields := fieldsOf(v.Type())
	d.entries(n, what, func(key, value *yaml.Node) {
		for _, f := range fields {
			if f.key == key.Value {
				d.value(value, v.FieldByIndex(f.index), what+"."+key.Value)
				return
			}
		}
		if other != nil && other(key, value) {
			return
		}
		known := slices.Clone(names)
		for _, f := range fields {
			if !slices.Contains(known, f.key) { // a step's own setting of a common key's name
				known = append(known, f.key)
			}
		}
		d.fault(key, suggest(key.Value, known), "%s has no setting %q", what, key.Value)
	})
}

// A field is one setting of a struct.
type field struct {
	key, doc string
	index    []int
	typ      reflect.Type
}

// fieldsOf lists the fields of a struct that carry a yaml tag; those of embedded
// structs count as its own.
func fieldsOf(t reflect.Type) []field {
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag.Get("yaml") == "" {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				all = append(all, inner)
			}
			continue
		}
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "" || key == "-" || !f.IsExported() {
			continue
		}
		all = append(all, field{key: key, doc: f.Tag.Get("doc"), index: []int{i}, typ: f.Type})
	}
	return all
}

// inlineOf finds the map of a struct that takes all keys which are no field, and the doc
// of it; nil where there is none.
func inlineOf(v reflect.Value) (m reflect.Value, doc string) {
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.Tag.Get("yaml") == ",inline" && f.Type.Kind() == reflect.Map {
			return v.Field(i), f.Tag.Get("doc")
		}
	}
	return reflect.Value{}, ""
}

// inline decodes an entry into the map of v that takes such keys, if it has one.
func (d *decoder) inline(key, value *yaml.Node, v reflect.Value, what string) bool {
	m, _ := inlineOf(v)
	if !m.IsValid() {
		return false
	}
	if m.IsNil() {
		m.Set(reflect.MakeMap(m.Type()))
	}
	e := reflect.New(m.Type().Elem()).Elem()
	d.value(value, e, what+"."+key.Value)
	m.SetMapIndex(reflect.ValueOf(key.Value), e)
	return true
}

// value decodes a node into v, and remembers where it was written.
func (d *decoder) value(n *yaml.Node, v reflect.Value, what string) {
	what = strings.TrimPrefix(what, "recipe.")
	n = resolve(n)
	d.written[v.Addr().Interface()] = n
	switch x := v.Addr().Interface().(type) {
	case nodeReader:
		x.readNode(d, n, what)
		return
	case scalar:
		if n.Kind == yaml.MappingNode && (v.Kind() == reflect.Map || v.Kind() == reflect.Struct) {
			break // the scalar is short for a mapping
		}
		if d.isScalar(n, what, "a single value") {
			if err := x.UnmarshalScalar(n.Value); err != nil {
				d.wrong(n, what, err)
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(n, v.Elem(), what)
	case reflect.Struct:
		d.structure(n, v, what, nil, nil)
	case reflect.Map:
		d.table(n, v, what)
	case reflect.Slice:
		d.list(n, v, what)
	default:
		d.basic(n, v, what)
	}
}

// isScalar notes a problem where n is no single value.
func (d *decoder) isScalar(n *yaml.Node, what, want string) bool {
	if n.Kind == yaml.ScalarNode && !isNull(n) {
		return true
	}
	d.fault(n, "", "%s is %s, not %s", what, kind(n), want)
	return false
}

// list decodes a sequence, or one single value as a list of one.
func (d *decoder) list(n *yaml.Node, v reflect.Value, what string) {
	items := n.Content
	if n.Kind == yaml.ScalarNode && !isNull(n) && v.Type().Elem().Kind() == reflect.String {
		items = []*yaml.Node{n}
	} else if n.Kind != yaml.SequenceNode {
		d.fault(n, "write it as [first, second, …]", "%s is %s, not a list", what, kind(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		d.value(item, v.Index(i), what)
	}
}

// table decodes a mapping of any keys.
func (d *decoder) table(n *yaml.Node, v reflect.Value, what string) {
	v.Set(reflect.MakeMap(v.Type()))
	d.entries(n, what, func(key, value *yaml.Node) {
		e := reflect.New(v.Type().Elem())
		d.value(value, e.Elem(), what+"."+key.Value)
		k := reflect.New(v.Type().Key()).Elem()
		d.basic(key, k, what)
		v.SetMapIndex(k, e.Elem())
	})
}

// basic decodes a word, a number, or true or false.
func (d *decoder) basic(n *yaml.Node, v reflect.Value, what string) {
	switch v.Kind() {
	case reflect.String:
		if d.isScalar(n, what, "a text") {
			v.SetString(n.Value)
		}
	case reflect.Bool:
		if b, ok := truth[n.Value]; d.isScalar(n, what, "true or false") && ok {
			v.SetBool(b)
		} else if n.Kind == yaml.ScalarNode && !isNull(n) {
			d.fault(n, "", "%s is %s, not true or false", what, kind(n))
		}
	case reflect.Float64, reflect.Float32:
		if x, ok := d.number(n, what); ok && math.IsInf(x, 0) {
			d.fault(n, "", "%s of %s is impossible: it is a finite number", what, n.Value)
		} else if ok {
			v.SetFloat(x)
		}
	default:
		d.whole(n, v, what)
	}
}

var truth = map[string]bool{"true": true, "True": true, "yes": true, "on": true, "false": false, "False": false, "no": false, "off": false}

// whole decodes a whole number.
func (d *decoder) whole(n *yaml.Node, v reflect.Value, what string) {
	if !d.isScalar(n, what, "a whole number") {
		return
	}
	s := strings.ReplaceAll(n.Value, "_", "")
	switch {
	case v.CanInt():
		x, err := strconv.ParseInt(s, 0, v.Type().Bits())
		if err == nil {
			v.SetInt(x)
			return
		}
	case v.CanUint():
		x, err := strconv.ParseUint(s, 0, v.Type().Bits())
		if err == nil {
			v.SetUint(x)
			return
		}
	default:
		panic(fmt.Sprintf("%s has the type %s, which no recipe can set", what, v.Type()))
	}
	want := "a whole number"
	if v.CanUint() {
		want = "a whole number from 0 on"
	}
	d.fault(n, "", "%s is %s, not %s", what, kind(n), want)
}

// number reads a number, which may be infinite, but is one.
func (d *decoder) number(n *yaml.Node, what string) (float64, bool) {
	if !d.isScalar(n, what, "a number") {
		return 0, false
	}
	s := strings.ReplaceAll(n.Value, "_", "")
	s = strings.Replace(s, ".inf", "inf", 1)
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		d.fault(n, percentage(n.Value), "%s is %s, not a number", what, kind(n))
		return 0, false
	}
	return x, true
}

// percentage says how a percentage is written as a number; "" where v is none.
func percentage(v string) string {
	number, is := strings.CutSuffix(v, "%")
	x, err := strconv.ParseFloat(number, 64)
	if !is || err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	return fmt.Sprintf("write it as %v", x/100)
}
