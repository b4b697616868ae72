// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// freeze stops the server and all its processes where they are, as a machine
// whose disk hangs does: connections stay open and nothing answers.
func (c *cluster) freeze(t *testing.T) (thaw func()) {
	t.Helper()
	frozen := append([]int{c.server.Process.Pid}, children(t, c.server.Process.Pid)...)
	signal := func(s syscall.Signal) {
		for _, pid := range frozen {
			if err := syscall.Kill(pid, s); err != nil && s == syscall.SIGSTOP {
				t.Error(err)
			}
		}
	}
	thawed := false
	thaw = func() {
		if !thawed {
			signal(syscall.SIGCONT)
		}
		thawed = true
	}
	t.Cleanup(thaw) // a process that is stopped does not end
	signal(syscall.SIGSTOP)
	return thaw
}

// children returns a process's children.
func children(t *testing.T, parent int) (pids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid; the name may hold anything.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) < 2 || fields[1] != fmt.Sprint(parent) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}
