package classify

// recentWords remember what words add to a sum, where that is long to find out: a word's
// row and those of all its letter n-grams. Each word has one place, and is forgotten when
// another one takes it. What is remembered changes no sum.
type recentWords struct {
	words []recentWord // the last one is for words that are too long to be remembered
	rows  []float64    // width for each place
	width int
	shift int // of a key's hash, which leaves a place
}

// A recentWord has the hash of its word and how many features that is, unless it is a label.
type recentWord struct {
	key      wordKey
	hash     uint32
	features int32
	label    bool
}

// recentBytes is about how much memory is spent on them for each goroutine.
const recentBytes = 16 << 20

func newRecentWords(width int) *recentWords {
	bits := 8
	for (40+8*width)<<(bits+1) <= recentBytes {
		bits++
	}
	places := 1<<bits + 1
	return &recentWords{words: makeLarge[recentWord](places), rows: makeLarge[float64](places * width), width: width, shift: 64 - bits}
}

// find returns the place of the word that is the first n bytes of text, and whether
// it is the word that is there. If not, the caller learns it.
func (r *recentWords) find(text string, n int) (place int, known bool) {
	if n >= keyBytes {
		return len(r.words) - 1, false
	}
	key := keyOf(text, n)
	place = int(key.hash() >> r.shift)
	w := &r.words[place]
	if w.key == key {
		return place, true
	}
	w.key = key
	return place, false
}

// row returns what the word at a place adds to a sum.
func (r *recentWords) row(place int) []float64 { return r.rows[place*r.width:][:r.width] }
