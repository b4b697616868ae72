// SPDX-License-Identifier: Apache-2.0

package feed_test

import (
	"fmt"
	"strings"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
)

// remind appends the fact that a reminder of an agent has fallen due.
func (f *fixture) remind(tenant int64, agent string) {
	f.Helper()
	const id = "01998000-0000-7000-8000-000000000001"
	data := fmt.Appendf(nil, `{"id":%q,"type":"reminder","contact_id":"c9","text":"Call \"again\"","body":{"reminded_agent":%q,"due_at":1767312000000}}`, id, agent)
	_, err := f.log.Append(f.Context(), eventlog.Event{
		Tenant: tenant, Stream: "activity/" + id, Key: fmt.Sprint("reminder.due/", f.serial.Add(1)), Type: "reminder.due",
		At: now, Received: now, Timed: true, Data: data,
	})
	if err != nil {
		f.Fatal(err)
	}
}

// A reminder that falls due is told to every subscribed socket of the agent it
// reminds, once, and to nobody else.
func TestReminder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		f := setUp(t, database)
		ana, again, bruno, theirs := f.dial(), f.dial(), f.dial("X-Test-User", "bruno"), f.dial("X-Test-Tenant", "other")
		for _, s := range []*socket{ana, again, bruno, theirs} {
			s.send(`{"event":"subscribe","data":{}}`)
			s.await("Subscribed")
		}
		f.remind(1, "ana")
		for _, s := range []*socket{ana, again} {
			if got := s.next(); got.Event != "Reminder" || !strings.Contains(got.text, `"idContact":"c9","text":"Call \"again\"","duedate":1767312000000`) {
				t.Errorf("got %s", got.text)
			}
		}
		// What is told after it has been told to all: nobody else heard of the
		// reminder, and nobody twice.
		f.append(1, "c1", "call.new")
		f.append(2, "c1", "call.new")
		for _, s := range []*socket{ana, again, bruno, theirs} {
			if got := s.next(); got.Event != "Changes" {
				t.Errorf("got %s", got.text)
			}
		}
	})
}
