package dedup

// A sifter asks a sieve for many hashes at a time. A sieve is larger than the
// processor's caches, and hashes go all over it; gathered by their highest bits, those
// that are asked for together lie close together:
//
//	hashes ─▶ 256 gatherings of 128 ─▶ when one is full, its 1/256 of the sieve
type sifter struct {
	sieve    *sieve
	count    [gatherings]uint8
	hashes   [gatherings][gathering]uint64
	ordinals [gatherings][gathering]uint64
	// hit is called for hashes that can be repeated, in no order; nil while the sieve
	// is filled.
	hit func(hash, ordinal uint64) error
}

const (
	gatherings = 256
	gathering  = 128
)

// add fills the sieve with a hash, in due time.
func (s *sifter) add(hash uint64) {
	p := hash >> 56
	n := s.count[p]
	s.hashes[p][n%gathering] = hash
	if s.count[p] = n + 1; n+1 == gathering {
		s.fill(p)
	}
}

func (s *sifter) fill(p uint64) {
	for _, h := range s.hashes[p][:s.count[p]] {
		s.sieve.add(h)
	}
	s.count[p] = 0
}

// ask calls hit, in due time, where the hash can be repeated.
func (s *sifter) ask(hash, ordinal uint64) error {
	p := hash >> 56
	n := s.count[p]
	s.hashes[p][n%gathering], s.ordinals[p][n%gathering] = hash, ordinal
	if s.count[p] = n + 1; n+1 == gathering {
		return s.answer(p)
	}
	return nil
}

func (s *sifter) answer(p uint64) error {
	for i, h := range s.hashes[p][:s.count[p]] {
		if !s.sieve.repeated(h) {
			continue
		}
		if err := s.hit(h, s.ordinals[p][i]); err != nil {
			return err
		}
	}
	s.count[p] = 0
	return nil
}

// flush does what has not been done yet.
func (s *sifter) flush() error {
	for p := range uint64(gatherings) {
		if s.hit == nil {
			s.fill(p)
		} else if err := s.answer(p); err != nil {
			return err
		}
	}
	return nil
}
