// SPDX-License-Identifier: Apache-2.0

package clicktocall

import (
	"context"
	"fmt"

	"tandem/internal/eventlog"
	"tandem/internal/module"
)

// Erase overwrites who asked to be called if that was a person.
func (c *ClickToCall) Erase(ctx context.Context, p *module.Person) error {
	const query = `
		UPDATE clicktocall_requests
		SET number = $3, match_key = '', visitor = $3, page = ''
		WHERE tenant = $1 AND match_key = $2`
	return c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		for _, key := range p.Keys {
			if _, err := tx.ExecContext(ctx, query, p.Tenant, key, module.Erased); err != nil {
				return fmt.Errorf("erase requests to be called: %w", err)
			}
		}
		return nil
	})
}
