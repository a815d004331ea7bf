package filters

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tamis/document"
	"tamis/step"
)

// Votes judges documents by what several annotators said of them.
var Votes = step.Spec{
	Name: "votes",
	Doc: "Finds the majority among the votes of several annotators, and keeps documents of which enough of them say the same; the others are dropped, " +
		"or sent back: written to review/ in the run directory. A vote is a word, a number, or true or false; 1 and 1.0 are the same, and null or an empty string is none. " +
		"Of equally frequent labels the least is the majority: numbers by their value, then words by their bytes. A document without votes has the value 0 for every rule.",
	Source: "Fleiss 1971, Measuring nominal scale agreement among many raters, for pairs; Krippendorff 2011, Computing Krippendorff's alpha-reliability, for alpha",
	Rules: []step.Rule{
		{Name: "votes", Unit: "votes", Min: 2, Max: step.NoMax, Scale: step.Log, Doc: "Votes on the document."},
		{Name: "agreement", Unit: "share of votes", Min: 0.6, Max: step.NoMax, Scale: step.Share, Column: true,
			Doc: "Votes for the majority by all votes; 0 where there is none."},
		{Name: "lead", Unit: "share of votes", Min: step.NoMin, Max: step.NoMax, Scale: step.Share,
			Doc: "How far the majority lies before the label behind it; 0 for a tie."},
		{Name: "pairs", Unit: "share of pairs", Min: step.NoMin, Max: step.NoMax, Scale: step.Share,
			Doc: "Pairs of votes that agree by all pairs, Fleiss' P of a document; 0 where there are fewer than two votes."},
		{Name: "spread", Unit: "difference", Min: step.NoMin, Max: step.NoMax, Scale: step.Log,
			Doc: "Difference between the largest and the smallest vote that is a number; 0 where there is none."},
	},
	Labels: []step.Label{{Name: "majority", Doc: "The label with the most votes.", Column: true}},
	New:    func() step.Settings { return new(votesSettings) },
}

// Places of the rules of Votes.
const (
	votesNumber = iota
	votesAgreement
	votesLead
	votesPairs
	votesSpread
)

type votesSettings struct {
	Fields    []string `yaml:"fields" doc:"members of the record that hold one vote each"`
	List      string   `yaml:"list" doc:"member of the record that holds a list of votes, beside fields or in place of them"`
	Label     string   `yaml:"label" doc:"where the list is one of objects: the member of each that holds the vote"`
	Review    bool     `yaml:"review" doc:"whether documents outside of the bounds are sent back instead of dropped"`
	DropBelow float64  `yaml:"drop_below" doc:"with review: agreement below which a document with enough votes is dropped all the same"`
	GiveUp    int      `yaml:"give_up" doc:"with review: number of votes from which on a document outside of the bounds is dropped all the same; 0 is never"`
	Alpha     bool     `yaml:"alpha" doc:"whether Krippendorff's alpha of all documents is noted in the report; takes one more scan"`
}

// Build checks that there are votes to count.
func (s *votesSettings) Build(env *step.Env) (any, error) {
	switch {
	case len(s.Fields) == 0 && s.List == "":
		return nil, faultf("fields", "name the members that hold votes, or the list of them")
	case s.Label != "" && s.List == "":
		return nil, faultf("label", "there is no list whose objects could have it")
	case !(s.DropBelow >= 0 && s.DropBelow <= 1):
		return nil, faultf("drop_below", "a share of %v is impossible: one lies between 0 and 1", s.DropBelow)
	case s.GiveUp < 0:
		return nil, faultf("give_up", "%d votes are impossible", s.GiveUp)
	case !s.Review && (s.DropBelow > 0 || s.GiveUp > 0):
		return nil, faultf("review", "without it, all that lies outside of the bounds is dropped anyway")
	}
	v := &votes{settings: s, names: map[string]string{}}
	if s.Alpha {
		return &votesOfAll{votes: v}, nil
	}
	return v, nil
}

func faultf(key, format string, args ...any) error {
	return &step.Fault{Key: key, Err: fmt.Errorf(format, args...)}
}

// votes is the step in one worker.
type votes struct {
	settings *votesSettings
	names    map[string]string // labels that have been seen, by themselves
	list     listReader
	cast     []vote
	word     []byte // scratch
}

// A vote is one, and its number if it is one.
type vote struct {
	label  string
	number float64
	isNum  bool
}

// mostNames bounds the labels that are kept to spare their copying.
const mostNames = 4096

// Fork returns the same step for another worker.
func (v *votes) Fork() step.Local { return &votes{settings: v.settings, names: map[string]string{}} }

