//go:build !linux && !darwin

package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Lock makes this process the only one that works in the folder until unlock is
// called: it makes the file "lock", which must not exist. After a crash the file
// stays and has to be removed by hand.
func Lock(dir *Dir) (unlock func(), err error) {
	path := dir.Join("lock")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		pid, _ := os.ReadFile(path)
		return nil, &InUse{Path: dir.Path, PID: strings.TrimSpace(string(pid)), Stale: path}
	}
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
	if err := errors.Join(err, f.Close()); err != nil {
		os.Remove(path)
		return nil, err
	}
	return func() { os.Remove(path) }, nil
}
