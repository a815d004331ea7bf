package document

import (
	"reflect"
	"strings"
	"testing"
)

// talk is a conversation of alternating turns, the first one the system's.
func talk(contents ...string) *Document {
	d := new(Document)
	for i, c := range contents {
		d.Say([]Role{System, User, Assistant, Call, Tool, Assistant}[i%6], c)
	}
	return d
}

func contents(d *Document) (out []string) {
	for i := range d.Turns {
		out = append(out, d.Content(i))
	}
	return out
}

func TestExcerptsOfParts(t *testing.T) {
	d := talk("Be kind.", "Hello?", "Hi.", "", "42", "It is 42.")
	d.ID = "a"
	var x Excerpts
	for part, want := range map[Part]string{
		All:      "Be kind.\n\nHello?\n\nHi.\n\n\n\n42\n\nIt is 42.",
		Prompt:   "Be kind.\n\nHello?\n\n42",
		Response: "Hi.\n\n\n\nIt is 42.",
	} {
		seen := x.Of(d, part)
		if seen.Text() != want || seen.View().Text() != want || seen.ID != "a" || seen.Whole() != d {
			t.Errorf("%v is %q of document %q, want %q", part, seen.Text(), seen.ID, want)
		}
	}
	d.Rewrite([]Edit{{Start: 0, End: 2, With: "Stay"}})
	if got := x.Of(d, Prompt).Text(); got != "Stay kind.\n\nHello?\n\n42" {
		t.Errorf("after an edit the prompt is %q", got)
	}
	if !d.Turns[0].Edited || d.Turns[1].Edited {
		t.Errorf("the turns are %+v", d.Turns)
	}
}

