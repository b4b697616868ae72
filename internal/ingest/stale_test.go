// SPDX-License-Identifier: Apache-2.0

package ingest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/live"
)

// waitFor returns the call once it has ended, or fails.
func (o *office) waitFor(callID string, until func(live.Call) bool) live.Call {
	o.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		c, err := o.live.FindByCallID(o.Context(), 1, o.vendor.ID, callID)
		if err == nil && until(c) {
			return c
		}
		if time.Now().After(deadline) {
			o.Fatalf("call %s: %+v, %v", callID, c, err)
		}
	}
}

// A call of which nothing is heard for its connector's time is closed, once;
// one that was heard of is not. The end sorts behind what is known even when
// the phone system's clock is wrong, and a real end replaces it.
func TestStaleCallsAreClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		ahead := time.Now().Add(1000 * time.Hour).UTC().Truncate(time.Second)
		post := func(callID, typ string, at time.Time) {
			t.Helper()
			body := `{"type":"` + typ + `","call_id":"` + callID + `","timestamp":"` + at.Format(time.RFC3339) + `"}`
			if got := o.ask(http.MethodPost, "/webhook/"+vendorKey, body); got.status != 200 {
				t.Fatalf("status %d %s", got.status, got.body)
			}
		}
		post("silent", "call.new", ahead)
		post("silent", "call.ongoing", ahead.Add(time.Minute))
		post("ended", "call.new", ahead)
		post("ended", "call.finished", ahead)
		o.clock.Store((3 * time.Hour).Milliseconds())
		post("lively", "call.new", ahead)
		o.clock.Store((4*time.Hour + time.Minute).Milliseconds())
		isClosed := func(c live.Call) bool { return c.State.State == call.StateFinished }
		for range 2 { // the second time there is nothing to do
			stop := o.run()
			c := o.waitFor("silent", isClosed)
			if c.State.Outcome != call.OutcomeExpired || c.State.EndedAt != ahead.Add(time.Minute+4*time.Hour).UnixMilli() {
				t.Errorf("closed %+v", c.State)
			}
			stop()
		}
		expired := 0
		for _, r := range o.events() {
			if r.Type == call.TypeExpired {
				expired++
				if r.Connector != 0 || !strings.Contains(string(r.Data), `"call_id":"silent"`) {
					t.Errorf("record %+v", r)
				}
			}
		}
		if expired != 1 {
			t.Errorf("%d calls expired, want 1", expired)
		}
		if c := o.waitFor("lively", func(live.Call) bool { return true }); !c.State.Open() {
			t.Errorf("a call that was heard of is closed: %+v", c.State)
		}
		post("silent", "call.finished", ahead.Add(2*time.Hour)) // it had come before ours would
		if c := o.waitFor("silent", isClosed); c.State.Outcome != call.OutcomeAnswered || c.State.EndedAt != ahead.Add(2*time.Hour).UnixMilli() {
			t.Errorf("really ended %+v", c.State)
		}
	})
}

// The calls of a deleted connector are closed as well: nobody is left to
// report their end.
func TestStaleCallsOfDeletedConnector(t *testing.T) {
	t.Parallel()
	o := open(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	if got := o.ask(http.MethodPost, "/webhook/"+vendorKey, `{"type":"call.new","call_id":"c"}`); got.status != 200 {
		t.Fatalf("status %d", got.status)
	}
	if err := o.ingest.DeleteConnector(t.Context(), 1, o.vendor.ID); err != nil {
		t.Fatal(err)
	}
	o.clock.Store((5 * time.Hour).Milliseconds())
	stop := o.run()
	defer stop()
	o.waitFor("c", func(c live.Call) bool { return c.State.Outcome == call.OutcomeExpired })
	deadline := time.Now().Add(5 * time.Second)
	for counted(t, o.ingest, "tandem_calls_expired_total", "") != 1 {
		if time.Now().After(deadline) {
			t.Fatal("the closed call is not counted")
		}
	}
}
