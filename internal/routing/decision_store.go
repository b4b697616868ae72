// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/live"
)

// callRef names a call.
type callRef = live.Name

// decided is a stored decision.
type decided struct {
	Decision

	call callRef
	at   int64  // Unix ms when it was made
	data []byte // the decision as JSON; only when it is to be stored
}

var callColumns = db.Columns{"tenant BIGINT", "connector BIGINT", "call_id TEXT"}

// findDecisions returns the decisions about those of the calls that have been
// decided.
func (s *store) findDecisions(ctx context.Context, calls []callRef) (map[callRef]decided, error) {
	const query = `
		SELECT tenant, connector, call_id, data, decided_at
		FROM routing_decisions
		WHERE (tenant, connector, call_id) IN (SELECT tenant, connector, call_id FROM batch)`
	b := db.NewBatch(callColumns, len(calls))
	for _, c := range calls {
		b.Add(c.Tenant, c.Connector, c.CallID)
	}
	found := map[callRef]decided{}
	err := s.db.Find(ctx, s.db, query, b, func(rows *sql.Rows) error {
		var d decided
		var data string
		if err := rows.Scan(&d.call.Tenant, &d.call.Connector, &d.call.CallID, &data, &d.at); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(data), &d.Decision); err != nil {
			return err
		}
		found[d.call] = d
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find decisions: %w", err)
	}
	return found, nil
}

var decisionColumns = db.Columns{
	"tenant BIGINT", "connector BIGINT", "call_id TEXT", "destination TEXT", "data TEXT", "decided_at BIGINT",
}

// insertDecisions adds decisions and returns the calls that had none yet.
func (s *store) insertDecisions(ctx context.Context, tx *eventlog.Tx, decisions []outcome) (fresh map[callRef]bool, err error) {
	const query = `
		INSERT INTO routing_decisions (tenant, connector, call_id, destination, data, decided_at)
		SELECT tenant, connector, call_id, destination, data, decided_at
		FROM batch
		WHERE 1 = 1 -- SQLite would read ON as the condition of a join
		ON CONFLICT (tenant, connector, call_id) DO NOTHING
		RETURNING tenant, connector, call_id`
	b := db.NewBatch(decisionColumns, len(decisions))
	for _, d := range decisions {
		b.Add(d.call.Tenant, d.call.Connector, d.call.CallID, d.Destination, string(d.data), d.at)
	}
	fresh = make(map[callRef]bool, len(decisions))
	err = s.db.Find(ctx, tx, query, b, func(rows *sql.Rows) error {
		var call callRef
		err := rows.Scan(&call.Tenant, &call.Connector, &call.CallID)
		fresh[call] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("add decisions: %w", err)
	}
	return fresh, nil
}
