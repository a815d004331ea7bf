package dedup

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Sets are those of sorting, whether hashes are spread evenly, share their highest bits,
// or repeat.
func TestSetSorter(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var s setSorter
	spread := 0
	for _, n := range []int{0, 1, 5, 95, 96, 97, 500, 5000} {
		for kind, make := range []func() uint64{r.Uint64, func() uint64 { return uint64(r.Uint32()) }, func() uint64 { return mix(r.Uint64N(uint64(n)/2 + 1)) }, func() uint64 { return 7 }} {
			var x []uint64
			for range n {
				x = append(x, make())
			}
			want := sortedSet(slices.Clone(x))
			if len(x) > 100 && s.spread(slices.Clone(x)) {
				spread++
			}
			if got := s.sortedSet(x); !slices.Equal(got, want) {
				t.Errorf("%d hashes of kind %d: %d come out, want %d", n, kind, len(got), len(want))
			}
		}
	}
	if spread != 4 {
		t.Errorf("%d times hashes were spread evenly, want 4", spread)
	}
}
