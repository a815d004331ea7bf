package dedup

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tamis/document"
	"tamis/step"
)

// The rules of lines.
const (
	ruleLinesRemoved = iota
	ruleLinesLeft
	ruleShareRemoved
)

// Lines removes lines that many documents have.
var Lines = step.Spec{
	Name: "lines",
	Doc: "Removes lines that stand in the corpus too often: menus, legal notices, other boilerplate. Lines are compared by a hash of 64 bits " +
		"of what normalize makes of them. The exact mode sorts all hashes; the mode bloom goes through the documents in the order of the input and removes each line that a Bloom filter " +
		"has seen before, and one in 1/rate that it has not.",
	Source: "Wenzek et al. 2020 (CCNet), section 3.2; Grattafiori et al. 2024 (Llama 3), section 3.1.1; Raffel et al. 2020 (C4), section 2.2; Soldaini et al. 2024 (Dolma)",
	Rules: []step.Rule{
		{Name: "lines_removed", Unit: "lines", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Edit: true,
			Doc: "Lines removed from a document."},
		{Name: "lines_left", Unit: "lines", Min: 1, Max: step.NoMax, Scale: step.Log,
			Doc: "Lines that stay in a document."},
		{Name: "share_removed", Unit: "share of lines", Min: step.NoMin, Max: step.NoMax, Scale: step.Share,
			Doc: "Lines removed from a document, as a share of its lines."},
	},
	New: func() step.Settings {
		return &LinesSettings{Normalize: "ccnet", Max: 6, Count: "occurrences", Keep: []string{"none"}, Mode: modeExact, Rate: 1e-6, Date: "date"}
	},
}

// Modes of remembering what was seen.
const (
	modeExact = "exact"
	modeBloom = "bloom"
)

var modes = map[string]bool{modeExact: true, modeBloom: true}

// LinesSettings are what a recipe may set in lines.
type LinesSettings struct {
	Preset    string   `yaml:"preset" doc:"ccnet, llama3, c4 or dolma: the settings that do what the published program does; a setting beside it wins"`
	Normalize string   `yaml:"normalize" doc:"how a line is prepared: ccnet (stripped, lower case, digits 0, no marks), c4 (stripped, lower case), space, words, none"`
	Max       int      `yaml:"max" doc:"how often a line may stand in a bucket; of a line seen more often all copies go, or all but one"`
	Count     string   `yaml:"count" doc:"what max counts: occurrences or documents"`
	Keep      []string `yaml:"keep" doc:"which copy of a line seen too often stays: none, or as in minhash, such as [first]; url_md5 is C4's order"`
	Repeats   bool     `yaml:"repeats" doc:"within a document the second and later copies of a line go in any case"`
	Blank     bool     `yaml:"blank" doc:"blank lines are lines like others"`
	Bucket    int      `yaml:"bucket" doc:"documents that are compared with each other, in the order of the input; 0 is all"`
	Mode      string   `yaml:"mode" doc:"exact, or bloom: less to sort, for a filter in memory"`
	Rate      float64  `yaml:"rate" doc:"mode bloom: share of new lines that may be taken for seen"`
	Date      string   `yaml:"date" doc:"field that newest and oldest look at"`

	Earlier
}

var linePresets = map[string]LinesSettings{
	"ccnet":  {Normalize: "ccnet", Max: 1, Count: "documents", Keep: []string{"none"}, Repeats: true, Blank: true},
	"llama3": {Normalize: "ccnet", Max: 6, Count: "occurrences", Keep: []string{"none"}, Bucket: 30_000_000},
	"c4":     {Normalize: "c4", Max: 1, Count: "occurrences", Keep: []string{"url_md5"}, Blank: true},
	"dolma":  {Normalize: "none", Max: 1, Count: "occurrences", Keep: []string{"first"}, Mode: modeBloom},
}

