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
// in flight.
//
// When ctx is cancelled no further item is begun, but all that are in flight are
// committed before ctx's error is returned: an interrupted run loses nothing. The
// first other error stops everything at once. All goroutines have ended when
// inOrder returns.
func inOrder[T, R any](ctx context.Context, workers int, next func() (T, error),
	work func(worker int, item T) (R, error), commit func(R) error) error {

	type job struct {
		item T
		done chan outcome[R]
	}
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
			j := job{item, make(chan outcome[R], 1)}
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
				j.done <- outcome[R]{r, err}
			}
		})
	}

	err := commitAll(pending, commit)
	close(stop)
	all.Wait()
	if err == nil && !errors.Is(readErr, io.EOF) {
		err = readErr
	}
	return err
}

// An outcome is what work returned for one item.
type outcome[R any] struct {
	result R
	err    error
}

// commitAll commits results until the channel closes or one of them is an error.
func commitAll[R any](pending chan chan outcome[R], commit func(R) error) error {
	for done := range pending {
		o := <-done
		if o.err != nil {
			return o.err
		}
		if err := commit(o.result); err != nil {
			return err
		}
	}
	return nil
}
