package spool

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// BenchmarkSort sorts records of a random hash and an ordinal; records/s is for the
// whole of Add and Each.
func BenchmarkSort(b *testing.B) {
	const n = 2_000_000
	for _, c := range []struct {
		name   string
		record int
		memory int64
	}{{"memory", 16, 1 << 30}, {"external", 16, 16 << 20}, {"variable-memory", 0, 1 << 30}, {"variable-external", 0, 16 << 20}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(16 * n)
			b.ReportAllocs()
			for b.Loop() {
				sortRandom(b, SortOptions{Record: c.record, Key: 8, Memory: c.memory}, n)
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrec/s")
		})
	}
}

func sortRandom(b *testing.B, o SortOptions, n int) {
	s := NewSorter(tempDir(b), "bench", o)
	defer s.Close()
	r := rand.New(rand.NewPCG(1, 2))
	var rec [16]byte
	for i := range n {
		binary.BigEndian.PutUint64(rec[:], r.Uint64())
		binary.BigEndian.PutUint64(rec[8:], uint64(i))
		if err := s.Add(rec[:]); err != nil {
			b.Fatal(err)
		}
	}
	seen := 0
	if err := s.Each(func([]byte) error { seen++; return nil }); err != nil {
		b.Fatal(err)
	}
	if seen != n {
		b.Fatalf("%d records came back, %d were added", seen, n)
	}
}

// sample is text that compresses about as a page does.
func sample(n int) []byte {
	r := rand.New(rand.NewPCG(3, 4))
	words := strings.Fields("the of shop and river a weather in stone it seven lamp was green for along made")
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%s %s%d ", words[r.IntN(len(words))], words[r.IntN(len(words))], r.IntN(40))
	}
	return []byte(b.String()[:n])
}

func BenchmarkPack(b *testing.B) {
	payload := sample(1 << 20)
	var dst []byte
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		dst = Pack(dst[:0], payload)
	}
}

func BenchmarkUnpack(b *testing.B) {
	payload := sample(1 << 20)
	block := Pack(nil, payload)
	var dst []byte
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if dst, err = Unpack(dst[:0], block); err != nil {
			b.Fatal(err)
		}
	}
}
