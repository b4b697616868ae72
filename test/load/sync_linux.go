// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"syscall"
)

// datasync makes what was written to file durable.
func datasync(file *os.File) error { return syscall.Fdatasync(int(file.Fd())) }
