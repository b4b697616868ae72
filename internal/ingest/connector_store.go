// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

// store holds connectors and the inbox.
type store struct{ db *db.DB }

// row is a connector as it is stored.
type row struct {
	Connector

	keyHash, keySealed, passwordSealed string
	deleted                            bool
}

const connectorColumns = `tenant, id, name, dialect, key_hash, key_sealed, api_url, api_user, api_password,
	clock_tolerance, stale_after, created_at, deleted`

// find returns a connector that is not deleted; NotFound when there is none.
func (s *store) find(ctx context.Context, tenant, id int64) (row, error) {
	rows, err := s.query(ctx, s.db, `WHERE tenant = $1 AND id = $2 AND deleted = 0`, tenant, id)
	return oneConnector(rows, err)
}

// findByName is find by name.
func (s *store) findByName(ctx context.Context, tenant int64, name string) (row, error) {
	rows, err := s.query(ctx, s.db, `WHERE tenant = $1 AND name = $2 AND deleted = 0`, tenant, name)
	return oneConnector(rows, err)
}

// list returns up to limit connectors of a tenant behind id after, without
// deleted ones unless asked for.
func (s *store) list(ctx context.Context, tenant, after int64, limit int, withDeleted bool) ([]row, error) {
	condition := ` AND deleted = 0`
	if withDeleted {
		condition = ``
	}
	rows, err := s.query(ctx, s.db, `WHERE tenant = $1 AND id > $2`+condition+` ORDER BY id LIMIT $3`, tenant, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list connectors: %w", err)
	}
	return rows, nil
}

// listAll returns the connectors of all tenants, deleted ones too, in the
// order they were made.
func (s *store) listAll(ctx context.Context) ([]row, error) {
	rows, err := s.query(ctx, s.db, `ORDER BY tenant, id`)
	if err != nil {
		return nil, fmt.Errorf("list all connectors: %w", err)
	}
	return rows, nil
}

func oneConnector(rows []row, err error) (row, error) {
	switch {
	case err != nil:
		return row{}, fmt.Errorf("find connector: %w", err)
	case len(rows) == 0:
		return row{}, problem.New(problem.NotFound, "connector.not_found", "There is no such connector.")
	}
	return rows[0], nil
}

func (s *store) query(ctx context.Context, q eventlog.Querier, rest string, args ...any) (list []row, err error) {
	rows, err := q.QueryContext(ctx, `SELECT `+connectorColumns+` FROM ingest_connectors `+rest, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r row
		var tolerance, stale int64
		if err := rows.Scan(&r.Tenant, &r.ID, &r.Name, &r.Dialect, &r.keyHash, &r.keySealed, &r.APIURL, &r.APIUser, &r.passwordSealed,
			&tolerance, &stale, &r.CreatedAt, &r.deleted); err != nil {
			return nil, err
		}
		r.ClockTolerance, r.StaleAfter = time.Duration(tolerance)*time.Millisecond, time.Duration(stale)*time.Millisecond
		list = append(list, r)
	}
	return list, rows.Err()
}

// nextConnector returns the id of the next connector of the installation.
func nextConnector(ctx context.Context, tx *sql.Tx) (id int64, err error) {
	const query = `SELECT COALESCE(MAX(id), 0) + 1 FROM ingest_connectors`
	if err := tx.QueryRowContext(ctx, query).Scan(&id); err != nil {
		return 0, fmt.Errorf("find next connector id: %w", err)
	}
	return id, nil
}

// checkFree is a Conflict when another connector of the tenant has the name,
// or any other the key.
func checkFree(ctx context.Context, tx *sql.Tx, r *row) error {
	const query = `
		SELECT COALESCE(SUM(CASE WHEN tenant = $1 AND name = $2 AND deleted = 0 THEN 1 ELSE 0 END), 0),
			COALESCE(SUM(CASE WHEN key_hash = $3 THEN 1 ELSE 0 END), 0)
		FROM ingest_connectors
		WHERE NOT (tenant = $1 AND id = $4)`
	var names, keys int
	if err := tx.QueryRowContext(ctx, query, r.Tenant, r.Name, r.keyHash, r.ID).Scan(&names, &keys); err != nil {
		return fmt.Errorf("look for connector %s: %w", r.Name, err)
	}
	if names > 0 {
		return problem.New(problem.Conflict, "connector.taken", "There is a connector %s already.", r.Name)
	}
	if keys > 0 {
		return problem.New(problem.Conflict, "connector.key_taken", "Another connector has this key.")
	}
	return nil
}

// save adds a connector, or replaces it.
func save(ctx context.Context, tx *sql.Tx, r *row) error {
	const query = `
		INSERT INTO ingest_connectors (` + connectorColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (tenant, id) DO UPDATE SET
			name = excluded.name, dialect = excluded.dialect, key_hash = excluded.key_hash, key_sealed = excluded.key_sealed,
			api_url = excluded.api_url, api_user = excluded.api_user, api_password = excluded.api_password,
			clock_tolerance = excluded.clock_tolerance, stale_after = excluded.stale_after, deleted = excluded.deleted`
	deleted := 0
	if r.deleted {
		deleted = 1
	}
	_, err := tx.ExecContext(ctx, query, r.Tenant, r.ID, r.Name, r.Dialect, r.keyHash, r.keySealed, r.APIURL, r.APIUser, r.passwordSealed,
		r.ClockTolerance.Milliseconds(), r.StaleAfter.Milliseconds(), r.CreatedAt, deleted)
	if err != nil {
		return fmt.Errorf("save connector %s: %w", r.Name, err)
	}
	return nil
}
