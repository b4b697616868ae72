// SPDX-License-Identifier: Apache-2.0

package activity_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/service/customer/activity"
)

// remind adds a reminder that falls due so many ms after base, and returns its id.
func (d *desk) remind(contact string, after int64) string {
	d.Helper()
	got := d.create(fmt.Sprintf(`{"idContact":%q,"type":"reminder","text":"call again","body":{"duedate":%d}}`, contact, base+after))
	return got["_id"].(string)
}

// at sets the clock, has reminders fall due, and returns how often each of
// them has by now.
func (d *desk) at(after int64) map[string]int {
	d.Helper()
	d.clock.Store(base + after)
	if err := d.Fire(d.Context()); err != nil {
		d.Fatal(err)
	}
	records, err := d.log.ReadAfter(d.Context(), 0, 10_000)
	if err != nil {
		d.Fatal(err)
	}
	fired := map[string]int{}
	for _, r := range records {
		if r.Type == activity.TypeDue {
			var a activity.Activity
			if err := json.Unmarshal(r.Data, &a); err != nil || r.Stream != activity.Stream(a.ID) || a.Body.RemindedAgent == "" {
				d.Errorf("%s: %s, %v", r.Stream, r.Data, err)
			}
			fired[a.ID]++
		}
	}
	return fired
}

// mine returns the ids of ana's reminders in a state.
func (d *desk) mine(state string) (ids []string) {
	d.Helper()
	for after := ""; ; {
		items, next := d.list("/api/v1/reminders?limit=1&state=" + state + "&after=" + after)
		for _, item := range items {
			ids = append(ids, item["_id"].(string))
		}
		if after = next; after == "" {
			return ids
		}
	}
}

// A reminder falls due once, when the clock says so, whichever way the clock is
// set before and after; what is checked, deleted or put off does not, and what
// is put off does so then.
func TestRemindersFallDueOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		contact := d.contact("Mia", miasNumber)
		first, second, checked, deleted := d.remind(contact, 1000), d.remind(contact, 2000), d.remind(contact, 1000), d.remind(contact, 1000)
		path := func(id string) string { return "/api/v1/activities/" + id }
		d.want(http.StatusOK, http.MethodPatch, path(checked), `{"body":{"status":"checked"}}`)
		d.want(http.StatusNoContent, http.MethodDelete, path(deleted), "")
		for _, step := range []struct {
			after       int64
			first, then int // how often each has fallen due
		}{
			{999, 0, 0},
			{-86_400_000, 0, 0}, // the clock is set back
			{1000, 1, 0},
			{1000, 1, 0},
			{500, 1, 0}, // set back behind what has fired
			{1500, 1, 0},
			{86_400_000, 1, 1}, // set forth
			{0, 1, 1},
			{3000, 1, 1},
		} {
			fired := d.at(step.after)
			if fired[first] != step.first || fired[second] != step.then || len(fired) > 2 {
				t.Errorf("at %d: %v; want %d and %d", step.after, fired, step.first, step.then)
			}
		}
		if due := d.mine("due"); fmt.Sprint(due) != fmt.Sprint([]string{first, second}) {
			t.Errorf("due: %v", due)
		}
		if got := d.mine("checked"); fmt.Sprint(got) != fmt.Sprint([]string{checked}) {
			t.Errorf("checked: %v", got)
		}

		snooze := func(id string, after int64) string { return fmt.Sprintf(`{"until":%d}`, base+after) }
		d.want(http.StatusOK, http.MethodPost, path(first)+"/snooze", snooze(first, 9000))
		if up, open := d.mine("upcoming"), d.mine("open"); fmt.Sprint(up) != fmt.Sprint([]string{first}) || len(open) != 2 {
			t.Errorf("upcoming %v, open %v", up, open)
		}
		if fired := d.at(8999); fired[first] != 1 {
			t.Errorf("put off: %v", fired)
		}
		if fired := d.at(9000); fired[first] != 2 {
			t.Errorf("put off until now: %v", fired)
		}
		d.want(http.StatusUnprocessableEntity, http.MethodPost, path(first)+"/snooze", snooze(first, 9000))
		note := d.create(`{"idContact":"` + contact + `","type":"note","text":"a"}`)["_id"].(string)
		d.want(http.StatusConflict, http.MethodPost, path(note)+"/snooze", snooze(note, 99_000))
		d.want(http.StatusOK, http.MethodPatch, path(checked), `{"body":{"status":"unchecked"}}`)
		if fired := d.at(10_000); fired[checked] != 1 {
			t.Errorf("unchecked again: %v", fired)
		}
		d.want(http.StatusOK, http.MethodPatch, path(first), `{"text":"other words"}`)
		if fired := d.at(11_000); fired[first] != 2 {
			t.Errorf("other words made it fall due again: %v", fired)
		}
		d.want(http.StatusOK, http.MethodPost, path(deleted)+"/restore", "")
		if fired := d.at(12_000); fired[deleted] != 1 {
			t.Errorf("restored: %v", fired)
		}
	})
}

// However many processes look at once, each reminder falls due once; agents
// see their own only.
func TestRemindersInSeveralProcesses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		contact := d.contact("Mia", miasNumber)
		for i := range int64(110) { // more than fire in one transaction
			d.remind(contact, i)
		}
		d.clock.Store(base + 1000)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for range 3 {
					if err := d.Fire(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		fired := d.at(1001)
		for id, n := range fired {
			if n != 1 {
				t.Errorf("%s fell due %d times", id, n)
			}
		}
		if len(fired) != 110 || len(d.mine("due")) != 110 || len(d.by(bruno).mine("due")) != 0 {
			t.Errorf("%d fell due", len(fired))
		}
	})
}
