package spool

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func tempDir(t testing.TB) *Dir {
	t.Helper()
	return &Dir{Disk: OS{}, Path: t.TempDir()}
}

// collect returns all records of a sorter, joined by copies.
func collect(t testing.TB, s *Sorter) [][]byte {
	t.Helper()
	var got [][]byte
	if err := s.Each(func(rec []byte) error {
		got = append(got, bytes.Clone(rec))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

func addAll(t testing.TB, s *Sorter, recs [][]byte) {
	t.Helper()
	for _, rec := range recs {
		if err := s.Add(rec); err != nil {
			t.Fatal(err)
		}
	}
}

// shapes of keys that have broken radix sorts: random, few values, ordinals, all
// equal, sorted, reversed.
var shapes = map[string]func(r *rand.Rand, i, n int) uint64{
	"random":   func(r *rand.Rand, i, n int) uint64 { return r.Uint64() },
	"few":      func(r *rand.Rand, i, n int) uint64 { return r.Uint64N(3) * 0x0100000001000000 },
	"ordinals": func(r *rand.Rand, i, n int) uint64 { return uint64(r.IntN(n)) },
	"equal":    func(r *rand.Rand, i, n int) uint64 { return 7 },
	"sorted":   func(r *rand.Rand, i, n int) uint64 { return uint64(i) },
	"reversed": func(r *rand.Rand, i, n int) uint64 { return uint64(n - i) },
}

func makeRecords(r *rand.Rand, size, n int, key func(r *rand.Rand, i, n int) uint64) [][]byte {
	recs := make([][]byte, n)
	for i := range recs {
		b := binary.BigEndian.AppendUint64(nil, key(r, i, n))
		b = binary.BigEndian.AppendUint64(b, r.Uint64N(5))
		for len(b) < size {
			b = append(b, byte(r.Uint32N(3)))
		}
		if size < 8 {
			b = b[8-size:]
		}
		recs[i] = b[:size]
	}
	return recs
}

// TestSortFixed holds records of fixed size, in memory and in several passes over run
// files, against the standard library's sort.
func TestSortFixed(t *testing.T) {
	for _, size := range []int{1, 3, 8, 12, 16, 20, 24, 31, 32, 33, 40} {
		for name, key := range shapes {
			r := rand.New(rand.NewPCG(uint64(size), 1))
			recs := makeRecords(r, size, 3000, key)
			want := slices.Clone(recs)
			slices.SortFunc(want, bytes.Compare)
			for _, o := range []SortOptions{{Memory: 1 << 20}, {Memory: 10_000, FanIn: 3}, {Memory: 1, FanIn: 2}} {
				o.Record, o.Key = size, min(size, 8)
				t.Run(fmt.Sprintf("%d bytes/%s/memory %d", size, name, o.Memory), func(t *testing.T) {
					s := NewSorter(tempDir(t), "s", o)
					addAll(t, s, recs)
					if got := collect(t, s); !slices.EqualFunc(got, want, bytes.Equal) {
						t.Fatalf("%d records are not in order", len(got))
					}
				})
			}
		}
	}
}
