package classify

import (
	_ "embed" // the model
	"encoding/json"
	"fmt"
	"sync"
)

// ToxicityClasses are the labels of the toxicity model, in the order of its scores.
var ToxicityClasses = [2]string{"sexual", "abuse"}

// A ToxicityWeight says how the evidence for one class becomes its probability: the
// logistic function of the weighted sum.
type ToxicityWeight struct {
	Bias    float64 `json:"bias"`
	Above   float64 `json:"above"`   // of the model's output, where it is above 0
	Below   float64 `json:"below"`   // where it is below
	Lexicon float64 `json:"lexicon"` // of ln(1 + w), w the weight of the lexicon's terms per 1,000 words
}

//go:embed models/toxicity.ftz.zst
var toxicityModel []byte

//go:embed models/toxicity.json
var toxicityWeights []byte

// A toxicity is the model in the program with the weights of its classes.
type toxicity struct {
	classifier *Classifier
	weights    [2]ToxicityWeight
}

var builtinToxicity = sync.OnceValues(func() (*toxicity, error) {
	data, err := unpack(toxicityModel)
	if err != nil {
		return nil, fmt.Errorf("the toxicity model in the program: %w", err)
	}
	m, err := Read(data)
	if err != nil {
		return nil, fmt.Errorf("the toxicity model in the program: %w", err)
	}
	t := &toxicity{classifier: NewClassifier(m)}
	if err := json.Unmarshal(toxicityWeights, &t.weights); err != nil {
		return nil, fmt.Errorf("the weights of the toxicity model in the program: %w", err)
	}
	return t, nil
})

// ToxicityScorer returns a function, for one goroutine, that rates a stretch of text
// by the model in the program and by what a lexicon found in it: the weight per 1,000
// words of sexual and of abusive terms. The scores are probabilities, for the same
// classes; docs/models/toxicity.md says
// of what.
func ToxicityScorer() (func(text string, found [2]float64) [2]float64, error) {
	t, err := builtinToxicity()
	if err != nil {
		return nil, err
	}
	r := NewToxicityReader(t.classifier)
	return func(text string, found [2]float64) (scores [2]float64) {
		outputs := r.Read(text)
		for class, w := range t.weights {
			scores[class] = w.Score(outputs[class], found[class])
		}
		return scores
	}, nil
}

// Score returns the probability of the class of w.
func (w ToxicityWeight) Score(output, found float64) float64 {
	return logistic(w.Bias + float64(w.Above*max(output, 0)) + float64(w.Below*min(output, 0)) + float64(w.Lexicon*ToxicityEvidence(found)))
}

// ToxicityEvidence returns what a lexicon found in the form that is weighed.
func ToxicityEvidence(found float64) float64 { return log(1 + found) }

// A ToxicityReader gives the outputs of a toxicity model. It is owned by one
// goroutine.
type ToxicityReader struct {
	scorer  *Scorer
	prepare preparer
}

// NewToxicityReader returns a reader of a model of the ToxicityClasses.
func NewToxicityReader(c *Classifier) *ToxicityReader {
	return &ToxicityReader{c.Scorer(), preparer{how: Plain}}
}

// Read returns the output for each class, which is above 0 where the model by itself
// thinks it likelier than not; 0 for a text without a feature.
func (r *ToxicityReader) Read(text string) (outputs [2]float64) {
	s := r.scorer.sum
	s.text(r.prepare.text(text))
	if s.n > 0 {
		for i := range outputs {
			outputs[i] = s.acc[i] / float64(s.n)
		}
	}
	return outputs
}
