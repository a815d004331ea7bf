package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"tamis/plan"
	"tamis/spool"
)

// The test binary is also the process that is killed: with these variables set it
// runs the test plan and sends itself SIGKILL before an operation on the disk.
const (
	killIn  = "TAMIS_TEST_KILL_IN"
	killOut = "TAMIS_TEST_KILL_OUT"
	killAt  = "TAMIS_TEST_KILL_AT"
)

func TestMain(m *testing.M) {
	if os.Getenv(killOut) != "" {
		os.Exit(victim())
	}
	os.Exit(m.Run())
}

// victim runs the plan and dies at the operation it was told.
func victim() int {
	at, _ := strconv.Atoi(os.Getenv(killAt))
	n := 0
	disk := &spool.Failing{Disk: spool.OS{}, At: -1, Log: func(string) {
		if n++; n > at {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	}}
	p := killPlan(new(testing.T), os.Getenv(killIn), os.Getenv(killOut))
	if err := curate(p, Options{Workers: 2, Disk: disk, CommitEvery: 4 << 10}, context.Background()); err != nil && !errors.Is(err, ErrFinished) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func killPlan(t *testing.T, in, out string) *plan.Plan {
	p := testPlan(t, in, out)
	p.Output.Shuffle = true
	return p
}

// A run is killed at 50 seeded moments, some of them while it goes on after an earlier
// kill, and always ends in the same bytes.
func TestKilledRunGoesOn(t *testing.T) {
	in := corpus(t)
	want := golden(t, in, func(p *plan.Plan) { p.Output.Shuffle = true })
	rng := rand.New(rand.NewPCG(1, 2))
	for kills := 0; kills < 50; {
		out := filepath.Join(t.TempDir(), "out")
		for {
			killed := runVictim(t, in, out, 1+rng.IntN(150))
			if !killed {
				break
			}
			kills++
		}
		sameTree(t, fmt.Sprintf("after %d kills", kills), tree(t, out), want)
	}
}

// runVictim reports whether the process was killed before it had finished.
func runVictim(t *testing.T, in, out string, at int) bool {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), killIn+"="+in, killOut+"="+out, killAt+"="+strconv.Itoa(at))
	output, err := cmd.CombinedOutput()
	if err == nil {
		return false
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("%v: %s", err, output)
	}
	return true
}
