// SPDX-License-Identifier: Apache-2.0

package live

import "testing"

// The stream of a call leads back to it, and so does whatever is read as one.
func FuzzStream(f *testing.F) {
	f.Add(int64(1), "1463669263.30033", "call/1/1463669263.30033")
	f.Add(int64(-1), "a/b/", "call//")
	f.Add(int64(0), "", "call/+7/x")
	f.Fuzz(func(t *testing.T, connector int64, callID, stream string) {
		if number, id, ok := ParseStream(Stream(connector, callID)); !ok || number != connector || id != callID {
			t.Errorf("%d %q came back as %d %q %v", connector, callID, number, id, ok)
		}
		number, id, ok := ParseStream(stream)
		if !ok {
			return
		}
		if again, other, ok := ParseStream(Stream(number, id)); !ok || again != number || other != id {
			t.Errorf("%q was read as %d %q and then as %d %q %v", stream, number, id, again, other, ok)
		}
	})
}
