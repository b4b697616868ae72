// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
)

// alarm is a reminder that has yet to fall due.
type alarm struct {
	tenant int64
	id     string
	due    int64 // Unix ms
}

func (s store) putAlarm(ctx context.Context, tx *eventlog.Tx, tenant int64, id string, due int64) error {
	const query = `
		INSERT INTO activity_alarms (tenant, id, due_at)
		VALUES ($1, $2, $3)
		ON CONFLICT (tenant, id) DO UPDATE SET due_at = excluded.due_at`
	if _, err := tx.ExecContext(ctx, query, tenant, id, due); err != nil {
		return fmt.Errorf("set alarm of %s: %w", id, err)
	}
	return nil
}

func (s store) clearAlarm(ctx context.Context, tx *eventlog.Tx, tenant int64, id string) error {
	const query = `DELETE FROM activity_alarms WHERE tenant = $1 AND id = $2`
	if _, err := tx.ExecContext(ctx, query, tenant, id); err != nil {
		return fmt.Errorf("clear alarm of %s: %w", id, err)
	}
	return nil
}

// dueAlarms returns the alarms of all tenants that are due, the oldest first.
func (s store) dueAlarms(ctx context.Context, now int64, limit int) (list []alarm, err error) {
	const query = `
		SELECT tenant, id, due_at
		FROM activity_alarms
		WHERE due_at <= $1
		ORDER BY due_at
		LIMIT $2`
	err = db.EachRow(ctx, s.db, query, []any{now, limit}, func(rows *sql.Rows) error {
		var a alarm
		err := rows.Scan(&a.tenant, &a.id, &a.due)
		list = append(list, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find reminders that are due: %w", err)
	}
	return list, nil
}

// takeAlarm takes an alarm out, and reports whether it was there as it was read.
func (s store) takeAlarm(ctx context.Context, tx *eventlog.Tx, a alarm) (bool, error) {
	const query = `DELETE FROM activity_alarms WHERE tenant = $1 AND id = $2 AND due_at = $3`
	result, err := tx.ExecContext(ctx, query, a.tenant, a.id, a.due)
	if err != nil {
		return false, fmt.Errorf("take alarm of %s: %w", a.id, err)
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

// reminders returns up to limit of an agent's reminders, the first to fall due
// first, behind a place: unchecked ones from and before a time (0 for any), or
// those that are checked.
func (s store) reminders(ctx context.Context, tenant int64, agent, status string, from, to int64, after place, limit int) ([]Activity, error) {
	w := where{text: `WHERE tenant = $1 AND reminded_agent = $2 AND status = $3 AND deleted = 0`, args: []any{tenant, agent, status}}
	if from != 0 {
		w.and(`due_at >= ?`, from)
	}
	if to != 0 {
		w.and(`due_at < ?`, to)
	}
	if after != (place{}) {
		w.and(`due_at >= ?`, after.at)
		w.and(`(due_at > ? OR id > ?)`, after.at, after.id)
	}
	w.args = append(w.args, limit)
	list, err := s.query(ctx, s.db, `SELECT `+entryColumns+` FROM activity_entries `+w.text+fmt.Sprintf(` ORDER BY due_at, id LIMIT $%d`, len(w.args)), w.args...)
	if err != nil {
		return nil, fmt.Errorf("list reminders: %w", err)
	}
	return list, nil
}
