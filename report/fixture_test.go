package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"tamis/document"
	"tamis/shards"
	"tamis/stats"
	"tamis/step"
)

// hostile is what a name or a text may try.
const hostile = `</style></title><script>alert("x")</script><img src=x onerror=alert(1)> ' " {{.}} javascript:alert(1)` + "\x00\u202e"

var steps = []stats.Step{
	{Name: "normalize", Signals: 0, Rules: []step.Rule{
		{Name: "control", Unit: "edits", Doc: "Control characters taken out.", Min: step.NoMin, Max: step.NoMax, Scale: step.Log, Edit: true},
	}},
	{Name: "language", Signals: 1, Rules: []step.Rule{
		{Name: "score", Unit: "probability", Doc: "How sure the language is.", Min: 0.65, Max: step.NoMax, Scale: step.Share},
	}},
	{Name: "gopher_quality", Signals: 2, Rules: []step.Rule{
		{Name: "words", Unit: "words", Doc: "Words in the text.", Min: 50, Max: 100_000, Scale: step.Log},
		{Name: "mean_word_length", Unit: "characters", Doc: "Mean length of a word.", Min: 3, Max: 10, Scale: step.Log},
		{Name: "symbols", Unit: "share of words", Doc: "Symbols for each word.", Min: step.NoMin, Max: 0.1, Scale: step.Share},
		{Name: "never", Unit: "words", Doc: "A rule that the recipe has switched off.", Min: 1, Max: step.NoMax, Scale: step.Log, Off: true},
	}},
	{Name: "perplexity", Signals: 6, Rules: []step.Rule{
		{Name: "logarithm", Unit: "nats", Doc: "Logarithm of the perplexity.", Min: step.NoMin, Max: 7.25, Scale: step.Linear},
	}},
	{Name: "minhash", Global: true, Signals: 7, Rules: []step.Rule{
		{Name: "copies", Unit: "documents", Doc: "Documents that are nearly the same and come before it.", Min: step.NoMin, Max: 0, Scale: step.Log},
	}},
}

const vocabulary = `the river runs past a mill and two barns where swallows nest in spring while the town above it
sells bread cheese and wool on market days nobody remembers who built the bridge but every child knows how to cross it`

// madeRun plays documents through the steps above. The sources have telling names but
// for the last one.
func madeRun(documents int, names ...string) *Run {
	shape := stats.Shape{Sources: names, Steps: steps, Labels: []string{"language.label"}, Samples: 2, Seed: 7}
	s := stats.New(shape)
	r := rand.New(rand.NewPCG(11, 12))
	run := &Run{Name: "web-english", Version: "1.0.0", PlanHash: strings.Repeat("0123456789abcdef", 4), Stats: s}
	for i, name := range names {
		run.Sources = append(run.Sources, shards.Source{Name: name, Files: []shards.File{{Path: fmt.Sprintf("data/%d-a.jsonl", i)}, {Path: fmt.Sprintf("data/%d-b.parquet", i)}}})
	}
	for i := range documents {
		source := i % len(names)
		if r.IntN(60) == 0 {
			s.Quarantined(source, document.Place{File: uint32(2 * source), Record: int64(i)}, 1, fmt.Sprintf(`line of %d bytes: invalid character %q`, i, "x"))
			continue
		}
		playOne(s, r, source, i)
	}
	for key, v := range map[string]string{"normalize": "1800", "language": "410", "gopher_quality": "5200", "minhash": "9123", "scan": "16000"} {
		var ms int64
		fmt.Sscan(v, &ms)
		if run.Timing == nil {
			run.Timing = map[string]int64{}
		}
		run.Timing[key] = ms * 1e6
	}
	run.Settings = []Setting{{"name", "web-english"}, {"seed", "42"}, {"sources.0.name", names[0]}, {"steps.gopher_quality.words.min", "50"}, {"steps.gopher_quality.words.max", "100000"}, {"steps.language.keep", "[en]"}}
	run.Domains = []shards.Domain{
		{Domain: "example.org", Documents: 700, Bytes: 90_000, Kept: 650, Steps: []shards.DomainStep{{Step: "quality", Removed: 50}, {Step: "pii", Edited: 4}}},
		{Domain: hostile, Documents: 3, Bytes: 500, Kept: 3},
	}
	run.Facts = map[string][]Fact{"minhash": {{"pairs compared", 4559}, {hostile, 0.5207}}}
	run.Probes = map[string][]Probes{"minhash": {{From: 0.5, To: 0.55, Planted: 40, Found: 3, Expected: 0.0713, Low: 0.0258, High: 0.1986},
		{From: 0.8, To: 0.85, Planted: 50, Found: 49, Confirmed: 49, Expected: 0.9712, Low: 0.895, High: 0.9965}, {From: 0.85, To: 0.9, High: 1}}}
	run.Reads = []Read{{"models/lid.bin", strings.Repeat("ab", 32)}}
	run.Shards = []shards.Shard{{File: "data/train-00000-of-00001.parquet", Rows: 10, Bytes: 123_456}}
	return run
}

// playOne leads one made document through all steps.
func playOne(s *stats.Stats, r *rand.Rand, source, i int) {
	words := strings.Fields(vocabulary)
	n := 15<<r.IntN(7) + r.IntN(60)
	var b strings.Builder
	for range n {
		b.WriteString(words[r.IntN(len(words))] + " ")
	}
	text := b.String()
	if i%97 == 0 {
		text = hostile + text
	}
	d := &document.Document{Place: document.Place{File: uint32(2*source + i%2), Record: int64(i)}, Source: source, ID: fmt.Sprintf("doc-%d", i), Labels: []string{"en"}}
	if i%97 == 0 {
		d.ID, d.URL = hostile, "javascript:alert(1)"
	}
	d.Signals = made(r, n)
	d.SetText(text)
	s.Read(source, text)
	removed := false
	for k := range steps {
		st := &steps[k]
		values := d.Signals[st.Signals : st.Signals+len(st.Rules)]
		s.Judged(source, k, text, values)
		if k == 0 && values[0] > 0 {
			s.Edited(source, 0, []document.Edit{{Start: 0, End: 1, With: ""}}, text, text[1:])
			text = text[1:]
			d.SetText(text)
		}
		if rule := failed(st.Rules, values); rule >= 0 {
			s.Removed(source, k, rule, text)
			removed = true
			break
		}
	}
	if i%3 == 0 {
		s.Sample(d, d.Text(), removed)
	}
	if !removed {
		s.Kept(source, text)
	}
}

// made returns values for all rules. They are quotients of integers, so that they are
// the same on every machine.
func made(r *rand.Rand, words int) []float64 {
	bell := func() int { return r.IntN(100) + r.IntN(100) + r.IntN(100) }
	return []float64{
		float64(r.IntN(3) / 2),
		float64(max(r.IntN(1000), r.IntN(1000))) / 1000,
		float64(words),
		float64(200+min(r.IntN(1200), r.IntN(1200), r.IntN(1200))) / 80,
		float64(max(0, bell()-130)) / 1000,
		math.NaN(),
		float64(bell()) / 35,
		float64(r.IntN(8) / 7 * r.IntN(40)),
	}
}

func failed(rules []step.Rule, values []float64) int {
	for i := range rules {
		if !rules[i].Off && !rules[i].Edit && !rules[i].Keeps(values[i]) {
			return i
		}
	}
	return -1
}
