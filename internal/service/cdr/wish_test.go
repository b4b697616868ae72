// SPDX-License-Identifier: Apache-2.0

package cdr_test

import (
	"fmt"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/live/liveview"
)

// A call that Tandem had made says where the wish came from; one whose code is
// the phone system's own does not.
func TestCallCarriesItsWish(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		answerNames(t, f.bus)
		made := f.append(event("made", "call.new", 0, `,"code":"0198f000-0000-7000-8000-000000000001"`))
		theirs := f.append(event("theirs", "call.new", 0, `,"code":"A-77"`))
		for id, page := range map[int64]string{made: "/prices", theirs: ""} {
			var c liveview.Call
			if status := f.get(fmt.Sprint("/api/v1/calls/", id), &c); status != 200 {
				t.Fatalf("status %d", status)
			}
			if (c.Wish != nil) != (page != "") || c.Wish != nil && c.Wish.About["page"] != page {
				t.Errorf("%s has %+v", c.CallID, c.Wish)
			}
		}
	})
}
