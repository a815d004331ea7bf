package filters

import (
	"errors"

	"tamis/document"
	"tamis/step"
)

// Unigram removes texts of words that a corpus hardly has.
var Unigram = step.Spec{
	Name: "unigram",
	Doc: "Removes texts of words that a corpus hardly has: the mean natural logarithm of their probabilities, words that occur more often counting more often. Words are taken in small letters. " +
		"The probability of a word is its share of the words of a corpus that `tamis count` has counted, and 1e-9 at least, which is that of words it does not have. " +
		"datatrove takes a table of the words of a trillion that Google counted, and wants more than -10; here a text at the bound stays. A text without words has the value 0.",
	Source: "datatrove, unigram_log_probs.py at a649de79",
	Rules: []step.Rule{
		{Name: "mean_log_probability", Unit: "nats", Min: -10, Max: step.NoMax, Scale: step.Linear,
			Doc: "Mean logarithm of the probabilities of the words."},
	},
	New: func() step.Settings { return &unigramSettings{} },
}

type unigramSettings struct {
	Reference string `yaml:"reference" doc:"path of a file of word counts, which tamis count writes"`
}

// Build reads the counts.
func (s *unigramSettings) Build(env *step.Env) (any, error) {
	if s.Reference == "" {
		return nil, &step.Fault{Key: "reference", Err: errors.New("there is nothing to compare with: make a file with `tamis count FILE CORPUS`")}
	}
	t, err := openWordTable(env, s.Reference)
	if err != nil {
		return nil, &step.Fault{Key: "reference", Err: err}
	}
	return &unigram{table: t}, nil
}

// unigram is the step in one worker.
type unigram struct {
	table *wordTable
	lower lowerView
}

// Fork returns the same step for another worker.
func (u *unigram) Fork() step.Local { return &unigram{table: u.table} }

// leastLog is the natural logarithm of 1e-9.
const leastLog = -20.72326583694641

// Judge adds up the logarithms in the order of the words.
func (u *unigram) Judge(d *document.Document, m *step.Meter) step.Verdict {
	words := u.lower.of(d.Text(), u.table.splitter).Words()
	sum, corpus := 0.0, logOf(max(1, u.table.words))
	for i := range words {
		p := leastLog
		if n := u.table.of(words[i].Hash); n > 0 {
			p = max(p, logOf(int(n))-corpus)
		}
		sum += p
	}
	if len(words) > 0 {
		sum /= float64(len(words))
	}
	m.Hold(0, sum)
	return m.Verdict()
}
