package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interruptible returns a context that ends with the first Ctrl-C; the second one
// ends the process at once, after some last calls, which is as safe as a kill. stop gives
// the signals back.
func (a *app) interruptible(ctx context.Context, last ...func()) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals, done := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer close(done)
		if _, open := <-signals; !open {
			return
		}
		a.say("\ncommitting what is under way; Ctrl-C again stops at once")
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
