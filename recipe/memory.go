package recipe

import (
	"os"
	"strconv"
	"strings"
)

// assumedMemory is what a machine has that does not say what it has.
const assumedMemory = 4 << 30

// machineMemory returns the bytes of memory that this process may use: the machine's,
// or those of the control group it runs in where they are fewer.
func machineMemory() int64 {
	total := int64(assumedMemory)
	if info, err := os.ReadFile("/proc/meminfo"); err == nil {
		total = memTotal(string(info), total)
	}
	for _, name := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		limit, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(limit)), 10, 64); err == nil && n > 0 {
			total = min(total, n)
		}
	}
	return total
}

// memTotal reads the line "MemTotal: 16384 kB" of /proc/meminfo.
func memTotal(info string, otherwise int64) int64 {
	for line := range strings.Lines(info) {
		f := strings.Fields(line)
		if len(f) == 3 && f[0] == "MemTotal:" && f[2] == "kB" {
			if n, err := strconv.ParseInt(f[1], 10, 64); err == nil && n > 0 && n < 1<<50 {
				return n << 10
			}
		}
	}
	return otherwise
}
