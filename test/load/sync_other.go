// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package main

import "os"

// datasync makes what was written to file durable.
func datasync(file *os.File) error { return file.Sync() }
