// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"os/exec"
	"syscall"
)

// bindToParent ends the command when the tests end, however they do.
func bindToParent(c *exec.Cmd) {
	if c.SysProcAttr == nil {
		c.SysProcAttr = &syscall.SysProcAttr{}
	}
	c.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
