package filters

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"tamis/document"
	"tamis/step"
)

// Fleiss' P of single subjects, from the worked example of 14 raters and 5 categories
// that is widely reprinted: the numbers of votes for each category.
func TestPairsAsFleissHasThem(t *testing.T) {
	for want, counts := range map[string][5]int{
		"1.000": {0, 0, 0, 0, 14}, "0.253": {0, 2, 6, 4, 2}, "0.308": {0, 0, 3, 5, 6}, "0.440": {0, 3, 9, 2, 0}, "0.462": {7, 7, 0, 0, 0},
	} {
		var cast []vote
		for label, n := range counts {
			for range n {
				cast = append(cast, vote{label: string(rune('a' + label))})
			}
		}
		got := tallyVotes(cast).pairs
		if s := strings.TrimSpace(formatThree(got)); s != want {
			t.Errorf("%v: %s, want %s", counts, s, want)
		}
	}
}

func formatThree(x float64) string {
	n := int(math.Round(x * 1000))
	return string([]byte{'0' + byte(n/1000), '.', '0' + byte(n/100%10), '0' + byte(n/10%10), '0' + byte(n%10)})
}

// Krippendorff 2011, section "Nominal data, any number of observers, missing data":
// four observers, twelve units, alpha 0.743.
func TestAlphaAsKrippendorffHasIt(t *testing.T) {
	data := [4]string{"123321412...", "1233224125.3", ".3332342251.", "12332441251."}
	built, err := (&votesSettings{Fields: []string{"a", "b", "c", "d"}, Alpha: true}).Build(&step.Env{Rules: Votes.Rules})
	if err != nil {
		t.Fatal(err)
	}
	global := built.(step.Global)
	var sketches [][]byte
	for unit := range 12 {
		fields := caseFields{}
		for o, name := range []string{"a", "b", "c", "d"} {
			if c := data[o][unit]; c != '.' {
				fields[name] = string(c)
			}
		}
		sketches = append(sketches, global.Sketcher().Sketch(nil, &document.Document{Fields: fields}))
	}
	facts := map[string]float64{}
	if err := global.Resolve(context.Background(), &step.Resolution{
		Documents: 12, Alive: func(uint64) bool { return true }, Note: func(name string, v float64) { facts[name] = v },
		Sketches: func(f func(uint64, []byte) error) error {
			for i, s := range sketches {
				if err := f(uint64(i), s); err != nil {
					return err
				}
			}
			return nil
		},
	}); err != nil {
		t.Fatal(err)
	}
	if facts["documents with two votes or more"] != 11 || formatThree(facts["alpha"]) != "0.743" {
		t.Errorf("facts are %v, want alpha 0.743 of 11 documents", facts)
	}
}

func TestVotesThatAreSentBack(t *testing.T) {
	review := votesSettings{Fields: []string{"a", "b", "c", "d"}, Review: true, DropBelow: 0.4, GiveUp: 4}
	for _, c := range []struct {
		votes           caseFields
		removed, review bool
	}{
		{caseFields{"a": 1, "b": 1}, false, false},
		{caseFields{"a": 1}, true, true},                          // too few
		{caseFields{}, true, true},                                // none yet
		{caseFields{"a": 1, "b": 2}, true, true},                  // a third may settle it
		{caseFields{"a": 1, "b": 2, "c": 3}, true, false},         // agreement below 0.4
		{caseFields{"a": 1, "b": 2, "c": 2, "d": 3}, true, false}, // four have voted
	} {
		built, err := review.Build(&step.Env{Rules: Votes.Rules})
		if err != nil {
			t.Fatal(err)
		}
		m := step.Meter{}
		m.Reset(Votes.Rules, make([]float64, len(Votes.Rules)), make([]string, 1))
		v := built.(step.Local).Judge(&document.Document{Fields: c.votes}, &m)
		if v.Removed != c.removed || v.Review != c.review {
			t.Errorf("%v: %+v", c.votes, v)
		}
	}
}

func TestVotesRefuseSettings(t *testing.T) {
	for want, s := range map[string]votesSettings{
		"fields: name the members":                   {},
		"label: there is no list":                    {Fields: []string{"a"}, Label: "x"},
		"drop_below: a share of 2 is impossible":     {Fields: []string{"a"}, Review: true, DropBelow: 2},
		"give_up: -1 votes are impossible":           {Fields: []string{"a"}, Review: true, GiveUp: -1},
		"review: without it, all that lies outside ": {Fields: []string{"a"}, GiveUp: 3},
	} {
		if _, err := s.Build(&step.Env{Rules: Votes.Rules}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", s, err, want)
		}
	}
}

// The order of the annotators changes nothing.
func TestVotesInAnyOrder(t *testing.T) {
	v := votes{settings: &votesSettings{List: "v"}, names: map[string]string{}}
	want := tally{}
	for i, list := range [][]any{{"b", 2, "a", "2.0", 10, "b"}, {10, "b", 2, "b", 2, "a"}, {"a", "b", "b", 2, 10.0, 2}} {
		v.read(&document.Document{Fields: caseFields{"v": list}})
		got := tallyVotes(v.cast)
		if i == 0 {
			want = got
		}
		if got != want || got.majority != "2" || got.lead != 0 || got.spread != 8 {
			t.Errorf("%v: %+v, want %+v", list, got, want)
		}
	}
}

// There is one zero, and what is beyond all numbers is a word, so that every value of a
// document is a number.
func TestVotesAtTheEndsOfNumbers(t *testing.T) {
	for list, want := range map[string]tally{
		`[0, -0.0, "-0", 1]`:     {"0", 0.75, 0.5, 0.5, 1},
		`[1e400, 1e400, 3, "3"]`: {"3", 0.5, 0, 1.0 / 3, 0},
		`[1e400, 1e400]`:         {"+Inf", 1, 1, 1, 0},
		`["inf", "NaN", "-inf"]`: {"-inf", 1.0 / 3, 0, 0, 0},
	} {
		v := votes{settings: &votesSettings{}, names: map[string]string{}}
		v.list.each(list, "", v.add)
		slices.SortFunc(v.cast, compareVotes)
		if got := tallyVotes(v.cast); got != want {
			t.Errorf("%s: %+v, want %+v", list, got, want)
		}
	}
}