// applyPreset takes over the settings of the preset of which the recipe has none of its
// own. They become a part of the plan.
func (s *LinesSettings) applyPreset(env *step.Env) error {
	if s.Preset == "" {
		return nil
	}
	p, ok := linePresets[s.Preset]
	if !ok {
		return unknown("preset", s.Preset, linePresets)
	}
	d := Lines.New().(*LinesSettings)
	choose(env, "normalize", &s.Normalize, d.Normalize, p.Normalize)
	choose(env, "max", &s.Max, d.Max, p.Max)
	choose(env, "count", &s.Count, d.Count, p.Count)
	choose(env, "repeats", &s.Repeats, false, p.Repeats)
	choose(env, "blank", &s.Blank, false, p.Blank)
	choose(env, "bucket", &s.Bucket, 0, p.Bucket)
	if p.Mode != "" {
		choose(env, "mode", &s.Mode, d.Mode, p.Mode)
	}
	if slices.Equal(s.Keep, d.Keep) && !env.Wrote("keep") {
		s.Keep = p.Keep
	}
	return nil
}

func (s *LinesSettings) check() error {
	counts := map[string]bool{"occurrences": true, "documents": true}
	switch {
	case normalizers[s.Normalize] == nil:
		return unknown("normalize", s.Normalize, normalizers)
	case s.Max < 1:
		return &step.Fault{Key: "max", Err: fmt.Errorf("%d, at least 1 is possible", s.Max)}
	case !counts[s.Count]:
		return unknown("count", s.Count, counts)
	case s.Bucket < 0:
		return &step.Fault{Key: "bucket", Err: fmt.Errorf("%d documents", s.Bucket)}
	case s.Bucket > 0 && len(s.Against) > 0:
		return &step.Fault{Key: "against", Err: errors.New("not together with bucket: buckets are documents of this run alone")}
	case !modes[s.Mode]:
		return unknown("mode", s.Mode, modes)
	case s.Mode == modeBloom && (s.Max != 1 || s.Count != "occurrences" || strings.Join(s.Keep, " ") != "first"):
		return &step.Fault{Key: "mode", Err: errors.New("a Bloom filter can only tell whether a line was seen: set max: 1, count: occurrences, keep: [first]")}
	}
	return checkRate(s.Rate)
}

func checkRate(rate float64) error {
	if rate < 1e-15 || rate > 0.5 {
		return &step.Fault{Key: "rate", Err: fmt.Errorf("%v, from 1e-15 to 0.5 are possible", rate)}
	}
	return nil
}

// Build makes the step.
func (s *LinesSettings) Build(env *step.Env) (any, error) {
	if err := s.applyPreset(env); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	l := &lines{name: env.Name, LinesSettings: *s, rules: env.Rules, none: strings.Join(s.Keep, " ") == "none"}
	names := s.Keep
	if l.none {
		names = nil
	}
	var err error
	if l.keep, err = shortKeeping(names, s.Date, env); err != nil {
		return nil, err
	}
	l.epoch = epoch{shared: []agreed{{"normalize", s.Normalize}, {"blank", fmt.Sprint(s.Blank)}}, keep: l.keep, leads: true}
	if err := l.epoch.open(env, s.Earlier); err != nil {
		return nil, err
	}
	return l, nil
}

// shortKeeping reads the setting keep of a step that has a key for each line: the key must
// be short.
func shortKeeping(names []string, date string, env *step.Env) (*keeping, error) {
	k, err := newKeeping(names, date, env)
	if err == nil && k.size > 64 {
		err = &step.Fault{Key: "keep", Err: errors.New("too many, up to 64 bytes of key are possible")}
	}
	return k, err
}

// lines is the step lines, ready to run.
type lines struct {
	name string
	LinesSettings
	rules []step.Rule
	none  bool // no copy stays
	keep  *keeping
	epoch epoch
}

// Edits reports that texts change.
func (l *lines) Edits() bool { return true }

// Apply removes lines from d, and d where too little of it stays.
func (l *lines) Apply(d *document.Document, decision []byte, m *step.Meter) step.Verdict {
	return applyLines(d, decision, m)
}
