// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/live"
)

var laneColumns = db.Columns{"tenant BIGINT", "lane TEXT"}

// Forget removes, within tx, what was delivered of calls that are gone, or was
// still to be.
func (t *ThirdParty) Forget(ctx context.Context, tx *eventlog.Tx, gone *live.Gone) error {
	const query = `
		DELETE FROM thirdparty_deliveries
		WHERE (tenant, lane) IN (SELECT tenant, lane FROM batch)`
	b := db.NewBatch(laneColumns, len(gone.Calls))
	for _, lane := range gone.Streams() {
		b.Add(gone.Tenant, lane)
	}
	if err := t.db.Update(ctx, tx.Tx, query, b); err != nil {
		return fmt.Errorf("remove deliveries of calls: %w", err)
	}
	return nil
}

// ForgetOld removes what was delivered before a time (Unix ms) of calls that
// were asked for and of what dialers said.
func (t *ThirdParty) ForgetOld(ctx context.Context, tenant, before int64) error {
	const query = `
		DELETE FROM thirdparty_deliveries
		WHERE tenant = $1 AND lane BETWEEN $2 AND $3 AND position IN (
			SELECT position
			FROM thirdparty_deliveries
			WHERE tenant = $1 AND lane BETWEEN $2 AND $3 AND created_at < $4
			LIMIT $5)`
	for removed := int64(purgeBatch); removed >= purgeBatch; {
		err := t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) (err error) {
			removed, err = exec(ctx, tx, "remove deliveries of dialers", query, tenant, live.DialsFirst, live.DialsLast, before, purgeBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
