// SPDX-License-Identifier: Apache-2.0

package guard_test

import (
	"testing"

	"tandem/internal/guard"
)

// What is private is dialled where that was opened, and what hands out
// credentials never, however its address is written.
func TestControl(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct{ closed, private bool }{
		"93.184.216.34:80":            {true, true},
		"[2606:2800:220:1::1]:443":    {true, true},
		"127.0.0.1:5038":              {false, true},
		"10.1.2.3:80":                 {false, true},
		"192.168.1.1:80":              {false, true},
		"100.64.0.1:80":               {false, true},
		"[::1]:80":                    {false, true},
		"[fd00::1]:80":                {false, true},
		"169.254.169.254:80":          {false, false},
		"[::ffff:169.254.169.254]:80": {false, false},
		"[64:ff9b::a9fe:a9fe]:80":     {false, false},
		"[fe80::1]:80":                {false, false},
		"[fd00:ec2::254]:80":          {false, false},
		"0.0.0.0:80":                  {false, false},
	} {
		network := "tcp4"
		if address[0] == '[' {
			network = "tcp6"
		}
		closed, private := guard.Control(false)(network, address, nil) == nil, guard.Control(true)(network, address, nil) == nil
		if closed != want.closed || private != want.private {
			t.Errorf("%s: closed %v, private %v", address, closed, private)
		}
	}
}
