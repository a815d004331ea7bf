package recipe

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tamis/step"
)

var update = flag.Bool("update", false, "write the pages in docs anew")

func TestReferenceIsFresh(t *testing.T) {
	for name, write := range map[string]func(io.Writer){"steps.md": Reference, "recipe.md": Keys} {
		var want bytes.Buffer
		write(&want)
		file := filepath.Join("..", "docs", name)
		if *update {
			if err := os.WriteFile(file, want.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("docs/%s is stale: go test ./recipe -update", name)
		}
	}
}

// A declaration says everything, and no name twice.
func TestDeclarations(t *testing.T) {
	steps := map[string]bool{}
	for _, s := range Steps {
		t.Run(s.Name, func(t *testing.T) {
			for _, fault := range declarationFaults(s) {
				t.Error(fault)
			}
			if steps[s.Name] {
				t.Error("there are two steps of this name")
			}
			steps[s.Name] = true
		})
	}
}

// The check itself finds what it is there to find.
func TestDeclarationFaults(t *testing.T) {
	bad := &step.Spec{Name: "Bad", Rules: []step.Rule{{Name: "as", Min: 2, Max: 1}, {Name: "with", Unit: "x", Doc: "X", Max: 1}},
		New: func() step.Settings { return new(maskSettings) }}
	got := strings.Join(declarationFaults(bad), "\n")
	for _, want := range []string{`"Bad" is no name`, "no Doc", "no Source", "as: no Unit", "as: no Doc", "as: Min above Max", `"as" twice`, `"with" twice`,
		"with: the sentence does not end"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	for _, s := range fakes {
		if faults := declarationFaults(s); len(faults) > 0 {
			t.Errorf("%s: %v", s.Name, faults)
		}
	}
}

func declarationFaults(s *step.Spec) (faults []string) {
	check := func(ok bool, fault string) {
		if !ok {
			faults = append(faults, fault)
		}
	}
	check(isName(s.Name), `"`+s.Name+`" is no name`)
	check(strings.HasSuffix(s.Doc, "."), "no Doc that ends in a full stop")
	check(s.Source != "", "no Source")
	own := false // whether a recipe names values of the step
	if s.New != nil {
		_, own = s.New().(step.Declarer)
	}
	check(len(s.Rules)+len(s.Labels) > 0 || own, "no rules and no labels")
	// A rule that counts edits has no bounds to set, so a setting may have its name.
	// The step that ranks by a score looks at no turns, and has an "of" of its own.
	keys, edits := map[string]bool{"as": true, "splitter": true, "of": s.Name != "top"}, map[string]bool{}
	name := func(n string, keys map[string]bool) {
		check(isName(n), `"`+n+`" is no name`)
		check(!keys[n], `"`+n+`" twice among its keys`)
		keys[n] = true
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.Edit {
			name(r.Name, edits)
		} else {
			name(r.Name, keys)
		}
		check(r.Unit != "", r.Name+": no Unit")
		check(r.Doc != "", r.Name+": no Doc")
		check(r.Doc == "" || strings.HasSuffix(r.Doc, "."), r.Name+": the sentence does not end")
		check(r.Min <= r.Max, r.Name+": Min above Max")
		check(s.New != nil || r.Measure != nil, r.Name+": nothing measures it")
	}
	for _, l := range s.Labels {
		check(l.Name != "" && strings.HasSuffix(l.Doc, "."), l.Name+": no Doc that ends in a full stop")
	}
	if s.New == nil {
		return faults
	}
	v := reflect.ValueOf(s.New())
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return append(faults, "New returns no pointer to a struct")
	}
	for _, f := range fieldsOf(v.Elem().Type()) {
		name(f.key, keys)
		check(f.doc != "", f.key+": no doc tag")
	}
	return faults
}

func TestSchemaIsJSON(t *testing.T) {
	var b bytes.Buffer
	if err := Schema(&b); err != nil {
		t.Fatal(err)
	}
	var s struct {
		Properties map[string]struct {
			Description string
			Items       struct {
				OneOf []struct{ Properties map[string]any }
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	for _, f := range fieldsOf(reflect.TypeFor[Recipe]()) {
		if _, ok := s.Properties[f.key]; !ok {
			t.Errorf("%s is not in the schema", f.key)
		}
	}
	if got, want := len(s.Properties["steps"].Items.OneOf), len(Steps)+1; got != want {
		t.Errorf("%d ways to write a step, want %d", got, want)
	}
}
