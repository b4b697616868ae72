// SPDX-License-Identifier: Apache-2.0

package doctor_test

import (
	"context"
	"io/fs"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/doctor"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/live/livetest"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// The doctor finds nothing wrong with a healthy system, and each thing that is
// broken in another, by name.
func TestExamine(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		log, l, tenants, _ := livetest.Start(t, database)
		for i, typ := range []string{"call.new", "call.standby"} {
			e := eventlog.Event{
				Tenant: 1, Connector: 1, Stream: live.Stream(1, "c"), Key: typ, Type: typ, At: int64(1000 + i), Received: 1000,
				Timed: true, Data: []byte(`{"call_id":"c","their_number":"0912345678"}`),
			}
			if _, err := log.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		p := doctor.Patient{
			Database: database, Log: log, Live: l, Tenants: tenants, Data: t.TempDir(),
			Modules: map[string]fs.FS{"eventlog": eventlog.Tables, "live": live.Tables},
		}
		if wrong := examine(t, p); len(wrong) != 0 {
			t.Errorf("healthy, but %v", wrong)
		}
		err := log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
			for _, harm := range []string{
				`DELETE FROM events WHERE position = 1`,
				`UPDATE live_counts SET finished = 3`,
				`INSERT INTO checkpoints (reader, position) VALUES ('routing', 99)`,
			} {
				if _, err := tx.ExecContext(ctx, harm); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		wrong := examine(t, p)
		for _, what := range []string{"positions", "calls", "counters", "reader routing"} {
			if !wrong[what] {
				t.Errorf("did not find what is wrong with %s", what)
			}
		}
		p.Tenants = tenant.NewDirectory(database, otherBox(t))
		if !examine(t, p)["secrets"] {
			t.Error("did not find that the secrets are of another key")
		}
	})
}

// Of an installation that was never started, or not since an update, the doctor
// says so instead of failing at its tables.
func TestExamineBeforeTheFirstStart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		tenants := tenant.NewDirectory(database, otherBox(t))
		l := live.New(database, tenants)
		wrong := examine(t, doctor.Patient{
			Database: database, Log: eventlog.New(database, nil, nil), Live: l, Tenants: tenants, Data: t.TempDir(),
			Modules: map[string]fs.FS{"eventlog": eventlog.Tables, "live": live.Tables},
		})
		if !wrong["schema"] || len(wrong) != 1 {
			t.Errorf("found %v", wrong)
		}
	})
}

func examine(t *testing.T, p doctor.Patient) map[string]bool {
	t.Helper()
	findings, err := doctor.Examine(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	wrong := map[string]bool{}
	for _, f := range findings {
		if !f.OK && f.What != "disk" {
			wrong[f.What] = true
		}
	}
	return wrong
}

// otherBox returns a box with a key that nothing here was sealed with.
func otherBox(t *testing.T) *secret.Box {
	t.Helper()
	box, err := secret.Load("", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return box
}
