// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"context"
	"fmt"
)

// Erased is what the streams of events begin with of which nothing is kept.
const Erased = "erased/"

// overwrite takes from events what they say, what they are about, and who they
// name. Position, type and times stay, and so does the hash that is the key of
// what a phone system reported.
const overwrite = `
	UPDATE events SET stream = '` + Erased + `' || CAST(position AS TEXT), data = '{}', raw = NULL,
		key = CASE WHEN connector = 0 THEN type ELSE key END`

// RedactTenant overwrites the events of a tenant at the span positions behind
// after. It returns how many it has overwritten.
func (tx *Tx) RedactTenant(ctx context.Context, tenant, after, span int64) (int64, error) {
	// The plus keeps the engines from gathering all events of the tenant first:
	// a span of the log is read once, in its order.
	const redact = overwrite + `
		WHERE position > $2 AND position <= $3 AND +tenant = $1 AND stream NOT LIKE '` + Erased + `%'`
	result, err := tx.ExecContext(ctx, redact, tenant, after, after+span)
	tx.log.tail.drop(true)
	if err != nil {
		return 0, fmt.Errorf("redact events of tenant %d: %w", tenant, err)
	}
	return result.RowsAffected()
}

// RedactStreams overwrites all events of streams of a tenant, and returns how
// many those were. It takes the streams one by one: of several at once, SQLite
// would look through all events of the tenant.
func (tx *Tx) RedactStreams(ctx context.Context, tenant int64, streams []string) (count int64, err error) {
	const redact = overwrite + `
		WHERE tenant = $1 AND stream = $2`
	tx.log.tail.drop(true)
	for _, stream := range streams {
		result, err := tx.ExecContext(ctx, redact, tenant, stream)
		if err != nil {
			return 0, fmt.Errorf("redact stream %s: %w", stream, err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		count += n
	}
	return count, nil
}

// RedactSome overwrites up to limit events of the streams of a tenant from one
// name to another, as far as they stand at or before a position. It returns how
// many it has overwritten.
func (tx *Tx) RedactSome(ctx context.Context, tenant int64, first, last string, upTo int64, limit int) (int64, error) {
	const redact = overwrite + `
		WHERE position IN (
			SELECT position
			FROM events
			WHERE tenant = $1 AND stream BETWEEN $2 AND $3 AND position <= $4
			LIMIT $5)`
	result, err := tx.ExecContext(ctx, redact, tenant, first, last, upTo, limit)
	tx.log.tail.drop(true)
	if err != nil {
		return 0, fmt.Errorf("redact streams of tenant %d: %w", tenant, err)
	}
	return result.RowsAffected()
}

// Unredacted reports whether any event of a tenant still says something.
func (l *Log) Unredacted(ctx context.Context, tenant int64) (bool, error) {
	const query = `SELECT COUNT(*) FROM (
		SELECT 1 FROM events WHERE tenant = $1 AND (stream < '` + Erased + `' OR stream >= 'erased0') LIMIT 1) AS found`
	var n int64
	if err := l.db.QueryRowContext(ctx, query, tenant).Scan(&n); err != nil {
		return false, fmt.Errorf("look for events of tenant %d: %w", tenant, err)
	}
	return n > 0, nil
}
