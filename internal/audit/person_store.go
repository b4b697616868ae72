// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"

	"tandem/internal/eventlog"
	"tandem/internal/module"
)

// Erase overwrites what the trail says of a person: all that things about them
// were before and after, and what else mentions them.
func (t *Trail) Erase(ctx context.Context, p *module.Person) error {
	err := t.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		for _, stream := range p.Streams { // they are called what objects are
			if err := Erase(ctx, tx, p.Tenant, stream); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.Log.Sweep(ctx, p, eventlog.Sweep{
		Read:  `SELECT id, before, after FROM audit_entries WHERE tenant = $1`,
		Write: `UPDATE audit_entries SET before = $3, after = $4 WHERE tenant = $1 AND id = $2`,
	})
}
