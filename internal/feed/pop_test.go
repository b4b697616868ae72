// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
)

// pop appends the order to open a page at an agent.
func (f *fixture) pop(tenant int64, agent, url string, at time.Time) {
	f.Helper()
	_, err := f.log.Append(f.Context(), eventlog.Event{
		Tenant: tenant, Stream: "agent/0/" + agent, Key: fmt.Sprint("pop/", f.serial.Add(1)), Type: "agent.popped",
		At: at.UnixMilli(), Received: at.UnixMilli(), Timed: true, Data: fmt.Appendf(nil, `{"agent":%q,"url":%q}`, agent, url),
	})
	if err != nil {
		f.Fatal(err)
	}
}

// A page is opened at every subscribed socket of the agent it is meant for,
// and at nobody else's; one that was ordered long ago is not opened any more.
func TestPop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		ana, again, bruno, theirs, silent := f.dial(), f.dial(), f.dial("X-Test-User", "bruno"), f.dial("X-Test-Tenant", "other"), f.dial()
		for _, s := range []*socket{ana, again, bruno, theirs} {
			s.send(`{"event":"subscribe","data":{}}`)
			s.await("Subscribed")
		}
		f.pop(1, "ana", "https://crm.example/old", time.Now().Add(-time.Hour))
		f.pop(1, "ana", "https://crm.example/17", time.Now())
		for _, s := range []*socket{ana, again} {
			if got := s.await("Pop"); !strings.Contains(got.text, `"url":"https://crm.example/17","window":"page","call":null`) {
				t.Errorf("got %s", got.text)
			}
		}
		// What is told after it has been told to all: nobody else heard of the page.
		f.append(1, "c1", "call.new")
		f.append(2, "c1", "call.new")
		for _, s := range []*socket{bruno, theirs} {
			if got := s.next(); got.Event != "Changes" {
				t.Errorf("got %s", got.text)
			}
		}
		if got := silent.next(); got.Event != "DataChanged" {
			t.Errorf("who has not subscribed got %s", got.text)
		}
	})
}
