package filters

import (
	"math"
	"strings"
	"testing"

	"tamis/step"
	"tamis/text"
)

// unigramSlow is the definition over maps, as datatrove has it.
func unigramSlow(corpus []string, s string) float64 {
	counts, all := map[string]float64{}, 0.0
	for _, c := range corpus {
		for _, w := range strings.Fields(strings.ToLower(c)) {
			counts[w]++
			all++
		}
	}
	words := strings.Fields(strings.ToLower(s))
	if len(words) == 0 {
		return 0
	}
	sum := 0.0
	for _, w := range words {
		p := 1e-9
		if counts[w] > 0 {
			p = counts[w] / all
		}
		sum += math.Log(p)
	}
	return sum / float64(len(words))
}

func TestUnigram(t *testing.T) {
	corpus := drawnTexts(6, 200)
	_, file := tableOf(t, corpus, 1000, 0)
	local, err := (&unigramSettings{Reference: "r"}).Build(&step.Env{Splitter: text.Whitespace, Open: opener(map[string]string{"r": string(file)})})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(drawnTexts(7, 200), "", "unseen", "word0 WORD0 unseen", " \n") {
		got := judgeSplit(&Unigram, local.(step.Local), Unigram.Rules, text.Whitespace, s).values["mean_log_probability"]
		if want := unigramSlow(corpus, s); math.Abs(got-want) > 1e-12 {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}
