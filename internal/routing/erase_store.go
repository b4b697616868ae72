// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/module"
)

// Erase overwrites what decisions about calls with a person say of them, and
// whom calls were asked for if that mentions them.
func (r *Routing) Erase(ctx context.Context, p *module.Person) error {
	err := r.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		for _, stream := range p.Calls {
			if err := r.store.redactDecision(ctx, tx, p, stream); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, sweep := range []eventlog.Sweep{
		{
			Read:  `SELECT id, number, destination, about FROM routing_dials WHERE tenant = $1`,
			Write: `UPDATE routing_dials SET number = $3, destination = $4, about = $5 WHERE tenant = $1 AND id = $2`,
		},
		{
			Read:  `SELECT id, last_error FROM routing_commands WHERE tenant = $1 AND last_error <> ''`,
			Write: `UPDATE routing_commands SET last_error = $3 WHERE tenant = $1 AND id = $2`,
		},
	} {
		if err := r.log.Sweep(ctx, p, sweep); err != nil {
			return err
		}
	}
	return nil
}

// redactDecision overwrites what the decision about a call says of a person.
func (s *store) redactDecision(ctx context.Context, tx *eventlog.Tx, p *module.Person, stream string) error {
	const find = `
		SELECT data
		FROM routing_decisions
		WHERE tenant = $1 AND connector = $2 AND call_id = $3`
	const write = `
		UPDATE routing_decisions
		SET data = $4
		WHERE tenant = $1 AND connector = $2 AND call_id = $3`
	connector, callID, ok := live.ParseStream(stream)
	if !ok {
		return nil
	}
	var data string
	err := db.EachRow(ctx, tx, find, []any{p.Tenant, connector, callID}, func(rows *sql.Rows) error { return rows.Scan(&data) })
	if err != nil || data == "" {
		return err
	}
	redacted, err := p.Redact([]byte(data), true)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, write, p.Tenant, connector, callID, string(redacted)); err != nil {
		return fmt.Errorf("redact decision about %s: %w", stream, err)
	}
	return nil
}
