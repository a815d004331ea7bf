package dedup

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/zeebo/xxh3"

	"tamis/classify"
	"tamis/document"
	"tamis/step"
)

// openModel reads a model of fastText, .bin or .ftz, whose word vectors are used.
func openModel(path string, env *step.Env) (m *classify.Model, print string, err error) {
	data, release, err := env.Bytes(path)
	if err != nil {
		return nil, "", err
	}
	if limit := env.Memory / 2; int64(len(data)) > limit {
		err = tableTooLarge(limit)
	} else {
		m, err = classify.Read(data)
		print = fmt.Sprintf("of fastText, hash %016x", xxh3.Hash(data))
	}
	if err = errors.Join(err, release()); err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	return m, print, nil
}

// cachedWords is how many words an encoder remembers the vectors of.
const cachedWords = 1 << 14

// modelEncoder takes the mean of the vectors of a text's words, of which those out of
// the vocabulary are made of their letter n-grams. Frequent words weigh less, as in
// tableEncoder.
func modelEncoder(m *classify.Model) encoder {
	words, known := normalizers["words"](), classify.NewWords(m)
	cache := map[string][]float32{}
	var buf []byte
	weighted := func(word []byte) []float32 {
		if v, ok := cache[string(word)]; ok {
			return v
		}
		v, rank, _ := known.Vector(nil, string(word))
		weight := rarity(rank)
		for i := range v {
			v[i] *= weight
		}
		if len(cache) == cachedWords {
			clear(cache)
		}
		cache[string(word)] = v
		return v
	}
	return func(dst []float32, d *document.Document) ([]float32, bool) {
		buf = words(buf[:0], d.Text())
		from, any := len(dst), false
		dst = append(dst, make([]float32, known.Dimensions())...)
		for rest := buf; len(rest) > 0; {
			var word []byte
			if word, rest, _ = bytes.Cut(rest, []byte{' '}); len(word) == 0 {
				continue
			}
			for i, x := range weighted(word) {
				any = true
				dst[from+i] += x
			}
		}
		return dst, any
	}
}
