package engine

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// count returns a next that yields 0 … n-1.
func count(n int) func() (int, error) {
	i := -1
	return func() (int, error) {
		if i++; i == n {
			return 0, io.EOF
		}
		return i, nil
	}
}

// one is the size of items that are all alike.
func one(int) int64 { return 1 }

// Sizes of what is under way sum to no more than the limit, and a larger item is alone.
func TestInOrderBoundsWhatIsUnderWay(t *testing.T) {
	const limit = 10
	size := func(i int) int64 { return []int64{1, 4, 25, 3, 10, 2}[i%6] }
	var inside, items, most atomic.Int64
	err := inOrder(context.Background(), 4, limit, size, count(600),
		func(_, i int) (int, error) {
			n, sum := items.Add(1), inside.Add(size(i))
			if sum > limit && n > 1 {
				t.Errorf("%d items of %d in all are under way", n, sum)
			}
			most.Store(max(most.Load(), n))
			runtime.Gosched()
			return i, nil
		},
		func(i int) error { inside.Add(-size(i)); items.Add(-1); return nil })
	if err != nil || inside.Load() != 0 || most.Load() < 2 {
		t.Errorf("error %v, %d left, at most %d at a time", err, inside.Load(), most.Load())
	}
}

func TestInOrderCommitsInOrder(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		var got []int
		err := inOrder(context.Background(), workers, 100, one, count(500),
			func(_, i int) (int, error) {
				for range (i * 7919) % 13 {
					runtime.Gosched()
				}
				return i * i, nil
			},
			func(r int) error { got = append(got, r); return nil })
		want := make([]int, 500)
		for i := range want {
			want[i] = i * i
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%d workers: error %v, %d results, in order: %v", workers, err, len(got), slices.IsSorted(got))
		}
	}
}

func TestInOrderStopsAtErrors(t *testing.T) {
	boom := errors.New("boom")
	before := runtime.NumGoroutine()
	for name, run := range map[string]func() error{
		"reading": func() error {
			return inOrder(context.Background(), 3, 100, one, func() (int, error) { return 0, boom },
				func(_, i int) (int, error) { return i, nil }, func(int) error { return nil })
		},
		"working": func() error {
			return inOrder(context.Background(), 3, 100, one, count(100),
				func(_, i int) (int, error) {
					if i == 50 {
						return 0, boom
					}
					return i, nil
				}, func(int) error { return nil })
		},
		"committing, while the next one waits for room": func() error {
			return inOrder(context.Background(), 3, 1, one, count(100), func(_, i int) (int, error) { return i, nil },
				func(i int) error { return boom })
		},
		"committing": func() error {
			return inOrder(context.Background(), 3, 100, one, count(100), func(_, i int) (int, error) { return i, nil },
				func(i int) error {
					if i == 50 {
						return boom
					}
					return nil
				})
		},
	} {
		if err := run(); !errors.Is(err, boom) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestInOrderDrainsWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var begun atomic.Int64
	committed := int64(0)
	err := inOrder(ctx, 2, 100, one, count(1_000_000),
		func(_, i int) (int, error) {
			if begun.Add(1) == 20 {
				cancel()
			}
			return i, nil
		},
		func(int) error { committed++; return nil })
	if !errors.Is(err, context.Canceled) || committed != begun.Load() || committed > 40 {
		t.Errorf("error %v, %d begun, %d committed", err, begun.Load(), committed)
	}
}
