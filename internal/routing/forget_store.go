// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/live"
)

// Forget removes, within tx, what was decided about calls that are gone, and
// the commands for them.
func (r *Routing) Forget(ctx context.Context, tx *eventlog.Tx, gone *live.Gone) error {
	for _, c := range gone.Calls {
		if err := r.store.removeOf(ctx, tx, gone.Tenant, c.Ref); err != nil {
			return err
		}
	}
	return nil
}

// removeOf removes the decision about a call and the commands for it.
func (s *store) removeOf(ctx context.Context, tx *eventlog.Tx, tenant int64, of live.Ref) error {
	for _, table := range []string{"routing_decisions", "routing_commands"} {
		query := `DELETE FROM ` + table + ` WHERE tenant = $1 AND connector = $2 AND call_id = $3`
		if err := s.db.Send(ctx, tx.Tx, query, tenant, of.Connector, of.CallID); err != nil {
			return fmt.Errorf("remove from %s: %w", table, err)
		}
	}
	return nil
}

const forgetAtOnce = 500 // calls that were asked for, in one transaction

// ForgetOld removes the calls that a tenant asked for before a time (Unix ms),
// with the commands for them.
func (r *Routing) ForgetOld(ctx context.Context, tenant, before int64) error {
	for {
		dials, err := r.store.oldDials(ctx, tenant, before, forgetAtOnce)
		if err != nil || len(dials) == 0 {
			return err
		}
		err = r.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return r.store.removeDials(ctx, tx, tenant, dials) })
		if err != nil {
			return err
		}
	}
}

// oldDials returns up to limit calls that a tenant asked for before a time.
func (s *store) oldDials(ctx context.Context, tenant, before int64, limit int) (refs []live.Ref, err error) {
	const query = `
		SELECT connector, id
		FROM routing_dials
		WHERE tenant = $1 AND created_at < $2
		ORDER BY id
		LIMIT $3`
	err = db.EachRow(ctx, s.db, query, []any{tenant, before, limit}, func(rows *sql.Rows) error {
		var r live.Ref
		err := rows.Scan(&r.Connector, &r.CallID)
		refs = append(refs, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find old calls that were asked for: %w", err)
	}
	return refs, nil
}

func (s *store) removeDials(ctx context.Context, tx *eventlog.Tx, tenant int64, dials []live.Ref) error {
	const query = `DELETE FROM routing_dials WHERE tenant = $1 AND id = $2`
	for _, d := range dials {
		if err := s.db.Send(ctx, tx.Tx, query, tenant, d.CallID); err != nil {
			return fmt.Errorf("remove call that was asked for: %w", err)
		}
		if err := s.removeOf(ctx, tx, tenant, d); err != nil {
			return err
		}
	}
	return nil
}
