// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"context"
	"fmt"
)

// Erased is what the streams of a tenant's redacted events begin with.
const Erased = "erased/"

// RedactTenant overwrites the events of a tenant at the span positions behind
// after: what they say, what they are about, and who they name. Position, type
// and times stay, and so does the hash that is the key of what a phone system
// reported. It returns how many it has overwritten.
func (tx *Tx) RedactTenant(ctx context.Context, tenant, after, span int64) (int64, error) {
	// The plus keeps the engines from gathering all events of the tenant first:
	// a span of the log is read once, in its order.
	const redact = `
		UPDATE events SET stream = '` + Erased + `' || CAST(position AS TEXT), data = '{}', raw = NULL,
			key = CASE WHEN connector = 0 THEN type ELSE key END
		WHERE position > $2 AND position <= $3 AND +tenant = $1 AND stream NOT LIKE '` + Erased + `%'`
	result, err := tx.ExecContext(ctx, redact, tenant, after, after+span)
	tx.log.tail.drop(true)
	if err != nil {
		return 0, fmt.Errorf("redact events of tenant %d: %w", tenant, err)
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
