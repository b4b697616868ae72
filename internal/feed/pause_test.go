// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"testing"
	"time"
)

// Frames begin a period apart, a little more where telling takes long, unless it
// takes so long that a room would not rest any more.
func TestPauseAfter(t *testing.T) {
	t.Parallel()
	tests := map[time.Duration]time.Duration{0: 50, 5: 45, 6: 54, 10: 60, 25: 45, 40: 40, 50: 50, 400: 50}
	for took, want := range tests {
		if got := pauseAfter(took*time.Millisecond, 50*time.Millisecond); got != want*time.Millisecond {
			t.Errorf("after %d ms: %v, want %d ms", took, got, want)
		}
	}
}
