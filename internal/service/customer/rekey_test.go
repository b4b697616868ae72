// SPDX-License-Identifier: Apache-2.0

package customer_test

import (
	"context"
	"log/slog"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/ask"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
)

// Contacts that were stored by older rules get their keys and words at the next
// start, and the older of two that have come to be one number's keeps it.
func TestOlderRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		const older, newer, plain = "0198c0de-0000-7000-8000-000000000001", "0198c0de-0000-7000-8000-000000000002", "0198c0de-0000-7000-8000-000000000003"
		err := p.log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
			for _, row := range [][]any{
				{older, "Older", "01201234567", "raw:01201234567"},
				{newer, "Newer", "0701234567", "+84701234567"},
				{plain, "Ánh", "0912345678", "+84912345678"},
			} {
				if _, err := tx.ExecContext(ctx, `
					INSERT INTO customer_contacts (tenant, id, first_name, last_name, gender, email, phone, match_key, avatar, search, created_at, updated_at, deleted)
					VALUES (1, $1, $2, '', '', '', $3, $4, '', 'x', 5, 6, 0)`, row...); err != nil {
					return err
				}
				if _, err := tx.ExecContext(ctx, `INSERT INTO customer_claims (tenant, match_key, contact_id, connector, call_id) VALUES (1, $1, $2, 1, $3)`, row[3], row[0], row[1]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		rung, leave, err := p.bus.Listen(ask.BellContacts)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		done := make(chan error, 1)
		module := p.Module(httpapi.New("test", slog.New(slog.DiscardHandler)))
		go func() { done <- module.Run(ctx) }()
		<-rung // when the keys have been made anew
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		for _, number := range []string{"01201234567", "0701234567", "+84 120 123 4567"} {
			if m := p.call(t, "c"+number, number); m.ContactID != older || m.New {
				t.Errorf("%s: %+v", number, m)
			}
		}
		// Whoever asks again about the call that brought the number gets the same answer.
		if m := p.call(t, "Newer", "0701234567"); !m.New {
			t.Errorf("asked again: %+v", m)
		}
		for search, want := range map[string][]string{"anh": {"Ánh"}, "0120 123 4567": {"Newer", "Older"}, "0912345678": {"Ánh"}, "x": nil} {
			list := p.expect(t, u1, "GET", "/api/v1/contacts?search="+url.QueryEscape(search), "", 200, "")
			if diff := cmp.Diff(want, names(list)); diff != "" {
				t.Errorf("%s: %s", search, diff)
			}
		}
		if claims := texts(t, database, `SELECT match_key FROM customer_claims ORDER BY match_key`); claims != "+84701234567\n+84912345678" {
			t.Errorf("claims: %s", claims)
		}
	})
}