// Judge counts the votes.
func (v *votes) Judge(d *document.Document, m *step.Meter) step.Verdict {
	v.read(d)
	t := tallyVotes(v.cast)
	m.Labels[0] = t.majority
	for i, value := range [...]float64{votesNumber: float64(len(v.cast)), votesAgreement: t.agreement, votesLead: t.lead,
		votesPairs: t.pairs, votesSpread: t.spread} {
		if !m.Hold(i, value) {
			break
		}
	}
	verdict := m.Verdict()
	verdict.Review = verdict.Removed && v.sendsBack(len(v.cast), t.agreement, &m.Rules[votesNumber])
	return verdict
}

// sendsBack says whether more annotators may still settle what a document is.
func (v *votes) sendsBack(n int, agreement float64, enough *step.Rule) bool {
	s := v.settings
	switch {
	case s.GiveUp > 0 && n >= s.GiveUp:
		return false
	case (enough.Off || enough.Keeps(float64(n))) && agreement < s.DropBelow:
		return false
	}
	return s.Review
}

// read collects the votes of a document, sorted.
func (v *votes) read(d *document.Document) {
	v.cast = v.cast[:0]
	if d.Fields == nil {
		return
	}
	for _, f := range v.settings.Fields {
		if value, ok := d.Fields.Lookup(d, f); ok {
			v.add(value)
		}
	}
	if v.settings.List != "" {
		if value, ok := d.Fields.Lookup(d, v.settings.List); ok && value.Kind == document.Other {
			v.list.each(value.Str, v.settings.Label, v.add)
		}
	}
	slices.SortFunc(v.cast, compareVotes)
}

func (v *votes) add(value document.Value) {
	switch value.Kind {
	case document.Bool:
		v.cast = append(v.cast, vote{label: strconv.FormatBool(value.Num != 0)})
	case document.Number:
		v.addNumber(value.Num)
	case document.String:
		if s := strings.TrimSpace(value.Str); s != "" {
			if x, ok := numberOf(s); ok {
				v.addNumber(x)
				return
			}
			v.word = append(v.word[:0], s...)
			v.cast = append(v.cast, vote{label: v.name(v.word)})
		}
	}
}

// numberOf returns the number that a string writes; "nan", "inf" and what has a plus are
// words. Most words are known by how they begin: the parser allocates memory for its
// complaint.
func numberOf(s string) (x float64, ok bool) {
	if first := strings.TrimPrefix(s, "-"); first == "" || !isDigit(first[0]) && first[0] != '.' {
		return 0, false
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil && x-x == 0
}

// addNumber adds a vote that is a number. One that is too great for arithmetic is a
// word, and there is but one zero.
func (v *votes) addNumber(x float64) {
	if x == 0 {
		x = 0 // of -0, too
	}
	var buf [32]byte
	v.cast = append(v.cast, vote{v.name(strconv.AppendFloat(buf[:0], x, 'g', -1, 64)), x, x-x == 0})
}

// name returns a label that outlives the document.
func (v *votes) name(b []byte) string {
	if s, ok := v.names[string(b)]; ok {
		return s
	}
	if len(v.names) >= mostNames {
		clear(v.names)
	}
	s := string(b)
	v.names[s] = s
	return s
}

// compareVotes puts numbers by their value before words by their bytes.
func compareVotes(a, b vote) int {
	switch {
	case a.isNum != b.isNum:
		if a.isNum {
			return -1
		}
		return 1
	case a.isNum && a.number != b.number:
		if a.number < b.number {
			return -1
		}
		return 1
	}
	return strings.Compare(a.label, b.label)
}

// A tally is what the votes on a document add up to.
type tally struct {
	majority                       string
	agreement, lead, pairs, spread float64
}

// tallyVotes counts sorted votes.
func tallyVotes(cast []vote) (t tally) {
	most, second, agree := 0, 0, 0
	for i := 0; i < len(cast); {
		n := 1
		for i+n < len(cast) && cast[i+n].label == cast[i].label {
			n++
		}
		if n > most {
			most, second, t.majority = n, most, cast[i].label
		} else {
			second = max(second, n)
		}
		agree += n * (n - 1)
		i += n
	}
	n := len(cast)
	t.agreement = step.Ratio(most, n)
	t.lead = step.Ratio(most-second, n)
	t.pairs = step.Ratio(agree, n*(n-1))
	for i := range cast {
		if cast[i].isNum {
			t.spread = cast[i].number - cast[0].number // numbers come first, ascending
		}
	}
	return t
}
