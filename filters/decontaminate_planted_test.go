package filters

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// allBenchmarks are all nine evaluation sets.
func allBenchmarks() []string { return append([]string{"gsm8k.train"}, benchmarkSets...) }

var benchmarkSteps = map[string]*decontaminator{}

// benchmarkStep is the step against all nine sets, made once for each method.
func benchmarkStep(t testing.TB, method string) *decontaminator {
	needBenchmarks(t)
	if benchmarkSteps[method] == nil {
		benchmarkSteps[method] = newDecontaminate(t, func(s *DecontaminateSettings) { s.Method, s.Sets = method, benchmarkFiles(allBenchmarks()...) })
	}
	return benchmarkSteps[method].Fork().(*decontaminator)
}

// plantings are the forms in which examples are planted. W is the question and the
// answer.
var plantings = []struct {
	name string
	form func(w string, random *rand.Rand) string
}{
	{"verbatim", func(w string, _ *rand.Rand) string { return w }},
	{"upper case", func(w string, _ *rand.Rand) string { return strings.ToUpper(w) }},
	{"title case", func(w string, _ *rand.Rand) string { return pythonTitle(w) }},
	{"marks to blanks", func(w string, _ *rand.Rand) string { return replaceMarks(w, func(rune) string { return " " }) }},
	{"marks doubled", func(w string, _ *rand.Rand) string {
		return replaceMarks(w, func(r rune) string { return string(r) + string(r) + " " })
	}},
	{"commas between words", func(w string, _ *rand.Rand) string { return strings.Join(strings.Fields(w), ", ") }},
	{"lines wrapped", func(w string, _ *rand.Rand) string { return strings.Join(strings.Fields(w), "\n") }},
	{"10 % of words changed", changeWords},
}

// changeWords replaces one of ten words of w, each by chance.
func changeWords(w string, random *rand.Rand) string {
	words := strings.Fields(w)
	for i := range words {
		if random.Float64() < changed {
			words[i] = fmt.Sprintf("qzx%d", i)
		}
	}
	return strings.Join(words, " ")
}

const changed = 0.1

// chanceOfRun returns the chance that a row of words keeps a stretch of at least need
// of them when each token, of sizes words, is changed by chance. A changed token is a
// word that stands nowhere else.
func chanceOfRun(sizes []int, need int) float64 {
	at := map[int]float64{0: 1} // chance of each length of the stretch at hand, none so long before
	for _, size := range sizes {
		next := map[int]float64{}
		for length, p := range at {
			next[0] += p * changed
			if length+size < need {
				next[length+size] += p * (1 - changed)
			}
		}
		at = next
	}
	missed := 0.0
	for _, p := range at {
		missed += p
	}
	return 1 - missed
}

// Planted examples of all sets are found wherever a long enough stretch of their words
// stayed whole, and nowhere else; where words are changed by chance, as often as the
// length of the stretch predicts.
func TestPlanted(t *testing.T) {
	hosts, _ := madeProse(400 << 10)
	for _, method := range []string{"longest", "gpt3", "either"} {
		d := benchmarkStep(t, method)
		for _, host := range hosts {
			if got := d.judge(host); got.values[overlapHits] != 0 {
				t.Errorf("%s: a made text has %v hits", method, got.values[overlapHits])
			}
		}
		first := 0 // example of the set in the index
		for _, set := range allBenchmarks() {
			questions := questionsOf(t, set)
			p := plantingOf{d: d, set: set, hosts: hosts, random: rand.New(rand.NewPCG(5, uint64(first)))}
			for i := 0; i < len(questions); i += max(1, len(questions)/30) {
				p.plant(t, questions[i], d.finder.index.examples[first+i])
			}
			p.report(t, method)
			first += len(questions)
		}
	}
}

// A plantingOf plants the examples of one set.
type plantingOf struct {
	d        *decontaminator
	set      string
	hosts    []string
	random   *rand.Rand
	planted  int
	findable int
	found    [8]int
	expected float64 // of the last form
	variance float64
}

