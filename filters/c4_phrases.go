package filters

// phrases finds out which of some phrases a text has, in any case of ASCII letters.
// It looks at three bytes and moves on by as many as no phrase can begin or end in
// (Wu and Manber 1994, "A fast algorithm for multi-pattern searching", blocks of three).
type phrases struct {
	list []string
	// window is the length of the shortest phrase: what is compared first. step
	// says for three bytes how far the window can move if it ends in them; bytes are
	// told apart by their low five bits, so that case does not matter.
	window int
	step   [1 << 12]uint8
}

func newPhrases(list ...string) *phrases {
	p := &phrases{list: list, window: len(list[0])}
	for _, s := range list {
		p.window = min(p.window, len(s))
	}
	for i := range p.step {
		p.step[i] = uint8(p.window - 2)
	}
	for _, s := range list {
		for end := 3; end <= p.window; end++ {
			at := block(s[end-3], s[end-2], s[end-1])
			p.step[at] = min(p.step[at], uint8(p.window-end))
		}
	}
	return p
}

// block returns a number below 4096; different bytes may have the same.
func block(a, b, c byte) int { return int(a&31)<<7 ^ int(b&31)<<3 ^ int(c&31) }

// in returns a set of the phrases that s has: bit i for phrase i.
func (p *phrases) in(s string) (found uint) {
	// Each step waits for the one before it: two searches side by side take hardly
	// longer than one. The first ends where the second began.
	a, b := p.window, p.window+len(s)/2
	for half := b; a < half && b <= len(s); {
		i, j := p.stepAt(s, a), p.stepAt(s, b)
		if i == 0 {
			found |= p.at(s[a-p.window:])
			i = 1
		}
		if j == 0 {
			found |= p.at(s[b-p.window:])
			j = 1
		}
		a, b = a+i, b+j
	}
	half := min(p.window+len(s)/2, len(s)+1)
	return found | p.between(s, a, half) | p.between(s, b, len(s)+1)
}

// between looks for phrases whose first bytes end at a place in [end, limit).
func (p *phrases) between(s string, end, limit int) (found uint) {
	for end < limit {
		n := p.stepAt(s, end)
		if n == 0 {
			found |= p.at(s[end-p.window:])
			n = 1
		}
		end += n
	}
	return found
}

// stepAt returns how far the window that ends before byte end can move on, 0 if it
// has to be looked at.
func (p *phrases) stepAt(s string, end int) int {
	return int(p.step[block(s[end-3], s[end-2], s[end-1])])
}

// at returns the phrases at the beginning of s.
func (p *phrases) at(s string) (found uint) {
	for i, phrase := range p.list {
		if len(s) >= len(phrase) && equalFolded(s[:len(phrase)], phrase) {
			found |= 1 << i
		}
	}
	return found
}

// equalFolded reports whether s is the phrase, in lower case, but for the case of
// ASCII letters.
func equalFolded(s, phrase string) bool {
	for i := range len(phrase) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != phrase[i] {
			return false
		}
	}
	return true
}
