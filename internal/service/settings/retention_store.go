// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"context"
	"database/sql"
	"embed"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
)

// Tables holds the migrations of the table this package owns.
//
//go:embed migrations/*.sql
var Tables embed.FS

// turn is how far a call centre's old calls have been erased, and whose turn it
// is to do that.
type turn struct {
	tenant     int64
	owner      string // "" for nobody
	beatAt     int64  // Unix ms
	days       int
	calls      int64
	events     int64
	finishedAt int64 // Unix ms; 0 for never
}

// turns returns those of all call centres that ever had one.
func (s *Settings) turns(ctx context.Context) (all map[int64]turn, err error) {
	const query = `
		SELECT tenant, owner, beat_at, days, calls, events, finished_at
		FROM settings_retention`
	all = map[int64]turn{}
	err = db.EachRow(ctx, s.Database, query, nil, func(rows *sql.Rows) error {
		var t turn
		err := rows.Scan(&t.tenant, &t.owner, &t.beatAt, &t.days, &t.calls, &t.events, &t.finishedAt)
		all[t.tenant] = t
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find turns: %w", err)
	}
	return all, nil
}

// take makes a turn this process's, unless another was faster. What a run that
// was cut short has erased is counted on.
func (s *Settings) take(ctx context.Context, t turn) (taken bool, err error) {
	const query = `
		INSERT INTO settings_retention (tenant, owner, beat_at, days, calls, events, finished_at)
		VALUES ($1, $2, $3, $4, 0, 0, 0)
		ON CONFLICT (tenant) DO UPDATE SET
			calls = CASE WHEN settings_retention.owner = '' THEN 0 ELSE settings_retention.calls END,
			events = CASE WHEN settings_retention.owner = '' THEN 0 ELSE settings_retention.events END,
			owner = excluded.owner, beat_at = excluded.beat_at, days = excluded.days
		WHERE settings_retention.owner = $5 AND settings_retention.beat_at = $6`
	err = s.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		taken, err = isOne(tx.ExecContext(ctx, query, t.tenant, s.owner, s.Now().UnixMilli(), t.days, t.owner, t.beatAt))
		return err
	})
	if err != nil {
		return false, fmt.Errorf("take turn: %w", err)
	}
	return taken, nil
}

// beat says within tx that this process is still at it, and what it has erased.
// It reports false when it is no longer this process's turn.
func (s *Settings) beat(ctx context.Context, tx *eventlog.Tx, tenant, calls, events int64) (bool, error) {
	const query = `
		UPDATE settings_retention
		SET beat_at = $3, calls = calls + $4, events = events + $5
		WHERE tenant = $1 AND owner = $2`
	return isOne(tx.ExecContext(ctx, query, tenant, s.owner, s.Now().UnixMilli(), calls, events))
}

// leave ends this process's turn within tx, and returns what came of it. It
// reports false when it was no longer this process's.
func (s *Settings) leave(ctx context.Context, tx *eventlog.Tx, tenant int64) (t turn, left bool, err error) {
	const query = `
		UPDATE settings_retention
		SET owner = '', finished_at = $3
		WHERE tenant = $1 AND owner = $2
		RETURNING days, calls, events`
	err = db.EachRow(ctx, tx, query, []any{tenant, s.owner, s.Now().UnixMilli()}, func(rows *sql.Rows) error {
		left = true
		return rows.Scan(&t.days, &t.calls, &t.events)
	})
	return t, left, err
}

func isOne(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}
