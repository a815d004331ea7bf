//go:build linux || darwin

package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// Lock makes this process the only one that works in the folder until unlock is
// called or the process ends, however it ends. It holds a flock on the file "lock",
// which stays and carries the process id. The lock is the machine's, not the Disk's.
func Lock(dir *Dir) (unlock func(), err error) {
	f, err := os.OpenFile(dir.Join("lock"), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, inUse(dir, f)
		}
		return nil, fmt.Errorf("lock %s: %w", dir.Path, err)
	}
	if err := writePID(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// inUse names the process that has the lock.
func inUse(dir *Dir, f io.Reader) error {
	pid, _ := io.ReadAll(io.LimitReader(f, 32))
	return &InUse{Path: dir.Path, PID: strings.TrimSpace(string(pid))}
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintf(f, "%d\n", os.Getpid())
	return err
}
