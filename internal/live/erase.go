// SPDX-License-Identifier: Apache-2.0

package live

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/call"
	"tandem/internal/db"
	"tandem/internal/eventlog"
)

var eraseColumns = db.Columns{"tenant BIGINT", "match_key TEXT"}

// StreamsOf returns the streams of the calls with numbers, which are given by
// their match keys, the newest last.
func (l *Live) StreamsOf(ctx context.Context, tenant int64, keys []string) (streams []string, err error) {
	const query = `
		SELECT c.connector, c.call_id
		FROM live_calls c
		WHERE (c.tenant, c.match_key) IN (SELECT tenant, match_key FROM batch)
		ORDER BY c.id`
	b := db.NewBatch(eraseColumns, len(keys))
	for _, key := range keys {
		b.Add(tenant, storable(key))
	}
	err = l.db.Find(ctx, l.db, query, b, func(rows *sql.Rows) error {
		var connector int64
		var callID string
		err := rows.Scan(&connector, &callID)
		streams = append(streams, Stream(connector, callID))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find calls of numbers: %w", err)
	}
	return streams, nil
}

// AnyOpen reports whether a call of one of the streams has not ended.
func (l *Live) AnyOpen(ctx context.Context, tenant int64, streams []string) (bool, error) {
	names := make([]Name, 0, len(streams))
	for _, stream := range streams {
		if connector, callID, ok := ParseStream(stream); ok {
			names = append(names, Name{tenant, connector, callID})
		}
	}
	states, err := l.States(ctx, l.db, names)
	for _, state := range states {
		if state != call.StateNone && state != call.StateFinished {
			return true, err
		}
	}
	return false, err
}

// Renew folds the call of a stream anew from the log, whose events have been
// overwritten. A stream that is no call's is left alone.
func (l *Live) Renew(ctx context.Context, log *eventlog.Log, tenant int64, stream string) error {
	connector, callID, ok := ParseStream(stream)
	if !ok {
		return nil
	}
	calls, err := l.query(ctx, `WHERE tenant = $1 AND connector = $2 AND call_id = $3`, tenant, connector, storable(callID))
	if err != nil || len(calls) == 0 {
		return err
	}
	events, head, err := l.events(ctx, log, tenant, stream)
	if err != nil {
		return err
	}
	return l.rewrite(ctx, log, &calls[0], call.Fold(events), head)
}
