package text

// A table remembers keys of 64 bits and a number for each. It is an open-addressed
// array whose slots hold the generation in which they were filled, so that nothing
// is cleared between texts. Two different things of one text share a key with a
// probability below n*n/2^65 for n things, which is below 1e-8 for the longest
// documents.
type table struct {
	slots      []slot
	mask       uint64
	generation uint32
}

type slot struct {
	key        uint64
	generation uint32
	value      uint32
}

// reset empties the table and makes room for n keys.
func (t *table) reset(n int) {
	size := 16
	for size < 2*n {
		size *= 2
	}
	t.generation++
	if size > len(t.slots) || t.generation == 0 {
		t.slots = make([]slot, size)
		t.generation = 1
	}
	t.mask = uint64(size - 1)
}

// add returns the value that the key has, or gives it this one. The key's low bits
// are well mixed.
func (t *table) add(key uint64, value uint32) (has uint32, found bool) {
	for i := key & t.mask; ; i = (i + 1) & t.mask {
		s := &t.slots[i]
		if s.generation != t.generation {
			*s = slot{key, t.generation, value}
			return value, false
		}
		if s.key == key {
			return s.value, true
		}
	}
}
