package classify

import (
	"syscall"
	"unsafe"
)

// makeLarge returns n zeros for tables that are read in no order. The kernel is asked to
// back them by pages of 2 MiB: with those of 4 KiB most reads miss the processor's table
// of pages, too, which takes longer than the read.
func makeLarge[T any](n int) []T {
	s := make([]T, n)
	const page = 4096
	if size := n * int(unsafe.Sizeof(s[0])); size >= 1<<20 {
		bytes := unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), size)
		skip := -uintptr(unsafe.Pointer(&s[0])) % page
		_ = syscall.Madvise(bytes[skip:size&^(page-1)], syscall.MADV_HUGEPAGE) // without them it is only slower
	}
	return s
}
