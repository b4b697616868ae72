// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"context"
	"errors"
	"fmt"
)

// VisitStream calls visit with the records of one stream up to a position, in
// any order: it passes over a long stream once, where reading that in the
// order of the log, page by page, passes over all of it for each page. The
// record holds what the stream's own meaning is made of (Position, Key, Type,
// At and Data), and is visit's until that returns.
func (l *Log) VisitStream(ctx context.Context, tenant int64, stream string, upTo int64, visit func(*Record) error) (err error) {
	const query = `
		SELECT position, key, type, at, data
		FROM events
		WHERE tenant = $1 AND stream = $2 AND position <= $3`
	rows, err := l.db.QueryContext(ctx, query, tenant, stream, upTo)
	if err != nil {
		return fmt.Errorf("visit stream %s: %w", stream, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	r := Record{Event: Event{Tenant: tenant, Stream: stream}}
	for rows.Next() {
		if err := rows.Scan(&r.Position, &r.Key, &r.Type, &r.At, &r.Data); err != nil {
			return fmt.Errorf("visit stream %s: %w", stream, err)
		}
		if err := visit(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ReadNewest returns the records of one stream behind a position near the
// head, in the order of the log. It passes over what others have appended
// since, and not over the stream, which may be far longer.
func ReadNewest(ctx context.Context, q Querier, tenant int64, stream string, after int64) ([]Record, error) {
	const query = `
		SELECT ` + columns + `
		FROM events
		WHERE +tenant = $1 AND stream = $2 AND position > $3 -- the plus keeps the planner on the positions
		ORDER BY position`
	records, err := queryRecords(ctx, q, query, tenant, stream, after)
	if err != nil {
		return nil, fmt.Errorf("read newest of stream %s: %w", stream, err)
	}
	return records, nil
}
