package filters

// Found is what the lexicon says of a stretch of text: the weight per 1,000 words of
// the sexual and of the abusive terms that count.
type Found = [2]float64

// A LexiconReader tells what the program's own lexicon finds in whole texts. It is
// owned by one goroutine.
type LexiconReader struct{ nsfw *nsfw }

// NewLexiconReader prepares the lexicon in all its languages.
func NewLexiconReader() (*LexiconReader, error) {
	l, err := newLexicon(nil)
	if err != nil {
		return nil, err
	}
	if err := l.compile(); err != nil {
		return nil, err
	}
	return &LexiconReader{newNSFW(l)}, nil
}

// Read returns what is found in a text.
func (r *LexiconReader) Read(text string) Found {
	r.nsfw.text = text
	r.nsfw.search()
	if len(r.nsfw.hits) == 0 {
		return Found{}
	}
	r.nsfw.drop(nil)
	return r.nsfw.weigh(r.nsfw.hits, len(text))
}

// wordBytes is how long a word is taken to be, with the blank behind it: a stretch of
// a text is weighed by its bytes, so that its weight hangs on no splitter.
const wordBytes = 6

// weigh adds up hits in a stretch of some bytes, which has at least 100 words for this.
// One term counts three times or five times per 1,000 words, whatever is more.
func (n *nsfw) weigh(hits []nsfwHit, size int) (found Found) {
	words := int64(max(size/wordBytes, 100))
	n.count(hits)
	for _, i := range n.touched {
		t, count := &n.terms[i], n.counts[i]
		n.counts[i] = 0
		if t.class != classStrict {
			found[t.class] += perMille(t.weight*min(count, max(3, words/200)), words)
		}
	}
	return found
}
