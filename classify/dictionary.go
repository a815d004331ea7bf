package classify

import "strings"

// EOS is the word that stands for the end of a line.
const EOS = "</s>"

// A dictionary holds the words of a model, then its labels.
type dictionary struct {
	nwords, nlabels int32
	tokens          int64
	words           []string
	counts          []int64

	// An open table of 2^n slots, at most half full: entry + 1, 0 where empty.
	slots  []int32
	hashes []uint32 // of each entry
	mask   uint32
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
	size := 8
	for size < 2*len(d.words) {
		size *= 2
	}
	d.slots, d.mask = make([]int32, size), uint32(size-1)
	d.hashes = make([]uint32, len(d.words))
	for i, w := range d.words {
		h := hashOf(w)
		d.hashes[i] = h
		d.slots[d.slot(w, h)] = int32(i) + 1
	}
}

// slot returns where w is, or where it would be.
func (d *dictionary) slot(w string, h uint32) uint32 {
	at := h & d.mask
	for d.slots[at] != 0 {
		if i := d.slots[at] - 1; d.hashes[i] == h && d.words[i] == w {
			break
		}
		at = (at + 1) & d.mask
	}
	return at
}

// find returns the entry of w, or -1.
func (d *dictionary) find(w string, h uint32) int32 { return d.slots[d.slot(w, h)] - 1 }

// isLabel reports whether a token is a label: by its entry, or by its looks where
// it has none.
func (d *dictionary) isLabel(w string, entry int32) bool {
	if entry >= 0 {
		return entry >= d.nwords
	}
	return strings.HasPrefix(w, LabelPrefix)
}

// separates marks the bytes that end a token.
var separates = [256]bool{' ': true, '\n': true, '\r': true, '\t': true, '\v': true, '\f': true, 0: true}

// A scanner cuts a line into tokens with their hashes, or a whole text where
// newlines only part words.
type scanner struct {
	s     string
	pos   int
	whole bool
}

// next returns the next token. The end of the text, or of the line, gives one last
// EOS; the caller stops there.
func (t *scanner) next() (word string, hash uint32) {
	s, i := t.s, t.pos
	for i < len(s) && separates[s[i]] && (t.whole || s[i] != '\n') {
		i++
	}
	start, h := i, uint32(fnvStart)
	for ; i < len(s); i++ {
		c := s[i]
		if separates[c] {
			break
		}
		h = fnv(h, c)
	}
	t.pos = i
	if start == i {
		return EOS, eosHash
	}
	return s[start:i], h
}

const eosHash = 3617362777
