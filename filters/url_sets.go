package filters

import "github.com/zeebo/xxh3"

// A hashSet holds 64-bit hashes in an open-addressed table that is at most three
// quarters full: 11 to 22 bytes for each. What is not among five million entries is
// taken for one of them with a chance of 3 in 10,000,000,000,000.
type hashSet struct {
	slots []uint64 // 0 is empty; the hash 0 is stored as 1
	size  int
}

// add enters a string.
func (s *hashSet) add(key string) {
	if 4*(s.size+1) > 3*len(s.slots) {
		s.grow()
	}
	s.insert(hashOf(key))
}

func hashOf(key string) uint64 { return max(xxh3.HashString(key), 1) }

func (s *hashSet) insert(h uint64) {
	mask := len(s.slots) - 1
	i := int(h) & mask
	for s.slots[i] != 0 {
		if s.slots[i] == h {
			return
		}
		i = (i + 1) & mask
	}
	s.slots[i] = h
	s.size++
}

func (s *hashSet) grow() {
	old := s.slots
	s.slots, s.size = make([]uint64, max(16, 2*len(old))), 0
	for _, h := range old {
		if h != 0 {
			s.insert(h)
		}
	}
}

// has reports whether a string was entered.
func (s *hashSet) has(key []byte) bool {
	return s.size > 0 && s.find(max(xxh3.Hash(key), 1))
}

func (s *hashSet) hasString(key string) bool { return s.size > 0 && s.find(hashOf(key)) }

func (s *hashSet) find(h uint64) bool {
	mask := len(s.slots) - 1
	for i := int(h) & mask; s.slots[i] != 0; i = (i + 1) & mask {
		if s.slots[i] == h {
			return true
		}
	}
	return false
}

// An addressSet holds hosts, which stand for all hosts below them, and single pages.
type addressSet struct{ hosts, pages hashSet }

// A match says how a URL is in an addressSet.
type match uint8

const (
	matchNone   match = iota
	matchDomain       // its registered domain is
	matchHost         // its host is, or one between it and the registered domain
	matchPage         // the page itself is
)

// match looks up a URL, its host, and all parents of the host down to the registered
// domain. Which that is is asked only where one of them is on the list.
func (s *addressSet) match(c *canonical) match {
	for from := 0; from < len(c.host); {
		if s.hosts.has(c.host[from:]) {
			registered := c.registered()
			if from == registered && registered < len(c.host) {
				return matchDomain
			}
			if from <= registered {
				return matchHost
			}
			break
		}
		dot := from
		for dot < len(c.host) && c.host[dot] != '.' {
			dot++
		}
		from = dot + 1
	}
	if s.pages.has(c.page) {
		return matchPage
	}
	return matchNone
}
