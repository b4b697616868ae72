// SPDX-License-Identifier: Apache-2.0

package activity_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/service/customer/activity"
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

// Activities go where their contact goes, and say nothing more of a person who
// was erased; what the log says later does not bring it back.
func TestContactsMergedAndErased(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := start(t, database)
		mia, leo := d.contact("Mia", miasNumber), d.contact("Leo", "0987654321")
		d.report(rang("m1", 0)...)
		note := d.create(`{"idContact":"` + mia + `","type":"note","text":"secret"}`)["_id"].(string)
		reminder := d.remind(mia, 1000)
		d.create(`{"idContact":"` + mia + `","type":"sms","text":"secret"}`)
		d.report(eventsOf(demo.ID, "0987654321", "inbound", "x", told{150, "call.new", ""}, told{160, "call.finished", ""})...)

		var streams []string
		err := d.log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) (err error) {
			if err := d.MoveContacts(ctx, tx, demo.ID, []string{leo}, mia); err != nil {
				return err
			}
			streams, err = d.EraseContact(ctx, tx, demo.ID, mia)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(streams, activity.Stream(note)) || len(streams) != 5 { // three activities, two missed calls
			t.Errorf("streams %v", streams)
		}
		d.report(events("m1", told{5, "call.ongoing", ""})...)
		d.again()
		items, _ := d.list("/api/v1/activities?idContact=" + mia)
		text := fmt.Sprint(items)
		for _, personal := range []string{"secret", "0912", "m1", "0987"} {
			if strings.Contains(text, personal) {
				t.Errorf("%q is still there: %s", personal, text)
			}
		}
		if len(items) != 5 || d.at(9_999)[reminder] != 0 {
			t.Errorf("%d activities, want 5, and none that falls due", len(items))
		}
		var kept int
		const trail = `SELECT COUNT(*) FROM audit_entries WHERE before LIKE '%secret%' OR after LIKE '%secret%'`
		if err := database.QueryRowContext(t.Context(), trail).Scan(&kept); err != nil || kept != 0 {
			t.Errorf("%d entries of the audit trail say it still, %v", kept, err)
		}
	})
}
