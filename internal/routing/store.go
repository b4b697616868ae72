// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"database/sql"
	"errors"

	"tandem/internal/db"
)

// store holds the SQL of this package's tables.
type store struct{ db *db.DB }

// querier is what reads: the pool of readers, or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func eachRow(ctx context.Context, q querier, query string, args []any, scan func(*sql.Rows) error) (err error) {
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

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
