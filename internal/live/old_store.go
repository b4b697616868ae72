// SPDX-License-Identifier: Apache-2.0

package live

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
)

// Span is calls of a tenant that were last heard of before a time, and of which
// nothing is to be kept: those with ids behind After, up to UpTo.
type Span struct {
	Tenant int64
	After  int64
	UpTo   int64
	Before int64 // Unix ms
}

// Gone is calls of a tenant that are no longer there.
type Gone struct {
	Tenant int64
	Calls  []GoneCall
}

// GoneCall names a call that is no longer there, and whose it was.
type GoneCall struct {
	Ref

	ID       int64
	MatchKey string
}

// Streams returns the streams that were the calls'.
func (g *Gone) Streams() []string {
	streams := make([]string, len(g.Calls))
	for i, c := range g.Calls {
		streams[i] = Stream(c.Connector, c.CallID)
	}
	return streams
}

const inSpan = `tenant = $1 AND id > $2 AND id <= $3 AND updated_at < $4`

func (s *Span) args() []any { return []any{s.Tenant, s.After, s.UpTo, s.Before} }

// ListSpan returns up to limit of the calls of a span, in the order of their
// ids.
func (l *Live) ListSpan(ctx context.Context, s Span, limit int) ([]Call, error) {
	return l.query(ctx, `WHERE `+inSpan+` ORDER BY id LIMIT $5`, append(s.args(), limit)...)
}

// CountSpan returns how many calls a span has.
func (l *Live) CountSpan(ctx context.Context, s Span) (count int64, err error) {
	const query = `SELECT COUNT(*) FROM live_calls WHERE ` + inSpan
	if err := l.db.QueryRowContext(ctx, query, s.args()...).Scan(&count); err != nil {
		return 0, fmt.Errorf("count old calls: %w", err)
	}
	return count, nil
}

// Oldest returns the id of a tenant's oldest call; 0 when it has none.
func (l *Live) Oldest(ctx context.Context, tenant int64) (id int64, err error) {
	const query = `SELECT COALESCE(MIN(id), 0) FROM live_calls WHERE tenant = $1`
	if err := l.db.QueryRowContext(ctx, query, tenant).Scan(&id); err != nil {
		return 0, fmt.Errorf("find oldest call: %w", err)
	}
	return id, nil
}

// RemoveSpan removes the calls of a span within tx, takes them out of the
// counters and overwrites their events, of which it returns how many there
// were. Whatever else was made of the calls is for others to remove, in the
// same transaction.
func (l *Live) RemoveSpan(ctx context.Context, tx *eventlog.Tx, s Span) (gone Gone, events int64, err error) {
	const query = `
		DELETE FROM live_calls
		WHERE ` + inSpan + `
		RETURNING id, connector, call_id, match_key, bucket`
	gone.Tenant = s.Tenant
	counts := map[int64]*Counts{}
	err = db.EachRow(ctx, tx, query, s.args(), func(rows *sql.Rows) error {
		var c GoneCall
		var bucket string
		err := rows.Scan(&c.ID, &c.Connector, &c.CallID, &c.MatchKey, &bucket)
		gone.Calls = append(gone.Calls, c)
		countsOf(counts, s.Tenant).move(bucket, "")
		return err
	})
	if err != nil {
		return gone, 0, fmt.Errorf("remove old calls: %w", err)
	}
	if len(gone.Calls) == 0 {
		return gone, 0, nil
	}
	if err := l.addCounts(ctx, tx.Tx, counts); err != nil {
		return gone, 0, err
	}
	streams := gone.Streams()
	if events, err = tx.RedactStreams(ctx, s.Tenant, streams); err != nil {
		return gone, 0, err
	}
	about := make([]*eventlog.Record, len(streams))
	for i, stream := range streams {
		about[i] = &eventlog.Record{Event: eventlog.Event{Tenant: s.Tenant, Stream: stream}}
	}
	return gone, events, tx.Forget(ctx, about...)
}
