//go:build !unix

package external

import "os/exec"

// apart does nothing here: there are no process groups.
func apart(*exec.Cmd) {}

// killGroup kills a command.
func killGroup(c *exec.Cmd) { c.Process.Kill() }
