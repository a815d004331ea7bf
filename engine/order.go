package engine

import (
	"context"
	"errors"
	"io"
	"sync"
)

// inOrder calls work on several goroutines and commit on the caller's, with the
// results in the order of the items: what is written never depends on which worker
// was faster. next returns io.EOF behind the last item. At most 3*workers items are
// in flight, and only one of them where their sizes sum to more than the limit.
//
// When ctx is cancelled no further item is begun, but all that are in flight are
// committed before ctx's error is returned: an interrupted run loses nothing. The
// first other error stops everything at once. All goroutines have ended when
// inOrder returns.
func inOrder[T, R any](ctx context.Context, workers int, limit int64, size func(T) int64, next func() (T, error),
	work func(worker int, item T) (R, error), commit func(R) error) error {

	type job struct {
		item T
		size int64
		done chan outcome[R]
	}
	room := newGate(limit)
	jobs := make(chan job)
	pending := make(chan chan outcome[R], 3*workers)
	stop := make(chan struct{})
	var all sync.WaitGroup

	var readErr error // written before pending is closed, read behind that
	all.Go(func() {
		defer close(pending)
		defer close(jobs)
		for ctx.Err() == nil {
			item, err := next()
			if err != nil {
				readErr = err
				return
			}
			j := job{item, size(item), make(chan outcome[R], 1)}
			room.enter(j.size)
			select {
			case pending <- j.done:
			case <-stop:
				return
			}
			select {
			case jobs <- j:
			case <-stop:
				return
			}
		}
		readErr = context.Cause(ctx)
	})
	for w := range workers {
		all.Go(func() {
			for j := range jobs {
				r, err := work(w, j.item)
				j.done <- outcome[R]{r, j.size, err}
			}
		})
	}

	err := commitAll(pending, room, commit)
	close(stop)
	room.open()
	all.Wait()
	if err == nil && !errors.Is(readErr, io.EOF) {
		err = readErr
	}
	return err
}

// An outcome is what work returned for one item.
type outcome[R any] struct {
	result R
	size   int64 // of the item
	err    error
}

// commitAll commits results until the channel closes or one of them is an error.
func commitAll[R any](pending chan chan outcome[R], room *gate, commit func(R) error) error {
	for done := range pending {
		o := <-done
		if o.err != nil {
			return o.err
		}
		if err := commit(o.result); err != nil {
			return err
		}
		room.leave(o.size)
	}
	return nil
}

// A gate lets items in as long as their sizes sum to no more than a limit, and one that
// is larger alone.
type gate struct {
	limit int64

	mu     sync.Mutex
	left   sync.Cond // something has changed
	inside int64
	opened bool
}

func newGate(limit int64) *gate {
	g := &gate{limit: limit}
	g.left.L = &g.mu
	return g
}

// enter waits until there is room, or the gate is opened.
func (g *gate) enter(size int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.inside > 0 && g.inside+size > g.limit && !g.opened {
		g.left.Wait()
	}
	g.inside += size
}

func (g *gate) leave(size int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside -= size
	g.left.Signal()
}

// open lets everything in from now on.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opened = true
	g.left.Signal()
}
