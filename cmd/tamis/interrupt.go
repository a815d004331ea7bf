package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// stopping is what a command does at a Ctrl-C that has nothing to commit.
const stopping = "stopping"

// interruptible returns a context that ends with the first Ctrl-C, at which it says what
// it does; the second one ends the process at once, after some last calls, which is as
// safe as a kill. stop gives the signals back.
func (a *app) interruptible(ctx context.Context, does string, last ...func()) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals, done := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer close(done)
		if _, open := <-signals; !open {
			return
		}
		a.say("\n%s; Ctrl-C again stops at once", does)
		cancel()
		if _, open := <-signals; open {
			for _, f := range last {
				f()
			}
			os.Exit(exitInterrupted)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		<-done
		cancel()
	}
}
