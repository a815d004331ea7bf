//go:build unix

package filters

import "syscall"

// cpuSeconds returns what the process has used, since a busy machine makes the time
// on the wall mean little; 0 where that is not known.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}
