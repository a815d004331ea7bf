package dedup

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tamis/document"
	"tamis/step"
)

// MinHash removes near-duplicates.
var MinHash = step.Spec{
	Name: "minhash",
	Doc: "Removes near-duplicates. Two documents are candidates when they share a band of their MinHash signatures; " +
		"candidates are compared by the true Jaccard similarity of their sets of shingles, and are copies where it reaches the threshold. " +
		"A cluster is what is connected by such pairs; one document of it stays. Documents with equal shingles count as one while " +
		"candidates are compared. Of a band shared by more than 64 different documents, each is compared with the 32 before it and the " +
		"first 32; all others are compared with all, so that clusters do not depend on the order of the input. Without verification all candidates " +
		"are copies. A text without a word has no copies.",
	Source: "Broder 1997; signatures by Dahlgaard, Knudsen, Thorup 2017 (arXiv:1704.04370); parameters as in Penedo et al. 2024 (arXiv:2406.17557)",
	Rules:  clusterRules("Jaccard", "Jaccard similarity of a removed document with the copy that stays; of copies connected through others it can lie below the threshold."),
	New: func() step.Settings {
		return &MinHashSettings{Ngram: 5, Unit: unitWords, Normalize: "words", Hash: "xxh3", Family: familyFast, Recall: 0.99,
			Verify: true, Copies: 1, Keep: []string{"longest", "first"}, Date: "date"}
	},
}

// MinHashSettings are what a recipe may set in minhash.
type MinHashSettings struct {
	Preset    string   `yaml:"preset" doc:"datatrove, redpajama or slimpajama: the settings of ngram, unit, normalize, hash, family, bands and rows that give the published program's candidates; the latter two fit bands and rows to the threshold as it does; a setting beside it wins. With verify: false the clusters are the program's, too. nemo has the shingles, bands and rows of NeMo Curator (24 characters, 20 x 13), not its hash functions"`
	Ngram     int      `yaml:"ngram" doc:"units in a shingle"`
	Unit      string   `yaml:"unit" doc:"what shingles are made of: words or characters"`
	Normalize string   `yaml:"normalize" doc:"how a text is prepared: words (runs of letters and digits in lower case; one character where a script has no spaces), splitter (the words that the recipe's splitter finds), space, none, datatrove, redpajama, slimpajama"`
	Hash      string   `yaml:"hash" doc:"of shingles: xxh3, xxh64, xxh32, sha1_64, sha1_32"`
	Family    string   `yaml:"family" doc:"how signatures are made: fast, oph, permutations, go-minhash, datatrove, redpajama, slimpajama"`
	Bands     int      `yaml:"bands" doc:"bands of a signature; 0 lets threshold and recall choose"`
	Rows      int      `yaml:"rows" doc:"values in a band; 0 lets threshold and recall choose"`
	Threshold float64  `yaml:"threshold" doc:"Jaccard similarity from which on documents are copies; 0 is 0.8, or (1/bands)^(1/rows) where bands and rows are given"`
	Recall    float64  `yaml:"recall" doc:"share of the pairs at the threshold that become candidates, where bands and rows are not given"`
	Verify    bool     `yaml:"verify" doc:"compare candidates by their true Jaccard similarity"`
	Copies    int      `yaml:"keep_copies" doc:"how many documents of a cluster stay; 0 removes them all, the best one too"`
	Keep      []string `yaml:"keep" doc:"which copy stays, by the first of these in which copies differ: source, longest, shortest, newest, oldest, field:PATH, a signal such as quality.score (with - before it for the least), first"`
	Date      string   `yaml:"date" doc:"field that newest and oldest look at"`

	Earlier
}

// A preset is the settings of a published program.
type preset struct {
	shape
	family      string
	bands, rows int
	values      int // of the signature, of which the program makes the best of bands and rows for a threshold; 0 where it does not
}

var presets = map[string]preset{
	"datatrove":  {shape{ngram: 5, unit: unitWords, normalize: "datatrove", hash: "xxh64"}, familyDatatrove, 14, 8, 0},
	"redpajama":  {shape{ngram: 13, unit: unitWords, normalize: "redpajama", hash: "sha1_32"}, familyRedPajama, 14, 9, 128},
	"nemo":       {shape{ngram: 24, unit: unitCharacters, normalize: "none", hash: "xxh3"}, familyFast, 20, 13, 0},
	"slimpajama": {shape{ngram: 13, unit: unitCharacters, normalize: "slimpajama", hash: "sha1_32"}, familySlimPajama, 9, 13, 128},
}

// applyPreset takes over the settings of the preset of which the recipe has none of its
// own. They become a part of the plan.
func (s *MinHashSettings) applyPreset(env *step.Env) error {
	if s.Preset == "" {
		return nil
	}
	p, ok := presets[s.Preset]
	if !ok {
		return unknown("preset", s.Preset, presets)
	}
	if p.values > 0 && 0 < s.Threshold && s.Threshold < 1 {
		p.bands, p.rows = optimal(p.values, s.Threshold)
	}
	d := MinHash.New().(*MinHashSettings)
	choose(env, "ngram", &s.Ngram, d.Ngram, p.ngram)
	choose(env, "unit", &s.Unit, d.Unit, p.unit)
	choose(env, "normalize", &s.Normalize, d.Normalize, p.normalize)
	choose(env, "hash", &s.Hash, d.Hash, p.hash)
	choose(env, "family", &s.Family, d.Family, p.family)
	choose(env, "bands", &s.Bands, d.Bands, p.bands)
	choose(env, "rows", &s.Rows, d.Rows, p.rows)
	return nil
}

// choose sets a value that the recipe has left at its default to that of a preset.
func choose[T comparable](env *step.Env, key string, value *T, usual, preset T) {
	if *value == usual && !env.Wrote(key) {
		*value = preset
	}
}

