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
)

const endpointColumns = `id, name, template, integrator, url, events, filter, settings, secret, old_secret, old_until, enabled, reason,
	disabled_at, stopped, since, failing_since, last_error, created_at, updated_at, deleted`

// endpoints returns a tenant's endpoints behind after, newest first.
func (s *store) endpoints(ctx context.Context, q db.Querier, tenant int64, deleted bool, after string, limit int) ([]Endpoint, error) {
	const query = `
		SELECT ` + endpointColumns + `
		FROM thirdparty_endpoints
		WHERE tenant = $1 AND deleted <= $2 AND ($3 = '' OR id < $3)
		ORDER BY id DESC
		LIMIT $4`
	return s.queryEndpoints(ctx, q, query, tenant, number(deleted), after, limit)
}

func (s *store) endpoint(ctx context.Context, q db.Querier, tenant int64, id string) (Endpoint, error) {
	const query = `
		SELECT ` + endpointColumns + `
		FROM thirdparty_endpoints
		WHERE tenant = $1 AND id = $2`
	var list []Endpoint
	var err error
	if isID(id) {
		list, err = s.queryEndpoints(ctx, q, query, tenant, id)
	}
	return one(list, err, errNoEndpoint)
}

// enabled returns a tenant's endpoints that are enabled.
func (s *store) enabled(ctx context.Context, q db.Querier, tenant int64) ([]Endpoint, error) {
	const query = `
		SELECT ` + endpointColumns + `
		FROM thirdparty_endpoints
		WHERE tenant = $1 AND enabled = 1 AND deleted = 0
		ORDER BY id`
	return s.queryEndpoints(ctx, q, query, tenant)
}

// tenants returns those that have endpoints. It is one of the few queries over
// all tenants: one process serves them all.
func (s *store) tenants(ctx context.Context) (ids []int64, err error) {
	const query = `SELECT DISTINCT tenant FROM thirdparty_endpoints`
	err = db.EachRow(ctx, s.db, query, nil, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list tenants with endpoints: %w", err)
	}
	return ids, nil
}

// users returns how many endpoints that are not deleted are of a template or
// an integrator.
func (s *store) users(ctx context.Context, q db.Querier, tenant int64, id string) (count int64, err error) {
	const query = `
		SELECT COUNT(*)
		FROM thirdparty_endpoints
		WHERE tenant = $1 AND deleted = 0 AND (template = $2 OR integrator = $2)`
	err = db.EachRow(ctx, q, query, []any{tenant, id}, func(rows *sql.Rows) error { return rows.Scan(&count) })
	if err != nil {
		return 0, fmt.Errorf("count endpoints of %s: %w", id, err)
	}
	return count, nil
}

// ids returns the ids of all endpoints of a tenant, deleted ones too.
func (s *store) ids(ctx context.Context, tenant int64) (ids []string, err error) {
	const query = `SELECT id FROM thirdparty_endpoints WHERE tenant = $1`
	err = db.EachRow(ctx, s.db, query, []any{tenant}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list endpoints: %w", err)
	}
	return ids, nil
}

// count returns how many endpoints a tenant has.
func (s *store) count(ctx context.Context, q db.Querier, tenant int64) (count int64, err error) {
	const query = `SELECT COUNT(*) FROM thirdparty_endpoints WHERE tenant = $1 AND deleted = 0`
	err = db.EachRow(ctx, q, query, []any{tenant}, func(rows *sql.Rows) error { return rows.Scan(&count) })
	if err != nil {
		return 0, fmt.Errorf("count endpoints: %w", err)
	}
	return count, nil
}

func (s *store) queryEndpoints(ctx context.Context, q db.Querier, query string, args ...any) ([]Endpoint, error) {
	var list []Endpoint
	err := db.EachRow(ctx, q, query, args, func(rows *sql.Rows) error {
		var e Endpoint
		var events, settings string
		var enabled, deleted int
		err := rows.Scan(&e.ID, &e.Name, &e.Template, &e.Integrator, &e.URL, &events, &e.Filter, &settings, &e.sealed, &e.oldSealed, &e.oldUntil,
			&enabled, &e.Reason, &e.DisabledAt, &e.stopped, &e.since, &e.failingSince, &e.lastError, &e.CreatedAt, &e.UpdatedAt, &deleted)
		e.Settings, e.Enabled, e.Deleted = json.RawMessage(settings), enabled != 0, deleted != 0
		list = append(list, e)
		return errors.Join(err, json.Unmarshal([]byte(events), &list[len(list)-1].Events))
	})
	if err != nil {
		return nil, fmt.Errorf("find endpoints: %w", err)
	}
	return list, nil
}

func (s *store) saveEndpoint(ctx context.Context, tx *eventlog.Tx, tenant int64, e *Endpoint) error {
	const query = `
		INSERT INTO thirdparty_endpoints (tenant, ` + endpointColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
		ON CONFLICT (tenant, id) DO UPDATE
		SET name = excluded.name, template = excluded.template, integrator = excluded.integrator, url = excluded.url, events = excluded.events,
			filter = excluded.filter, settings = excluded.settings, secret = excluded.secret, old_secret = excluded.old_secret,
			old_until = excluded.old_until, enabled = excluded.enabled, reason = excluded.reason, disabled_at = excluded.disabled_at,
			stopped = excluded.stopped, since = excluded.since, failing_since = excluded.failing_since, last_error = excluded.last_error,
			updated_at = excluded.updated_at, deleted = excluded.deleted`
	_, err := exec(ctx, tx, "save endpoint", query, tenant, e.ID, e.Name, e.Template, e.Integrator, e.URL, listOf(e.Events), e.Filter, string(e.Settings),
		e.sealed, e.oldSealed, e.oldUntil, number(e.Enabled), e.Reason, e.DisabledAt, e.stopped, e.since, e.failingSince, e.lastError,
		e.CreatedAt, e.UpdatedAt, number(e.Deleted))
	return err
}

// setFailing notes since when an endpoint's deliveries fail and why; 0 that
// they no longer do.
func (s *store) setFailing(ctx context.Context, tx *eventlog.Tx, tenant int64, id string, since int64, reason string) error {
	const query = `
		UPDATE thirdparty_endpoints
		SET failing_since = $3, last_error = $4
		WHERE tenant = $1 AND id = $2`
	_, err := exec(ctx, tx, "note state of endpoint", query, tenant, id, since, reason)
	return err
}