func (p *plantingOf) plant(t *testing.T, q question, e example) {
	p.planted++
	if e.words > 0 {
		p.findable++
	}
	f := &p.d.finder
	need := min(f.needs.match, int(e.longest))
	want := wordsSlow(f.index.folding.name, q.whole())
	for i, form := range plantings {
		passage := form.form(q.whole(), p.random)
		host := p.hosts[p.random.IntN(len(p.hosts))]
		at := strings.IndexByte(host[len(host)/2:], ' ') + len(host)/2
		got := p.d.judge(host[:at] + "\n\n" + passage + "\n\n" + host[at:])
		longest, covered := overlapSlow(wordsSlow(f.index.folding.name, passage), [][]string{want}, f.index.ngram, p.evidence)
		enough := f.needs.ratio > 0 && float64(covered) >= f.needs.ratio*float64(e.words)
		predicted, found := e.words > 0 && (longest >= need || enough), false
		for _, o := range f.found {
			if e2 := &f.index.examples[o.example]; o.counts && e2.id == e.id && e2.set == e.set {
				found = true
			}
		}
		if predicted && !found && got.values[overlapExamples] >= maxPlaces {
			found = true // by n-grams of more examples than are kept of one
		}
		if found != predicted {
			t.Errorf("%s, %s, %s: found is %v, though %d words of %d stayed in a row, and %d of %d in n-grams (%v)", p.set, q.id, form.name, found, longest, need, covered, e.words, got.values)
		}
		if found {
			p.found[i]++
		}
	}
	if e.words > 0 {
		var sizes []int
		for _, token := range strings.Fields(q.whole()) {
			sizes = append(sizes, len(wordsSlow(f.index.folding.name, token)))
		}
		chance := chanceOfRun(sizes, need)
		p.expected += chance
		p.variance += float64(chance * (1 - chance))
	}
}

// evidence reports whether an n-gram is not common.
func (p *plantingOf) evidence(gram []string) bool {
	ix := p.d.finder.index
	var l wordList
	l.read(ix.folding, strings.Join(gram, " "))
	number, ok := ix.find(mixGram(ix.roll.first(l.hashes)))
	return ok && !ix.isCommon(number)
}

// report prints how many were found, and compares those with changed words with what
// was to be expected of a stretch of words.
func (p *plantingOf) report(t *testing.T, method string) {
	row := fmt.Sprintf("%-8s %-18s %3d planted, %3d long enough:", method, p.set, p.planted, p.findable)
	for i, form := range plantings {
		row += fmt.Sprintf(" %s %d;", form.name, p.found[i])
	}
	last := p.found[len(plantings)-1]
	if method == "either" {
		t.Log(row)
		return
	}
	t.Logf("%s expected %.1f", row, p.expected)
	if off := math.Abs(float64(last) - p.expected); off > 4*math.Sqrt(p.variance)+0.5 {
		t.Errorf("%s, %s: %d of %d found where words are changed, expected %.1f", method, p.set, last, p.planted, p.expected)
	}
	if method == "longest" {
		for i := range plantings[:len(plantings)-1] {
			if p.found[i] != p.findable {
				t.Errorf("%s, %s: %d of %d found", p.set, plantings[i].name, p.found[i], p.findable)
			}
		}
	}
}

// Clean texts have no overlap. What they share with a set is printed, to be read.
func TestCleanTexts(t *testing.T) {
	d := benchmarkStep(t, "either")
	file := sharedFile("data", "wikipedia-passages", "passages.jsonl.zst")
	if _, err := os.Stat(file); err != nil {
		t.Skip("no passages at", file)
	}
	texts, touched := 0, 0
	eachLine(t, file, func(_ int, line []byte) {
		var r struct{ ID, Title, Text string }
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		texts++
		got := d.judge(r.Text)
		if got.values[overlapHits] == 0 {
			return
		}
		touched++
		best := d.finder.best()
		t.Logf("%s: %s", r.Title, d.finder.describe(best, r.Text))
		if got.verdict.Removed {
			t.Errorf("%s is removed for %s, %s", r.Title, got.set, got.example)
		}
	})
	t.Logf("%d of %d passages share 8 words in a row with an example, none overlaps one", touched, texts)
	if texts < 7000 {
		t.Errorf("%d passages were read", texts)
	}
}
