// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package fault_test

import "testing"

// freeze finds the server's processes on Linux only.
func (c *cluster) freeze(t *testing.T) (thaw func()) {
	t.Helper()
	t.Skip("NOT TESTED: a database that hangs; this is no Linux")
	return nil
}
