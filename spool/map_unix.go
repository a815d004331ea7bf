//go:build unix

package spool

import (
	"io"
	"os"
	"syscall"
)

// Map returns the bytes of a file without reading them: the kernel does, page by page,
// when they are looked at. They must not be written to and are gone after release. Since
// the program ends where somebody shortens the file meanwhile, they should be released
// soon. What is no regular file is read.
func Map(f *os.File) (data []byte, release func() error, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		data, err = io.ReadAll(f)
		return data, func() error { return nil }, err
	}
	data, err = syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		return nil, nil, os.NewSyscallError("mmap", err)
	}
	return data, func() error { return os.NewSyscallError("munmap", syscall.Munmap(data)) }, nil
}
