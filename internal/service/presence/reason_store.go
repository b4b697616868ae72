// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tandem/internal/eventlog"
	"tandem/internal/problem"
	"tandem/internal/search"
)

// querier is the pool of readers, or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

const reasonColumns = `id, name, created_at, updated_at, deleted`

// findReason returns a reason that is deleted, or that is not; NotFound when
// there is none.
func (s store) findReason(ctx context.Context, q querier, tenant int64, id string, deleted bool) (Reason, error) {
	list, err := s.listReasons(ctx, q, tenant)
	if err != nil {
		return Reason{}, err
	}
	for _, r := range list {
		if r.ID == id && r.Deleted == deleted {
			return r, nil
		}
	}
	return Reason{}, problem.New(problem.NotFound, "pause_reason.not_found", "There is no such reason to pause.")
}

// listReasons returns all reasons of a tenant, deleted ones included, in the
// order in which they were added.
func (s store) listReasons(ctx context.Context, q querier, tenant int64) (list []Reason, err error) {
	const query = `
		SELECT ` + reasonColumns + `
		FROM presence_reasons
		WHERE tenant = $1
		ORDER BY id`
	rows, err := q.QueryContext(ctx, query, tenant)
	if err != nil {
		return nil, fmt.Errorf("list reasons: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r Reason
		if err := rows.Scan(&r.ID, &r.Name, &r.CreatedAt, &r.UpdatedAt, &r.Deleted); err != nil {
			return nil, fmt.Errorf("list reasons: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// writeReason adds or replaces a reason. A name that another has is a Conflict,
// whatever its capitals and accents.
func (s store) writeReason(ctx context.Context, tx *eventlog.Tx, tenant int64, r Reason) error {
	others, err := s.listReasons(ctx, tx, tenant)
	if err != nil {
		return err
	}
	live := 0
	for _, o := range others {
		if o.ID == r.ID || o.Deleted {
			continue
		}
		live++
		if !r.Deleted && search.Text(o.Name) == search.Text(r.Name) {
			return problem.New(problem.Conflict, "pause_reason.taken", "There is a reason of this name already.")
		}
	}
	if live >= reasonsMax && !r.Deleted {
		return problem.New(problem.Conflict, "pause_reason.too_many", "A call centre has at most %d reasons to pause.", reasonsMax)
	}
	const query = `
		INSERT INTO presence_reasons (tenant, ` + reasonColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant, id) DO UPDATE
		SET name = excluded.name, updated_at = excluded.updated_at, deleted = excluded.deleted`
	if _, err := tx.ExecContext(ctx, query, tenant, r.ID, r.Name, r.CreatedAt, r.UpdatedAt, flag(r.Deleted)); err != nil {
		return fmt.Errorf("write reason %s: %w", r.ID, err)
	}
	return nil
}

const reasonsMax = 100
