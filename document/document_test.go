package document

import (
	"bytes"
	"math"
	"testing"
)

func sample() *Document {
	d := &Document{Place: Place{File: 3, Record: 1 << 40}, Source: 2, ID: "a", URL: "http://x", Rest: []byte(`{"k":1}`), Form: 1,
		Signals: []float64{1.5, math.NaN(), -0.25}, Labels: []string{"en", ""}}
	d.SetText("one two")
	return d
}

func TestAppendDecode(t *testing.T) {
	carry := []int{0, 1, 2}
	want := Append(nil, sample(), carry)
	got := &Document{Signals: make([]float64, 3), Labels: make([]string, 2)}
	rest, err := Decode(append(want, "tail"...), got, carry)
	if err != nil || string(rest) != "tail" {
		t.Fatalf("rest %q, error %v", rest, err)
	}
	if again := Append(nil, got, carry); !bytes.Equal(again, want) {
		t.Errorf("a decoded document is not the one that was appended:\n got %q\nwant %q", again, want)
	}
	if got.Text() != "one two" || got.Signals[2] != -0.25 || !math.IsNaN(got.Signals[1]) {
		t.Errorf("text %q, signals %v", got.Text(), got.Signals)
	}
}

func TestDecodeOfEveryPrefix(t *testing.T) {
	whole := Append(nil, sample(), []int{0, 2})
	for n := range whole {
		d := &Document{Signals: make([]float64, 3), Labels: make([]string, 2)}
		if _, err := Decode(whole[:n], d, []int{0, 2}); err == nil {
			t.Errorf("the first %d of %d bytes decode without an error", n, len(whole))
		}
	}
}

func TestRewrite(t *testing.T) {
	for _, c := range []struct {
		edits []Edit
		want  string
	}{
		{nil, "one two three"},
		{[]Edit{{Start: 0, End: 4}}, "two three"},
		{[]Edit{{Start: 3, End: 3, With: ","}, {Start: 8, End: 13, With: "3"}}, "one, two 3"},
		{[]Edit{{Start: 0, End: 13}}, ""},
	} {
		var d Document
		d.SetText("one two three")
		d.Rewrite(c.edits)
		if d.Text() != c.want || d.View().Text() != c.want {
			t.Errorf("after %v: %q, the view %q, want %q", c.edits, d.Text(), d.View().Text(), c.want)
		}
	}
}

func TestRewriteTwiceKeepsBothTextsApart(t *testing.T) {
	var d Document
	d.SetText("abcdef")
	d.Rewrite([]Edit{{Start: 0, End: 1}})
	first := d.Text()
	d.Rewrite([]Edit{{Start: 0, End: 1}})
	if first != "bcdef" || d.Text() != "cdef" {
		t.Errorf("got %q, then %q", first, d.Text())
	}
}

func TestRewriteRefusesOverlap(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("overlapping edits were applied")
		}
	}()
	var d Document
	d.SetText("abcdef")
	d.Rewrite([]Edit{{Start: 0, End: 3}, {Start: 2, End: 4}})
}
