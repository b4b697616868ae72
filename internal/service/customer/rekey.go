// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"fmt"

	"tandem/internal/eventlog"
	"tandem/internal/phone"
)

// rules numbers the rules by which keys and words of contacts are made: those
// of match keys, and how many times the words' own have changed.
const rules = 100*phone.Rules + 1

// rekeyRows is how many contacts get their keys anew in one transaction: few,
// so that nobody who writes waits long.
const rekeyRows = 100

// rekey makes the keys, words and claims of all contacts anew that may have
// been made by older rules. It may be cut short and begun again, and two
// processes may do it at once.
func (c *Customer) rekey(ctx context.Context) error {
	made, err := c.store.rules(ctx)
	if err != nil || made >= rules {
		return err
	}
	tenants, err := c.tenants.List(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		for after := ""; ; {
			contacts, err := c.store.oldest(ctx, t.ID, after, rekeyRows)
			if err != nil {
				return err
			}
			if len(contacts) == 0 {
				break
			}
			after = contacts[len(contacts)-1].ID
			err = c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
				return c.rekeySome(ctx, tx, t.ID, t.Region, contacts)
			})
			if err != nil {
				return fmt.Errorf("make keys of contacts anew: %w", err)
			}
		}
	}
	return c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return c.store.setRules(ctx, tx, rules) })
}

// rekeySome makes the keys of those contacts anew that are as they were read.
func (c *Customer) rekeySome(ctx context.Context, tx *eventlog.Tx, tenant int64, region string, contacts []Contact) error {
	ids := make([]string, len(contacts))
	for i, contact := range contacts {
		ids[i] = contact.ID
	}
	stored, err := c.store.findAll(ctx, tx, tenant, ids) // somebody may have changed them since
	if err != nil {
		return err
	}
	for _, before := range stored {
		contact := before
		contact.key(region)
		if err := c.store.rekey(ctx, tx, tenant, before, contact); err != nil {
			return err
		}
	}
	return nil
}
