//go:build !unix

package filters

func cpuSeconds() float64 { return 0 }
