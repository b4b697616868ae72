// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"context"
	"errors"
	"testing"

	"tandem/internal/audit"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/eventlog/eventlogtest"
	"tandem/internal/identity"
)

// What is done and the word of it are written together or not at all, and the
// word says who and from where.
func TestRecord(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		if err := database.Migrate(t.Context(), "audit", audit.Tables); err != nil {
			t.Fatal(err)
		}
		log := eventlogtest.Start(t, database)
		ctx := identity.With(t.Context(), identity.Principal{ID: "u1", Login: "ana", Role: "agent"})
		ctx = identity.WithOrigin(ctx, identity.Origin{Address: "192.0.2.7", RequestID: "r1"})
		entry := audit.Entry{Tenant: 1, Action: "contact.changed", Object: "contact/7", Before: map[string]string{"name": "A"}}
		undone := errors.New("undone")
		for _, end := range []error{nil, undone} {
			err := log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
				if err := audit.Record(ctx, tx, entry); err != nil {
					return err
				}
				return end
			})
			if !errors.Is(err, end) {
				t.Fatalf("transaction ended with %v, want %v", err, end)
			}
		}
		rows := 0
		var who, address, request, before, after string
		const query = `SELECT COUNT(*), MAX(actor_name), MAX(address), MAX(request_id), MAX(before), MAX(after) FROM audit_entries WHERE tenant = 1`
		if err := database.QueryRowContext(t.Context(), query).Scan(&rows, &who, &address, &request, &before, &after); err != nil {
			t.Fatal(err)
		}
		if rows != 1 || who != "ana" || address != "192.0.2.7" || request != "r1" || before != `{"name":"A"}` || after != "" {
			t.Errorf("recorded %d rows: %s from %s in %s, before %s, after %q", rows, who, address, request, before, after)
		}
	})
}
