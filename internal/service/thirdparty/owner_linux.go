// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// startAt is where /proc/…/stat says behind the name when a process began.
const startAt = 19

// newOwner returns a name that no other process has, with where this one runs,
// so that those beside it can see when it is gone.
func newOwner() string {
	process := strconv.Itoa(os.Getpid())
	return strings.Join([]string{strconv.FormatUint(rand.Uint64(), 36), place(), process, startOf(process)}, "/")
}

// place names the start of the system and the process namespace (proc(5)):
// where they are the same, a number means the same process. It is "" where that
// cannot be seen.
func place() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	space, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(boot)) + "." + space
}

// startOf returns when a process began, which tells it from a later one of the
// same number; "-" if it has ended and its parent has not noticed, "" if it
// cannot be seen.
func startOf(process string) string {
	stat, err := os.ReadFile("/proc/" + process + "/stat")
	if err != nil {
		return ""
	}
	// The name, in parentheses, may hold anything; the state comes behind it.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	switch {
	case len(fields) <= startAt:
		return ""
	case bytes.ContainsAny(fields[0], "ZX"):
		return "-"
	}
	return string(fields[startAt])
}

// gone reports whether the process of a name certainly lives no more. Of one
// elsewhere nobody here can say, nor of one that only cannot be seen: proc may
// hide those of other users.
func gone(owner string) bool {
	parts := strings.Split(owner, "/")
	here := place()
	if len(parts) != 4 || here == "" || parts[1] != here || parts[3] == "" {
		return false
	}
	process, err := strconv.Atoi(parts[2])
	if err != nil {
		return false
	}
	if started := startOf(parts[2]); started != "" {
		return started != parts[3]
	}
	return errors.Is(syscall.Kill(process, 0), syscall.ESRCH)
}
