// SPDX-License-Identifier: Apache-2.0

package httpapi

import (
	"testing"

	"tandem/internal/problem"
)

// A cursor that somebody made up is a page that does not exist, or a place; a
// cursor of ours is the place that it was made of.
func FuzzIntCursor(f *testing.F) {
	f.Add("", int64(0))
	f.Add("MTIz", int64(123))
	f.Add("LTE", int64(-1))
	f.Add("MTIz=", int64(9))
	f.Add("OTk5OTk5OTk5OTk5OTk5OTk5OTk5", int64(-1<<63))
	f.Fuzz(func(t *testing.T, text string, place int64) {
		if n, err := ParseIntCursor(text, place); err != nil && problem.Of(err).Kind != problem.Invalid {
			t.Errorf("%q: %d, %v", text, n, err)
		}
		if n, err := ParseIntCursor(IntCursor(place), 0); err != nil || n != place {
			t.Errorf("%d came back as %d, %v", place, n, err)
		}
	})
}
