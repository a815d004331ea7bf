package shards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tamis/document"
)

// observe returns the Shape of records; they count from a place on.
func observe(t *testing.T, at int64, records ...string) *Shape {
	t.Helper()
	s := &Shape{}
	p := NewJSONParser(testFields, DefaultLimits)
	err := p.Parse(&Block{At: at, Data: []byte(strings.Join(records, "\n"))}, func(d *document.Document) error {
		s.Observe(d)
		return nil
	}, stopAtBad)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// write writes a type as people read it.
func (t Type) String() string {
	switch t.Kind {
	case ListType:
		return "[" + t.Elem.String() + "]"
	case ObjectType:
		return "{" + membersString(t.Members) + "}"
	}
	name := []string{"null", "bool", "int", "float", "string", "", "", "json"}[t.Kind]
	if t.Text {
		return "TEXT"
	}
	return name
}

func membersString(members []Member) string {
	var out []string
	for _, m := range members {
		out = append(out, m.Name+" "+m.Type.String())
	}
	return strings.Join(out, ", ")
}

func (s *Shape) mustString(t *testing.T) string {
	t.Helper()
	members, err := s.Members()
	if err != nil {
		t.Fatal(err)
	}
	return membersString(members)
}

func TestShape(t *testing.T) {
	// Each value stands in a record of its own, as member v.
	for _, c := range []struct{ values, want string }{
		{`null`, "null"},
		{`true null`, "bool"},
		{`1 -9223372036854775808`, "int"},
		{`1 -0.5 1e300`, "float"},
		{`9007199254740992 0.5`, "float"},
		{`9007199254740993 0.5`, "json"}, // no float64 holds the integer
		{`9223372036854775808`, "json"},
		{`1e400`, "json"},
		{`"a" null "b"`, "string"},
		{`"a" 1`, "json"},
		{`true 1`, "json"},
		{`[] [1] [null,2]`, "[int]"},
		{`[]`, "[null]"},
		{`[1,"a"]`, "[json]"},
		{`[[1],[[2]]]`, "[[json]]"},
		{`[1] 1`, "json"},
		{`{} {"a":1} {"b":"x","a":2.5}`, "{a float, b string}"},
		{`{}`, "json"}, // a structure without members has no columns
		{`{"a":{"b":[{"c":true}]}}`, "{a {b [{c bool}]}}"},
		{`{"\u0061":1} {"a":2}`, "{a int}"},
		{`{"a":1,"a":"x"}`, "{a json}"},
		{strings.Repeat("[", 30) + strings.Repeat("]", 30), strings.Repeat("[", 15) + "json" + strings.Repeat("]", 15)},
	} {
		var records []string
		for _, v := range strings.Fields(c.values) {
			records = append(records, `{"text":"t","v":`+v+`}`)
		}
		if got := observe(t, 0, records...).mustString(t); got != "text TEXT, v "+c.want {
			t.Errorf("%s: got %s, want %s", c.values, got, c.want)
		}
	}
}

// Members stand in the order in which they were seen first in the input.
func TestShapeOrder(t *testing.T) {
	a := observe(t, 0, `{"z":1,"text":"t","b":{"y":1}}`)
	b := observe(t, 1000, `{"a":1,"b":{"x":1,"y":2},"text":7,"text":"t"}`)
	want := "z int, text TEXT, b {y int, x int}, a int"
	for _, order := range [][]*Shape{{a, b}, {b, a}, {b, a, b, a}} {
		s := &Shape{}
		for _, o := range order {
			s.Merge(o)
		}
		if got := s.mustString(t); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// The text may lie deeper.
func TestShapeOfNestedText(t *testing.T) {
	p, s := NewJSONParser(Mapping{Text: "body.text"}, DefaultLimits), &Shape{}
	p.Parse(&Block{Data: []byte(`{"body": {"lang":"en","text": "t"}}`)}, func(d *document.Document) error { s.Observe(d); return nil }, stopAtBad)
	if got := s.mustString(t); got != "body {lang string, text TEXT}" {
		t.Error(got)
	}
}

// An object with too many members becomes JSON; too many columns are refused.
func TestShapeIsBounded(t *testing.T) {
	wide := func(n, from int) string {
		var m []string
		for i := range n {
			m = append(m, fmt.Sprintf(`"k%d":1`, from+i))
		}
		return strings.Join(m, ",")
	}
	nested := func(n, from int) string { return `{"text":"t","v":{` + wide(n, from) + `}}` }
	if got := observe(t, 0, nested(maxMembers, 0)).mustString(t); !strings.HasPrefix(got, "text TEXT, v {k0 int") {
		t.Error(got)
	}
	for _, s := range []*Shape{
		observe(t, 0, nested(maxMembers+1, 0)),
		observe(t, 0, nested(maxMembers, 0), nested(1, maxMembers), nested(1, 0)),
		merged(observe(t, 0, nested(maxMembers, 0)), observe(t, 1, nested(1, maxMembers))),
		merged(observe(t, 1, nested(1, maxMembers)), observe(t, 0, nested(maxMembers+1, 0))),
	} {
		if got := s.mustString(t); got != "text TEXT, v json" {
			t.Error(got)
		}
	}
	s := observe(t, 0, `{"text":"t",`+wide(maxTopMembers, 0)+`}`)
	if _, err := s.Members(); err == nil || !strings.Contains(err.Error(), "write jsonl") {
		t.Errorf("%v", err)
	}
}

func merged(shapes ...*Shape) *Shape {
	s := &Shape{}
	for _, o := range shapes {
		s.Merge(o)
	}
	return s
}

func (s *Shape) bytes(t *testing.T) []byte {
	t.Helper()
	b, err := s.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// randomValue returns JSON of every kind.
func randomValue(r *rand.Rand, depth int) any {
	switch k := r.IntN(9); {
	case k == 0:
		return nil
	case k == 1:
		return r.IntN(2) == 0
	case k == 2:
		return r.IntN(100)
	case k == 3:
		return json.Number("9007199254740993")
	case k == 4:
		return json.Number([]string{"1.5", "1e300", "1e999", "123456789012345678901"}[r.IntN(4)])
	case k == 5 || depth > 3:
		return "s"
	case k == 6:
		var list []any
		for range r.IntN(3) {
			list = append(list, randomValue(r, depth+1))
		}
		return list
	}
	object := map[string]any{}
	for range r.IntN(4) {
		object[string(rune('a'+r.IntN(5)))] = randomValue(r, depth+1)
	}
	return object
}

// Merging is associative, commutative and idempotent; what one Shape sees of all
// records is what many see of their parts. Written and read again, a Shape is the same.
func TestShapesMergeInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		var records []string
		for range 6 {
			b, _ := json.Marshal(map[string]any{"text": "t", "v": randomValue(r, 0), "w": randomValue(r, 0)})
			records = append(records, string(b))
		}
		var parts []*Shape
		at := int64(0)
		for _, rec := range records {
			parts = append(parts, observe(t, at, rec))
			at += int64(len(rec)) + 1
		}
		want := observe(t, 0, records...).bytes(t)
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		left := merged(parts...)
		right := merged(merged(parts[3:]...), merged(parts[:3]...), parts[0])
		if !bytes.Equal(left.bytes(t), want) || !bytes.Equal(right.bytes(t), want) {
			t.Fatalf("the order of merging matters: %s", strings.Join(records, "\n"))
		}
		var again Shape
		if err := again.UnmarshalBinary(want); err != nil || !bytes.Equal(again.bytes(t), want) {
			t.Fatalf("read again: %v", err)
		}
		for n := range want {
			if err := again.UnmarshalBinary(want[:n]); err == nil {
				t.Fatalf("%d bytes of %d are read as a whole", n, len(want))
			}
		}
	}
}

// What was merged from shares nothing with what it was merged into.
func TestMergeCopies(t *testing.T) {
	a := observe(t, 0, `{"text":"t","v":[{"a":1}]}`)
	want := a.bytes(t)
	s := merged(a)
	s.Merge(observe(t, 100, `{"text":"t","v":[{"a":"x","b":1}]}`))
	if !bytes.Equal(a.bytes(t), want) {
		t.Error("the merged Shape was changed")
	}
}
