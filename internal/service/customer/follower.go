// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"

	"tandem/internal/eventlog"
)

// follower is what happens to rows that name a contact, within the transaction
// that changes it.
type follower struct {
	// move makes rows about some contacts those of another, into which they
	// are merged.
	move func(ctx context.Context, tx *eventlog.Tx, tenant int64, from []string, to string) error
	// leave is told that a contact was deleted; nil if its rows stay.
	leave func(ctx context.Context, tx *eventlog.Tx, tenant int64, contact string) error
	// erase overwrites what rows about a contact say, and names the streams
	// of the log that are about those rows; nil if there is nothing personal.
	erase func(ctx context.Context, tx *eventlog.Tx, tenant int64, contact string) (streams []string, err error)
}

// followers are all rows of this package that name a contact.
func (c *Customer) followers() []follower {
	return []follower{
		{move: c.store.moveMembers, leave: c.store.leaveGroups},
	}
}
