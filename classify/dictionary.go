package classify

import (
	"slices"
	"strings"
)

// EOS is the word that stands for the end of a line.
const EOS = "</s>"

// A dictionary holds the words of a model, then its labels.
type dictionary struct {
	nwords, nlabels int32
	tokens          int64
	words           []string
	counts          []int64

	slots  []slot   // an open table of 2^n, at most half full
	filter []uint64 // two bits for each word, in one place: tells most others without a look at the slots
	shift  int      // of a key's hash, which leaves a place in the table
	coarse int      // of a key's hash, which leaves a place in the filter
}

// A slot is a word with its hash, in half a line of the processor's cache: most words
// are found without looking anywhere else.
type slot struct {
	key   wordKey
	hash  uint32
	entry int32 // + 1; 0 where the slot is empty
}

// holds reports whether a token that is shorter than keyBytes is the slot's, without a branch
// for each part of the key.
func (s *slot) holds(t *token) bool {
	differ := (s.key.a ^ t.key.a) | (s.key.b ^ t.key.b) | (s.key.c ^ t.key.c)
	return differ == 0 && t.n < keyBytes
}

// The hash is FNV-1a of 32 bits, in which the original extends the sign of each
// byte, so that bytes from 128 on flip the upper bits too.
const (
	fnvStart = 2166136261
	fnvPrime = 16777619
)

func fnv(h uint32, c byte) uint32 { return (h ^ uint32(int32(int8(c)))) * fnvPrime }

func hashOf(w string) uint32 {
	h := uint32(fnvStart)
	for i := range len(w) {
		h = fnv(h, w[i])
	}
	return h
}

// index builds the table. Where a file holds a word twice the last one counts, as
// in the original.
func (d *dictionary) index() {
	bits := 3
	for 1<<bits < 2*len(d.words) {
		bits++
	}
	d.slots, d.shift = makeLarge[slot](1<<bits), 64-bits
	d.coarse = 64 - max(1, min(bits-3, filterBound))
	d.filter = makeLarge[uint64](1 << (64 - d.coarse))
	tokens, entry := make([]token, 0, together), int32(0)
	for words := range slices.Chunk(d.words, together) {
		tokens = tokens[:0]
		for _, w := range words {
			tokens = append(tokens, token{text: w, n: len(w), key: keyOf(w, len(w))})
		}
		d.locate(tokens)
		for i := range tokens {
			t := &tokens[i]
			entry++
			*d.slot(t) = slot{t.key, hashOf(t.text), entry}
			h := t.key.hash()
			d.filter[h>>d.coarse] |= filterBits(h)
		}
	}
}

// home is the place in the table where the search for a key begins.
func (d *dictionary) home(key wordKey) uint64 { return key.hash() >> d.shift }

// slot returns where a token is that was located, or where it would be.
func (d *dictionary) slot(t *token) *slot {
	for at := t.at; ; at = (at + 1) & uint64(len(d.slots)-1) {
		s := &d.slots[at]
		if s.entry == 0 || s.key == t.key && (t.n < keyBytes || d.words[s.entry-1] == t.text[:t.n]) {
			return s
		}
	}
}

// find returns the entry of the word that is the first n bytes of text, or -1, and the
// hash of the word. What follows the word in text makes it faster.
func (d *dictionary) find(text string, n int) (entry int32, hash uint32) {
	key := keyOf(text, n)
	t := token{text: text, n: n, key: key, at: d.home(key)}
	d.look(&t)
	return t.entry, t.hash
}

// look finds a token that was located.
func (d *dictionary) look(t *token) {
	if s := d.slot(t); s.entry > 0 {
		t.entry, t.hash = s.entry-1, s.hash
	} else {
		t.entry, t.hash = -1, hashOf(t.text[:t.n])
	}
}

// A token is a word at the beginning of a text, with what the dictionary knows of it.
type token struct {
	text  string
	n     int
	key   wordKey
	at    uint64 // place in the table where its search begins
	hash  uint32
	entry int32 // -1 where it has none
}

// locate says where the search for each token begins. It also reads from all these places:
// the processor fetches them at once, since no read waits for another and nothing else
// stands between them. What it read is returned for that to have a purpose.
func (d *dictionary) locate(tokens []token) (fetched uint64) {
	for i := range tokens {
		tokens[i].at = d.home(tokens[i].key)
		fetched ^= d.slots[tokens[i].at].key.a
	}
	return fetched
}

// findAll finds at most so many tokens as are cut together. The filter parts them without a
// branch, which the processor would guess wrong: those with a slot, most likely, are fetched
// as locate does, and the others, a quarter in a model of few words, cost no read of a slot.
func (d *dictionary) findAll(tokens []token) (fetched uint64) {
	var likely, unknown [together]uint8 // places of tokens
	n, m := 0, 0
	shift, coarse, filter := d.shift&63, d.coarse&63, d.filter
	for i := range tokens {
		t := &tokens[i]
		h := t.key.hash()
		t.at = h >> shift
		t.hash = uint32(passes(filter[h>>coarse], h))
	}
	for i := range tokens {
		likely[n%together], unknown[m%together] = uint8(i), uint8(i)
		pass := int(tokens[i].hash)
		n, m = n+pass, m+1-pass
	}
	for _, i := range likely[:n] {
		fetched ^= d.slots[tokens[i].at].key.a
	}
	for _, i := range likely[:n] {
		t := &tokens[i]
		if s := &d.slots[t.at]; s.holds(t) {
			t.entry, t.hash = s.entry-1, s.hash
		} else {
			d.look(t)
		}
	}
	for _, i := range unknown[:m] {
		t := &tokens[i]
		t.entry, t.hash = -1, hashOf(t.text[:t.n])
	}
	return fetched
}

// filterBound keeps the filter within 2^17 places, 1 MiB, which the processor's cache holds.
const filterBound = 17

// filterBits are what a word's hash sets in the filter.
func filterBits(h uint64) uint64 { return 1<<(h>>32&63) | 1<<(h>>38&63) }

// passes returns 1 if the bits of a word's hash are set in the filter, else 0.
func passes(filter, h uint64) uint64 {
	return filter >> (h >> 32 & 63) & (filter >> (h >> 38 & 63)) & 1
}

// eos returns the entry of EOS, or -1.
func (d *dictionary) eos() int32 {
	entry, _ := d.find(EOS, len(EOS))
	return entry
}

// isLabel reports whether a token is a label: by its entry, or by its looks where
// it has none.
func (d *dictionary) isLabel(w string, entry int32) bool {
	if entry >= 0 {
		return entry >= d.nwords
	}
	return strings.HasPrefix(w, LabelPrefix)
}
