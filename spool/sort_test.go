package spool

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
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
			for _, o := range []SortOptions{{Memory: 1 << 20}, {Memory: 10_000, FanIn: 3}, {Memory: 10_000, FanIn: 3, Plain: true}, {Memory: 1, FanIn: 2}} {
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

// TestSortVariable holds records of any length against a stable sort by their keys:
// equal keys keep the order of Add through every pass.
func TestSortVariable(t *testing.T) {
	for _, key := range []int{1, 4, 8, 11, 20} {
		for name, shape := range shapes {
			recs := makeVariable(rand.New(rand.NewPCG(uint64(key), 9)), key, shape)
			want := slices.Clone(recs)
			slices.SortStableFunc(want, func(a, b [][]byte) int { return bytes.Compare(a[0][:key], b[0][:key]) })
			for _, o := range []SortOptions{{Memory: 1 << 20}, {Memory: 20_000, FanIn: 3}, {Memory: 20_000, FanIn: 3, Plain: true}, {Memory: 1, FanIn: 2}} {
				o.Key = key
				t.Run(fmt.Sprintf("key %d/%s/memory %d", key, name, o.Memory), func(t *testing.T) {
					s := NewSorter(tempDir(t), "s", o)
					for _, rec := range recs {
						addAll(t, s, rec)
					}
					got := collect(t, s)
					for i := range want {
						if !bytes.Equal(got[i], want[i][0]) {
							t.Fatalf("record %d of %d is %q, want %q", i, len(got), got[i], want[i][0])
						}
					}
				})
			}
		}
	}
}

// makeVariable returns records of a key, their number and a tail of 0 to 9,000 bytes.
func makeVariable(r *rand.Rand, key int, shape func(r *rand.Rand, i, n int) uint64) [][][]byte {
	const n = 400
	recs := make([][][]byte, n)
	for i := range recs {
		b := makeRecords(r, max(key, 8), 1, func(r *rand.Rand, _, _ int) uint64 { return shape(r, i, n) })[0]
		b = fmt.Appendf(bytes.Clone(b[len(b)-key:]), "#%d", i)
		tail := r.IntN(60)
		if i%50 == 0 {
			tail *= 150
		}
		recs[i] = [][]byte{append(b, make([]byte, tail)...)}
	}
	return recs
}

func TestSortEmpty(t *testing.T) {
	s := NewSorter(tempDir(t), "s", SortOptions{Record: 16, Memory: 1000})
	if got := collect(t, s); len(got) != 0 {
		t.Errorf("%d records out of nothing", len(got))
	}
}

// TestSortAgain reads a sorter twice, counts its records, and looks at what Close
// leaves behind.
func TestSortAgain(t *testing.T) {
	dir := tempDir(t)
	s := NewSorter(dir, "s", SortOptions{Record: 16, Memory: 5000, FanIn: 2})
	addAll(t, s, makeRecords(rand.New(rand.NewPCG(1, 1)), 16, 2000, shapes["random"]))
	first, second := collect(t, s), collect(t, s)
	if s.Len() != 2000 || !slices.EqualFunc(first, second, bytes.Equal) {
		t.Errorf("%d records were added, %d read, then %d", s.Len(), len(first), len(second))
	}
	if err := s.Add(make([]byte, 16)); err == nil {
		t.Error("a record was added behind Each")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := dir.List(); len(left) != 0 {
		t.Errorf("Close left %v", left)
	}
}

// TestSortOpensFewFiles counts open files through every pass.
func TestSortOpensFewFiles(t *testing.T) {
	disk := &countingDisk{Disk: OS{}}
	s := NewSorter(&Dir{Disk: disk, Path: t.TempDir()}, "s", SortOptions{Record: 16, Memory: 64 << 10, FanIn: 4})
	defer s.Close()
	addAll(t, s, makeRecords(rand.New(rand.NewPCG(1, 1)), 16, 50_000, shapes["random"]))
	if got := collect(t, s); len(got) != 50_000 {
		t.Fatalf("%d records, want 50000", len(got))
	}
	if disk.most > 5 || disk.most < 3 || disk.open != 0 {
		t.Errorf("%d files were open at a time, want 3 to 5; %d still are", disk.most, disk.open)
	}
}

// TestSortFaults fails every operation of an external sort once: the error comes out,
// and Close leaves no file where the disk lets it.
func TestSortFaults(t *testing.T) {
	recs := makeRecords(rand.New(rand.NewPCG(1, 1)), 16, 1000, shapes["random"])
	for n := int64(0); ; n++ {
		disk := &Failing{Disk: OS{}, At: n}
		dir := &Dir{Disk: disk, Path: t.TempDir()}
		s := NewSorter(dir, "s", SortOptions{Record: 16, Memory: 4000, FanIn: 2})
		err := sortAll(s, recs)
		closeErr := s.Close()
		if disk.Hit() == "" {
			if err != nil || closeErr != nil || n < 20 {
				t.Fatalf("operation %d: %v, %v", n, err, closeErr)
			}
			return
		}
		if err == nil && closeErr == nil {
			t.Fatalf("operation %d (%s) failed unnoticed", n, disk.Hit())
		}
		left, _ := dir.List()
		if len(left) > 1 {
			t.Fatalf("operation %d (%s): Close left %v", n, disk.Hit(), left)
		}
	}
}

func sortAll(s *Sorter, recs [][]byte) error {
	for _, rec := range recs {
		if err := s.Add(rec); err != nil {
			return err
		}
	}
	return s.Each(func([]byte) error { return nil })
}

func TestSortRefuses(t *testing.T) {
	dir := tempDir(t)
	fixed := NewSorter(dir, "a", SortOptions{Record: 16, Memory: 1000})
	if err := fixed.Add(make([]byte, 15)); err == nil {
		t.Error("a record of another length was added")
	}
	variable := NewSorter(dir, "b", SortOptions{Key: 4, Memory: 1000})
	if err := variable.Add(make([]byte, 3)); err == nil {
		t.Error("a record shorter than its key was added")
	}
	stop := fmt.Errorf("stopped")
	checked := NewSorter(dir, "c", SortOptions{Record: 8, Memory: 1000, Check: func() error { return stop }})
	if err := sortAll(checked, makeRecords(rand.New(rand.NewPCG(1, 1)), 8, 1000, shapes["random"])); err != stop {
		t.Errorf("Check did not stop the sort: %v", err)
	}
}

// More run files than may be open at a time are merged in several passes.
func TestSortFewFiles(t *testing.T) {
	const child = "TAMIS_TEST_FEW_FILES"
	if os.Getenv(child) == "" {
		if runtime.GOOS == "windows" {
			t.Skip("the limit is set by a POSIX shell")
		}
		c := exec.Command("sh", "-c", `ulimit -n 64 && exec "$0" -test.run='^TestSortFewFiles$'`, os.Args[0])
		c.Env = append(os.Environ(), child+"=1")
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	dir, err := OpenDir(OS{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	const n = 2_500_000 // 77 run files of 32,768 records
	s := NewSorter(dir, "s", SortOptions{Record: 8, Memory: 512 << 10})
	var rec [8]byte
	for i := range uint64(n) {
		binary.BigEndian.PutUint64(rec[:], i*0x9e3779b97f4a7c15)
		if err := s.Add(rec[:]); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.runs) <= 64 {
		t.Fatalf("%d run files, which could all be open", len(s.runs))
	}
	last, seen := uint64(0), 0
	err = s.Each(func(rec []byte) error {
		v := binary.BigEndian.Uint64(rec)
		if v < last {
			return fmt.Errorf("%d behind %d", v, last)
		}
		last, seen = v, seen+1
		return nil
	})
	if err != nil || seen != n {
		t.Fatalf("%d of %d records, %v", seen, n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Records that are longer than those before take the room that those have left, and no
// more than about it.
func TestHeapKeepsToItsMemory(t *testing.T) {
	const memory = 1 << 20
	p := newHeap(SortOptions{Key: 8, Memory: memory})
	for _, size := range []int{100, 200 << 10, 30, 90 << 10} {
		for p.add(make([]byte, size)) {
		}
		held := entryCost * len(p.entries)
		for _, chunks := range [][][]byte{p.chunks, p.free} {
			for _, c := range chunks {
				held += cap(c)
			}
		}
		if held > memory+memory/8 || held < memory/2 {
			t.Errorf("records of %d bytes: %d bytes are held", size, held)
		}
		p.sort()
		p.reset()
	}
}
