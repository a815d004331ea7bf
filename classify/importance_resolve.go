package classify

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

	"tamis/spool"
	"tamis/step"
)

// A decision is the weight, the length, the place and the share.
const importanceDecision = 8 + 8 + 8 + 8

// decidedValues are the values of the rules; place and share are 0 where a document was
// not ranked.
func decidedValues(decision []byte) (v [4]float64) {
	for i, rule := range []int{ruleWeight, ruleLength, rulePlace, ruleRank} {
		v[rule] = math.Float64frombits(binary.BigEndian.Uint64(decision[8*i:]))
	}
	return v
}

// Resolve fits both distributions, weighs all documents, sorts them by their weights
// with noise, and their places back into the order of the corpus.
func (t *importance) Resolve(ctx context.Context, r *step.Resolution) error {
	ratios, err := t.fitRatios(r)
	if err != nil {
		return err
	}
	r.Progress(0.3)
	best := spool.NewSorter(r.Dir, "best", spool.SortOptions{Record: 32, Memory: r.Memory / 4, Check: ctx.Err})
	defer best.Close()
	places := spool.NewSorter(r.Dir, "places", spool.SortOptions{Record: 32, Memory: r.Memory / 4, Check: ctx.Err})
	defer places.Close()
	if err := t.weigh(r, ratios, best, places); err != nil {
		return err
	}
	r.Progress(0.6)
	ranked, place, rec := best.Len(), uint64(0), make([]byte, 0, 32)
	err = best.Each(func(b []byte) error {
		place++
		rec = append(append(rec[:0], b[8:]...), 0, 0, 0, 0, 0, 0, 0, 0)
		binary.BigEndian.PutUint64(rec[24:], place)
		return places.Add(rec)
	})
	if err != nil {
		return err
	}
	r.Progress(0.8)
	decision := make([]byte, 0, importanceDecision)
	return places.Each(func(b []byte) error {
		place := float64(binary.BigEndian.Uint64(b[24:]))
		decision = append(decision[:0], b[8:24]...)
		decision = binary.BigEndian.AppendUint64(decision, math.Float64bits(place))
		decision = binary.BigEndian.AppendUint64(decision, math.Float64bits(place/float64(max(ranked, 1))))
		return r.Decide(binary.BigEndian.Uint64(b), t.removes(decision), decision)
	})
}

// fitRatios returns the logarithm of how much likelier each bucket is in the target than
// in the corpus.
func (t *importance) fitRatios(r *step.Resolution) ([]float64, error) {
	target, corpus := make([]uint64, t.buckets), make([]uint64, t.buckets)
	var targets, fitted uint64
	err := r.Sketches(func(ordinal uint64, sketch []byte) error {
		if len(sketch) < importanceHead || !r.Alive(ordinal) {
			return nil
		}
		into, n := corpus, binary.BigEndian.Uint64(sketch[9:])
		if sketch[0] == 1 {
			into, targets = target, targets+n
		} else {
			// The program stops behind the document that exceeds its number.
			if t.dsir && fitted > t.fit {
				return nil
			}
			fitted += n
		}
		eachCount(sketch[importanceHead:], func(bucket, count uint64) { into[bucket] += count })
		return nil
	})
	if err != nil {
		return nil, err
	}
	if targets == 0 {
		return nil, errors.New("importance: no word of the target sources is left at this step: see what the steps above removed of them")
	}
	r.Note("features of the target", float64(targets))
	r.Note("features fitted on", float64(fitted))
	ratios := make([]float64, t.buckets)
	for b := range ratios {
		ratios[b] = log(t.chance(target[b], targets)) - log(t.chance(corpus[b], fitted))
	}
	return ratios, nil
}

// chance is the probability of a bucket.
func (t *importance) chance(count, all uint64) float64 {
	if t.dsir {
		return float64(count)/float64(max(all, 1)) + 1e-8
	}
	return (float64(count) + 1) / float64(all+uint64(t.buckets))
}

// weigh gives each document that is no target its weight: those that are long enough go
// to best, by weight and noise, the others to places, with the place 0. A record of best
// is the sort key, the ordinal, the weight and the length; one of places is the ordinal,
// the weight, the length and the place.
func (t *importance) weigh(r *step.Resolution, ratios []float64, best, places *spool.Sorter) error {
	rec, length := make([]byte, 0, 32), &t.rules[ruleLength]
	return r.Sketches(func(ordinal uint64, sketch []byte) error {
		if len(sketch) < importanceHead || sketch[0] == 1 || !r.Alive(ordinal) {
			return nil
		}
		n, weight := binary.BigEndian.Uint64(sketch[9:]), 0.0
		eachCount(sketch[importanceHead:], func(bucket, count uint64) {
			weight += float64(float64(count) * ratios[bucket])
		})
		if !t.dsir && n > 0 {
			weight = float64(weight/float64(n)) * t.features
		}
		// Words of which there are n with their pairs: (n + 2(2-1)/2) / 2.
		words := float64((n + 1) / 2)
		rec = binary.BigEndian.AppendUint64(rec[:0], ordinal)
		rec = binary.BigEndian.AppendUint64(rec, math.Float64bits(weight))
		rec = binary.BigEndian.AppendUint64(rec, math.Float64bits(words))
		if !length.Off && !length.Keeps(words) {
			return places.Add(append(rec, 0, 0, 0, 0, 0, 0, 0, 0))
		}
		key := weight
		if t.noise {
			key += gumbel(binary.BigEndian.Uint64(sketch[1:]))
		}
		rec = append(rec, rec[:8]...)
		copy(rec[8:], rec[:24])
		binary.BigEndian.PutUint64(rec, falling(key))
		return best.Add(rec)
	})
}
