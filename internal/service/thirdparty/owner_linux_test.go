// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	osexec "os/exec"
	"strconv"
	"strings"
	"testing"
)

// A process that was killed is gone, whether its parent has noticed or not; of one that lives, of one elsewhere, and of a name of an earlier version
// nobody says so.
func TestGone(t *testing.T) {
	t.Parallel()
	cmd := osexec.CommandContext(t.Context(), "sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	process := strconv.Itoa(cmd.Process.Pid)
	other := "x/" + place() + "/" + process + "/" + startOf(process)
	for _, owner := range []string{newOwner(), other, strings.Replace(other, place(), "elsewhere", 1), "x/" + place() + "/" + process + "/", "c0ffee", ""} {
		if gone(owner) {
			t.Errorf("%q is said to be gone", owner)
		}
	}
	if later := "x/" + place() + "/" + process + "/1"; !gone(later) {
		t.Error("a process of the same number is taken for an earlier one")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if !gone(other) {
		t.Error("a process that was killed is not said to be gone")
	}
}
