// SPDX-License-Identifier: Apache-2.0

package live

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/db"
)

var numberColumns = db.Columns{"tenant BIGINT", "match_key TEXT"}

// FindNumbers returns up to limit of the newest calls that have begun of each
// of the numbers, which are given by their match keys.
func (l *Live) FindNumbers(ctx context.Context, tenant int64, keys []string, limit int) ([]Call, error) {
	return l.FindNumbersIn(ctx, l.db, tenant, keys, limit)
}

// FindNumbersIn is [Live.FindNumbers] through q, which may be a transaction.
func (l *Live) FindNumbersIn(ctx context.Context, q db.Querier, tenant int64, keys []string, limit int) ([]Call, error) {
	const query = `
		SELECT match_key
		FROM batch
		WHERE EXISTS (SELECT 1 FROM live_calls c WHERE c.tenant = batch.tenant AND c.match_key = batch.match_key)`
	b := db.NewBatch(numberColumns, len(keys))
	for _, key := range keys {
		b.Add(tenant, storable(key))
	}
	var called []string // of an import of contacts few have
	err := l.db.Find(ctx, q, query, b, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		called = append(called, key)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find numbers that called: %w", err)
	}
	var calls []Call
	for _, key := range called {
		found, err := queryCalls(ctx, q, `WHERE tenant = $1 AND match_key = $2 AND state <> '' ORDER BY id DESC LIMIT $3`, tenant, key, limit)
		if err != nil {
			return nil, err
		}
		calls = append(calls, found...)
	}
	return calls, nil
}
