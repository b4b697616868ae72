// SPDX-License-Identifier: Apache-2.0

package activity_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
)

// A replay finds nothing where all is well, and puts right whatever was lost or
// spoilt: entries, missed calls and who takes care of them.
func TestReplay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		contact := d.contact("Mia", miasNumber)
		d.report(events("a", told{0, "call.new", ""}, told{1, "actor.entered", `,"actor":"ana"`}, told{9, "call.finished", ""})...)
		d.report(rang("m1", 100)...)
		d.report(eventsOf(demo.ID, "0987654321", "inbound", "x", told{150, "call.new", ""}, told{160, "call.finished", ""})...)
		for _, item := range first(d.list("/api/v1/missed-calls")) {
			d.want(http.StatusOK, http.MethodPost, "/api/v1/missed-calls/"+item["id"].(string)+"/claim", "")
		}
		if found, err := d.Replay(t.Context(), false); err != nil || found.Different != 0 || found.Calls != 3 {
			t.Fatalf("where all is well: %+v, %v", found, err)
		}
		logs, missed := d.logs(contact), d.missed("")
		spoil := []string{
			`DELETE FROM activity_entries WHERE status = 'missed'`,
			`UPDATE activity_entries SET body = '{"status":"busy"}', creator = ''`,
			`DELETE FROM activity_missed WHERE number = '0987654321'`,
			`UPDATE activity_missed SET calls = 7, claimed_by = ''`,
		}
		err := d.log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
			for _, statement := range spoil {
				if _, err := tx.ExecContext(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, apply := range []bool{false, true} {
			if found, err := d.Replay(t.Context(), apply); err != nil || found.Different != 4 || len(found.Examples) != 4 {
				t.Errorf("apply %v: %+v, %v", apply, found, err)
			}
		}
		if found, err := d.Replay(t.Context(), true); err != nil || found.Different != 0 {
			t.Errorf("once put right: %+v, %v", found, err)
		}
		if diff := cmp.Diff(logs, d.logs(contact)) + cmp.Diff(missed, d.missed("")); diff != "" {
			t.Errorf("put right (-want +got):\n%s", diff)
		}
	})
}

func first[A, B any](a A, _ B) A { return a }

// Activities go where their contact goes, those about calls too, and stay there
// when the calls are looked at again.
func TestContactsMerged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		mia, leo := d.contact("Mia", miasNumber), d.contact("Leo", "0987654321")
		d.create(`{"idContact":"` + leo + `","type":"note","text":"a"}`)
		d.report(eventsOf(demo.ID, "0987654321", "inbound", "x", told{150, "call.new", ""}, told{160, "call.finished", ""})...)
		err := d.log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
			return d.MoveContacts(ctx, tx, demo.ID, []string{leo}, mia)
		})
		if err != nil {
			t.Fatal(err)
		}
		d.report(eventsOf(demo.ID, "0987654321", "inbound", "x", told{155, "call.ongoing", ""})...)
		d.again()
		if diff := cmp.Diff([]string{"x incoming success"}, d.logs(mia)); diff != "" || len(d.logs(leo)) != 0 {
			t.Errorf("calls, %v stayed (-want +got):\n%s", d.logs(leo), diff)
		}
		if items, _ := d.list("/api/v1/contacts/" + mia + "/timeline"); len(items) != 2 {
			t.Errorf("timeline %v", items)
		}
	})
}
