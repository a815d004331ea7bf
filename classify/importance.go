package classify

import (
	"errors"
	"fmt"
	"slices"

	"tamis/document"
	"tamis/step"
)

// Importance draws documents by how much they resemble a target source.
var Importance = step.Spec{
	Name: "importance",
	Doc: "Data selection with importance resampling: draws documents, without replacement, by how much likelier their words and pairs of words are in a target source " +
		"than in the rest of the corpus. The documents of the target source stay and are not measured. The draw depends on the seed and the place of a document alone. " +
		"variant: dsir does exactly what the published program does, which has its defects: the weight is a sum over the document, so that long documents are drawn or left for certain and the noise has no say; " +
		"a bucket that the target lacks costs as much as ln 1e-8; the corpus is fitted on its first documents where it is large; short documents are dropped; and SHA-256 is slow. " +
		"variant: mean, the default, weighs by the mean over the document, counts each bucket once more than it was seen, and fits on all documents.",
	Source: "Xie et al. 2023 (DSIR), arXiv:2302.03169, and the program data-selection, hashed_ngram_dsir.py and base.py; Kool et al. 2019, arXiv:1903.06059, for top-k with Gumbel noise",
	Rules: []step.Rule{
		{Name: "length", Unit: "words", Min: step.NoMin, Max: step.NoMax, Scale: step.Log,
			Doc: "Words and runs of marks, worked out of the number of features; the variant dsir asks for 100 at least. Shorter documents are not ranked."},
		{Name: "weight", Unit: "log weight", Min: step.NoMin, Max: step.NoMax, Scale: step.Linear, Column: true,
			Doc: "Logarithm of the importance weight, without the noise."},
		{Name: "rank", Unit: "share", Min: step.NoMin, Max: 0.1, Scale: step.Share, Column: true,
			Doc: "Share of the ranked documents whose weight with its noise is at least as high, this one among them."},
		{Name: "place", Unit: "documents", Min: step.NoMin, Max: step.NoMax, Scale: step.Log,
			Doc: "Number of the ranked documents whose weight with its noise is at least as high, this one among them: place: {max: 5000}, rank: off draws 5000."},
	},
	New: func() step.Settings {
		return &ImportanceSettings{Variant: variantMean, Buckets: 10000, Features: 100}
	},
}

// Places of the rules of Importance.
const (
	ruleLength = iota
	ruleWeight
	ruleRank
	rulePlace
)

// Variants of the weight.
const (
	variantMean = "mean"
	variantDSIR = "dsir"
)

// ImportanceSettings are the settings of Importance.
type ImportanceSettings struct {
	Target   []string `yaml:"target" doc:"names of the sources that the documents drawn are to resemble"`
	Variant  string   `yaml:"variant" doc:"mean, or dsir for the published program's weights"`
	Buckets  int      `yaml:"buckets" doc:"buckets that words and pairs of words are hashed into"`
	Features float64  `yaml:"features" doc:"variant mean: documents are weighed as if each had so many words and pairs of words; more makes the draw stricter"`
	Fit      int64    `yaml:"fit" doc:"variant dsir: words and pairs of words that the corpus is fitted on, from its beginning; 0 is 100,000 for each bucket, as in the program"`
	TopK     bool     `yaml:"top_k" doc:"take the highest weights, without noise"`
}

// mostBuckets bounds what each worker holds to 64 MiB.
const mostBuckets = 1 << 24

// Build makes the step.
func (s *ImportanceSettings) Build(env *step.Env) (any, error) {
	fault := func(key, format string, args ...any) error {
		return &step.Fault{Key: key, Err: fmt.Errorf(format, args...)}
	}
	t := &importance{rules: env.Rules, dsir: s.Variant == variantDSIR, buckets: s.Buckets, features: s.Features, fit: uint64(max(s.Fit, 0)), noise: !s.TopK, seed: env.Seed}
	t.target = make([]bool, len(env.Sources))
	for _, name := range s.Target {
		i := slices.Index(env.Sources, name)
		if i < 0 {
			return nil, fault("target", "no source is called %q: there are %s", name, few(env.Sources, 20))
		}
		t.target[i] = true
	}
	switch {
	case len(s.Target) == 0:
		return nil, &step.Fault{Key: "target", Err: errors.New("no source is named")}
	case !slices.Contains(t.target, false):
		return nil, fault("target", "all sources are named: there is nothing to draw from")
	case !t.dsir && s.Variant != variantMean:
		return nil, fault("variant", "%q is none of mean, dsir", s.Variant)
	case s.Buckets < 2 || s.Buckets > mostBuckets:
		return nil, fault("buckets", "%d buckets are impossible: 2 to %d are possible", s.Buckets, mostBuckets)
	case !(s.Features > 0 && s.Features <= 1e6):
		return nil, fault("features", "%v is no number of features: more than 0, at most 1e6", s.Features)
	case s.Fit < 0:
		return nil, fault("fit", "%d features cannot be fitted on: 0 is the program's number", s.Fit)
	}
	if t.fit == 0 {
		t.fit = 100_000 * uint64(s.Buckets)
	}
	if t.dsir && env.Rules[ruleLength].Min == step.NoMin {
		env.Rules[ruleLength].Min = 100
	}
	return t, nil
}

// importance weighs documents.
type importance struct {
	rules    []step.Rule
	target   []bool // by source
	dsir     bool
	buckets  int
	features float64
	fit      uint64
	noise    bool
	seed     uint64
}

// Edits reports that no text is changed.
func (t *importance) Edits() bool { return false }

// Sketcher returns a sketcher with counters of its own.
func (t *importance) Sketcher() step.Sketcher {
	return &importanceSketcher{step: t, grams: newGramCounter(t.buckets, t.dsir)}
}

// Apply holds the values of a decision against their bounds.
func (t *importance) Apply(_ *document.Document, decision []byte, m *step.Meter) step.Verdict {
	if len(decision) != importanceDecision {
		return m.Verdict()
	}
	for i, v := range decidedValues(decision) {
		if i >= ruleRank && v == 0 { // not ranked
			break
		}
		if !m.Hold(i, v) {
			break
		}
	}
	return m.Verdict()
}

// removes says what Apply will say.
func (t *importance) removes(decision []byte) bool {
	for i, v := range decidedValues(decision) {
		if i >= ruleRank && v == 0 {
			return false
		}
		if r := &t.rules[i]; !r.Off && !r.Keeps(v) {
			return true
		}
	}
	return false
}
