// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"context"
	"fmt"
)

// Redacted is what an event of a person says once that person was erased.
type Redacted struct {
	Position int64
	Data     []byte // JSON
}

// rawErased stands in the place of a request of which nothing is to be kept.
const rawErased = "erased"

// Redact overwrites what events of a tenant say, and the requests that they
// came in. Position, stream, key, type and times stay. Whoever keeps rows that
// were made of them makes those anew.
func (tx *Tx) Redact(ctx context.Context, tenant int64, events ...Redacted) error {
	const data = `
		UPDATE events
		SET data = $3
		WHERE position = $1 AND tenant = $2`
	const raw = `
		UPDATE events
		SET raw = $3
		WHERE position = $1 AND tenant = $2 AND raw IS NOT NULL`
	for _, e := range events {
		if _, err := tx.ExecContext(ctx, data, e.Position, tenant, string(e.Data)); err != nil {
			return fmt.Errorf("redact event %d: %w", e.Position, err)
		}
		if _, err := tx.ExecContext(ctx, raw, e.Position, tenant, []byte(rawErased)); err != nil {
			return fmt.Errorf("redact event %d: %w", e.Position, err)
		}
	}
	tx.log.tail.drop(true)
	return nil
}
