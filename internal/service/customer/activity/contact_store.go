// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/audit"
	"tandem/internal/db"
	"tandem/internal/eventlog"
)

// MoveContacts makes activities with some contacts those of another, into
// which they are merged.
func (s *Activities) MoveContacts(ctx context.Context, tx *eventlog.Tx, tenant int64, from []string, to string) error {
	const statement = `
		UPDATE activity_entries
		SET contact_id = $1
		WHERE tenant = $2 AND contact_id = $3`
	for _, contact := range from {
		if _, err := tx.ExecContext(ctx, statement, to, tenant, contact); err != nil {
			return fmt.Errorf("move activities: %w", err)
		}
	}
	return nil
}

// EraseContact overwrites what activities with a contact say, forgets the
// reminders and missed calls, and returns the streams of the log that are about
// them. When something was done, what kind of thing and what became of it
// stays. It has to run while the contact's numbers are still its own.
func (s *Activities) EraseContact(ctx context.Context, tx *eventlog.Tx, tenant int64, contact string) (streams []string, err error) {
	list, err := s.store.query(ctx, tx, `
		SELECT `+entryColumns+`
		FROM activity_entries
		WHERE tenant = $1 AND contact_id = $2`, tenant, contact)
	if err != nil {
		return nil, fmt.Errorf("find activities with %s: %w", contact, err)
	}
	for i := range list {
		a := &list[i]
		a.erased = true
		a.Body.CallLogID, a.Body.Source, a.Body.Destination, a.Body.To, a.Body.Error = "", "", "", "", ""
		if a.Type == TypeReminder {
			if err := s.store.clearAlarm(ctx, tx, tenant, a.ID); err != nil {
				return nil, err
			}
			a.Body.Status = Checked
		}
		if a.Text = audit.Erased; a.Type == TypeCallLog {
			a.Text = ""
		}
		if a.Origin == OriginAPI {
			streams = append(streams, Stream(a.ID))
			if err := audit.Erase(ctx, tx, tenant, "activity/"+a.ID); err != nil {
				return nil, err
			}
		}
	}
	if err := s.store.write(ctx, tx, tenant, list...); err != nil {
		return nil, err
	}
	gone, err := s.store.eraseMissed(ctx, tx, tenant, contact)
	for _, id := range gone {
		streams = append(streams, missedPrefix+id)
	}
	return streams, err
}

// eraseMissed forgets the missed calls of a contact's numbers, and returns
// their ids.
func (s store) eraseMissed(ctx context.Context, tx *eventlog.Tx, tenant int64, contact string) (ids []string, err error) {
	const ofContact = `
		FROM activity_missed
		WHERE tenant = $1 AND (match_key IN (SELECT match_key FROM customer_claims WHERE tenant = $1 AND contact_id = $2)
			OR newest_call IN (SELECT call FROM activity_entries WHERE tenant = $1 AND contact_id = $2 AND call > 0))`
	err = db.EachRow(ctx, tx, `SELECT id`+ofContact, []any{tenant, contact}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE`+ofContact, tenant, contact)
	}
	if err != nil {
		return nil, fmt.Errorf("forget missed calls of %s: %w", contact, err)
	}
	return ids, nil
}
