// SPDX-License-Identifier: Apache-2.0

package thirdparty

import "testing"

// The templates that come with Tandem can be used as they are, wherever the
// process runs: with their own settings they need nothing but an address.
func TestBuiltInSchemas(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, template := range builtIns {
		if err := template.check(); err != nil {
			t.Errorf("%s: %v", template.ID, err)
		}
		settings, err := withDefaults(template.Schema, nil)
		if err != nil {
			t.Errorf("%s: %v", template.ID, err)
		}
		var f faults
		if checkSettings(&f, template.Schema, settings); len(f) != 0 {
			t.Errorf("%s with its own settings %s: %v", template.ID, settings, f)
		}
	}
}
