// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
)

// callRef names a call.
type callRef struct {
	tenant, connector int64
	callID            string
}

// decided is a stored decision.
type decided struct {
	Decision

	call callRef
	at   int64 // Unix ms when it was made
}

// findDecisions returns the decisions about those of the calls that have been
// decided.
func (s *store) findDecisions(ctx context.Context, calls []callRef) (map[callRef]decided, error) {
	found := map[callRef]decided{}
	for len(calls) > 0 {
		n := db.Chunk(len(calls))
		args := make([]any, 0, 3*n)
		for _, c := range calls[:n] {
			args = append(args, c.tenant, c.connector, c.callID)
		}
		calls = calls[n:]
		query := `
			SELECT tenant, connector, call_id, data, decided_at
			FROM routing_decisions
			WHERE (tenant, connector, call_id) IN (VALUES ` + db.Tuples(n, "BIGINT", "BIGINT", "TEXT") + `)`
		err := eachRow(ctx, s.db, query, args, func(rows *sql.Rows) error {
			var d decided
			var data string
			if err := rows.Scan(&d.call.tenant, &d.call.connector, &d.call.callID, &data, &d.at); err != nil {
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
	}
	return found, nil
}

// insertDecision adds a decision and reports whether the call had none yet.
func (s *store) insertDecision(ctx context.Context, tx *eventlog.Tx, d decided, data []byte) (fresh bool, err error) {
	const query = `
		INSERT INTO routing_decisions (tenant, connector, call_id, destination, data, decided_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant, connector, call_id) DO NOTHING`
	result, err := tx.ExecContext(ctx, query, d.call.tenant, d.call.connector, d.call.callID, d.Destination, string(data), d.at)
	if err != nil {
		return false, fmt.Errorf("add decision: %w", err)
	}
	written, err := result.RowsAffected()
	return written > 0, err
}
