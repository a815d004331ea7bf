package recipe

import (
	"fmt"
	"slices"
	"strings"
)

// Check compares what a test wants with what happened to its document: the step that
// removed it, "" where it stays, and the rules of that step that it breaks.
func (t *Test) Check(step string, rules []string) error {
	want, rule, _ := strings.Cut(t.Want.Remove, ".")
	if want == step && (rule == "" || slices.Contains(rules, rule)) {
		return nil
	}
	got := "kept"
	if step != "" {
		got = "removed by " + step
		if len(rules) > 0 {
			got += " (" + strings.Join(rules, ", ") + ")"
		}
	}
	if t.Want.Remove == "" {
		return fmt.Errorf("test %q: the document should be kept, but is %s", t.Name, got)
	}
	return fmt.Errorf("test %q: the document should be removed by %s, but is %s", t.Name, t.Want.Remove, got)
}

// Place says where a test was written, as file:line:column.
func (r *Recipe) Place(t *Test) string {
	n := r.root
	if at := r.dec.written[t]; at != nil {
		n = at
	}
	return fmt.Sprintf("%s:%d:%d", r.file, n.Line, n.Column)
}
