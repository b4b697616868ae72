// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"tandem/internal/eventlog"
	"tandem/internal/module"
)

// Erase overwrites what was done with a person and what is said of them
// elsewhere, forgets that they tried to call, and has nobody reminded of them.
func (s *Activities) Erase(ctx context.Context, p *module.Person) error {
	err := s.log.Sweep(ctx, p, eventlog.Sweep{
		Read:  `SELECT id, text, body, search FROM activity_entries WHERE tenant = $1 AND erased = 0`,
		Write: `UPDATE activity_entries SET text = $3, body = $4, search = $5 WHERE tenant = $1 AND id = $2`,
	})
	if err != nil {
		return err
	}
	return s.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		for _, contact := range p.Contacts {
			list, err := s.store.query(ctx, tx, `
				SELECT `+entryColumns+`
				FROM activity_entries
				WHERE tenant = $1 AND contact_id = $2`, p.Tenant, contact)
			if err != nil {
				return fmt.Errorf("find activities with contact %s: %w", contact, err)
			}
			for _, a := range list {
				if err := s.store.erase(ctx, tx, p, a); err != nil {
					return err
				}
				if stream := Stream(a.ID); !slices.Contains(p.Streams, stream) {
					p.Streams = append(p.Streams, stream)
				}
			}
		}
		const forget = `DELETE FROM activity_missed WHERE tenant = $1 AND match_key = $2`
		for _, key := range p.Keys {
			if _, err := tx.ExecContext(ctx, forget, p.Tenant, key); err != nil {
				return fmt.Errorf("forget missed calls: %w", err)
			}
		}
		return nil
	})
}

// erase overwrites what an activity says.
func (s store) erase(ctx context.Context, tx *eventlog.Tx, p *module.Person, a Activity) error {
	const overwrite = `
		UPDATE activity_entries
		SET text = $3, body = $4, search = '', erased = 1
		WHERE tenant = $1 AND id = $2`
	const calm = `DELETE FROM activity_alarms WHERE tenant = $1 AND id = $2`
	if a.Text != "" {
		a.Text = module.Erased
	}
	for _, number := range []*string{&a.Body.Source, &a.Body.Destination, &a.Body.To, &a.Body.Error} {
		if *number != "" && (p.Is(*number) || a.Origin == OriginAPI) {
			*number = module.Erased
		}
	}
	body, err := json.Marshal(a.Body)
	if err != nil {
		return fmt.Errorf("encode activity %s: %w", a.ID, err)
	}
	if _, err := tx.ExecContext(ctx, overwrite, p.Tenant, a.ID, a.Text, string(body)); err != nil {
		return fmt.Errorf("erase activity %s: %w", a.ID, err)
	}
	if _, err := tx.ExecContext(ctx, calm, p.Tenant, a.ID); err != nil {
		return fmt.Errorf("remove alarm of %s: %w", a.ID, err)
	}
	return nil
}
