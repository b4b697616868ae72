// SPDX-License-Identifier: Apache-2.0

package ingest_test

import (
	"net/http"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/live"
)

// The clock jumps two days ahead and back. What was closed meanwhile takes its
// real end when that comes, what is posted is stored whatever the time, and a
// clock that is behind closes nothing.
func TestClockJumps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		began := time.Now().UTC().Truncate(time.Second)
		stored := 0
		post := func(typ, callID string, at time.Time) {
			t.Helper()
			body := `{"type":"` + typ + `","call_id":"` + callID + `","timestamp":"` + at.Format(time.RFC3339) + `"}`
			if got := o.ask(http.MethodPost, "/webhook/"+vendorKey, body); got.status != http.StatusOK {
				t.Fatalf("status %d %s", got.status, got.body)
			}
			stored++
		}
		post("call.new", "jumped", began)
		post("call.ongoing", "jumped", began.Add(time.Second))

		o.clock.Store((48 * time.Hour).Milliseconds())
		stop := o.run()
		o.waitFor("jumped", func(c live.Call) bool { return c.State.Outcome == call.OutcomeExpired })
		stored++ // the end that we made up
		stop()

		o.clock.Store(-(48 * time.Hour).Milliseconds())
		post("call.new", "behind", began)
		stop = o.run()
		post("call.finished", "jumped", began.Add(time.Minute))
		ended := o.waitFor("jumped", func(c live.Call) bool { return c.State.Outcome == call.OutcomeAnswered })
		if want := began.Add(time.Minute).UnixMilli(); ended.State.EndedAt != want {
			t.Errorf("ended at %d, want %d", ended.State.EndedAt, want)
		}
		stop()
		if c := o.waitFor("behind", func(live.Call) bool { return true }); !c.State.Open() {
			t.Errorf("closed by a clock that is behind: %+v", c.State)
		}
		if got := len(o.events()); got != stored {
			t.Errorf("%d events, want %d", got, stored)
		}
	})
}