func TestOtherDocumentsAreSeenWhole(t *testing.T) {
	var d Document
	var x Excerpts
	d.SetText("one text")
	edits := []Edit{{Start: 0, End: 3}}
	if x.Of(&d, Response) != &d || !reflect.DeepEqual(x.Back(&d, Response, edits), edits) {
		t.Error("a document that is no conversation is not seen as it is")
	}
	if n := testing.AllocsPerRun(10, func() { x.Of(&d, Prompt); x.Back(&d, Prompt, edits) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Nothing is allocated per document once the buffers have grown.
func TestExcerptsAllocateNothing(t *testing.T) {
	d := talk("Be kind.", "Hello?", "Hi there.")
	record := Append(nil, d, nil)
	var x Excerpts
	edits := []Edit{{Start: 0, End: 2, With: "Oh"}}
	var got Document
	once := func() {
		if _, err := Decode(record, &got, nil); err != nil {
			t.Fatal(err)
		}
		x.Of(&got, Prompt).Text()
		got.Rewrite(x.Back(&got, Response, edits))
	}
	once()
	once()
	if n := testing.AllocsPerRun(20, once); n != 0 || got.Content(2) != "Oh there." {
		t.Errorf("%v allocations, %q", n, got.Text())
	}
}

func TestEditsKeepToTurns(t *testing.T) {
	for name, c := range map[string]struct {
		part  Part
		edits []Edit
		want  []string // contents afterwards
	}{
		"within one":           {All, []Edit{{Start: 1, End: 3, With: "-"}}, []string{"a-d", "efg", "hi"}},
		"the gap alone":        {All, []Edit{{Start: 4, End: 6, With: " "}}, []string{"abcd", "efg", "hi"}},
		"an end and the gap":   {All, []Edit{{Start: 3, End: 6, With: "\n"}}, []string{"abc", "efg", "hi"}},
		"from turn to turn":    {All, []Edit{{Start: 2, End: 8, With: "[X]"}}, []string{"ab[X]", "g", "hi"}},
		"over three":           {All, []Edit{{Start: 3, End: 12, With: " "}}, []string{"abc", "", "i"}},
		"all":                  {All, []Edit{{Start: 0, End: 13}}, []string{"", "", ""}},
		"an insertion":         {All, []Edit{{Start: 4, End: 4, With: "!"}}, []string{"abcd!", "efg", "hi"}},
		"an insertion in gaps": {All, []Edit{{Start: 5, End: 5, With: "!"}}, []string{"abcd", "efg", "hi"}},
		"many": {All, []Edit{{Start: 0, End: 1}, {Start: 3, End: 4, With: "D"}, {Start: 6, End: 7}, {Start: 12, End: 13, With: "yes"}},
			[]string{"bcD", "fg", "hyes"}},
		"the response":         {Response, []Edit{{Start: 0, End: 1, With: "H"}}, []string{"abcd", "efg", "Hi"}},
		"the prompt":           {Prompt, []Edit{{Start: 1, End: 2}, {Start: 6, End: 8, With: "EF"}}, []string{"acd", "EFg", "hi"}},
		"the prompt, crossing": {Prompt, []Edit{{Start: 1, End: 8}}, []string{"a", "g", "hi"}},
	} {
		d := talk("abcd", "efg", "hi")
		var x Excerpts
		d.Rewrite(x.Back(d, c.part, c.edits))
		if got := contents(d); !reflect.DeepEqual(got, c.want) || d.Text() != strings.Join(c.want, Gap) {
			t.Errorf("%s: contents %q in %q, want %q", name, got, d.Text(), c.want)
		}
	}
}

func TestTurnsTravel(t *testing.T) {
	d := talk("Be kind.", "", "Hi.", "", "x")
	d.Signals, d.Labels = []float64{1}, []string{"en"}
	d.Rewrite([]Edit{{Start: 0, End: 2, With: "Stay"}})
	b := Append(nil, d, nil)
	got := &Document{Signals: make([]float64, 1), Labels: make([]string, 1)}
	if _, err := Decode(b, got, nil); err != nil || !reflect.DeepEqual(got.Turns, d.Turns) || got.Text() != d.Text() {
		t.Fatalf("%+v, error %v, want %+v", got.Turns, err, d.Turns)
	}
	for n := range b {
		if _, err := Decode(b[:n], got, nil); err == nil {
			t.Errorf("the first %d of %d bytes decode without an error", n, len(b))
		}
	}
}

func TestRoles(t *testing.T) {
	for name, want := range map[string]Role{"system": System, "user": User, "human": User, "gpt": Assistant, "assistant": Assistant, "tool": Tool} {
		if got, ok := ParseRole(name); got != want || !ok {
			t.Errorf("%q is %v", name, got)
		}
	}
	if _, ok := ParseRole("narrator"); ok || len(Roles()) < 10 {
		t.Error("a narrator has a role")
	}
}

// Edits of any part leave the gaps and the turns of the other part alone, what they
// leave is the turns joined, and undone they give the text back.
func FuzzExcerpts(f *testing.F) {
	f.Add("Be kind.|Hello|Hi there|", uint8(2), []byte{1, 3, 0, 2, 4, 1})
	f.Add("|a||b", uint8(0), []byte{0, 9, 2, 0, 0, 1})
	f.Add("a|b", uint8(1), []byte{0, 0, 3, 1, 0, 3})
	f.Fuzz(func(t *testing.T, joined string, p uint8, recipe []byte) {
		part := Part(p % 3)
		d := talk(strings.Split(strings.ToValidUTF8(joined, "?"), "|")...)
		before, others := d.Text(), contents(d)
		var x Excerpts
		seen := x.Of(d, part)
		edits := x.Back(d, part, editsOf(recipe, len(seen.Text())))
		var undo []Edit
		shift := 0
		for _, e := range edits {
			if !withinOne(d, e) {
				t.Fatalf("edit [%d, %d) lies in no turn of %+v", e.Start, e.End, d.Turns)
			}
			undo = append(undo, Edit{Start: e.Start + shift, End: e.Start + shift + len(e.With), With: before[e.Start:e.End]})
			shift += len(e.With) - (e.End - e.Start)
		}
		d.Rewrite(edits)
		after := contents(d)
		if d.Text() != strings.Join(after, Gap) {
			t.Fatalf("the text is %q, its turns are %q", d.Text(), after)
		}
		for i, turn := range d.Turns {
			if (!part.has(turn.Role) || !turn.Edited) && after[i] != others[i] {
				t.Fatalf("turn %d was %q and is %q", i, others[i], after[i])
			}
		}
		var plain Document
		plain.SetText(d.Text())
		plain.Rewrite(undo)
		if plain.Text() != before {
			t.Fatalf("undone: %q, before: %q", plain.Text(), before)
		}
	})
}

// editsOf makes ascending edits of a text: of each three bytes a distance, a length and
// a replacement.
func editsOf(recipe []byte, size int) (edits []Edit) {
	at := 0
	for ; len(recipe) >= 3; recipe = recipe[3:] {
		start := at + int(recipe[0])
		end := start + int(recipe[1])
		if end > size || start == end && recipe[2]%4 < 2 {
			break
		}
		edits = append(edits, Edit{Start: start, End: end, With: []string{"", " ", "[MASK]", "é\n"}[recipe[2]%4]})
		if at = end; recipe[1] == 0 {
			at++ // two insertions at one place are one
		}
	}
	return edits
}

func withinOne(d *Document, e Edit) bool {
	for _, t := range d.Turns {
		if t.Start <= e.Start && e.End <= t.End {
			return true
		}
	}
	return false
}
