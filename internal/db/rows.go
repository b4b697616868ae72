// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"errors"
)

// Querier is what reads: the pool of readers, or a transaction.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// EachRow runs query and gives each row to scan, which does not close it.
func EachRow(ctx context.Context, q Querier, query string, args []any, scan func(*sql.Rows) error) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Find is [DB.Select] through q, within a transaction or outside any.
func (d *DB) Find(ctx context.Context, q Querier, query string, b Batch, scan func(*sql.Rows) error) error {
	return d.each(b, "WITH batch (", ") AS (", ") "+query, func(query string, args []any) error {
		return EachRow(ctx, q, query, args, scan)
	})
}
