package dedup

// numpyFamily draws k pairs as the published programs do: a from [1, 2^61-1) and b
// from [0, 2^61-1), of numpy.random.RandomState(seed). datatrove draws all a and then
// all b; datasketch and RedPajama-V2 draw them alternately.
func numpyFamily(seed uint32, k int, alternate bool) pairs {
	t := newTwister(seed)
	p := pairs{a: make([]uint64, k), b: make([]uint64, k)}
	for i := range k {
		p.a[i] = 1 + t.below(mersenne-2)
		if alternate {
			p.b[i] = t.below(mersenne - 1)
		}
	}
	for i := range k {
		if !alternate {
			p.b[i] = t.below(mersenne - 1)
		}
	}
	return p
}

// A twister is the generator MT19937 (Matsumoto, Nishimura 1998) as NumPy seeds it.
type twister struct {
	state [624]uint32
	at    int
}

func newTwister(seed uint32) *twister {
	t := &twister{at: 624}
	t.state[0] = seed
	for i := 1; i < len(t.state); i++ {
		x := t.state[i-1]
		t.state[i] = 1812433253*(x^x>>30) + uint32(i)
	}
	return t
}

// below returns a number from 0 to most, which has 61 bits: two outputs, the first
// one high, masked, and drawn again where they are above.
func (t *twister) below(most uint64) uint64 {
	for {
		v := uint64(t.next())<<32 | uint64(t.next())
		if v &= 1<<61 - 1; v <= most {
			return v
		}
	}
}

func (t *twister) next() uint32 {
	if t.at == len(t.state) {
		t.twist()
	}
	x := t.state[t.at]
	t.at++
	x ^= x >> 11
	x ^= x << 7 & 0x9d2c5680
	x ^= x << 15 & 0xefc60000
	return x ^ x>>18
}

func (t *twister) twist() {
	for i := range t.state {
		x := t.state[i]&0x80000000 | t.state[(i+1)%624]&0x7fffffff
		y := t.state[(i+397)%624] ^ x>>1
		if x&1 != 0 {
			y ^= 0x9908b0df
		}
		t.state[i] = y
	}
	t.at = 0
}
