// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"fmt"

	"tandem/internal/eventlog"
)

// MoveContacts makes activities with some contacts those of another, into
// which they are merged.
func (s *Activities) MoveContacts(ctx context.Context, tx *eventlog.Tx, tenant int64, from []string, to string) error {
	const statement = `
		UPDATE activity_entries
		SET contact_id = $1
		WHERE tenant = $2 AND contact_id = $3`
	for _, contact := range from {
		if _, err := tx.ExecContext(ctx, statement, to, tenant, contact); err != nil {
			return fmt.Errorf("move activities: %w", err)
		}
	}
	return nil
}
