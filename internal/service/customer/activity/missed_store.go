// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

const missedColumns = `id, match_key, number, calls, first_at, newest_at, newest_call, reached_at, reached_call, open, claimed_by, claimed_at, claimed_for`

// findMissed returns the missed calls with an id; NotFound when there are none.
func (s store) findMissed(ctx context.Context, q db.Querier, tenant int64, id string) (Missed, error) {
	const query = `
		SELECT ` + missedColumns + `
		FROM activity_missed
		WHERE tenant = $1 AND id = $2`
	missing := problem.New(problem.NotFound, "missed_call.not_found", "There is no such missed call.")
	if !isID(id) {
		return Missed{}, missing
	}
	list, err := s.queryMissed(ctx, q, query, tenant, id)
	if err != nil {
		return Missed{}, fmt.Errorf("find missed call %s: %w", id, err)
	}
	if len(list) == 0 {
		return Missed{}, missing
	}
	return list[0], nil
}

// listMissed returns up to limit numbers that are open or not, those that
// called last first, behind a place.
func (s store) listMissed(ctx context.Context, tenant int64, open bool, claimed string, after place, limit int) ([]Missed, error) {
	w := where{text: `WHERE tenant = $1 AND open = $2`, args: []any{tenant, number(open)}}
	if claimed != "" {
		w.and(`claimed_by = ?`, claimed)
	}
	if after != (place{}) {
		w.and(`newest_at <= ?`, after.at)
		w.and(`(newest_at < ? OR id < ?)`, after.at, after.id)
	}
	w.args = append(w.args, limit)
	list, err := s.queryMissed(ctx, s.db, `SELECT `+missedColumns+` FROM activity_missed `+w.text+fmt.Sprintf(` ORDER BY newest_at DESC, id DESC LIMIT $%d`, len(w.args)), w.args...)
	if err != nil {
		return nil, fmt.Errorf("list missed calls: %w", err)
	}
	return list, nil
}

// eachMissed returns all of a tenant's.
func (s store) eachMissed(ctx context.Context, tenant int64) ([]Missed, error) {
	const query = `
		SELECT ` + missedColumns + `
		FROM activity_missed
		WHERE tenant = $1`
	list, err := s.queryMissed(ctx, s.db, query, tenant)
	if err != nil {
		return nil, fmt.Errorf("list missed calls: %w", err)
	}
	return list, nil
}

func (s store) queryMissed(ctx context.Context, q db.Querier, query string, args ...any) (list []Missed, err error) {
	err = db.EachRow(ctx, q, query, args, func(rows *sql.Rows) error {
		var m Missed
		var open int
		err := rows.Scan(&m.ID, &m.MatchKey, &m.Number, &m.Calls, &m.FirstAt, &m.NewestAt, &m.NewestCall, &m.ReachedAt, &m.ReachedCall,
			&open, &m.Claim.By, &m.Claim.At, &m.Claim.For)
		m.Open = open != 0
		list = append(list, m)
		return err
	})
	return list, err
}

var keyBatch = db.Columns{"tenant BIGINT", "match_key TEXT"}

// known returns those of the numbers that were ever missed, and of each
// whether it is open.
func (s store) known(ctx context.Context, q db.Querier, tenant int64, keys []string) (map[string]bool, error) {
	const query = `
		SELECT match_key, open
		FROM activity_missed
		WHERE (tenant, match_key) IN (SELECT tenant, match_key FROM batch)`
	batch := db.NewBatch(keyBatch, len(keys))
	for _, key := range keys {
		batch.Add(tenant, key)
	}
	found := map[string]bool{}
	err := s.db.Find(ctx, q, query, batch, func(rows *sql.Rows) error {
		var key string
		var open int
		err := rows.Scan(&key, &open)
		found[key] = open != 0
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find missed numbers: %w", err)
	}
	return found, nil
}

var missedBatch = db.Columns{
	"tenant BIGINT", "match_key TEXT", "id TEXT", "number TEXT", "calls BIGINT", "first_at BIGINT", "newest_at BIGINT", "newest_call BIGINT",
	"reached_at BIGINT", "reached_call BIGINT", "open INTEGER",
}

// ends says that a claim has ended: the number was reached behind what it was
// for, or the calls that it was for are not kept any more.
const ends = `excluded.reached_at >= activity_missed.claimed_for OR excluded.first_at > activity_missed.claimed_for`

// writeMissed adds or replaces what the calls of numbers come to. Claims that
// hold stay.
func (s store) writeMissed(ctx context.Context, tx *eventlog.Tx, tenant int64, list []Missed) error {
	const statement = `
		INSERT INTO activity_missed (tenant, match_key, id, number, calls, first_at, newest_at, newest_call, reached_at, reached_call, open,
			claimed_by, claimed_at, claimed_for)
		SELECT tenant, match_key, id, number, calls, first_at, newest_at, newest_call, reached_at, reached_call, open, '', 0, 0
		FROM batch
		WHERE true
		ON CONFLICT (tenant, match_key) DO UPDATE SET
			number = excluded.number, calls = excluded.calls, first_at = excluded.first_at, newest_at = excluded.newest_at,
			newest_call = excluded.newest_call, reached_at = excluded.reached_at, reached_call = excluded.reached_call, open = excluded.open,
			claimed_by = CASE WHEN ` + ends + ` THEN '' ELSE activity_missed.claimed_by END,
			claimed_at = CASE WHEN ` + ends + ` THEN 0 ELSE activity_missed.claimed_at END,
			claimed_for = CASE WHEN ` + ends + ` THEN 0 ELSE activity_missed.claimed_for END`
	batch := db.NewBatch(missedBatch, len(list))
	for _, m := range list {
		batch.Add(tenant, m.MatchKey, m.ID, m.Number, m.Calls, m.FirstAt, m.NewestAt, m.NewestCall, m.ReachedAt, m.ReachedCall, number(m.Open))
	}
	if err := s.db.Update(ctx, tx.Tx, statement, batch); err != nil {
		return fmt.Errorf("write missed calls: %w", err)
	}
	return nil
}

// writeClaim writes who takes care.
func (s store) writeClaim(ctx context.Context, tx *eventlog.Tx, tenant int64, m Missed) error {
	const query = `
		UPDATE activity_missed
		SET claimed_by = $3, claimed_at = $4, claimed_for = $5
		WHERE tenant = $1 AND id = $2`
	if _, err := tx.ExecContext(ctx, query, tenant, m.ID, m.Claim.By, m.Claim.At, m.Claim.For); err != nil {
		return fmt.Errorf("write claim of %s: %w", m.ID, err)
	}
	return nil
}

// removeMissed forgets numbers.
func (s store) removeMissed(ctx context.Context, tx *eventlog.Tx, tenant int64, keys []string) error {
	const statement = `
		DELETE FROM activity_missed
		WHERE (tenant, match_key) IN (SELECT tenant, match_key FROM batch)`
	batch := db.NewBatch(keyBatch, len(keys))
	for _, key := range keys {
		batch.Add(tenant, key)
	}
	if err := s.db.Update(ctx, tx.Tx, statement, batch); err != nil {
		return fmt.Errorf("forget missed numbers: %w", err)
	}
	return nil
}
