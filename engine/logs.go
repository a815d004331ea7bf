package engine

import (
	"fmt"
	"strings"

	"tamis/spool"
)

// Logs are the files that scans of all stages append to: quarantined records, rejected
// documents and rows on clusters and domains. The names of those that stay are paths below the run
// directory; a resumed run cuts them to the length of the last commit.

const (
	quarantineDir = "quarantine"
	rejectsDir    = "rejects"
	reviewDir     = "review" // what people should look at again
)

func isLog(name string) bool {
	return isRows(name) || strings.HasPrefix(name, quarantineDir+"/") || strings.HasPrefix(name, rejectsDir+"/") || strings.HasPrefix(name, reviewDir+"/")
}

// isRows reports whether a log holds rows for a table of the run directory.
func isRows(name string) bool { return name == clusterRows || name == domainRows }

// quarantineName is the log of a source's quarantined records. Recipes refuse names that
// are none of a file; the records of a plan that has one are set aside all the same.
func quarantineName(source string) string {
	if strings.ContainsAny(source, "/\\\x00") {
		source = folderOf(source)
	}
	return quarantineDir + "/" + source + ".jsonl"
}

func splitLog(name string) (dir, base string) {
	i := strings.IndexByte(name, '/')
	return name[:i], name[i+1:]
}

// appendLog appends to a log, which is made when it is first needed.
func (r *Run) appendLog(name string, data []byte) error {
	if len(data) == 0 {
		return nil
	}
	if r.files[name] == nil {
		if err := r.openFile(name, 0); err != nil {
			return err
		}
	}
	return r.files[name].WriteBlock(data)
}

// dropLogs removes logs that were begun after the last commit.
func (r *Run) dropLogs(lengths map[string]int64) error {
	for _, dir := range []string{quarantineDir, rejectsDir, reviewDir} {
		there, err := r.dir.Exists(dir)
		if err != nil {
			return err
		}
		if !there {
			continue
		}
		d := &spool.Dir{Disk: r.dir.Disk, Path: r.dir.Join(dir)}
		entries, err := d.List()
		if err != nil {
			return err
		}
		for _, e := range entries {
			if _, committed := lengths[dir+"/"+e.Name()]; committed {
				continue
			}
			if err := d.Remove(e.Name()); err != nil {
				return fmt.Errorf("drop what was not committed: %w", err)
			}
		}
	}
	return nil
}