func unknown[V any](key, value string, possible map[string]V) error {
	names := slices.Sorted(maps.Keys(possible))
	return &step.Fault{Key: key, Err: fmt.Errorf("there is no %q; possible are %s", value, strings.Join(names, ", "))}
}

var (
	familyNames = map[string]bool{familyFast: true, familyOPH: true, familyPermutations: true, familyGoMinhash: true,
		familyDatatrove: true, familyRedPajama: true, familySlimPajama: true}
	unitNames = map[string]bool{unitWords: true, unitCharacters: true}
)

// check refuses names and numbers that mean nothing.
func (s *MinHashSettings) check() error {
	_, normalize := normalizers[s.Normalize]
	switch {
	case s.Ngram < 1 || s.Ngram > 1000:
		return &step.Fault{Key: "ngram", Err: fmt.Errorf("%d, from 1 to 1000 are possible", s.Ngram)}
	case !unitNames[s.Unit]:
		return unknown("unit", s.Unit, unitNames)
	case !normalize && s.Normalize != "splitter":
		return unknown("normalize", s.Normalize, normalizers)
	case hashers[s.Hash] == nil:
		return unknown("hash", s.Hash, hashers)
	case !familyNames[s.Family]:
		return unknown("family", s.Family, familyNames)
	}
	return s.checkBands()
}

func (s *MinHashSettings) checkBands() error {
	switch {
	case s.Threshold < 0 || s.Threshold > 1:
		return &step.Fault{Key: "threshold", Err: fmt.Errorf("%v, from 0 to 1 are possible", s.Threshold)}
	case s.Recall <= 0 || s.Recall > 1:
		return &step.Fault{Key: "recall", Err: fmt.Errorf("%v, more than 0 and at most 1 is possible", s.Recall)}
	case (s.Bands == 0) != (s.Rows == 0):
		return &step.Fault{Key: "bands", Err: fmt.Errorf("bands and rows go together: %d x %d", s.Bands, s.Rows)}
	case s.Bands < 0 || s.Rows < 0 || s.Bands > 1000 || s.Rows > 1000 || s.Bands*s.Rows > 20_000:
		return &step.Fault{Key: "bands", Err: fmt.Errorf("%d bands of %d rows; up to 1000 of each and 20000 values are possible", s.Bands, s.Rows)}
	}
	return nil
}

// tune settles bands, rows and threshold.
func (s *MinHashSettings) tune() error {
	if s.Bands > 0 {
		if s.Threshold == 0 {
			s.Threshold = implied(s.Bands, s.Rows)
		}
		return nil
	}
	if s.Threshold == 0 {
		s.Threshold = 0.8
	}
	var err error
	if s.Bands, s.Rows, err = tune(s.Threshold, s.Recall); err != nil {
		return &step.Fault{Key: "recall", Err: err}
	}
	return nil
}

// Build makes the step.
func (s *MinHashSettings) Build(env *step.Env) (any, error) {
	if err := s.applyPreset(env); err != nil {
		return nil, err
	}
	o := *s
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := o.tune(); err != nil {
		return nil, err
	}
	keep, err := newKeeping(o.Keep, o.Date, env)
	if err != nil {
		return nil, err
	}
	policy, err := newPolicy(env, o.Copies)
	if err != nil {
		return nil, err
	}
	m := newMinHash(&o, keep, policy, env)
	m.epoch = epoch{shared: o.shared(env), texts: o.Verify, whole: true, keep: keep}
	if err := m.epoch.open(env, s.Earlier); err != nil {
		return nil, err
	}
	return m, nil
}

// shared lists what sketches depend on.
func (s *MinHashSettings) shared(env *step.Env) []agreed {
	out := []agreed{{"ngram", strconv.Itoa(s.Ngram)}, {"unit", s.Unit}, {"normalize", s.Normalize}, {"hash", s.Hash}, {"family", s.Family},
		{"bands", strconv.Itoa(s.Bands)}, {"rows", strconv.Itoa(s.Rows)}}
	if s.Normalize == "splitter" {
		out = append(out, agreed{"splitter", fmt.Sprint(env.Splitter)})
	}
	if seeded(s.Family) {
		out = append(out, agreed{"seed", strconv.FormatUint(env.Seed, 10)})
	}
	return out
}

func newMinHash(o *MinHashSettings, keep *keeping, p policy, env *step.Env) *minHash {
	s := shape{ngram: o.Ngram, unit: o.Unit, normalize: o.Normalize, hash: o.Hash}
	_, published := presets[o.Normalize]
	s.whole = !published
	narrow := strings.HasSuffix(o.Hash, "32")
	return &minHash{
		shape: s, splitter: env.Splitter, bands: o.Bands, rows: o.Rows, threshold: o.Threshold, verify: o.Verify,
		planted: env.Planted, seed: env.Seed,
		kernel: family(o.Family, o.Bands*o.Rows, env.Seed, narrow), keep: keep, policy: p, name: env.Name,
	}
}

// Apply removes d where it is not the copy of its cluster that stays.
func (m *minHash) Apply(_ *document.Document, decision []byte, meter *step.Meter) step.Verdict {
	return applyDecision(decision, meter)
}

// Member says which cluster a document is in.
func (m *minHash) Member(decision []byte) (step.Membership, bool) {
	out, ok := m.policy.memberOf(decision)
	if ok && out.Band > 0 {
		d, _ := readDecision(decision) // memberOf has read it
		out.Estimate = estimate(d.via.shared(), m.bands, m.rows)
	}
	return out, ok
}

// Edits reports that no text changes.
func (m *minHash) Edits() bool { return false }
