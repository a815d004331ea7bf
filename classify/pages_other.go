//go:build !linux

package classify

// makeLarge returns n zeros.
func makeLarge[T any](n int) []T { return make([]T, n) }
