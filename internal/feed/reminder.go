// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
)

const typeReminderDue = "reminder.due"

// reminderUpdate is the data of Reminder.
type reminderUpdate struct {
	Position int64     `json:"position"`
	ID       string    `json:"_id"`
	Contact  string    `json:"idContact"`
	Text     string    `json:"text"`
	DueDate  int64     `json:"duedate"` // Unix ms, as the reminder has it
	At       time.Time `json:"at"`      // when it fell due here
}

// remind tells the agent that a record reminds, if it does. It reports whether
// it does: that changes no call.
func (f *Feed) remind(r *eventlog.Record) bool {
	if r.Type != typeReminderDue {
		return false
	}
	var due struct {
		ID      string `json:"id"`
		Contact string `json:"contact_id"`
		Text    string `json:"text"`
		Body    struct {
			Agent string `json:"reminded_agent"`
			DueAt int64  `json:"due_at"`
		} `json:"body"`
	}
	if json.Unmarshal(r.Data, &due) != nil || due.Body.Agent == "" {
		return true
	}
	f.tellUser(r, due.Body.Agent, eventReminder, reminderUpdate{
		Position: r.Position, ID: due.ID, Contact: due.Contact, Text: due.Text, DueDate: due.Body.DueAt, At: httpapi.Instant(r.At),
	})
	return true
}

// tellUser sends what a record says to the subscribed sockets of one user of
// its tenant. As server-sent event it has no id: a stream comes back by where
// it was with the calls.
func (f *Feed) tellUser(r *eventlog.Record, user, event string, update any) {
	data, err := json.Marshal(update)
	if err != nil { // texts, numbers and times that can be written
		return
	}
	told := frameOf(event, r.Position, data)
	told.sse = sync.OnceValue(func() []byte { return fmt.Appendf(nil, "event: %s\ndata: %s\n\n", event, data) })
	for _, c := range f.some(func(c *client) bool { return c.user == user && c.room.tenant.ID == r.Tenant }) {
		c.room.mu.Lock()
		if c.subscribed {
			c.out.send(c.render(told)) // one that takes nothing is soon closed
		}
		c.room.mu.Unlock()
	}
}
