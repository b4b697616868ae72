// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"

	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/projection"
)

// CatchUp reads what the log holds now.
func (c *Customer) CatchUp(ctx context.Context) error {
	return projection.CatchUp(ctx, c.log, c.store.db, c.reader())
}

// Fill stores contacts as they would be created, without a word to anybody.
func (c *Customer) Fill(ctx context.Context, t identity.Tenant, contacts []Contact) error {
	claims := make([]claim, len(contacts))
	for i := range contacts {
		if err := contacts[i].begin(t.Region, int64(i+1)); err != nil {
			return err
		}
		claims[i] = claim{key: contacts[i].MatchKey, contact: contacts[i].ID}
	}
	return c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := c.store.insert(ctx, tx, t.ID, contacts); err != nil {
			return err
		}
		return c.store.claim(ctx, tx, t.ID, claims)
	})
}
