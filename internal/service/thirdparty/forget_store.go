// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"fmt"

	"tandem/internal/eventlog"
	"tandem/internal/live"
)

// Forget removes, within tx, what was delivered of calls that are gone, or was
// still to be.
func (t *ThirdParty) Forget(ctx context.Context, tx *eventlog.Tx, gone *live.Gone) error {
	const query = `DELETE FROM thirdparty_deliveries WHERE tenant = $1 AND lane = $2`
	for _, lane := range gone.Streams() {
		if err := t.db.Send(ctx, tx.Tx, query, gone.Tenant, lane); err != nil {
			return fmt.Errorf("remove deliveries of %s: %w", lane, err)
		}
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
