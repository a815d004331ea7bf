package spool

// InUse says that another process works in a folder.
type InUse struct {
	Path  string
	PID   string // as the other process wrote it; "" where it cannot be read
	Stale string // file to remove where that process is gone; "" where the system does it
}

func (e *InUse) Error() string {
	who := "another process"
	if e.PID != "" {
		who = "process " + e.PID
	}
	msg := e.Path + ": in use by " + who + "; wait for it to end, or choose another folder"
	if e.Stale != "" {
		msg += "; where that process is gone, remove " + e.Stale
	}
	return msg
}
