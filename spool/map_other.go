//go:build !unix

package spool

import (
	"io"
	"os"
)

// Map returns the bytes of a file.
func Map(f *os.File) (data []byte, release func() error, err error) {
	data, err = io.ReadAll(f)
	return data, func() error { return nil }, err
}
