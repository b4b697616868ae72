// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

const deliveryColumns = `position, lane, type, status, origin, attempts, due_at, created_at, finished_at, http_status, took_ms, error`

func scanDelivery(to ref, rows *sql.Rows, more ...any) (d Delivery, err error) {
	d.to = to
	columns := []any{
		&d.Position, &d.Lane, &d.Type, &d.Status, &d.Origin, &d.Attempts, &d.DueAt, &d.CreatedAt, &d.FinishedAt, &d.HTTPStatus, &d.TookMS, &d.Error,
	}
	err = rows.Scan(append(columns, more...)...)
	return d, err
}

// pending returns up to limit deliveries of an endpoint that are still to be
// made, behind a position, in order.
func (s *store) pending(ctx context.Context, to ref, after int64, limit int) ([]*Delivery, error) {
	const query = `
		SELECT ` + deliveryColumns + `
		FROM thirdparty_deliveries
		WHERE tenant = $1 AND endpoint = $2 AND status = 'pending' AND position > $3
		ORDER BY position
		LIMIT $4`
	var list []*Delivery
	err := db.EachRow(ctx, s.db, query, []any{to.tenant, to.id, after, limit}, func(rows *sql.Rows) error {
		d, err := scanDelivery(to, rows)
		list = append(list, &d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find pending deliveries: %w", err)
	}
	return list, nil
}

// waiting returns which endpoints have deliveries to be made. It goes from one
// endpoint to the next in the index, past all their deliveries.
func (s *store) waiting(ctx context.Context) (refs []ref, err error) {
	const query = `
		SELECT tenant, endpoint
		FROM thirdparty_deliveries
		WHERE status = 'pending' AND (tenant, endpoint) > ($1, $2)
		ORDER BY tenant, endpoint
		LIMIT 1`
	for at := (ref{}); ; {
		found := false
		err := db.EachRow(ctx, s.db, query, []any{at.tenant, at.id}, func(rows *sql.Rows) error {
			found = true
			return rows.Scan(&at.tenant, &at.id)
		})
		if err != nil {
			return nil, fmt.Errorf("find endpoints with deliveries: %w", err)
		}
		if !found {
			return refs, nil
		}
		refs = append(refs, at)
	}
}

// countPending returns how many deliveries an endpoint waits for, up to most.
func (s *store) countPending(ctx context.Context, to ref, most int) (count int64, err error) {
	const query = `
		SELECT COUNT(*)
		FROM (
			SELECT position
			FROM thirdparty_deliveries
			WHERE tenant = $1 AND endpoint = $2 AND status = 'pending'
			LIMIT $3) waiting`
	err = db.EachRow(ctx, s.db, query, []any{to.tenant, to.id, most}, func(rows *sql.Rows) error { return rows.Scan(&count) })
	if err != nil {
		return 0, fmt.Errorf("count pending deliveries: %w", err)
	}
	return count, nil
}

// deliveries returns an endpoint's deliveries before a position, newest event
// first; status "" is any.
func (s *store) deliveries(ctx context.Context, to ref, status string, before int64, limit int) ([]Delivery, error) {
	const query = `
		SELECT ` + deliveryColumns + `, exchanges
		FROM thirdparty_deliveries
		WHERE tenant = $1 AND endpoint = $2 AND position < $3 AND ($4 = '' OR status = $4)
		ORDER BY position DESC
		LIMIT $5`
	return s.queryDeliveries(ctx, s.db, to, query, to.tenant, to.id, before, status, limit)
}

func (s *store) delivery(ctx context.Context, q db.Querier, to ref, position int64) (Delivery, error) {
	const query = `
		SELECT ` + deliveryColumns + `, exchanges
		FROM thirdparty_deliveries
		WHERE tenant = $1 AND endpoint = $2 AND position = $3`
	list, err := s.queryDeliveries(ctx, q, to, query, to.tenant, to.id, position)
	return one(list, err, errNoDelivery)
}

func (s *store) queryDeliveries(ctx context.Context, q db.Querier, to ref, query string, args ...any) ([]Delivery, error) {
	var list []Delivery
	err := db.EachRow(ctx, q, query, args, func(rows *sql.Rows) error {
		var exchanges string
		d, err := scanDelivery(to, rows, &exchanges)
		if err == nil {
			err = json.Unmarshal([]byte(exchanges), &d.Exchanges)
		}
		list = append(list, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find deliveries: %w", err)
	}
	return list, nil
}

var newColumns = db.Columns{
	"tenant BIGINT", "endpoint TEXT", "position BIGINT", "lane TEXT", "type TEXT", "status TEXT", "origin TEXT", "attempts INTEGER", "due_at BIGINT",
	"created_at BIGINT", "finished_at BIGINT", "http_status INTEGER", "took_ms BIGINT", "error TEXT", "exchanges TEXT",
}

const insertDeliveries = `
	INSERT INTO thirdparty_deliveries (tenant, endpoint, position, lane, type, status, origin, attempts, due_at,
		created_at, finished_at, http_status, took_ms, error, exchanges)
	SELECT tenant, endpoint, position, lane, type, status, origin, attempts, due_at,
		created_at, finished_at, http_status, took_ms, error, exchanges
	FROM batch
	WHERE TRUE
	ON CONFLICT (tenant, endpoint, position) `

// What becomes of a delivery that is there already.
const (
	asItIs    = `DO NOTHING`
	afterFail = `DO UPDATE
		SET status = 'pending', origin = excluded.origin, attempts = 0, due_at = excluded.due_at, finished_at = 0
		WHERE thirdparty_deliveries.status = 'failed'`
	again = `DO UPDATE
		SET status = 'pending', origin = excluded.origin, attempts = 0, due_at = excluded.due_at, finished_at = 0
		WHERE thirdparty_deliveries.status <> 'pending'`
)

// insert adds deliveries; conflict says what becomes of those that are there.
func (s *store) insert(ctx context.Context, tx *eventlog.Tx, list []*Delivery, conflict string) error {
	if len(list) == 0 {
		return nil
	}
	b := db.NewBatch(newColumns, len(list))
	for _, d := range list {
		b.Add(d.to.tenant, d.to.id, d.Position, d.Lane, d.Type, d.Status, d.Origin, int64(d.Attempts), d.DueAt,
			d.CreatedAt, d.FinishedAt, int64(d.HTTPStatus), d.TookMS, d.Error, exchangesText(d.Exchanges))
	}
	if err := s.db.Update(ctx, tx.Tx, insertDeliveries+conflict, b); err != nil {
		return fmt.Errorf("add deliveries: %w", err)
	}
	return nil
}

var outcomeColumns = db.Columns{
	"tenant BIGINT", "endpoint TEXT", "position BIGINT", "status TEXT", "attempts INTEGER", "due_at BIGINT", "finished_at BIGINT",
	"http_status INTEGER", "took_ms BIGINT", "error TEXT", "exchanges TEXT",
}

// record writes down what attempts came to. Of several at one delivery the last
// counts: PostgreSQL takes any one of the rows that match.
func (s *store) record(ctx context.Context, tx *eventlog.Tx, list []*Delivery) error {
	const query = `
		UPDATE thirdparty_deliveries
		SET status = batch.status, attempts = batch.attempts, due_at = batch.due_at, finished_at = batch.finished_at,
			http_status = batch.http_status, took_ms = batch.took_ms, error = batch.error, exchanges = batch.exchanges
		FROM batch
		WHERE thirdparty_deliveries.tenant = batch.tenant AND thirdparty_deliveries.endpoint = batch.endpoint
			AND thirdparty_deliveries.position = batch.position AND thirdparty_deliveries.status = 'pending'`
	type name struct {
		to       ref
		position int64
	}
	last := map[name]*Delivery{}
	for _, d := range list {
		last[name{d.to, d.Position}] = d
	}
	b := db.NewBatch(outcomeColumns, len(last))
	for _, d := range list {
		if last[name{d.to, d.Position}] != d {
			continue
		}
		b.Add(d.to.tenant, d.to.id, d.Position, d.Status, int64(d.Attempts), d.DueAt, d.FinishedAt, int64(d.HTTPStatus), d.TookMS, d.Error, exchangesText(d.Exchanges))
	}
	if err := s.db.Update(ctx, tx.Tx, query, b); err != nil {
		return fmt.Errorf("record deliveries: %w", err)
	}
	return nil
}

// dropPending gives up what is still to be delivered to an endpoint.
func (s *store) dropPending(ctx context.Context, tx *eventlog.Tx, tenant int64, endpoint string, now int64) error {
	const drop = `
		UPDATE thirdparty_deliveries
		SET status = 'skipped', finished_at = $3, error = 'the endpoint was deleted'
		WHERE tenant = $1 AND endpoint = $2 AND status = 'pending'`
	const end = `
		UPDATE thirdparty_replays
		SET finished_at = $3
		WHERE tenant = $1 AND endpoint = $2 AND finished_at = 0`
	_, err := exec(ctx, tx, "drop deliveries", drop, tenant, endpoint, now)
	_, end2 := exec(ctx, tx, "end replays", end, tenant, endpoint, now)
	return errors.Join(err, end2)
}

// wake makes everything that an endpoint waits for due, with all attempts.
func (s *store) wake(ctx context.Context, tx *eventlog.Tx, tenant int64, endpoint string, now int64) error {
	const query = `
		UPDATE thirdparty_deliveries
		SET due_at = $3, attempts = 0
		WHERE tenant = $1 AND endpoint = $2 AND status = 'pending'`
	_, err := exec(ctx, tx, "wake deliveries", query, tenant, endpoint, now)
	return err
}

// purge removes finished deliveries of a tenant that are older than before.
func (s *store) purge(ctx context.Context, tx *eventlog.Tx, tenant int64, endpoint string, before int64, limit int) (removed int64, err error) {
	const query = `
		DELETE FROM thirdparty_deliveries
		WHERE tenant = $1 AND endpoint = $2 AND position IN (
			SELECT position
			FROM thirdparty_deliveries
			WHERE tenant = $1 AND endpoint = $2 AND status <> 'pending' AND created_at < $3
			ORDER BY position
			LIMIT $4)`
	return exec(ctx, tx, "purge deliveries", query, tenant, endpoint, before, limit)
}

// redact overwrites what was said about streams: requests and answers.
func (s *store) redact(ctx context.Context, tx *eventlog.Tx, tenant int64, lanes []string) error {
	const query = `
		UPDATE thirdparty_deliveries
		SET exchanges = '[]', error = 'erased'
		WHERE tenant = $1 AND lane = $2`
	for _, lane := range lanes {
		if _, err := exec(ctx, tx, "redact deliveries", query, tenant, lane); err != nil {
			return err
		}
	}
	return nil
}

const replayColumns = `tenant, id, endpoint, again, first, last, at, matched, created_at, finished_at`

func (s *store) insertReplay(ctx context.Context, tx *eventlog.Tx, r Replay) error {
	const query = `INSERT INTO thirdparty_replays (` + replayColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	_, err := exec(ctx, tx, "add replay", query, r.tenant, r.ID, r.Endpoint, number(r.Again), r.First, r.Last, r.At, r.Matched, r.CreatedAt, r.FinishedAt)
	return err
}

// openReplays returns those of all tenants that are not finished.
func (s *store) openReplays(ctx context.Context) ([]Replay, error) {
	const query = `
		SELECT ` + replayColumns + `
		FROM thirdparty_replays
		WHERE finished_at = 0
		ORDER BY id`
	return s.queryReplays(ctx, s.db, query)
}

// replays returns the newest of an endpoint.
func (s *store) replays(ctx context.Context, q db.Querier, to ref, limit int) ([]Replay, error) {
	const query = `
		SELECT ` + replayColumns + `
		FROM thirdparty_replays
		WHERE tenant = $1 AND endpoint = $2
		ORDER BY id DESC
		LIMIT $3`
	return s.queryReplays(ctx, q, query, to.tenant, to.id, limit)
}

func (s *store) queryReplays(ctx context.Context, q db.Querier, query string, args ...any) ([]Replay, error) {
	var list []Replay
	err := db.EachRow(ctx, q, query, args, func(rows *sql.Rows) error {
		var r Replay
		var repeat int
		err := rows.Scan(&r.tenant, &r.ID, &r.Endpoint, &repeat, &r.First, &r.Last, &r.At, &r.Matched, &r.CreatedAt, &r.FinishedAt)
		r.Again = repeat != 0
		list = append(list, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find replays: %w", err)
	}
	return list, nil
}

// moveReplay notes how far a replay has come; a Conflict when somebody else has
// moved or ended it meanwhile.
func (s *store) moveReplay(ctx context.Context, tx *eventlog.Tx, before, after Replay) error {
	const query = `
		UPDATE thirdparty_replays
		SET at = $4, matched = $5, finished_at = $6
		WHERE tenant = $1 AND id = $2 AND at = $3 AND finished_at = 0`
	rows, err := exec(ctx, tx, "move replay", query, before.tenant, before.ID, before.At, after.At, after.Matched, after.FinishedAt)
	if err == nil && rows == 0 {
		err = problem.New(problem.Conflict, "replay.moved", "The replay has moved on.")
	}
	return err
}
